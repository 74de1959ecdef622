"""The clocks that the shell hands to those who need one."""

from __future__ import annotations

import time


class SystemClock:
    """The machine's own clock."""

    def wall_ms(self) -> int:
        """Return the machine's idea of the time, in milliseconds UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Return milliseconds since an arbitrary point, never decreasing."""
        return time.monotonic_ns() // 1_000_000


class ReplayClock:
    """A clock that is set by a replay, and runs on at the ordinary pace once it is let go."""

    def __init__(self, at_ms: int) -> None:
        self._at_ms = at_ms
        self._released_ms: int | None = None

    def set(self, at_ms: int) -> None:
        """Move the clock to an instant of the replayed day."""
        self._at_ms = at_ms

    def release(self) -> None:
        """Let the clock run on from where it is."""
        self._released_ms = time.monotonic_ns() // 1_000_000

    def wall_ms(self) -> int:
        """Return the replayed instant, in milliseconds UTC."""
        if self._released_ms is None:
            return self._at_ms
        return self._at_ms + time.monotonic_ns() // 1_000_000 - self._released_ms

    def monotonic_ms(self) -> int:
        """Return the same, for it never decreases while a replay goes forward."""
        return self.wall_ms()
