"""Public statements, as the fold keeps them: by service, corrected in their place, within bounds."""

from __future__ import annotations

import msgspec

from uproar.app.fold_state import State
from uproar.model.series import SeriesKey
from uproar.model.signal import Claim
from uproar.model.tick import DAY_MS

CLAIMS_KEPT = 200  # Claims at hand for one service.
LATE_MS = DAY_MS  # What is said so long after an incident is still said of it.


def take(state: State, claim: Claim) -> None:
    """Enter a claim; services that are not in the catalog have none.

    A correction stands where the statement stood, so that its letter in the chart stays. A withdrawal
    leaves the words that are withdrawn; of what was never heard there is nothing to withdraw.
    """
    if SeriesKey(claim.service) not in state.rows:
        return
    state.claims_told[claim.service] = state.claims_told.get(claim.service, 0) + 1
    claims = state.claims.setdefault(claim.service, [])
    for number, other in enumerate(claims):
        if claim.native and other.native == claim.native:
            claims[number] = (
                msgspec.structs.replace(other, withdrawn=True) if claim.withdrawn else claim
            )
            return
    if not claim.withdrawn:
        claims.append(claim)
        del claims[:-CLAIMS_KEPT]


def near(
    state: State, service: str, onset: tuple[int, int], recovery: tuple[int, int] | None
) -> list[Claim]:
    """Return the claims that were made while an incident was open, or within a day after it."""
    return [
        claim
        for claim in state.claims.get(service, ())
        if onset[0] <= said_at(claim)
        and (recovery is None or said_at(claim) <= recovery[1] + LATE_MS)
    ]


def said_at(claim: Claim) -> int:
    """Return when a claim was made, or else when we heard of it."""
    return claim.said_at if claim.said_at is not None else claim.at
