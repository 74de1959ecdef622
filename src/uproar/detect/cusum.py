"""A bank of negative-binomial CUSUMs: has the rate of a series risen, by any factor worth saying?

For each lift the score adds up the log-likelihood ratio of "the rate is `lift` times what is
expected" against "it is what is expected", and never falls below zero (Page, 1954). A series goes
into alarm when any of its scores reaches its threshold. Scores stop a little above the threshold,
so that a great outage is not remembered longer than a small one.

How uncertain the expectation is depends on how long one looks: an error of the mean, or attention
that comes and goes slowly, does not average out. Each lift therefore has its own clumping: that of
stretches as long as this lift takes to be seen.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from uproar.detect import tails
from uproar.stats import negbin, thresholds

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

LIFTS: F64 = thresholds.LIFTS
COLUMN: F64 = LIFTS[:, None]
CROWD_MIN = (
    2.5  # A bank over a day of changing rates is at least so crowded, where few counts decide.
)
LIMIT_MIN = (
    1.0  # Nats; a great lift at a great rate is beyond doubt in one bin, but not at nothing.
)
EVIDENCE = 10.0  # Nats after which a lift has been seen, for counting the bins that it takes.
EXCESS_MAX = 12.0  # How far above its threshold a score may stand, in nats.


def clumping(mean: F64, alpha_over: Callable[[F64], F64], bins_max: int) -> F64:
    """Return the clumping by (lift, row) that each lift must allow for.

    `mean` is per bin, one a row. `alpha_over` returns the clumping of a bin for stretches of so many
    bins (lift, row): the variance of the log of their rate, times their number.
    """
    alphas = alpha_over(np.ones((len(LIFTS), len(mean))))
    for _ in range(2):
        a, b = negbin.ratio_weights(mean, COLUMN, alphas)
        gain = a * (COLUMN * mean) - b
        bins = np.clip(EVIDENCE / np.maximum(gain, 1e-12), 1.0, bins_max)
        alphas = alpha_over(bins)
    return alphas


def limits(mean: F64, clump: F64, run_bins: float) -> F64:
    """Return thresholds by (lift, row) for a bank whose mean run to a false alarm is `run_bins`.

    Each CUSUM of the bank must run longer than the bank, by as much as measured for its law; a mean
    run grows with the exponential of the threshold.
    """
    crowding = np.maximum(tails.crowding(mean, clump), CROWD_MIN)
    return np.maximum(thresholds.look_up(mean, clump, run_bins) + np.log(crowding), LIMIT_MIN)


def margin(score: F64, limit: F64) -> F64:
    """Return by how much each row stands above its thresholds, at most `EXCESS_MAX`, in nats."""
    out: F64 = (score - limit).max(axis=0)
    return out


def advance(score: F64, a: F64, b: F64, limit: F64, observed: F64) -> Bool:
    """Add one bin to the scores (lift, row), in place; return which rows reached a threshold.

    Only a count can raise a score, so rows that counted nothing are merely lowered: most rows, most
    of the time.
    """
    loud = np.flatnonzero(observed)
    over = np.zeros(len(observed), dtype=np.bool_)
    if 4 * len(loud) > len(observed):
        score += a * observed
        score -= b
        np.maximum(score, 0.0, out=score)
        np.greater_equal(score, limit).any(axis=0, out=over)
        np.minimum(score, limit + EXCESS_MAX, out=score)
        return over
    if len(loud):
        score[:, loud] += a[:, loud] * observed[loud]
    score -= b
    np.maximum(score, 0.0, out=score)
    if len(loud):
        reached, ceiling = score[:, loud], limit[:, loud]
        over[loud] = (reached >= ceiling).any(axis=0)
        score[:, loud] = np.minimum(reached, ceiling + EXCESS_MAX)
    return over
