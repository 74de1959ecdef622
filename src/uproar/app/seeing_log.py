"""How every way in did in the last day, minute by minute: what the page on seeing draws as a strip.

It is kept in memory and begins with the program: what was before nobody noted. Of a minute the worst
that was seen in it counts.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence

from uproar.app.supervise import Standing
from uproar.model.tick import MINUTE_MS
from uproar.present.seeing_view import Doing, Stretch, stretches

MINUTES = 1_440
LOOK_S = 10.0
WAYS_MAX = 64  # There are a handful; a way in beyond that has no strip.

_CODES: tuple[Doing, ...] = ("unknown", "running", "trouble", "stopped")  # From good to bad.


def doing(way: Standing) -> Doing:
    """Return how a way in does, in one word."""
    if way.state == "waiting":
        return "stopped"
    return "trouble" if way.seeing.trouble else "running"


class SeeingLog:
    """The last day of each way in. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rings: dict[str, bytearray] = {}
        self._minute = -1

    def note(self, now_ms: int, standings: Sequence[Standing]) -> None:
        """Note how all do at this instant; minutes in which nobody looked are unknown."""
        minute = now_ms // MINUTE_MS
        with self._lock:
            self._clear(minute)
            for way in standings:
                ring = self._rings.get(way.name)
                if ring is None:
                    if len(self._rings) >= WAYS_MAX:
                        continue
                    ring = self._rings[way.name] = bytearray(MINUTES)
                column = minute % MINUTES
                ring[column] = max(ring[column], _CODES.index(doing(way)))

    def last_day(self, name: str, now_ms: int) -> tuple[Stretch, ...]:
        """Return the last day of a way in as stretches, in order and without gaps; none if unheard of."""
        last = now_ms // MINUTE_MS
        with self._lock:
            ring = self._rings.get(name)
            if ring is None:
                return ()
            oldest = max(last, self._minute) - MINUTES
            codes = [
                ring[minute % MINUTES] if oldest < minute <= self._minute else 0
                for minute in range(last - MINUTES + 1, last + 1)
            ]
        return stretches(_CODES[code] for code in codes)

    async def run(
        self,
        standing: Callable[[], Sequence[Standing]],
        now_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Note how all do, again and again, until cancelled."""
        while True:
            self.note(now_ms(), standing())
            await sleep(LOOK_S)

    def _clear(self, minute: int) -> None:
        """Forget the minutes between the last look and this one: nobody looked in them.

        A clock that steps back leaves what it had noted; those minutes are looked at again.
        """
        if self._minute >= 0:
            for skipped in range(max(self._minute + 1, minute - MINUTES + 1), minute + 1):
                for ring in self._rings.values():
                    ring[skipped % MINUTES] = 0
        self._minute = max(self._minute, minute)
