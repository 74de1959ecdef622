"""A seasonal log-rate that drifts: the dynamic generalised linear model, many rows at once.

log(rate) = point(time) . theta, where theta wanders a little. A count updates it as in West,
Harrison and Migon (1985): the log-rate's prior is matched by a gamma law, the count is added to
that, and what was learned is carried back to theta. Overdispersed or doubtful counts are tempered:
count and exposure shrink by one factor. Everything has bounded memory and needs no refit.

A point of the season is a linear mixture over the local clocks of those who report: the hour of
the day, the day of the week and the day of rest of each, weighted by its share.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

DAY_MS = 86_400_000
WEEK_MS = 7 * DAY_MS
YEAR_MS = 365.2425 * DAY_MS
MONDAY_MS = 4 * DAY_MS  # The epoch was a Thursday, so its first Monday is day four.
BLOCK_ROWS = 2_048  # Rows updated together, so that their covariances stay in the cache.
SHAPE_LEFT = 0.25  # Of the certainty that exposure alone would bring, at least so much is doubted.


class Basis(NamedTuple):
    """Which waves the log-rate may have, with the prior variance and hourly drift of each.

    The columns are: level; cosine and sine of `day_waves` waves a day; where there are any, rest and
    rest times the first wave; holiday; seven days of the week; cosine and sine of `year_waves`.
    """

    day_waves: int
    year_waves: int
    prior: F64
    drift: F64

    @property
    def width(self) -> int:
        """Return the number of coefficients."""
        return len(self.prior)


def basis_for(bin_ms: int) -> Basis:
    """Return the basis that bins of this width can show."""
    if bin_ms < DAY_MS // 2:
        waves = [v for v in (0.25, 0.06, 0.02, 0.01) for _ in range(2)]
        prior = [1.0, *waves, 0.06, 0.02, 0.02, 0.04, *[0.01] * 7]
        drift = [1e-3, *[1e-5] * (len(prior) - 1)]
        return Basis(4, 0, np.array(prior), np.array(drift) / 24.0)
    waves = [v for v in (0.25, 0.06, 0.02) for _ in range(2)]
    prior = [1.0, 0.25, *[0.25] * 7, *waves]
    drift = [1e-3, *[1e-5] * (len(prior) - 1)]
    return Basis(0, 3, np.array(prior), np.array(drift) / 24.0)


def rest_at(basis: Basis) -> int:
    """Return the column that is one on days of rest, of a basis with waves of the day."""
    return 2 * basis.day_waves + 1


def points(basis: Basis, local_ms: F64, rest: F64, holiday: F64) -> F64:
    """Return the basis at the instants that local clocks show, as (clock, coefficient).

    `local_ms` is milliseconds since the epoch as the clock on the wall counts them, `rest` is one
    on weekends and holidays, `holiday` is one on holidays, all one a clock.
    """
    day = 2 * math.pi * (local_ms % DAY_MS) / DAY_MS
    out = [np.ones_like(day)]
    for wave in range(1, basis.day_waves + 1):
        out += [np.cos(wave * day), np.sin(wave * day)]
    if basis.day_waves:
        out += [rest, rest * np.cos(day), rest * np.sin(day)]
    out.append(holiday)
    weekday = ((local_ms - MONDAY_MS) // DAY_MS) % 7
    out += [(weekday == number).astype(np.float64) for number in range(7)]
    year = 2 * math.pi * (local_ms % YEAR_MS) / YEAR_MS
    for wave in range(1, basis.year_waves + 1):
        out += [np.cos(wave * year), np.sin(wave * year)]
    return np.stack(out, axis=-1)


def log_rate(theta: F64, point: F64) -> F64:
    """Return log-rates; `theta` and `point` are (row, coefficient)."""
    out: F64 = np.clip(np.einsum("ij,ij->i", theta, point), -30.0, 25.0)
    return out


def variance(cov: F64, point: F64) -> F64:
    """Return the variance of the log-rates; `cov` is (row, coefficient, coefficient)."""
    carry = np.matmul(cov, point[:, :, None])[:, :, 0]
    out: F64 = np.maximum(np.einsum("ij,ij->i", carry, point), 1e-9)
    return out


def learn(
    theta: F64, cov: F64, point: F64, *, count: F64, exposure: F64, drift: F64, cap: F64
) -> None:
    """Take in one stretch of every row, in place.

    `point` is (row, coefficient). `count` and `exposure` (the expected count) are already tempered;
    rows with no exposure only drift. `drift` is added to each coefficient's variance, up to `cap` (a
    coefficient that is not observed does not become wilder than a new one, apart from the level).
    """
    width = theta.shape[1]
    for first in range(0, len(theta), BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        block = cov[rows]
        carry = np.matmul(block, point[rows][:, :, None])[:, :, 0]
        spread = np.maximum(np.einsum("ij,ij->i", carry, point[rows]), 1e-9)
        shape = 1.0 / spread
        moved = np.log((shape + count[rows]) / (shape + exposure[rows]))
        left = (1.0 / (shape + count[rows])) / spread
        # A count far above what was expected says little about how sure we now are.
        left = np.maximum(left, SHAPE_LEFT / (1.0 + exposure[rows] * spread))
        idle = exposure[rows] <= 0.0
        moved[idle] = 0.0
        left[idle] = 1.0
        theta[rows] += carry * (moved / spread)[:, None]
        block -= (carry * ((1.0 - left) / spread)[:, None])[:, :, None] * carry[:, None, :]
        diagonal = block.reshape(len(block), width * width)[:, :: width + 1]
        np.minimum(diagonal + drift, np.maximum(diagonal, cap), out=diagonal)


def lean(theta: F64, cov: F64, prior: F64, moved: F64) -> None:
    """Move the prior mean of rows by `moved` (row, coefficient), in place.

    What was learned stays learned: a normal posterior shifts by cov / prior variance times the move,
    so a coefficient follows as far as its own counts have not spoken. `prior` is the prior variance
    of each coefficient.
    """
    theta += np.matmul(cov, (moved / prior)[:, :, None])[:, :, 0]
