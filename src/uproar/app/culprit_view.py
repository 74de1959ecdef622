"""From what was found of an incident's culprit to what its page shows."""

from __future__ import annotations

from typing import Any

from uproar.app import fold_state
from uproar.model import place
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.present.judgement_views import Answer, Whose

SHOWN_MAX = 5  # Answers in the table.
SHOWN_LEAST = 0.005
OPERATOR_SHARE = 0.5  # Share of a network in an access service's reports that makes it its own.


def whose_view(state: fold_state.State, catalog: Catalog, incident: Incident) -> Whose | None:
    """Return whose fault it seems to be: as fresh as the state while it goes on, else as decided."""
    told = state.culprits.get(incident.id) or incident.culprit
    if not told:
        return None
    answers = [
        _answer(state, catalog, one)
        for one in told["answers"][:SHOWN_MAX]
        if one["p"] >= SHOWN_LEAST
    ]
    return Whose(
        answers=tuple(answers),
        at=told["at"],
        minutes=told["minutes"],
        services=told["services"],
        excess=told["excess"],
    )


def _answer(state: fold_state.State, catalog: Catalog, one: dict[str, Any]) -> Answer:
    return Answer(
        kind=one["kind"],
        name=one["name"],
        label=_label(state, catalog, one["kind"], one["name"]),
        probability=one["p"],
        reports=one.get("reports", 0),
        of=one.get("of", 0),
        listed=one.get("listed", 0),
        failing=one.get("failing", 0),
        excess=one.get("source_excess", 0),
    )


def _label(state: fold_state.State, catalog: Catalog, kind: str, name: str) -> str:
    if kind in {"service", "echo"}:
        return catalog.services[name].name if name in catalog.services else name
    if kind == "provider":
        return catalog.providers[name].name if name in catalog.providers else name
    if kind == "place":
        return place.name(name)
    if kind == "access":
        owner = _operator(state, name)
        return f"{name} ({catalog.services[owner].name})" if owner in catalog.services else name
    return ""


def _operator(state: fold_state.State, network: str) -> str:
    """Return the access service most of whose usual reports come through a network, or ""."""
    best, most = "", OPERATOR_SHARE
    for service in state.access:
        known = state.mixes.get(service)
        if known is None or known.total < 1:
            continue
        inside = sum(n for key, n in known.cells.items() if key.rpartition("|")[0] == network)
        if inside / known.total > most:
            best, most = service, inside / known.total
    return best
