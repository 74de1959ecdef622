"""The hostgroups as watching remembers them: taken in at first, and sorted anew when the settings name others."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from uproar.trace import sums as s
from uproar.trace.ours import I16, NOT_OURS, Ours, lookup
from uproar.trace.watch_state import (
    GROUP,
    NET,
    NOWHERE,
    ONE,
    SHAPES,
    WIDER,
    Spots,
    State,
    keys,
    no_spots,
)
from uproar.wire.packets.frames import I64

_LEARNED = ("usual", "wide", "ticks")


def digest(ours: Ours) -> str:
    """Return what tells these hostgroups from others: names and prefixes; floors may change as they like."""
    told = msgspec.json.encode([(group.name, group.prefixes) for group in ours.groups])
    return hashlib.sha256(told).hexdigest()


def settle(state: State, ours: Ours) -> None:
    """Make the groups of the settings the first spots, in their order.

    Where they were others before, each spot goes to the group that its address is in now, or goes. What was learned stays, of groups by
    their name. Attacks that are known keep their names for their next wave, but are live no more.
    """
    now = digest(ours)
    if state.ours == now:
        return
    old = state.spots
    names = [group.name for group in ours.groups]
    state.spots = no_spots(max(old.count + len(names), 1))
    _groups(state, names, old)
    group = lookup(ours).of(old.hi[: old.count], old.lo[: old.count])
    # The first address of a prefix may be nobody's of ours: a prefix goes where its group went.
    went = np.array(
        [names.index(n) if n in names else NOT_OURS for n in state.groups] or [NOT_OURS]
    )
    level = old.level[: old.count]
    group = np.where(level == ONE, group, went[old.group[: old.count]]).astype(np.int16)
    kept = np.flatnonzero((group != NOT_OURS) & (level != GROUP))
    _others(state, old, kept, group)
    state.ours, state.groups = now, tuple(names)
    state.looked = {}
    for known in state.attacks:
        known.live, known.spot = False, NOWHERE
        known.group = names.index(known.of) if known.of in names else NOT_OURS
    state.index()


def _groups(state: State, names: list[str], old: Spots) -> None:
    p = state.spots
    for number, name in enumerate(names):
        p.level[number], p.lo[number], p.group[number] = GROUP, number, number
        p.above[number] = NOWHERE
        if name in state.groups:
            # Groups are the first spots, so the number of one is its row.
            for column in _LEARNED:
                getattr(p, column)[number] = getattr(old, column)[state.groups.index(name)]
    p.count = len(names)


def _others(state: State, old: Spots, kept: I64, group: I16) -> None:
    p = state.spots
    at = slice(p.count, p.count + len(kept))
    for name in SHAPES:
        getattr(p, name)[at] = getattr(old, name)[kept]
    p.group[at] = group[kept]
    p.count += len(kept)
    state.index()
    level, hi, lo = p.level[at], p.hi[at], p.lo[at]
    above = np.full((len(kept), len(p.above[0])), NOWHERE, np.int32)
    for column, (higher, (first_hi, first_lo)) in enumerate(
        ((NET, s.netted(hi, lo)), (WIDER, s.widened(hi, lo)))
    ):
        found = state.find(keys(np.full(len(kept), higher, np.uint8), first_hi, first_lo))
        above[:, column] = np.where(level < higher, found, NOWHERE)
    above[:, 2] = group[kept]
    p.above[at] = above
