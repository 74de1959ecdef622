"""Are false alarms as rare as was asked for? `python bench/detection/false_alarms.py [--stress ar]`.

Counts alarms of services without outages, by decade of rates, after five weeks of learning, for four
weeks; nominal is 0.25 a service-week. Intervals are exact Poisson, 95 %.
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

import intervals
import numpy as np
import services

DECADES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)
SIZES = (np.inf, 25.0, 5.0)


def count(stress: str, options: argparse.Namespace) -> list[dict[str, object]]:
    """Return a row for every decade."""
    each = options.services
    rates = np.repeat(DECADES, each)
    sizes = np.resize(SIZES, len(rates))
    world = services.World(
        rates,
        sizes,
        options.bin_s,
        seed=options.seed,
        stress=stress,
        learn_days=7 * options.learn_weeks,
    )
    begin = world.learn()
    raised = np.zeros(len(rates))
    for tick in range(begin, begin + options.weeks * 7 * world.day):
        world.state, reading = world.step(world.state, tick)
        raised += reading.raised
    weeks = each * options.weeks
    rows: list[dict[str, object]] = []
    for at, rate in enumerate(DECADES):
        mine = raised[at * each : (at + 1) * each]
        low, high = intervals.poisson(float(mine.sum()))
        by_size = [float(mine[at_size::3].sum() * 3 / weeks) for at_size in range(3)]
        rows.append(
            {
                "stress": stress,
                "rate": rate,
                "alarms": int(mine.sum()),
                "weeks": weeks,
                "ratio": mine.sum() / weeks / 0.25,
                "low": low / weeks / 0.25,
                "high": high / weeks / 0.25,
                "worst": int(mine.max()),
            }
        )
        row = rows[-1]
        print(
            f"{stress:>12} {rate:>7}/min {row['alarms']:>5} in {weeks} weeks: "
            f"{row['ratio']:.2f} of nominal ({row['low']:.2f} to {row['high']:.2f})"
            f"  by size {' '.join(f'{4 * v:.2f}' for v in by_size)}  worst {row['worst']}",
            flush=True,
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stress", default="none", help="one of the stresses, or all")
    parser.add_argument("--bin-s", type=int, default=60)
    parser.add_argument("--services", type=int, default=102)
    parser.add_argument("--learn-weeks", type=int, default=5)
    parser.add_argument("--weeks", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", default="")
    options = parser.parse_args()
    wanted = services.STRESSES if options.stress == "all" else options.stress.split(",")
    rows = [row for stress in wanted for row in count(stress, options)]
    if options.json:
        command = (
            f"python bench/detection/false_alarms.py --stress {options.stress}"
            f" --services {options.services} --weeks {options.weeks} --seed {options.seed}"
        )
        text = json.dumps({"what": "false alarms", "command": command, "rows": rows}, indent=1)
        Path(options.json).write_text(text + "\n")


if __name__ == "__main__":
    main()
