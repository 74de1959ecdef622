"""How late is an alarm, against the exact limit? `python bench/detection/delay.py [--bin-s 10]`.

Services learn for five weeks; then an outage of known lift begins, as a step or a ramp, at three
times. The limit is Page's CUSUM that knows lift and baseline, from the Brook-Evans chain, at the
false-alarm rate that was MEASURED for the same services in four more weeks without outages. Also told:
how often the onset bracket holds the truth, and how wide it is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
import services

from uproar.detect import detector
from uproar.stats import runlength

CELLS = (
    (0.01, 25.0, 20.0),
    (0.01, 25.0, 100.0),
    (0.1, 25.0, 5.0),
    (0.1, 25.0, 20.0),
    (1.0, 25.0, 2.0),
    (1.0, 25.0, 5.0),
    (1.0, np.inf, 2.0),
    (10.0, 25.0, 1.5),
    (10.0, 25.0, 2.0),
    (10.0, np.inf, 1.5),
    (100.0, 25.0, 1.5),
    (100.0, 25.0, 2.0),
    (100.0, np.inf, 1.2),
    (1000.0, 25.0, 1.5),
)
ONSET_DAYS = (3.5, 4.5, 6.5)
LONGEST_MINUTES = 600


def begin(options: argparse.Namespace) -> tuple[services.World, np.ndarray, list[int]]:
    """Return a world that has learned, the lifts, and the bins at which outages begin."""
    rates, sizes, lifts = (
        np.repeat([cell[at] for cell in CELLS], options.services) for at in range(3)
    )
    world = services.World(
        rates, sizes, options.bin_s, seed=options.seed, learn_days=options.learn_days
    )
    onsets = [world.learn_end + int(day * world.day) for day in ONSET_DAYS]
    # Each service has its nominal rate when the outage begins, so that the limit is known.
    world.rates *= rates * world.scale / world.mean(onsets[0])
    world.learn()
    return world, lifts, onsets


def count_false(world: services.World, weeks: int, each: int) -> np.ndarray:
    """Return the measured mean run to a false alarm by cell, in minutes."""
    state = detector.copy(world.state)
    raised = np.zeros(len(world.rates))
    for tick in range(world.learn_end, world.learn_end + weeks * 7 * world.day):
        state, reading = world.step(state, tick)
        raised += reading.raised
    by_cell = raised.reshape(-1, each).sum(axis=1)
    return each * weeks * 10_080.0 / np.maximum(by_cell, 0.5), by_cell


def outbreak(
    world: services.World, lifts: np.ndarray, onset: int, ramp: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (delay in minutes, bracket holds the truth, width in minutes); NaN if in alarm before."""
    state = detector.copy(world.state)
    rows = len(lifts)
    delay, width = np.full(rows, np.nan), np.full(rows, np.nan)
    held, early = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    last = onset + int(LONGEST_MINUTES / world.scale)
    for tick in range(world.learn_end, last):
        since = (tick - onset + 0.5) * world.scale
        height = 0.0 if tick < onset else min(1.0, since / ramp) if ramp else 1.0
        state, reading = world.step(state, tick, 1 + (lifts - 1) * height)
        if tick < onset:
            early = reading.active.copy()
            continue
        new = reading.raised & np.isnan(delay) & ~early
        delay[new] = (tick - onset + 1) * world.scale
        bracket = reading.onset_tick[new]
        held[new] = (bracket[:, 0] <= onset) & (onset <= bracket[:, 1])
        width[new] = (bracket[:, 1] - bracket[:, 0] + 1) * world.scale
        if np.isfinite(delay[~early]).all():
            break
    delay[~early & np.isnan(delay)] = LONGEST_MINUTES
    return delay, held, width


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin-s", type=int, default=60)
    parser.add_argument("--services", type=int, default=90)
    parser.add_argument("--learn-days", type=int, default=35)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--ramps", default="0,10,30")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    each = options.services
    world, lifts, onsets = begin(options)
    runs, alarms = count_false(world, options.weeks, each)
    rows: list[dict[str, object]] = []
    for ramp in map(int, options.ramps.split(",")):
        seen = [outbreak(world, lifts, onset, ramp) for onset in onsets]
        delays, helds, widths = (np.stack(part) for part in zip(*seen, strict=True))
        for number, (rate, size, lift) in enumerate(CELLS):
            mine = slice(number * each, (number + 1) * each)
            delay = delays[:, mine].ravel()
            known = np.isfinite(delay)
            held = helds[:, mine].ravel()[known]
            limits = []
            for run in (runs[number], 40_320.0):
                at = runlength.threshold_for(rate, 1 / size, lift, (run,))[0]
                limits.append(runlength.mean_run(rate, 1 / size, lift, at, true_lift=lift))
            mean, error = delay[known].mean(), delay[known].std() / known.sum() ** 0.5
            rows.append(
                {
                    "ramp": ramp,
                    "rate": rate,
                    "size": size if np.isfinite(size) else "inf",
                    "lift": lift,
                    "delay": mean,
                    "low": mean - 1.96 * error,
                    "high": mean + 1.96 * error,
                    "p90": float(np.quantile(delay[known], 0.9)),
                    "limit": limits[0],
                    "limit_at_nominal": limits[1],
                    "false_per_week": 10_080.0 / runs[number],
                    "false_alarms": int(alarms[number]),
                    "held": held.mean(),
                    "onsets": int(known.sum()),
                    "width": float(np.nanmedian(widths[:, mine])),
                }
            )
            row = rows[-1]
            print(
                f"{ramp:>3} {rate:>7} k={size:<5} x{lift:<5} {mean:>7.2f} +- {1.96 * error:.2f} min, limit"
                f" {limits[0]:>6.2f} (nominal {limits[1]:.2f}), x{mean / limits[0]:.2f};"
                f" {row['false_per_week']:.2f} false/week; held {row['held']:.3f} of {known.sum()},"
                f" width {row['width']:.0f}",
                flush=True,
            )
    steps = [row for row in rows if row["ramp"] == 0]
    shown = [float(r["delay"]) / float(r["limit"]) for r in steps if 2 <= float(r["limit"]) <= 60]
    print(
        f"delay over limit, {len(shown)} cells: geometric mean {np.exp(np.log(shown).mean()):.3f}, worst {max(shown):.2f}"
    )
    print(f"onset brackets hold {np.mean([float(r['held']) for r in rows]):.3f} of the truths")
    if options.json:
        command = (
            f"python bench/detection/delay.py --bin-s {options.bin_s} --services {each}"
            f" --weeks {options.weeks} --seed {options.seed}"
        )
        text = json.dumps(
            {"what": "delay", "command": command, "rows": rows}, indent=1, default=float
        )
        Path(options.json).write_text(text + "\n")


if __name__ == "__main__":
    main()
