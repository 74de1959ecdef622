"""Counts of whole days: what a day usually has, and when the last days are too many.

log(mean) = level + slope + a term for each weekday + waves of the year of 52 weeks, learned day by
day as in `stats.drift`; weekdays on which nothing is ever counted are closed. Days that stood out in
the same week and on the same weekday of earlier years (holidays) get a factor of their own. The
variance of a day is phi x mean, and the doubt about the mean.

The score of a day is the largest Anscombe residual of the sums of its last 1 to 10 days. Its threshold
moves a little after every day, by whether it was passed, so that it is passed as often as was asked
for in the long run, whatever the law of the counts (adaptive conformal inference, Gibbs and Candes
2021). There is no time of day to learn and no attention to follow: that is `detector`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from uproar.detect import onset as onsets
from uproar.detect.detector import Reading
from uproar.stats import drift

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

WEEK, YEAR = 7, 364
YEAR_WAVES = 4
WIDTH = 2 + WEEK + 2 * YEAR_WAVES
PRIOR: F64 = np.array(
    [0.5, 0.02] + [1.0] * WEEK + [0.25, 0.25] * 2 + [0.06, 0.06] * (YEAR_WAVES - 2)
)
DRIFT: F64 = np.array([1e-4, 1e-7] + [2e-6] * (WIDTH - 2))
WINDOWS = (1, 2, 3, 5, 7, 10)
RING = 40  # Days remembered, for the windows and for finding onsets.
ODD, ODD_DAYS = 2.58, 21  # Residuals beyond weigh less, for so many days in a row at most.
TAMED_AT = 4.0  # Standard deviations beyond which a day tells no more of the variance.
MEMORY_DAYS = 365.0
HOLIDAY_AT = 4.0  # Residual of a day's past years from which they are believed.
HOLIDAY_DOUBT = 0.05  # Variance of the log of a holiday's factor.
HOLIDAY_ROWS_MAX = 20_000  # Beyond so many series no past years are kept.
OPEN_MEAN = 0.02  # Days with a smaller expectation are closed.
LIMIT_FIRST, LIMIT_MIN, LIMIT_MAX = 3.0, 1.0, 12.0
PACE = 0.06  # How fast thresholds follow.
RATE_MAX = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is remembered; the last axis of every array is the row, but for theta and cov."""

    first: I64  # day on which the row began
    theta: F64
    cov: F64
    phi: F64  # (2, row): sums that the dispersion is measured by
    past: F64  # (3, day of the year, row): observed, expected, years
    ring: F64  # (3, day, row): observed, expected, doubt
    limit: F64
    odd_days: F64
    active: Bool
    onset: I64  # (row, 2)


def rate_of(false_alarms_per_week: float) -> float:
    """Return the part of ordinary days that may be in alarm."""
    return min(false_alarms_per_week / WEEK, RATE_MAX)


def start() -> State:
    """Return the state of no series."""
    return State(
        first=np.zeros(0, dtype=np.int64),
        theta=np.zeros((0, WIDTH)),
        cov=np.zeros((0, WIDTH, WIDTH)),
        phi=np.zeros((2, 0)),
        past=np.zeros((3, YEAR, 0)),
        ring=np.full((3, RING, 0), np.nan),
        limit=np.zeros(0),
        odd_days=np.zeros(0),
        active=np.zeros(0, dtype=np.bool_),
        onset=np.zeros((0, 2), dtype=np.int64),
    )


def grow(state: State, prior: F64, day: int) -> State:
    """Return the state with more rows, from `day` on; `prior` is what they should count a day."""
    more = len(prior)
    theta = np.zeros((more, WIDTH))
    theta[:, 0] = np.log(np.maximum(prior, 0.05))
    fresh = State(
        first=np.full(more, day, dtype=np.int64),
        theta=theta,
        cov=np.broadcast_to(np.diag(PRIOR), (more, WIDTH, WIDTH)).copy(),
        phi=np.full((2, more), 10.0),
        past=np.zeros((3, YEAR, more if more <= HOLIDAY_ROWS_MAX else 0)),
        ring=np.full((3, RING, more), np.nan),
        limit=np.full(more, LIMIT_FIRST),
        odd_days=np.zeros(more),
        active=np.zeros(more, dtype=np.bool_),
        onset=np.zeros((more, 2), dtype=np.int64),
    )
    axis = {"phi": 1, "past": 2, "ring": 2}
    grown = {
        field.name: np.concatenate(
            [getattr(state, field.name), getattr(fresh, field.name)], axis.get(field.name, 0)
        )
        for field in fields(State)
    }
    if grown["past"].shape[2] != len(grown["limit"]):
        grown["past"] = np.zeros((3, YEAR, 0))
    return State(**grown)


def step(
    state: State, day: int, observed: F64, *, missing: Bool, rate: float
) -> tuple[State, Reading]:
    """Take in a day of every row; return the new state and what it shows. Changes `state` in place.

    `day` is the number of the day since the epoch, `rate` that of `rate_of`. Scores are residuals in
    standard deviations, and nothing is said or learned of rows in `missing`.
    """
    point = _points(state, day)
    base = np.exp(drift.log_rate(state.theta, point))
    doubt = drift.variance(state.cov, point)
    phi = state.phi[0] / state.phi[1]
    factor = _holiday(state, day, phi)
    mean = np.maximum(base * factor, 1e-9)
    state.ring[:, day % RING] = np.where(
        missing, np.nan, np.stack([observed, mean, doubt + (factor != 1.0) * HOLIDAY_DOUBT])
    )
    score = _score(state, day, phi)
    is_open = (mean > OPEN_MEAN) & ~missing
    over = np.where(missing, state.active, (score > state.limit) & is_open)
    state.limit[:] = np.clip(
        state.limit + np.where(is_open, PACE * (over - rate), 0.0), LIMIT_MIN, LIMIT_MAX
    )
    raised, cleared = over & ~state.active, state.active & ~over
    state.active[:] = over
    if raised.any():
        _bracket(state, day, np.flatnonzero(raised), phi)
    _learn(state, day, observed, mean, factor, known=~missing)
    reading = Reading(
        expected=mean,
        size=mean / np.maximum(phi - 1.0 + mean * doubt, 1e-9),
        scores=np.where(np.isfinite(score), score, 0.0)[None],
        active=state.active,
        raised=raised,
        cleared=cleared,
        onset_tick=state.onset,
    )
    return state, reading


def _points(state: State, day: int) -> F64:
    out = np.zeros(WIDTH)
    out[0] = 1.0
    out[2 + day % WEEK] = 1.0
    for wave in range(1, YEAR_WAVES + 1):
        turn = 2 * math.pi * wave * (day % YEAR) / YEAR
        out[WEEK + 2 * wave], out[WEEK + 2 * wave + 1] = math.cos(turn), math.sin(turn)
    points = np.tile(out, (len(state.first), 1))
    points[:, 1] = (day - state.first) / YEAR
    return points


def _residual(count: F64, mean: F64, phi: F64) -> F64:
    """Return Anscombe residuals of counts with variance phi x mean."""
    out: F64 = 1.5 * (np.power(count, 2 / 3) - np.power(mean, 2 / 3))
    return np.asarray(out / np.maximum(np.power(mean, 1 / 6) * np.sqrt(phi), 1e-9))


def _holiday(state: State, day: int, phi: F64) -> F64:
    """Return what this day of earlier years was times the usual, where that is beyond doubt."""
    if not state.past.shape[2]:
        return np.ones(len(phi))
    seen, usual, years = state.past[:, day % YEAR]
    known = (years >= 2) & (_residual(seen, np.maximum(usual, 1e-9), phi) > HOLIDAY_AT)
    return np.where(known, (seen + 1.0) / (usual + 1.0), 1.0)


def _score(state: State, day: int, phi: F64) -> F64:
    score = np.full(len(phi), -np.inf)
    for window in WINDOWS:
        back = (day - np.arange(window)) % RING
        seen, usual, doubt = state.ring[:, back]
        known = np.isfinite(seen)
        total, expected = np.nansum(seen, axis=0), np.nansum(usual, axis=0)
        mean_doubt = np.nansum(doubt, axis=0) / np.maximum(known.sum(axis=0), 1)
        wide = phi + expected * mean_doubt
        score = np.maximum(score, _residual(total, np.maximum(expected, 1e-6), wide))
    return score


def _bracket(state: State, day: int, at: I64, phi: F64) -> None:
    order = (day - np.arange(RING)[::-1]) % RING
    counts, usual = state.ring[:2][:, order][:, :, at]
    days = np.maximum(np.isfinite(usual).sum(axis=0), 1)
    alpha = np.maximum(phi[at] - 1.0, 1e-3) / np.maximum(np.nansum(usual, axis=0) / days, 1e-3)
    earliest, latest = onsets.brackets(counts.T, usual.T, alpha)
    state.onset[at, 0] = day - RING + 1 + earliest
    state.onset[at, 1] = day - RING + 1 + latest


def _learn(state: State, day: int, observed: F64, mean: F64, factor: F64, *, known: Bool) -> None:
    point = _points(state, day)
    phi = state.phi[0] / state.phi[1]
    doubt = drift.variance(state.cov, point)
    one = _residual(observed, np.maximum(mean, 1e-6), phi + mean * doubt)
    strange = np.abs(one) > ODD
    state.odd_days[:] = np.where(strange, state.odd_days + 1, 0.0)
    weight = np.where(
        strange & (state.odd_days <= ODD_DAYS), np.square(ODD / np.maximum(np.abs(one), ODD)), 1.0
    )
    trust = known * weight / np.maximum(phi, 0.2)
    base = mean / factor
    drift.learn(
        state.theta,
        state.cov,
        point,
        count=observed / factor * trust,
        exposure=base * trust,
        drift=DRIFT,
        cap=PRIOR,
    )
    tame = np.minimum(np.square(observed - mean), TAMED_AT**2 * phi * np.maximum(mean, 0.05))
    settled = (mean > OPEN_MEAN) & known & (doubt < 0.1)
    keep = np.where(settled, 1.0 - 1.0 / MEMORY_DAYS, 1.0)
    told = np.stack([tame / np.maximum(mean, 0.05), np.ones_like(mean)])
    state.phi[:] = keep * state.phi + np.where(settled, told, 0.0)
    if state.past.shape[2]:
        state.past[:, day % YEAR] += np.where(
            known, np.stack([observed, base, np.ones_like(base)]), 0.0
        )
