"""Which vendors' pages are read, by whom they are asked for, and what is remembered of them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import msgspec

from uproar.app import introduced
from uproar.app.fold_state import State
from uproar.app.settings_shapes import NoticesSettings
from uproar.errors import FeedUnreadable
from uproar.inlets.feeds import FEEDS_MAX, Feed, Subject, feeds_of, read_again
from uproar.inlets.fetching import Fetcher
from uproar.inlets.notices import Count, Reader
from uproar.inlets.targets import Targets
from uproar.model.catalog import Catalog
from uproar.model.seeing import Letter
from uproar.model.signal import Notice
from uproar.ports import Clock, DeadLetters, Journal
from uproar.wire.notices import BODY_BYTES_MAX, is_read


class Standing(msgspec.Struct, frozen=True):
    """How reading vendors' pages goes: for `/readyz` and `/metrics`. Ages in seconds.

    `unread` feeds failed at their last look, or had none yet. `oldest_s` is how long ago the last
    good look was, of the feed where that is longest; feeds without one are left out.
    """

    enabled: bool
    feeds: int = 0
    unread: int = 0
    looks: int = 0
    failed: int = 0
    notices: int = 0
    oldest_s: float | None = None


def feeds(catalog: Catalog) -> list[Feed]:
    """Return the feeds of a catalog, each once: those of its services, then of what they depend on.

    A provider that nobody here depends on is not asked. One with the slug of a service is the same
    company: what the service's own feed says counts for both.
    """
    services = [
        (known.status, Subject(known.slug, (known.name, *known.names)))
        for known in catalog
        if known.status is not None
    ]
    read = {subject.slug for status, subject in services if is_read(status)}
    needed = {slug for known in catalog for slug in known.providers} - read
    providers = [
        (known.status, Subject(known.slug, (known.name, *known.names), is_provider=True))
        for known in catalog.providers.values()
        if known.status is not None and known.slug in needed
    ]
    return feeds_of([*services, *providers])[:FEEDS_MAX]


def remembered(state: State) -> dict[tuple[str, str], Notice]:
    """Return what the journal held last of each vendor's page, by service and native id."""
    return {
        (service, native): thread.notice
        for service, board in state.boards.items()
        for native, thread in board.threads.items()
    }


def read_letter(letter: Letter, catalog: Catalog, state: State) -> Sequence[Notice]:
    """Return what an answer that had been set aside tells. Raises FeedUnreadable where it still does not."""
    feed = next((each for each in feeds(catalog) if each.status.url == letter.source), None)
    if feed is None:
        raise FeedUnreadable("the catalog has no such feed any more")
    return read_again(feed, letter.body, letter.at, remembered(state))


@asynccontextmanager
async def reading(
    settings: NoticesSettings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    kept: Mapping[tuple[str, str], Notice],
    letters: DeadLetters | None = None,
) -> AsyncIterator[Reader | None]:
    """Give the reader, None where the settings ask for none; what it keeps open is closed at the end."""
    if not settings.enabled:
        yield None
        return
    agent = introduced.reader(settings.contact)
    fetcher = Fetcher(Targets(settings.private_hosts), agent, BODY_BYTES_MAX)
    try:
        yield Reader(
            journal,
            feeds(catalog),
            fetcher.get,
            interval_s=settings.interval_s,
            wall_ms=clock.wall_ms,
            chance=random.random,
            remembered=kept,
            letters=letters,
        )
    finally:
        await fetcher.close()


def standing(counts: Mapping[str, Count] | None, now_ms: int) -> Standing:
    """Return how it goes, from the counts of the feeds; None is not enabled."""
    if counts is None:
        return Standing(enabled=False)
    good = [count.good_at for count in counts.values() if count.good_at > 0]
    return Standing(
        enabled=True,
        feeds=len(counts),
        unread=sum(1 for each in counts.values() if each.in_a_row > 0 or each.good_at == 0),
        looks=sum(count.looks for count in counts.values()),
        failed=sum(count.failed for count in counts.values()),
        notices=sum(count.notices for count in counts.values()),
        oldest_s=(now_ms - min(good)) / 1000 if good else None,
    )
