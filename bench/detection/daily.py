"""A model for daily bins, to be tried and handed over: what counts a day has, and when they are too many.

log(mean) = level + slope + one term for each weekday + waves of the year, learned day by day as in
`uproar.stats.drift`; weekdays on which nothing is ever counted are closed. Days that stand out in
the same week and weekday of earlier years (holidays) get a factor of their own. Variance is
phi x mean + doubt. The score of a day is the largest Anscombe residual of the sums of its last 1 to
10 days; the threshold of each series is moved after every day by how often it was passed, so that it
is passed on `rate` of the days in the long run (adaptive conformal inference, Gibbs and Candes 2021):
calibrated on the series itself, whatever its law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

WEEK, YEAR = 7, 364
YEAR_WAVES = 4
WIDTH = 2 + WEEK + 2 * YEAR_WAVES
WINDOWS = (1, 2, 3, 5, 7, 10)
ODD, ODD_DAYS = 2.58, 21  # Residuals beyond weigh less, for so many days in a row at most.
TAMED_AT = 4.0
KNOWN_AS_HOLIDAY = 4.0  # Residual of a day's past years from which they are believed.


@dataclass(frozen=True, slots=True)
class Design:
    """`rate` is the part of ordinary days in alarm; `pace` how fast a threshold follows."""

    rate: float = 0.03
    pace: float = 0.06
    level_drift: float = 1e-4
    wave_drift: float = 2e-6
    memory_days: float = 365.0


def residual(count: F64, mean: F64, phi: F64) -> F64:
    """Return Anscombe residuals of counts with variance phi x mean."""
    out: F64 = 1.5 * (np.power(count, 2 / 3) - np.power(mean, 2 / 3))
    return np.asarray(out / np.maximum(np.power(mean, 1 / 6) * np.sqrt(phi), 1e-9))


def point_of(day: int) -> F64:
    """Return the basis on a day, the first of which is a Monday."""
    out = np.zeros(WIDTH)
    out[0], out[1] = 1.0, day / YEAR
    out[2 + day % WEEK] = 1.0
    for wave in range(1, YEAR_WAVES + 1):
        turn = 2 * math.pi * wave * day / YEAR
        out[WEEK + 2 * wave], out[WEEK + 2 * wave + 1] = math.cos(turn), math.sin(turn)
    return out


def run(counts: F64, design: Design | None = None) -> Bool:
    """Return on which days each series is in alarm; `counts` is (day, series)."""
    how = design or Design()
    days, rows = counts.shape
    theta = np.zeros((rows, WIDTH))
    theta[:, 0] = np.log(np.maximum(counts[:28].mean(axis=0), 0.05))
    prior = np.array(
        [0.5, 0.02] + [1.0] * WEEK + [0.25, 0.25] * 2 + [0.06, 0.06] * (YEAR_WAVES - 2)
    )
    cov = np.broadcast_to(np.diag(prior), (rows, WIDTH, WIDTH)).copy()
    drift = np.full(WIDTH, how.wave_drift)
    drift[0], drift[1] = how.level_drift, 1e-7
    phi_sum, phi_days = np.full(rows, 10.0), np.full(rows, 10.0)
    slots = np.zeros((3, YEAR, rows))  # observed, expected, years
    seen, usual, doubts = (np.zeros((max(WINDOWS), rows)) for _ in range(3))
    limit = np.full(rows, 3.0)
    odd_days = np.zeros(rows)
    out = np.zeros((days, rows), dtype=np.bool_)
    for day in range(days):
        count = counts[day]
        point = point_of(day)
        base = np.exp(np.clip(theta @ point, -12.0, 25.0))
        carry = cov @ point
        doubt = np.maximum(carry @ point, 1e-9)
        phi = phi_sum / phi_days
        slot = slots[:, day % YEAR]
        known = (slot[2] >= 2) & (residual(slot[0], slot[1], phi) > KNOWN_AS_HOLIDAY)
        factor = np.where(known, (slot[0] + 1.0) / (slot[1] + 1.0), 1.0)
        mean = base * factor
        at = day % max(WINDOWS)
        seen[at], usual[at], doubts[at] = count, mean, doubt + known * 0.05
        score = np.full(rows, -np.inf)
        for window in WINDOWS:
            back = (day - np.arange(min(window, day + 1))) % max(WINDOWS)
            total, expected = seen[back].sum(axis=0), usual[back].sum(axis=0)
            wide = phi + expected * doubts[back].mean(axis=0)
            score = np.maximum(score, residual(total, np.maximum(expected, 1e-6), wide))
        open_day = mean > 0.02
        over = (score > limit) & open_day
        out[day] = over
        limit += np.where(open_day, how.pace * (over - how.rate), 0.0)
        np.clip(limit, 1.0, 12.0, out=limit)
        one = residual(count, np.maximum(mean, 1e-6), phi + mean * doubt)
        strange = np.abs(one) > ODD
        odd_days = np.where(strange, odd_days + 1, 0.0)
        weight = np.where(
            strange & (odd_days <= ODD_DAYS), np.square(ODD / np.maximum(np.abs(one), ODD)), 1.0
        )
        _learn(
            theta,
            cov,
            carry,
            doubt,
            count / factor,
            base,
            weight / np.maximum(phi, 0.2),
            drift,
            prior,
        )
        tame = np.minimum(
            np.square(count - mean), np.square(TAMED_AT) * phi * np.maximum(mean, 0.05)
        )
        keep = 1.0 - 1.0 / how.memory_days
        settled = open_day & (doubt < 0.1)
        phi_sum = np.where(settled, keep * phi_sum + tame / np.maximum(mean, 0.05), phi_sum)
        phi_days = np.where(settled, keep * phi_days + 1.0, phi_days)
        slot[0] += count
        slot[1] += base
        slot[2] += 1.0
    return out


def _learn(
    theta: F64,
    cov: F64,
    carry: F64,
    spread: F64,
    count: F64,
    mean: F64,
    trust: F64,
    drift: F64,
    prior: F64,
) -> None:
    """Take in one day as in `uproar.stats.drift.learn`, in place; `trust` tempers it."""
    shape = 1.0 / spread
    moved = np.log((shape + count * trust) / (shape + mean * trust))
    left = np.maximum(
        1.0 / ((shape + count * trust) * spread), 0.25 / (1.0 + mean * trust * spread)
    )
    theta += carry * (moved / spread)[:, None]
    cov -= (carry * ((1.0 - left) / spread)[:, None])[:, :, None] * carry[:, None, :]
    width = len(drift)
    diagonal = cov.reshape(len(cov), width * width)[:, :: width + 1]
    np.minimum(diagonal + drift, np.maximum(diagonal, prior), out=diagonal)
