"""The fold: everything Uproar says is `step` applied to the journal, tick by tick.

    step(state, signals, tick, design) -> (state, decisions)

The signals of a tick are those between two beats of the journal, in the journal's order. Live,
replay, demo, restart and tests call this one function; nothing in it waits, reads the clock or rolls
dice. `step` takes ownership of the state it is given: the old one must not be used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.app import fold_culprit, fold_diagnosis, fold_notices, fold_season, fold_sources
from uproar.app.fold_counts import count, observe
from uproar.app.fold_evidence import Support, forget, learn, support
from uproar.app.fold_judge import judged, parts_of
from uproar.app.fold_state import Design, State, index, season_of, start
from uproar.detect import counting, detector, history, incidents
from uproar.model.incident import Alarm, Decision, Incident
from uproar.model.series import SeriesKey
from uproar.model.signal import Signal
from uproar.model.tick import TICKS_PER_DAY, TICKS_PER_MINUTE, end_ms, start_ms

__all__ = ["Design", "State", "index", "start", "step"]

INCIDENTS_KEPT = 500  # Incidents whose last snapshot stays at hand for pages.
FINISHED_KEPT = 100  # Finished incidents whose curve stays at hand for pages.
FRESH_TICKS = (
    10 * TICKS_PER_MINUTE
)  # So long after an onset it is asked each tick who is behind it.
CAUTION_MAX = 10.0  # Nats beyond its threshold that an alarm needs at most to open an incident.
MASKED_TICKS_MAX = 7 * TICKS_PER_DAY
FORGET_TICKS = 60 * TICKS_PER_MINUTE


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
        forget(state, tick)

    if tick // TICKS_PER_DAY != state.calendars_day:
        state.calendars_day = tick // TICKS_PER_DAY
        fold_season.relearn(
            state.calendars, state.calendars_first, design.almanac, state.services, state.mixes
        )
    tallies = count(state, signals, tick, design)
    observed = observe(state, tallies, tick, design)
    reading = _detect(state, observed, tick, design)
    decisions.extend(_alarms(state, reading, tick))
    decisions.extend(_advance(state, tallies, reading, tick, design))
    decisions = fold_culprit.follow(state, decisions, tick)
    decisions.extend(fold_sources.turn(state, tick, design))
    return state, tuple(fold_diagnosis.follow(state, decisions, tick, design))


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


def _detect(
    state: State, observed: NDArray[np.float64], tick: int, design: Design
) -> detector.Reading:
    is_held = np.zeros(len(state.services), np.bool_)
    for service, tracker in state.trackers.items():
        if tracker.is_open:
            is_held[state.rows[SeriesKey(service)]] = True
    hold = is_held[state.owners]
    state.detection, reading = detector.step(
        state.detection,
        tick,
        observed,
        masked=False,
        hold=hold,
        design=design.detection,
        season=season_of(state, design),
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
            onset=_bracket(state, reading, int(row)),
            observed=float(history.last_minutes(state.hours, int(row), 15)),
            expected=round(float(reading.expected[row]) * 15 * TICKS_PER_MINUTE, 3),
            score=round(float(score[row]), 3),
        )
        for row in turned
    ]


def _bracket(state: State, reading: detector.Reading, row: int) -> tuple[int, int]:
    """Return the onset of a row in alarm. We say nothing of the time before we watched."""
    earliest, latest = reading.onset_tick[row]
    return start_ms(max(int(earliest), state.first_tick)), end_ms(int(latest))


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
    causes: dict[str, list[int]] = {}
    score = reading.score if len(active_rows) else np.zeros(0)
    for row in map(int, active_rows):
        causes.setdefault(state.keys[row].service, []).append(row)
    for rows in causes.values():
        rows.sort(key=lambda row: (not state.keys[row].is_root, -score[row], row))
    learn(state, tallies, set(causes), tick)
    cases = [s for s, tracker in state.trackers.items() if tracker.case is not None]
    for service in sorted({*causes, *tallies, *cases}):
        root = state.rows[SeriesKey(service)]
        own = tallies.get(service) or counting.Tallies()
        cause, found = None, None
        if service in causes:
            cause = causes[service][0]
            found = _supported(state, service, causes[service], reading, tick, design, caution)
        sight = incidents.Sight(
            service=service,
            tick=tick,
            observed=own.counted,
            expected=float(reading.expected[root]),
            size=float(reading.size[root]),
            active=cause is not None,
            strong=found is not None and found.margin >= caution,
            sound=found is not None and found.margin >= 0.0,
            onset=_bracket(state, reading, cause) if cause is not None else None,
            places=own.places,
            symptoms=own.symptoms,
            networks=own.networks,
            works=own.works,
            set_aside=own.set_aside,
            parts=(
                parts_of(state, service, reading)
                if _is_wanted(state, service, tick, in_alarm=cause is not None)
                else {}
            ),
        )
        decisions.extend(_turn(state, sight, design))
    return decisions


def _supported(
    state: State,
    service: str,
    rows: list[int],
    reading: detector.Reading,
    tick: int,
    design: Design,
    caution: float,
) -> Support | None:
    """Return what stands behind the alarms of a service, where that is asked: no incident is open.

    A new incident needs `caution`, one that is opened again an alarm that stands. An alarm that has
    stood for long without enough behind it is asked about once a minute.
    """
    tracker = state.trackers.get(service)
    if tracker is not None and tracker.is_open:
        return None
    newest = max(int(reading.onset_tick[row, 1]) for row in rows)
    if tick - newest > FRESH_TICKS and tick % TICKS_PER_MINUTE != TICKS_PER_MINUTE - 1:
        return None
    least = caution if tracker is None or tracker.case is None else 0.0
    found = support(state, service, rows, reading, tick, design, least)
    return found if found is not None and found.count >= design.incidents.reports_min else None


def _is_wanted(state: State, service: str, tick: int, *, in_alarm: bool) -> bool:
    """Tell whether the parts of a service are looked at: where an incident may open, or each minute."""
    tracker = state.trackers.get(service)
    if tracker is None or not tracker.is_open:
        return in_alarm
    return tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1


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
    record = tracker.case if tracker is not None else None
    if record is not None:
        turned = tuple(judged(state, incident, record) for incident in turned)
    for incident in turned:
        state.incidents.pop(incident.id, None)
        state.incidents[incident.id] = incident
        _bound(state.incidents, INCIDENTS_KEPT)
        if incident.turn == "opened":
            state.opened_at[incident.id] = incident.at
            _bound(state.opened_at, INCIDENTS_KEPT)
        fold_notices.follow(state, incident)
        if incident.phase == "over":
            state.over_ticks[service] = sight.tick
    return turned


def _bound(kept: dict[str, Any], most: int) -> None:
    while len(kept) > most:
        del kept[next(iter(kept))]
