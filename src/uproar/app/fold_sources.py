"""Where each kind of signal that is no report goes in the fold. Nothing in it decides on incidents."""

from __future__ import annotations

from uproar.app import fold_notices, fold_posts
from uproar.app.fold_state import Design, State
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.model.signal import Claim, Notice, Post, Signal

CLAIMS_KEPT = 200  # Claims at hand for one service.


def take(state: State, signal: Signal) -> None:
    """Take in a signal that is no report; what is about services that are not in the catalog is passed over."""
    if isinstance(signal, Claim):
        _claim(state, signal)
    elif isinstance(signal, Notice):
        fold_notices.take(state, signal)
    elif isinstance(signal, Post):
        fold_posts.take(state, signal)


def turn(
    state: State,
    tick: int,
    design: Design,  # noqa: ARG001 - one form for all that is called here, whatever it needs
) -> list[Alarm]:
    """Return the alarms that signals other than reports raise and clear at the end of a tick."""
    alarms: list[Alarm] = []
    alarms += fold_posts.turn(state, tick)
    return alarms


def _claim(state: State, claim: Claim) -> None:
    if SeriesKey(claim.service) not in state.rows:
        return
    claims = state.claims.setdefault(claim.service, [])
    if claim.native:
        claims[:] = [other for other in claims if other.native != claim.native]
    claims.append(claim)
    del claims[:-CLAIMS_KEPT]
