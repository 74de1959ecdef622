"""Thresholds for a bank of CUSUMs, read from the table of exact run lengths."""

from __future__ import annotations

import base64
import zlib
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from uproar.stats import threshold_table as table

F64 = NDArray[np.float64]

LIFTS: F64 = np.array(table.LIFTS)
LIFTS.setflags(write=False)


LEAN = 0.4  # How far an interpolated threshold leans to the highest of its four neighbours.


@lru_cache(maxsize=1)
def _whole() -> F64:
    packed = zlib.decompress(base64.b85decode("".join(table.PAYLOAD)))
    shape = (len(table.LIFTS), len(table.LOG_MEANS), len(table.LOG_ALPHAS), len(table.LOG_RUNS))
    steps = np.frombuffer(packed, dtype="<i2").reshape(shape)
    whole = np.cumsum(steps, axis=3, dtype=np.float64) / 1000.0
    # On a lattice of scores the run is not quite monotone in the threshold; the answer should be.
    return np.maximum.accumulate(whole, axis=3)


@lru_cache(maxsize=64)
def _at_run(run_bins: float) -> F64:
    """Return thresholds for one mean run, by (lift, log10 mean, log10 alpha)."""
    exponents = np.array(table.LOG_RUNS)
    wanted = min(max(np.log10(run_bins), exponents[0]), exponents[-1])
    right = int(np.clip(np.searchsorted(exponents, wanted), 1, len(exponents) - 1))
    part = (wanted - exponents[right - 1]) / (exponents[right] - exponents[right - 1])
    whole = _whole()
    out = np.ascontiguousarray(whole[..., right - 1] * (1 - part) + whole[..., right] * part)
    out.setflags(write=False)
    return out


def look_up(mean: F64, alpha: F64, run_bins: float) -> F64:
    """Return thresholds (lift, row) in nats.

    `mean` is per bin, one a row; `alpha` is one a lift and row; `run_bins` is the wanted mean run
    of a single CUSUM to a false alarm. Values beyond the table's edges are read at its edges.
    """
    plane = _at_run(run_bins)
    means, alphas = len(table.LOG_MEANS), len(table.LOG_ALPHAS)
    x = (np.log10(np.maximum(mean, 1e-12)) - table.LOG_MEANS[0]) / (
        table.LOG_MEANS[1] - table.LOG_MEANS[0]
    )
    x = np.clip(x, 0.0, means - 1.000001)
    y = (np.log10(np.maximum(alpha, 1e-12)) - table.LOG_ALPHAS[0]) / (
        table.LOG_ALPHAS[1] - table.LOG_ALPHAS[0]
    )
    y = np.clip(y, 0.0, alphas - 1.000001)
    left, low = x.astype(np.intp), y.astype(np.intp)
    u, v = x - left, y - low
    at = (np.arange(len(LIFTS))[:, None] * means + left) * alphas + low
    flat = plane.ravel()
    corners = (flat[at], flat[at + 1], flat[at + alphas], flat[at + alphas + 1])
    lower = corners[0] + v * (corners[1] - corners[0])
    upper = corners[2] + v * (corners[3] - corners[2])
    out: F64 = lower + u * (upper - lower)
    # Thresholds bend where a single bin begins to decide; a chord would lie below them there.
    highest = np.maximum(np.maximum(corners[0], corners[1]), np.maximum(corners[2], corners[3]))
    out += LEAN * (highest - out)
    return out
