"""Who waits for the disk, in what order, and how are they told?

Appends from event loops and threads stand in one bounded queue. The writer takes all that wait at
once; the waiters of one event loop are told together, with one wake-up of that loop.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import threading
from collections import deque
from collections.abc import Sequence

from uproar.errors import JournalFull, JournalUnwritable, UproarError
from uproar.journal.receipt import Receipt
from uproar.model.signal import Signal

Outcome = Receipt | UproarError
RETRY_AFTER_MAX_S = 30

# The signal, its idempotency key, the loop of the future (None for a thread's), the future.
Waiter = tuple[
    Signal,
    bytes | None,
    asyncio.AbstractEventLoop | None,
    "asyncio.Future[Receipt] | concurrent.futures.Future[Receipt]",
]


class Queue:
    """A bounded queue of waiters, with one taker."""

    def __init__(self, bound: int) -> None:
        self.bound = bound
        self.taken_per_s = 1_000.0  # How fast the writer was of late; for Retry-After.
        self._waiters: deque[Waiter] = deque()
        self._ready = threading.Condition(threading.Lock())
        self._taker_sleeps = False
        self._closed = ""

    def __len__(self) -> int:
        return len(self._waiters)

    def put(self, waiter: Waiter) -> None:
        """Queue a waiter; raise JournalFull at the bound and JournalUnwritable when closed."""
        with self._ready:
            if self._closed:
                raise JournalUnwritable(self._closed)
            if len(self._waiters) >= self.bound:
                seconds = int(self.bound / self.taken_per_s) + 1
                raise JournalFull(min(RETRY_AFTER_MAX_S, seconds))
            self._waiters.append(waiter)
            if self._taker_sleeps:
                self._taker_sleeps = False
                self._ready.notify()

    def take(self, limit: int, timeout_s: float | None = None) -> list[Waiter]:
        """Return what waits, up to `limit`; wait for the first.

        Empty when the queue is closed, when the time is up, and when the taker was woken.
        """
        with self._ready:
            if not self._waiters and not self._closed:
                self._taker_sleeps = True
                self._ready.wait(timeout_s)
                self._taker_sleeps = False
            if len(self._waiters) <= limit:
                taken = list(self._waiters)
                self._waiters.clear()
            else:
                taken = [self._waiters.popleft() for _ in range(limit)]
            return taken

    def pause(self, timeout_s: float) -> None:
        """Let the taker wait, but not for waiters: only a close ends it early."""
        with self._ready:
            self._ready.wait_for(lambda: bool(self._closed), timeout_s)

    def wake(self) -> None:
        """Wake the taker although nobody waits: there is something else to do."""
        with self._ready:
            self._ready.notify_all()

    def close(self, reason: str) -> None:
        """Take in no more; what waits can still be taken."""
        with self._ready:
            self._closed = self._closed or reason
            self._ready.notify_all()

    @property
    def closed(self) -> bool:
        """Whether nothing more is taken in."""
        return bool(self._closed)


def tell(waiters: Sequence[Waiter], outcomes: Sequence[Outcome]) -> None:
    """Tell every waiter its outcome: one wake-up a loop, however many of its futures are done."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Receipt], Outcome]]] = {}
    for (_, _, loop, future), outcome in zip(waiters, outcomes, strict=True):
        if isinstance(future, concurrent.futures.Future):
            _settle(future, outcome)
        elif loop is not None:
            by_loop.setdefault(loop, []).append((future, outcome))
    for loop, pairs in by_loop.items():
        # A loop that was closed meanwhile has nobody left to be told.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_all, pairs)


def _settle_all(pairs: list[tuple[asyncio.Future[Receipt], Outcome]]) -> None:
    for future, outcome in pairs:
        if not future.done():
            if type(outcome) is Receipt:
                future.set_result(outcome)
            else:
                _settle(future, outcome)


def _settle(
    future: asyncio.Future[Receipt] | concurrent.futures.Future[Receipt], outcome: Outcome
) -> None:
    if future.done():
        return
    if isinstance(outcome, Receipt):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)
