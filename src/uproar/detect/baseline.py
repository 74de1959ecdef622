"""What is usual? Expected rates with season, drift and clumping, learned as hours go by.

The seasonal log-rate is `stats.drift`. Clumping is estimated at two scales, by units of about a
minute and by hours: what the hours vary more than their minutes explain is slow wandering of the
rate, and counts as doubt about the expectation. Hours that look odd weigh less (Anscombe residuals
beyond 2.58, as in Noufaily et al. 2013), but not for longer than a day, so that a lasting change
is taken in.
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
CLUMP_CERTAINTY = 8.0  # How many squared expected counts that prior is worth.
WANDER_USUAL = 2e-4  # Variance of an hour's log-rate beyond its minutes, before anything is known.
WANDER_CERTAINTY = 400.0
TAMED_AT = 6.0  # Standard deviations beyond which a count tells no more of clumping.
SETTLED = 0.02  # Variance of the log-rate below which residuals tell of clumping.


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


def clump_of_unit(clump: F64, prior: float) -> F64:
    """Return the clumping of one unit from its sums, rows of (excess square, expected square)."""
    out: F64 = (clump[0] + prior * CLUMP_CERTAINTY) / (clump[1] + CLUMP_CERTAINTY)
    return np.clip(out, 1e-5, 1e4)


def wander_of_hour(clump_unit: F64, clump_hour: F64, units: int) -> F64:
    """Return the variance of hourly log-rates that their units do not explain."""
    hourly = (clump_hour[0] + WANDER_CERTAINTY * (WANDER_USUAL + clump_unit / units)) / (
        clump_hour[1] + WANDER_CERTAINTY
    )
    out: F64 = np.clip(hourly - clump_unit / units, 0.0, 10.0)
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
    """Take one hour into the seasonal log-rates, in place; rows of weight 0 only drift."""
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
