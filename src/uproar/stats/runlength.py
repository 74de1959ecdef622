"""How long does a CUSUM run before it alarms? Exact, by a Markov chain (Brook and Evans, 1972).

The score moves by `a * count - b` and is reflected at zero. Scores between grid points are split
between their neighbours so that the mean is kept, which makes the answer insensitive to the grid.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.stats import negbin

F64 = NDArray[np.float64]

CELLS = 96  # Grid cells between zero and the threshold.
TAIL = 1e-14  # Probability left out on either side.
COUNTS_MAX = 6_000  # Distinct counts looked at; wider laws are thinned to about this many.


def mean_run(
    mean: float, alpha: float, lift: float, threshold: float, *, true_lift: float = 1.0
) -> float:
    """Return the mean number of bins until the score, begun at zero, reaches `threshold`.

    `mean` and `alpha` are the bin's law under the null, `lift` is what the CUSUM looks for, and
    counts really have mean `true_lift * mean` (1 gives the run to a false alarm).
    """
    a, b = (
        float(value)
        for value in negbin.ratio_weights(np.float64(mean), np.float64(lift), np.float64(alpha))  # type: ignore[arg-type]
    )
    counts, chance = _law(mean * true_lift, alpha)
    gain = a * counts - b
    step = threshold / CELLS
    landing = (np.arange(CELLS)[:, None] * step + gain[None, :]) / step
    stay = landing < CELLS
    landing = np.clip(landing, 0.0, CELLS)
    below = np.minimum(landing.astype(np.int64), CELLS - 1)
    part = landing - below
    rows = np.broadcast_to(np.arange(CELLS)[:, None], below.shape)
    weight = np.where(stay, chance[None, :], 0.0)
    flat = rows * (CELLS + 1) + below
    size = CELLS * (CELLS + 1)
    moves = np.bincount(flat.ravel(), (weight * (1.0 - part)).ravel(), size)
    moves += np.bincount((flat + 1).ravel(), (weight * part).ravel(), size + 1)[:size]
    # What lands between the last grid point and the threshold is kept on the last grid point.
    table = moves.reshape(CELLS, CELLS + 1)
    table[:, CELLS - 1] += table[:, CELLS]
    try:
        runs = np.linalg.solve(np.eye(CELLS) - table[:, :CELLS], np.ones(CELLS))
    except np.linalg.LinAlgError:  # The chain never leaves, as far as doubles can tell.
        return float("inf")
    return float(runs[0]) if runs[0] > 0 else float("inf")


def threshold_for(
    mean: float, alpha: float, lift: float, runs: tuple[float, ...], low: float = 0.05
) -> list[float]:
    """Return, for each wanted mean run (ascending), the smallest threshold that reaches it."""
    out = []
    floor = low
    for wanted in runs:
        under, over = floor, floor + 1.0
        while over < 60.0 and mean_run(mean, alpha, lift, over) < wanted:
            under, over = over, over + 2.0
        for _ in range(8):
            middle = 0.5 * (under + over)
            if mean_run(mean, alpha, lift, middle) < wanted:
                under = middle
            else:
                over = middle
        out.append(over)
        floor = under
    return out


def _law(mean: float, alpha: float) -> tuple[F64, F64]:
    spread = (mean + alpha * mean * mean) ** 0.5
    first = int(max(0.0, mean - 9.0 * spread - 1.0))
    # Geometric tails of strong clumping reach further than nine standard deviations.
    last = int(mean + 9.0 * spread + 40.0 * (1.0 + alpha * mean) + 8.0)
    counts = np.arange(first, last + 1)
    logs = negbin.log_probabilities(mean, alpha, counts)
    chance = np.exp(logs)
    keep = chance > TAIL / len(counts)
    counts, chance = counts[keep], chance[keep]
    if len(counts) > COUNTS_MAX:
        every = -(-len(counts) // COUNTS_MAX)
        edges = np.arange(0, len(counts), every)
        mass = np.add.reduceat(chance, edges)
        middle = np.add.reduceat(chance * counts, edges) / mass
        return middle, mass / mass.sum()
    return counts.astype(np.float64), chance / chance.sum()
