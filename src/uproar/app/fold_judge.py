"""How large is an incident: where it is, how severe, and how many people it may affect.

Reads the fold's state and changes only what was learned of how many report. Used when a decision is
written and when a page is made, with the same answer for the same state.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import numpy as np

from uproar.app.fold_evidence import vouched
from uproar.app.fold_state import State
from uproar.detect import cases, detector, reach, severity, where
from uproar.model.incident import Incident
from uproar.model.series import SeriesKey

LONG_BINS = 30  # Bins over which clumping averages out; what remains is doubt (`detector.band`).
AXIS_PARTS_MAX = cases.KEYS_MAX


class Judgement(NamedTuple):
    """Where, how severe, how many people; `facts` are what the last rests on."""

    where: dict[where.Axis, where.Where]
    severity: severity.Severity
    reach: reach.Estimate
    facts: reach.Facts


def parts_of(
    state: State, service: str, reading: detector.Reading
) -> dict[where.Axis, dict[str, tuple[float, float]]]:
    """Return what is expected of each series of a service a tick, and its clumping in the long run."""
    told: dict[where.Axis, dict[str, tuple[float, float]]] = {}
    for row in state.children.get(service, ()):
        if row >= len(reading.expected):
            continue
        _, place, symptom, network, *_ = state.keys[row]
        axis: where.Axis = "place" if place else "symptom" if symptom else "network"
        known = told.setdefault(axis, {})
        if len(known) < AXIS_PARTS_MAX:
            alpha = 1.0 / max(float(reading.size[row]), 1e-9) / LONG_BINS
            known[place or symptom or network] = (float(reading.expected[row]), alpha)
    return told


def judge(state: State, service: str, case: cases.Case) -> Judgement:
    """Return what can be said of the size of an incident so far."""
    found = cases.spread(case)
    share = cases.share_hit(found)
    facts = reach.Facts(
        reports=case.reports,
        works=case.works,
        people=state.people.get(service),
        share_usual=share,
        up=_up(state, service, case),
        access=service in state.access,
        learned=state.propensities.get(service),
    )
    people = reach.estimate(facts, reach.Design(state.awareness))
    return Judgement(found, cases.severity_of(case, share, people.low), people, facts)


def judged(state: State, incident: Incident, case: cases.Case) -> Incident:
    """Return an incident with what can be said of its size; learn from its votes when it is over."""
    found = judge(state, incident.service, case)
    if incident.turn == "over":
        told = reach.told(found.facts)
        if told is not None:
            known = state.propensities.get(incident.service)
            state.propensities[incident.service] = reach.learn(known, *told)
    worth = vouched(state, incident.service, case)._asdict()
    return msgspec.structs.replace(incident, **worth, **plain(found))


def plain(found: Judgement) -> dict[str, dict[str, Any]]:
    """Return a judgement as the plain values that an incident carries."""
    return {
        "reach": reach.as_dict(found.reach, found.facts),
        "severity": msgspec.to_builtins(found.severity),
        "where": where.as_dict(found.where),
    }


def _up(state: State, service: str, case: cases.Case) -> float:
    """Return the share of people who were up while it lasted, as the service's own season tells."""
    row = state.rows[SeriesKey(service)]
    busiest = float(np.max(state.days.expected[row], initial=0.0))
    lasted = max(case.usual[cases.BEFORE_MINUTES :], default=0.0)
    if busiest <= 0.0 or lasted <= 0.0:
        return 1.0
    return min(1.0, max(reach.UP_MIN, lasted / busiest))
