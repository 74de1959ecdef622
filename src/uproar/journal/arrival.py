"""The arrival clock: when did it arrive, told by a machine whose clock may step?

Instants never decrease. While the wall clock is ahead of what was stamped last, the arrival clock is
the wall clock. When the wall steps back, the arrival clock goes on at the monotonic clock's pace,
slowed by `SLOWED_PERCENT`, until the wall has caught up: time never stands still, ticks still end, and
order is kept. When the wall steps forward it is followed at once, for then the later time is right.
"""

from __future__ import annotations

import threading

from uproar.ports import Clock

SLOWED_PERCENT = 1  # An hour ahead is made good in a hundred hours; a tick stays a tick meanwhile.
FORWARD_STEP_MS = 60_000  # A wall that gains more than this on the monotonic clock has been set.


class ArrivalClock:
    """Stamps instants in milliseconds UTC that never decrease, for any thread."""

    def __init__(self, clock: Clock, last_ms: int = 0) -> None:
        """Begin at `last_ms`, the last instant that was stamped before a restart, or 0."""
        self._clock = clock
        self._lock = threading.Lock()
        self._at_ms = last_ms
        self._read_ms: int | None = None  # Monotonic instant of the last stamp.
        self._anchor: tuple[int, int] | None = None  # (at, monotonic) where the wall fell behind.
        self.ahead_ms = 0  # How far the last stamp was ahead of the wall.
        self.stepped_forward_ms = 0  # The last big step forward of the wall, 0 if there was none.

    def stamp(self) -> int:
        """Return the present instant; at least as late as every instant returned before."""
        with self._lock:
            wall_ms = self._clock.wall_ms()
            monotonic_ms = self._clock.monotonic_ms()
            if wall_ms >= self._paced(monotonic_ms):
                self._note_forward_step(wall_ms, monotonic_ms)
                self._anchor = None
                self._at_ms = wall_ms
            else:
                if self._anchor is None:
                    self._anchor = (self._at_ms, monotonic_ms)
                self._at_ms = self._paced(monotonic_ms)
            self._read_ms = monotonic_ms
            self.ahead_ms = self._at_ms - wall_ms
            return self._at_ms

    def not_before(self, at_ms: int) -> None:
        """Go on from `at_ms` if it is later than the last stamp (an import brought its own)."""
        with self._lock:
            if at_ms > self._at_ms:
                self._at_ms = at_ms
                self._anchor = None

    def _paced(self, monotonic_ms: int) -> int:
        """Return where the slowed clock is that runs since the wall fell behind, or the last stamp."""
        if self._anchor is None:
            return self._at_ms
        at_ms, since_ms = self._anchor
        return max(self._at_ms, at_ms + (monotonic_ms - since_ms) * (100 - SLOWED_PERCENT) // 100)

    def _note_forward_step(self, wall_ms: int, monotonic_ms: int) -> None:
        if self._read_ms is None or self._anchor is not None:
            return
        gained_ms = wall_ms - self._at_ms - (monotonic_ms - self._read_ms)
        if gained_ms > FORWARD_STEP_MS:
            self.stepped_forward_ms = gained_ms
