"""The journal in memory: the twin of the one on disk, for tests, replays and trying things out."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Self

import msgspec

from uproar.errors import IdempotencyConflict, JournalFull, JournalUnwritable
from uproar.journal import rows
from uproar.journal.arrival import ArrivalClock
from uproar.journal.keys import KEPT_MS
from uproar.journal.receipt import Receipt, State
from uproar.model.signal import Signal
from uproar.ports import Clock

SIGNALS_MAX = 5_000_000  # What a machine's memory should be asked to hold, at some 300 bytes each.


class MemoryJournal:
    """Keeps signals until the process ends; otherwise as `uproar.ports.Journal` says."""

    def __init__(self, clock: Clock, *, signals_max: int = SIGNALS_MAX) -> None:
        self._clock = clock
        self._arrival = ArrivalClock(clock)
        self._latest_at = 0
        self._signals: list[Signal] = []
        self._first_seq = 1
        self._once: dict[bytes, tuple[Receipt, Signal]] = {}
        self._signals_max = signals_max
        self._lock = threading.Lock()
        self._closed = False

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        """Keep a signal; there is no disk to wait for."""
        return self.append_wait(signal, once)

    def append_wait(
        self, signal: Signal, once: bytes | None = None, timeout_s: float | None = None
    ) -> Receipt:
        """Do what `append` does, for a thread without an event loop."""
        del timeout_s
        with self._lock:
            if self._closed:
                raise JournalUnwritable("the journal is closed")
            at = self._arrival.stamp()
            rows.encode_checked(signal)
            bare = msgspec.structs.replace(signal, at=0)
            if once is not None and (kept := self._kept(once, at)) is not None:
                if kept[1] != bare:
                    raise IdempotencyConflict(rows.CONFLICT)
                return msgspec.structs.replace(kept[0], repeated=True)
            if len(self._signals) >= self._signals_max:
                raise JournalFull(30)
            self._signals.append(msgspec.structs.replace(signal, at=at))
            self._latest_at = at
            receipt = Receipt(self._last_seq(), at)
            if once is not None:
                self._once[once] = (receipt, bare)
            return receipt

    def read(self, after_seq: int, limit: int) -> Sequence[tuple[int, Signal]]:
        """Return up to `limit` signals with their numbers, in order, after `after_seq`."""
        with self._lock:
            begin = max(0, after_seq + 1 - self._first_seq)
            found = self._signals[begin : begin + max(0, limit)]
            return list(enumerate(found, self._first_seq + begin))

    def load(self, signals: Iterable[Signal]) -> int:
        """Append signals that carry their own `at`; return how many."""
        kept = 0
        for signal in signals:
            rows.encode_checked(signal)
            with self._lock:
                if len(self._signals) >= self._signals_max:
                    raise JournalUnwritable(f"memory is full; the first {kept} signals were kept")
                self._signals.append(signal)
                self._arrival.not_before(signal.at)
                self._latest_at = max(self._latest_at, signal.at)
            kept += 1
        return kept

    def prune(self, before_ms: int, until_seq: int) -> int:
        """Forget the oldest signals, as long as they arrived before and lie up to `until_seq`."""
        with self._lock:
            gone = 0
            while (
                gone < len(self._signals)
                and self._first_seq + gone <= until_seq
                and self._signals[gone].at < before_ms
            ):
                gone += 1
            del self._signals[:gone]
            self._first_seq += gone
            return gone

    def last_seq(self) -> int:
        """Return the number of the newest signal, 0 when there is none."""
        with self._lock:
            return self._last_seq()

    def first_seq(self) -> int:
        """Return the number of the oldest signal that is kept, or of the first to come."""
        with self._lock:
            return self._first_seq

    def last_at(self) -> int:
        """Return the arrival of the newest signal, 0 when there is none."""
        with self._lock:
            return self._signals[-1].at if self._signals else 0

    def now_ms(self) -> int:
        """Return the present instant of the arrival clock, which ends ticks too."""
        return self._arrival.stamp()

    def count(self) -> int:
        """Return how many signals are kept."""
        with self._lock:
            return len(self._signals)

    def state(self) -> State:
        """Return how the journal is doing."""
        return State(
            waiting=0,
            waiting_max=self._signals_max,
            last_seq=self.last_seq(),
            last_at=self.last_at(),
            last_commit_at=self.last_at(),
            ahead_ms=self._arrival.ahead_ms,
            stepped_forward_ms=self._arrival.stepped_forward_ms,
        )

    def restart(self) -> None:
        """Do what a restart does to time: go on from the latest arrival so far."""
        self._arrival = ArrivalClock(self._clock, self._latest_at)

    def close(self) -> None:
        """Take in no more."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _last_seq(self) -> int:
        return self._first_seq + len(self._signals) - 1

    def _kept(self, once: bytes, at: int) -> tuple[Receipt, Signal] | None:
        kept = self._once.get(once)
        return kept if kept is not None and kept[0].at > at - KEPT_MS else None
