"""The state of the fold, and its design: what the journal has come to, and what people chose.

Rows 0 to S-1 of every array are the services in the catalog's order; the series of their parts (a
place, a symptom, a network) follow in the order in which they were begun.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.app import fold_season
from uproar.app.fold_ledger_state import Ledgers
from uproar.app.fold_posts_state import Posts
from uproar.app.fold_traffic_state import Held
from uproar.detect import (
    coldstart,
    counting,
    culprit_scene,
    detector,
    history,
    incidents,
    lookout,
    manners,
    mix,
    probation,
    quorum,
    reach,
    recall,
    waves,
)
from uproar.detect.incidents import Case, Tracker
from uproar.detect.season import Almanac, Season, Universal
from uproar.diagnose.judge import Judge
from uproar.ledger.verdicts import Evidence
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident, Wave
from uproar.model.series import SeriesKey
from uproar.model.service import People
from uproar.model.signal import Change, Claim, Notice, NoticePhase, NoticeState
from uproar.model.tick import MINUTE_MS, TICKS_PER_DAY, TICKS_PER_MINUTE

ACCESS = frozenset(
    {"telecom", "isp"}
)  # Categories whose reporters come from one network by nature.
ROOT_BUDGET = 0.5  # Share of a service's false alarms that the series of all its reports may have.
LEARNING_TICKS = 14 * TICKS_PER_DAY
# Of a service of which nothing is known we expect next to anything: a gamma law of this mean, in
# reports a minute, times its weight (`detect/coldstart`), and this variance of its logarithm, has its
# upper tail among the best known services and most of its weight near none. Minutes of silence, or of
# reports, tell more.
PRIOR_PER_MINUTE = 0.5
PRIOR_DOUBT = 6.0


class Design(msgspec.Struct, frozen=True):
    """Everything people chose, in one value; its digest is in the journal.

    For the first `warmup_ticks` the baselines learn and no alarm is raised: for replays whose first
    reports are known to be ordinary. Live it is 0: an observatory that knows nothing yet must not
    sleep through the outage that it was started for. Without a `judge` nothing is diagnosed.
    """

    detection: detector.Design = msgspec.field(default_factory=detector.Design)
    incidents: incidents.IncidentDesign = msgspec.field(default_factory=incidents.IncidentDesign)
    counting: counting.Design = msgspec.field(default_factory=counting.Design)
    reach: reach.Design = msgspec.field(default_factory=reach.Design)
    probes: quorum.Design = msgspec.field(default_factory=quorum.Design)
    almanac: Almanac = msgspec.field(default_factory=Universal)
    prior_per_minute: float = PRIOR_PER_MINUTE
    warmup_ticks: int = 0
    judge: Judge | None = None


class Turn(msgspec.Struct, frozen=True):
    """What a vendor's page said from `at` on, as we saw it."""

    at: int
    state: NoticeState
    phase: NoticePhase


class Thread(msgspec.Struct):
    """One incident of a vendor's page, or (`notice.native` empty) the page as a whole.

    `turned_at` is when we first saw it say that something fails, for the page the last time that
    began; `seen` tells whether we had looked before and it did not say so.
    """

    first_at: int
    notice: Notice
    turns: list[Turn] = msgspec.field(default_factory=list)
    turned_at: int | None = None
    seen: bool = False


class Lag(msgspec.Struct, frozen=True):
    """When a vendor's page turned about an incident of ours; None if it had not by the end of it."""

    incident: str
    onset: tuple[int, int]
    at: int | None


class Board(msgspec.Struct):
    """What the page of one vendor says: threads in the order in which they were last heard of.

    `known_since` is since when the page has been readable without a break, None while it is not;
    `changes` counts the notices that came.
    """

    threads: dict[str, Thread] = msgspec.field(default_factory=dict)
    known_since: int | None = None
    lags: list[Lag] = msgspec.field(default_factory=list)
    changes: int = 0


class Entry(msgspec.Struct):
    """One change, as it was told last; `first_at` is when we first heard of it.

    `returns` says that a deployment goes back to a revision which had given way to another one.
    """

    change: Change
    first_at: int
    returns: bool = False


class Diary(msgspec.Struct):
    """What was changed at one service: what was done, and what is planned, in the order of the last word.

    `told` counts every word of changes that came.
    """

    done: dict[str, Entry] = msgspec.field(default_factory=dict)
    planned: dict[str, Entry] = msgspec.field(default_factory=dict)
    told: int = 0


@dataclass(slots=True, eq=False)
class State:
    """What the journal has come to. Rows 0 to S-1 are the services, in the catalog's order.

    `calendars` are the shares of clocks that `fold_season` numbers; `access` are the services that are networks themselves; `met` holds when each reporter of the day
    was first heard of, `recalls` where the recent reports of a service came from, `mixes` and
    `manners` where and how they usually come, and `probation` what is not known to be usual yet. `culprits` holds by incident whose fault it seems to be,
    and `culprit_turns` how often a turn was about that alone; `diagnoses` holds why it goes on, `evidence` what statements are held against, `provider_kinds` what the catalog says of providers. `boards` hold what vendors' own pages say, `diaries` what was changed, `claims_told` counts the statements,
    `ledgers` hold what the evidence makes of them,
    `posts` what people post, `lookout` what probes see, `traffic` what those who hold it tell of traffic.
    """

    tick: int
    services: list[str]
    keys: list[SeriesKey]
    detection: detector.State
    active: NDArray[np.bool_]
    expected: NDArray[np.float64]
    days: history.Days
    hours: history.Hours
    memories: dict[str, counting.Memory]
    trackers: dict[str, Tracker]
    over_ticks: dict[str, int]
    incidents: dict[str, Incident]
    claims: dict[str, list[Claim]]
    unknown: dict[str, int]
    buds: dict[SeriesKey, int]
    access: list[str]
    kin: dict[str, culprit_scene.Kin]
    calendars: NDArray[np.float64]
    calendars_first: NDArray[np.float64]
    calendars_day: int = -1
    buds_hour: int = -1
    reports_total: int = 0
    first_tick: int = -1
    late_beats: int = 0
    finished: dict[str, Case] = field(default_factory=dict)
    opened_at: dict[str, int] = field(default_factory=dict)
    awareness: float | None = None
    culprits: dict[str, dict[str, Any]] = field(default_factory=dict)
    culprit_turns: dict[str, int] = field(default_factory=dict)
    diagnoses: dict[str, dict[str, Any]] = field(default_factory=dict)
    evidence: dict[str, Evidence] = field(default_factory=dict)
    provider_kinds: dict[str, str] = field(default_factory=dict)
    people: dict[str, People] = field(default_factory=dict)
    propensities: dict[str, reach.Propensity] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)
    recalls: dict[str, recall.Recall] = field(default_factory=dict)
    mixes: dict[str, mix.Mix] = field(default_factory=dict)
    manners: dict[str, manners.Manners] = field(default_factory=dict)
    probation: dict[str, list[probation.Lot]] = field(default_factory=dict)
    boards: dict[str, Board] = field(default_factory=dict)
    diaries: dict[str, Diary] = field(default_factory=dict)
    claims_told: dict[str, int] = field(default_factory=dict)
    posts: Posts = field(default_factory=Posts)
    ledgers: Ledgers = field(default_factory=Ledgers)
    lookout: lookout.Lookout = field(default_factory=lookout.Lookout)
    traffic: Held = field(default_factory=Held)
    rows: dict[SeriesKey, int] = field(default_factory=dict)
    owners: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    children: dict[str, list[int]] = field(default_factory=dict)


def start(catalog: Catalog, design: Design) -> State:
    """Return the state before the first signal."""
    services = sorted(catalog.services)
    keys = [SeriesKey(service) for service in services]
    weights = coldstart.weights([catalog.services[service] for service in services])
    prior = weights * (design.prior_per_minute / TICKS_PER_MINUTE)
    detection = detector.start(design.detection)
    roots = np.full(len(keys), -1, np.int64)
    countries = {slug: catalog.services[slug].countries for slug in services}
    season = Season(design.almanac, fold_season.at_start(design.almanac, countries))
    detection = detector.grow(
        detection,
        prior,
        roots,
        design.detection,
        np.full(len(keys), ROOT_BUDGET),
        calendars=np.array(
            [fold_season.calendar_of(season, key, row) for row, key in enumerate(keys)]
        ),
        doubt=PRIOR_DOUBT,
        season=season,
    )
    state = State(
        tick=-1,
        services=services,
        keys=keys,
        detection=detection,
        active=np.zeros(len(keys), np.bool_),
        expected=prior.copy(),
        days=history.start_days(len(services)),
        hours=history.start_hours(len(keys)),
        memories={},
        trackers={},
        over_ticks={},
        incidents={},
        claims={},
        unknown={},
        buds={},
        calendars=season.shares,
        calendars_first=season.shares.copy(),
        access=[slug for slug in services if catalog.services[slug].category in ACCESS],
        kin=culprit_scene.kin_of(catalog),
        awareness=design.reach.awareness,
        provider_kinds={slug: known.kind for slug, known in catalog.providers.items()},
        people={slug: known.people for slug, known in catalog.services.items() if known.people},
    )
    index(state)
    return state


def index(state: State) -> None:
    """Rebuild what is derived from `keys`: where each series lies and which service owns it."""
    state.rows = {key: row for row, key in enumerate(state.keys)}
    state.children = {}
    for row, key in enumerate(state.keys):
        if not key.is_root:
            state.children.setdefault(key.service, []).append(row)
    place = {service: row for row, service in enumerate(state.services)}
    state.owners = np.array([place[key.service] for key in state.keys], np.int64)


def season_of(state: State, design: Design) -> Season:
    """Return by which clocks the series live."""
    return Season(design.almanac, state.calendars)


def waves_of(case: Case) -> tuple[Wave, ...]:
    """Return the waves of a running incident as values."""
    return waves.as_waves(case.crests)


def usual(state: State, row: int, minutes: int) -> float:
    """Return what is expected of a series in `minutes` minutes at this hour."""
    return float(state.expected[row]) * minutes * TICKS_PER_MINUTE


def is_learning(state: State) -> bool:
    """Tell whether less than two weeks are known."""
    return state.first_tick < 0 or state.tick - state.first_tick < LEARNING_TICKS


def blind_stretches(state: State) -> list[tuple[int, int]]:
    """Return the stretches of the last day in which no beat arrived, as (from, until)."""
    if state.tick < 0:
        return []
    minute = state.days.minute
    first = max(minute - history.MINUTES + 1, state.first_tick // TICKS_PER_MINUTE)
    stretches: list[tuple[int, int]] = []
    for number in range(first, minute + 1):
        if state.days.seen[number % history.MINUTES] == 0:
            begin = number * MINUTE_MS
            if stretches and stretches[-1][1] == begin:
                stretches[-1] = (stretches[-1][0], begin + MINUTE_MS)
            else:
                stretches.append((begin, begin + MINUTE_MS))
    return stretches


def case_of(state: State, incident: Incident) -> Case | None:
    """Return the running record of an incident, or what was kept of it, or None."""
    tracker = state.trackers.get(incident.service)
    if tracker is not None and tracker.case is not None and tracker.case.id == incident.id:
        return tracker.case
    return state.finished.get(incident.id)
