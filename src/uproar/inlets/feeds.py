"""Vendors' status feeds, whose they are, and which notices follow from what one says."""

from __future__ import annotations

from collections.abc import Container, Iterable

import msgspec

from uproar.model.service import StatusFeed
from uproar.model.signal import Notice
from uproar.model.tick import DAY_MS
from uproar.wire import notices
from uproar.wire.cleaned import text
from uproar.wire.notices import normal

FEEDS_MAX = 1_000
OLD_MS = DAY_MS  # What was over before that, when it is first seen, is history and is not kept.
KEPT_MAX = 200  # Items of one service that are remembered, to tell what changed.
LATER = "what it said was read again later"


class Subject(msgspec.Struct, frozen=True):
    """A service or provider that a feed speaks of, and all names it has."""

    slug: str
    names: tuple[str, ...]
    is_provider: bool = False


class Feed(msgspec.Struct, frozen=True):
    """A feed, and every service and provider whose feed it is."""

    status: StatusFeed
    subjects: tuple[Subject, ...]


def about(feed: Feed, subject: Subject, reading: normal.Reading) -> normal.Reading:
    """Return what a reading says of one of those whose feed it is.

    A provider that shares the page of a service takes nothing from it: the service hears all that it
    would hear alone. The provider itself hears only what names it.
    """
    others = [
        name
        for other in feed.subjects
        if other != subject and (subject.is_provider or not other.is_provider)
        for name in other.names
    ]
    by_product = subject.is_provider or feed.status.kind in notices.BY_PRODUCT
    return normal.about(reading, subject.names, others, by_product=by_product)


def page(feed: Feed, subject: Subject, reading: normal.Reading) -> Notice:
    """Return the notice of a page as a whole."""
    why = text(reading.why, 200) if reading.state == "unknown" else ""
    return Notice(at=0, service=subject.slug, page=feed.status.url, state=reading.state, title=why)


def unread(feed: Feed, subject: Subject, why: str) -> Notice:
    """Return the notice that a page cannot be read, or was not looked at."""
    return Notice(
        at=0,
        service=subject.slug,
        page=feed.status.url,
        title=text(why, 200),
        unread=True,
    )


def goes_on(notice: Notice) -> bool:
    """Tell whether something that is no longer listed had been left open, or planned."""
    return notice.phase not in normal.CLOSED_PHASES and (
        notice.state != "unknown" or notice.phase != "none"
    )


def is_history(item: normal.Item, now: int) -> bool:
    """Tell whether what is seen for the first time was over long ago, or is old news."""
    if item.is_open:
        return False
    ended = item.resolved_at or item.until_at or item.updated_at or item.created_at
    return ended is None or ended < now - OLD_MS


def bound(said: dict[tuple[str, str], Notice], slug: str) -> None:
    """Let go of the oldest items of a service beyond KEPT_MAX."""
    own = [key for key in said if key[0] == slug and key[1]]
    for key in own[: max(0, len(own) - KEPT_MAX)]:
        del said[key]


def feeds_of(services: Iterable[tuple[StatusFeed, Subject]]) -> list[Feed]:
    """Return the feeds that a program can read, each once, with all services it is the feed of."""
    found: dict[StatusFeed, list[Subject]] = {}
    for status, subject in services:
        if notices.is_read(status):
            found.setdefault(status, []).append(subject)
    return [Feed(status, tuple(subjects)) for status, subjects in found.items()]


def read_again(feed: Feed, body: bytes, at: int, said: Container[tuple[str, str]]) -> list[Notice]:
    """Return what an answer of long ago tells that is not known: the failures that were over by then.

    `at` is when it came, `said` what is known, by service and native id. What was open then is left
    to the next look; before anything else the page is said to be unread, so that nothing of it is
    taken for seen as it turned. Raises FeedUnreadable where it still cannot be read.
    """
    reading = normal.settled(notices.read(feed.status, body), at)
    made: list[Notice] = []
    for subject in feed.subjects:
        own = about(feed, subject, reading)
        over = [
            normal.as_notice(item, subject.slug, feed.status.url)
            for item in own.items
            if item.is_closed
            and not is_history(item, at)
            and (subject.slug, item.native) not in said
        ]
        if over:
            made += [unread(feed, subject, LATER), *over]
    return made
