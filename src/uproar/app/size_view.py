"""From what was judged of an incident's size to what its page shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from uproar.app import fold_judge, fold_state
from uproar.detect import where
from uproar.detect.cases import Case
from uproar.model import place, symptom
from uproar.model.incident import Incident
from uproar.present.judgement_views import Extent, People, Reach, Size

NAMED_MAX = 12  # Parts named on a page; the tables have more.


def size_view(
    state: fold_state.State, incident: Incident, case: Case | None
) -> tuple[Size | None, tuple[Extent, ...], Reach | None]:
    """Return severity, extents and reach: as fresh as the state while it goes on, else as decided."""
    told: Mapping[str, Mapping[str, Any]]
    if case is not None and case.over_at is None:
        told = fold_judge.plain(fold_judge.judge(state, incident.service, case))
    else:
        told = {
            "severity": incident.severity,
            "where": incident.where,
            "reach": incident.reach,
        }
    size = msgspec.convert(told["severity"], Size) if told["severity"] else None
    extents = tuple(
        _extent(axis, told["where"][axis]) for axis in where.AXES if axis in told["where"]
    )
    return size, extents, _reach(told["reach"])


def usual_of(case: Case | None, axis: where.Axis) -> dict[str, float]:
    """Return what was usual of each part over the whole of an incident, as far as it is known."""
    return (
        {} if case is None else {id_: part.usual for id_, part in case.parts.get(axis, {}).items()}
    )


def _extent(axis: where.Axis, told: Mapping[str, Any]) -> Extent:
    among = tuple(told.get("among", ()))[:NAMED_MAX]
    return Extent(
        axis=axis,
        extent=told["extent"],
        among=among,
        names=tuple(_name(axis, id_) for id_ in among),
        continents=tuple(place.CONTINENTS[code] for code in told.get("continents", ())),
        times_usual=told.get("times_usual", 0.0),
        share_usual=told.get("share_usual", 0.0),
        share_excess=told.get("share_excess", 0.0),
    )


def _name(axis: where.Axis, id_: str) -> str:
    if axis == "place":
        return place.name(id_)
    return symptom.label(id_) if axis == "symptom" else id_


def _reach(told: Mapping[str, Any]) -> Reach | None:
    if not told:
        return None
    people, known = told["people"], told["service_people"]
    return Reach(
        people=None if people is None else (people["low"], people["mid"], people["high"]),
        level=told["level"],
        method=tuple(told["method"]),
        why_not=told["why_not"],
        reports=told["reports"],
        works=told["works"],
        service_people=None if known is None else msgspec.convert(known, People),
    )
