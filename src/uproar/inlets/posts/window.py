"""What was posted within ten seconds of a source's clock, counted by service; texts end here.

A window ends where the source's clock says so, never ours: read again from the same cursor, it comes
to the same counts. What a post says of which service is asked of a function that is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from uproar.inlets.posts.seen import Seen
from uproar.model.mention import SAYS, Mention
from uproar.model.signal import Post
from uproar.model.tick import HOUR_MS, TICK_MS
from uproar.wire.posts.posted import LANGUAGE_MAX, Posted
from uproar.wire.signalbounds import MAPS

Mentions = Callable[[str, Sequence[str]], tuple[Mention, ...]]
OutageTag = Callable[[str], str]

SERVICES_MAX = 2_000  # Services of one window; a catalog has some hundred.
TAGS_MAX = 2_000  # Hashtags of one service in one window, before the largest are kept.
TAG_USES_MAX = 200_000  # Pairs of hashtag and author in one window; beyond, they are not counted.
TAGS_KEPT = MAPS[Post]["tags"][0]
LANGUAGES_KEPT = MAPS[Post]["languages"][0]
DIGITS = 4  # Of weights, which are sums of fractions.


class Judge(msgspec.Struct, frozen=True):
    """What is asked of a post: which services it names, and whose outage a hashtag speaks of ("": nobody's)."""

    mentions: Mentions
    outage_tag: OutageTag


class Own(msgspec.Struct):
    """The counts of one service in one window."""

    says: dict[str, float] = msgspec.field(default_factory=lambda: dict.fromkeys(SAYS, 0.0))
    languages: dict[str, float] = msgspec.field(default_factory=dict)
    tags: dict[str, int] = msgspec.field(default_factory=dict)


class Window(msgspec.Struct):
    """One window. `number` is its tick by the source's clock, `cursor` and `until_at` how far it has come."""

    number: int = -1
    cursor: int = -1
    until_at: int = 0
    of: int = 0
    repeats: int = 0
    services: dict[str, Own] = msgspec.field(default_factory=dict)
    uses: set[tuple[str, int]] = msgspec.field(default_factory=set)
    outage_tags: set[str] = msgspec.field(default_factory=set)


class Counting:
    """Counts posts into a window: an author once an hour for what they say of a service, and for a tag.

    `lost` counts what the bounds of a window left out.
    """

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._authors = Seen(span=HOUR_MS // 2)
        self.lost = 0

    def count(self, window: Window, posted: Posted) -> None:
        """Count one post, and let go of it."""
        window.of += 1
        author = posted.author or posted.key
        mentions = self._judge.mentions(posted.text, posted.languages)
        for mention in mentions:
            self._mention(window, mention, author)
        if posted.tags and posted.how != "repost":
            self._tags(window, posted.tags, mentions, author)

    def _mention(self, window: Window, mention: Mention, author: int) -> None:
        own = self._own(window, mention.service)
        if own is None:
            return
        if not self._authors.first(hash((mention.service, mention.says, author))):
            window.repeats += 1
            return
        own.says[mention.says] += mention.weight
        if mention.says == "failing" and mention.language:
            code = mention.language[:LANGUAGE_MAX]
            own.languages[code] = own.languages.get(code, 0.0) + mention.weight

    def _tags(
        self, window: Window, tags: Sequence[str], mentions: Sequence[Mention], author: int
    ) -> None:
        failing = [mention.service for mention in mentions if mention.says == "failing"]
        for tag in tags:
            if len(window.uses) < TAG_USES_MAX:
                window.uses.add((tag, author))
            else:
                self.lost += 1
            spoken_of = self._judge.outage_tag(tag)
            if spoken_of:
                window.outage_tags.add(tag)
            for service in {spoken_of, *failing} if spoken_of else failing:
                own = self._own(window, service)
                if own is None or not self._authors.first(hash((service, "#", tag, author))):
                    continue
                if tag in own.tags or len(own.tags) < TAGS_MAX:
                    own.tags[tag] = own.tags.get(tag, 0) + 1
                else:
                    self.lost += 1

    def _own(self, window: Window, service: str) -> Own | None:
        own = window.services.get(service)
        if own is None:
            if len(window.services) >= SERVICES_MAX:
                self.lost += 1
                return None
            own = window.services[service] = Own()
        return own

    def signals(self, window: Window, source: str) -> tuple[list[Post], Post]:
        """Return the counts of each service, and those of the source as a whole, which come last.

        To be asked once of a window: it tells which authors used a hashtag at all, once an hour each.
        """
        until_at = window.until_at or None
        found = []
        spoken: dict[str, int] = {}
        for service in sorted(window.services):
            own = window.services[service]
            tags = _largest(own.tags)
            for tag, count in tags.items():
                known = tag in window.outage_tags
                spoken[tag] = max(spoken.get(tag, 0), count) if known else 0
            if any(own.says.values()) or tags:
                found.append(_post(service, source, own, tags, until_at))
        for tag, author in window.uses:
            if tag in spoken and tag not in window.outage_tags:
                spoken[tag] += self._authors.first(hash(("#", tag, author)))
        whole = Post(
            at=0,
            service="",
            source=source,
            of=window.of,
            tags=_largest(spoken),
            seconds=TICK_MS // 1000,
            until_at=until_at,
            cursor=str(window.cursor) if window.cursor >= 0 else "",
        )
        return found, whole

    def keep(self, until_at: int) -> None:
        """Remember the authors of a window that is on disk, which reached to `until_at`."""
        self._authors.keep(until_at, until_at)

    def drop(self) -> None:
        """Forget the authors of a window that will be read again."""
        self._authors.drop()


def _post(service: str, source: str, own: Own, tags: dict[str, int], until_at: int | None) -> Post:
    says = {name: round(weight, DIGITS) for name, weight in own.says.items()}
    languages = sorted(own.languages.items(), key=lambda each: (-each[1], each[0]))
    return Post(
        at=0,
        service=service,
        source=source,
        failing=says["failing"],
        working=says["working"],
        asking=says["asking"],
        talk=says["talk"],
        languages={code: round(weight, DIGITS) for code, weight in languages[:LANGUAGES_KEPT]},
        tags=tags,
        seconds=TICK_MS // 1000,
        until_at=until_at,
    )


def _largest(tags: dict[str, int]) -> dict[str, int]:
    ordered = sorted(tags.items(), key=lambda each: (-each[1], each[0]))
    return {tag: count for tag, count in ordered[:TAGS_KEPT] if count > 0}
