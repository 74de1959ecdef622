"""Public statements, as the fold keeps them: by service, corrected in their place, within bounds."""

from __future__ import annotations

import msgspec

from uproar.app.fold_state import State
from uproar.model.series import SeriesKey
from uproar.model.signal import Claim

CLAIMS_KEPT = 200  # Claims at hand for one service.


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
