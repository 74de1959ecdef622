"""Where each kind of signal that is no report goes in the fold. Nothing in it decides on incidents."""

from __future__ import annotations

from uproar.app import fold_changes, fold_claims, fold_notices
from uproar.app.fold_state import State
from uproar.model.signal import Change, Claim, Notice, Signal


def take(state: State, signal: Signal) -> None:
    """Take in a signal that is no report; what is about services that are not in the catalog is passed over."""
    if isinstance(signal, Claim):
        fold_claims.take(state, signal)
    elif isinstance(signal, Notice):
        fold_notices.take(state, signal)
    elif isinstance(signal, Change):
        fold_changes.take(state, signal)
