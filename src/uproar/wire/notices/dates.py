"""Instants of RSS: RFC 822 dates with the zones that feeds are known to write, and no others."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from uproar.errors import FeedUnreadable
from uproar.wire.notices.normal import at_of

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = re.compile(
    r"(?:[a-z]{3,9},?\s+)?(\d{1,2})\s+([a-z]{3})[a-z]*\.?\s+(\d{4})\s+(\d\d):(\d\d)(?::(\d\d))?"
    r"\s*([a-z]{1,4}|[+-]\d\d:?\d\d)",
    re.ASCII,
)
# Hours. A zone that is not here is refused rather than taken for UTC.
_ZONES = {
    "z": 0,
    "ut": 0,
    "utc": 0,
    "gmt": 0,
    "pst": -8,
    "pdt": -7,
    "mst": -7,
    "mdt": -6,
    "cst": -6,
    "cdt": -5,
    "est": -5,
    "edt": -4,
}


def rfc822(text: str) -> int | None:
    """Return the instant of a date such as "Thu, 23 Jul 2026 16:29:09 Z"; None for an empty text.

    Raises FeedUnreadable for what is no date, and for a zone that is not known.
    """
    if not text.strip():
        return None
    found = _DATE.fullmatch(text.strip()[:80].lower())
    if found is None:
        raise FeedUnreadable("a date cannot be read")
    day, month, year, hour, minute, second, zone = found.groups()
    try:
        moment = datetime(
            int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second or 0),
            tzinfo=_zone(zone),
        )  # fmt: skip
        return at_of(moment)
    except (ValueError, OverflowError):
        raise FeedUnreadable("a date is none") from None


def _zone(name: str) -> timezone:
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    if name[0] not in "+-":
        raise FeedUnreadable("a date has a zone that is not known")
    minutes = int(name[1:3]) * 60 + int(name[-2:])
    return timezone(timedelta(minutes=-minutes if name[0] == "-" else minutes)) if minutes else UTC
