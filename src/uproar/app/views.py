"""From the fold's state to what the pages show. Reads the state, changes nothing in it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray

from uproar.app import fold, fold_state, probes_view, traffic_view
from uproar.app.incident_view import (
    PHASE_STATES,
    blind,
    incident_line,
    is_blind,
    missing_where_blind,
    open_case,
)
from uproar.app.notices_view import own_page
from uproar.detect import detector, history
from uproar.model import place, symptom
from uproar.model.catalog import Catalog
from uproar.model.series import SeriesKey
from uproar.model.service import CATEGORIES, Service
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, start_ms
from uproar.present.views import (
    Chart,
    HomeView,
    IncidentLine,
    IncidentView,
    ServiceCard,
    ServiceView,
    State,
    Tally,
)

Floats = NDArray[np.float64]

RECENT_MINUTES = 15
CHART_MINUTES = 5  # minutes of one step of the day's chart
CHART_TICKS = CHART_MINUTES * TICKS_PER_MINUTE
SPARK_MINUTES = 15  # minutes of one step of a card's line
PAST_SHOWN = 20
RECENT_SHOWN = 12
TALLIES_SHOWN = 30


def home(state: fold.State, catalog: Catalog, now_ms: int) -> HomeView:
    """Return what the home page shows."""
    alarmed = alarmed_services(state)
    cards = [card(state, service, now_ms, alarmed) for service in catalog]
    loud = [c for c in cards if c.state in {"early", "problems", "recovering"}]
    loud.sort(key=lambda c: (c.state != "problems", -c.reports_15min, c.slug))
    recent = [incident_line(incident, catalog) for incident in state.incidents.values()]
    recent.sort(key=lambda line: line.onset, reverse=True)
    first = history.columns(state.days.minute, history.MINUTES)
    return HomeView(
        as_of=now_ms,
        failing=tuple(loud),
        services=tuple(cards),
        recent=tuple(recent[:RECENT_SHOWN]),
        spark_max=max((n or 0 for c in loud for n in c.spark), default=0),
        blind_now=is_blind(state, now_ms),
        reports_24h=int(state.days.observed[:, first].sum()),
        learning=fold_state.is_learning(state),
    )


def card(
    state: fold.State, service: Service, now_ms: int, alarmed: AbstractSet[str]
) -> ServiceCard:
    """Return one service as the home page shows it."""
    row = state.rows[SeriesKey(service.slug)]
    case = open_case(state, service.slug)
    now = service_state(state, service.slug, now_ms, alarmed)
    return ServiceCard(
        slug=service.slug,
        name=service.name,
        category=service.category,
        category_label=CATEGORIES[service.category].label,
        state=now,
        reports_15min=history.last_minutes(state.hours, row, RECENT_MINUTES),
        usual_15min=fold_state.usual(state, row, RECENT_MINUTES),
        since=case.onset if case is not None and case.over_at is None else None,
        spark=() if now in {"quiet", "cannot-tell"} else _spark(state, row),
    )


def service(
    state: fold.State,
    catalog: Catalog,
    known: Service,
    now_ms: int,
    incident: IncidentView | None = None,
) -> ServiceView:
    """Return what the page of one service shows; `incident` is the view of its open one."""
    row = state.rows[SeriesKey(known.slug)]
    recent = history.columns(state.days.minute, RECENT_MINUTES)
    return ServiceView(
        slug=known.slug,
        name=known.name,
        other_names=known.names,
        category=known.category,
        category_label=CATEGORIES[known.category].label,
        domains=known.domains,
        providers=tuple(
            catalog.providers[slug].name for slug in known.providers if slug in catalog.providers
        ),
        status_url=known.status.url if known.status is not None else "",
        symptom_choices=tuple((id_, symptom.label(id_)) for id_ in known.symptoms),
        state=service_state(state, known.slug, now_ms, alarmed_services(state)),
        as_of=now_ms,
        learning=fold_state.is_learning(state),
        reports_15min=history.last_minutes(state.hours, row, RECENT_MINUTES),
        usual_15min=fold_state.usual(state, row, RECENT_MINUTES),
        works_15min=int(state.days.works[row, recent].sum()),
        set_aside_15min=int(state.days.set_aside[row, recent].sum()),
        chart=day_chart(state, row, now_ms),
        symptoms=_tallies(state, known.slug, "symptom"),
        places=_tallies(state, known.slug, "place"),
        incident=incident,
        past=tuple(_past(state, catalog, known.slug)),
        blind=blind(state, now_ms),
        watched_since=None if state.first_tick < 0 else start_ms(state.first_tick),
        own_page=own_page(state, known.slug, now_ms),
        probes=probes_view.seen(state, known.slug, now_ms),
        traffic=traffic_view.of_day(state, known.slug, now_ms),
    )


def service_state(state: fold.State, slug: str, now_ms: int, alarmed: AbstractSet[str]) -> State:
    """Return what the page of a service says first; `alarmed` are the services with an alarm."""
    if state.tick < 0 or is_blind(state, now_ms):
        return "cannot-tell"
    case = open_case(state, slug)
    if case is not None:
        return PHASE_STATES[case.phase]
    if slug in alarmed:
        return "early"
    return "quiet"


def alarmed_services(state: fold.State) -> set[str]:
    """Return the services of which any series is in alarm."""
    return {state.keys[row].service for row in np.flatnonzero(state.active)}


def day_chart(state: fold.State, row: int, now_ms: int) -> Chart:
    """Return the last 24 hours of a service in steps of five minutes, ending with the running one."""
    days = state.days
    now = max(days.minute, now_ms // MINUTE_MS) if state.tick < 0 else days.minute
    first, columns, lived, seen = _grid(state, now, CHART_MINUTES)
    observed = np.where(lived, days.observed[row][columns], 0).sum(axis=1)
    level = np.where(lived & (days.expected[row][columns] > 0), days.expected[row][columns], np.nan)
    expected = _mean(level) * CHART_MINUTES
    size = _mean(np.where(np.isfinite(level), days.size[row][columns], np.nan))
    low, high = detector.band(expected, np.maximum(size * CHART_TICKS, 1e-3))
    return Chart(
        start_at=first * MINUTE_MS,
        step_ms=CHART_MINUTES * MINUTE_MS,
        observed=missing_where_blind(observed, seen),
        expected=_plain(expected),
        low=_plain(low),
        high=_plain(high),
    )


def _grid(
    state: fold.State, now: int, step: int
) -> tuple[int, NDArray[np.int64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the last day in steps of `step` minutes, ending with the step of the minute `now`.

    That is its first minute, and by (step, minute): the ring's columns, what is not in the future,
    and what was seen.
    """
    last = (now // step + 1) * step - 1
    columns = history.columns(last, history.MINUTES).reshape(-1, step)
    minutes = np.arange(last - history.MINUTES + 1, last + 1).reshape(-1, step)
    lived = minutes <= state.days.minute
    return int(minutes[0, 0]), columns, lived, (state.days.seen[columns] > 0) & lived


def _mean(values: Floats) -> Floats:
    """Return the mean along a row of what is known, 0 where nothing is."""
    known = np.isfinite(values) | np.isposinf(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    mean: Floats = total / np.maximum(known.sum(axis=1), 1)
    return mean


def _plain(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(round(float(value), 2) for value in values)


def _spark(state: fold.State, row: int) -> tuple[int | None, ...]:
    _, columns, lived, seen = _grid(state, state.days.minute, SPARK_MINUTES)
    counts = np.where(lived, state.days.observed[row][columns], 0).sum(axis=1)
    return missing_where_blind(counts, seen)


def _tallies(state: fold.State, slug: str, axis: str) -> tuple[Tally, ...]:
    """Return what the last hour brought, by place or symptom, the largest first."""
    tracker = state.trackers.get(slug)
    if tracker is None:
        return ()
    counts: dict[str, int] = {}
    for minute, record in tracker.minutes.items():
        if minute > state.days.minute - history.HOUR_MINUTES:
            parts = record.places if axis == "place" else record.symptoms
            for id_, count in parts.items():
                counts[id_] = counts.get(id_, 0) + count
    tallies = []
    for id_, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        key = SeriesKey(slug, **{axis: id_})
        row = state.rows.get(key)
        label = place.name(id_) if axis == "place" else symptom.label(id_)
        expected = (
            None if row is None else round(fold_state.usual(state, row, history.HOUR_MINUTES), 2)
        )
        tallies.append(Tally(id_, label, count, expected))
    return tuple(tallies[:TALLIES_SHOWN])


def _past(state: fold.State, catalog: Catalog, slug: str) -> list[IncidentLine]:
    mine = [incident for incident in state.incidents.values() if incident.service == slug]
    mine.sort(key=lambda incident: incident.onset, reverse=True)
    return [incident_line(incident, catalog) for incident in mine[:PAST_SHOWN]]
