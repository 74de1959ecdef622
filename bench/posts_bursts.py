"""How often does a burst of posts alarm without cause, and how soon with one? Simulated ticks.

Counts are Poisson at a rate a tick, or clumped: a gamma factor with variance `clump` that holds for
`block` ticks. A true burst multiplies the rate, or begins from nothing; its delay is from its first
tick to the end of the tick in which the alarm is raised. Both are of one series.
"""

from __future__ import annotations

import argparse

import numpy as np

from uproar.detect import bursts
from uproar.model.tick import TICKS_PER_DAY

WEEK = 7 * TICKS_PER_DAY
RATES = (0.001, 0.01, 0.1, 1.0)
CLUMPS = ((0.0, 1), (0.5, 18), (2.0, 18), (0.5, 180))
OTHERS = 500
BURSTS = (1, 3, 10)  # Posts a tick, on top of the usual.


def counts(
    rate: float, clump: float, block: int, ticks: int, chance: np.random.Generator
) -> list[int]:
    """Return counts of so many ticks."""
    factor = np.ones(ticks)
    if clump:
        drawn = chance.gamma(1 / clump, clump, -(-ticks // block))
        factor = np.repeat(drawn, block)[:ticks]
    return chance.poisson(rate * factor).tolist()


def alarms(series: list[int]) -> list[int]:
    """Return the ticks at which an alarm is raised."""
    exposure, own, raised = bursts.Exposure(), bursts.Series(), []
    for tick, count in enumerate(series):
        bursts.expose(exposure, tick, 1.0, OTHERS)
        if count or own.since >= 0:
            found = bursts.take(own, exposure, tick, count)
            if found is not None and bursts.turn(own, found, exposure, tick) == "raised":
                raised.append(tick)
    return raised


def main() -> None:
    """Print a line for each law: false alarms a week of a series, and delays of bursts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--weeks", type=int, default=4)
    given = options.parse_args()
    total = weeks = 0
    for rate in RATES:
        for clump, block in CLUMPS:
            chance = np.random.default_rng([given.weeks, int(rate * 1000), int(clump * 10), block])
            found = alarms(counts(rate, clump, block, given.weeks * WEEK, chance))
            first = sum(tick < TICKS_PER_DAY for tick in found)
            total, weeks = total + len(found), weeks + given.weeks
            print(
                f"rate {rate:g} a tick, clump {clump:g} over {block} ticks: {len(found)} alarms in "
                f"{given.weeks} weeks, {first} of them on the first day"
            )
    print(f"all: {total} in {weeks} weeks of a series, {total / weeks:.3f} a week")
    for rate in RATES:
        for burst in BURSTS:
            delays = []
            for seed in range(20):
                chance = np.random.default_rng([seed, int(rate * 1000), burst])
                usual = counts(rate, 0.5, 18, TICKS_PER_DAY, chance)
                more = (chance.poisson(rate + burst, 60)).tolist()
                late = [t - TICKS_PER_DAY + 1 for t in alarms(usual + more) if t >= TICKS_PER_DAY]
                delays.append(10 * late[0] if late else 10_000)
            delays.sort()
            print(
                f"rate {rate:g}, burst of {burst} a tick: raised after {delays[10]} s in the "
                f"median, {delays[-2]} s in 18 of 20"
            )


if __name__ == "__main__":
    main()
