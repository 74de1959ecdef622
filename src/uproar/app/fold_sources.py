"""Where each kind of signal that is no report goes in the fold. Nothing in it decides on incidents."""

from __future__ import annotations

from uproar.app import (
    fold_changes,
    fold_claims,
    fold_notices,
    fold_posts,
    fold_probes,
    fold_traffic,
)
from uproar.app.fold_state import Design, State
from uproar.model.incident import Alarm
from uproar.model.signal import Change, Claim, Notice, Post, Probed, Signal, Traffic


def take(state: State, signal: Signal) -> None:
    """Take in a signal that is no report; what is about services that are not in the catalog is passed over."""
    if isinstance(signal, Claim):
        fold_claims.take(state, signal)
    elif isinstance(signal, Notice):
        fold_notices.take(state, signal)
    elif isinstance(signal, Change):
        fold_changes.take(state, signal)
    elif isinstance(signal, Post):
        fold_posts.take(state, signal)
    elif isinstance(signal, Probed):
        fold_probes.take(state, signal)
    elif isinstance(signal, Traffic):
        fold_traffic.take(state, signal)


def turn(
    state: State,
    tick: int,
    design: Design,
) -> list[Alarm]:
    """Return the alarms that signals other than reports raise and clear at the end of a tick."""
    alarms: list[Alarm] = []
    alarms += fold_probes.turn(state, tick, design)
    alarms += fold_posts.turn(state, tick)
    alarms += fold_traffic.turn(state, tick)
    return alarms
