"""How did it begin: within minutes, over a long time, or in waves? From the counts of reports alone.

Reports lag behind what they tell of, and people need minutes to speak up, so that half of the first height
within a quarter of an hour is sudden. Between sudden and gradual nothing is said, nor while the counts
still rise: half of a height that is not known yet is reached too early.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SMOOTH = 5  # Minutes over which counts are averaged.
QUARTER = 15  # Minutes over which the height of a wave is taken.
SUDDEN_MINUTES = 15  # From the usual to half of the height, at most.
GRADUAL_MINUTES = 40  # The same, at least.
COUNT_MIN = 20.0  # Reports beyond the usual below which no shape is told.
FOOT = 0.05  # Share of the height that still counts as the usual.
RECOVERED = 0.25  # Share of the lower of two waves that may be left between them.
WAVE_SHARE = 0.1  # Of the largest wave: what is lower is no wave of its own.
PASSED = 0.75  # Share of the height below which the counts have passed it.
MINUTES_MAX = 2 * 24 * 60  # Minutes that are looked at, from the beginning of the curve on.

F64 = NDArray[np.float64]


def onset(counts: Sequence[int], usual: Sequence[float], waves: Sequence[int] = (0,)) -> str | None:
    """Return "sudden", "gradual" or "waves", None where the counts do not tell.

    `counts` are reports a minute, -1 where nobody looked, `usual` what was to be expected; `waves` are the
    minutes, by their place in `counts`, in which each wave began.
    """
    if not len(counts) or not len(waves):
        return None
    beyond = _beyond(counts[:MINUTES_MAX], usual[:MINUTES_MAX])
    if float(np.nansum(np.maximum(beyond, 0.0))) < COUNT_MIN:
        return None
    if _recovers(beyond, waves):
        return "waves"
    second = waves[1] if len(waves) > 1 else len(beyond)
    return _rise(beyond[: max(second, 1)], usual)


def _beyond(counts: Sequence[int], usual: Sequence[float]) -> F64:
    seen = np.array(counts, np.float64)
    beyond: F64 = np.where(seen < 0, np.nan, seen - np.array(usual, np.float64))
    return beyond


def _means(beyond: F64, width: int) -> F64:
    """Return the mean of the `width` minutes that end with each, NaN where hardly any of them was seen."""
    known = np.concatenate(([0.0], np.cumsum(~np.isnan(beyond))))
    sums = np.concatenate(([0.0], np.cumsum(np.nan_to_num(beyond))))
    first = np.maximum(np.arange(len(beyond)) + 1 - width, 0)
    last = np.arange(len(beyond)) + 1
    count = known[last] - known[first]
    means: F64 = np.where(
        count >= np.minimum(width / 3, last),
        (sums[last] - sums[first]) / np.maximum(count, 1.0),
        np.nan,
    )
    return means


def _recovers(beyond: F64, waves: Sequence[int]) -> bool:
    """Tell whether two waves that count lie apart, with the usual nearly back between them."""
    means = _means(beyond, QUARTER)
    edges = [max(0, at) for at in waves if at < len(beyond)] + [len(beyond)]
    if len(edges) < 3:
        return False
    edges[0] = 0
    seen = np.nan_to_num(means, nan=-np.inf)
    tops = [
        begin + int(np.argmax(seen[begin:end])) for begin, end in pairwise(edges) if end > begin
    ]
    largest = float(np.max(seen))
    tops = [top for top in tops if means[top] >= max(WAVE_SHARE * largest, COUNT_MIN / QUARTER)]
    # Minutes that nobody saw are no recovery.
    return any(
        float(np.nanmin(means[one : other + 1]))
        <= RECOVERED * min(float(means[one]), float(means[other]))
        for one, other in pairwise(tops)
    )


def _rise(beyond: F64, usual: Sequence[float]) -> str | None:
    means = np.nan_to_num(_means(beyond, SMOOTH))
    top = int(np.argmax(means))
    height = float(means[top])
    if height <= 0.0:
        return None
    half = int(np.argmax(means >= 0.5 * height))
    noise = 2.0 * np.sqrt(np.array(usual[: half + 1], np.float64) / SMOOTH + 1.0 / SMOOTH)
    low = np.flatnonzero(
        means[: half + 1] <= np.maximum(FOOT * height, np.minimum(noise, height / 4))
    )
    foot = int(low[-1]) if len(low) else 0
    took = half - foot
    since = len(means) - 1 - foot
    passed = float(means[-1]) < PASSED * height
    if took <= SUDDEN_MINUTES and (passed or since > 2 * SUDDEN_MINUTES):
        return "sudden"
    return "gradual" if took >= GRADUAL_MINUTES else None
