"""A worker of the collector, as a process: `python -m uproar.app.flow_worker`, begun by `app/flow_watch`.

It reads its charge from standard input, and delivers on what is its standard output when it begins.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
import sys
import time

import msgspec

from uproar.inlets.addresses import prefix
from uproar.inlets.flows.delivery import Pipe
from uproar.inlets.flows.exporters import Exporters
from uproar.inlets.flows.working import Keeping, Summing, Worker
from uproar.wire.flows.reader import Reader

CHARGE_BYTES_MAX = 8_388_608


class Charge(msgspec.Struct, frozen=True):
    """What a worker is told: its sockets by their numbers, whom to hear, and what is ours."""

    descriptors: list[int]
    exporters: list[str] = []
    ours: list[str] = []


def work(charge: Charge, summing: Summing, keeping: Keeping | None = None) -> None:
    """Work until SIGTERM comes, or until nobody takes what is delivered."""
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    pipe = Pipe(_own_output())
    sockets = [socket.socket(fileno=number) for number in charge.descriptors]
    worker = Worker(
        sockets,
        Exporters([prefix(each) for each in charge.exporters]),
        pipe,
        read=Reader().read,
        summing=summing,
        keeping=keeping,
        wall_ms=lambda: time.time_ns() // 1_000_000,
    )
    # What was loaded stays: nothing is gained by looking through it over and over.
    gc.collect()
    gc.freeze()
    worker.run(lambda: bool(asked))


def _own_output() -> int:
    """Return the standard output under another number; what is printed by mistake goes to the log instead."""
    number = os.dup(1)
    os.dup2(2, 1)
    return number


def charged() -> Charge:
    """Return the charge that stands on standard input."""
    return msgspec.json.decode(sys.stdin.buffer.read(CHARGE_BYTES_MAX), type=Charge)
