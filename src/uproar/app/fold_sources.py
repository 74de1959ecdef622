"""Where each kind of signal that is no report goes in the fold. Nothing in it decides on incidents."""

from __future__ import annotations

from uproar.app import fold_changes, fold_notices
from uproar.app.fold_state import State
from uproar.model.series import SeriesKey
from uproar.model.signal import Change, Claim, Notice, Signal

CLAIMS_KEPT = 200  # Claims at hand for one service.


def take(state: State, signal: Signal) -> None:
    """Take in a signal that is no report; what is about services that are not in the catalog is passed over."""
    if isinstance(signal, Claim):
        _claim(state, signal)
    elif isinstance(signal, Notice):
        fold_notices.take(state, signal)
    elif isinstance(signal, Change):
        fold_changes.take(state, signal)


def _claim(state: State, claim: Claim) -> None:
    if SeriesKey(claim.service) not in state.rows:
        return
    state.claims_told[claim.service] = state.claims_told.get(claim.service, 0) + 1
    claims = state.claims.setdefault(claim.service, [])
    if claim.native:
        claims[:] = [other for other in claims if other.native != claim.native]
    claims.append(claim)
    del claims[:-CLAIMS_KEPT]
