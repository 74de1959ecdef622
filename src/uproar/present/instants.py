"""How a time is written: UTC, a day where it is not the day of the page, brackets as brackets.

Inside, time is milliseconds UTC. Outside, it is what a person reads on a clock; the script of the
page adds the reader's own zone to what is written here, from the same instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from uproar.model.tick import DAY_MS, HOUR_MS, MINUTE_MS

TIED = "\N{NO-BREAK SPACE}"  # a number and its unit stay on one line
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def moment(at: int) -> datetime:
    """Return an instant as a value of the calendar, in UTC."""
    return datetime.fromtimestamp(at / 1000, UTC)


def clock(at: int) -> str:
    """Return hours and minutes, rounded down: 09:41."""
    return moment(at).strftime("%H:%M")


def seconds(at: int) -> str:
    """Return hours, minutes and seconds: 09:41:10."""
    return moment(at).strftime("%H:%M:%S")


def day(at: int) -> str:
    """Return day and month: 10 March."""
    when = moment(at)
    return f"{when.day} {_MONTHS[when.month - 1]}"


def date(at: int) -> str:
    """Return day, month and year: 10 March 2025."""
    return f"{day(at)} {moment(at).year}"


def short_day(at: int) -> str:
    """Return day and month for an axis: 10 Mar."""
    when = moment(at)
    return f"{when.day} {_MONTHS[when.month - 1][:3]}"


def span(length_ms: int) -> str:
    """Return a length of time in at most two units: "4 min", "8 h 21 min", "2 days 3 h"."""
    minutes = max(0, length_ms) // MINUTE_MS
    if minutes < 1:
        return "less than a minute"
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    named = (
        (days, "day" if days == 1 else "days"),
        (hours, "h"),
        (0 if days else rest, "min"),
    )
    return TIED.join(f"{number}{TIED}{unit}" for number, unit in named if number)


@dataclass(frozen=True, slots=True)
class When:
    """A bracket (or a point, if both are one) in a sentence; `near` is an instant of the day meant.

    `earliest` is shown rounded down and `latest` rounded up to whole minutes, so that what is shown
    still holds what we know. The day is said only where it is not the day of `near`.
    """

    earliest: int
    latest: int
    near: int

    @property
    def ends(self) -> tuple[int, int]:
        """The instants as they are shown."""
        low = self.earliest // MINUTE_MS * MINUTE_MS
        if self.earliest == self.latest:
            return low, low
        return low, -(-self.latest // MINUTE_MS) * MINUTE_MS

    @property
    def parts(self) -> tuple[str, ...]:
        """One text for each end: "09:41", or "9 March, 23:58" where the day has to be said."""
        low, high = self.ends
        first = self._named(low, self.near)
        return (first,) if low == high else (first, self._named(high, low))

    @property
    def text(self) -> str:
        """The bracket as text, in UTC."""
        return f"{'–'.join(self.parts)} UTC"

    def _named(self, at: int, near: int) -> str:
        if at // DAY_MS == near // DAY_MS:
            return clock(at)
        year = moment(at).year == moment(self.near).year
        return f"{day(at) if year else date(at)}, {clock(at)}"


def point(at: int, near: int) -> When:
    """Return one instant as a bracket without width."""
    return When(at, at, near)


AXIS_STEPS = (
    *(minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * HOUR_MS for hours in (1, 2, 3, 6, 12)),
    *(days * DAY_MS for days in (1, 2, 7, 14, 28, 91, 364)),
)
