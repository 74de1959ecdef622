"""Maintenance calendars: what recurs, what was moved, taken out or called off, by whose clock; and bombs."""

from __future__ import annotations

import time

import pytest

from uproar.errors import CalendarUnreadable
from uproar.model.tick import iso, parse_iso
from uproar.wire import calendars

NOW = parse_iso("2025-03-20T12:00:00Z")


def calendar(*events: str, head: str = "") -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Example//EN", *head.splitlines()]
    for number, event in enumerate(events):
        uid = [] if "UID:" in event else [f"UID:e{number}@example.org"]
        lines += ["BEGIN:VEVENT", *uid, *event.splitlines(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def windows(*events: str, head: str = "", zone: str = "UTC") -> list[str]:
    reading = calendars.read(calendar(*events, head=head), NOW, zone)
    return [f"{iso(each.begins)[:16]}..{iso(each.ends)[5:16]}" for each in reading.windows]


BERLIN = "DTSTART;TZID=Europe/Berlin:20250303T090000\nDTEND;TZID=Europe/Berlin:20250303T103000"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20250321T010000Z\nDTEND:20250321T020000Z", ["2025-03-21T01:00..03-21T02:00"]),
        ("DTSTART:20250321T010000Z\nDURATION:PT90M", ["2025-03-21T01:00..03-21T02:30"]),
        ("DTSTART:20250321T010000Z", ["2025-03-21T01:00..03-21T02:00"]),
        ("DTSTART;VALUE=DATE:20250322", ["2025-03-22T00:00..03-23T00:00"]),
        ("DTSTART;VALUE=DATE:20250322\nDTEND;VALUE=DATE:20250324", ["2025-03-22T00:00..03-24T00:00"]),
        ("DTSTART:20250301T010000Z\nDTEND:20250301T020000Z", []),
        ("DTSTART:20260301T010000Z\nDTEND:20260301T020000Z", []),
        # The clocks of Berlin change on 30 March: nine in the morning is another instant then.
        (
            BERLIN + "\nRRULE:FREQ=WEEKLY;BYDAY=MO",
            ["2025-03-24T08:00..03-24T09:30", "2025-03-31T07:00..03-31T08:30",
             "2025-04-07T07:00..04-07T08:30", "2025-04-14T07:00..04-14T08:30",
             "2025-04-21T07:00..04-21T08:30"],
        ),
        (
            BERLIN + "\nRRULE:FREQ=WEEKLY;UNTIL=20250331T070000Z\nEXDATE;TZID=Europe/Berlin:20250324T090000",
            ["2025-03-31T07:00..03-31T08:30"],
        ),
        (BERLIN + "\nRRULE:FREQ=WEEKLY;COUNT=4", ["2025-03-24T08:00..03-24T09:30"]),
        (BERLIN + "\nRRULE:FREQ=MONTHLY;BYDAY=-1SU", ["2025-03-30T07:00..03-30T08:30"]),
        (
            "DTSTART:20250301T010000Z\nDURATION:PT1H\nRDATE:20250325T010000Z,20250326T030000Z",
            ["2025-03-25T01:00..03-25T02:00", "2025-03-26T03:00..03-26T04:00"],
        ),
        ("DTSTART;TZID=W. Europe Standard Time:20250324T090000\nDURATION:PT1H", ["2025-03-24T08:00..03-24T09:00"]),
        ("DTSTART;TZID=/freeassociation.sourceforge.net/Europe/Berlin:20250324T090000\nDURATION:PT1H", ["2025-03-24T08:00..03-24T09:00"]),
    ],
)  # fmt: skip
def test_windows_lie_where_their_calendar_puts_them(event: str, expected: list[str]) -> None:
    assert windows(event) == expected


def test_times_without_a_zone_are_by_the_calendars_clock_or_the_settings() -> None:
    event = "DTSTART:20250324T090000\nDURATION:PT1H"
    assert windows(event) == ["2025-03-24T09:00..03-24T10:00"]
    assert windows(event, zone="America/New_York") == ["2025-03-24T13:00..03-24T14:00"]
    assert windows(event, head="X-WR-TIMEZONE:Europe/Berlin") == ["2025-03-24T08:00..03-24T09:00"]


def test_one_occurrence_is_moved_and_another_called_off() -> None:
    rule = "UID:a\n" + BERLIN + "\nRRULE:FREQ=WEEKLY;COUNT=6"
    moved = "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20250324T090000\nDTSTART:20250325T200000Z\nDURATION:PT1H"
    off = (
        "UID:a\nRECURRENCE-ID;TZID=Europe/Berlin:20250331T090000\n"
        + BERLIN.replace("0303", "0331")
        + "\nSTATUS:CANCELLED"
    )
    for events in ((rule, moved, off), (off, moved, rule)):
        reading = calendars.read(calendar(*events), NOW)
        told = [(each.native, iso(each.begins), each.cancelled) for each in reading.windows]
        assert told == [
            ("a@20250324T080000Z", "2025-03-25T20:00:00Z", False),
            ("a@20250331T070000Z", "2025-03-31T07:00:00Z", True),
            ("a@20250407T070000Z", "2025-04-07T07:00:00Z", False),
        ]


LONG_AGO = "DTSTART:19700101T000000Z\nDURATION:PT1H\nRRULE:"


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (LONG_AGO + "FREQ=SECONDLY", "rule"),
        (LONG_AGO + "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "rule"),
        (LONG_AGO + "FREQ=HOURLY", "rule"),
        (LONG_AGO + "FREQ=DAILY;INTERVAL=0", "rule"),
        (LONG_AGO + "FREQ=DAILY;INTERVAL=99999999999999999999", "rule"),
        (LONG_AGO + "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=1,2", "rule"),
        (LONG_AGO + "FREQ=DAILY;BYMONTHDAY=" + ",".join(["1"] * 400), "rule"),
        (LONG_AGO + "FREQ=FORTNIGHTLY", "rule"),
        (LONG_AGO + "FREQ=DAILY\nRRULE:FREQ=WEEKLY", "rule"),
        ("DTSTART:20250324T090000Z\nDTEND:20250323T090000Z", "length"),
        ("DTSTART:20250324T090000Z\nDTEND:20260323T090000Z", "length"),
        ("SUMMARY:never", "no-time"),
        ("DTSTART:20250324T090000Z\nEXDATE:" + ",".join(["20250324T090000Z"] * 1_001), "too-much"),
        ("DTSTART:soon", "no-time"),
        ("UID:\nDTSTART:20250324T090000Z", "no-id"),
        ("UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20250324T090000Z\nDTSTART:20250324T100000Z", "range"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_counted_by_reason(event: str, reason: str) -> None:
    reading = calendars.read(calendar(event), NOW)
    assert (reading.windows, list(reading.rejected)) == ((), [reason])


NEVER = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
BOMB = (
    "BEGIN:VTIMEZONE\nTZID:Bomb\nBEGIN:STANDARD\nDTSTART:19700101T000000\nRRULE:FREQ=SECONDLY\n"
    "TZOFFSETFROM:+0000\nTZOFFSETTO:+0000\nEND:STANDARD\nEND:VTIMEZONE"
)


def test_rules_that_never_hold_and_zones_that_never_end_are_soon_given_up() -> None:
    begun = time.process_time()
    for bomb in (BOMB, BOMB.replace("BEGIN:VT", "begin;x=1:VT"), BOMB.replace("VTIME", "VTI\n ME")):
        reading = calendars.read(calendar(*[LONG_AGO + NEVER] * 200, head=bomb), NOW)
        assert (reading.windows, reading.rejected) == ((), {})
    counted = calendars.read(calendar(*[f"{LONG_AGO}{NEVER};COUNT=1"] * 200), NOW)
    assert counted.windows == ()
    assert counted.rejected["too-much"] > 190
    # Walked to the end of the calendar one of them takes seconds; a minute is far from both.
    assert time.process_time() - begun < 60


def test_a_calendar_has_its_bounds() -> None:
    often = "DTSTART:20250320T000000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY;BYHOUR=" + ",".join(
        map(str, range(24))
    )
    reading = calendars.read(calendar(often), NOW)
    assert len(reading.windows) == calendars.WINDOWS_MAX
    assert reading.rejected["too-many"] > 300
    with pytest.raises(CalendarUnreadable, match="events"):
        calendars.read(calendar(*["SUMMARY:a"] * 2_001), NOW)
    with pytest.raises(CalendarUnreadable, match="bytes"):
        calendars.read(b"x" * 1_000_001, NOW)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"BEGIN:VCALENDAR", b"\xff\xfe", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 1_000]
)  # fmt: skip
def test_what_is_no_calendar_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(CalendarUnreadable):
        calendars.read(body, NOW)
