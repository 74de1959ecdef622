"""From what an incident carries of its cause, and of what was said, to what its page shows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import msgspec

from uproar.app import claims_view, fold_state, judging
from uproar.diagnose import similar
from uproar.diagnose.conclude import BASE
from uproar.diagnose.diagnosis import Diagnosis
from uproar.ledger import reading
from uproar.ledger.entries import Ledger, key_of
from uproar.model.incident import Incident
from uproar.model.signal import Claim
from uproar.model.tick import iso
from uproar.present.why_views import Spoken, Statement, Why


def why_view(state: fold_state.State, incident: Incident) -> Why | None:
    """Return why it goes on: as fresh as the state while it does, else as decided; None where nobody looked."""
    told = state.diagnoses.get(incident.id) or incident.diagnosis
    if not told:
        return None
    found = msgspec.convert(told, Diagnosis)
    seen = {each.item for each in found.because if each.item != BASE}
    return Why(found, similar.nearest(seen, iso(incident.onset[0])[:10], _past()))


def spoken_view(incident: Incident, claims: Sequence[Claim]) -> Spoken:
    """Return what was said of an incident, with the verdicts of its ledger; `claims` that it does not hold stand without."""
    ledger = msgspec.convert(incident.ledger, Ledger) if incident.ledger else None
    entries = () if ledger is None else ledger.entries
    found = [
        Statement(claims_view.line(each.claim), each.key, each.claim, each.role, each.verdicts)
        for each in entries
    ]
    known = {each.key for each in entries}
    # In a ledger that is full, a statement that is not in it was set aside, and not left to be weighed.
    if ledger is None or not ledger.set_aside:
        found += [
            Statement(claims_view.line(claim), key_of(claim), claim, reading.role(claim))
            for claim in claims
            if key_of(claim) not in known
        ]
    found.sort(key=lambda each: (each.line.at, each.key))
    if ledger is None:
        return Spoken(tuple(found))
    return Spoken(tuple(found), ledger.at, ledger.set_aside, ledger.records)


@cache
def _past() -> similar.Index:
    return similar.index(judging.past_incidents())
