"""Where does so much come that it is worth a look? Spots above the floors of their hostgroup, and far above what is usual."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from uproar.trace.ours import Design, Floors
from uproar.trace.traffic import F64, SECOND_MS
from uproar.trace.watch_baseline import usual
from uproar.trace.watch_state import (
    ANSWERED,
    CONNECTIONS,
    GROUP,
    MEASURES,
    NET,
    OCTETS,
    ONE,
    OPENED,
    PACKETS,
    SECONDS,
    WIDER,
    State,
)
from uproar.wire.packets.frames import I64

TIMES_USUAL: Final = 3.0  # Above what is usual, beside the floor.
PREFIX_TIMES: Final = 2.0  # The floors of a prefix or hostgroup, in floors of an address.
STAYS: Final = 0.5  # An attack that is told is over only below this part of what made it hot.
CARPET_ADDRESSES: Final = 8  # Addresses of a prefix that are hit ...
CARPET_SHARE: Final = 0.5  # ... none of them (nor one of its /24) by more of it than this.
HIT_SHARE: Final = 0.25  # Of an even part; with less, an address is not one of those that are hit.


class Hot(NamedTuple):
    """A spot above its thresholds: by how much, in which measure, and its rates (mean of two seconds)."""

    spot: int
    level: int
    ratio: float
    measure: int
    rate: F64


def floors_of(floors: Floors) -> list[float]:
    """Return the floors by measure."""
    found = [0.0] * MEASURES
    found[PACKETS], found[OCTETS] = floors.packets_s, floors.bits_s / 8
    found[OPENED], found[ANSWERED] = floors.opening_s, floors.answers_bits_s / 8
    found[CONNECTIONS] = floors.connections
    return found


def thresholds(state: State, rows: I64, design: Design) -> F64:
    """Return the rates above which those spots are hot, (k, measures)."""
    p = state.spots
    by_group = np.array([floors_of(group.floors) for group in design.ours.groups])
    least = by_group[p.group[rows]] * np.where(p.level[rows] == ONE, 1.0, PREFIX_TIMES)[:, None]
    high, _ = usual(state, rows, state.now_ms)
    found: F64 = np.maximum(least, TIMES_USUAL * high)
    return found


def hot(state: State, touched: I64, begin_s: int, design: Design) -> list[Hot]:
    """Return the spots that are above a threshold in two seconds that follow each other, among those that changed.

    What is attacked stays hot down to `STAYS` of its thresholds. Wide prefixes come first, then the most above.
    """
    if not len(touched):
        return []
    p, now_s = state.spots, state.now_ms // SECOND_MS
    slots = np.arange(max(begin_s - 1, now_s - SECONDS + 2), now_s + 1) % SECONDS
    series = p.ring[touched][:, slots]
    rate = ((series[:, 1:] + series[:, :-1]) / 2).max(axis=1)
    ratio = rate / thresholds(state, touched, design)
    best = ratio.argmax(axis=1)
    top = ratio[np.arange(len(touched)), best]
    live = {known.spot for known in state.attacks if known.live}
    attacked = np.isin(touched, sorted(live))
    rows = np.flatnonzero((top >= 1.0) | (attacked & (top >= STAYS)))
    found = [
        Hot(
            int(touched[row]),
            int(p.level[touched[row]]),
            float(top[row]),
            int(best[row]),
            rate[row],
        )
        for row in rows.tolist()
    ]
    found = [
        each
        for each in found
        if each.level == ONE or each.spot in live or _carpet(state, each, touched, rate)
    ]
    return sorted(found, key=lambda each: (-each.level, -each.ratio, each.spot))


def _carpet(state: State, found: Hot, touched: I64, rate: F64) -> bool:
    """Tell whether a prefix is hit as a whole: many of its addresses, none much more than the others."""
    p = state.spots
    column = {NET: 0, WIDER: 1, GROUP: 2}[found.level]
    below = p.above[touched, column] == found.spot
    counts = rate[below, found.measure]
    level = p.level[touched[below]]
    whole = found.rate[found.measure]
    for part in range(found.level):
        if counts[level == part].max(initial=0.0) > CARPET_SHARE * whole:
            return False
    ones = counts[level == ONE]
    return int((ones > HIT_SHARE * whole / max(len(ones), 1)).sum()) >= CARPET_ADDRESSES or not len(
        ones
    )
