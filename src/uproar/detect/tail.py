"""When did the fault itself end? Reports lag: people go on reporting for a while after it is over.

From the last peak on the curve is read as usual plus an excess that drifts slowly until the end (a fault
that goes on is reported less and less, for everybody reports once) and from there halves every h minutes. Every end on a grid of minutes, every h and every drift is weighed (the height by its
best fit, negative-binomial counts); h has a log-normal prior, about ten minutes
give or take a factor of two and a half before anything is known of a service, and narrowed by what
its earlier incidents showed. The bracket holds 90 % of the weight. A minute in which we were blind tells nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

HALF_LIFE = 10.0  # Minutes.
HALF_LIFE_SD = 0.9  # Of its logarithm, before anything is known of a service.
SUDDEN = 2.0  # Times that spread towards sudden falls.
BETWEEN_SD = 0.5  # The same between incidents of one service.
HALF_LIVES: F64 = np.concatenate([[0.1, 0.35], np.geomspace(0.8, 60.0, 34)])
DRIFTS: F64 = np.array([-0.02, -0.0125, -0.0075, -0.004, -0.0015, 0.0, 0.0015, 0.004, 0.0075])
DRIFT_SD = 0.008  # Of the logarithm of the excess a minute, while the fault goes on.
BINS_MAX = 180  # Longer stretches are searched in steps of several minutes.
CLUMP = 0.06  # Of a minute: chance, and wandering that is no sign of an end.
LEVEL = 0.9
TEMPER = 1.4  # No curve is as simple as the model: evidence counts for less than it seems to.
GRAIN = 1  # Minutes by which the bracket is widened on either side: counts are kept by the minute.
COARSE, COARSE_SLACK = 4, 25.0  # Minutes of the first grid; nats within which it is refined.


class Tail(msgspec.Struct, frozen=True):
    """How long the reports of a service lag: log of the half-life in minutes, and its spread."""

    mean: float = math.log(HALF_LIFE)
    sd: float = HALF_LIFE_SD
    incidents: int = 0

    @property
    def half_life(self) -> float:
        """Return the half-life in minutes."""
        return math.exp(self.mean)


class Ending(msgspec.Struct, frozen=True):
    """The end of a fault as a bracket of positions in the curve, and what the lag turned out to be."""

    earliest: int
    latest: int
    lag: float
    lag_sd: float


def ending(counts: Sequence[int], usual: Sequence[float], first: int, tail: Tail) -> Ending | None:
    """Return when the fault ended, given the curve up to the calm; None where nothing is known.

    `counts` are reports a minute (-1 blind), `usual` what was expected; `first` is the position before
    which it had not ended (the last peak). Positions are those of minutes; an end at k means that
    minute k was the first one without the fault.
    """
    at = max(0, first)
    width = max(1, -(-(len(counts) - at) // BINS_MAX))
    y, m, known = _binned(counts[at:], usual[at:], width)
    if (known > 0).sum() < 2:
        return None
    prior = -0.5 * np.square((np.log(HALF_LIVES) - tail.mean) / _spread(tail))
    ends = np.arange(1, len(y) + 1)
    score = np.full((len(ends), len(HALF_LIVES)), -np.inf)
    # Coarsely first, then every minute near what is possible at all.
    for row in range(0, len(ends), COARSE):
        score[row] = _fit(y, m, known, int(ends[row]), width) / TEMPER + prior
    rough = score.max(axis=1)
    possible = np.flatnonzero(rough >= rough.max() - COARSE_SLACK)
    for row in range(possible[0] - COARSE + 1, possible[-1] + COARSE):
        if 0 <= row < len(ends) and row % COARSE:
            score[row] = _fit(y, m, known, int(ends[row]), width) / TEMPER + prior
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    by_end = np.cumsum(weight.sum(axis=1))
    low, high = np.searchsorted(by_end, [(1 - LEVEL) / 2, (1 + LEVEL) / 2 - 1e-12])
    by_lag = weight.sum(axis=0)
    logs = np.log(HALF_LIVES)
    mean = float(by_lag @ logs)
    sd = math.sqrt(float(by_lag @ np.square(logs - mean)))
    earliest = max(at + width * (int(ends[low]) - GRAIN), 0)
    latest = min(at + width * (int(ends[min(high, len(ends) - 1)]) + GRAIN), len(counts))
    return Ending(earliest, latest, math.exp(mean), sd)


def _spread(tail: Tail) -> F64:
    """Return the prior's spread by half-life: wider below, for a fall may be as sudden as can be."""
    return np.where(np.log(HALF_LIVES) < tail.mean, SUDDEN * tail.sd, tail.sd)


def learn(tail: Tail, found: Ending) -> Tail:
    """Return what is known of a service's lag after one more incident (normal in logs, conjugate)."""
    spread = max(tail.sd**2 - BETWEEN_SD**2, 0.02)
    # The posterior of the incident holds the prior already: divide it out before it is added again.
    precision = 1.0 / max(found.lag_sd, 0.05) ** 2 - 1.0 / tail.sd**2
    if precision <= 0.05:
        return tail
    middle = (
        math.log(found.lag) / max(found.lag_sd, 0.05) ** 2 - tail.mean / tail.sd**2
    ) / precision
    noise = 1.0 / precision + BETWEEN_SD**2
    kept = 1.0 / (1.0 / spread + 1.0 / noise)
    mean = kept * (tail.mean / spread + middle / noise)
    low, high = math.log(HALF_LIVES[0]), math.log(HALF_LIVES[-1])
    return Tail(min(max(mean, low), high), math.sqrt(kept + BETWEEN_SD**2), tail.incidents + 1)


def _binned(counts: Sequence[int], usual: Sequence[float], width: int) -> tuple[F64, F64, F64]:
    """Return counts, usual and known minutes by step of `width` minutes; the last step may be short."""
    room = -len(counts) % width
    raw = np.array([*counts, *[-1] * room], dtype=np.float64).reshape(-1, width)
    level = np.array([*usual, *[0.0] * room], dtype=np.float64).reshape(-1, width)
    seen = raw >= 0
    y = np.where(seen, raw, 0.0).sum(axis=1)
    m = np.where(seen, np.maximum(level, 1e-3), 0.0).sum(axis=1)
    return y, m, seen.sum(axis=1).astype(np.float64)


def _fit(y: F64, m: F64, known: F64, end: int, width: int) -> F64:
    """Return the log-likelihood of an end, by half-life, the best of all drifts before it."""
    since = width * (np.arange(len(y)) - (end - 0.5))
    before = np.exp(DRIFTS[:, None] * np.minimum(since, 0.0))[:, None, :]
    after = np.exp2(-np.maximum(since, 0.0) / HALF_LIVES[:, None])[None, :, :]
    shape = before * after * known  # (drift, half-life, minute)
    height = max(float((y - m).sum()), 0.5) / np.maximum(shape.sum(axis=2), 1e-9)
    rate = np.maximum(m + height[:, :, None] * shape, 1e-9)
    size = 1.0 / CLUMP
    total = np.log1p(rate / size)
    log = np.where(known > 0, y * (np.log(rate) - total) - size * total, 0.0).sum(axis=2)
    log += (-0.5 * np.square(DRIFTS / DRIFT_SD))[:, None]
    out: F64 = log.max(axis=0)
    return out
