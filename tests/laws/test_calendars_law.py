"""Calendars: any bytes are read or refused, and rules give what walking them from their first day gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import CalendarUnreadable
from uproar.wire import calendars

NOW = 1_742_472_000_000  # 2025-03-20 12:00 UTC
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"
LINES = st.sampled_from(
    ["BEGIN:VEVENT", "END:VEVENT", "BEGIN:VTIMEZONE", "END:VTIMEZONE", "END:VCALENDAR", "UID:a", "UID:b",
     "DTSTART:20250321T010000Z", "DTSTART;VALUE=DATE:20250321", "DTSTART;TZID=Nowhere:20250321T010000",
     "DTEND:20250321T030000Z", "DURATION:-PT1H", "DURATION:P9999999999D", "RRULE:FREQ=DAILY",
     "RRULE:FREQ=SECONDLY", "RRULE:FREQ=DAILY;COUNT=-1", "RRULE:FREQ=WEEKLY;BYDAY=99MO",
     "RRULE:FREQ=DAILY;UNTIL=20250401", "EXDATE:20250321", "EXDATE;TZID=Europe/Berlin:20250321T010000",
     "RDATE;VALUE=PERIOD:20250322T010000Z/PT1H", "RECURRENCE-ID:20250321T010000Z", "RECURRENCE-ID:x",
     "STATUS:CANCELLED", "SUMMARY:\u202e<b>", "URL:javascript:alert(1)", "X-WR-TIMEZONE:../../etc/passwd"]
)  # fmt: skip


@given(st.lists(LINES | st.text(max_size=20), max_size=40))
def test_any_lines_are_windows_or_refused(lines: list[str]) -> None:
    text = HEAD + "\r\n".join([*lines, "END:VCALENDAR", ""])
    read(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
def test_any_bytes_are_windows_or_refused(body: bytes) -> None:
    read(body)
    read(
        HEAD.encode() + b"BEGIN:VEVENT\r\nUID:a\r\n" + body + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def read(body: bytes) -> None:
    try:
        reading = calendars.read(body, NOW)
    except CalendarUnreadable:
        return
    assert len(reading.windows) <= calendars.WINDOWS_MAX
    for window in reading.windows:
        assert 0 < window.ends - window.begins <= calendars.LONGEST_MS
        assert window.ends >= NOW - calendars.BEHIND_MS
        assert window.begins <= NOW + calendars.AHEAD_MS
        assert not window.link or window.link.startswith("https://")
        assert window.title.isprintable()


BEGUN = (datetime(2024, 1, 1), datetime(2025, 4, 10))  # noqa: DTZ001 - local times; zones are drawn apart
RULES = st.builds(
    lambda frequency, interval, more: f"FREQ={frequency};INTERVAL={interval}{more}",
    st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
    st.integers(1, 5),
    st.sampled_from(
        ["", ";BYDAY=MO,TH", ";BYDAY=SU;WKST=SU", ";BYMONTH=3,4", ";BYHOUR=3,9", ";COUNT=30",
         ";UNTIL=20250402T080000Z", ";BYMONTHDAY=-1,15", ";BYDAY=TU;COUNT=300", ";BYHOUR=4;BYMINUTE=0,30",
         ";BYMONTH=3;BYMONTHDAY=28", ";BYDAY=WE,FR;WKST=TH"]
    ),
) | st.sampled_from(
    ["FREQ=MONTHLY;BYDAY=-1SU", "FREQ=MONTHLY;BYDAY=1MO,3MO", "FREQ=MONTHLY;BYDAY=2TU;INTERVAL=2",
     "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYDAY=SA,SU;BYSETPOS=1,2",
     "FREQ=YEARLY;BYMONTH=4;BYDAY=1SU", "FREQ=YEARLY;BYDAY=14MO", "FREQ=YEARLY;BYYEARDAY=-280,85",
     "FREQ=YEARLY;BYMONTHDAY=1,31", "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=TH,SU", "FREQ=YEARLY;BYDAY=-38SA",
     "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1", "FREQ=MONTHLY;BYMONTHDAY=31", "FREQ=DAILY;BYDAY=SA"]
)  # fmt: skip


@given(
    RULES,
    st.datetimes(*BEGUN).map(lambda at: at.replace(second=0, microsecond=0)),
    st.sampled_from(ZONES),
    st.integers(1, 2_000),
)  # fmt: skip
def test_a_rule_gives_what_walking_it_from_its_first_day_gives(
    rule: str, first: datetime, zone: str, minutes: int
) -> None:
    text = (
        f"{HEAD}BEGIN:VEVENT\r\nUID:a\r\nDTSTART;TZID={zone}:{first:%Y%m%dT%H%M%S}\r\n"
        f"DURATION:PT{minutes}M\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    home = ZoneInfo(zone)
    walk = (
        rrulestr(rule, dtstart=first.replace(tzinfo=home))
        if "UNTIL" in rule
        else rrulestr(rule, dtstart=first)
    )
    last = datetime(2025, 5, 1, tzinfo=UTC)
    wanted = []
    for begins in walk:
        zoned = begins if begins.tzinfo else begins.replace(tzinfo=home)
        if zoned > last:
            break
        wanted.append(round(zoned.timestamp() * 1000))
    lasts = round(timedelta(minutes=minutes).total_seconds() * 1000)
    near = [
        at for at in wanted
        if at + lasts >= NOW - calendars.BEHIND_MS and at <= NOW + calendars.AHEAD_MS
    ]  # fmt: skip
    reading = calendars.read(text.encode(), NOW)
    assert reading.rejected == {}
    assert [window.begins for window in reading.windows] == near
