"""Negative-binomial counts: likelihood ratios, probabilities and quantiles, over whole arrays.

A count has mean `mean` and variance `mean + alpha * mean**2`; `alpha` is 1 / size, and zero is
Poisson. Sums of n independent counts of one kind have mean n * mean and alpha / n.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

ALPHA_MIN = 1e-9  # Below this the negative binomial is Poisson to fifteen digits.
EXACT_UP_TO = 30.0  # Quantiles of means up to this come from summing probabilities.
EXACT_TERMS = 400


def ratio_weights(mean: F64, lift: F64, alpha: F64) -> tuple[F64, F64]:
    """Return (a, b) such that `a * count - b` is the log-likelihood ratio of a lifted mean.

    The ratio is that of mean `lift * mean` against `mean`, both with the same alpha. Arguments
    broadcast. For alpha to 0 these are Page's Poisson weights, log(lift) and mean * (lift - 1).
    """
    alpha = np.maximum(alpha, ALPHA_MIN)
    spread = np.log1p(alpha * mean * (lift - 1.0) / (1.0 + alpha * mean))
    return np.log(lift) - spread, spread / alpha


def log_probabilities(mean: float, alpha: float, counts: NDArray[np.int64]) -> F64:
    """Return the log-probabilities of consecutive `counts` (first to last, step one)."""
    first = int(counts[0])
    size = 1.0 / max(alpha, ALPHA_MIN)
    fail = math.log1p(mean / size)
    start = (
        math.lgamma(first + size)
        - math.lgamma(size)
        - math.lgamma(first + 1.0)
        - size * fail
        + (first * (math.log(mean / size) - fail) if first else 0.0)
    )
    later = counts[1:].astype(np.float64)
    steps = np.log((later - 1.0 + size) / later) + math.log(mean / size) - fail
    return np.concatenate(([start], start + np.cumsum(steps)))


def quantile(mean: F64, size: F64, share: float) -> F64:
    """Return the smallest counts with at least `share` of the probability at or below them.

    `size` is 1 / alpha (infinite for Poisson). Exact for means up to 30 and where variance and
    tail allow it within 400 terms; beyond, a Cornish-Fisher expansion, good to a few per cent of a
    standard deviation.
    """
    shape = np.broadcast_shapes(np.shape(mean), np.shape(size))
    means = np.broadcast_to(np.maximum(mean, 0.0), shape).ravel()
    alphas = np.broadcast_to(1.0 / np.maximum(size, 1e-12), shape).ravel()
    alphas = np.maximum(alphas, ALPHA_MIN)
    out = _cornish_fisher(means, alphas, share)
    small = np.flatnonzero(means <= EXACT_UP_TO)
    if small.size:
        exact, found = _summed(means[small], alphas[small], share)
        out[small[found]] = exact[found]
    return out.reshape(shape)


def _summed(mean: F64, alpha: F64, share: float) -> tuple[F64, NDArray[np.bool_]]:
    size = 1.0 / alpha
    odds = mean / (size + mean)
    term = np.exp(-size * np.log1p(mean / size))
    total = term.copy()
    out = np.zeros_like(mean)
    found = total >= share
    for count in range(1, EXACT_TERMS):
        if found.all():
            break
        term *= odds * ((count - 1.0 + size) / count)
        total += term
        hit = ~found & (total >= share)
        out[hit] = count
        found |= hit
    return out, found


def _cornish_fisher(mean: F64, alpha: F64, share: float) -> F64:
    spread = np.sqrt(mean + alpha * mean * mean)
    skew = (1.0 + 2.0 * alpha * mean) / np.maximum(spread, 1e-12)
    z = normal_quantile(share)
    shifted = z + skew * (z * z - 1.0) / 6.0 - skew * skew * z * (2.0 * z * z - 5.0) / 36.0
    guess: F64 = np.maximum(0.0, np.floor(mean + spread * np.clip(shifted, -8.0, 12.0) + 0.5))
    return guess


def normal_quantile(share: float) -> float:
    """Return the standard normal quantile of `share` in (0, 1), by bisection on erf."""
    low, high = -9.0, 9.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if 0.5 * (1.0 + math.erf(middle / math.sqrt(2.0))) < share:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
