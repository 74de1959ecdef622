"""What a page is made from: plain values, complete, without any look-up left to do.

`app` fills these in from the pipeline's state; `present` turns them into words, charts and bytes.
Instants are milliseconds UTC. A count of None is missing: we were blind, which is not zero.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.model.incident import Phase, Wave
from uproar.present.judgement_views import Extent, Reach, Size, Whose
from uproar.present.source_views import Changed, Line, OwnPage, Probes, Strip
from uproar.present.traffic_views import TrafficView
from uproar.present.why_views import Spoken, Why

State = Literal["quiet", "early", "problems", "recovering", "over", "cannot-tell"]


class Chart(msgspec.Struct, frozen=True):
    """Counts of reports by step, with the range that is usual (10 to 90 %).

    All four sequences have one length; `start_at` is the beginning of the first step. The last step
    may still be running: pages and twins leave it out until it is full (`charts.full`).
    """

    start_at: int
    step_ms: int
    observed: tuple[int | None, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


class Tally(msgspec.Struct, frozen=True):
    """One row of a table: how many reports carried `id`, and how many would be usual (or None)."""

    id: str
    label: str
    count: int
    usual: float | None = None


class Blind(msgspec.Struct, frozen=True):
    """A stretch in which our own intake did not run."""

    from_at: int
    until_at: int


class Replay(msgspec.Struct, frozen=True):
    """The notice of a page that shows a replayed day instead of the present."""

    title: str
    note: str
    progress: float
    phase: Literal["learning", "running", "done"]
    speed: float


class IncidentView(msgspec.Struct, frozen=True):
    """Everything the incident page shows."""

    id: str
    service: str
    name: str
    state: State
    phase: Phase
    onset: tuple[int, int]
    recovery: tuple[int, int] | None
    waves: tuple[Wave, ...]
    reports: int
    works: int
    set_aside: dict[str, int]
    chart: Chart
    places: tuple[Tally, ...]
    symptoms: tuple[Tally, ...]
    networks: tuple[Tally, ...]
    timeline: tuple[Line, ...]
    claims: tuple[Line, ...]
    blind: tuple[Blind, ...]
    as_of: int
    reports_15min: int
    usual_15min: float
    learning: bool = False
    ended: tuple[int, int] | None = None
    size: Size | None = None
    extents: tuple[Extent, ...] = ()
    reach: Reach | None = None
    whose: Whose | None = None
    independent: int | None = None
    discounted: dict[str, int] = {}
    mix_nats: float | None = None
    own_page: OwnPage | None = None
    strips: tuple[Strip, ...] = ()
    changes: tuple[Changed, ...] = ()
    traffic: TrafficView | None = None
    why: Why | None = None
    spoken: Spoken = Spoken()


class IncidentLine(msgspec.Struct, frozen=True):
    """An incident as one line of a list."""

    id: str
    service: str
    name: str
    state: State
    onset: tuple[int, int]
    recovery: tuple[int, int] | None
    reports: int
    peak_count: int
    peak_place: str
    wave_count: int


class ServiceView(msgspec.Struct, frozen=True):
    """Everything the service page shows. `symptom_choices` are (id, label) for the report form.

    `symptoms` and `places` are of the last hour, largest first. `incident` is the one that is going
    on, or that ended so recently that `state` is "over"; `watched_since` is the first instant from
    which we have counts of this service, if any.
    """

    slug: str
    name: str
    other_names: tuple[str, ...]
    category: str
    category_label: str
    domains: tuple[str, ...]
    providers: tuple[str, ...]
    status_url: str
    symptom_choices: tuple[tuple[str, str], ...]
    state: State
    as_of: int
    learning: bool
    reports_15min: int
    usual_15min: float
    works_15min: int
    set_aside_15min: int
    chart: Chart
    symptoms: tuple[Tally, ...]
    places: tuple[Tally, ...]
    incident: IncidentView | None
    past: tuple[IncidentLine, ...]
    blind: tuple[Blind, ...]
    watched_since: int | None = None
    own_page: OwnPage | None = None
    probes: Probes | None = None
    traffic: TrafficView | None = None


class ServiceCard(msgspec.Struct, frozen=True):
    """A service as the home page shows it; `spark` is the last 24 h in steps of 15 minutes."""

    slug: str
    name: str
    category: str
    category_label: str
    state: State
    reports_15min: int
    usual_15min: float
    since: tuple[int, int] | None
    spark: tuple[int | None, ...]


class HomeView(msgspec.Struct, frozen=True):
    """Everything the home page shows. Cards in `failing` share one scale, `spark_max`."""

    as_of: int
    failing: tuple[ServiceCard, ...]
    services: tuple[ServiceCard, ...]
    recent: tuple[IncidentLine, ...]
    spark_max: int
    blind_now: bool
    reports_24h: int
    learning: bool = False


class Site(msgspec.Struct, frozen=True):
    """What every page shares: the observatory's name, the notice of a replay, the refresh interval.

    `base_url` is where the public reaches the site (https://status.example.org, no slash at the
    end); it is needed for canonical links only and may be left out.
    """

    title: str = "Uproar"
    replay: Replay | None = None
    refresh_s: int = 10
    source_url: str = ""
    base_url: str = ""
