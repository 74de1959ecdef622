"""What a worker hands to its observatory once a second, and the pipe that carries it without ever waiting."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import select
import time
from asyncio import IncompleteReadError, StreamReader
from collections import deque
from collections.abc import AsyncIterator

import msgspec

from uproar.errors import WorkerLost
from uproar.inlets.flows.exporters import Heard

DELIVERY_BYTES_MAX = 33_554_432
WAITING_MAX = 8  # Deliveries that wait for room in the pipe; later ones find none.
PIPE_BYTES = 1_048_576  # Asked of the kernel for the pipe; what it is without is 65,536.
_LENGTH_BYTES = 4


class Delivery(msgspec.Struct, frozen=True, array_like=True):
    """What one worker did since its last delivery. Counts but for `at` and `bundle`.

    at: when it was closed, ms UTC. bundle: the sums of its flows, in the form of whoever made them; empty
    where there were none. clock_off: datagrams of exporters with a wrong clock. aside: what could not be
    used, by reason. ignored: datagrams of senders that are not on the list. failed: sockets that could not be
    read. stalled: bundles that were dropped because nobody took them. kept: rows written to files, unkept: rows
    that could not be. cpu_ms: processor time of the worker.
    """

    at: int
    bundle: bytes
    datagrams: int
    octets: int
    flows: int
    clock_off: int
    aside: dict[str, int]
    ignored: int
    failed: int
    stalled: int
    kept: int
    unkept: int
    cpu_ms: int
    exporters: list[Heard]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Delivery)


class Pipe:
    """The worker's end. What does not fit waits; what finds no room to wait is refused."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._frames: deque[memoryview] = deque()
        os.set_blocking(descriptor, False)
        with contextlib.suppress(OSError):  # Not allowed more: then what is there is used.
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    @property
    def has_room(self) -> bool:
        """Tell whether one more delivery would be taken."""
        return len(self._frames) < WAITING_MAX

    def put(self, delivery: Delivery) -> bool:
        """Take a delivery, and tell whether there was room for it. Raises BrokenPipeError as `push`."""
        body = _ENCODER.encode(delivery)
        if not self.has_room or len(body) > DELIVERY_BYTES_MAX:
            return False
        self._frames.append(memoryview(len(body).to_bytes(_LENGTH_BYTES, "big") + body))
        self.push()
        return True

    def push(self) -> None:
        """Write as much as fits now. Raises BrokenPipeError where nobody reads any more."""
        while self._frames:
            first = self._frames[0]
            try:
                written = os.write(self._descriptor, first)
            except BlockingIOError:
                return
            if written < len(first):
                self._frames[0] = first[written:]
                continue
            self._frames.popleft()

    def flush(self, patience_s: float) -> None:
        """Write all that waits, for so long at most."""
        until = time.monotonic() + patience_s
        while self._frames and (left := until - time.monotonic()) > 0:
            select.select([], [self._descriptor], [], left)
            self.push()


async def deliveries(stream: StreamReader, patience_s: float) -> AsyncIterator[Delivery]:
    """Return what comes out of the pipe until the worker has gone.

    Raises WorkerLost for what is no delivery, and where none comes for so long: a worker sends one each second.
    """
    while True:
        try:
            async with asyncio.timeout(patience_s):
                size = int.from_bytes(await stream.readexactly(_LENGTH_BYTES), "big")
                if size > DELIVERY_BYTES_MAX:
                    raise WorkerLost(
                        f"a worker announced {size} bytes; at most {DELIVERY_BYTES_MAX} are taken"
                    )
                body = await stream.readexactly(size)
        except IncompleteReadError:
            return
        except TimeoutError:
            raise WorkerLost(f"a worker said nothing for {patience_s:g} seconds") from None
        try:
            yield _DECODER.decode(body)
        except msgspec.MsgspecError:
            raise WorkerLost("a worker sent what is no delivery") from None
