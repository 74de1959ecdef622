"""Which streams of posts are read, by whom they are judged, and where they are taken up again."""

from __future__ import annotations

import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from uproar.app import introduced
from uproar.app.fold_state import State
from uproar.app.settings_posts import PostsSettings
from uproar.catalog import lexicon
from uproar.detect.mentions import Classifier
from uproar.inlets.bodies import Receive
from uproar.inlets.posting import Scope, Send
from uproar.inlets.posts import webhook as webhooks
from uproar.inlets.posts.arriving import Arriving
from uproar.inlets.posts.inlet import Posts, Source
from uproar.inlets.posts.jetstream import SOURCE, Jetstream
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.mastodon import Mastodon
from uproar.inlets.posts.webhook import Webhook
from uproar.inlets.posts.websocket import opener
from uproar.inlets.posts.window import Counting, Judge
from uproar.inlets.targets import Targets
from uproar.inlets.tokens import Token, token_in, tokens_by_host
from uproar.model.catalog import Catalog
from uproar.model.signal import Post
from uproar.ports import Clock, Journal
from uproar.wire.signalbounds import BOUNDS

Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

SOURCE_MAX = BOUNDS[Post]["source"][1]
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


@dataclass(frozen=True)
class Reading:
    """The way in for posts, and what answers those that are sent to us, None where nobody may."""

    inlet: Posts
    webhook: Webhook | None

    def handlers(self) -> dict[str, Handler]:
        """Return what answers at which path."""
        return {} if self.webhook is None else {webhooks.PATH: self.webhook.handle}


def reading(
    settings: PostsSettings,
    catalog: Catalog,
    journal: Journal,
    clock: Clock,
    resume: tuple[int, int] | None,
) -> Reading | None:
    """Return what reads posts, None where the settings name no source. Raises SettingsInvalid."""
    if not (settings.jetstream or settings.mastodon or settings.webhook_token_file):
        return None
    asked = judge(catalog)
    agent = introduced.reader(settings.contact)
    targets = Targets(settings.private_hosts)
    key = secrets.token_bytes(32)  # It ends with the process: hashes cannot be told apart later.

    def arriving(source: str) -> Arriving:
        keeper = Keeper(journal, source)
        return Arriving(source, counting=Counting(asked), keeper=keeper, wall_ms=clock.wall_ms)

    def elapsed_s() -> float:
        return clock.monotonic_ms() / 1000

    sources: list[Source] = []
    if settings.jetstream:
        sources.append(
            Jetstream(
                settings.jetstream,
                opened=opener(targets, agent),
                counting=Counting(asked),
                keeper=Keeper(journal, SOURCE),
                key=key,
                wall_ms=clock.wall_ms,
                elapsed_s=elapsed_s,
                chance=random.random,
                resume=resume,
            )
        )
    tokens = tokens_of(settings)
    for url in settings.mastodon:
        host = (urlsplit(url).hostname or "").lower()
        sources.append(
            Mastodon(
                url,
                tokens.get(host),
                targets=targets,
                agent=agent,
                opened=opener(targets, agent, _bearing(tokens.get(host))),
                arriving=arriving(f"mastodon {host}"[:SOURCE_MAX]),
                key=key,
                wall_ms=clock.wall_ms,
                elapsed_s=elapsed_s,
                chance=random.random,
            )
        )
    webhook = None
    if settings.webhook_token_file:
        token = token_in(Path(settings.webhook_token_file))
        webhook = Webhook(token, arriving=arriving(webhooks.SOURCE), key=key, wall_ms=clock.wall_ms)
        sources.append(webhook)
    return Reading(Posts(sources), webhook)


def _bearing(token: Token | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": token.bearer()}


def named(settings: PostsSettings) -> list[str]:
    """Return the sources that the settings name, with their tokens in order. Raises SettingsInvalid."""
    found = [SOURCE] if settings.jetstream else []
    tokens = tokens_of(settings)
    for url in settings.mastodon:
        host = (urlsplit(url).hostname or "").lower()
        found.append(f"mastodon {host}" + ("" if host in tokens else " (without a token)"))
    if settings.webhook_token_file:
        token_in(Path(settings.webhook_token_file))
        found.append(webhooks.SOURCE)
    return found


def tokens_of(settings: PostsSettings) -> dict[str, Token]:
    """Return the tokens of Mastodon servers, by host. Raises SettingsInvalid."""
    if not settings.mastodon_token_file:
        return {}
    return tokens_by_host(Path(settings.mastodon_token_file))
