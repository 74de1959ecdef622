"""Do those who report live an hour earlier, or later, than before? Clock changes that nobody told us of.

Where the place of a series is known its clocks are, too. A table of counts in UTC says nothing of
summer time, and a season that is an hour off alarms every morning until it is learned anew. So two
CUSUMs of each series ask, hour by hour of days of work, whether its season moved by an hour either
way explains the counts better than its season as it is. An hour speaks for a move only if the moved
season explains it well, so that no outage is taken for a change of the clock, and for a little at
most: five hours that agree are one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.model.tick import HOUR_MS
from uproar.stats import drift

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

MOVES_MS = (HOUR_MS, -HOUR_MS)  # Clocks put forward, and put back.
HOUR_MOST = 3.0  # Nats that one hour may say either way.
LIMIT = 15.0
FITS = 2.58  # Standard deviations within which an hour is explained.


def follow(
    evidence: F64, theta: F64, point: F64, basis: drift.Basis, *, count: F64, expected: F64,
    variance: F64, worth: F64,
) -> None:  # fmt: skip
    """Take in an hour of every row, in place.

    `evidence` is (move, row) in nats; `theta` and `point` are (row, coefficient) as they were before
    the hour was learned; `variance` is that of the log of the hour's rate, doubt included; `worth` is
    how much the hour tells, 0 to 1.
    """
    alpha = np.maximum(variance, 1e-9)
    for number, by_ms in enumerate(MOVES_MS):
        moved = np.einsum("ij,ij->i", theta @ (turn(basis, by_ms) - np.eye(basis.width)).T, point)
        lift = np.exp(np.clip(moved, -2.0, 2.0))
        spread = np.log1p(alpha * expected * (lift - 1.0) / (1.0 + alpha * expected))
        gain = count * (np.log(lift) - spread) - spread / alpha
        usual = lift * expected
        off = np.abs(count - usual) > FITS * np.sqrt(usual * (1.0 + alpha * usual))
        np.minimum(gain, 0.0, out=gain, where=off)
        evidence[number] += worth * np.clip(gain, -HOUR_MOST, HOUR_MOST)
    np.maximum(evidence, 0.0, out=evidence)


def settle(evidence: F64, theta: F64, cov: F64, basis: drift.Basis) -> Bool:
    """Move the season of rows whose evidence has reached LIMIT, in place; return which they were."""
    found: Bool = evidence.max(axis=0) >= LIMIT
    for number, by_ms in enumerate(MOVES_MS):
        rows = np.flatnonzero(found & (evidence.argmax(axis=0) == number))
        if rows.size:
            turned = turn(basis, by_ms)
            theta[rows] = theta[rows] @ turned.T
            cov[rows] = turned @ cov[rows] @ turned.T
    evidence[:, found] = 0.0
    return found


def turn(basis: drift.Basis, by_ms: int) -> F64:
    """Return the matrix that moves a season: its rate at an instant is what it was `by_ms` later.

    A wave a cos(vt) + b sin(vt) moved by d has the coefficients a cos(vd) + b sin(vd) and
    b cos(vd) - a sin(vd).
    """
    out = np.eye(basis.width)
    pairs = [(wave, 2 * wave - 1) for wave in range(1, basis.day_waves + 1)]
    if basis.day_waves:
        pairs.append((1, 2 * basis.day_waves + 2))  # Days of rest have a first wave of their own.
    for wave, at in pairs:
        angle = 2 * np.pi * wave * by_ms / drift.DAY_MS
        cos, sin = np.cos(angle), np.sin(angle)
        out[at : at + 2, at : at + 2] = [[cos, sin], [-sin, cos]]
    return out
