"""How many may come in a while: a bucket that fills as time goes on (a token bucket)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from uproar.model.tick import MINUTE_MS


@dataclass
class Pace:
    """Lets `a_minute` through in the long run, and up to `at_once` in one moment."""

    a_minute: int
    at_once: int
    _level: float = field(init=False)
    _at_ms: int = 0

    def __post_init__(self) -> None:
        """Begin with a full bucket."""
        self._level = float(self.at_once)

    def wait_s(self, now_ms: int) -> int:
        """Take one and return 0, or return after how many seconds one may be taken."""
        passed = max(0, now_ms - self._at_ms) if self._at_ms else 0
        self._at_ms = now_ms
        self._level = min(self.at_once, self._level + passed * self.a_minute / MINUTE_MS)
        if self._level >= 1:
            self._level -= 1
            return 0
        return max(1, math.ceil((1 - self._level) * 60 / self.a_minute))
