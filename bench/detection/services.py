"""A world that the live detector meets bin by bin: seasons, clumping, and what makes life hard.

`world.py` draws whole histories at once, for rules that look at a table of counts, and knows no
stress; here one bin is drawn after another, as ticks come, with a latent state and an almanac.

Rates are by rate classes; the log-rate has daily waves (amplitude 0.3 to 1.2), days of the week,
weekends and a slow trend; counts are Poisson or negative binomial by minute. `stress` adds one of:
`ar` (a latent AR(1) log-intensity, standard deviation 0.05 to 0.3, half-life 5 to 60 minutes),
`holiday` (about one day in ten is a holiday, and the almanac says so), `dst` (the clock on the wall
changes by an hour every ten days), `contaminated` (one to three old outages that nobody marked
while learning), `shift` (the level doubles or halves for good while learning).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector
from uproar.detect.season import Season

F64 = NDArray[np.float64]

STRESSES = ("none", "ar", "holiday", "dst", "contaminated", "shift")
FIRST_DAY = 20_000
DAY_S = 86_400


class Clock:
    """The almanac of the bench: one clock, with changes of the hour and holidays as told."""

    version = "bench"
    clocks = (("ZZ", "bench"),)

    def __init__(self, *, dst: bool, holidays: frozenset[int]) -> None:
        self.dst = dst
        self.holidays = holidays

    def offset_ms(self, at_ms: int) -> int:
        """Return how far the clock on the wall is ahead."""
        return 3_600_000 * ((at_ms // (10 * DAY_S * 1000)) % 2) if self.dst else 0

    def read(self, at_ms: int) -> tuple[F64, F64, F64]:
        """Return what the clock shows, and whether people rest."""
        local = at_ms + self.offset_ms(at_ms)
        day = local // (DAY_S * 1000)
        holiday = day in self.holidays
        rest = holiday or (day + 3) % 7 >= 5
        return np.array([float(local)]), np.array([float(rest)]), np.array([float(holiday)])


class World:
    """Services that count by the bin. `rates` and `sizes` are by the minute, one a service."""

    def __init__(
        self,
        rates: F64,
        sizes: F64,
        bin_s: int,
        *,
        seed: int,
        stress: str = "none",
        learn_days: int = 35,
        swing: tuple[float, float] = (0.3, 1.2),
        cold: bool = False,
    ) -> None:
        self.dice = dice = np.random.default_rng(seed)
        self.scale = bin_s / 60
        self.bin_s = bin_s
        self.rates, self.sizes = rates * self.scale, sizes * self.scale
        self.day = DAY_S // bin_s
        self.first = FIRST_DAY * self.day
        rows = len(rates)
        self.height = dice.uniform(*swing, rows)
        self.second = self.height * dice.uniform(0, 0.4, rows)
        self.phase = dice.uniform(0, 2 * np.pi, (2, rows))
        self.weekend = dice.uniform(-0.6, 0.2, rows)
        self.weekday = dice.normal(0, 0.05, (7, rows))
        self.trend = dice.normal(0, 0.1, rows) / (30 * self.day)
        self.stress = stress
        holidays: frozenset[int] = frozenset()
        if stress == "holiday":
            days = np.flatnonzero(dice.random(365) < 0.1) + FIRST_DAY
            holidays = frozenset(int(day) for day in days)
        self.clock = Clock(dst=stress == "dst", holidays=holidays)
        self.festive = dice.normal(0, 0.2, rows)
        self.season = Season(self.clock)
        self.wave_spread = dice.uniform(0.05, 0.3, rows)
        self.wave_keep = 0.5 ** (self.scale / dice.uniform(5, 60, rows))
        self.wave = dice.normal(0, self.wave_spread)
        learn_bins = learn_days * self.day
        self.shift_at = self.first + dice.integers(learn_bins // 4, learn_bins * 3 // 4, rows)
        self.shift_by = np.where(dice.random(rows) < 0.5, np.log(2), -np.log(2))
        self.old = self._old_outages(rows, learn_bins)
        self.learn_end = self.first + learn_bins
        self.design = detector.Design(bin_ms=bin_s * 1000)
        guess = (
            np.full(rows, 2.0 * self.scale)
            if cold
            else self.rates * np.exp(dice.normal(0, 0.7, rows))
        )
        lonely = np.full(rows, -1, dtype=np.int64)
        self.state = detector.grow(
            detector.start(self.design), guess, lonely, self.design, season=self.season
        )
        self.free = np.zeros(rows, dtype=bool)

    def _old_outages(self, rows: int, bins: int) -> list[tuple[NDArray[np.int64], ...]]:
        out = []
        many = self.dice.integers(1, 4, rows)
        for number in range(3):
            begin = self.first + self.dice.integers(bins // 10, bins, rows)
            last = begin + (self.dice.uniform(30, 240, rows) / self.scale).astype(np.int64)
            lift = np.where(number < many, self.dice.uniform(3, 20, rows), 1.0)
            out.append((begin, last, np.log(lift)))
        return out

    def mean(self, tick: int) -> F64:
        """Return the true mean count of a bin."""
        at_ms = tick * self.bin_s * 1000
        local = (at_ms + self.clock.offset_ms(at_ms)) / 1000
        day = int(local // DAY_S)
        angle = 2 * np.pi * (local % DAY_S) / DAY_S
        log = self.height * np.cos(angle - self.phase[0])
        log += self.second * np.cos(2 * angle - self.phase[1])
        holiday = day in self.clock.holidays
        log += self.weekend * (holiday or (day + 3) % 7 >= 5) + self.festive * holiday
        log += self.weekday[day % 7] + self.trend * (tick - self.first)
        if self.stress == "ar":
            kept = self.wave_keep
            noise = self.dice.normal(0, 1, len(log)) * np.sqrt(1 - kept**2)
            self.wave = kept * self.wave + self.wave_spread * noise
            log += self.wave
        elif self.stress == "contaminated" and tick < self.learn_end:
            for begin, last, lift in self.old:
                log += lift * ((tick >= begin) & (tick < last))
        elif self.stress == "shift":
            log += self.shift_by * (tick >= self.shift_at)
        out: F64 = self.rates * np.exp(log)
        return out

    def draw(self, mean: F64) -> F64:
        """Return counts of a bin."""
        clumped = np.isfinite(self.sizes)
        size = np.where(clumped, self.sizes, 1.0)
        mixed = np.where(clumped, self.dice.gamma(size, mean / size), mean)
        return self.dice.poisson(mixed).astype(float)

    def step(
        self, state: detector.State, tick: int, lift: F64 | float = 1.0
    ) -> tuple[detector.State, detector.Reading]:
        """Count one bin and let the detector see it."""
        counts = self.draw(self.mean(tick) * lift)
        return detector.step(state, tick, counts, False, self.free, self.design, season=self.season)

    def learn(self) -> int:
        """Let the detector learn; return the first bin after that."""
        for tick in range(self.first, self.learn_end):
            self.state, _ = self.step(self.state, tick)
        return self.learn_end
