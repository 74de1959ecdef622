"""A seasonal log-rate that drifts: the dynamic generalised linear model, many rows at once.

log(rate) = basis(time) . theta, where theta wanders a little. A count updates it as in West,
Harrison and Migon (1985): the log-rate's prior is matched by a gamma law, the count is added to
that, and what was learned is carried back to theta. Overdispersed or doubtful counts are tempered:
count and exposure shrink by one factor. Everything has bounded memory and needs no refit.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # The epoch was a Thursday, so its first Monday is day four.
BLOCK_ROWS = 2_048  # Rows updated together, so that their covariances stay in the cache.


class Basis(NamedTuple):
    """Which waves the log-rate may have, with the prior variance and hourly drift of each."""

    day_waves: int
    week_waves: int
    weekend: bool
    prior: F64
    drift: F64

    @property
    def width(self) -> int:
        """Return the number of coefficients."""
        return len(self.prior)


def basis_for(bin_ms: int) -> Basis:
    """Return the basis that bins of this width can show."""
    if bin_ms < DAY_MS // 2:
        prior = [1.0] + [v for v in (0.25, 0.06, 0.02, 0.01) for _ in range(2)] + [0.06, 0.02, 0.02]
        drift = [1e-3] + [1e-5] * 8 + [1e-5] * 3
        return Basis(4, 0, True, np.array(prior), np.array(drift) / 24.0)
    prior = [1.0] + [0.06] * 6
    return Basis(0, 3, False, np.array(prior), np.array([1e-3] + [1e-4] * 6) / 24.0)


def basis_at(basis: Basis, at_ms: float) -> F64:
    """Return the basis at an instant, in UTC."""
    day = 2 * math.pi * (at_ms % DAY_MS) / DAY_MS
    since_monday = (at_ms - MONDAY_MS) % WEEK_MS
    out = [1.0]
    for wave in range(1, basis.day_waves + 1):
        out += [math.cos(wave * day), math.sin(wave * day)]
    if basis.weekend:
        free = 1.0 if since_monday >= 5 * DAY_MS else 0.0
        out += [free, free * math.cos(day), free * math.sin(day)]
    week = 2 * math.pi * since_monday / WEEK_MS
    for wave in range(1, basis.week_waves + 1):
        out += [math.cos(wave * week), math.sin(wave * week)]
    return np.array(out)


def log_rate(theta: F64, point: F64) -> F64:
    """Return log-rates of all rows at a basis point; `theta` is (row, coefficient)."""
    out: F64 = np.clip(theta @ point, -30.0, 25.0)
    return out


def variance(cov: F64, point: F64) -> F64:
    """Return the variance of the log-rates; `cov` is (row, coefficient, coefficient)."""
    out: F64 = np.maximum((cov @ point) @ point, 1e-9)
    return out


def learn(
    theta: F64, cov: F64, point: F64, *, count: F64, exposure: F64, drift: F64, cap: F64
) -> None:
    """Take in one hour of every row, in place.

    `count` and `exposure` (the expected count) are already tempered; rows with no exposure only
    drift. `drift` is added to each coefficient's variance, up to `cap` (a coefficient that is not
    observed does not become wilder than a new one, apart from the level).
    """
    width = len(point)
    for first in range(0, len(theta), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        block = cov[rows]
        carry = block @ point
        spread = np.maximum(carry @ point, 1e-9)
        shape = 1.0 / spread
        moved = np.log((shape + count[rows]) / (shape + exposure[rows]))
        left = (1.0 / (shape + count[rows])) / spread
        # A count far above what was expected says little about how sure we now are.
        left = np.maximum(left, 1.0 / (1.0 + exposure[rows] * spread) * 0.25)
        idle = exposure[rows] <= 0.0
        moved[idle] = 0.0
        left[idle] = 1.0
        theta[rows] += carry * (moved / spread)[:, None]
        block -= (carry * ((1.0 - left) / spread)[:, None])[:, :, None] * carry[:, None, :]
        diagonal = block.reshape(len(block), width * width)[:, :: width + 1]
        np.minimum(diagonal + drift, np.maximum(diagonal, cap), out=diagonal)
