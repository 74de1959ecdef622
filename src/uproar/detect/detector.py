"""Expected rates and alarms for many series at once: one step a bin.

The state is arrays with one row a series and room for more, so that it can be kept as it is. A step
takes ownership of the state it is given and changes it in place: use only what it returns, and
`copy` where the old one is still wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.detect import baseline, cusum, recovery
from uproar.detect import onset as onsets
from uproar.detect.state import (
    CATCH_UP_UNITS,
    HOUR,
    HOUR_MS,
    RING,
    ROWS,
    ROWS_FIRST,
    SEEN,
    SLOT,
    UNIT,
    UNIT_MS,
    Design,
    State,
    copy,
    start,
    with_room,
)
from uproar.errors import ShapeMismatch
from uproar.stats import drift, negbin

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

BLOCK_ROWS = 2_048  # Rows whose coefficients are computed together, so that they stay in the cache.

__all__ = ["Design", "Reading", "State", "band", "copy", "grow", "start", "step"]


@dataclass(slots=True)
class Reading:
    """What one bin showed. Arrays have one entry a row and are good until the next step.

    `expected` is per bin and `size` its negative-binomial size, doubt included; `score` is the
    largest log-likelihood ratio in nats; `onset_tick` is (earliest, latest), valid where active.
    """

    expected: F64
    size: F64
    scores: F64  # (lift, row)
    active: Bool
    raised: Bool
    cleared: Bool
    onset_tick: I64

    @property
    def score(self) -> F64:
        """Return the largest score of each row; worked out when asked, for quiet bins do not ask."""
        out: F64 = self.scores.max(axis=0)
        return out


def grow(
    state: State,
    prior_per_bin: F64,
    share_of: I64,
    design: Design,
    budget: F64 | None = None,
) -> State:
    """Return the state with more rows: series that have no history yet.

    `prior_per_bin` is what they are expected to count in a bin on average over the week; `share_of`
    is the row of the series that they are a share of, whose season they take over, or -1. `budget`
    is the share of the design's false alarms that each may have, above 0 and at most 1 (default):
    mean runs grow with the exponential of a threshold, so log(1/budget) is added to it. Takes
    ownership of `state`. Room doubles, so growing one by one is cheap too.
    """
    rows, more = int(state.meta[ROWS]), len(prior_per_bin)
    if len(share_of) != more:
        raise ShapeMismatch((more,), (len(share_of),))
    if more == 0:
        return state
    room = len(state.mean)
    if rows + more > room:
        state = with_room(state, max(ROWS_FIRST, rows + more, 2 * room))
    fresh = slice(rows, rows + more)
    basis = drift.basis_for(design.bin_ms)
    parent = np.asarray(share_of, dtype=np.int64)
    kin = parent >= 0
    state.theta[fresh] = 0.0
    state.theta[fresh][kin] = state.theta[parent[kin]]
    state.theta[fresh, 0] = np.log(np.maximum(prior_per_bin, 1e-9))
    # A share of a series has nearly the season of the whole.
    prior = np.where(kin[:, None], basis.prior * 0.25, basis.prior)
    prior[:, 0] = basis.prior[0]
    state.cov[fresh] = prior[:, :, None] * np.eye(basis.width)
    state.caution[fresh] = 0.0 if budget is None else -np.log(budget)
    state.hour_quiet[fresh] = True
    state.hour_free[fresh] = True
    state.meta[ROWS] = rows + more
    if state.meta[SLOT] >= 0:
        _refresh(state, fresh, design, whole_hour=True)
    return state


def step(
    state: State,
    tick: int,
    observed: F64,
    masked: bool,
    hold: Bool,
    design: Design,
    missing: Bool | None = None,
) -> tuple[State, Reading]:
    """Take in one bin of every series; return the new state and what it shows.

    `tick` is the number of the bin since the epoch and must increase. `observed` counts one a row;
    where `masked` is set the bin is not looked at and only time passes. Rows in `hold` do not learn
    (for at most `absorb_ms`). `missing` marks rows of which this bin tells nothing.
    """
    meta = state.meta
    rows = int(meta[ROWS])
    if observed.shape != (rows,) or hold.shape != (rows,):
        raise ShapeMismatch((rows,), observed.shape, hold.shape)
    unit = tick // design.unit_bins
    if unit != meta[UNIT] or unit // design.slot_units != meta[SLOT]:
        _reach(state, unit, hold, design)
    active = state.active[:rows]
    raised = cleared = None
    if not masked:
        if missing is not None:
            observed = np.where(missing, 0.0, observed)
            state.unit_lost[:rows] += missing
        meta[SEEN] += 1
        state.unit_sum[:rows] += observed
        score = state.score[:, :rows]
        kept = score[:, missing] if missing is not None else None
        over = cusum.advance(
            score, state.gain[:, :rows], state.cost[:, :rows], state.limit[:, :rows], observed
        )
        if missing is not None and kept is not None:
            score[:, missing] = kept
            over &= ~missing
        if active.any():
            cleared = _recover(state, rows, observed, missing, design)
        raised = over > active
        if cleared is not None:
            raised &= ~cleared
        if raised.any():
            _raise(state, tick, raised, design)
    reading = Reading(
        expected=state.mean[:rows],
        size=1.0 / state.alpha[:rows],
        scores=state.score[:, :rows],
        active=active,
        raised=raised if raised is not None else np.zeros(rows, dtype=np.bool_),
        cleared=cleared if cleared is not None else np.zeros(rows, dtype=np.bool_),
        onset_tick=state.onset[:rows],
    )
    if (tick + 1) % design.unit_bins == 0:
        _close_unit(state, hold, design)
    return state, reading


def calm(state: State, reading: Reading) -> Reading:
    """Take back what this bin raised, and forget the scores: for a stretch known to be ordinary."""
    rows = len(reading.active)
    state.active[:rows] = False
    state.score[:, :rows] = 0.0
    state.recover[:, :rows] = 0.0
    nothing = np.zeros(rows, dtype=np.bool_)
    return Reading(
        expected=reading.expected,
        size=reading.size,
        scores=np.zeros((1, rows)),
        active=nothing,
        raised=nothing,
        cleared=nothing,
        onset_tick=reading.onset_tick,
    )


def margin(state: State, row: int) -> float:
    """Return by how much a row stands above its threshold, in nats: how sure the alarm is."""
    at = slice(row, row + 1)
    return float(cusum.margin(state.score[:, at], state.limit[:, at])[0])


def band(expected: F64, size: F64, low: float = 0.1, high: float = 0.9) -> tuple[F64, F64]:
    """Return the range that is usual: negative-binomial quantiles of `expected` with `size`.

    For a sum of n bins give n times the mean and, up to about five minutes, n times the size of one
    bin, but no more than 30 sizes of ten seconds.
    """
    return negbin.quantile(expected, size, low), negbin.quantile(expected, size, high)


def _reach(state: State, unit: int, hold: Bool, design: Design) -> None:
    """Bring the state to the beginning of a unit; close those that were left open."""
    meta = state.meta
    if meta[UNIT] < 0 or unit - meta[UNIT] > CATCH_UP_UNITS:
        meta[UNIT] = unit
    while meta[UNIT] < unit:
        _close_unit(state, hold, design)
    slot = unit // design.slot_units
    if slot != meta[SLOT]:
        hour = slot // design.hour_slots
        whole = bool(hour != meta[HOUR])
        meta[SLOT], meta[HOUR] = slot, hour
        _refresh(state, slice(0, int(meta[ROWS])), design, whole_hour=whole)


def _refresh(state: State, rows: slice, design: Design, *, whole_hour: bool) -> None:
    """Compute what stands still within a slot, and within an hour, for these rows."""
    for first in range(rows.start, rows.stop, BLOCK_ROWS):
        block = slice(first, min(first + BLOCK_ROWS, rows.stop))
        _refresh_block(state, block, design, whole_hour=whole_hour)


def _refresh_block(state: State, rows: slice, design: Design, *, whole_hour: bool) -> None:
    basis = drift.basis_for(design.bin_ms)
    slot_ms = design.slot_units * design.unit_bins * design.bin_ms
    point = drift.basis_at(basis, (int(state.meta[SLOT]) + 0.5) * slot_ms)
    mean = np.exp(drift.log_rate(state.theta[rows], point))
    state.mean[rows] = mean
    if whole_hour:
        state.doubt[rows] = drift.variance(state.cov[rows], point)
        unit_alpha, wander = _clumping(state, rows, design)
        alpha = unit_alpha * design.unit_bins
        doubt = np.maximum(state.doubt[rows], wander)
        hour_bins = design.unit_bins * design.slot_units * design.hour_slots
        clump = cusum.clumping(mean, alpha, doubt, 3 * hour_bins)
        state.clump[:, rows] = clump
        state.limit[:, rows] = cusum.limits(mean, clump, design.run_bins) + state.caution[rows]
        state.alpha[rows] = alpha + design.unit_bins * design.slot_units * doubt
    a, b = negbin.ratio_weights(mean, cusum.COLUMN, state.clump[:, rows])
    state.gain[:, rows] = a
    state.cost[:, rows] = b


def _clumping(state: State, rows: slice, design: Design) -> tuple[F64, F64]:
    """Return the clumping of a unit and the wandering of an hour."""
    unit_ms = design.unit_bins * design.bin_ms
    unit = baseline.clump_of_unit(
        state.clump_unit[:, rows], baseline.CLUMP_USUAL * min(1.0, UNIT_MS / unit_ms)
    )
    units = design.slot_units * design.hour_slots
    return unit, baseline.wander_of_hour(unit, state.clump_hour[:, rows], units)


def _close_unit(state: State, hold: Bool, design: Design) -> None:
    """End the present unit: remember its counts, learn its clumping, and end the hour if due."""
    meta = state.meta
    rows = int(meta[ROWS])
    seen = int(meta[SEEN])
    unit = int(meta[UNIT])
    ring = state.ring[unit % RING, :rows]
    ring[:] = np.nan
    if seen:
        count = state.unit_sum[:rows]
        bins = seen - state.unit_lost[:rows]
        expected = state.mean[:rows] * bins
        # A unit that was seen for less than half is no witness of when something began.
        np.divide(
            count * design.unit_bins,
            bins,
            out=ring,
            where=2 * bins >= design.unit_bins,
            casting="unsafe",
        )
        free = _hold_back(state, rows, hold, design)
        state.hour_sum[:rows] += count
        state.hour_mean[:rows] += expected
        # The units of one burst are one another's echo: together they count like a handful.
        worth = baseline.trust(state.doubt[:rows]) * free
        worth /= np.maximum(state.held_units[:rows], 1)
        unit_alpha, _ = _clumping(state, slice(0, rows), design)
        tame = baseline.tame(count, expected, unit_alpha)
        excess = np.square(tame - expected) - tame
        state.clump_unit[0, :rows] += worth * excess
        state.clump_unit[1, :rows] += worth * np.square(expected)
        count[:] = 0.0
        state.unit_lost[:rows] = 0.0
        meta[SEEN] = 0
    meta[UNIT] = unit + 1
    if (unit + 1) % (design.slot_units * design.hour_slots) == 0:
        _close_hour(state, rows, unit, design)


def _hold_back(state: State, rows: int, hold: Bool, design: Design) -> Bool:
    """Note which rows may not learn in this hour; return those whose clumping may be learned.

    Alarms that nobody holds on to are part of how a series behaves: its level is not learned from
    them, but its clumping is, so that a series that often bursts stops alarming at every burst.
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
    state.hour_quiet[:rows] &= (held_units == 0) | late
    state.hour_free[:rows] &= free
    return free


def _close_hour(state: State, rows: int, unit: int, design: Design) -> None:
    units = design.slot_units * design.hour_slots
    unit_ms = design.unit_bins * design.bin_ms
    hours = units * unit_ms / HOUR_MS
    count, expected = state.hour_sum[:rows], state.hour_mean[:rows]
    usable = state.hour_quiet[:rows] & (expected > 0)
    unit_alpha, wander = _clumping(state, slice(0, rows), design)
    clump = unit_alpha / units + wander
    doubt = state.doubt[:rows]
    odd = state.odd_hours[:rows]
    before = odd.copy()
    weight = baseline.weigh(count, expected, clump + doubt, odd)
    odd[~usable] = before[~usable]
    weight *= usable
    basis = drift.basis_for(design.bin_ms)
    middle = (unit + 1 - units / 2) * unit_ms
    point = drift.basis_at(basis, middle)
    baseline.learn(
        state.theta[:rows],
        state.cov[:rows],
        point,
        count=count,
        expected=expected,
        clump=clump,
        weight=weight,
        basis=basis,
        hours=hours,
    )
    keep = 1.0 - hours / baseline.MEMORY_HOURS
    worth = baseline.trust(doubt) * state.hour_free[:rows]
    worth *= units / np.maximum(state.held_units[:rows], units)
    tame = baseline.tame(count, expected, clump + doubt)
    excess = np.square(tame - expected) - tame - doubt * np.square(expected)
    state.clump_hour[:, :rows] *= keep
    state.clump_hour[0, :rows] += worth * excess
    state.clump_hour[1, :rows] += worth * np.square(expected)
    state.clump_unit[:, :rows] *= keep
    count[:] = 0.0
    expected[:] = 0.0
    state.hour_quiet[:rows] = True
    state.hour_free[:rows] = True


def _recover(state: State, rows: int, observed: F64, missing: Bool | None, design: Design) -> Bool:
    """Run the mirrored test on the rows in alarm; return which are back at their baseline."""
    at = np.flatnonzero(state.active[:rows])
    if missing is not None:
        at = at[~missing[at]]
    back = recovery.advance(
        state.recover,
        at,
        observed[at],
        mean=state.mean[at],
        alpha=state.alpha[at],
        run_bins=design.run_bins,
        bin_ms=design.bin_ms,
    )
    cleared = np.zeros(rows, dtype=np.bool_)
    gone = at[back]
    if gone.size:
        cleared[gone] = True
        state.active[gone] = False
        state.score[:, gone] = 0.0
        state.recover[:, gone] = 0.0
    return cleared


def _raise(state: State, tick: int, raised: Bool, design: Design) -> None:
    """Put rows into alarm and find out since when."""
    at = np.flatnonzero(raised)
    unit_bins = design.unit_bins
    unit = tick // unit_bins
    basis = drift.basis_for(design.bin_ms)
    unit_ms = unit_bins * design.bin_ms
    slot_ms = design.slot_units * unit_ms
    # The ring, oldest first, and the present unit as far as it has gone.
    order = np.arange(unit - RING + 1, unit) % RING
    past = state.ring[np.ix_(order, at)].astype(np.float64).T
    slots = np.arange(unit - RING + 1, unit) // design.slot_units
    distinct, which = np.unique(slots, return_inverse=True)
    points = np.array([drift.basis_at(basis, (slot + 0.5) * slot_ms) for slot in distinct])
    usual = np.exp(np.clip(state.theta[at] @ points.T, -30.0, 25.0))[:, which] * unit_bins
    bins = np.maximum(int(state.meta[SEEN]) - state.unit_lost[at], 0.0)
    counts = np.concatenate([past, state.unit_sum[at][:, None]], axis=1)
    expected = np.concatenate([usual, (state.mean[at] * bins)[:, None]], axis=1)
    alpha = state.alpha[at] / unit_bins
    earliest, latest = onsets.brackets(counts, expected, alpha)
    first_unit = unit - RING + 1
    state.onset[at, 0] = (first_unit + earliest) * unit_bins
    state.onset[at, 1] = np.minimum((first_unit + latest + 1) * unit_bins - 1, tick)
    state.active[at] = True
    begun = state.onset[at, 1]
    span = np.maximum(tick - begun + 1, 1)
    recent = np.maximum(state.unit_sum[at] / np.maximum(span, bins), state.mean[at])
    state.recover[0, at] = 0.0
    state.recover[1, at] = recent
