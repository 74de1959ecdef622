"""Are the peaks of this series' scores as rare as its model says? If not, its evidence is tempered.

Under the model a score seldom rises high, and the heights by which its peaks pass three nats are
nearly exponential. Where attention comes in waves, or bursts are usual, peaks are higher. The mean
excess of a series' own peaks, over the one that the exact law gives, is its `stretch`, for each lift
by itself: scores are divided by it, so that a nat means the same for every series. (The estimator is
the exponential case of peaks over threshold, as in extreme-value practice.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.stats import bank_table as table

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

CERTAIN = 20.0  # Peaks that the model's own law is worth.
EXCESS_MAX = 20.0  # Nats that one peak may add: one outage must not make a series deaf.
STRETCH_MIN, STRETCH_MAX = 1.0, 6.0


def follow(score: F64, stretch: F64, peak: F64, tail: F64, worth: F64) -> None:
    """Take in the scores at the end of a unit, in place.

    `score`, `stretch` and `peak` are (lift, row), `tail` is (2, lift, row): how many peaks there
    were and their summed excess. `worth` says how much the peaks of a row tell, 0 to 1; where it is
    0 the running peak is forgotten.
    """
    raw = score * stretch
    np.maximum(peak, raw, out=peak)
    ended = raw < table.ENDED
    told = ended & (peak > table.PEAK_FROM)
    if told.any():
        weight = np.where(told, worth, 0.0)
        tail[0] += weight
        tail[1] += weight * np.minimum(peak - table.PEAK_FROM, EXCESS_MAX)
    peak[ended] = 0.0
    peak[:, worth <= 0.0] = 0.0


def stretch(tail: F64, mean: F64, clump: F64) -> F64:
    """Return by what scores are divided, as (lift, row).

    `mean` is per bin, one a row, `clump` is (lift, row).
    """
    usual = excess(mean, clump)
    own = (tail[1] + CERTAIN * usual) / (tail[0] + CERTAIN)
    out: F64 = np.clip(own / usual, STRETCH_MIN, STRETCH_MAX)
    return out


def excess(mean: F64, clump: F64) -> F64:
    """Return the mean excess of peaks under the exact law, as (lift, row)."""
    lifts = np.arange(len(clump))[:, None]
    return _between(_EXCESS[lifts], mean, clump)


def crowding(mean: F64, clump: F64) -> F64:
    """Return how many times more often the bank alarms than one of its CUSUMs, one a row."""
    typical = np.median(clump, axis=0)[None, :]
    out: F64 = _between(_FACTOR[None, None], mean, typical)[0]
    return out


_EXCESS = np.moveaxis(np.array(table.EXCESS), 2, 0)  # (lift, mean, clumping)
_FACTOR = np.array(table.FACTOR)


def _between(cells: F64, mean: F64, clump: F64) -> F64:
    """Interpolate; `cells` is (lift, 1, mean, clumping) and the answer (lift, row)."""
    x, left = _place(mean, table.LOG_MEANS)
    y, low = _place(clump, table.LOG_ALPHAS)
    lift = np.arange(len(cells))[:, None]
    flat = cells[:, 0]
    below = flat[lift, left, low] * (1 - y) + flat[lift, left, low + 1] * y
    above = flat[lift, left + 1, low] * (1 - y) + flat[lift, left + 1, low + 1] * y
    out: F64 = below * (1 - x) + above * x
    return out


def _place(values: F64, grid: tuple[float, ...]) -> tuple[F64, NDArray[np.intp]]:
    logs = np.log10(np.maximum(values, 1e-12))
    edges = np.array(grid)
    left = np.clip(np.searchsorted(edges, logs, side="right") - 1, 0, len(grid) - 2)
    share = np.clip((logs - edges[left]) / (edges[left + 1] - edges[left]), 0.0, 1.0)
    return share, left
