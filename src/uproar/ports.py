"""The seams, on one page. Drivers stand behind these; only `app` and `sim` know which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from uproar.model.signal import Signal


class Clock(Protocol):
    """Tells the time. `wall_ms` may step; `monotonic_ms` never does."""

    def wall_ms(self) -> int:
        """Return the machine's idea of the time, in milliseconds UTC."""
        ...

    def monotonic_ms(self) -> int:
        """Return milliseconds since an arbitrary point, never decreasing."""
        ...


class Receipt(Protocol):
    """What an appended signal became once it was on disk."""

    @property
    def seq(self) -> int:
        """The signal's place in the journal, from 1."""
        ...

    @property
    def at(self) -> int:
        """The arrival that the journal stamped."""
        ...

    @property
    def repeated(self) -> bool:
        """Whether the same idempotency key had been acknowledged before."""
        ...


class Journal(Protocol):
    """The durable, append-only order of all signals."""

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        """Keep a signal; return when it is on disk.

        The journal stamps `at` itself. `once` is an idempotency key: a second append with the same
        key returns the first receipt, and IdempotencyConflict where the content differs.
        Raises JournalFull when the queue is full and JournalUnwritable when the disk refuses.
        """
        ...

    def read(self, after_seq: int, limit: int) -> Sequence[tuple[int, Signal]]:
        """Return up to `limit` signals with their places, in order, after `after_seq`."""
        ...

    def load(self, signals: Iterable[Signal]) -> int:
        """Append signals that carry their own `at` (an import, a simulation); return how many."""
        ...

    def last_seq(self) -> int:
        """Return the place of the newest signal, 0 when there is none."""
        ...


class Store(Protocol):
    """What can be recomputed, kept so that a restart is quick."""

    def save(self, *, tick: int, seq: int, state: bytes) -> None:
        """Keep a checkpoint: the state after `tick`, which had read the journal up to `seq`."""
        ...

    def checkpoint(self) -> tuple[int, int, bytes] | None:
        """Return the newest checkpoint as (tick, seq, state), or None."""
        ...

    def decide(self, tick: int, lines: Sequence[bytes]) -> None:
        """Keep the decisions of a tick as JSON lines; a tick that is decided again replaces them."""
        ...

    def decisions(self, from_tick: int = 0) -> Iterator[bytes]:
        """Return the decisions since `from_tick`, in order."""
        ...
