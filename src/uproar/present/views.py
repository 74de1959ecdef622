"""What a page is made from: plain values, complete, without any look-up left to do.

`app` fills these in from the pipeline's state; `present` turns them into words, charts and bytes.
Instants are milliseconds UTC. A count of None is missing: we were blind, which is not zero.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.model.incident import Phase, Wave
from uproar.model.signal import ChangeKind, ChangeState, NoticePhase, NoticeState

State = Literal["quiet", "early", "problems", "recovering", "over", "cannot-tell"]
Source = Literal["probes", "posts", "notices", "providers", "changes", "claims"]


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


class Line(msgspec.Struct, frozen=True):
    """One entry of a timeline: when, what kind of thing it is, and the sentence."""

    at: int
    kind: Literal[
        "report", "alarm", "wave", "phase", "claim", "notice", "probe", "post", "change", "blind"
    ]
    text: str
    link: str = ""


class Span(msgspec.Struct, frozen=True):
    """A stretch of a strip: `bad` says that it fails, `odd` unusual, `planned` announced, `unseen` not known."""

    from_at: int
    until_at: int
    state: Literal["bad", "odd", "planned", "unseen"]
    text: str = ""


class Spot(msgspec.Struct, frozen=True):
    """An instant of a strip, and what happened then."""

    at: int
    state: Literal["bad", "odd", "good", "neutral"]
    text: str
    link: str = ""


class Strip(msgspec.Struct, frozen=True):
    """What one source of signals saw around an incident, drawn under the chart of reports.

    `said` is one sentence: what it saw and since when, or that it saw nothing, or why that is not
    known. `first_at` is when it first saw the failure, None where it did not.
    """

    source: Source
    label: str
    said: str
    first_at: int | None = None
    spans: tuple[Span, ...] = ()
    spots: tuple[Spot, ...] = ()


class Changed(msgspec.Struct, frozen=True):
    """A change near an incident, and how far it lies from the onset: brackets of milliseconds.

    `relation` says how it lies to the onset. `to_onset` is least and most time from it to the onset,
    negative where it came after; `to_recovery` the same to the recovery, None where that is not known
    or lies before it. `at` is the instant that is measured from; `returns` marks a deployment of a
    revision that had given way to another one.
    """

    source: str
    native: str
    what: ChangeKind
    state: ChangeState
    title: str
    at: int
    first_at: int
    relation: Literal["before", "under-way", "within", "after"]
    to_onset: tuple[int, int]
    to_recovery: tuple[int, int] | None = None
    environment: str = ""
    region: str = ""
    revision: str = ""
    link: str = ""
    planned: bool = False
    returns: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    until_at: int | None = None


class Replay(msgspec.Struct, frozen=True):
    """The notice of a page that shows a replayed day instead of the present."""

    title: str
    note: str
    progress: float
    phase: Literal["learning", "running", "done"]
    speed: float


class Size(msgspec.Struct, frozen=True):
    """How severe an incident is, and what that rests on (`detect.severity`)."""

    level: Literal["minor", "moderate", "major"]
    times_usual: float
    excess: int
    share: float


class Extent(msgspec.Struct, frozen=True):
    """What one axis says of where an incident is (`detect.where`); `names` are ready to be shown."""

    axis: Literal["place", "network", "symptom"]
    extent: Literal["everywhere", "only", "mostly", "several", "unknown"]
    among: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    continents: tuple[str, ...] = ()
    times_usual: float = 0.0
    share_usual: float = 0.0
    share_excess: float = 0.0


class People(msgspec.Struct, frozen=True):
    """How many people use the service, as somebody published it."""

    count: int
    what: str
    as_of: str
    source: str


class Reach(msgspec.Struct, frozen=True):
    """People affected (`detect.reach`): `people` is (low, mid, high) at `level`, or None and `why_not`."""

    people: tuple[int, int, int] | None
    level: float
    method: tuple[str, ...]
    why_not: str
    reports: int
    works: int
    service_people: People | None


class Answer(msgspec.Struct, frozen=True):
    """One explanation of an incident and its probability (`detect.culprit`), with the counts it rests on.

    `reports` of `of` came from the network, site or place; `failing` of `listed` services depend on
    the provider; `excess` is that of the incident that is echoed.
    """

    kind: Literal["service", "provider", "access", "home", "place", "echo", "unknown"]
    name: str
    label: str
    probability: float
    reports: int = 0
    of: int = 0
    listed: int = 0
    failing: int = 0
    excess: int = 0


class Whose(msgspec.Struct, frozen=True):
    """Whose fault an incident seems to be, as found at `at` from the last `minutes` of `services`."""

    answers: tuple[Answer, ...]
    at: int
    minutes: int
    services: int
    excess: float


class Said(msgspec.Struct, frozen=True):
    """One incident of the owner's status page, as it stands there since `at`.

    `first_at` is our first sight of it as a failure, exact to our interval of looking where `seen`;
    else it stood there when we first looked. `lag` is how long after our onset that was (least, most).
    `created_at`, `started_at` and `resolved_at` are the owner's word.
    """

    native: str
    title: str
    state: NoticeState
    phase: NoticePhase
    first_at: int
    at: int
    seen: bool
    components: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    created_at: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    link: str = ""
    lag: tuple[int, int] | None = None


class Window(msgspec.Struct, frozen=True):
    """Planned maintenance that the owner's page announces."""

    title: str
    from_at: int
    until_at: int
    link: str = ""


class Record(msgspec.Struct, frozen=True):
    """How late the owner's page was: it turned in `turned` of `incidents` of ours, so long after onset."""

    turned: int
    incidents: int
    median_ms: int | None
    least_ms: int | None
    most_ms: int | None


class OwnPage(msgspec.Struct, frozen=True):
    """What the owner's own status page says; about an incident, what it said of that.

    `state` holds since `since`; `why` is the reason where it is unknown, and `unread` that the page
    could not be read. `turned` is when the page as a whole turned, and how long after our onset.
    """

    page: str
    state: NoticeState
    since: int
    why: str = ""
    unread: bool = False
    said: tuple[Said, ...] = ()
    windows: tuple[Window, ...] = ()
    turned: tuple[int, tuple[int, int]] | None = None
    record: Record | None = None


class Probes(msgspec.Struct, frozen=True):
    """What probes see of a service now: a sentence, and how each check stands (plain values)."""

    said: str
    checks: tuple[dict[str, object], ...] = ()


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
