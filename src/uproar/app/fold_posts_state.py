"""What the fold remembers of posts: values only, as they lie in a checkpoint."""

from __future__ import annotations

import msgspec

from uproar.detect.bursts import Exposure, Series
from uproar.detect.flow import Flow


class Heard(msgspec.Struct, frozen=True):
    """A source: when a post last came from it, how far its own clock was read, and its cursor."""

    at: int
    until_at: int
    cursor: str


class Stand(msgspec.Struct):
    """A burst that stood: of a hashtag, or (`item` empty) of posts that say the service fails.

    With the item "stream" it is the network itself, which carries far less than usual.

    `first` brackets its beginning, `count` are the posts or authors since then; `cleared_at` is None
    while it stands.
    """

    item: str
    first: tuple[int, int]
    raised_at: int
    count: float
    cleared_at: int | None = None


class Tag(msgspec.Struct):
    """A hashtag of a service: authors who speak of its failing, and all who used it (tick, count)."""

    series: Series = msgspec.field(default_factory=Series)
    used: list[tuple[int, int]] = msgspec.field(default_factory=list)


class Watch(msgspec.Struct):
    """What is posted about one service. `failing` to `new` are of the tick that is being taken in."""

    series: Series = msgspec.field(default_factory=Series)
    tags: dict[str, Tag] = msgspec.field(default_factory=dict)
    stands: list[Stand] = msgspec.field(default_factory=list)
    failing: float = 0.0
    talk: float = 0.0
    new: dict[str, int] = msgspec.field(default_factory=dict)


class Posts(msgspec.Struct):
    """All of it. `flowed`, and `windows` to `behind_ms`, are of the tick that is being taken in.

    `unseen` are stretches in which no source was heard, by arrival; `flows` is how much each stream
    carries, `flowed` its windows (source, posts). `active` are the services of which an alarm stands. `of` posts were read in `windows` of ten
    seconds, `named` of them name a service; `used` are authors by hashtag, `behind_ms` is how
    far behind its arrival the oldest count is.
    """

    exposure: Exposure = msgspec.field(default_factory=Exposure)
    sources: dict[str, Heard] = msgspec.field(default_factory=dict)
    services: dict[str, Watch] = msgspec.field(default_factory=dict)
    active: list[str] = msgspec.field(default_factory=list)
    unseen: list[tuple[int, int]] = msgspec.field(default_factory=list)
    flows: dict[str, Flow] = msgspec.field(default_factory=dict)
    flowed: list[tuple[str, int]] = msgspec.field(default_factory=list)
    windows: float = 0.0
    of: int = 0
    named: float = 0.0
    used: dict[str, int] = msgspec.field(default_factory=dict)
    touched: list[str] = msgspec.field(default_factory=list)
    behind_ms: int = 0
