"""Times as logs write them, to milliseconds since 1970 UTC. A log repeats its seconds, so each is read once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import numpy as np

from uproar.wire.accesslog.requests import I64

NO_TIME = -1
SECONDS_MAX = 1 << 33  # Since 1970: the year 2242.

_MONTHS = {
    name: number
    for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_CLF = re.compile(
    rb"(\d\d)/([A-Z][a-z][a-z])/(\d{4}):(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?: ([+-])(\d\d)(\d\d))?"
)
_ISO = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))?"
)
# Larger numbers count smaller units: seconds, then milli-, micro- and nanoseconds.
_UNITS = ((10**11, 1_000, 1), (10**14, 1, 1), (10**17, 1, 10**3), (10**20, 1, 10**6))


def clf(times: Sequence[bytes]) -> I64:
    """Read `10/Mar/2025:14:00:01 +0100` of the common log format; without a zone it is UTC."""
    return _each(times, _of_clf)


def iso(times: Sequence[bytes]) -> I64:
    """Read RFC 3339 and its like; without a zone it is UTC."""
    return _each(times, _of_iso)


def number(times: Iterable[float]) -> I64:
    """Read seconds since 1970, or milli-, micro- or nanoseconds, which their size tells apart."""
    return np.array([_of_number(time) for time in times], np.int64)


def _each(times: Sequence[bytes], reads: Callable[[bytes], int]) -> I64:
    read = {time: reads(time) for time in set(times)}
    return np.array([read[time] for time in times], np.int64)


def _of_clf(time: bytes) -> int:
    match = _CLF.fullmatch(time)
    if match is None:
        return NO_TIME
    day, month, year, *clock = match.groups()
    return _instant(int(year), _MONTHS.get(month, 0), int(day), *clock)


def _of_iso(time: bytes) -> int:
    match = _ISO.fullmatch(time)
    if match is None:
        return NO_TIME
    year, month, day, *clock = match.groups()
    return _instant(int(year), int(month), int(day), *clock)


def _of_number(time: float) -> int:
    for below, times, over in _UNITS:
        if 0 <= time < below:
            return int(time * times // over)  # Exact where it is a whole number.
    return NO_TIME  # NaN and what is infinite too.


def _instant(
    year: int,
    month: int,
    day: int,
    hour: bytes,
    minute: bytes,
    second: bytes,
    fraction: bytes | None,
    sign: bytes | None,
    zone_hour: bytes | None,
    zone_minute: bytes | None,
) -> int:
    try:
        # A leap second is the last second of its minute once more.
        then = datetime(year, month, day, int(hour), int(minute), min(int(second), 59), tzinfo=UTC)
    except ValueError:
        return NO_TIME
    seconds = int(then.timestamp())
    if sign is not None:
        away = int(zone_hour or 0) * 3_600 + int(zone_minute or 0) * 60
        seconds += away if sign == b"-" else -away
    if not 0 <= seconds < SECONDS_MAX:
        return NO_TIME
    return seconds * 1_000 + (int(fraction[:3].ljust(3, b"0")) if fraction else 0)
