"""What stands still within a slot: expectations, doubt, thresholds, and what a count adds to a score."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect import attention, baseline, cusum, tails
from uproar.detect.season import Season
from uproar.detect.state import SLOT, Design, State
from uproar.stats import drift, negbin

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

BLOCK_ROWS = 2_048  # Rows whose coefficients are computed together, so that they stay in the cache.
HORIZON_HOURS = 3  # No test looks further back than this when it allows for wandering.


def refresh(
    state: State, rows: slice | I64, design: Design, season: Season, *, whole: bool
) -> None:
    """Compute what stands still within a slot (and, if `whole`, within an hour) for these rows."""
    if isinstance(rows, slice):
        for first in range(rows.start, rows.stop, BLOCK_ROWS):
            block = slice(first, min(first + BLOCK_ROWS, rows.stop))
            _refresh(state, block, design, season, whole=whole)
    elif rows.size:
        _refresh(state, rows, design, season, whole=whole)


def _refresh(
    state: State, rows: slice | I64, design: Design, season: Season, *, whole: bool
) -> None:
    basis = drift.basis_for(design.bin_ms)
    slot_ms = design.slot_bins * design.bin_ms
    middle = (int(state.meta[SLOT]) + 0.5) * slot_ms
    point = season.points(basis, middle, state.calendar[rows])
    usual = np.exp(drift.log_rate(state.theta[rows], point))
    mean = usual * np.exp(state.level[rows])
    state.usual[rows] = usual
    state.mean[rows] = mean
    if whole:
        cov = state.cov[rows]
        # The doubt must hold until the hour ends, and a season not yet known moves within an hour.
        hour_ms = design.hour_units * design.unit_bins * design.bin_ms
        late = (int(middle) // hour_ms + 1) * hour_ms - 0.5 * slot_ms
        last = season.points(basis, late, state.calendar[rows])
        doubt = np.maximum(drift.variance(cov, point), drift.variance(cov, last))
        state.doubt[rows] = doubt
        scales = scales_of(design)
        variance = baseline.variances(state.clumping[:, :, rows], state.usual_clump, scales)

        own = attention.waves(variance, scales)
        state.waves[:, rows] = own
        # Where attention is followed, what is left is new from unit to unit.
        fresh = (own.alpha + state.level_doubt[rows]) * design.unit_bins

        def alpha_over(bins: F64) -> F64:
            whole = bins * baseline.variance_over(variance, scales, bins / design.unit_bins)
            return np.where(own.wave > 0.0, fresh, whole) + bins * doubt

        longest = HORIZON_HOURS * design.hour_units * design.unit_bins
        clump = cusum.clumping(mean, alpha_over, longest)
        state.clump[:, rows] = clump
        state.limit[:, rows] = cusum.limits(mean, clump, design.run_bins) + state.caution[rows]
        state.stretch[:, rows] = tails.stretch(state.tail[:, :, rows], mean, clump)
        wander = np.maximum(variance[2] - variance[0] / scales[2], doubt)
        state.alpha[rows] = variance[0] * design.unit_bins + design.slot_bins * wander
    arm(state, rows)


def arm(state: State, rows: slice | I64) -> None:
    """Compute what a count adds to each score, from what is expected of a bin now."""
    a, b = negbin.ratio_weights(state.mean[rows], cusum.COLUMN, state.clump[:, rows])
    state.gain[:, rows] = a / state.stretch[:, rows]
    state.cost[:, rows] = b / state.stretch[:, rows]


def scales_of(design: Design) -> tuple[int, int, int]:
    """Return how many units the three scales of clumping have."""
    return 1, design.slot_units, design.hour_units
