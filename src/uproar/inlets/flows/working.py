"""The loop of a worker: receive, read, sum up, and deliver once a second."""

from __future__ import annotations

import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from uproar.inlets.flows.delivery import Delivery, Pipe
from uproar.inlets.flows.exporters import Exporters
from uproar.inlets.flows.receiving import Receiver
from uproar.wire.flows.columns import Flows
from uproar.wire.flows.datagrams import Datagram, Decoded

SECOND_MS = 1_000
LOOK_S = 0.25  # How long the loop may sleep before it sees that it was asked to end.
LAST_S = 0.5  # For so long the last delivery may wait for room.
LAST_BATCHES = 64  # What still waits in the sockets at the end, in batches.


class Summing(Protocol):
    """What flows are summed up in; handed in by whoever knows how they are judged."""

    def add(self, flows: Flows, received_ms: int) -> None:
        """Take in flows that came at an instant."""
        ...

    def close(self, now_ms: int) -> bytes:
        """Return the sums since the last call as bytes, empty where there are none, and begin anew."""
        ...


class Keeping(Protocol):
    """Where raw flows are kept, where that was asked for. Never raises for want of room or rights."""

    def add(self, flows: Flows, received_ms: int) -> None:
        """Keep flows that came at an instant."""
        ...

    def since(self) -> tuple[int, int]:
        """Return the rows written, and those that could not be, since the last call."""
        ...

    def close(self) -> None:
        """End the file that is being written."""
        ...


class Worker:
    """One worker. `read` decodes a batch, and never raises."""

    def __init__(
        self,
        sockets: Sequence[socket.socket],
        exporters: Exporters,
        pipe: Pipe,
        *,
        read: Callable[[Sequence[Datagram]], Decoded],
        summing: Summing,
        keeping: Keeping | None,
        wall_ms: Callable[[], int],
    ) -> None:
        self._exporters = exporters
        self._pipe = pipe
        self._read = read
        self._summing = summing
        self._keeping = keeping
        self._wall_ms = wall_ms
        self._receiver = Receiver(sockets, exporters, wall_ms)
        self._cpu_s = time.process_time()
        self._stalled = 0
        self._begin()

    def _begin(self) -> None:
        self._datagrams = self._octets = self._flows = self._clock_off = 0
        self._aside: Counter[str] = Counter()

    def run(self, ended: Callable[[], bool]) -> None:
        """Work until `ended`; then read what has come, and deliver it. Ends too where nobody reads the pipe."""
        try:
            due_ms = self._wall_ms()
            while not ended():
                now_ms = self._wall_ms()
                if now_ms >= due_ms or now_ms < due_ms - SECOND_MS:  # Or the clock stepped back.
                    self._deliver(now_ms)
                    due_ms = now_ms // SECOND_MS * SECOND_MS + SECOND_MS
                self._take(min((due_ms - now_ms) / SECOND_MS, LOOK_S))
                self._pipe.push()
            for _ in range(LAST_BATCHES):
                if not self._take(0):
                    break
            self._deliver(self._wall_ms())
            self._pipe.flush(LAST_S)
        except BrokenPipeError:
            return
        finally:
            self._receiver.close()
            if self._keeping is not None:
                self._keeping.close()

    def _take(self, wait_s: float) -> bool:
        """Read one batch; tell whether there was any."""
        batch = self._receiver.batch(wait_s)
        if not batch:
            return False
        decoded = self._read(batch)
        self._exporters.note(batch, decoded)
        self._datagrams += len(batch)
        self._octets += sum([len(each.body) for each in batch])
        self._flows += len(decoded.flows)
        self._clock_off += decoded.told.clock_off
        self._aside.update(decoded.told.aside)
        if len(decoded.flows):
            received_ms = batch[-1].received_ms
            self._summing.add(decoded.flows, received_ms)
            if self._keeping is not None:
                self._keeping.add(decoded.flows, received_ms)
        return True

    def _deliver(self, now_ms: int) -> None:
        """Hand over the last second. Where there is no room the bundle is dropped, and the counts wait."""
        bundle = self._summing.close(now_ms)
        if not self._pipe.has_room:
            self._stalled += bool(bundle)
            return
        delivery = self._delivery(now_ms, bundle)
        if not self._pipe.put(delivery):  # It is too large: what it counted is told all the same.
            stalled = delivery.stalled + 1
            self._pipe.put(msgspec.structs.replace(delivery, bundle=b"", stalled=stalled))

    def _delivery(self, now_ms: int, bundle: bytes) -> Delivery:
        cpu_s = time.process_time()
        kept, unkept = (0, 0) if self._keeping is None else self._keeping.since()
        delivery = Delivery(
            at=now_ms,
            bundle=bundle,
            datagrams=self._datagrams,
            octets=self._octets,
            flows=self._flows,
            clock_off=self._clock_off,
            aside=dict(self._aside),
            ignored=self._receiver.ignored,
            failed=self._receiver.failed,
            stalled=self._stalled,
            kept=kept,
            unkept=unkept,
            cpu_ms=round((cpu_s - self._cpu_s) * 1000),
            exporters=self._exporters.since(),
        )
        self._receiver.ignored = self._receiver.failed = self._stalled = 0
        self._cpu_s = cpu_s
        self._begin()
        return delivery
