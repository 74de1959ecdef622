"""By which clocks do the people of a series live? Local time, weekends and holidays, mixed.

An `Almanac` knows, for each clock (a place and one of its time zones), what it shows at an instant
and whether people rest there. A `Season` is an almanac and, for each calendar, the share of every
clock. Series point to a calendar by number, so that a hundred thousand of them share a few.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uproar.stats import drift

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class Almanac(Protocol):
    """What clocks show; the same answers for the same arguments, for ever."""

    @property
    def version(self) -> str:
        """Say which editions of time zones and holidays the answers rest on."""
        ...

    @property
    def clocks(self) -> tuple[tuple[str, str], ...]:
        """Return the (place, time zone) of each clock, in the order of all arrays."""
        ...

    def read(self, at_ms: int) -> tuple[F64, F64, F64]:
        """Return (local milliseconds since the epoch, rest 0 or 1, holiday 0 or 1), one a clock."""
        ...


class Universal:
    """One clock that shows UTC, with weekends and without holidays: for tables of counts."""

    version = "UTC"
    clocks = (("ZZ", "Etc/UTC"),)

    def read(self, at_ms: int) -> tuple[F64, F64, F64]:
        """Return what UTC shows."""
        weekend = (at_ms - drift.MONDAY_MS) % drift.WEEK_MS >= 5 * drift.DAY_MS
        return np.array([float(at_ms)]), np.array([float(weekend)]), np.zeros(1)


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """Calendars: `shares` is (calendar, clock), rows summing to one."""

    almanac: Almanac = field(default_factory=Universal)
    shares: F64 = field(default_factory=lambda: np.ones((1, 1)))

    def points(self, basis: drift.Basis, at_ms: float, calendars: I64) -> F64:
        """Return the basis at an instant for rows that live by these calendars: (row, coefficient)."""
        local, rest, holiday = self.almanac.read(int(at_ms))
        by_clock = drift.points(basis, local, rest, holiday)
        if len(calendars) < len(self.shares):
            out: F64 = self.shares[calendars] @ by_clock
            return out
        every = self.shares @ by_clock
        return every[calendars]


UTC = Season()
