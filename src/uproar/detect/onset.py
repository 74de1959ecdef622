"""When did it begin? A bracket for the onset, from the profile likelihood of recent counts.

A rise may be sudden or slow. For every possible beginning we ask how well a step from there, and a
ramp from there, explains the counts up to now; the bracket spans every beginning that is nearly as
good as the best. Ramps make the earliest end reach back to where a slow start may hide.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

EXCESSES: F64 = np.array([0.1, 0.2, 0.35, 0.6, 1.0, 1.7, 3.0, 5.5, 10.0, 20.0, 45.0, 100.0, 300.0])
RAMP_UNITS: tuple[int, ...] = (10, 30, 60)  # A ramp reaches its full height after so many units.
RAMP_REACH = 90  # Ramps are tried from up to so many units ago.
SLACK_STEP = 1.5  # Nats below the best within which a sudden beginning stays possible.
SLACK_RAMP = 2.7  # The same for a slow beginning.


def brackets(counts: F64, expected: F64, alpha: F64) -> tuple[I64, I64]:
    """Return (earliest, latest) beginnings as positions in each row of `counts`.

    `counts` and `expected` are (row, unit), oldest first, the last unit being the present one; NaN
    is missing. `alpha` is the clumping of one unit, one a row.
    """
    known = np.isfinite(counts) & (expected > 0)
    y = np.where(known, counts, 0.0)
    m = np.where(known, expected, 0.0)
    rows, units = y.shape
    step = np.full((rows, units), -np.inf)
    for excess in EXCESSES:
        gain = _gain(y, m, alpha, 1.0 + excess)
        since = np.cumsum(gain[:, ::-1], axis=1)[:, ::-1]
        np.maximum(step, since, out=step)
    reach = min(RAMP_REACH, units)
    ramp = np.full((rows, reach), -np.inf)
    for length in RAMP_UNITS:
        np.maximum(ramp, _ramps(y, m, alpha, length, reach), out=ramp)
    best = np.maximum(step.max(axis=1), ramp.max(axis=1))[:, None]
    sudden = step >= best - SLACK_STEP
    slow = ramp >= best - SLACK_RAMP
    earliest = np.where(sudden.any(axis=1), sudden.argmax(axis=1), units - 1)
    latest = np.where(sudden.any(axis=1), units - 1 - sudden[:, ::-1].argmax(axis=1), 0)
    some = slow.any(axis=1)
    first_slow = units - reach + slow.argmax(axis=1)
    last_slow = units - 1 - slow[:, ::-1].argmax(axis=1)
    earliest = np.where(some, np.minimum(earliest, first_slow), earliest)
    latest = np.where(some, np.maximum(latest, last_slow), latest)
    return earliest.astype(np.int64), np.maximum(latest, earliest).astype(np.int64)


def _ramps(y: F64, m: F64, alpha: F64, length: int, reach: int) -> F64:
    """Return the best log-likelihood ratio of a ramp beginning at each of the last units."""
    units = y.shape[1]
    start = units - reach
    age = np.arange(reach)[None, :] - np.arange(reach)[:, None]  # (beginning, unit)
    share = np.clip((age + 0.5) / length, 0.0, 1.0)
    best = np.full((len(y), reach), -np.inf)
    recent, usual = y[:, None, start:], m[:, None, start:]
    for excess in EXCESSES:
        gain = _gain(recent, usual, alpha[:, None], 1.0 + excess * share)
        np.maximum(best, gain.sum(axis=2), out=best)
    return best


def _gain(y: F64, m: F64, alpha: F64, lift: F64 | float) -> F64:
    alpha = np.maximum(alpha, 1e-9)[..., None]
    spread = np.log1p(alpha * m * (lift - 1.0) / (1.0 + alpha * m))
    out: F64 = y * (np.log(lift) - spread) - spread / alpha
    return out
