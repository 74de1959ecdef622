"""The last minutes of an access log, tick by tick, within a bound: of a tick with too many requests one of so many is held."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from uproar.model.tick import TICK_MS, start_ms
from uproar.trace.requests import Rows, joined
from uproar.wire.packets.frames import I64

TICK_ROWS = 6_000  # Held of one tick, at most.
WINDOW_TICKS = 60
SECONDS = TICK_MS // 1_000


class Held(NamedTuple):
    """Some rows, by time, one of so many that came."""

    rows: Rows
    one_of: int


class _Tick:
    def __init__(self) -> None:
        self.parts: list[Rows] = []
        self.held = 0
        self.one_of = 1
        self.requests = 0
        self.octets = 0
        self.seconds: I64 = np.zeros(SECONDS, np.int64)
        self.bits: I64 = np.zeros(SECONDS, np.int64)


class Window:
    """Ticks by number. Whoever holds it lets go of old ones with `pop`."""

    def __init__(self) -> None:
        self._ticks: dict[int, _Tick] = {}

    def add(self, rows: Rows) -> None:
        """Take in requests of any ticks."""
        numbers = rows.at_ms // TICK_MS
        for number in np.unique(numbers).tolist():
            mine = rows.take(numbers == number)
            tick = self._ticks.setdefault(number, _Tick())
            second = (mine.at_ms - start_ms(number)) // 1_000
            tick.seconds += np.bincount(second, minlength=SECONDS)
            tick.bits += np.bincount(second, mine.octets * 8.0, SECONDS).astype(np.int64)
            tick.octets += int(mine.octets.sum())
            kept = mine.take((tick.requests + np.arange(len(mine))) % tick.one_of == 0)
            tick.requests += len(mine)
            tick.parts.append(kept)
            tick.held += len(kept)
            while tick.held > TICK_ROWS:
                whole = joined(tick.parts)
                tick.parts = [whole.take(np.arange(len(whole)) % 2 == 0)]
                tick.held, tick.one_of = len(tick.parts[0]), tick.one_of * 2

    def pop(self, number: int) -> tuple[Held, int]:
        """Let go of a tick: return what was held of it and how many requests came."""
        tick = self._ticks.pop(number, None) or _Tick()
        return Held(joined(tick.parts), tick.one_of), tick.requests

    def numbers(self) -> list[int]:
        """Return the ticks that hold anything, in order."""
        return sorted(self._ticks)

    def of(self, first: int, last: int) -> Held:
        """Return the rows of ticks from `first` to `last`, all thinned as the fullest of them is."""
        found = [self._ticks[number] for number in range(first, last + 1) if number in self._ticks]
        one_of = max((tick.one_of for tick in found), default=1)
        parts = []
        for tick in found:
            rows = joined(tick.parts)
            parts.append(rows.take(np.arange(len(rows)) % (one_of // tick.one_of) == 0))
        return Held(joined(parts), one_of)

    def sums(self, number: int) -> tuple[int, int, int, int]:
        """Return of one tick how many requests and octets came, and the most requests and bits of one second."""
        tick = self._ticks.get(number)
        if tick is None:
            return 0, 0, 0, 0
        return tick.requests, tick.octets, int(tick.seconds.max()), int(tick.bits.max())

    def between(self, from_ms: int, to_ms: int) -> int:
        """Return how many requests came in whole seconds between two instants."""
        found = 0
        for number in range(from_ms // TICK_MS, to_ms // TICK_MS + 1):
            tick = self._ticks.get(number)
            if tick is not None:
                second = start_ms(number) + 1_000 * np.arange(SECONDS)
                found += int(tick.seconds[(second >= from_ms) & (second < to_ms)].sum())
        return found
