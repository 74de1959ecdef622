"""The seams, on one page. Drivers stand behind these; only `app` and `sim` know which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from uproar.model.seeing import Letter, Seeing
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
        """The signal's number in the journal, from 1."""
        ...

    @property
    def at(self) -> int:
        """The arrival that the journal stamped."""
        ...

    @property
    def repeated(self) -> bool:
        """Whether the same idempotency key had been acknowledged before."""
        ...


class JournalState(Protocol):
    """How a journal is doing, for `/readyz` and `/metrics`; instants in milliseconds UTC."""

    @property
    def waiting(self) -> int:
        """Signals that are not yet on disk."""
        ...

    @property
    def waiting_max(self) -> int:
        """How many may wait before JournalFull is raised."""
        ...

    @property
    def last_seq(self) -> int:
        """The number of the newest signal."""
        ...

    @property
    def last_at(self) -> int:
        """The arrival of the newest signal."""
        ...

    @property
    def last_commit_at(self) -> int:
        """The arrival of the last batch this process put on disk, 0 before the first."""
        ...

    @property
    def ahead_ms(self) -> int:
        """How far the arrival clock is ahead of a wall clock that stepped back; 0 is usual."""
        ...

    @property
    def stepped_forward_ms(self) -> int:
        """How large the last big step forward of the wall clock was; 0 is usual."""
        ...

    @property
    def unwritable(self) -> str:
        """Why nothing can be acknowledged, with what to do; empty is usual."""
        ...

    @property
    def unwritable_since(self) -> int:
        """Since when nothing can be acknowledged, 0 when all is well."""
        ...

    @property
    def ready(self) -> bool:
        """Whether a report that came now could be acknowledged."""
        ...


class Journal(Protocol):
    """The durable, append-only order of all signals.

    Reading and `append_wait` may be called from any thread; `load` from any but an event loop's.
    """

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        """Keep a signal; return when it is on disk.

        The journal stamps `at` itself. `once` is an idempotency key, remembered for 24 hours: a
        second append with the same key returns the first receipt as repeated, and raises
        IdempotencyConflict where the content (without `at`) differs. Raises JournalFull when the
        queue is full, JournalUnwritable when the disk refuses, and SignalInvalid for a signal that
        cannot be written down; after any of these the signal is not in the journal, unless
        JournalUnwritable says that it cannot be told.
        """
        ...

    def append_wait(
        self, signal: Signal, once: bytes | None = None, timeout_s: float | None = None
    ) -> Receipt:
        """Do what `append` does, for a thread without an event loop, in the same queue."""
        ...

    def read(self, after_seq: int, limit: int) -> Sequence[tuple[int, Signal]]:
        """Return up to `limit` signals with their numbers, in order, after `after_seq`.

        May return fewer than `limit`; none means that there are no more as yet. Raises
        JournalDamaged where the file fails its own check.
        """
        ...

    def load(self, signals: Iterable[Signal]) -> int:
        """Append signals that carry their own `at` (an import, a simulation); return how many."""
        ...

    def prune(self, before_ms: int, until_seq: int) -> int:
        """Forget the oldest signals: those that arrived before `before_ms`, up to `until_seq`.

        `until_seq` is the number that a checkpoint has read up to: what is not in a checkpoint is
        never forgotten. Numbers are not given again. Returns how many were forgotten.
        """
        ...

    def first_seq(self) -> int:
        """Return the number of the oldest signal that is kept, or of the first to come."""
        ...

    def last_seq(self) -> int:
        """Return the number of the newest signal, 0 when there was none."""
        ...

    def last_at(self) -> int:
        """Return the arrival of the newest signal, 0 when there was none."""
        ...

    def now_ms(self) -> int:
        """Return the present instant of the arrival clock: no signal that comes is stamped earlier.

        Milliseconds UTC; never decreases. Ticks end by this clock, not by the wall's.
        """
        ...

    def count(self) -> int:
        """Return how many signals are kept."""
        ...

    def state(self) -> JournalState:
        """Return how the journal is doing. Cheap; never touches the disk."""
        ...

    def close(self) -> None:
        """Write what waits and close."""
        ...


class Store(Protocol):
    """What can be recomputed, kept so that a restart is quick. For any thread."""

    def save(self, *, tick: int, seq: int, state: bytes) -> None:
        """Keep a checkpoint: the state after `tick`, which had read the journal up to `seq`."""
        ...

    def checkpoint(self) -> tuple[int, int, bytes] | None:
        """Return the newest checkpoint that is whole, as (tick, seq, state), or None."""
        ...

    def decide(self, tick: int, lines: Sequence[bytes]) -> None:
        """Keep the decisions of a tick as JSON lines; a tick that is decided again replaces them."""
        ...

    def decisions(self, from_tick: int = 0) -> Iterator[bytes]:
        """Return the decisions since `from_tick`, in order."""
        ...

    def forget_after(self, tick: int) -> None:
        """Forget decisions and checkpoints of later ticks: they are about to be made again."""
        ...

    def close(self) -> None:
        """Close the file."""
        ...


class WayIn(Protocol):
    """Anything by which signals come in, as it tells of itself."""

    @property
    def name(self) -> str:
        """One word for it, as in the settings: "posts", "notices"."""
        ...

    def seeing(self) -> Seeing:
        """Return how well it sees. Cheap; for any thread."""
        ...


class Inlet(WayIn, Protocol):
    """A way in that works by itself (a stream, a schedule of looks): supervised, and started again."""

    async def run(self) -> None:
        """Take in until cancelled. Raises what it cannot go on after; it may be run again."""
        ...


class DeadLetters(Protocol):
    """What came in and could not be used, set aside on disk within bounds. For any thread."""

    def put(self, *, inlet: str, source: str, reason: str, problem: str, body: bytes) -> None:
        """Set something aside; beyond the bound the oldest go, and are counted. Never raises."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many are kept, by inlet."""
        ...

    def read(self, after: int, limit: int) -> Sequence[Letter]:
        """Return up to `limit` letters with a number above `after`, in order."""
        ...

    def drop(self, numbers: Sequence[int]) -> int:
        """Forget letters; return how many there were."""
        ...
