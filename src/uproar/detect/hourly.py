"""What did an hour teach? Put by when it ends, and learned by blocks of rows over the bins that follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect import baseline, shift, standing
from uproar.detect.season import Season
from uproar.detect.state import DAY, DUE, DUE_ROWS, DUE_UNIT, HOUR_MS, Design, State
from uproar.stats import drift

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

ECHO = 1.5  # What lifts one hour often lifts the next, so an hour teaches less than it seems.
LEAN_MIN = 1e-3  # Moves of the pool smaller than this wait until they have added up.
KIN_SHARE = (
    0.25  # A part of a series has nearly the season of the whole: of the prior variance, so much.
)


def prior_of(parent: I64, design: Design) -> F64:
    """Return the prior variance of every coefficient of rows with these parents: (row, coefficient)."""
    prior = drift.basis_for(design.bin_ms).prior
    out = np.where(parent[:, None] >= 0, prior * KIN_SHARE, prior)
    out[:, 0] = prior[0]
    return out


def close(state: State, rows: int, unit: int, design: Design, season: Season) -> None:
    """Put the hour that has ended by, to be learned over the bins that follow."""
    catch_up(state, design, season, everything=True)
    meta = state.meta
    for name in ("sum", "mean", "units", "free"):
        hour = getattr(state, f"hour_{name}")
        getattr(state, f"due_{name}")[:rows] = hour[:rows]
        hour[:rows] = name == "free"
    meta[[DUE, DUE_ROWS, DUE_UNIT]] = 0, rows, unit
    day = (unit + 1) * design.unit_bins * design.bin_ms // drift.DAY_MS
    if day != meta[DAY]:
        meta[DAY] = day
        if not design.pooled:
            return
        _pool(state, rows, design)


def _pool(state: State, rows: int, design: Design) -> None:
    """Find out, once a day, what the series have in common."""
    roots = state.parent[:rows] < 0
    basis = drift.basis_for(design.bin_ms)
    # Seasons are by clocks: where series live by different ones they have no coefficients in common.
    if (state.calendar[:rows] == state.calendar[0]).all():
        state.pool[:] = baseline.pooled(
            state.theta[:rows][roots],
            state.cov[:rows][roots],
            state.anchor[:rows][roots],
            basis.prior,
        )
    state.usual_clump[:] = baseline.in_common(
        state.clumping[:, :, :rows],
        roots,
        state.usual_clump,
        baseline.usual_clump(design.unit_bins * design.bin_ms),
        standing.scales_of(design),
    )


def catch_up(state: State, design: Design, season: Season, *, everything: bool = False) -> None:
    """Learn the hour put by: of all rows, or of one block."""
    meta = state.meta
    rows = int(meta[DUE_ROWS])
    block = max(standing.BLOCK_ROWS, -(-2 * rows // (design.hour_units * design.unit_bins)))
    while meta[DUE] < rows:
        first = int(meta[DUE])
        part = slice(first, min(first + block, rows))
        meta[DUE] = part.stop
        _learn_hour(state, part, design, season)
        standing.refresh(state, part, design, season, whole=True)
        if not everything:
            return


def _learn_hour(state: State, rows: slice, design: Design, season: Season) -> None:
    units = design.hour_units
    unit_ms = design.unit_bins * design.bin_ms
    hours = units * unit_ms / HOUR_MS
    count, expected = state.due_sum[rows], state.due_mean[rows]
    covered = np.maximum(state.due_units[rows], 1.0)
    scales = standing.scales_of(design)
    variance = baseline.variances(state.clumping[:, :, rows], state.usual_clump, scales)
    clump = baseline.variance_over(variance, scales, covered)
    doubt = state.doubt[rows]
    odd = state.odd_hours[rows]
    before = odd.copy()
    weight = baseline.weigh(count, expected, clump + doubt, odd)
    usable = state.due_free[rows] & (expected > 0)
    odd[~usable] = before[~usable]
    _lean(state, rows, design)
    # The hour after which a season is moved was expected by the old one, and teaches nothing.
    told = usable & (covered >= units)
    usable &= ~_ask_clocks(state, rows, clump + doubt, told, design, season)
    take_in(
        state,
        rows,
        count=count,
        expected=expected,
        clump=ECHO * clump,
        weight=weight * usable,
        point_ms=(int(state.meta[DUE_UNIT]) + 1 - units / 2) * unit_ms,
        hours=hours,
        design=design,
        season=season,
    )
    worth = baseline.trust(doubt) * state.due_free[rows] * (covered >= units)
    worth *= units / np.maximum(state.held_units[rows], units)
    kept = 1.0 - hours / baseline.MEMORY_HOURS
    state.clumping[:, :, rows] *= kept
    state.tail[:, :, rows] *= kept
    sums = state.clumping[2][:, rows]
    baseline.add_up(sums, count, expected, clump=clump, doubt=doubt, worth=worth)


def _ask_clocks(
    state: State, rows: slice, variance: F64, told: Bool, design: Design, season: Season
) -> Bool:
    """See whether the hour put by shows that clocks were changed; return whose seasons were moved."""
    basis = drift.basis_for(design.bin_ms)
    unit_ms = design.unit_bins * design.bin_ms
    if not basis.day_waves or design.hour_units * unit_ms > HOUR_MS:
        return np.zeros(len(told), dtype=np.bool_)
    at_ms = (int(state.meta[DUE_UNIT]) + 1 - design.hour_units / 2) * unit_ms
    point = season.points(basis, at_ms, state.calendar[rows])
    shift.follow(
        state.moved[:, rows],
        state.theta[rows],
        point,
        basis,
        count=state.due_sum[rows],
        expected=state.due_mean[rows],
        variance=variance,
        # Days of rest have habits of their own, which may well look like another clock.
        worth=told * (1.0 - point[:, drift.rest_at(basis)]),
    )
    return shift.settle(state.moved[:, rows], state.theta[rows], state.cov[rows], basis)


def _lean(state: State, rows: slice, design: Design) -> None:
    """Move the prior means of rows to where the pool, or the series that they are part of, now is."""
    parent = state.parent[rows]
    target = np.where(parent[:, None] < 0, state.pool, state.theta[np.maximum(parent, 0)])
    moved = target - state.anchor[rows]
    moved[:, 0] = 0.0
    if np.abs(moved).max(initial=0.0) < LEAN_MIN:
        return
    prior = prior_of(parent, design)
    drift.lean(state.theta[rows], state.cov[rows], prior, moved)
    state.anchor[rows] += moved


def take_in(
    state: State,
    rows: slice | I64,
    *,
    count: F64,
    expected: F64,
    clump: F64,
    weight: F64,
    point_ms: float,
    hours: float,
    design: Design,
    season: Season,
) -> None:
    """Take a stretch into the seasons of rows, in place.

    `point_ms` is the middle of the stretch, `clump` the variance of its log-rate, `weight` how far it
    is believed, `hours` how long the coefficients have drifted by its end.
    """
    basis = drift.basis_for(design.bin_ms)
    theta, cov = state.theta[rows], state.cov[rows]
    baseline.learn(
        theta,
        cov,
        season.points(basis, point_ms, state.calendar[rows]),
        count=count,
        expected=expected,
        clump=clump,
        weight=weight,
        basis=basis,
        hours=hours,
    )
    if not isinstance(rows, slice):
        state.theta[rows] = theta
        state.cov[rows] = cov
