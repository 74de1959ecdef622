"""The fold: everything Uproar says is `step` applied to the journal, tick by tick.

    step(state, signals, tick, design) -> (state, decisions)

The signals of a tick are those between two beats of the journal, in the journal's order. Live,
replay, demo, restart and tests call this one function; nothing in it waits, reads the clock or rolls
dice. `step` takes ownership of the state it is given: the old one must not be used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.detect import counting, detector, history, incidents, waves
from uproar.detect.incidents import Case, Tracker
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm, Decision, Incident, Wave
from uproar.model.series import SeriesKey
from uproar.model.signal import Beat, Claim, Report, Signal
from uproar.model.tick import (
    MINUTE_MS,
    TICKS_PER_DAY,
    TICKS_PER_MINUTE,
    end_ms,
    start_ms,
    tick_of,
)

SERIES_MAX = 250_000  # Beyond it no new series is begun; the reports still count for their service.
INCIDENTS_KEPT = 500  # Incidents whose last snapshot stays at hand for pages.
FINISHED_KEPT = 100  # Finished incidents whose curve stays at hand for pages.
CLAIMS_KEPT = 200  # Claims at hand for one service.
ROOT_BUDGET = 0.5  # Share of a service's false alarms that the series of all its reports may have.
CAUTION_MAX = 10.0  # Nats beyond its threshold that an alarm needs at most to open an incident.
SHARE_FLAT = 10  # Parts of a service among which the rest is shared nearly evenly.
BEGIN_COUNT = 3  # Reports within an hour after which a part of a service gets a series of its own.
BUDS_MAX = 100_000  # Candidates for a series of their own, remembered for the running hour.
UNKNOWN_KEPT = 100  # Names of services that are not in the catalog, counted.
LEARNING_TICKS = 14 * TICKS_PER_DAY
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE
MASKED_TICKS_MAX = 7 * TICKS_PER_DAY
FORGET_TICKS = 60 * TICKS_PER_MINUTE
PRIOR_PER_MINUTE = 0.02  # Reports a minute expected of a service of which nothing is known.


class Design(msgspec.Struct, frozen=True):
    """Everything people chose, in one value; its digest is in the journal.

    For the first `warmup_ticks` the baselines learn and no alarm is raised: for replays whose first
    reports are known to be ordinary. Live it is 0: an observatory that knows nothing yet must not
    sleep through the outage that it was started for.
    """

    detection: detector.Design = msgspec.field(default_factory=detector.Design)
    incidents: incidents.IncidentDesign = msgspec.field(default_factory=incidents.IncidentDesign)
    counting: counting.Design = msgspec.field(default_factory=counting.Design)
    prior_per_minute: float = PRIOR_PER_MINUTE
    warmup_ticks: int = 0


@dataclass(slots=True, eq=False)
class State:
    """What the journal has come to. Rows 0 to S-1 are the services, in the catalog's order."""

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
    buds_hour: int = -1
    reports_total: int = 0
    first_tick: int = -1
    late_beats: int = 0
    finished: dict[str, Case] = field(default_factory=dict)
    opened_at: dict[str, int] = field(default_factory=dict)
    rows: dict[SeriesKey, int] = field(default_factory=dict)
    owners: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    children: dict[str, list[int]] = field(default_factory=dict)


def start(catalog: Catalog, design: Design) -> State:
    """Return the state before the first signal."""
    services = sorted(catalog.services)
    keys = [SeriesKey(service) for service in services]
    prior = np.full(len(keys), design.prior_per_minute / TICKS_PER_MINUTE)
    detection = detector.start(design.detection)
    roots = np.full(len(keys), -1, np.int64)
    detection = detector.grow(
        detection, prior, roots, design.detection, np.full(len(keys), ROOT_BUDGET)
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


def step(
    state: State, signals: Sequence[Signal], tick: int, design: Design
) -> tuple[State, tuple[Decision, ...]]:
    """Take in one tick; return the new state and what was decided, in a fixed order.

    Ticks between the state's and `tick` had no beat: they are masked. A tick that is not after the
    state's (a journal put together by hand) is counted in `late_beats` and its signals are dropped.
    """
    if tick <= state.tick:
        state.late_beats += 1
        return state, ()
    decisions: list[Decision] = []
    if state.tick >= 0:
        decisions.extend(_pass_over(state, tick, design))
    else:
        state.first_tick = tick
    state.tick = tick

    if history.turn(state.days, state.hours, tick) and tick % FORGET_TICKS < TICKS_PER_MINUTE:
        for memory in state.memories.values():
            counting.forget(memory, tick)

    tallies = _count(state, signals, tick, design)
    observed = _observe(state, tallies, tick, design)
    reading = _detect(state, observed, tick, design)
    decisions.extend(_alarms(state, reading, tick))
    decisions.extend(_advance(state, tallies, reading, tick, design))
    return state, tuple(decisions)


def _pass_over(state: State, tick: int, design: Design) -> list[Decision]:
    """Tell open incidents of the masked ticks before `tick`; beyond a week it makes no difference."""
    decisions: list[Decision] = []
    for masked_tick in range(max(state.tick + 1, tick - MASKED_TICKS_MAX), tick):
        cases = sorted(s for s, tracker in state.trackers.items() if tracker.case is not None)
        if not cases:
            break
        for service in cases:
            sight = incidents.Sight(service=service, tick=masked_tick, masked=True)
            decisions.extend(_turn(state, sight, design))
    return decisions


def _count(
    state: State, signals: Sequence[Signal], tick: int, design: Design
) -> dict[str, counting.Tallies]:
    """Return the tallies of every service that something arrived for."""
    tallies: dict[str, counting.Tallies] = {}
    for signal in signals:
        if isinstance(signal, Report):
            service = signal.service
            if SeriesKey(service) not in state.rows:
                _note_unknown(state, service)
                continue
            own = tallies.get(service)
            if own is None:
                own = tallies[service] = counting.Tallies()
            memory = state.memories.get(service)
            if memory is None:
                memory = state.memories[service] = counting.Memory()
            since = _since(state, service, tick)
            counting.count(memory, signal, tick, since, own, design.counting)
            state.reports_total += 1
        elif isinstance(signal, Claim):
            claims = state.claims.setdefault(signal.service, [])
            claims.append(signal)
            del claims[:-CLAIMS_KEPT]
        elif isinstance(signal, Beat):
            continue
    return tallies


def _since(state: State, service: str, tick: int) -> int:
    """Return the tick since which a reporter of this service may count once."""
    tracker = state.trackers.get(service)
    case = tracker.case if tracker is not None else None
    if case is not None and case.over_at is None:
        return tick_of(case.onset[0])
    return max(tick - counting.QUIET_WINDOW_TICKS, state.over_ticks.get(service, 0))


def _note_unknown(state: State, service: str) -> None:
    if service in state.unknown or len(state.unknown) < UNKNOWN_KEPT:
        state.unknown[service] = state.unknown.get(service, 0) + 1


def _observe(
    state: State, tallies: dict[str, counting.Tallies], tick: int, design: Design
) -> NDArray[np.float64]:
    """Return this tick's count of every series, beginning the series that are new."""
    counts: dict[SeriesKey, int] = {}
    column = state.days.minute % history.MINUTES
    for service in sorted(tallies):
        own = tallies[service]
        root = state.rows[SeriesKey(service)]
        state.days.observed[root, column] += own.counted
        state.days.works[root, column] += own.works
        state.days.set_aside[root, column] += sum(own.set_aside.values())
        if not own.counted:
            continue
        counts[SeriesKey(service)] = own.counted
        for place in sorted(own.places):
            counts[SeriesKey(service, place=place)] = own.places[place]
        for symptom in sorted(own.symptoms):
            counts[SeriesKey(service, symptom=symptom)] = own.symptoms[symptom]
        for network in sorted(own.networks):
            if network.startswith("AS"):
                counts[SeriesKey(service, network=network)] = own.networks[network]
    state.days.seen[column] += 1

    _begin(state, _ripe(state, counts, tick), design)
    observed = np.zeros(len(state.keys))
    hour_column = state.hours.minute % history.HOUR_MINUTES
    for key, count in counts.items():
        row = state.rows.get(key)
        if row is not None:
            observed[row] = count
            state.hours.observed[row, hour_column] += count
    return observed


def _ripe(state: State, counts: dict[SeriesKey, int], tick: int) -> list[SeriesKey]:
    """Return which parts of services have been heard of often enough to get a series of their own."""
    hour = tick // TICKS_PER_HOUR
    if hour != state.buds_hour:
        state.buds_hour = hour
        state.buds.clear()
    ripe = []
    for key, count in counts.items():
        if key in state.rows:
            continue
        heard = state.buds.get(key, 0) + count
        if heard >= BEGIN_COUNT:
            state.buds.pop(key, None)
            ripe.append(key)
        elif key in state.buds or len(state.buds) < BUDS_MAX:
            state.buds[key] = heard
    return ripe


def _begin(state: State, new: list[SeriesKey], design: Design) -> None:
    """Begin new series below the roots of their services."""
    new = new[: max(0, SERIES_MAX - len(state.keys))]
    if not new:
        return
    parents = [state.rows[SeriesKey(key.service)] for key in new]
    budget = np.empty(len(new))
    for offset, key in enumerate(new):
        children = state.children.setdefault(key.service, [])
        budget[offset] = _share(len(children) + 1)
        children.append(len(state.keys))
        state.rows[key] = len(state.keys)
        state.keys.append(key)
    prior = np.full(len(new), design.prior_per_minute / TICKS_PER_MINUTE)
    state.detection = detector.grow(
        state.detection, prior, np.array(parents, np.int64), design.detection, budget
    )
    state.owners = np.concatenate([state.owners, np.array(parents, np.int64)])
    state.active = np.concatenate([state.active, np.zeros(len(new), np.bool_)])
    history.grow_hours(state.hours, len(state.keys))


def _share(number: int) -> float:
    """Return what the n-th part of a service may spend of the service's budget of false alarms.

    The root spends half; the parts share the other half in shares that fall with their number and
    sum to no more, however many there will be: sum of k/((n+k-1)(n+k)) over n from 1 is 1.
    """
    return (1 - ROOT_BUDGET) * SHARE_FLAT / ((number + SHARE_FLAT - 1) * (number + SHARE_FLAT))


def _detect(
    state: State, observed: NDArray[np.float64], tick: int, design: Design
) -> detector.Reading:
    is_held = np.zeros(len(state.services), np.bool_)
    for service, tracker in state.trackers.items():
        if tracker.is_open:
            is_held[state.rows[SeriesKey(service)]] = True
    hold = is_held[state.owners]
    state.detection, reading = detector.step(
        state.detection, tick, observed, False, hold, design.detection
    )
    if tick - state.first_tick < design.warmup_ticks:
        reading = detector.calm(state.detection, reading)
    state.active = reading.active
    state.expected = reading.expected
    if tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1:
        column = state.days.minute % history.MINUTES
        service_count = len(state.services)
        state.days.expected[:, column] = reading.expected[:service_count] * TICKS_PER_MINUTE
        state.days.size[:, column] = reading.size[:service_count]
    return reading


def _alarms(state: State, reading: detector.Reading, tick: int) -> list[Decision]:
    turned = np.flatnonzero(reading.raised | reading.cleared)
    if not len(turned):
        return []
    score = reading.score
    return [
        Alarm(
            series=state.keys[row],
            state="raised" if reading.raised[row] else "cleared",
            at=end_ms(tick),
            onset=_bracket(reading, int(row)),
            observed=float(history.last_minutes(state.hours, int(row), 15)),
            expected=round(float(reading.expected[row]) * 15 * TICKS_PER_MINUTE, 3),
            score=round(float(score[row]), 3),
        )
        for row in turned
    ]


def _bracket(reading: detector.Reading, row: int) -> tuple[int, int]:
    earliest, latest = reading.onset_tick[row]
    return start_ms(int(earliest)), end_ms(int(latest))


def _advance(
    state: State,
    tallies: dict[str, counting.Tallies],
    reading: detector.Reading,
    tick: int,
    design: Design,
) -> list[Decision]:
    """Advance the incident of every service that has one, or has reason for one."""
    decisions: list[Decision] = []
    # An incident stands on the front page, among those of all services: to be as rarely wrong as one
    # series is, it needs log(services) more than an alarm.
    caution = min(float(np.log(max(1, len(state.services)))), CAUTION_MAX)
    active_rows = np.flatnonzero(reading.active)
    loudest: dict[str, int] = {}
    score = reading.score if len(active_rows) else None
    for row in map(int, active_rows):
        service = state.keys[row].service
        best = loudest.get(service)
        if best is None or (
            not state.keys[best].is_root
            and (state.keys[row].is_root or (score is not None and score[row] > score[best]))
        ):
            loudest[service] = row
    cases = [s for s, tracker in state.trackers.items() if tracker.case is not None]
    for service in sorted({*loudest, *tallies, *cases}):
        root = state.rows[SeriesKey(service)]
        own = tallies.get(service)
        cause = loudest.get(service)
        sight = incidents.Sight(
            service=service,
            tick=tick,
            expected=float(reading.expected[root]),
            size=float(reading.size[root]),
            active=cause is not None,
            strong=cause is not None and detector.margin(state.detection, cause) >= caution,
            onset=_bracket(reading, cause) if cause is not None else None,
        )
        if own is not None:
            sight = msgspec.structs.replace(
                sight,
                observed=own.counted,
                places=own.places,
                symptoms=own.symptoms,
                networks=own.networks,
                works=own.works,
                set_aside=own.set_aside,
            )
        decisions.extend(_turn(state, sight, design))
    return decisions


def _turn(state: State, sight: incidents.Sight, design: Design) -> tuple[Incident, ...]:
    """Advance the incident of one service, and keep at hand what pages need of it."""
    service = sight.service
    before = state.trackers.get(service)
    case = before.case if before is not None else None
    tracker, turned = incidents.advance(before, sight, design.incidents)
    if tracker is not None:
        state.trackers[service] = tracker
        if case is not None and tracker.case is not case:
            state.finished[case.id] = case
            _bound(state.finished, FINISHED_KEPT)
    for incident in turned:
        state.incidents.pop(incident.id, None)
        state.incidents[incident.id] = incident
        _bound(state.incidents, INCIDENTS_KEPT)
        if incident.turn == "opened":
            state.opened_at[incident.id] = incident.at
            _bound(state.opened_at, INCIDENTS_KEPT)
        if incident.phase == "over":
            state.over_ticks[service] = sight.tick
    return turned


def _bound(kept: dict[str, Any], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]


def waves_of(case: Case) -> tuple[Wave, ...]:
    """Return the waves of a running incident as values."""
    return waves.as_waves(case.crests)


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
