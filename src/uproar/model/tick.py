"""Time as Uproar keeps it: integer milliseconds UTC since the epoch, and ticks of ten seconds."""

from __future__ import annotations

from datetime import UTC, datetime

from uproar.errors import BadInput

TICK_MS = 10_000
TICKS_PER_MINUTE = 6
TICKS_PER_DAY = 8_640
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def tick_of(at_ms: int) -> int:
    """Return the number of the tick that holds the instant `at_ms`."""
    return at_ms // TICK_MS


def start_ms(tick: int) -> int:
    """Return the instant at which a tick begins."""
    return tick * TICK_MS


def end_ms(tick: int) -> int:
    """Return the instant at which a tick is over, which is where the next one begins."""
    return (tick + 1) * TICK_MS


def iso(at_ms: int) -> str:
    """Return an instant as RFC 3339 text in UTC, with milliseconds only where there are any."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    milliseconds = at_ms % 1000
    fraction = f".{milliseconds:03d}" if milliseconds else ""
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def parse_iso(text: str) -> int:
    """Return the instant of an RFC 3339 text; raise BadInput when it is none or has no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text!r} is no time; write it like 2025-03-10T09:41:00Z") from None
    if moment.tzinfo is None:
        raise BadInput(f"{text!r} has no time zone; write it like 2025-03-10T09:41:00Z")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
