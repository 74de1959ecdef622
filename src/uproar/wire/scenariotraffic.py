"""The shape of what a scenario lets come to a service's addresses: the usual, crowds, and blows of attacks.

A file says what comes, never what is to be made of it: whether it is told as an attack, and how sure, the rules of
`trace` say, on packets that are made for it. Instants are milliseconds UTC, rates packets a second.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from uproar.wire.scenariofields import (
    AutonomousSystem,
    Count,
    NotNegative,
    PlaceWeights,
    Positive,
    Share,
    Slug,
    Text,
    Why,
)

Target = Annotated[str, msgspec.Meta(min_length=2, max_length=80)]
Targets = Annotated[tuple[Target, ...], msgspec.Meta(max_length=16)]
Vector = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]+\.[a-z-]{1,39}\Z")]
CrowdKind = Literal["flash-crowd", "retry-storm"]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: a key that is not known is a mistake."""


class BlowAssumed(_Table, frozen=True, rename={"since": "from"}):
    """One vector's part: when, how much, of how many sources (of forged ones none is asked), and what their places are.

    `targets` are those of the table that are hit; none named: all. `known_share` of it comes from networks that came before.
    """

    why: Why
    since: int
    until: int
    packets_s: Positive
    forged: bool = False
    sources: Count = 1_000
    countries: PlaceWeights = {}
    networks: dict[AutonomousSystem, Positive] = {}
    known_share: Share | None = None
    targets: Targets = ()


class Blow(_Table, frozen=True):
    """One vector's part of an attack; `source` where it is published that it came."""

    vector: Vector
    assumed: BlowAssumed
    source: str = ""
    note: str = ""


class CrowdAssumed(_Table, frozen=True, rename={"since": "from"}):
    """People (or their devices) come: up to so many packets a second and so many sources, rising and falling smoothly."""

    why: Why
    since: int
    until: int
    packets_s: Positive
    sources: Count
    known_share: Share | None = None
    targets: Targets = ()


class Crowd(_Table, frozen=True):
    """Many come at once, with whole connections as far as they are answered."""

    kind: CrowdKind
    assumed: CrowdAssumed


class IncomingAssumed(_Table, frozen=True, rename={"since": "from"}):
    """From when until when somebody who holds the traffic tells of it, and what is usual at each target.

    `packets_s` is a mean over the week: it follows the hours of the service's countries. `spread` is the standard deviation
    of its logarithm from tick to tick, `sources` how many addresses send in a tick, `one_of` the sampling.
    """

    why: Why
    since: int
    until: int
    packets_s: Positive
    sources: Count
    spread: NotNegative = 0.05
    known_share: Share | None = None
    one_of: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1


class Incoming(_Table, frozen=True):
    """What comes to some addresses that serve one service."""

    service: Slug
    targets: Annotated[tuple[Target, ...], msgspec.Meta(min_length=1, max_length=16)]
    assumed: IncomingAssumed
    teller: Text = "flows"
    group: Annotated[str, msgspec.Meta(max_length=60)] = ""
    crowd: Annotated[tuple[Crowd, ...], msgspec.Meta(max_length=20)] = ()
    blow: Annotated[tuple[Blow, ...], msgspec.Meta(max_length=20)] = ()
