"""Why does each open incident go on, and what becomes of what is said of it? Asked once a minute, and at every turn.

The judge is handed in with the design, and named there by its digest. What it says is kept in the state, and
stands on every incident that turns (`diagnosis`); it makes no turn of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from uproar.app import fold_claims, fold_ledger
from uproar.app import fold_facts_around as around
from uproar.app.fold_facts import facts_of
from uproar.app.fold_state import Design, State, case_of
from uproar.detect.cases import Case
from uproar.diagnose.diagnosis import Diagnosis
from uproar.diagnose.facts import Facts
from uproar.diagnose.items import ATTACK_SEEN, ORIGIN_PAGES
from uproar.diagnose.judge import Judge
from uproar.ledger import standing
from uproar.ledger.verdicts import Evidence
from uproar.model.asserted import UNSHIELDED
from uproar.model.incident import Decision, Incident
from uproar.model.tick import TICKS_PER_MINUTE, end_ms

INCIDENTS_MAX = 60  # Open incidents that are asked about in one minute, the latest begun.


def follow(state: State, decided: Sequence[Decision], tick: int, design: Design) -> list[Decision]:
    """Return the decisions of a tick with the diagnosis on each incident; without a judge as they are."""
    judge = design.judge
    if judge is None:
        return fold_ledger.follow(state, decided, tick, evidence_of)
    turned = {
        one.id: (one.service, found)
        for one in decided
        if isinstance(one, Incident) and (found := case_of(state, one)) is not None
    }
    due = dict(turned)
    if tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1:
        due |= {case.id: (service, case) for service, case in _open(state)}
    if due:
        diagnose(state, design, judge, due, end_ms(tick))
    out = [
        _labelled(state, one) if isinstance(one, Incident) and one.id in turned else one
        for one in decided
    ]
    if due:
        forget(state)
    return fold_ledger.follow(state, out, tick, evidence_of)


def diagnose(
    state: State, design: Design, judge: Judge, due: dict[str, tuple[str, Case]], now_ms: int
) -> None:
    """Keep what the judge says of some incidents, given as (service, record) by id."""
    watched = around.watched(state)
    for id_, (service, case) in due.items():
        claims = standing.facts_of(fold_claims.near(state, service, case.onset, case.recovery))
        facts = facts_of(state, design, service, case, now_ms, watched=watched, claims=claims)
        found = judge.weigh(facts)
        state.diagnoses[id_] = msgspec.to_builtins(found)
        unclaimed = judge.weigh(msgspec.structs.replace(facts, claims=())) if claims else found
        state.evidence[id_] = _evidence(unclaimed, facts, now_ms)


def _evidence(unclaimed: Diagnosis, facts: Facts, now_ms: int) -> Evidence:
    """Return what public statements are held against; where traffic came from is looked up when they are.

    Attack traffic at a service's own addresses, while its content network says that they do not answer, came around that network.
    """
    is_cut = bool(facts.symptoms and ORIGIN_PAGES & facts.symptoms)
    is_hit = facts.attack_seen is not None and facts.attack_seen >= ATTACK_SEEN
    witness = (*facts.witnesses.get("symptoms", ()), *facts.witnesses.get("traffic_detail", ()))
    return Evidence(
        at=now_ms,
        diagnosis=unclaimed,
        observed={UNSHIELDED: True} if is_cut and is_hit else {},
        fits=frozenset({UNSHIELDED}) if is_cut else frozenset(),
        witnesses={UNSHIELDED: witness} if is_cut else {},
    )


def evidence_of(state: State, incident: Incident, at: int) -> Evidence:
    """Return what statements about an incident are held against, as of `at` (ms UTC)."""
    known = state.evidence.get(incident.id, Evidence(at))
    return msgspec.structs.replace(known, at=at, sources=fold_ledger.sources_of(state, incident))


def forget(state: State) -> None:
    """Drop what was said of incidents that are no longer at hand."""
    for id_ in [id_ for id_ in state.diagnoses if id_ not in state.incidents]:
        del state.diagnoses[id_]
        state.evidence.pop(id_, None)


def _open(state: State) -> list[tuple[str, Case]]:
    found = [
        (service, tracker.case)
        for service, tracker in state.trackers.items()
        if tracker.case is not None and tracker.case.over_at is None
    ]
    found.sort(key=lambda pair: (-pair[1].onset[0], pair[0]))
    return found[:INCIDENTS_MAX]


def _labelled(state: State, incident: Incident) -> Incident:
    """Return an incident with its diagnosis, and keep it so for the pages."""
    labelled = msgspec.structs.replace(incident, diagnosis=state.diagnoses[incident.id])
    if state.incidents.get(incident.id) is not None:
        state.incidents[incident.id] = labelled
    return labelled
