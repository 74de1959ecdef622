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
from pathlib import Path

import msgspec
import numpy as np

from uproar.inlets.addresses import prefix
from uproar.inlets.flows.delivery import Pipe
from uproar.inlets.flows.exporters import Exporters
from uproar.inlets.flows.working import Keeping, Summing, Worker
from uproar.store.flowfiles import Bounds, FlowFiles, IsOurs
from uproar.trace.gather import Gather
from uproar.trace.ours import NOT_OURS, Design, Lookup, Ours
from uproar.wire.flows.columns import Flows
from uproar.wire.flows.reader import Reader
from uproar.wire.packets.frames import U64, Flag

EVERYTHING = ("0.0.0.0/0", "::/0")
CHARGE_BYTES_MAX = 8_388_608


class Keep(msgspec.Struct, frozen=True):
    """Where raw flows are kept, how many bytes of them, for how long, and whether addresses of others are masked."""

    folder: str
    octets: int
    age_ms: int
    mask: bool


class Charge(msgspec.Struct, frozen=True):
    """What a worker is told: its sockets by their numbers, whom to hear, what is ours, and where flows are kept."""

    descriptors: list[int] = []
    exporters: list[str] = []
    design: Design = Design()
    keep: Keep | None = None


class Gathering:
    """What flows are summed up in, as the loop of a worker wants it."""

    def __init__(self, charge: Charge) -> None:
        self._gather = Gather(charge.design.ours, charge.design)
        self._came = False

    def add(self, flows: Flows, received_ms: int) -> None:
        """Take in flows that came at an instant."""
        self._gather.add(flows, received_ms)
        self._came = True

    def close(self, now_ms: int) -> bytes:
        """Return the bundle of what came since the last call, empty where nothing did."""
        if not self._came:
            return b""
        self._came = False
        return self._gather.close(now_ms).to_bytes()


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
        wall_ms=_wall_ms,
    )
    # What was loaded stays: nothing is gained by looking through it over and over.
    gc.collect()
    gc.freeze()
    worker.run(lambda: bool(asked))


def main() -> None:
    """Be a worker."""
    charge = charged()
    work(charge, Gathering(charge), _keeping(charge))


def _keeping(charge: Charge) -> FlowFiles | None:
    keep = charge.keep
    if keep is None:
        return None
    bounds = Bounds(keep.octets, keep.age_ms)
    is_ours = _is_ours(charge.design.ours) if keep.mask else None
    return FlowFiles(Path(keep.folder), str(os.getpid()), bounds, is_ours, _wall_ms)


def _is_ours(ours: Ours) -> IsOurs:
    """Return what tells our addresses; where every address is ours, none of them is known to be."""
    lookup = Lookup(ours)
    everything = any(each in EVERYTHING for group in ours.groups for each in group.prefixes)

    def told(hi: U64, lo: U64) -> Flag:
        return np.zeros(len(lo), np.bool_) if everything else lookup.of(hi, lo) != NOT_OURS

    return told


def _wall_ms() -> int:
    return time.time_ns() // 1_000_000


def _own_output() -> int:
    """Return the standard output under another number; what is printed by mistake goes to the log instead."""
    number = os.dup(1)
    os.dup2(2, 1)
    return number


def charged() -> Charge:
    """Return the charge that stands on standard input."""
    return msgspec.json.decode(sys.stdin.buffer.read(CHARGE_BYTES_MAX), type=Charge)


if __name__ == "__main__":
    main()
