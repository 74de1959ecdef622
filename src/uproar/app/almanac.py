"""What clocks around the world show, and where people rest: IANA time zones and public holidays.

Both come from libraries that are kept up to date; their versions are part of the design's digest,
because another edition may decide otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib.metadata import version
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from uproar.model.catalog import Catalog
from uproar.model.place import PLACES

F64 = NDArray[np.float64]

DAY_MS = 86_400_000
QUARTER_MS = 900_000  # Every offset in use changes at a quarter of an hour, and so do local days.
READINGS_KEPT = 64
YEARS_KEPT = 2_000  # (place, year) pairs whose holidays are remembered.
WEEKEND = frozenset({5, 6})  # Saturday and Sunday, where the library knows no better.
EPOCH = date(1970, 1, 1)


class WorldAlmanac:
    """The clocks of places: one for every time zone in which a place has people."""

    def __init__(self, codes: Iterable[str]) -> None:
        """Load the time zones; raise ZoneInfoNotFoundError where the database has a gap."""
        self.version = f"tzdata {version('tzdata')}, holidays {version('holidays')}"
        places = [PLACES[code] for code in sorted(set(codes)) if code in PLACES]
        self.clocks = tuple((place.code, zone) for place in places for zone, _ in place.zones)
        self.weights = tuple(share for place in places for _, share in place.zones)
        self._zones = [ZoneInfo(zone) for _, zone in self.clocks]
        self._readings: dict[int, tuple[F64, F64, F64]] = {}

    def read(self, at_ms: int) -> tuple[F64, F64, F64]:
        """Return (local milliseconds since the epoch, rest 0 or 1, holiday 0 or 1), one a clock."""
        quarter = at_ms // QUARTER_MS
        known = self._readings.get(quarter)
        if known is None:
            known = self._look(quarter * QUARTER_MS)
            while len(self._readings) >= READINGS_KEPT:
                del self._readings[next(iter(self._readings))]
            self._readings[quarter] = known
        offset, rest, holiday = known
        return at_ms + offset, rest, holiday

    def _look(self, at_ms: int) -> tuple[F64, F64, F64]:
        at = datetime.fromtimestamp(at_ms // 1000, UTC)
        zones = [at.astimezone(zone).utcoffset() or timedelta() for zone in self._zones]
        offset = np.array([gone.total_seconds() * 1000.0 for gone in zones])
        days = ((at_ms + offset) // DAY_MS).astype(int)
        kinds = [_kind(code, int(day)) for (code, _), day in zip(self.clocks, days, strict=True)]
        table = np.array(kinds, dtype=np.float64).reshape(-1, 2)
        return offset, table[:, 0].copy(), table[:, 1].copy()


def _kind(code: str, day: int) -> tuple[bool, bool]:
    """Return (people rest, it is a holiday) of a place on a local day, by number since the epoch."""
    that = EPOCH + timedelta(days=day)
    weekend, festive = _year(code, that.year)
    holiday = that in festive
    return holiday or that.weekday() in weekend, holiday


@lru_cache(maxsize=YEARS_KEPT)
def _year(code: str, year: int) -> tuple[frozenset[int], frozenset[date]]:
    try:
        found = holidays.country_holidays(code, years=year)
    except NotImplementedError:  # The library does not know the place.
        return WEEKEND, frozenset()
    return frozenset(found.weekend), frozenset(found)


def of(catalog: Catalog) -> WorldAlmanac:
    """Return the almanac of all countries in which the services of a catalog are mainly used."""
    services = catalog.services.values()
    return _of(frozenset(code for service in services for code in service.countries))


@lru_cache(maxsize=8)
def _of(codes: frozenset[str]) -> WorldAlmanac:
    return WorldAlmanac(codes)
