"""The sixteen daily signals of Noufaily et al. (Bioinformatics 35:3110, 2019), drawn anew.

Parameters and rules are those of the authors' public code (FelipeJColon/AlgorithmComparison), the
drawing is ours. Kept as published: seven years of 364 days; five-day systems with zeros at weekends;
outbreaks sized before a signal is divided by 10 or 100; outbreaks of signal 13 sized by signal 1,
of signal 14 by signal 13 without its trend; yearly seasonal outbreaks in signals 5, 6 and 15, the
last drawn in the manner of signal 6; holidays applied to the total; nothing on the last day.
Not kept: the dice that were thrown anew from one seed for each outbreak (there all outbreaks have
nearly one shape; here each is drawn for itself). Holidays are those of England, put on the nearest
like weekday of a year of 364 days that begins on a Monday.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

YEARS, WEEKS = 7, 52
DAYS = YEARS * WEEKS * 7
TEST_DAYS = 49 * 7
SIZES = (2, 3, 5, 10)
SHAPE_SD = 0.5  # of the logarithm of a case's time
CASE_STEP, SEASON_STEP = 0.25, 0.02  # time units that make one day of an outbreak
FIXED = (0, 126, 147, 238, 357, 358)  # New Year, May twice, August, Christmas twice
GOOD_FRIDAYS = (95, 109, 95, 88, 109, 95, 81)
SINGLE = ((1, 116), (2, 155))  # a wedding and a jubilee


@dataclass(frozen=True, slots=True)
class Season:
    """A yearly outbreak: first and last day it may begin on, how many standard deviations, of what."""

    first: int
    last: int
    peak: float
    like: Signal | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One of the sixteen: log mean = theta + beta t + yearly waves + weekly waves."""

    number: int
    days: int
    theta: float
    beta: float
    year: tuple[float, float]
    week: tuple[float, float]
    phi: float
    shift: int
    year_waves: int
    week_waves: int
    over: float = 1.0
    season: Season | None = None
    sized: Signal | None = None

    def log_mean(self) -> F64:
        """Return the log mean of each of its days (five or seven a week)."""
        t = np.arange(1, YEARS * WEEKS * self.days + 1, dtype=float)
        out = self.theta + self.beta * (t + self.shift)
        for wave in range(1, self.year_waves + 1):
            turn = 2 * math.pi * wave * (t + self.shift) / (WEEKS * self.days)
            out = out + self.year[0] * np.cos(turn) + self.year[1] * np.sin(turn)
        for wave in range(1, self.week_waves + 1):
            turn = 2 * math.pi * wave * (t + self.shift) / self.days
            out = out + self.week[0] * np.cos(turn) + self.week[1] * np.sin(turn)
        return out

    def spread(self) -> F64:
        """Return the standard deviation of each of its days, before it is divided."""
        return np.sqrt(np.exp(self.log_mean()) * self.phi)


def signals() -> tuple[Signal, ...]:
    """Return the sixteen signals in their order."""
    s1 = Signal(1, 7, 6, 0, (0.2, 0.2), (0.5, 0.4), 2, 29, 1, 2)
    s6 = Signal(6, 5, 1, 0, (0.1, 2), (0.05, 0.05), 1, -50, 1, 1, season=Season(1, 20, 750))
    s13 = Signal(13, 7, 2, 0.0005, (0.8, 0.8), (0.8, 0.4), 4, 57, 1, 2, sized=s1)
    plain13 = replace(s13, beta=0.0, sized=None)
    late = Season(210, 230, 3150, replace(s6, season=None))
    return (
        s1,
        Signal(2, 7, 0.5, 0, (1.5, 1.4), (0.5, 0.4), 1, -167, 1, 2),
        Signal(3, 7, 5.5, 0, (0, 0), (0.3, 0.25), 1, 1, 0, 2),
        Signal(4, 7, 2, 0, (0, 0), (0.3, 0.25), 1, 1, 0, 2),
        Signal(
            5, 5, 6, 0, (0.3, 2), (0.3, 0.5), 1.5, -50, 1, 1, over=10, season=Season(1, 20, 1200)
        ),
        s6,
        Signal(7, 5, 6, 0.0001, (0, 0), (0.6, 0.9), 1.5, 0, 0, 1, over=10),
        Signal(8, 5, 3, 0, (1.5, 0.1), (0.2, 0.3), 1, -150, 1, 1),
        Signal(9, 5, 3, 0, (0.2, 0.1), (0.05, 0.15), 1, -200, 1, 1),
        Signal(10, 5, 5, 0, (0.2, 0.1), (0.05, 0.1), 1, 0, 1, 1),
        Signal(11, 5, 0.5, 0, (0.4, 0), (0.05, 0.15), 1, 0, 2, 1),
        Signal(12, 5, 9, 0, (0.5, 0.2), (0.2, 0.5), 1, 0, 1, 1, over=100),
        s13,
        Signal(14, 7, 0.05, 0, (0.01, 0.01), (1.8, 0.1), 1, -85, 4, 1, sized=plain13),
        Signal(15, 7, 3, 0, (0.8, 0.6), (0.8, 0.4), 4, 29, 1, 2, season=late),
        Signal(16, 7, 6, 0, (0, 0), (0.8, 0.4), 4, 1, 0, 2),
    )


def holidays(days: int) -> NDArray[np.int64]:
    """Return the holidays among the days of a five- or seven-day system."""
    at = [year * 364 + day for year in range(YEARS) for day in FIXED]
    at += [year * 364 + day + off for year, day in enumerate(GOOD_FRIDAYS) for off in (0, 3)]
    at += [year * 364 + day for year, day in SINGLE]
    full = np.array(sorted(at))
    return full if days == 7 else full // 7 * 5 + full % 7


def draw(signal: Signal, size: float, dice: np.random.Generator) -> tuple[F64, F64]:
    """Return (counts, outbreak cases) of one replicate, 2,548 calendar days each, whole numbers."""
    mean = np.exp(signal.log_mean())
    if signal.phi > 1:
        noise = dice.negative_binomial(mean / (signal.phi - 1), 1 / signal.phi).astype(float)
    else:
        noise = dice.poisson(mean).astype(float)
    total = noise / signal.over
    if signal.season is not None:
        total = total + _seasonal(signal, signal.season, dice)
    spread = (signal.sized or signal).spread()
    start = int(dice.integers(len(mean) - TEST_DAYS // 7 * signal.days, len(mean)))
    cases = _outbreak(signal.days, start, size * signal.days * spread[start], CASE_STEP, dice)
    cases = np.concatenate([cases, np.zeros(len(mean))])[: len(mean)]
    cases[-1] = 0.0
    total = total + cases
    for day in holidays(signal.days):
        if signal.days == 7:
            total[day] *= 2
        else:
            total[day] = 0
            total[day + 1] *= 1.5
    return np.round(_calendar(signal.days, total)), np.round(_calendar(signal.days, cases))


def _seasonal(signal: Signal, season: Season, dice: np.random.Generator) -> F64:
    like = season.like or signal
    spread = like.spread()
    out = np.zeros(2 * YEARS * WEEKS * signal.days)
    for year in range(YEARS):
        first = year * WEEKS * signal.days
        start = int(dice.integers(first + season.first - 1, first + season.last))
        size = season.peak * spread[min(start, len(spread) - 1)]
        cases = _outbreak(like.days, start, size, SEASON_STEP, dice)
        out[: len(cases)] += cases[: len(out)]
    return out[: YEARS * WEEKS * signal.days]


def _outbreak(days: int, start: int, mean: float, step: float, dice: np.random.Generator) -> F64:
    """Return cases by day from day 0; `mean` is their expected number."""
    number = 0
    while number < 2:
        number = int(dice.poisson(mean))
    when = np.floor(dice.lognormal(0.0, SHAPE_SD, number) / step).astype(int)
    cases = np.bincount(start + when).astype(float)
    # The first day of the code that this follows is a Monday, and is day one.
    weekday = (np.arange(len(cases)) + 1) % days
    weight = np.ones(len(cases))
    if days == 5:
        weight[(weekday == 0) | (weekday == 2)] = 1.1
        weight[weekday == 1] = 1.5
    else:
        weight[(weekday == 0) | (weekday == 6)] = 2.0
    out: F64 = cases * weight
    return out


def _calendar(days: int, values: F64) -> F64:
    if days == 7:
        return values
    out = np.zeros((YEARS * WEEKS, 7))
    out[:, :5] = values.reshape(-1, 5)
    return out.reshape(-1)


def replicates(signal: Signal, size: float, number: int, seed: int) -> tuple[F64, F64]:
    """Return (counts, cases) as (replicate, day); replicate r is the same however many are asked."""
    pairs = [
        draw(signal, size, np.random.default_rng([seed, signal.number, int(size), place]))
        for place in range(number)
    ]
    return np.array([one for one, _ in pairs]), np.array([two for _, two in pairs])
