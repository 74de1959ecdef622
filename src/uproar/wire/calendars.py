"""Maintenance calendars (iCalendar, RFC 5545): bytes to the windows of the next weeks, within bounds.

The library reads the text; recurrences are unrolled by `wire.recurrence`, in the calendar's own local time, so that a
window at nine stays at nine when the clocks change. What could take for ever is refused before it
begins: rules finer than a day, and more days than STEPS_MAX in all. Definitions of
time zones in the file are not executed; zones are known by name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from icalendar import Calendar, Component, vBroken

from uproar.errors import CalendarUnreadable
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.wire import recurrence
from uproar.wire.cleaned import https, text

BODY_BYTES_MAX = 1_000_000
EVENTS_MAX = 2_000
WINDOWS_MAX = 300  # Windows of one calendar within the horizon, the nearest.
STEPS_MAX = 100_000  # Days that all rules of one calendar look at: less than a second.
DATES_MAX = 1_000  # Single dates that one event adds or takes out.
LONGEST_MS = 31 * DAY_MS  # A window that is longer is no window.
BEHIND_MS = DAY_MS  # Windows that ended so long ago are still told of.
AHEAD_MS = 35 * DAY_MS  # Windows that begin so far ahead are told of already.
TITLE_MAX = 200

_FOLD = re.compile(rb"\r?\n[ \t]")
_PATH = re.compile(rb"(?i)(;TZID=\"?)/[^/:;\"\r\n]+/")  # Some programs write zones as paths.
_EVENT = re.compile(rb"(?im)^BEGIN:VEVENT")


class Window(msgspec.Struct, frozen=True):
    """One occurrence. `native` stays the same where it is moved; instants are milliseconds UTC."""

    native: str
    title: str
    begins: int
    ends: int
    cancelled: bool = False
    link: str = ""


class Reading(msgspec.Struct, frozen=True):
    """What a calendar says now: windows near `now_ms`, in the order of time; what could not be read, by reason."""

    windows: tuple[Window, ...]
    rejected: dict[str, int]


class _Refused(Exception):
    """An event that cannot be used; its argument is the reason, a slug."""


def read(body: bytes, now_ms: int, zone: str = "UTC") -> Reading:
    """Return the windows of a calendar around an instant. Raises CalendarUnreadable.

    `zone` is by which clock times without a zone are meant; the calendar's own X-WR-TIMEZONE goes first.
    """
    if len(body) > BODY_BYTES_MAX:
        raise CalendarUnreadable(f"it has more than {BODY_BYTES_MAX} bytes")
    lines = _PATH.sub(rb"\1", _without_zones(_FOLD.sub(b"", body)))
    if len(_EVENT.findall(lines)) > EVENTS_MAX:
        raise CalendarUnreadable(f"it has more than {EVENTS_MAX} events")
    try:
        calendar = Calendar.from_ical(lines)
    except Exception as problem:  # noqa: BLE001 - the library raises what the text makes it raise
        raise CalendarUnreadable(f"it is no calendar ({type(problem).__name__})") from None
    if not isinstance(calendar, Calendar):
        raise CalendarUnreadable("it is no calendar")
    home = _zone(text(calendar.get("X-WR-TIMEZONE"), 80)) or _zone(zone) or UTC
    unrolling = _Unrolling(now_ms, home)
    for event in calendar.subcomponents:
        if event.name == "VEVENT":
            unrolling.take(event)
    return unrolling.reading()


class _Unrolling:
    """Takes events in, and gives the windows that they make within the horizon."""

    def __init__(self, now_ms: int, home: tzinfo) -> None:
        self._first, self._last = now_ms - BEHIND_MS, now_ms + AHEAD_MS
        self._home = home
        self._steps = STEPS_MAX
        self._series: dict[str, Window] = {}
        self._moved: dict[str, Window] = {}
        self._rejected: Counter[str] = Counter()

    def take(self, event: Component) -> None:
        """Take in an event, or count why not."""
        try:
            self._take(event)
        except _Refused as problem:
            self._rejected[str(problem)] += 1
        except Exception as problem:  # noqa: BLE001 - the libraries raise what a hostile event makes them raise
            self._rejected[type(problem).__name__.lower()] += 1

    def _take(self, event: Component) -> None:
        uid = text(event.get("UID"), 120)
        if not uid:
            raise _Refused("no-id")
        moved: Any = event.get("RECURRENCE-ID")
        if moved is None:
            for begins in self._starts(event):
                self._enter(self._series, event, uid, begins, begins)
            return
        if "RANGE" in moved.params:
            raise _Refused("range")
        begins = self._local(event, "DTSTART")
        self._enter(self._moved, event, uid, self._local(event, "RECURRENCE-ID"), begins)

    def reading(self) -> Reading:
        """Return the windows that lie within the horizon; one that was moved is where it was moved to."""
        found = [
            window
            for window in {**self._series, **self._moved}.values()
            if window.ends >= self._first and window.begins <= self._last
        ]
        found.sort(key=lambda window: (window.begins, window.native))
        if len(found) > WINDOWS_MAX:
            self._rejected["too-many"] += len(found) - WINDOWS_MAX
        return Reading(tuple(found[:WINDOWS_MAX]), dict(sorted(self._rejected.items())))

    def _enter(
        self, rows: dict[str, Window], event: Component, uid: str, known: datetime, begins: datetime
    ) -> None:
        at = _ms(begins)
        ends = at + self._length_ms(event, begins)
        native = f"{uid}@{known.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        cancelled = text(event.get("STATUS"), 20).upper() == "CANCELLED"
        title = text(event.get("SUMMARY"), TITLE_MAX) or "maintenance"
        link = https(text(event.get("URL"), 2_000))
        rows[native] = Window(native, title, at, ends, cancelled, link)

    def _starts(self, event: Component) -> Iterator[datetime]:
        """Return when an event begins, each time, within the horizon."""
        first = self._local(event, "DTSTART")
        rule = event.get("RRULE")
        length = self._length_ms(event, first)
        gone = {_ms(at) for at in self._dates(event, "EXDATE")}
        added = self._dates(event, "RDATE")
        single = [first] if rule is None else self._recurring(rule, first, length)
        for begins in (*single, *added):
            at = _ms(begins)
            if at not in gone and at + length >= self._first and at <= self._last:
                yield begins

    def _recurring(self, given: Any, first: datetime, length_ms: int) -> list[datetime]:
        """Return the beginnings that a rule gives within the horizon, in the local time of the first."""
        if isinstance(given, list | vBroken):
            raise _Refused("rule")
        try:
            rule = recurrence.read(given.to_ical().decode("utf-8", "replace"), _bare(first))
        except ValueError:
            raise _Refused("rule") from None
        begin = self._there(self._first - length_ms - DAY_MS, first)
        ends = [
            self._zoned(end, first.tzinfo).astimezone(first.tzinfo)
            for end in given.get("UNTIL", ())
        ]
        end = min(map(_bare, [self._there(self._last, first), *ends]))
        self._steps -= rule.cost(_bare(begin), end)
        if self._steps < 0:
            raise _Refused("too-much")
        return [at.replace(tzinfo=first.tzinfo) for at in rule.between(_bare(begin), end)]

    def _there(self, at: int, first: datetime) -> datetime:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(first.tzinfo)

    def _dates(self, event: Component, name: str) -> list[datetime]:
        """Return the single dates of an event; of a period its beginning counts."""
        given: Any = event.get(name)
        found: list[datetime] = []
        for listed in given if isinstance(given, list) else [given] if given is not None else []:
            if len(found) + len(listed.dts) > DATES_MAX:
                raise _Refused("too-much")
            for one in listed.dts:
                at = one.dt[0] if isinstance(one.dt, tuple) else one.dt
                found.append(self._zoned(at, self._named(listed)))
        return found

    def _length_ms(self, event: Component, begins: datetime) -> int:
        end: Any = event.get("DTEND")
        lasts: Any = event.get("DURATION")
        start: Any = event.get("DTSTART")
        if end is not None:
            first = self._local(event, "DTSTART")
            length = _ms(self._local(event, "DTEND")) - _ms(first)
        elif lasts is not None:
            length = round(lasts.dt.total_seconds() * 1000)
        else:
            whole_day = not isinstance(start.dt, datetime)
            tomorrow = begins.replace(tzinfo=None) + timedelta(days=1)
            length = _ms(tomorrow.replace(tzinfo=begins.tzinfo)) - _ms(begins) if whole_day else 0
        if not 0 <= length <= LONGEST_MS:
            raise _Refused("length")
        return length or HOUR_MS  # A window without an end is taken for an hour.

    def _local(self, event: Component, name: str) -> datetime:
        value: Any = event.get(name)
        if value is None or isinstance(value, vBroken):
            raise _Refused("no-time")
        return self._zoned(value.dt, self._named(value))

    def _named(self, value: Any) -> tzinfo | None:
        """Return the zone that a value names, None where it names none; one that is not known is refused."""
        name = text(value.params.get("TZID"), 120) if hasattr(value, "params") else ""
        if not name:
            return None
        # Some programs write a path, the end of which is the name.
        parts = name.strip("/").split("/")
        for first in range(len(parts)):
            if (zone := _zone("/".join(parts[first:]))) is not None:
                return zone
        return None

    def _zoned(self, value: date | datetime, named: tzinfo | None) -> datetime:
        """Return a value of the calendar with the zone it is meant in; a day begins at its midnight."""
        if not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day)  # noqa: DTZ001 - its zone follows
        if value.tzinfo is not None:
            return value
        return value.replace(tzinfo=named or self._home)


def _without_zones(body: bytes) -> bytes:
    """Return a calendar without its definitions of time zones: the library would execute their rules."""
    kept = []
    within = False
    for line in body.splitlines():
        word = line.strip().upper()
        is_edge = word.endswith(b":VTIMEZONE")  # A parameter may stand before the colon.
        within = within or (is_edge and word.startswith(b"BEGIN"))
        if not within:
            kept.append(line)
        if is_edge and word.startswith(b"END"):
            within = False
    return b"\r\n".join(kept)


def _zone(name: str) -> ZoneInfo | None:
    if not name or name.startswith((".", "/")) or ".." in name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _bare(moment: datetime) -> datetime:
    """Return the local time without its zone, in which rules are unrolled."""
    return moment.replace(tzinfo=None)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
