"""Recurrence rules (RFC 5545, 3.3.10) of days, weeks, months and years, unrolled between two instants.

Rules come from outside, and one that never holds must end as soon as any other: periods are looked at
from the first that matters to the last, day by day, and no further. `cost` says beforehand how many
days that is. Times are local, without zone. BYWEEKNO is not taken; rules finer than a day are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import product

RULE_MAX = 500  # Characters of a rule.
INTERVAL_MAX = 10_000
TIMES_A_DAY_MAX = 24  # So often one rule may recur within a day.

_FREQUENCIES = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 31, "YEARLY": 366}  # Days of a period at most.
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_BOUNDS = {
    "INTERVAL": (1, INTERVAL_MAX),
    "COUNT": (1, 1_000_000),
    "BYMONTH": (1, 12),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYHOUR": (0, 23),
    "BYMINUTE": (0, 59),
    "BYSECOND": (0, 59),
    "BYSETPOS": (-366, 366),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was read; empty lists limit nothing. `weekdays` are (which one, or 0; day of the week)."""

    frequency: str
    first: datetime
    interval: int = 1
    count: int = 0
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    times: tuple[time, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    def cost(self, begin: datetime, end: datetime) -> int:
        """Return how many days are looked at for what lies between two instants, at most."""
        days = (end.date() - self._period(self._start(begin)).start).days + 1
        length = _FREQUENCIES[self.frequency]
        return max(0, days // self.interval + length) * max(1, len(self.times))

    def between(self, begin: datetime, end: datetime) -> Iterator[datetime]:
        """Return the recurrences from `begin` to `end`, both included, in the order of time."""
        number = self._start(begin)
        left = self.count
        while (period := self._period(number)).start <= end.date():
            number += 1
            for at in self._of(period):
                if at < self.first:
                    continue
                if at > end:
                    return
                if at >= begin:
                    yield at
                left -= 1
                if left == 0:
                    return

    def _start(self, begin: datetime) -> int:
        """Return the number of the first period that matters; a rule that counts is walked from its first."""
        if self.count:
            return 0
        first, target = self.first.date(), begin.date()
        match self.frequency:
            case "DAILY":
                passed = (target - first).days
            case "WEEKLY":
                passed = (target - first).days // 7
            case "MONTHLY":
                passed = (target.year - first.year) * 12 + target.month - first.month
            case _:
                passed = target.year - first.year
        return max(0, passed // self.interval - 1)

    def _period(self, number: int) -> Days:
        """Return the days of the period with a number, the first recurrence lying in number 0."""
        first, steps = self.first.date(), number * self.interval
        match self.frequency:
            case "DAILY":
                return Days(first + timedelta(days=steps), 1)
            case "WEEKLY":
                begins = first - timedelta(days=(first.weekday() - self.week_start) % 7)
                return Days(begins + timedelta(days=7 * steps), 7)
            case "MONTHLY":
                return _month(first.year * 12 + first.month - 1 + steps)
            case _:
                year = first.year + steps
                return Days(date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days)

    def _of(self, period: Days) -> Sequence[datetime]:
        found = [
            datetime.combine(day, at) for day in period if self._holds(day) for at in self.times
        ]
        if not self.positions:
            return found
        many = len(found)
        indices = {p - 1 if p > 0 else many + p for p in self.positions}
        return [found[index] for index in sorted(indices) if 0 <= index < many]

    def _holds(self, day: date) -> bool:
        """Tell whether a day passes every limit of the rule."""
        if self.months and day.month not in self.months:
            return False
        if self.month_days and not _is_one(
            day, _month(day.year * 12 + day.month - 1), self.month_days
        ):
            return False
        year = Days(date(day.year, 1, 1), (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days)
        if self.year_days and not _is_one(day, year, self.year_days):
            return False
        if not self.weekdays:
            return True
        by_month = self.frequency == "MONTHLY" or bool(self.months)
        around = _month(day.year * 12 + day.month - 1) if by_month else year
        return any(
            day.weekday() == weekday and (which == 0 or _is_nth(day, around, which))
            for which, weekday in self.weekdays
        )


@dataclass(frozen=True, slots=True)
class Days:
    """So many days from a day on."""

    start: date
    length: int

    def __iter__(self) -> Iterator[date]:
        """Return the days in order."""
        return (self.start + timedelta(days=number) for number in range(self.length))


def read(line: str, first: datetime) -> Rule:
    """Return the rule of a line such as "FREQ=WEEKLY;BYDAY=MO"; `first` is its first recurrence, local.

    UNTIL is not looked at: it has a zone, and is the caller's. Raises ValueError for what is no rule,
    or none that is taken.
    """
    if len(line) > RULE_MAX:
        raise ValueError("too long")
    given: dict[str, str] = {}
    for part in line.upper().split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in given:
            raise ValueError("no rule")
        given[name] = value
    frequency = given.pop("FREQ", "")
    given.pop("UNTIL", None)
    weekdays = tuple(map(_weekday, given.pop("BYDAY").split(","))) if "BYDAY" in given else ()
    start = given.pop("WKST", "MO")
    numbers = {name: _numbers(name, value) for name, value in given.items()}
    if frequency not in _FREQUENCIES or start not in _DAYS:
        raise ValueError("no rule that is taken")
    months = numbers.get("BYMONTH", ())
    month_days = numbers.get("BYMONTHDAY", ())
    if not (weekdays or month_days or numbers.get("BYYEARDAY")):
        # What the rule leaves open is as it was the first time.
        if frequency == "WEEKLY":
            weekdays = ((0, first.weekday()),)
        elif frequency in {"MONTHLY", "YEARLY"}:
            month_days = (first.day,)
            months = months or ((first.month,) if frequency == "YEARLY" else ())
    if frequency in {"DAILY", "WEEKLY"}:
        weekdays = tuple((0, weekday) for _, weekday in weekdays)
    return Rule(
        frequency=frequency,
        first=first,
        interval=numbers.get("INTERVAL", (1,))[0],
        count=numbers.get("COUNT", (0,))[0],
        months=months,
        month_days=month_days,
        year_days=numbers.get("BYYEARDAY", ()),
        weekdays=weekdays,
        times=_times(numbers, first),
        positions=numbers.get("BYSETPOS", ()),
        week_start=_DAYS.index(start),
    )


def _numbers(name: str, value: str) -> tuple[int, ...]:
    if name not in _BOUNDS:
        raise ValueError("a part that is not taken")
    least, most = _BOUNDS[name]
    found = tuple(
        sorted({int(one) for one in value.split(",") if re.fullmatch(r"[+-]?\d{1,7}", one)})
    )
    if (
        not found
        or len(found) > value.count(",") + 1
        or not all(least <= one <= most for one in found)
    ):
        raise ValueError("a number out of range")
    if (least < 0 and 0 in found) or (name in {"INTERVAL", "COUNT"} and len(found) > 1):
        raise ValueError("a number out of range")
    return found


def _weekday(text: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text)
    if found is None or (found[1] is not None and int(found[1]) == 0):
        raise ValueError("no day of the week")
    return int(found[1] or 0), _DAYS.index(found[2])


def _times(numbers: dict[str, tuple[int, ...]], first: datetime) -> tuple[time, ...]:
    hours = numbers.get("BYHOUR", (first.hour,))
    minutes = numbers.get("BYMINUTE", (first.minute,))
    seconds = numbers.get("BYSECOND", (first.second,))
    if len(hours) * len(minutes) * len(seconds) > TIMES_A_DAY_MAX:
        raise ValueError("too often within a day")
    return tuple(time(*parts) for parts in product(hours, minutes, seconds))


def _month(number: int) -> Days:
    """Return the days of a month, counted from the year 0."""
    start = date(number // 12, number % 12 + 1, 1)
    following = date((number + 1) // 12, (number + 1) % 12 + 1, 1)
    return Days(start, (following - start).days)


def _is_one(day: date, around: Days, numbers: Sequence[int]) -> bool:
    """Tell whether a day is one of those that are counted from the beginning, or (negative) the end."""
    place = (day - around.start).days
    return place + 1 in numbers or place - around.length in numbers


def _is_nth(day: date, around: Days, which: int) -> bool:
    """Tell whether a day is the first, second, ... (or, negative, last) of its weekday."""
    place = (day - around.start).days
    return place // 7 + 1 == which if which > 0 else (around.length - 1 - place) // 7 + 1 == -which
