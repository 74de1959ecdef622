"""What does the evidence make of public statements? Weighed once a minute, and when one comes.

A ledger is open as long as something can be said of its incident: until a day after its recovery. Then what its
claimants said goes into their records, and the incident keeps its ledger as it stood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec

from uproar.app import fold_claims
from uproar.app.fold_state import State
from uproar.app.fold_traffic_state import Struck
from uproar.diagnose.diagnosis import Diagnosis
from uproar.ledger import entries, record
from uproar.ledger.entries import Ledger
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence
from uproar.model.incident import Decision, Incident
from uproar.model.tick import HOUR_MS, TICKS_PER_MINUTE, end_ms

EARLY_MS = HOUR_MS  # An attack may have begun so long before reports tell of it.

# What is known of an incident without anybody's word, as of an instant (ms UTC).
Known = Callable[[State, Incident, int], Evidence]


def follow(state: State, decided: Sequence[Decision], tick: int, known: Known) -> list[Decision]:
    """Return the decisions of a tick with ledgers on their incidents, after those that are due were weighed."""
    at = end_ms(tick)
    for incident in _due(state, tick):
        _weigh(state, incident, known(state, incident, at))
    _close(state, at)
    return [_labelled(state, one) if isinstance(one, Incident) else one for one in decided]


def reweigh(
    state: State,
    incident_id: str,
    diagnosis: Diagnosis | None,
    sources: Sources | None,
    observed: Mapping[str, bool | None],
    at: int,
) -> None:
    """Weigh all statements about one incident anew; `diagnosis` must be one that was made without claims.

    An incident that is not at hand, or of which nothing was said, has no ledger.
    """
    incident = state.incidents.get(incident_id)
    if incident is not None:
        _weigh(state, incident, Evidence(at, diagnosis, sources, observed))


def sources_of(state: State, incident: Incident) -> Sources | None:
    """Return where the heaviest attack within an incident came from, by those who hold the traffic; None if none was told."""
    first = incident.onset[0] - EARLY_MS
    last = None if incident.recovery is None else incident.recovery[1]
    found = [
        struck
        for struck in state.traffic.attacks.get(incident.service, ())
        if _overlaps(struck, first, last) and struck.worst.countries
    ]
    if not found:
        return None
    struck = max(found, key=lambda each: each.worst.packets_s)
    worst = struck.worst
    return Sources(dict(worst.countries), worst.spoofed, worst.meaningful, (struck.id,))


def _overlaps(struck: Struck, first: int, last: int | None) -> bool:
    ended = struck.cleared_at
    return (ended is None or ended >= first) and (last is None or struck.begins[0] <= last)


def _due(state: State, tick: int) -> list[Incident]:
    """Return the incidents whose statements are to be weighed: all that are open, or those newly spoken of."""
    at = end_ms(tick)
    ledgers = state.ledgers
    spoken = {
        service
        for service, told in state.claims_told.items()
        if ledgers.heard.get(service, 0) != told
    }
    is_minute = tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1
    if not spoken and not (is_minute and ledgers.open):
        return []
    due = [
        incident
        for incident in state.incidents.values()
        if (incident.service in spoken or (is_minute and incident.id in ledgers.open))
        and not _is_closed(incident, at)
    ]
    for service in spoken:
        ledgers.heard[service] = state.claims_told[service]
    return due


def _is_closed(incident: Incident, at: int) -> bool:
    """Tell whether nothing more can be said of an incident."""
    return incident.recovery is not None and incident.recovery[1] + fold_claims.LATE_MS < at


def _weigh(state: State, incident: Incident, evidence: Evidence) -> None:
    before = state.ledgers.open.get(incident.id)
    claims = fold_claims.near(state, incident.service, incident.onset, incident.recovery)
    if before is None and not claims:
        return
    ledger = entries.weighed(before, claims, evidence)
    names = dict.fromkeys(record.name_of(entry.claim.by) for entry in ledger.entries)
    known = state.ledgers.records
    ledger = msgspec.structs.replace(
        ledger, records=tuple(known[name] for name in names if name in known)
    )
    state.ledgers.open[incident.id] = ledger
    _labelled(state, incident)


def _labelled(state: State, incident: Incident) -> Incident:
    """Return an incident with its ledger, and keep it so for the pages."""
    ledger = state.ledgers.open.get(incident.id)
    if ledger is None:
        return incident
    told = msgspec.structs.replace(incident, ledger=_plain(ledger))
    if incident.id in state.incidents:
        # What the last turn said is kept, also where a turn of the same tick came after it.
        known = state.incidents[incident.id]
        state.incidents[incident.id] = msgspec.structs.replace(known, ledger=told.ledger)
    return told


def _plain(ledger: Ledger) -> dict[str, Any]:
    """Return a ledger as plain values, the same before and after a restart: lists, and no tuples."""
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(ledger))
    return plain


def _close(state: State, at: int) -> None:
    """Enter what was said of incidents that are closed, or no longer at hand, into the records."""
    ledgers = state.ledgers
    for id_ in list(ledgers.open):
        incident = state.incidents.get(id_)
        if incident is None or _is_closed(incident, at):
            ledgers.records = record.with_incident(ledgers.records, _told(ledgers.open.pop(id_)))


def _told(ledger: Ledger) -> list[record.Told]:
    return [
        (entry.claim.by, each.now.axis, each.now.value, each.now.word)
        for entry in ledger.entries
        if not entry.claim.withdrawn
        for each in entry.verdicts
        if each.stands and each.now.axis
    ]
