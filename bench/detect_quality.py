"""Is detection calibrated and quick? `python bench/detect_quality.py false|delay [--bin-s 60] ...`.

`false` counts false alarms a week by decade of rates, with the baseline learned; `delay` measures
mean delays of steps and ramps beside the exact limit, and how often onset brackets hold the truth.
Seeded; one core; half a minute to two minutes at the sizes given as defaults.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector
from uproar.stats import runlength

F64 = NDArray[np.float64]

DECADES = (0.01, 0.1, 1.0, 10.0, 100.0)
SIZES = (np.inf, 25.0)
CELLS = (
    (0.01, 25.0, 20.0),
    (0.01, 25.0, 100.0),
    (0.1, 25.0, 5.0),
    (0.1, 25.0, 20.0),
    (1.0, 25.0, 2.0),
    (1.0, 25.0, 5.0),
    (10.0, 25.0, 1.5),
    (10.0, 25.0, 2.0),
    (100.0, 25.0, 1.5),
    (100.0, 25.0, 2.0),
    (1.0, np.inf, 2.0),
    (100.0, np.inf, 1.2),
)
RUN_MINUTES = 40_320.0  # One false alarm in four weeks.


class World:
    """Services with a daily swing, a second harmonic and a weekend, counted by the bin."""

    def __init__(
        self,
        rates: F64,
        sizes: F64,
        bin_s: int,
        *,
        seed: int,
        swing: tuple[float, float] = (0.3, 1.2),
    ) -> None:
        self.dice = np.random.default_rng(seed)
        self.scale = bin_s / 60
        self.rates, self.sizes = rates * self.scale, sizes * self.scale
        self.day = 86_400 // bin_s
        rows = len(rates)
        self.height = self.dice.uniform(*swing, rows)
        self.second = self.height * self.dice.uniform(0, 0.4, rows)
        self.phase = self.dice.uniform(0, 2 * np.pi, (2, rows))
        self.weekend = self.dice.uniform(-0.6, 0.2, rows)
        self.first = 20_000 * self.day
        self.design = detector.Design(bin_ms=bin_s * 1000)
        guess = self.rates * np.exp(self.dice.normal(0, 0.7, rows))
        lonely = np.full(rows, -1, dtype=np.int64)
        self.state = detector.grow(detector.start(self.design), guess, lonely, self.design)
        self.free = np.zeros(rows, dtype=bool)

    def mean(self, tick: int) -> F64:
        angle = 2 * np.pi * (tick % self.day) / self.day
        log = self.height * np.cos(angle - self.phase[0])
        log += self.second * np.cos(2 * angle - self.phase[1])
        log += self.weekend * ((tick // self.day + 3) % 7 >= 5)
        return self.rates * np.exp(log)

    def draw(self, mean: F64) -> F64:
        clumped = np.isfinite(self.sizes)
        size = np.where(clumped, self.sizes, 1.0)
        return self.dice.poisson(
            np.where(clumped, self.dice.gamma(size, mean / size), mean)
        ).astype(float)

    def step(
        self, state: detector.State, tick: int, lift: F64 | float = 1.0
    ) -> tuple[detector.State, detector.Reading]:
        counts = self.draw(self.mean(tick) * lift)
        return detector.step(state, tick, counts, False, self.free, self.design)

    def learn(self, weeks: int) -> int:
        end = self.first + weeks * 7 * self.day
        for tick in range(self.first, end):
            self.state, _ = self.step(self.state, tick)
        return end


def count_false(options: argparse.Namespace) -> None:
    each = options.series
    rates = np.repeat(DECADES, each * len(SIZES))
    sizes = np.tile(np.repeat(SIZES, each), len(DECADES))
    world = World(rates, sizes, options.bin_s, seed=options.seed)
    begin = world.learn(options.learn_weeks)
    raised = np.zeros(len(rates))
    for tick in range(begin, begin + options.weeks * 7 * world.day):
        world.state, reading = world.step(world.state, tick)
        raised += reading.raised
    weeks = each * options.weeks
    print(f"{'rate/min':>9} {'size':>5} {'false alarms/week':>18}   (nominal 0.25)")
    for at, total in enumerate(raised.reshape(-1, each).sum(axis=1)):
        rate, size = DECADES[at // 2], SIZES[at % 2]
        print(f"{rate:>9} {size:>5} {total / weeks:>10.3f} +- {(total + 1) ** 0.5 / weeks:.3f}")


def measure_delay(options: argparse.Namespace) -> None:
    each = options.series
    rates, sizes, lifts = (np.repeat([cell[at] for cell in CELLS], each) for at in range(3))
    world = World(rates, sizes, options.bin_s, seed=options.seed, swing=(0.5, 0.5))
    onset_after = 6 * 3_600 // options.bin_s
    begin = world.learn(options.learn_weeks)
    onset = begin + onset_after
    print(f"{'ramp':>5} {'rate':>6} {'size':>5} {'lift':>6} {'delay':>7} {'limit':>7} held")
    for ramp in (0, 10, 30):
        state = detector.copy(world.state)
        delay = np.full(len(rates), np.nan)
        held, early = np.zeros(len(rates), dtype=bool), np.zeros(len(rates), dtype=bool)
        for tick in range(begin, onset + 720 * 60 // options.bin_s):
            since = (tick - onset + 0.5) * world.scale
            height = 0.0 if tick < onset else min(1.0, since / ramp) if ramp else 1.0
            state, reading = world.step(state, tick, 1 + (lifts - 1) * height)
            if tick < onset:
                early |= reading.active
                continue
            new = reading.raised & np.isnan(delay) & ~early
            delay[new] = (tick - onset + 1) * world.scale
            bracket = reading.onset_tick[new]
            held[new] = (bracket[:, 0] <= onset) & (onset <= bracket[:, 1])
            if np.isfinite(delay[~early]).all():
                break
        print_cells(ramp, each, delay, held)


def print_cells(ramp: int, each: int, delay: F64, held: NDArray[np.bool_]) -> None:
    ratios = []
    for number, (rate, size, lift) in enumerate(CELLS):
        mine = slice(number * each, (number + 1) * each)
        seen = np.isfinite(delay[mine])
        limit = runlength.threshold_for(rate, 1 / size, lift, (RUN_MINUTES,))[0]
        best = runlength.mean_run(rate, 1 / size, lift, limit, true_lift=lift)
        mean = delay[mine][seen].mean()
        ratios.append(mean / best)
        print(
            f"{ramp:>5} {rate:>6} {size:>5} {lift:>6} {mean:>7.2f} {best:>7.2f}"
            f" {held[mine][seen].mean():.3f}"
        )
    if not ramp:
        middle = np.exp(np.log(ratios).mean())
        print(f"delay over limit: geometric mean {middle:.2f}, worst {max(ratios):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["false", "delay"])
    parser.add_argument("--bin-s", type=int, default=60)
    parser.add_argument("--series", type=int, default=60)
    parser.add_argument("--learn-weeks", type=int, default=5)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    count_false(options) if options.what == "false" else measure_delay(options)


if __name__ == "__main__":
    main()
