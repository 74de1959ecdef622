"""A real collector on loopback, and somebody who sends to it."""

from __future__ import annotations

import asyncio
import random
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from uproar.app.clock import SystemClock
from uproar.app.collecting import Collector
from uproar.app.flow_worker import Charge
from uproar.inlets.flows import sockets as udp

PATIENCE_S = 60.0
COUNTING = str(Path(__file__).with_name("counting_worker.py"))
FLOWS = 30
TOLD_NOTHING = Charge()


@asynccontextmanager
async def collecting(
    *listen: str,
    workers: int = 1,
    bundle_bytes: int = 0,
    charge: Charge = TOLD_NOTHING,
    patience_s: float = 60.0,
) -> AsyncIterator[Collector]:
    """Give a collector that runs; what its workers hand over last is there after it was left."""
    shares = udp.opened([udp.endpoint(each) for each in listen or ("127.0.0.1:0",)], workers)
    clock = SystemClock()
    collector = Collector(
        shares,
        charge,
        wall_ms=clock.wall_ms,
        elapsed_s=time.monotonic,
        chance=random.random,
        command=(sys.executable, COUNTING, str(bundle_bytes)),
        patience_s=patience_s,
    )
    running = asyncio.create_task(collector.run())
    try:
        yield collector
    finally:
        running.cancel()
        await asyncio.wait({running})
        collector.bundles()
        for share in shares:
            for sock in share:
                sock.close()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.02)


class Sender:
    """An exporter of NetFlow v5: its numbers are in order, its flows all alike."""

    def __init__(self, end: udp.Endpoint, source: str = "") -> None:
        family = socket.AF_INET6 if ":" in end.host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        if source:
            self._socket.bind((source, 0))
        self._socket.connect(end)
        self._sequence = 0
        self.sent = 0

    def flows(self, datagrams: int, flows: int = FLOWS) -> None:
        for _ in range(datagrams):
            self.raw(datagram(flows, self._sequence))
            self._sequence += flows

    def raw(self, body: bytes) -> None:
        self._socket.send(body)
        self.sent += 1

    def close(self) -> None:
        self._socket.close()


def datagram(flows: int, sequence: int = 0, exported_s: float = 0.0) -> bytes:
    """A datagram of NetFlow v5: flows of three packets each from another address, 203.0.0.0 on, to 198.51.100.7."""
    now = exported_s or time.time()
    header = struct.pack(">HHIIIIBBH", 5, flows, 10_000, int(now), 0, sequence, 0, 0, 0x4000 | 100)
    records = [
        struct.pack(
            ">4s4sIHHIIIIHHBBBBHHBBH",
            bytes([203, 0, *(number % 65_536).to_bytes(2, "big")]), bytes([198, 51, 100, 7]), 0, 1, 2, 3, 1500,
            9_000, 9_900, 123, 40_000, 0, 0, 17, 0, 0, 0, 0, 0, 0,
        )
        for number in range(sequence, sequence + flows)
    ]  # fmt: skip
    return header + b"".join(records)


def sum_of(bundles: Sequence[bytes]) -> int:
    """Return the flows that the bundles of counting workers tell of."""
    return sum(int(each) for each in bundles)
