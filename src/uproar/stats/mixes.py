"""Counts in cells whose shares are uncertain: beta-binomial and Dirichlet-multinomial.

All functions return natural logarithms of probabilities. A concentration is the number of reports
that the usual shares are worth: shares drawn from Dirichlet(concentration * shares) lie within about
sqrt(share / concentration) of the usual ones.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

F64 = NDArray[np.float64]

ARGUMENT_MIN = 1e-12  # Smaller arguments of the gamma function are taken for this.
SHIFT = 7  # Steps by which the argument is raised before Stirling's series is used.
HALF_LOG_TAU = 0.5 * math.log(2 * math.pi)


def log_gamma(x: ArrayLike) -> F64:
    """Return log Gamma(x) for x > 0, to about 1e-10: Stirling's series after a shift by seven."""
    value = np.maximum(np.asarray(x, np.float64), ARGUMENT_MIN)
    product = value * (value + 1.0)
    for step in range(2, SHIFT):
        product *= value + step
    raised = value + SHIFT
    inverse = 1.0 / raised
    square = inverse * inverse
    series = inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)))
    out: F64 = (raised - 0.5) * np.log(raised) - raised + HALF_LOG_TAU + series - np.log(product)
    return out


def rising(start: ArrayLike, count: ArrayLike) -> F64:
    """Return log of start * (start + 1) * ... over `count` factors: log Gamma ratio."""
    begun = np.maximum(np.asarray(start, np.float64), ARGUMENT_MIN)
    return log_gamma(begun + count) - log_gamma(begun)


def in_group(count: ArrayLike, total: ArrayLike, share: ArrayLike, concentration: ArrayLike) -> F64:
    """Return log P(count of total fall into a group) up to the binomial coefficient.

    Beta-binomial with mean `share`. The coefficient is left out, for it does not depend on the share
    and drops out of every ratio. Arguments broadcast.
    """
    part = np.asarray(share, np.float64)
    worth = np.asarray(concentration, np.float64)
    inside = np.asarray(count, np.float64)
    whole = np.asarray(total, np.float64)
    return (
        rising(worth * part, inside)
        + rising(worth * (1.0 - part), whole - inside)
        - rising(worth, whole)
    )


def in_cells(counts: F64, shares: F64, concentration: ArrayLike) -> F64:
    """Return log P of one sequence with these counts (Dirichlet-multinomial, no coefficient).

    `counts` and `shares` are (cells,) or (..., cells); cells without counts may be left out, for the
    shares need not sum to one. `concentration` broadcasts against the leading axes.
    """
    worth = np.asarray(concentration, np.float64)
    inside = rising(worth[..., None] * shares, counts).sum(axis=-1)
    out: F64 = inside - rising(worth, counts.sum(axis=-1))
    return out


def log_count(count: ArrayLike, mean: ArrayLike, size: ArrayLike) -> F64:
    """Return log P(count) of a negative binomial by mean and size; all broadcast, size > 0."""
    seen = np.asarray(count, np.float64)
    level = np.maximum(np.asarray(mean, np.float64), ARGUMENT_MIN)
    shape = np.asarray(size, np.float64)
    out: F64 = (
        rising(shape, seen)
        - log_gamma(seen + 1.0)
        - shape * np.log1p(level / shape)
        + seen * (np.log(level) - np.log(shape + level))
    )
    return out


def log_sum(values: F64, axis: int) -> F64:
    """Return log of the sum of exponentials along an axis, safe against overflow."""
    top = np.max(values, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        out: F64 = np.log(np.exp(values - top).sum(axis=axis)) + np.squeeze(top, axis=axis)
    return out
