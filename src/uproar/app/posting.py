"""Which streams of posts are read, by whom they are judged, and where they are taken up again."""

from __future__ import annotations

import asyncio
import random
import secrets
from functools import lru_cache

from uproar.app.fold_state import State
from uproar.app.settings import PostsSettings
from uproar.catalog import lexicon
from uproar.detect.mentions import Classifier
from uproar.inlets.posts.inlet import Posts, Source
from uproar.inlets.posts.jetstream import SOURCE, Jetstream
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.websocket import opener
from uproar.inlets.posts.window import Counting, Judge
from uproar.inlets.targets import Targets
from uproar.model.catalog import Catalog
from uproar.ports import Clock, Journal

AGENT = "Uproar/1 (outage observatory; {contact})"
TAGS_REMEMBERED = 20_000  # Hashtags of which it is remembered whose outage they speak of.


def judge(catalog: Catalog) -> Judge:
    """Return what is asked of posts: the classifier, and whose outage a hashtag by itself speaks of."""
    classifier = Classifier(lexicon.load(), catalog)

    @lru_cache(maxsize=TAGS_REMEMBERED)
    def outage_tag(tag: str) -> str:
        named = classifier.mentions(f"#{tag}")
        return named[0].service if len(named) == 1 and named[0].says == "failing" else ""

    return Judge(classifier.mentions, outage_tag)


def remembered(state: State) -> tuple[int, int] | None:
    """Return the cursor of Bluesky's stream and its instant, as the journal acknowledged them last."""
    heard = state.posts.sources.get(SOURCE)
    if heard is None or not heard.cursor.isdigit() or not heard.until_at:
        return None
    return int(heard.cursor), heard.until_at


def reading(
    settings: PostsSettings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    resume: tuple[int, int] | None,
) -> Posts | None:
    """Return the way in for posts, None where the settings name no stream."""
    if not settings.jetstream:
        return None
    given = judge(catalog)
    sources: list[Source] = []
    agent = AGENT.format(contact=settings.contact)
    targets = Targets(settings.private_hosts)
    if settings.jetstream:
        sources.append(
            Jetstream(
                settings.jetstream,
                opened=opener(targets, agent),
                counting=Counting(given),
                keeper=Keeper(journal, SOURCE, sleep=asyncio.sleep),
                key=secrets.token_bytes(32),
                wall_ms=clock.wall_ms,
                elapsed_s=lambda: clock.monotonic_ms() / 1000,
                chance=random.random,
                resume=resume,
            )
        )
    return Posts(sources)
