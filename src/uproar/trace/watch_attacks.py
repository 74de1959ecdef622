"""Which attacks are there? One may hit several targets of a hostgroup, by several vectors, in several waves; it keeps its name."""

from __future__ import annotations

from typing import Final

from uproar.trace.ours import Ours
from uproar.trace.watch_judge import Verdict
from uproar.trace.watch_state import NOWHERE, Known, State
from uproar.trace.watch_told import named

CLEARED_MS: Final = 120_000  # Without anything hostile; shorter pauses are part of the attack.
WAVES_MS: Final = 900_000  # After so long a pause it is another attack.
ATTACKS_MAX: Final = 512  # Targets; beyond, those that were over first are forgotten.
VECTORS_MAX: Final = 12


def raised(state: State, ours: Ours, spot: int, verdict: Verdict) -> Known:
    """Take in that a target is attacked, as a new attack or as part of one that is known."""
    group = int(state.spots.group[spot])
    target = named(state, spot, ours)
    vectors = dict(list(verdict.vectors.items())[:VECTORS_MAX])
    begin = min([each.from_ms for each in verdict.attacks], default=state.now_ms)
    name = ""
    for other in state.attacks:
        recent = other.live or state.now_ms - other.last_ms <= WAVES_MS
        same = other.target == target or (
            other.group == group and bool({*vectors} & {*other.vectors})
        )
        if recent and same:
            name = other.attack
            break
    state.attacks = [other for other in state.attacks if other.target != target]
    known = Known(
        attack=name or f"{ours.groups[group].name[:60]}/{target}/{state.now_ms}",
        target=target,
        of=ours.groups[group].name,
        group=group,
        spot=spot,
        raised_ms=state.now_ms,
        from_ms=begin,
        last_ms=state.now_ms,
        vectors=vectors,
        live=True,
    )
    state.attacks.append(known)
    return known


def absorbed(state: State, whole: Known) -> list[Known]:
    """Return the targets within one that is now attacked as a whole: they are no longer told apart."""
    above = state.spots.above
    parts = [
        known
        for known in state.attacks
        if known.live and known.spot != NOWHERE and whole.spot in above[known.spot].tolist()
    ]
    for known in parts:
        known.live = False
    return parts


def widened(known: Known, verdict: Verdict) -> None:
    """Take in by which vectors a target is hit now; those of before are still told, without a share."""
    now = list(verdict.vectors.items())[:VECTORS_MAX]
    found = dict(now)
    for name in known.vectors:
        if len(found) < VECTORS_MAX:
            found.setdefault(name, 0.0)
    known.vectors = found


def cleared(state: State) -> list[Known]:
    """Return the targets that nothing hostile came to for long enough, which are no longer attacked."""
    over = [
        known
        for known in state.attacks
        if known.live and state.now_ms - known.last_ms >= CLEARED_MS
    ]
    for known in over:
        known.live = False
    return [known for known in over if known.spot != NOWHERE]


def forgotten(state: State) -> None:
    """Let go of attacks that are over for long, and of the oldest beyond the bound."""
    kept = [k for k in state.attacks if k.live or state.now_ms - k.last_ms <= WAVES_MS]
    over = sorted((k for k in kept if not k.live), key=lambda k: (k.last_ms, k.target))
    gone = {id(k) for k in over[: max(len(kept) - ATTACKS_MAX, 0)]}
    state.attacks = [k for k in kept if id(k) not in gone][:ATTACKS_MAX]
