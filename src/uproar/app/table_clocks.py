"""By which clocks do the series of a table live? Those of their places, or that of its own times.

A series whose `place` is a country lives by its clocks, holidays included. One without (the whole of
a service, say) lives by those of all the table's places together. Where the table names no place,
the time of day is by the clock that its times are written in, summer time as they show it, weekends
as most of the world has them and no holidays.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
from numpy.typing import NDArray

from uproar.app import fold_season
from uproar.app.almanac import WorldAlmanac
from uproar.detect.season import UTC, Season
from uproar.model.place import CODES
from uproar.wire.counts import Counts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class TableClock:
    """The clock that a table's times are written by, as an almanac of one clock."""

    version = "the table's own times"
    clocks = (("ZZ", "the table's own"),)

    def __init__(self, turns: tuple[tuple[int, int], ...]) -> None:
        """Take (from, ahead of UTC) in milliseconds, in order; the first also holds before it."""
        self._from = [at for at, _ in turns]
        self._ahead = [ahead for _, ahead in turns]

    def read(self, at_ms: int) -> tuple[F64, F64, F64]:
        """Return (local milliseconds since the epoch, rest 0 or 1, holiday 0), one clock."""
        return UTC.almanac.read(at_ms + self._ahead[max(0, bisect_right(self._from, at_ms) - 1)])


def clocks_of(counts: Counts, place: str = "") -> tuple[Season, I64]:
    """Return the season of a table and the number of each series' calendar in it.

    `place` is where the series are about that name no country themselves: an ISO 3166 code, or empty.
    """
    named = [key.place.upper() if key.place.upper() in CODES else place for key in counts.series]
    codes = sorted({code for code in named if code})
    if not codes:
        alike = np.zeros(len(named), dtype=np.int64)
        own = counts.clock != ((0, 0),)
        return (Season(TableClock(counts.clock)) if own else UTC), alike
    almanac = WorldAlmanac(codes)
    # Calendar 0 is that of all places together, the places follow in the almanac's order.
    numbers = {code: 1 + at for at, code in enumerate(fold_season.codes_of(almanac))}
    calendars = np.array([numbers.get(code, 0) for code in named], dtype=np.int64)
    return Season(almanac, fold_season.at_start(almanac, {})), calendars
