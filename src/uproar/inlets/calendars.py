"""Maintenance calendars, looked at again and again: windows become planned changes in the journal.

A window that is new or was moved is told, one that is no longer listed is called off. A calendar that
cannot be read at two looks in a row leaves its windows unknown, not gone. One task a calendar.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from uproar.errors import BadInput, CalendarUnreadable, FetchFailed, UproarError
from uproar.inlets.fetching import Fetched, Known
from uproar.model.seeing import Seeing
from uproar.model.signal import Change
from uproar.model.tick import DAY_MS
from uproar.ports import Journal
from uproar.wire import calendars
from uproar.wire.calendars import Window
from uproar.wire.signalbounds import BOUNDS

SOURCE = "calendar"
FAILS_TOLD = 2  # Looks in a row that must fail before the windows are said to be unknown.
SLOWER_MAX = 4  # One that goes on failing is looked at half as often, four times over.
JITTER = 0.1  # Part of the interval by which looks are moved, by chance.
SAID_MAX = 100  # Changes that one look may bring; the next brings more.

_log = structlog.get_logger("uproar.calendars")


class Calendar(msgspec.Struct, frozen=True):
    """One calendar: where it is (an https address, or a file), whose windows it holds, by which clock."""

    name: str
    services: tuple[str, ...]
    url: str = ""
    file: str = ""
    zone: str = "UTC"


class _Memory(msgspec.Struct):
    """What one calendar said last, by service and native id, and how it is doing."""

    said: dict[tuple[str, str], Change] = msgspec.field(default_factory=dict)
    known: Known = Known()
    body: bytes = b""
    in_a_row: int = 0
    good_at: int = 0
    why: str = ""
    rejected: dict[str, int] = msgspec.field(default_factory=dict)


class Calendars:
    """Looks at calendars until it is cancelled.

    `remembered` are the planned changes that the journal held last. `wall_ms` tells the time in
    milliseconds UTC, `chance` returns numbers from 0 to 1; `fetch` gets a document by its address.
    """

    def __init__(
        self,
        journal: Journal,
        listed: Sequence[Calendar],
        fetch: Callable[[str, Known], Awaitable[Fetched]],
        *,
        interval_s: float,
        wall_ms: Callable[[], int],
        chance: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        remembered: Sequence[Change] = (),
    ) -> None:
        self._journal = journal
        self._listed = tuple(listed)
        self._fetch = fetch
        self._interval_s = interval_s
        self._wall_ms = wall_ms
        self._chance = chance
        self._sleep = sleep
        self._looks = 0
        self._signals = 0
        self._failed = 0
        self._memories = {
            calendar.name: _Memory(
                said={
                    (change.service, change.native): msgspec.structs.replace(change, at=0)
                    for change in remembered
                    if change.source == SOURCE and change.native.startswith(f"{calendar.name}/")
                }
            )
            for calendar in self._listed
        }

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "calendars"

    def seeing(self) -> Seeing:
        """Return how well calendars are read: which fail, and what in them could not be used."""
        failing = [(name, each) for name, each in self._memories.items() if each.in_a_row]
        trouble = ""
        if failing:
            name, last = failing[-1]
            trouble = f"{len(failing)} of {len(self._listed)} calendars cannot be read; {name}: {last.why}"
        rejected = {"unread": self._failed} if self._failed else {}
        for memory in self._memories.values():
            for reason, count in memory.rejected.items():
                rejected[reason] = rejected.get(reason, 0) + count
        return Seeing(
            heard_at=max((each.good_at for each in self._memories.values()), default=0),
            read=self._looks,
            signals=self._signals,
            rejected=rejected,
            trouble=trouble,
        )

    async def run(self) -> None:
        """Look at every calendar at its time, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for calendar in self._listed:
                tasks.create_task(self._watch(calendar), name=f"calendar {calendar.name}")

    async def _watch(self, calendar: Calendar) -> None:
        memory = self._memories[calendar.name]
        await self._sleep(self._chance())
        while True:
            try:
                await self.look(calendar)
            except UproarError as problem:  # The journal refuses; it is said next time.
                _log.warning("windows not kept", calendar=calendar.name, problem=str(problem))
            slower = 2 ** min(max(0, memory.in_a_row - 1), SLOWER_MAX)
            jitter = 1 + JITTER * (2 * self._chance() - 1)
            await self._sleep(self._interval_s * slower * jitter)

    async def look(self, calendar: Calendar) -> None:
        """Look at a calendar once, and keep what changed. Raises what the journal raises."""
        memory = self._memories[calendar.name]
        self._looks += 1
        now = self._wall_ms()
        try:
            body = await self._body(calendar, memory)
            reading = await asyncio.to_thread(calendars.read, body, now, calendar.zone)
        except BadInput as problem:
            memory.known, memory.body = Known(), b""
            memory.in_a_row += 1
            memory.why = str(problem)
            self._failed += 1
            if memory.in_a_row >= FAILS_TOLD:
                await self._leave_unknown(memory, now)
            return
        memory.in_a_row, memory.why, memory.good_at = 0, "", now
        memory.rejected = reading.rejected
        await self._keep(calendar, memory, reading.windows, now)

    async def _body(self, calendar: Calendar, memory: _Memory) -> bytes:
        if calendar.file:
            return await asyncio.to_thread(_read_file, calendar.file)
        fetched = await self._fetch(calendar.url, memory.known)
        if fetched.body is None:
            # Windows come nearer although the calendar has not changed, so it is read again.
            return memory.body
        memory.known = fetched.known
        memory.body = fetched.body if fetched.known != Known() else b""
        return fetched.body

    async def _keep(
        self, calendar: Calendar, memory: _Memory, windows: Sequence[Window], now: int
    ) -> None:
        before = self._signals
        listed = {}
        for window in windows:
            for service in calendar.services:
                change = _change(calendar.name, service, window)
                listed[service, change.native] = change
        gone = {
            key: msgspec.structs.replace(last, state="cancelled")
            for key, last in memory.said.items()
            if key not in listed and last.state != "cancelled" and _lies_ahead(last, now)
        }
        for key, change in {**listed, **gone}.items():
            if self._signals - before < SAID_MAX:
                await self._say(memory, key, change)
        for key, last in list(memory.said.items()):
            if key not in listed and not _lies_ahead(last, now):
                del memory.said[key]

    async def _leave_unknown(self, memory: _Memory, now: int) -> None:
        for key, last in list(memory.said.items()):
            if last.state == "planned" and _lies_ahead(last, now):
                await self._say(memory, key, msgspec.structs.replace(last, state="unknown"))

    async def _say(self, memory: _Memory, key: tuple[str, str], change: Change) -> None:
        """Append a change, if it is another one than was said last."""
        last = memory.said.get(key)
        if last == change or (last is None and change.state == "cancelled"):
            return
        await self._journal.append(change)
        memory.said[key] = change
        self._signals += 1


def _change(name: str, service: str, window: Window) -> Change:
    native = f"{name}/{window.native}"
    if len(native) > BOUNDS[Change]["native"][1]:
        native = f"{name}/{hashlib.blake2b(native.encode(), digest_size=16).hexdigest()}"
    return Change(
        at=0,
        service=service,
        source=SOURCE,
        native=native,
        what="maintenance",
        state="cancelled" if window.cancelled else "planned",
        title=window.title,
        link=window.link,
        planned=True,
        started_at=window.begins,
        until_at=window.ends,
    )


def _lies_ahead(change: Change, now: int) -> bool:
    """Tell whether a window is not over; one that is keeps what was said of it."""
    return (
        change.until_at is not None and now <= change.until_at <= now + calendars.AHEAD_MS + DAY_MS
    )


def _read_file(path: str) -> bytes:
    try:
        with Path(path).open("rb") as opened:
            body = opened.read(calendars.BODY_BYTES_MAX + 1)
    except OSError as problem:
        raise FetchFailed(f"its file cannot be read ({problem.strerror})") from None
    if not body:
        raise CalendarUnreadable("its file is empty")
    return body
