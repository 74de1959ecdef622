"""What was said publicly about an incident. Reads the state, changes nothing; it is no evidence."""

from __future__ import annotations

from uproar.app.fold_state import State
from uproar.model.signal import Claim
from uproar.model.tick import DAY_MS
from uproar.present import figures, seen
from uproar.present.views import Line, Spot, Strip

AFTER_MS = DAY_MS  # What is said so long after the end of an incident is still about it.


def about(state: State, service: str, onset: tuple[int, int], until: int | None) -> list[Claim]:
    """Return the claims about an incident that reaches to `until` (None: it goes on), as they came."""
    return [
        claim
        for claim in state.claims.get(service, ())
        if onset[0] <= said_at(claim) and (until is None or said_at(claim) <= until + AFTER_MS)
    ]


def said_at(claim: Claim) -> int:
    """Return when a claim was made, or where that is not known, when we were told of it."""
    return claim.at if claim.said_at is None else claim.said_at


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return the claims about an incident as instants, None where nobody said a thing."""
    spots = tuple(
        Spot(each.at, "neutral", each.text, each.link)
        for each in lines(state, service, onset, until, now_ms)
    )
    if not spots:
        return None
    count = len(spots)
    said = f"{figures.count(count)} statement{'' if count == 1 else 's'}. They are no evidence."
    first = min(spot.at for spot in spots)
    return Strip("claims", seen.LABELS["claims"], said, first_at=first, spots=spots)


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return the claims about an incident as entries of its timeline."""
    return [
        line(claim) for claim in about(state, service, onset, until) if said_at(claim) <= now_ms
    ]


def line(claim: Claim) -> Line:
    """Return a claim as an entry: who, where, what."""
    where = f" ({claim.where})" if claim.where else ""
    return Line(said_at(claim), "claim", f"{claim.by}{where}: {claim.said}", claim.link)
