"""Looks at a calendar: windows are told, moved, called off and taken up again; what fails is unknown."""

from __future__ import annotations

import asyncio
from pathlib import Path

from uproar.app.clock import SystemClock
from uproar.inlets.calendars import Calendar, Calendars
from uproar.inlets.fetching import Fetched, Known
from uproar.journal.memory import MemoryJournal
from uproar.model.signal import Change
from uproar.model.tick import DAY_MS, parse_iso

NOW = parse_iso("2025-03-20T12:00:00Z")
HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"


def calendar(**starts: str) -> str:
    events = "".join(
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:{uid.title()}\r\nDTSTART:{start}\r\nDURATION:PT1H\r\nEND:VEVENT\r\n"
        for uid, start in starts.items()
    )
    return f"{HEAD}{events}END:VCALENDAR\r\n"


class Stand:
    """A calendar in a file, a journal, and a clock that a test turns."""

    def __init__(self, folder: Path, remembered: tuple[Change, ...] = ()) -> None:
        self.file = folder / "windows.ics"
        self.journal = MemoryJournal(SystemClock())
        self.now = NOW
        self.calendar = Calendar("work", ("x", "github"), file=str(self.file))
        self.calendars = Calendars(
            self.journal, [self.calendar], self._never, interval_s=60,
            wall_ms=lambda: self.now, chance=lambda: 0.5, remembered=remembered,
        )  # fmt: skip

    async def _never(self, url: str, known: Known) -> Fetched:
        raise AssertionError(url, known)

    def look(self, text: str | None = None) -> list[str]:
        """Look once; return what was told of the first service."""
        if text is not None:
            self.file.write_text(text, newline="")
        before = self.journal.last_seq()
        asyncio.run(self.calendars.look(self.calendar))
        return [
            f"{signal.title} {signal.state}"
            for _, signal in self.journal.read(before, 100)
            if isinstance(signal, Change) and signal.service == "x"
        ]

    def told(self) -> tuple[Change, ...]:
        return tuple(each for _, each in self.journal.read(0, 100) if isinstance(each, Change))


def test_only_what_changed_is_told_and_for_every_service(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    text = calendar(move="20250321T010000Z", rules="20250322T010000Z")
    assert stand.look(text) == ["Move planned", "Rules planned"]
    assert stand.look() == []
    assert {change.service for change in stand.told()} == {"x", "github"}
    (first, *_) = stand.told()
    assert (first.what, first.planned, first.source) == ("maintenance", True, "calendar")
    assert (first.native, first.started_at) == (
        "work/move@20250321T010000Z",
        parse_iso("2025-03-21T01:00:00Z"),
    )
    assert stand.look(calendar(move="20250321T010000Z")) == ["Rules cancelled"]
    assert stand.look() == []
    assert stand.look(text) == ["Rules planned"]


def test_a_window_that_is_over_is_not_called_off_when_it_is_no_longer_listed(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path)
    stand.look(calendar(move="20250321T010000Z"))
    stand.now += 2 * DAY_MS
    assert stand.look(calendar()) == []


def test_a_calendar_that_fails_twice_leaves_its_windows_unknown_until_it_is_read_again(
    tmp_path: Path,
) -> None:
    stand = Stand(tmp_path)
    text = calendar(move="20250321T010000Z")
    stand.look(text)
    assert stand.look("<html>not today</html>") == []
    assert stand.look() == ["Move unknown"]
    assert stand.look() == []
    seen = stand.calendars.seeing()
    assert "work: it is no calendar" in seen.trouble
    assert seen.rejected == {"unread": 3}
    assert stand.look(text) == ["Move planned"]
    assert stand.calendars.seeing().trouble == ""
    stand.file.unlink()
    assert stand.look() == []
    assert "cannot be read (No such file or directory)" in stand.calendars.seeing().trouble


def test_after_a_restart_nothing_is_told_twice(tmp_path: Path) -> None:
    stand = Stand(tmp_path)
    text = calendar(move="20250321T010000Z")
    stand.look(text)
    again = Stand(tmp_path, stand.told())
    assert again.look() == []
    assert again.look(calendar()) == ["Move cancelled"]
