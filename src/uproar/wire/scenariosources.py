"""The shape of what a scenario plays besides reports: probes, posts, an owner's page, changes.

What a probe or a page showed may be published and then names its `source`; when, how often and to
whom is mostly assumed, and says `why`. Instants are milliseconds UTC.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from uproar.model.measurement import State, Step
from uproar.model.signal import ChangeKind, ChangeState, NoticePhase, NoticeState
from uproar.wire.scenariofields import (
    Count,
    Network,
    NotNegative,
    PlaceCode,
    Positive,
    Share,
    Slug,
    Text,
    Weights,
    Why,
)

Address = Annotated[str, msgspec.Meta(min_length=1, max_length=2_000, pattern=r"\Ahttps?://")]
Failure = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: a key that is not known is a mistake."""


class Stretch(_Table, frozen=True, rename={"since": "from"}):
    """From when until when."""

    since: int
    until: int


During = Annotated[tuple[Stretch, ...], msgspec.Meta(min_length=1, max_length=100)]


class OwnFaultAssumed(_Table, frozen=True):
    """When a probe's own network fails: then its controls fail like all else."""

    why: Why
    during: During
    failure: Failure
    step: Step = "tcp"


class OwnFault(_Table, frozen=True):
    """A probe cannot see, and it is not the service's fault."""

    assumed: OwnFaultAssumed


class VantageAssumed(_Table, frozen=True):
    """Where a probe stands: what it shares with others can fail for all who share it."""

    why: Why
    place: PlaceCode
    network: Network
    resolver: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Vantage(_Table, frozen=True):
    """Who measures."""

    name: Slug
    assumed: VantageAssumed
    fault: Annotated[tuple[OwnFault, ...], msgspec.Meta(max_length=20)] = ()


class ShownAssumed(_Table, frozen=True):
    """When looks show it, which share of them, and at which vantages (none named: all)."""

    why: Why
    during: During
    share: Share = 1.0
    vantages: tuple[Slug, ...] = ()


class Shown(_Table, frozen=True):
    """What a check shows in some stretches, in the words of a measurement; `source` where published."""

    state: State
    assumed: ShownAssumed
    step: Step = "http"
    layer: str = ""
    side: str = ""
    failure: str = ""
    status: Annotated[int, msgspec.Meta(ge=0, le=999)] = 0
    answered: str = ""
    fingerprint: str = ""
    source: str = ""


class CheckAssumed(_Table, frozen=True, rename={"since": "from"}):
    """From when until when and how often every vantage looks, and at what known to work besides."""

    why: Why
    since: int
    until: int
    control: Address
    every_seconds: Annotated[int, msgspec.Meta(ge=10, le=3_600)] = 60
    took_ms: Positive = 200.0


class Check(_Table, frozen=True):
    """What is measured. Where nothing is shown, it works."""

    service: Slug
    url: Address
    assumed: CheckAssumed
    shows: Annotated[tuple[Shown, ...], msgspec.Meta(max_length=50)] = ()


class PublishedTotal(_Table, frozen=True):
    """How many used a hashtag, as somebody published it."""

    total: Count
    source: Text
    note: str = ""


class HashtagAssumed(_Table, frozen=True, rename={"since": "from"}):
    """Between when a hashtag was used; `total` where none was published.

    `failing_share` of those who use it say that the service fails for them now.
    """

    why: Why
    since: int
    until: int
    failing_share: Share
    total: Count | None = None


class Hashtag(_Table, frozen=True):
    """A hashtag: it follows the reports of the service's faults, or rises and falls once by itself."""

    name: Annotated[str, msgspec.Meta(pattern=r"\A\w{1,80}\Z")]
    assumed: HashtagAssumed
    published: PublishedTotal | None = None


class BuzzAssumed(_Table, frozen=True, rename={"since": "from"}):
    """So many posts between two instants, rising and falling smoothly, that say of no failure."""

    why: Why
    since: int
    until: int
    talk: NotNegative = 0.0
    asking: NotNegative = 0.0


class Buzz(_Table, frozen=True):
    """A service is talked about."""

    assumed: BuzzAssumed


class AboutAssumed(_Table, frozen=True):
    """Posts about one service: what is usual an hour, and what each report of a fault brings with it.

    Posts follow the reports `lag_minutes` later. Those with a hashtag come besides.
    """

    why: Why
    failing_per_hour: NotNegative = 0.0
    working_per_hour: NotNegative = 0.0
    asking_per_hour: NotNegative = 0.0
    talk_per_hour: NotNegative = 0.0
    failing_per_report: NotNegative = 0.0
    working_per_report: NotNegative = 0.0
    asking_per_report: NotNegative = 0.0
    talk_per_report: NotNegative = 0.0
    lag_minutes: NotNegative = 0.0
    languages: Weights = {}


class About(_Table, frozen=True):
    """What is posted about one service."""

    service: Slug
    assumed: AboutAssumed
    hashtag: Annotated[tuple[Hashtag, ...], msgspec.Meta(max_length=20)] = ()
    buzz: Annotated[tuple[Buzz, ...], msgspec.Meta(max_length=20)] = ()


class StreamAssumed(_Table, frozen=True, rename={"since": "from"}):
    """From when until when a source is read, and how much is posted there at all."""

    why: Why
    since: int
    until: int
    per_second: Positive


class Stream(_Table, frozen=True):
    """A source of posts. Only counts are played: no text, no author."""

    name: Slug
    assumed: StreamAssumed
    about: Annotated[tuple[About, ...], msgspec.Meta(max_length=50)] = ()


class Told(_Table, frozen=True):
    """When we saw it, or were told of it."""

    why: Why
    at: int


class Announcement(_Table, frozen=True):
    """What the owner's status page says from some instant on; `native` empty, the page as a whole."""

    service: Slug
    page: Text
    assumed: Told
    native: str = ""
    state: NoticeState = "unknown"
    phase: NoticePhase = "none"
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    components: Annotated[tuple[str, ...], msgspec.Meta(max_length=20)] = ()
    source: str = ""
    created_at: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    until_at: int | None = None
    link: str = ""


class Alteration(_Table, frozen=True):
    """A change, as whoever made it told us; its instants are the teller's."""

    service: Slug
    assumed: Told
    teller: Annotated[str, msgspec.Meta(min_length=1, max_length=80)] = "form"
    native: str = ""
    what: ChangeKind = "other"
    state: ChangeState = "finished"
    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    environment: str = ""
    region: str = ""
    revision: str = ""
    link: str = ""
    planned: bool = False
    source: str = ""
    started_at: int | None = None
    finished_at: int | None = None
    until_at: int | None = None
