"""What the journal answers: the receipt of a signal, and how it is doing."""

from __future__ import annotations

import msgspec


class Receipt(msgspec.Struct, frozen=True, gc=False):
    """A signal is on disk: its number from 1, the arrival that was stamped (milliseconds UTC).

    `repeated` says that the same idempotency key had been acknowledged before.
    """

    seq: int
    at: int
    repeated: bool = False


class State(msgspec.Struct, frozen=True):
    """How a journal is doing, for `/readyz` and `/metrics`; instants in milliseconds UTC.

    `waiting` signals are not yet on disk, of `waiting_max` that may be. `ahead_ms` says how far the
    arrival clock is ahead of a wall clock that stepped back; `stepped_forward_ms` is the last big
    step forward. `unwritable` is empty, or the reason why nothing can be acknowledged
    since `unwritable_since`.
    """

    waiting: int
    waiting_max: int
    last_seq: int
    last_at: int
    last_commit_at: int
    ahead_ms: int
    stepped_forward_ms: int
    unwritable: str = ""
    unwritable_since: int = 0

    @property
    def ready(self) -> bool:
        """Whether a report that came now could be acknowledged."""
        return not self.unwritable and self.waiting < self.waiting_max
