"""Where do the sums belong? Spots are found or taken in, and the seconds of each and of all above it are added up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.trace import sums as s
from uproar.trace.ours import I16, NOT_OURS, Design, lookup
from uproar.trace.sums import ANSWERS, HELD, OPENING, REST, SENT, WIDE, Sums
from uproar.trace.traffic import SECOND_MS, hashed
from uproar.trace.watch_state import (
    FORGOTTEN_MS,
    GROUP,
    MEASURES,
    NET,
    NOWHERE,
    ONE,
    ROOM,
    SECONDS,
    WIDER,
    State,
    keys,
)
from uproar.wire.packets.frames import I64, U64, Flag


def advance(state: State, now_s: int) -> None:
    """Empty the seconds that have come since the last step."""
    last = state.now_ms // SECOND_MS
    fresh = np.arange(max(last + 1, now_s - SECONDS + 1), now_s + 1) % SECONDS
    state.spots.ring[: state.spots.count, fresh] = 0.0
    state.heard_s[fresh] = 0.0


def add(state: State, sums: Sums, design: Design, now_ms: int) -> tuple[I64, int]:
    """Add sums to their spots and all above them. Return the spots that are touched, and the first second that changed."""
    now_s = now_ms // SECOND_MS
    sums = sums.take((sums.kind != SENT) & (sums.level != REST))
    if not len(sums):
        return np.zeros(0, np.int64), now_s
    oldest = now_s - SECONDS + 2
    spot = _spots(state, sums, design, now_ms)
    aged = sums.second < oldest
    second = np.clip(sums.second, oldest, now_s)
    begin = int(second.min())
    span = now_s - begin + 1
    chain = np.column_stack([spot, state.spots.above[spot]])
    chain[spot == NOWHERE] = NOWHERE
    touched, compact = np.unique(chain, return_inverse=True)
    compact = compact.reshape(chain.shape)
    opened, answered = sums.kind == OPENING, sums.kind == ANSWERS
    counted = sums.kind != HELD
    values = (
        (sums.packets * counted, sums.packets_slope * counted),
        (sums.octets, sums.octets_slope),
        (sums.packets * opened, sums.packets_slope * opened),
        (sums.octets * answered, sums.octets_slope * answered),
        (sums.packets * ~counted, sums.packets_slope * ~counted),
    )
    slots = np.arange(begin, now_s + 1) % SECONDS
    size = len(touched) * span
    held = touched != NOWHERE
    ring = state.spots.ring
    for measure, (once, slope) in enumerate(values):
        total = np.zeros(size)
        slopes = np.zeros(size)
        for step in range(chain.shape[1]):
            at = compact[:, step] * span + (second - begin)
            total += np.bincount(at, np.where(aged, 0.0, once), size)
            slopes += np.bincount(at, slope, size)
        both = total.reshape(-1, span) + np.cumsum(slopes.reshape(-1, span), axis=1)
        ring[touched[held][:, None], slots[None, :], measure] += both[held]
    touched = touched[held].astype(np.int64)
    state.spots.seen_ms[touched] = now_ms
    assert ring.shape[2] == MEASURES
    return touched, begin


def _spots(state: State, sums: Sums, design: Design, now_ms: int) -> I64:
    """Return the spot of each entry: its own, or the nearest above for which there is room; NOWHERE where it is not ours."""
    _, first, of = np.unique(
        hashed(sums.level, sums.hi, sums.lo), return_index=True, return_inverse=True
    )
    hi, lo, wide = sums.hi[first], sums.lo[first], sums.level[first] == WIDE
    size = np.bincount(of, sums.packets, len(first)).astype(np.float64)
    group = lookup(design.ours).of(hi, lo)
    found, lacking = _all(state, hi, lo, wide, group, size)
    if lacking and _make_room(state, now_ms):
        found, _ = _all(state, hi, lo, wide, group, size)
    own = found[ONE]
    for higher in (NET, WIDER):
        own = np.where(own == NOWHERE, found[higher], own)
    # Groups are the first spots, in their order.
    own = np.where((own == NOWHERE) & (group != NOT_OURS), group.astype(np.int64), own)
    everything: I64 = own[of]
    return everything


def _all(
    state: State, hi: U64, lo: U64, wide: Flag, group: I16, size: NDArray[np.float64]
) -> tuple[I64, bool]:
    """Return the spots of each target at the three levels, (3, n), taken in where there is room; and whether there was not."""
    found = np.full((3, len(hi)), NOWHERE, np.int64)
    short = False
    for level, (first_hi, first_lo) in (
        (WIDER, s.widened(hi, lo)),
        (NET, s.netted(hi, lo)),
        (ONE, (hi, lo)),
    ):
        rows = np.flatnonzero((group != NOT_OURS) & (~wide | (level == WIDER)))
        found[level, rows], lacking = _find(
            state, level, first_hi[rows], first_lo[rows], group[rows], size[rows], found[:, rows]
        )
        short |= lacking
    return found, short


def _find(
    state: State, level: int, hi: U64, lo: U64, group: I16, size: NDArray[np.float64], higher: I64
) -> tuple[I64, bool]:
    """Return the spots of that level, taken in where there is room, the largest first; and whether there was not."""
    key = keys(np.full(len(hi), level, np.uint8), hi, lo)
    found = state.find(key)
    new = np.flatnonzero(found == NOWHERE)
    if not len(new):
        return found, False
    names, first, of = np.unique(key[new], return_index=True, return_inverse=True)
    weight = np.bincount(of, size[new])
    p = state.spots
    room = ROOM[level] - int((p.level[: p.count] == level).sum())
    order = np.lexsort((names, -weight))[: max(room, 0)]
    rows = new[first[order]]
    above = np.full((len(rows), 3), NOWHERE, np.int32)
    if level == ONE:
        above[:, 0] = higher[NET, rows]
    if level in (ONE, NET):
        above[:, 1] = higher[WIDER, rows]
    above[:, 2] = group[rows]
    state.admit(np.full(len(rows), level, np.uint8), hi[rows], lo[rows], group[rows], above)
    return state.find(key), len(rows) < len(names)


def _make_room(state: State, now_ms: int) -> bool:
    """Let spots go that nothing came to for long; return whether there were any."""
    p = state.spots
    gone = (p.seen_ms[: p.count] < now_ms - FORGOTTEN_MS) & (p.level[: p.count] != GROUP)
    for known in state.attacks:
        if known.spot != NOWHERE:
            gone[known.spot] = False
            above = p.above[known.spot]
            gone[above[above >= 0]] = False
    if not gone.any():
        return False
    state.forget(gone)
    return True
