"""Whole histories of minute counts whose true mean is known, for rules that look at a table.

`services.py` draws bin by bin for the live detector, with stresses; here nothing is unusual, and the
same minutes can be handed to rules that have no state of their own (and to R).

log mean = log rate + a swing of the day (height 0.3 to 1.2) with a second wave + a weekend that
differs + a slow trend; counts are Poisson or negative binomial of a given size a minute. Seeded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

DAY, WEEK = 1_440, 10_080
START_MS = 14_613 * 86_400_000  # A Monday, 4 January 2010.
BLOCK = 4 * WEEK  # Minutes drawn at once.


class World:
    """Services in rows; `rates` a minute and `sizes` (infinity: Poisson) one a service."""

    def __init__(self, rates: F64, sizes: F64, seed: int, trend_a_week: float = 0.02) -> None:
        self.dice = np.random.default_rng(seed)
        rows = len(rates)
        self.rates, self.sizes = rates, sizes
        self.height = self.dice.uniform(0.3, 1.2, rows)
        self.second = self.height * self.dice.uniform(0.0, 0.4, rows)
        self.phase = self.dice.uniform(0.0, 2 * np.pi, (2, rows))
        self.weekend = self.dice.uniform(-0.6, 0.2, rows)
        self.trend = self.dice.normal(0.0, trend_a_week, rows)

    def mean(self, first: int, minutes: int) -> F64:
        """Return the true mean, (minute, service), from minute `first` on."""
        at = np.arange(first, first + minutes)[:, None]
        turn = 2 * np.pi * (at % DAY) / DAY
        log = self.height * np.cos(turn - self.phase[0])
        log += self.second * np.cos(2 * turn - self.phase[1])
        log += self.weekend * ((at // DAY) % 7 >= 5) + self.trend * at / WEEK
        out: F64 = self.rates * np.exp(log)
        return out

    def draw(self, mean: F64) -> F64:
        """Return counts with these means."""
        clumped = np.isfinite(self.sizes)
        size = np.where(clumped, self.sizes, 1.0)
        out = np.empty(mean.shape)
        for begin in range(0, len(mean), BLOCK):
            part = mean[begin : begin + BLOCK]
            lively = np.where(clumped, self.dice.gamma(size, part / size), part)
            out[begin : begin + BLOCK] = self.dice.poisson(lively)
        return out
