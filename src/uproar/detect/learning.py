"""What did the stretch that has just ended teach? Units and slots, closed one after another.

Where little is known yet and much was seen, the hour so far is learned at the end of a slot
(`_learn_early`): a new series knows its level after minutes. Whole hours are for `hourly`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect import attention, baseline, hourly, standing, tails
from uproar.detect.season import Season
from uproar.detect.state import HOUR_MS, RING, ROWS, SEEN, UNIT, Design, State

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

EARLY = 1.0  # A stretch that at least halves the doubt is learned at the end of its slot.
EARLY_ROWS_MAX = 8_192  # Rows learned early at the end of one slot; the others wait.


def close_unit(state: State, hold: Bool, design: Design, season: Season) -> None:
    """End the present unit: remember its counts, learn its clumping, and end slot and hour if due."""
    meta = state.meta
    rows = int(meta[ROWS])
    seen = int(meta[SEEN])
    unit = int(meta[UNIT])
    ring = state.ring[unit % RING, :rows]
    ring[:] = np.nan
    if seen:
        count = state.unit_sum[:rows]
        bins = seen - state.unit_lost[:rows]
        expected = state.usual[:rows] * bins
        # A unit that was seen for less than half is no witness of when something began.
        np.divide(
            count * design.unit_bins,
            bins,
            out=ring,
            where=2 * bins >= design.unit_bins,
            casting="unsafe",
        )
        free = _hold_back(state, rows, hold, design)
        state.slot_sum[:rows] += count
        state.slot_mean[:rows] += expected
        state.slot_free[:rows] &= free
        state.hour_sum[:rows] += count
        state.hour_mean[:rows] += expected
        state.hour_units[:rows] += 1.0
        clump = _unit_clump(state, rows)
        # The units of one burst are one another's echo: together they count like a handful.
        worth = baseline.trust(state.doubt[:rows]) * free
        worth /= np.maximum(state.held_units[:rows], 1)
        nothing = np.zeros(rows)
        sums = state.clumping[0][:, :rows]
        baseline.add_up(sums, count, expected, clump=clump, doubt=nothing, worth=worth)
        tails.follow(
            state.score[:, :rows],
            state.stretch[:, :rows],
            state.peak[:, :rows],
            state.tail[:, :, :rows],
            baseline.trust(state.doubt[:rows]) * free,
        )
        _attend(state, count, expected, hold)
        count[:] = 0.0
        state.unit_lost[:rows] = 0.0
        meta[SEEN] = 0
    meta[UNIT] = unit + 1
    whole_hour = (unit + 1) % design.hour_units == 0
    if (unit + 1) % design.slot_units == 0:
        _close_slot(state, rows, design)
        if not whole_hour:
            _learn_early(state, rows, unit, design, season)
    if whole_hour:
        hourly.close(state, rows, unit, design, season)


def _attend(state: State, count: F64, expected: F64, hold: Bool) -> None:
    """Let what is expected follow the attention that the last unit showed."""
    rows = len(count)
    own = attention.Waves(*state.waves[:, :rows])
    level, doubt = state.level[:rows], state.level_doubt[:rows]
    # What was followed before must be let go of, whether or not a neighbour has waves.
    if not (own.wave.any() or level.any() or doubt.any()):
        return
    still = hold | state.active[:rows]
    attention.follow(level, doubt, own, count=count, expected=expected, still=still)
    at = np.flatnonzero((own.wave > 0.0) | (level != 0.0))
    state.mean[at] = state.usual[at] * np.exp(level[at])
    standing.arm(state, at)


def _unit_clump(state: State, rows: int) -> F64:
    sums = state.clumping[0]
    usual, certain = state.usual_clump[0], baseline.CERTAINTY[0]
    out: F64 = (sums[0, :rows] + usual * certain) / (sums[1, :rows] + certain)
    return np.clip(out, 1e-5, 1e4)


def _hold_back(state: State, rows: int, hold: Bool, design: Design) -> Bool:
    """Note which rows may not learn in this hour; return those whose clumping may be learned.

    Alarms that nobody holds on to are part of how a series behaves. Its level is learned from such
    hours too, as far as they are not odd, or an hour that is expected wrongly would alarm every day;
    so is its clumping, so that a series that often bursts stops alarming at every burst.
    """
    unit_ms = design.unit_bins * design.bin_ms
    held_units = state.held_units[:rows]
    held_units += 1
    kept = hold | state.active[:rows]
    held_units *= kept
    state.known_units[:rows] += ~kept
    limit = np.where(hold, design.absorb_ms // unit_ms, design.settle_ms // unit_ms)
    known = np.maximum(state.known_units[:rows], max(1, HOUR_MS // unit_ms))
    limit = np.minimum(limit, known)
    overdue = held_units == limit
    if overdue.any():
        # By now this is how things are: open the level so that it is taken in quickly.
        state.cov[:rows][overdue, 0, 0] += 0.5
    late = held_units >= limit
    free: Bool = ~hold | late
    state.hour_free[:rows] &= free
    return free


def _close_slot(state: State, rows: int, design: Design) -> None:
    """Learn from the slot that has ended how much minutes that follow each other resemble."""
    units = design.slot_units
    count, expected = state.slot_sum[:rows], state.slot_mean[:rows]
    doubt = state.doubt[:rows]
    worth = baseline.trust(doubt) * state.slot_free[:rows]
    worth *= units / np.maximum(state.held_units[:rows], units)
    sums = state.clumping[1][:, :rows]
    clump = _unit_clump(state, rows) / units
    baseline.add_up(sums, count, expected, clump=clump, doubt=doubt, worth=worth)
    count[:] = 0.0
    expected[:] = 0.0
    state.slot_free[:rows] = True


def _learn_early(state: State, rows: int, unit: int, design: Design, season: Season) -> None:
    """Learn the hour so far where it tells much more than what is known."""
    most = np.maximum(state.hour_sum[:rows], state.hour_mean[:rows])
    eager = state.doubt[:rows] * most > EARLY
    eager &= state.hour_free[:rows] & (state.hour_mean[:rows] > 0)
    at = np.flatnonzero(eager)[:EARLY_ROWS_MAX]
    if not at.size:
        return
    units = state.hour_units[at]
    scales = standing.scales_of(design)
    variance = baseline.variances(state.clumping[:, :, at], state.usual_clump, scales)
    clump = baseline.variance_over(variance, scales, units)
    useful = state.doubt[at] > 1.0 / np.maximum(most[at], 1e-9) + clump
    at, units, clump = at[useful], units[useful], clump[useful]
    if not at.size:
        return
    unit_ms = design.unit_bins * design.bin_ms
    hourly.take_in(
        state,
        at,
        count=state.hour_sum[at],
        expected=state.hour_mean[at],
        clump=clump,
        weight=np.ones(len(at)),
        point_ms=(unit + 1 - design.slot_units / 2) * unit_ms,
        hours=0.0,
        design=design,
        season=season,
    )
    state.hour_sum[at] = 0.0
    state.hour_mean[at] = 0.0
    state.hour_units[at] = 0.0
    standing.refresh(state, at, design, season, whole=True)
