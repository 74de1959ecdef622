"""The shape of a scenario: the tables of its file as values. See docs/reference/scenario-format.md.

Instants are milliseconds UTC. What is assumed stays apart from what is published, here as in the
file: every `assumed` says `why`, every published figure names its `source`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from uproar.model.asserted import ASSERTED_MAX, Asserted, ClaimRole
from uproar.wire.scenariocause import TrueCause
from uproar.wire.scenariofields import (
    Count,
    HourWeights,
    Network,
    NetworkShares,
    NotNegative,
    PlaceCode,
    PlaceWeights,
    Positive,
    Share,
    Slug,
    Text,
    Weights,
    Why,
)
from uproar.wire.scenariosources import Alteration, Announcement, Check, Stream, Vantage
from uproar.wire.scenariotraffic import Incoming


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: a key that is not known is a mistake."""


class Span(_Table, frozen=True):
    """What is simulated: the history before, and the time that is shown."""

    history: int
    start: int
    end: int


class Rhythm(_Table, frozen=True):
    """How willing people are to report, by hour of their own clock; only the ratios matter."""

    why: Why
    weekday: HourWeights
    weekend: HourWeights


class People(_Table, frozen=True):
    """How people report. `repeat_share` of them report again, each time after about `repeat_minutes`."""

    why: Why
    repeat_share: Share = 0.0
    repeat_minutes: Positive = 30.0
    words_share: Share = 0.0
    channels: Weights = msgspec.field(default_factory=lambda: {"api": 1.0})
    agents: Weights = msgspec.field(default_factory=lambda: {"none": 1.0})


class Networks(_Table, frozen=True):
    """The shares of large access networks in each place; the rest are many small ones."""

    why: Why
    shares: dict[PlaceCode, NetworkShares] = {}


class Background(_Table, frozen=True):
    """Usual reports a minute, worldwide, of services that nothing happens to.

    Countries and symptoms come from the catalog. `dispersion` is the size of the negative binomial
    per minute (0: Poisson), `day_spread` the standard deviation of the logarithm from day to day.
    """

    why: Why
    per_minute: dict[Slug, Positive]
    dispersion: NotNegative = 0.0
    day_spread: NotNegative = 0.0


class World(_Table, frozen=True):
    """What is assumed of the world at large."""

    rhythm: Rhythm
    people: People
    networks: Networks | None = None
    background: Background | None = None


class UsualAssumed(_Table, frozen=True):
    """The usual reports of one service; empty `countries` and `symptoms` are those of the catalog."""

    why: Why
    per_minute: Positive
    dispersion: NotNegative = 0.0
    day_spread: NotNegative = 0.0
    countries: PlaceWeights = {}
    symptoms: Weights = {}


class Usual(_Table, frozen=True):
    """What is usual at one service."""

    service: Slug
    assumed: UsualAssumed


class Truth(_Table, frozen=True):
    """When a fault really began and ended: with a `source`, or `assumed` and `why`."""

    onset: int
    end: int
    source: str = ""
    assumed: bool = False
    why: str = ""


class Figure(_Table, frozen=True):
    """A published figure: the highest count of one place within 15 minutes, centred on `at`.

    Without `reports_15min` only the time was published; `at_least` is a published lower bound.
    """

    place: PlaceCode
    at: int
    source: Text
    reports_15min: Count | None = None
    at_least: Count | None = None
    note: str = ""


class WaveAssumed(_Table, frozen=True):
    """What is assumed of a wave: when reports begin to rise, how fast they fall, missing counts."""

    why: Why
    onset: int
    fall_half_minutes: Positive
    at: int | None = None
    reports_15min: dict[PlaceCode, Count] = {}


class FaultWave(_Table, frozen=True):
    """One rise and fall of reports: linear from onset to peak, then halving again and again."""

    name: Text
    assumed: WaveAssumed
    published: tuple[Figure, ...] = ()


class WordsAssumed(_Table, frozen=True):
    """How often a wording is chosen, beside the other wordings of the fault."""

    why: Why
    weight: Positive


class Wording(_Table, frozen=True):
    """Words that a reporter may type, and the symptom they go with."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=280)]
    symptom: Slug
    assumed: WordsAssumed
    source: str = ""


class FaultAssumed(_Table, frozen=True):
    """What is assumed of a fault.

    `relative` gives the count of each place, as a multiple of that of the place `reference`, were
    people in both equally awake. Between waves reports stay at `simmer` times the usual, and fall
    back with `simmer_half_minutes` after the end. `networks` are the shares of networks hit, where
    the fault is one of a network; `votes_during` and `votes_after` are votes that it works, per
    report, while it lasts and after its end, the latter spread with `votes_half_minutes`.
    """

    why: Why
    reference: PlaceCode
    symptoms: Weights
    relative: PlaceWeights = {}
    simmer: Annotated[float, msgspec.Meta(ge=1)] = 1.0
    simmer_half_minutes: Positive = 30.0
    networks: NetworkShares = {}
    votes_during: Share = 0.0
    votes_after: Share = 0.0
    votes_half_minutes: Positive = 30.0


class Fault(_Table, frozen=True):
    """Something fails at a service."""

    service: Slug
    truth: Truth
    assumed: FaultAssumed
    wave: Annotated[tuple[FaultWave, ...], msgspec.Meta(min_length=1, max_length=50)]
    words: Annotated[tuple[Wording, ...], msgspec.Meta(max_length=100)] = ()


class AttentionAssumed(_Table, frozen=True, rename={"since": "from"}):
    """The usual times `times` at the middle, rising and falling smoothly."""

    why: Why
    since: int
    until: int
    times: Annotated[float, msgspec.Meta(gt=1)]


class Attention(_Table, frozen=True):
    """A service is talked about, and its page visited, although nothing fails."""

    service: Slug
    assumed: AttentionAssumed


class FloodAssumed(_Table, frozen=True, rename={"since": "from"}):
    """So many false reports by so few reporters of one network."""

    why: Why
    since: int
    until: int
    reports: Annotated[int, msgspec.Meta(gt=0, le=1_000_000)]
    reporters: Count
    network: Network
    place: PlaceCode
    symptom: Slug
    words: str = ""


class Flood(_Table, frozen=True):
    """A campaign that calls a healthy service down."""

    service: Slug
    assumed: FloodAssumed


class BlackoutAssumed(_Table, frozen=True, rename={"since": "from"}):
    """When our own intake does not run: no beats, and what people send is lost."""

    why: Why
    since: int
    until: int


class Blackout(_Table, frozen=True):
    """The instrument is silent, the world is not."""

    assumed: BlackoutAssumed


class ClaimAssumed(_Table, frozen=True):
    """When the observatory was told of a statement."""

    why: Why
    at: int


class Statement(_Table, frozen=True):
    """A public statement on the outage. `said_at` only where its minute is published.

    `role` and `asserts` are how we read it; left out, they are worked out from `by` and `said`.
    """

    service: Slug
    by: Text
    said: Text
    source: Text
    assumed: ClaimAssumed
    where: str = ""
    link: str = ""
    said_at: int | None = None
    role: ClaimRole = ""
    asserts: Annotated[tuple[Asserted, ...], msgspec.Meta(max_length=ASSERTED_MAX)] = ()


class Quote(_Table, frozen=True):
    """What was published about the day and is not simulated, kept beside it."""

    text: Text
    source: Text
    unconfirmed: bool = False


class Plan(_Table, frozen=True):
    """A whole scenario file, with the world that it names."""

    format: Annotated[int, msgspec.Meta(ge=1, le=1)]
    seed: Annotated[int, msgspec.Meta(ge=0)]
    title: Text
    note: Text
    span: Span
    assumed: World
    world: Slug = "ordinary"
    sources: dict[str, Text] = {}
    cause: TrueCause | None = None
    usual: Annotated[tuple[Usual, ...], msgspec.Meta(max_length=500)] = ()
    fault: Annotated[tuple[Fault, ...], msgspec.Meta(max_length=50)] = ()
    attention: Annotated[tuple[Attention, ...], msgspec.Meta(max_length=50)] = ()
    flood: Annotated[tuple[Flood, ...], msgspec.Meta(max_length=50)] = ()
    blackout: Annotated[tuple[Blackout, ...], msgspec.Meta(max_length=50)] = ()
    claim: Annotated[tuple[Statement, ...], msgspec.Meta(max_length=200)] = ()
    vantage: Annotated[tuple[Vantage, ...], msgspec.Meta(max_length=20)] = ()
    check: Annotated[tuple[Check, ...], msgspec.Meta(max_length=20)] = ()
    stream: Annotated[tuple[Stream, ...], msgspec.Meta(max_length=5)] = ()
    traffic: Annotated[tuple[Incoming, ...], msgspec.Meta(max_length=10)] = ()
    notice: Annotated[tuple[Announcement, ...], msgspec.Meta(max_length=200)] = ()
    change: Annotated[tuple[Alteration, ...], msgspec.Meta(max_length=200)] = ()
    quote: Annotated[tuple[Quote, ...], msgspec.Meta(max_length=200)] = ()
