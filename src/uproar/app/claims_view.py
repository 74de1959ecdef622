"""From the claims about a service to what its incidents' pages show. Reads the state, changes nothing."""

from __future__ import annotations

from uproar.app.fold_claims import near, said_at
from uproar.app.fold_state import State
from uproar.model.signal import Claim
from uproar.present import changewords, figures, seen
from uproar.present.source_views import Line, Spot, Strip


def line(claim: Claim) -> Line:
    """Return a claim as an entry of a timeline and of the table of claims."""
    where = f" ({claim.where})" if claim.where else ""
    since = " [withdrawn since]" if claim.withdrawn else ""
    return Line(said_at(claim), "claim", f"{claim.by}{where}: {claim.said}{since}", claim.link)


def lines(claims: list[Claim]) -> list[Line]:
    """Return the entries of a timeline that claims give."""
    return [line(claim) for claim in claims]


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return what was said about an incident up to now; None where no claim about the service is on record."""
    if not state.claims.get(service):
        return None
    recovery = None if until is None else (until, until)
    found = [each for each in near(state, service, onset, recovery) if said_at(each) <= now_ms]
    said = "No public statement is on record."
    first = min(map(said_at, found), default=None)
    if first is not None:
        many = (
            "1 public statement is"
            if len(found) == 1
            else f"{figures.count(len(found))} public statements are"
        )
        lies = changewords.to_onset((onset[0] - first, onset[1] - first))
        said = f"{many} on record, the first {lies}."
    spots = tuple(Spot(each.at, "neutral", each.text, each.link) for each in lines(found))
    return Strip("claims", seen.LABELS["claims"], said, first_at=first, spots=spots)
