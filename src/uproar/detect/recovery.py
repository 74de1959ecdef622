"""Is it over? The mirrored test: from an elevated rate back to what is usual.

While a series is in alarm its present rate is followed by an average over about the last five
counts. The test asks whether the expected rate explains the counts better than half the elevated
one does. It also waits until the average itself is no longer above what is usual, so that a rate
that has fallen by much, but not to the baseline, stays in alarm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

LIMIT = 7.0  # Nats: about one premature call in a day of ten-second bins.
LIFT_MIN = 1.5  # A smaller excess than this is not called elevated.
HORIZON_MS, HORIZON_BINS = 3_600_000, 4  # A lift that an hour cannot refute is not asked about.
COUNTS_FOLLOWED = 5.0
WEIGHT_MAX = 0.5


def advance(
    recover: F64, at: I64, observed: F64, *, mean: F64, alpha: F64, run_bins: float, bin_ms: int
) -> Bool:
    """Add one bin to the rows `at`, in place; return which of them are back at their baseline.

    `recover` is (score, recent count of a bin) by row; the other arrays belong to the rows `at`.
    """
    limit = min(LIMIT, max(2.0, float(np.log(run_bins / 28.0))))
    recent = recover[1, at]
    horizon = max(HORIZON_MS / bin_ms, HORIZON_BINS)
    weight = np.clip(recent / COUNTS_FOLLOWED, 2.0 / horizon, WEIGHT_MAX)
    recent += weight * (observed - recent)
    # Solves lift - 1 - log(lift) = share, nearly.
    share = limit / (mean * horizon)
    floor = np.maximum(1.0 + share + np.sqrt(2.0 * share), LIFT_MIN)
    lift = np.maximum(0.5 * recent / mean, floor)
    clumped = np.maximum(alpha, 1e-9)
    spread = np.log1p(clumped * mean * (lift - 1.0) / (1.0 + clumped * mean))
    score = recover[0, at] + spread / clumped - observed * (np.log(lift) - spread)
    np.maximum(score, 0.0, out=score)
    recover[0, at] = score
    recover[1, at] = recent
    usual = mean / weight
    ceiling = 1.25 * usual + 2.0 * np.sqrt(usual * (1.0 + clumped * mean)) + 1.0
    back: Bool = (score >= limit) & (recent / weight <= ceiling)
    return back
