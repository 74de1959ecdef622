"""The recent past, by minute: what the charts and the tables of the pages are drawn from.

Rows of `Days` are services (the roots), columns the 1,440 minutes of the last day, a ring indexed by
minute modulo 1,440. `Hours` holds the last 60 minutes of every series. `seen` counts, for each
minute, the ticks in which our own intake ran: 0 of 6 is blind, which is not zero reports.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.model.tick import TICKS_PER_MINUTE

MINUTES = 1_440
HOUR_MINUTES = 60

Counts = NDArray[np.int32]
Levels = NDArray[np.float32]
Seen = NDArray[np.int8]


@dataclass(slots=True, eq=False)
class Days:
    """The last 24 hours of every service. Changed in place by `turn` and `close`."""

    minute: int
    seen: Seen
    observed: Counts
    works: Counts
    set_aside: Counts
    expected: Levels
    size: Levels


@dataclass(slots=True, eq=False)
class Hours:
    """The last 60 minutes of every series, in rows that grow by doubling."""

    minute: int
    observed: Counts


def start_days(service_count: int) -> Days:
    """Return the history of services of which nothing is known yet."""
    shape = (service_count, MINUTES)
    return Days(
        minute=-1,
        seen=np.zeros(MINUTES, np.int8),
        observed=np.zeros(shape, np.int32),
        works=np.zeros(shape, np.int32),
        set_aside=np.zeros(shape, np.int32),
        expected=np.zeros(shape, np.float32),
        size=np.full(shape, np.inf, np.float32),
    )


def start_hours(series_count: int) -> Hours:
    """Return the history of series of which nothing is known yet."""
    return Hours(minute=-1, observed=np.zeros((max(series_count, 16), HOUR_MINUTES), np.int32))


def grow_hours(hours: Hours, series_count: int) -> None:
    """Make room for `series_count` rows, by doubling."""
    have = len(hours.observed)
    if series_count > have:
        room = np.zeros((max(series_count, 2 * have), HOUR_MINUTES), np.int32)
        room[:have] = hours.observed
        hours.observed = room


def turn(days: Days, hours: Hours, tick: int) -> bool:
    """Move on to the minute of `tick`, blanking what was passed over; tell if it is a new minute."""
    minute = tick // TICKS_PER_MINUTE
    if minute == days.minute:
        return False
    for gone in range(max(days.minute + 1, minute - MINUTES + 1), minute + 1):
        column = gone % MINUTES
        days.seen[column] = 0
        days.observed[:, column] = 0
        days.works[:, column] = 0
        days.set_aside[:, column] = 0
        days.expected[:, column] = 0
    for gone in range(max(hours.minute + 1, minute - HOUR_MINUTES + 1), minute + 1):
        hours.observed[:, gone % HOUR_MINUTES] = 0
    days.minute = minute
    hours.minute = minute
    return True


def columns(last_minute: int, count: int) -> NDArray[np.int64]:
    """Return the ring columns of the `count` minutes that end with `last_minute`, oldest first."""
    return np.arange(last_minute - count + 1, last_minute + 1) % MINUTES


def last_minutes(hours: Hours, row: int, count: int) -> int:
    """Return what one series counted in the last `count` minutes, the running one included."""
    wanted = np.arange(hours.minute - count + 1, hours.minute + 1) % HOUR_MINUTES
    return int(hours.observed[row, wanted].sum())
