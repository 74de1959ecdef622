"""Where each kind of signal that is no report goes in the fold. Nothing in it decides on incidents."""

from __future__ import annotations

from uproar.app import fold_notices, fold_probes
from uproar.app.fold_state import Design, State
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.model.signal import Claim, Notice, Probed, Signal

CLAIMS_KEPT = 200  # Claims at hand for one service.


def take(state: State, signal: Signal) -> None:
    """Take in a signal that is no report; what is about services that are not in the catalog is passed over."""
    if isinstance(signal, Claim):
        _claim(state, signal)
    elif isinstance(signal, Notice):
        fold_notices.take(state, signal)
    elif isinstance(signal, Probed):
        fold_probes.take(state, signal)


def turn(state: State, tick: int, design: Design) -> list[Alarm]:
    """Return the alarms that other signals than reports raised or cleared in a tick, in a fixed order."""
    return fold_probes.turn(state, tick, design)


def _claim(state: State, claim: Claim) -> None:
    if SeriesKey(claim.service) not in state.rows:
        return
    claims = state.claims.setdefault(claim.service, [])
    if claim.native:
        claims[:] = [other for other in claims if other.native != claim.native]
    claims.append(claim)
    del claims[:-CLAIMS_KEPT]
