"""Expected rates and alarms for many series at once: one step a bin.

The state is arrays with one row a series and room for more, so that it can be kept as it is. A step
takes ownership of the state it is given and changes it in place: use only what it returns, and
`copy` where the old one is still wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.detect import cusum, hourly, learning, recovery, standing
from uproar.detect import onset as onsets
from uproar.detect.season import UTC, Season
from uproar.detect.state import (
    CATCH_UP_UNITS,
    DUE,
    DUE_ROWS,
    HOUR,
    RING,
    ROWS,
    ROWS_FIRST,
    SEEN,
    SLOT,
    UNIT,
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
    *,
    calendars: I64 | None = None,
    doubt: float | None = None,
    season: Season = UTC,
) -> State:
    """Return the state with more rows: series that have no history yet.

    `prior_per_bin` is what they are expected to count in a bin on average over the week; `share_of`
    is the row of the series that they are a share of, whose season they take over if they live by the
    same calendar, or -1. `budget`
    is the share of the design's false alarms that each may have, above 0 and at most 1 (default):
    mean runs grow with the exponential of a threshold, so log(1/budget) is added to it. `calendars`
    are the numbers of their calendars in `season` (default 0), `doubt` is the variance of the log of
    the level (default 1). Takes ownership of `state`. Room doubles, so growing one by one is cheap.
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
    state.calendar[fresh] = 0 if calendars is None else calendars
    # A season is by the clocks that it was learned by: where those differ it cannot be taken over.
    parent = np.asarray(share_of, dtype=np.int64)
    alike = state.calendar[np.maximum(parent, 0)] == state.calendar[fresh]
    parent = np.where(alike, parent, -1)
    kin = parent >= 0
    state.parent[fresh] = parent
    state.theta[fresh] = np.where(kin[:, None], state.theta[np.maximum(parent, 0)], state.pool)
    state.theta[fresh, 0] = np.log(np.maximum(prior_per_bin, 1e-9))
    state.anchor[fresh] = state.theta[fresh]
    prior = hourly.prior_of(parent, design)
    if doubt is not None:
        prior[:, 0] = doubt
    state.cov[fresh] = prior[:, :, None] * np.eye(prior.shape[1])
    state.caution[fresh] = 0.0 if budget is None else -np.log(budget)
    for flag in (state.hour_free, state.slot_free):
        flag[fresh] = True
    state.meta[ROWS] = rows + more
    if state.meta[SLOT] >= 0:
        standing.refresh(state, fresh, design, season, whole=True)
    return state


def step(
    state: State,
    tick: int,
    observed: F64,
    masked: bool,
    hold: Bool,
    design: Design,
    missing: Bool | None = None,
    season: Season = UTC,
) -> tuple[State, Reading]:
    """Take in one bin of every series; return the new state and what it shows.

    `tick` is the number of the bin since the epoch and must increase. `observed` counts one a row;
    where `masked` is set the bin is not looked at and only time passes. Rows in `hold` do not learn
    (for at most `absorb_ms`). `missing` marks rows of which this bin tells nothing. `season` holds the
    calendars that rows point to.
    """
    meta = state.meta
    rows = int(meta[ROWS])
    if observed.shape != (rows,) or hold.shape != (rows,):
        raise ShapeMismatch((rows,), observed.shape, hold.shape)
    unit = tick // design.unit_bins
    if unit != meta[UNIT] or unit // design.slot_units != meta[SLOT]:
        _reach(state, unit, hold, design, season)
    nothing = np.zeros(rows, dtype=np.bool_)
    raised, cleared = nothing, nothing
    if not masked:
        raised, cleared = _look(state, tick, observed, missing, design, season)
    reading = Reading(
        expected=state.mean[:rows],
        size=1.0 / state.alpha[:rows],
        scores=state.score[:, :rows],
        active=state.active[:rows],
        raised=raised,
        cleared=cleared,
        onset_tick=state.onset[:rows],
    )
    if (tick + 1) % design.unit_bins == 0:
        learning.close_unit(state, hold, design, season)
    if meta[DUE] < meta[DUE_ROWS]:
        hourly.catch_up(state, design, season)
    return state, reading


def _look(
    state: State, tick: int, observed: F64, missing: Bool | None, design: Design, season: Season
) -> tuple[Bool, Bool]:
    """Count one bin that was seen; return which rows went into alarm and which out of it."""
    rows = len(observed)
    active = state.active[:rows]
    score = state.score[:, :rows]
    kept = None
    if missing is not None:
        observed = np.where(missing, 0.0, observed)
        state.unit_lost[:rows] += missing
        kept = score[:, missing]
    state.meta[SEEN] += 1
    state.unit_sum[:rows] += observed
    over = cusum.advance(
        score, state.gain[:, :rows], state.cost[:, :rows], state.limit[:, :rows], observed
    )
    if missing is not None and kept is not None:
        score[:, missing] = kept
        over &= ~missing
    cleared = np.zeros(rows, dtype=np.bool_)
    if active.any():
        cleared = _recover(state, rows, observed, missing, design)
    raised = (over > active) & ~cleared
    if raised.any():
        _raise(state, tick, raised, design, season)
    return raised, cleared


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


def _reach(state: State, unit: int, hold: Bool, design: Design, season: Season) -> None:
    """Bring the state to the beginning of a unit; close those that were left open."""
    meta = state.meta
    if meta[UNIT] < 0 or unit - meta[UNIT] > CATCH_UP_UNITS:
        meta[UNIT] = unit
    while meta[UNIT] < unit:
        learning.close_unit(state, hold, design, season)
    slot = unit // design.slot_units
    if slot != meta[SLOT]:
        hour = slot // design.hour_slots
        rows = int(meta[ROWS])
        # Of many rows the hourly part is computed with what the hour taught, block by block.
        few = rows <= standing.BLOCK_ROWS or meta[SLOT] < 0
        whole = bool(hour != meta[HOUR]) and few
        meta[SLOT], meta[HOUR] = slot, hour
        standing.refresh(state, slice(0, rows), design, season, whole=whole)


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


def _raise(state: State, tick: int, raised: Bool, design: Design, season: Season) -> None:
    """Put rows into alarm and find out since when."""
    at = np.flatnonzero(raised)
    unit_bins = design.unit_bins
    unit = tick // unit_bins
    basis = drift.basis_for(design.bin_ms)
    slot_ms = design.slot_bins * design.bin_ms
    # The ring, oldest first, and the present unit as far as it has gone.
    order = np.arange(unit - RING + 1, unit) % RING
    past = state.ring[np.ix_(order, at)].astype(np.float64).T
    slots = np.arange(unit - RING + 1, unit) // design.slot_units
    distinct, which = np.unique(slots, return_inverse=True)
    usual = np.empty((len(at), len(distinct)))
    for place, slot in enumerate(distinct):
        point = season.points(basis, (int(slot) + 0.5) * slot_ms, state.calendar[at])
        usual[:, place] = np.exp(drift.log_rate(state.theta[at], point))
    usual = usual[:, which] * unit_bins
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
