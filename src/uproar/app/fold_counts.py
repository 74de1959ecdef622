"""From the signals of a tick to the counts of every series, beginning the series that are new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.app import fold_season, fold_sources
from uproar.app.fold_evidence import meet
from uproar.app.fold_state import ROOT_BUDGET, Design, State, season_of
from uproar.detect import counting, detector, history, recall
from uproar.model.series import SeriesKey
from uproar.model.signal import Report, Signal
from uproar.model.tick import TICKS_PER_MINUTE, tick_of

SERIES_MAX = 250_000  # Beyond it no new series is begun; the reports still count for their service.
SHARE_FLAT = 10  # Parts of a service among which the rest is shared nearly evenly.
PART_SHARE = 0.3  # Of a service's reports, what a part that begins is expected to have,
PART_DOUBT = 2.0  # with this variance of its logarithm: a tenth or three times as well.
PART_PRIOR_PER_MINUTE = 0.02  # Reports a minute that a part is expected to have at least.
BEGIN_COUNT = 3  # Reports within an hour after which a part of a service gets a series of its own.
BUDS_MAX = 100_000  # Candidates for a series of their own, remembered for the running hour.
UNKNOWN_KEPT = 100  # Names of services that are not in the catalog, counted.
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE


class _Book(NamedTuple):
    """What counting the reports of one service in one tick needs; none of it changes within a tick."""

    memory: counting.Memory
    tallies: counting.Tallies
    since_tick: int
    rules: counting.Design


def count(
    state: State, signals: Sequence[Signal], tick: int, design: Design
) -> dict[str, counting.Tallies]:
    """Return the tallies of every service that something arrived for."""
    books: dict[str, _Book] = {}
    for signal in signals:
        if isinstance(signal, Report):
            book = books.get(signal.service)
            if book is None:
                if SeriesKey(signal.service) not in state.rows:
                    _note_unknown(state, signal.service)
                    continue
                book = books[signal.service] = _open_book(state, signal.service, tick, design)
            _count_one(state, signal, tick, book)
            state.reports_total += 1
        else:
            fold_sources.take(state, signal)
    return {service: book.tallies for service, book in books.items()}


def _count_one(state: State, report: Report, tick: int, book: _Book) -> None:
    """Count a report or set it aside; remember where and how it came if it counts."""
    came = meet(state, report, tick)
    tallies = book.tallies
    before = tallies.counted
    counting.count(book.memory, report, tick, book.since_tick, tallies, book.rules)
    if tallies.counted == before:
        return
    cell = recall.Cell(report.place, report.symptom, report.network, report.prefix)
    recall.note(state.recalls.setdefault(report.service, recall.Recall()), tick, cell, came)
    origin = (report.network, report.place)
    tallies.cells[origin] = tallies.cells.get(origin, 0) + 1
    for manner in came:
        tallies.manners[manner] = tallies.manners.get(manner, 0) + 1


def _open_book(state: State, service: str, tick: int, design: Design) -> _Book:
    rules = design.counting
    if service in state.access:
        # Whoever reports a network is mostly in it: there a share of one network says nothing.
        rules = msgspec.structs.replace(rules, network_share=1.0)
    memory = state.memories.setdefault(service, counting.Memory())
    return _Book(memory, counting.Tallies(), _since(state, service, tick), rules)


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


def observe(
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
    least = PART_PRIOR_PER_MINUTE / TICKS_PER_MINUTE
    prior = np.maximum(PART_SHARE * state.expected[parents], least)
    season = season_of(state, design)
    calendars = [
        fold_season.calendar_of(season, key, row) for key, row in zip(new, parents, strict=True)
    ]
    state.detection = detector.grow(
        state.detection,
        prior,
        np.array(parents, np.int64),
        design.detection,
        budget,
        calendars=np.array(calendars),
        doubt=PART_DOUBT,
        season=season,
    )
    state.owners = np.concatenate([state.owners, np.array(parents, np.int64)])
    history.grow_hours(state.hours, len(state.keys))


def _share(number: int) -> float:
    """Return what the n-th part of a service may spend of the service's budget of false alarms.

    The root spends half; the parts share the other half in shares that fall with their number and
    sum to no more, however many there will be: sum of k/((n+k-1)(n+k)) over n from 1 is 1.
    """
    return (1 - ROOT_BUDGET) * SHARE_FLAT / ((number + SHARE_FLAT - 1) * (number + SHARE_FLAT))
