"""From the record of an incident to what its page shows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.app import (
    changes_view,
    claims_view,
    fold,
    fold_claims,
    fold_state,
    strips,
    traffic_view,
)
from uproar.app.culprit_view import whose_view
from uproar.app.diagnosis_view import spoken_view, why_view
from uproar.app.fold_evidence import Vouched, vouched
from uproar.app.notices_view import own_page
from uproar.app.size_view import size_view, usual_of
from uproar.detect import detector, history
from uproar.detect.incidents import REST, Case
from uproar.model import place, symptom
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident, Phase
from uproar.model.series import SeriesKey
from uproar.model.tick import MINUTE_MS, end_ms
from uproar.present import figures
from uproar.present.source_views import Line
from uproar.present.views import Blind, Chart, IncidentLine, IncidentView, State, Tally

STEPS_MAX = 600  # Steps of an incident's chart; longer incidents have longer steps.
AFTER_MINUTES = 60  # The chart goes on so long after the end, as far as it is known.
OTHER_NETWORKS = "all other networks"
PLACES_SHOWN = 40
NETWORKS_SHOWN = 15
BLIND_AFTER_MS = 2 * MINUTE_MS  # Without a beat for this long, a page cannot tell.
CLUMP_OF_MINUTE = 10.0  # Negative-binomial size of a minute's count, where the record has none.
ENOUGH_STEPS = (1, 2, 5, 10, 15, 30, 60)

PHASE_STATES: dict[Phase, State] = {
    "onset": "problems",
    "growth": "problems",
    "peak": "problems",
    "decline": "problems",
    "recovery": "recovering",
    "over": "over",
}


def incident_line(incident: Incident, catalog: Catalog) -> IncidentLine:
    """Return an incident as one line of a list."""
    largest = max(incident.waves, key=lambda wave: wave.peak_count, default=None)
    return IncidentLine(
        id=incident.id,
        service=incident.service,
        name=name_of(catalog, incident.service),
        state=PHASE_STATES[incident.phase],
        onset=incident.onset,
        recovery=incident.recovery,
        reports=incident.reports,
        peak_count=largest.peak_count if largest is not None else 0,
        peak_place=largest.peak_place if largest is not None else "",
        wave_count=len(incident.waves),
    )


def incident_view(
    state: fold.State, catalog: Catalog, incident: Incident, now_ms: int
) -> IncidentView:
    """Return everything the incident page shows; the counts are as fresh as the state."""
    row = state.rows[SeriesKey(incident.service)]
    case = fold_state.case_of(state, incident)
    record = case if case is not None else incident
    waves = fold_state.waves_of(case) if case is not None else incident.waves
    size, extents, reach = size_view(state, incident, case)
    until = None if record.recovery is None else record.recovery[1]
    around = (incident.service, incident.onset, until, now_ms)
    happened = _timeline(incident, case, state.opened_at.get(incident.id))
    happened += strips.lines(state, catalog, *around)
    claims = fold_claims.near(state, incident.service, incident.onset, record.recovery)
    changes = changes_view.near(state, incident.service, incident.onset, record.recovery, now_ms)
    worth = Vouched(incident.independent, incident.discounted, incident.mix_nats)
    if case is not None:
        worth = vouched(state, incident.service, case)
    return IncidentView(
        id=incident.id,
        service=incident.service,
        name=name_of(catalog, incident.service),
        state=PHASE_STATES[record.phase],
        phase=record.phase,
        onset=incident.onset,
        recovery=record.recovery,
        waves=waves,
        reports=record.reports,
        works=record.works,
        set_aside=dict(record.set_aside),
        chart=_chart(case) if case is not None else _nothing(incident),
        places=_tallies(record.places, "place", usual_of(case, "place")),
        symptoms=_tallies(record.symptoms, "symptom", usual_of(case, "symptom")),
        networks=_tallies(record.networks, "network", usual_of(case, "network")),
        timeline=tuple(sorted(happened, key=lambda line: line.at)),
        claims=tuple(claims_view.lines(claims)),
        blind=blind(state, now_ms),
        as_of=now_ms,
        reports_15min=history.last_minutes(state.hours, row, 15),
        usual_15min=fold_state.usual(state, row, 15),
        learning=fold_state.is_learning(state),
        ended=record.ended,
        size=size,
        extents=extents,
        reach=reach,
        whose=whose_view(state, catalog, incident),
        independent=worth.independent,
        discounted=dict(worth.discounted),
        mix_nats=worth.mix_nats,
        own_page=own_page(state, incident.service, now_ms, incident.onset, until),
        strips=strips.gather(state, catalog, *around),
        changes=changes,
        traffic=traffic_view.around(state, *around),
        why=why_view(state, incident),
        spoken=spoken_view(incident, claims),
    )


def missing_where_blind(
    counts: NDArray[np.int64], seen: NDArray[np.bool_]
) -> tuple[int | None, ...]:
    """Return counts a step, None where no minute of the step was seen. `seen` is (step, minute)."""
    known = np.atleast_2d(seen).max(axis=1)
    return tuple(
        int(count) if ok else None
        for count, ok in zip(counts.tolist(), known.tolist(), strict=True)
    )


def is_blind(state: fold.State, now_ms: int) -> bool:
    """Tell whether our own intake, once begun, has not been seen running lately."""
    return state.tick >= 0 and now_ms - end_ms(state.tick) > BLIND_AFTER_MS


def blind(state: fold.State, now_ms: int) -> tuple[Blind, ...]:
    """Return the stretches of the last day in which our intake did not run, the present one too."""
    stretches = [Blind(begin, until) for begin, until in fold_state.blind_stretches(state)]
    if is_blind(state, now_ms):
        stretches.append(Blind(end_ms(state.tick), now_ms))
    return tuple(stretches)


def name_of(catalog: Catalog, slug: str) -> str:
    """Return the name of a service, or its slug when the catalog has lost it."""
    known = catalog.services.get(slug)
    return known.name if known is not None else slug


def _chart(case: Case) -> Chart:
    """Return the curve of an incident from an hour before its onset to an hour after its end."""
    last = len(case.curve)
    if case.recovery is not None and case.phase == "over":
        last = min(last, case.recovery[1] // MINUTE_MS - case.curve_minute + AFTER_MINUTES)
    step = next((n for n in ENOUGH_STEPS if last / n <= STEPS_MAX), ENOUGH_STEPS[-1])
    first = -(-case.curve_minute // step) * step - case.curve_minute
    count = max(0, (last - first) // step)
    span = slice(first, first + count * step)
    curve = np.array(case.curve[span], np.int64).reshape(count, step)
    usual = np.array(case.usual[span], np.float64).reshape(count, step).sum(axis=1)
    seen = curve >= 0
    low, high = detector.band(usual, np.full(count, CLUMP_OF_MINUTE))
    return Chart(
        start_at=(case.curve_minute + first) * MINUTE_MS,
        step_ms=step * MINUTE_MS,
        observed=missing_where_blind(np.where(seen, curve, 0).sum(axis=1), seen),
        expected=tuple(round(float(value), 2) for value in usual),
        low=tuple(round(float(value), 2) for value in low),
        high=tuple(round(float(value), 2) for value in high),
    )


def _nothing(incident: Incident) -> Chart:
    """Return the chart of an incident whose curve is no longer at hand."""
    return Chart(incident.onset[0] // MINUTE_MS * MINUTE_MS, MINUTE_MS, (), (), (), ())


def _tallies(counts: dict[str, int], axis: str, usual: dict[str, float]) -> tuple[Tally, ...]:
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[
        : NETWORKS_SHOWN if axis == "network" else PLACES_SHOWN
    ]
    return tuple(Tally(id_, _label(id_, axis), count, usual.get(id_)) for id_, count in ranked)


def _label(id_: str, axis: str) -> str:
    if axis == "place":
        return place.name(id_)
    if axis == "symptom":
        return symptom.label(id_)
    return "an unlisted network" if id_.startswith("p:") else OTHER_NETWORKS if id_ == REST else id_


def _timeline(incident: Incident, case: Case | None, opened_at: int | None) -> list[Line]:
    """Return what the reports themselves did, and when."""
    lines = [
        Line(incident.onset[0], "report", "Reports were usual until about here."),
        Line(incident.onset[1], "report", "By now more people reported problems than is usual."),
    ]
    if opened_at is not None:
        lines.append(Line(opened_at, "alarm", "The alarm was raised, and the incident opened."))
    for wave in fold_state.waves_of(case) if case is not None else incident.waves:
        if wave.number > 1:
            lines.append(Line(wave.from_at, "wave", f"Reports rise again: wave {wave.number}."))
        if wave.peak_count:
            lines.append(
                Line(
                    wave.peak_at,
                    "wave",
                    f"Peak of wave {wave.number}: {figures.count(wave.peak_count)} reports in 15 "
                    f"minutes from {place.name(wave.peak_place)}, "
                    f"{figures.count(wave.peak_total)} from all places.",
                )
            )
    recovery = case.recovery if case is not None else incident.recovery
    if recovery is not None:
        lines.append(Line(recovery[1], "phase", "Reports are back at the usual level."))
    ended = case.ended if case is not None else incident.ended
    if ended is not None:
        text = (
            "By about here the fault itself had probably ended: people go on reporting for a while."
        )
        lines.append(Line(ended[1], "phase", text))
    if case is not None and case.over_at is not None:
        lines.append(Line(case.over_at, "phase", "The incident is over."))
    return lines


def open_case(state: fold.State, service: str) -> Case | None:
    """Return the record of a service's incident that is open, or over for less than three hours."""
    tracker = state.trackers.get(service)
    return tracker.case if tracker is not None else None
