"""What is usual? Expected rates with season, drift and clumping, learned as hours go by.

The seasonal log-rate is `stats.drift`. Clumping is measured at three scales, by units of about a
minute, by slots of about five and by hours: what longer stretches vary more than independent minutes
would is attention that comes and goes, and a test that looks so long must allow for it. Hours that
look odd weigh less (Anscombe residuals beyond 2.58, as in Noufaily et al. 2013), but not for longer
than a day, so that a lasting change is taken in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.stats import drift

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

ODD = 2.58  # Anscombe residuals beyond this weigh less.
ODD_HOURS_MAX = 24  # Odd hours in a row after which they are believed.
MEMORY_HOURS = 24 * 28  # Clumping is remembered for four weeks.
CLUMP_USUAL = 0.04  # Clumping of a minute before anything is known: size 25.
WANDER_USUAL = 2e-4  # Variance of log-rates beyond their minutes, before anything is known.
CERTAINTY: F64 = np.array([8.0, 50.0, 400.0])  # Squared expected counts that priors are worth.
POOL_ROWS = 5.0  # Series that what is usual for all is worth, before there are any.
POOL_FACTOR = 8.0  # How far what series have in common may move from where it began.
TAMED_AT = 6.0  # Standard deviations beyond which a count tells no more of clumping.
SETTLED = 0.02  # Variance of the log-rate below which residuals tell of clumping.


def usual_clump(unit_ms: int) -> F64:
    """Return the clumping of a unit, and the wander of slots and hours, before any count."""
    return np.array([CLUMP_USUAL * min(1.0, 60_000 / unit_ms), WANDER_USUAL, WANDER_USUAL])


def trust(doubt: F64) -> F64:
    """Return how much a residual tells of clumping when the expectation has this variance."""
    out: F64 = np.square(SETTLED / (SETTLED + doubt))
    return out


def tame(count: F64, expected: F64, clump: F64) -> F64:
    """Return counts cut off where one alone would decide what the clumping is.

    Clumping that is really higher still gets through, by and by.
    """
    ceiling = expected + TAMED_AT * np.sqrt(expected * (1.0 + clump * expected)) + 3.0
    return np.minimum(count, ceiling)


def add_up(sums: F64, count: F64, expected: F64, *, clump: F64, doubt: F64, worth: F64) -> None:
    """Add a stretch to the sums (2, row) that clumping at its scale is measured by, in place."""
    tamed = tame(count, expected, clump + doubt)
    excess = np.square(tamed - expected) - tamed - doubt * np.square(expected)
    sums[0] += worth * excess
    sums[1] += worth * np.square(expected)


def variances(sums: F64, usual: F64, scales: tuple[int, int, int]) -> F64:
    """Return the variance of log-rates over units, slots and hours beyond Poisson: (3, row).

    `sums` is (scale, 2, row), `usual` what series have in common, `scales` the units of each. A
    longer stretch varies no more than a shorter one, and no less than if its parts were independent.
    """
    out = np.empty((3, sums.shape[2]))
    out[0] = (sums[0, 0] + usual[0] * CERTAINTY[0]) / (sums[0, 1] + CERTAINTY[0])
    np.clip(out[0], 1e-5, 1e4, out=out[0])
    for scale in (1, 2):
        least = out[scale - 1] * (scales[scale - 1] / scales[scale])
        prior = np.minimum(least + usual[scale], out[scale - 1])
        raw = (sums[scale, 0] + prior * CERTAINTY[scale]) / (sums[scale, 1] + CERTAINTY[scale])
        out[scale] = np.clip(raw, least, out[scale - 1])
    return out


def variance_over(variance: F64, scales: tuple[int, int, int], units: F64) -> F64:
    """Return the variance of the log-rate over stretches of so many units.

    `variance` is (3, row); `units` broadcasts against rows. Between the scales the law is taken to
    be a power; below a unit, bins are independent; beyond an hour it falls no further.
    """
    logs = np.log(variance)
    steps = np.log(np.asarray(scales, dtype=np.float64))
    at = np.log(np.maximum(units, 1e-9))
    out = logs[0] - np.minimum(at, 0.0)
    for left, right in ((0, 1), (1, 2)):
        wide = steps[right] - steps[left]
        if wide > 0:
            share = np.clip((at - steps[left]) / wide, 0.0, 1.0)
            out = out + share * (logs[right] - logs[left])
    answer: F64 = np.exp(out)
    return answer


def in_common(sums: F64, rows: Bool, before: F64, first: F64, scales: tuple[int, int, int]) -> F64:
    """Return the clumping that series have in common: a mean of theirs, each at most once.

    `first` is what was assumed before any count, `before` the answer so far. A series speaks as far
    as its own counts outweigh the prior.
    """
    out = before.copy()
    own = variances(sums[:, :, rows], before, scales)
    for scale in range(3):
        total = sums[scale, 1, rows]
        weight = total / (total + CERTAINTY[scale])
        value = own[scale]
        if scale:
            value = value - own[scale - 1] * (scales[scale - 1] / scales[scale])
        mean = (weight @ value + POOL_ROWS * first[scale]) / (weight.sum() + POOL_ROWS)
        out[scale] = np.clip(mean, first[scale] / POOL_FACTOR, first[scale] * POOL_FACTOR)
    return out


def weigh(count: F64, expected: F64, variance: F64, odd_hours: F64) -> F64:
    """Return how much each hour is believed, 0 to 1, and age `odd_hours` in place.

    `variance` is that of the log of the hour's rate (clumping and doubt together).
    """
    usual = np.maximum(expected, 1e-12)
    residual = 1.5 * (np.power(count, 2 / 3) * np.power(usual, -1 / 6) - np.sqrt(usual))
    residual /= np.sqrt(1.0 + usual * variance)
    size = np.abs(residual)
    odd = size > ODD
    odd_hours += np.where(odd, 1.0, -odd_hours)
    weight = np.where(odd, np.square(ODD / np.maximum(size, ODD)), 1.0)
    out: F64 = np.where(odd_hours > ODD_HOURS_MAX, 1.0, weight)
    return out


def learn(
    theta: F64,
    cov: F64,
    point: F64,
    *,
    count: F64,
    expected: F64,
    clump: F64,
    weight: F64,
    basis: drift.Basis,
    hours: float,
) -> None:
    """Take one hour into the seasonal log-rates, in place; rows of weight 0 only drift.

    `point` is (row, coefficient); `clump` is the variance of the hour's log-rate beyond Poisson.
    """
    temper = weight / (1.0 + expected * clump)
    cap = np.maximum(basis.prior, 1.0)
    drift.learn(
        theta,
        cov,
        point,
        count=count * temper,
        exposure=expected * temper,
        drift=basis.drift * hours,
        cap=cap,
    )


def pooled(theta: F64, cov: F64, anchor: F64, prior: F64) -> F64:
    """Return the season that series have in common, from (row, coefficient) arrays.

    Each coefficient of each series speaks as far as its variance has fallen below the prior's; what
    it says is freed of the anchor that it was itself learned from.
    """
    diagonal = np.diagonal(cov, axis1=1, axis2=2)
    weight = np.clip(1.0 - diagonal / prior, 0.0, 1.0)
    said = (theta - (1.0 - weight) * anchor).sum(axis=0)
    out: F64 = said / (weight.sum(axis=0) + POOL_ROWS)
    out[0] = 0.0
    return out
