"""When did it begin, by the clocks of those who use it, by UTC, and by what was planned for that time?

All instants are milliseconds UTC; an onset is a bracket (earliest, latest). What a wide bracket holds says nothing.
Busy events are in no calendar that we have, and are never told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS

WORK_HOURS = (8, 18)  # From and until, by local clocks.
QUIET_HOURS = (22, 7)
MOST = 0.6  # Share of the people for whom it must be so.
NEAR_MS = 3 * MINUTE_MS  # So far outside the bracket an instant may lie.
NARROW_MS = 30 * MINUTE_MS  # A bracket that is wider says nothing of one instant.
# Instants at which clocks of programs overflow: weeks of GPS (1,024 of them, 18 seconds ahead of UTC), signed seconds.
_GPS_MS, _GPS_ROUND_MS = 315_964_800_000, 1_024 * 7 * DAY_MS
OVERFLOWS: tuple[int, ...] = (
    _GPS_MS + 2 * _GPS_ROUND_MS - 18_000,
    _GPS_MS + 3 * _GPS_ROUND_MS - 18_000,
    2**31 * 1_000,
)


def context(
    onset: tuple[int, int],
    clocks: Iterable[tuple[float, float, bool]],
    windows: Iterable[tuple[int, int | None]] = (),
    turns: Iterable[int] = (),
) -> frozenset[str] | None:
    """Return words for when it began, None where the bracket is too wide and no clock is known.

    `clocks` are (share of the people, local milliseconds since 1970 at the middle of the bracket, whether they
    rest that day); `windows` announced maintenance (from, until; None: open), `turns` the ends of certificates.
    """
    found = set(_by_clocks(tuple(clocks)))
    if holds_midnight(onset):
        found.add("midnight-utc")
    if holds(onset, (*turns, *date_turns(onset))):
        found.add("cert-or-date-boundary")
    if any(begin <= onset[1] and (until is None or until >= onset[0]) for begin, until in windows):
        found.add("scheduled-window")
    return frozenset(found) or None


def holds(onset: tuple[int, int], instants: Iterable[int]) -> bool:
    """Tell whether a bracket that is narrow enough holds one of some instants, give or take `NEAR_MS`."""
    if onset[1] - onset[0] > NARROW_MS:
        return False
    return any(onset[0] - NEAR_MS <= at <= onset[1] + NEAR_MS for at in instants)


def holds_midnight(onset: tuple[int, int]) -> bool:
    """Tell whether it began at midnight UTC, as far as the bracket tells."""
    midnight = (onset[1] + NEAR_MS) // DAY_MS * DAY_MS
    return holds(onset, (midnight,))


def at_full_hour(onset: tuple[int, int]) -> bool:
    """Tell whether it began at the top of an hour, as far as the bracket tells."""
    hour = (onset[1] + NEAR_MS) // HOUR_MS * HOUR_MS
    return onset[1] - onset[0] <= NARROW_MS // 2 and holds(onset, (hour,))


def date_turns(onset: tuple[int, int]) -> tuple[int, ...]:
    """Return the instants near an onset at which months begin and a leap day begins (UTC), and overflows."""
    day = (onset[1] + NEAR_MS) // DAY_MS
    _, month, date = _civil(day)
    first = date == 1 or (month == 2 and date == 29)
    return (*OVERFLOWS, *((day * DAY_MS,) if first else ()))


def _civil(day: int) -> tuple[int, int, int]:
    """Return (year, month, day) of a day since 1970 in the Gregorian calendar (H. Hinnant, "chrono-compatible")."""
    shifted = day + 719_468
    era, of_era = divmod(shifted, 146_097)
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    part = (5 * of_year + 2) // 153
    month = part + 3 if part < 10 else part - 9
    return year + era * 400 + (month <= 2), month, of_year - (153 * part + 2) // 5 + 1


def _by_clocks(clocks: Sequence[tuple[float, float, bool]]) -> Iterable[str]:
    people = sum(share for share, _, _ in clocks)
    if people <= 0.0:
        return
    rest = sum(share for share, _, resting in clocks if resting) / people
    hours = [(share, int(local) % DAY_MS / HOUR_MS, resting) for share, local, resting in clocks]
    work = sum(s for s, hour, off in hours if not off and WORK_HOURS[0] <= hour < WORK_HOURS[1])
    quiet = sum(s for s, hour, _ in hours if hour >= QUIET_HOURS[0] or hour < QUIET_HOURS[1])
    if rest >= MOST:
        yield "weekend-or-holiday"
    if work / people >= MOST:
        yield "business-hours"
    if quiet / people >= MOST:
        yield "off-peak"
