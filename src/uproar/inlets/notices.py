"""Vendors' status feeds, looked at again and again: what changed becomes a `Notice` in the journal.

One task a feed. Time, chance and waiting are given from outside. A feed that fails at two looks in a
row is said to be unread, once; what it said before is not taken for what it says now. Nothing here
judges what a vendor says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec
import structlog

from uproar.errors import FeedUnreadable, FetchFailed, UproarError
from uproar.inlets.feeds import (
    FEEDS_MAX,
    KEPT_MAX,
    Feed,
    about,
    bound,
    goes_on,
    is_history,
    page,
    unread,
)
from uproar.inlets.fetching import Fetched, Known
from uproar.model.seeing import Seeing
from uproar.model.signal import Notice
from uproar.model.tick import HOUR_MS
from uproar.ports import DeadLetters, Journal
from uproar.wire import notices
from uproar.wire.notices import normal

TRIES = 3  # At one look, where another try may help.
RETRY_S = 2.0  # Before the second try; twice as long before the third.
FAILS_TOLD = 2  # Looks in a row that must fail before the feed is said to be unread.
SLOWER_MAX = 4  # A feed that goes on failing is looked at half as often, four times over.
AT_ONCE_MAX = 8  # Feeds that are fetched at the same time.
SAID_MAX = (
    40  # Notices of incidents that one look may bring, but for the first; the next brings more.
)
LETTER_MS = (
    HOUR_MS  # What a feed says and cannot be read is set aside once in so long, to be tried again.
)
JITTER = 0.1  # Part of the interval by which looks are moved, so that feeds are not asked in step.
NOT_WATCHED = "this observatory was not running"

_log = structlog.get_logger("uproar.notices")


class Count(msgspec.Struct):
    """How a feed is doing; instants in milliseconds UTC, 0 before the first."""

    looks: int = 0
    failed: int = 0
    in_a_row: int = 0
    notices: int = 0
    good_at: int = 0
    why: str = ""
    letter_at: int = 0


class _Memory(msgspec.Struct):
    """What one feed said last: how to ask for news, its reading, and the notices that were kept."""

    known: Known = Known()
    reading: normal.Reading | None = None
    said: dict[tuple[str, str], Notice] = msgspec.field(default_factory=dict)


class Reader:
    """Looks at feeds until it is cancelled. `counts` tells by address how each of them is doing.

    `remembered` are the notices that the journal held last, by service and native id. `wall_ms` tells
    the time in milliseconds UTC, `chance` returns numbers from 0 to 1.
    """

    def __init__(
        self,
        journal: Journal,
        feeds: Sequence[Feed],
        fetch: Callable[[str, Known], Awaitable[Fetched]],
        *,
        interval_s: float,
        wall_ms: Callable[[], int],
        chance: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        remembered: Mapping[tuple[str, str], Notice] | None = None,
        letters: DeadLetters | None = None,
    ) -> None:
        self._journal = journal
        self._letters = letters
        self._feeds = tuple(feeds[:FEEDS_MAX])
        self._fetch = fetch
        self._interval_s = interval_s
        self._wall_ms = wall_ms
        self._chance = chance
        self._sleep = sleep
        self._gate = asyncio.Semaphore(AT_ONCE_MAX)
        self._memories = {feed.status.url: _Memory() for feed in self._feeds}
        self.counts = {feed.status.url: Count() for feed in self._feeds}
        for feed in self._feeds:
            slugs = {subject.slug for subject in feed.subjects}
            self._memories[feed.status.url].said = {
                key: msgspec.structs.replace(notice, at=0)
                for key, notice in (remembered or {}).items()
                if key[0] in slugs
            }

    @property
    def name(self) -> str:
        """The way in, as in the settings."""
        return "notices"

    def seeing(self) -> Seeing:
        """Return how well the feeds are seen: those that go on failing, and why the last of them does."""
        counts = list(self.counts.values())
        unread = [count for count in counts if count.in_a_row >= FAILS_TOLD]
        trouble = ""
        if unread:
            trouble = f"{len(unread)} of {len(counts)} feeds cannot be read: {unread[-1].why}"
        failed = sum(count.failed for count in counts)
        return Seeing(
            heard_at=max((count.good_at for count in counts), default=0),
            read=sum(count.looks for count in counts),
            signals=sum(count.notices for count in counts),
            rejected={"unread": failed} if failed else {},
            trouble=trouble,
        )

    async def run(self) -> None:
        """Look at every feed at its time, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for feed in self._feeds:
                tasks.create_task(self._watch(feed), name=f"notices {feed.status.url}")

    async def _watch(self, feed: Feed) -> None:
        count = self.counts[feed.status.url]
        first = True
        await self._sleep(self._chance() * self._interval_s)
        while True:
            try:
                if first:
                    await self._resume(feed)
                    first = False
                await self.look(feed)
            except UproarError as problem:  # The journal refuses; what changed is said next time.
                _log.warning("notice not kept", feed=feed.status.url, problem=str(problem))
            except Exception as problem:  # noqa: BLE001 - one feed must not end the others
                count.failed += 1
                count.in_a_row += 1
                count.why = f"{type(problem).__name__} while reading"
                _log.exception("feed not read", feed=feed.status.url)
            slower = 2 ** min(max(0, count.in_a_row - 1), SLOWER_MAX)
            jitter = 1 + JITTER * (2 * self._chance() - 1)
            await self._sleep(self._interval_s * slower * jitter)

    async def _resume(self, feed: Feed) -> None:
        """Say that nobody looked since the last run: what turned meanwhile was not seen turning."""
        for subject in feed.subjects:
            last = self._memories[feed.status.url].said.get((subject.slug, ""))
            if last is not None and not last.unread:
                await self._say(feed, unread(feed, subject, NOT_WATCHED))

    async def look(self, feed: Feed) -> None:
        """Look at a feed once, and keep what changed. Raises what the journal raises."""
        count, memory = self.counts[feed.status.url], self._memories[feed.status.url]
        count.looks += 1
        try:
            async with self._gate:
                fetched = await self._tried(feed, memory)
            reading = await self._read(feed, fetched, memory)
        except FeedUnreadable as problem:
            memory.known = Known()  # What was not understood is asked for whole again.
            count.failed += 1
            count.in_a_row += 1
            count.why = str(problem)
            if count.in_a_row >= FAILS_TOLD:
                for subject in feed.subjects:
                    await self._say(feed, unread(feed, subject, str(problem)))
            return
        now = self._wall_ms()
        count.in_a_row, count.why, count.good_at = 0, "", now
        memory.reading = reading
        reading = await self._with_ended(feed, normal.settled(reading, now))
        await self._keep(feed, reading, now)
        memory.known = fetched.known  # Last: what could not be kept is asked for again.

    async def _tried(self, feed: Feed, memory: _Memory) -> Fetched:
        address = notices.address(feed.status)
        for number in range(1, TRIES):
            try:
                return await self._fetch(address, memory.known)
            except FetchFailed as problem:
                if not problem.again:
                    raise
                await self._sleep(RETRY_S * 2 ** (number - 1) * (0.5 + self._chance()))
        return await self._fetch(address, memory.known)

    async def _read(self, feed: Feed, fetched: Fetched, memory: _Memory) -> normal.Reading:
        """Return what a feed says now; large ones take a while, in which others are looked at."""
        if fetched.body is None:
            if memory.reading is None:
                raise FeedUnreadable("it answers 304 before it was read")
            return memory.reading
        try:
            return await asyncio.to_thread(notices.read, feed.status, fetched.body)
        except FeedUnreadable as problem:
            self._set_aside(feed, str(problem), fetched.body)
            raise

    def _set_aside(self, feed: Feed, why: str, body: bytes) -> None:
        """Keep what could not be read, now and then: a later version may be able to."""
        count, now = self.counts[feed.status.url], self._wall_ms()
        if self._letters is None or (count.letter_at and now - count.letter_at < LETTER_MS):
            return
        count.letter_at = now
        self._letters.put(
            inlet=self.name, source=feed.status.url, reason="unreadable", problem=why, body=body
        )

    async def _with_ended(self, feed: Feed, reading: normal.Reading) -> normal.Reading:
        """Return a reading with what was open and is no longer listed, from where ended ones are."""
        archive = notices.archive(feed.status)
        listed = {item.native for item in reading.items}
        said = self._memories[feed.status.url].said
        gone = {
            native
            for (_, native), last in said.items()
            if native and native not in listed and goes_on(last)
        }
        if archive is None or not gone:
            return reading
        try:
            fetched = await self._fetch(archive, Known())
            past = await asyncio.to_thread(notices.read, feed.status, fetched.body or b"")
        except FeedUnreadable:
            return reading  # They are said to be no longer listed, which is all that is known.
        ended = tuple(item for item in past.items if item.native in gone)
        return normal.Reading(reading.state, reading.items + ended, reading.why)

    async def _keep(self, feed: Feed, reading: normal.Reading, now: int) -> None:
        said = self._memories[feed.status.url].said
        before = self.counts[feed.status.url].notices
        for subject in feed.subjects:
            own = about(feed, subject, reading)
            seen = set()
            # At the first look all is said before the page is: what comes later was seen to come.
            most = SAID_MAX if (subject.slug, "") in said else KEPT_MAX
            # The page itself comes last: what stands on it at the first look was there before.
            for item in own.items:
                key = (subject.slug, item.native)
                seen.add(key)
                if self.counts[feed.status.url].notices - before >= most:
                    continue
                if key in said or not is_history(item, now):
                    await self._say(feed, normal.as_notice(item, subject.slug, feed.status.url))
            for key, last in list(said.items()):
                if key[0] == subject.slug and key[1] and key not in seen:
                    if goes_on(last):
                        gone = msgspec.structs.replace(last, state="unknown", phase="none")
                        await self._say(feed, gone)
                    del said[key]
            await self._say(feed, page(feed, subject, own))
            bound(said, subject.slug)

    async def _say(self, feed: Feed, notice: Notice) -> None:
        """Append a notice, if it is another one than was said last."""
        said = self._memories[feed.status.url].said
        key = (notice.service, notice.native)
        if said.get(key) == notice:
            return
        await self._journal.append(notice)
        said[key] = notice
        self.counts[feed.status.url].notices += 1
