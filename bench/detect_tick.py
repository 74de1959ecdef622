"""What a tick of detection costs: `python bench/detect_tick.py [--json FILE] [series ...]`.

Tells the median, the mean and the worst tick of an hour (the worst holds the hourly learning) on one
core, and the most memory that the process held. Each number of series has a process of its own. Where
others use the machine too, the clock tells their work as well: then processor time is what counts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from uproar.detect import detector

BUDGET_S = 0.25
SERIES = (50, 10_000, 100_000)
TICKS, TICKS_OF_FEW = 400, 20_000  # An hour and some; few series are timed for longer.
FEW = 1_000
FIRST_TICK = 5_000_040  # A whole hour.
KIB = 1_024
TOLD = ("median_s", "mean_s", "worst_s", "worst_processor_s")


def measure(rows: int) -> dict[str, float]:
    """Return what ticks of so many series cost: seconds, and bytes."""
    ticks = TICKS_OF_FEW if rows <= FEW else TICKS
    design = detector.Design()
    dice = np.random.default_rng(7)
    rates = 10.0 ** dice.uniform(-3.5, 1.5, rows)
    state = detector.grow(detector.start(design), rates, np.full(rows, -1, dtype=np.int64), design)
    hold = np.zeros(rows, dtype=bool)
    counts = dice.poisson(rates, (64, rows)).astype(float)
    for tick in range(FIRST_TICK - 60, FIRST_TICK):
        state, _ = detector.step(state, tick, counts[tick % 64], False, hold, design)
    spent, worked = [], []
    for tick in range(FIRST_TICK, FIRST_TICK + ticks):
        begun, idle = time.perf_counter(), time.process_time()
        state, _ = detector.step(state, tick, counts[tick % 64], False, hold, design)
        spent.append(time.perf_counter() - begun)
        worked.append(time.process_time() - idle)
    return {
        "series": rows,
        "ticks": ticks,
        "median_s": float(np.median(spent)),
        "mean_s": float(np.mean(spent)),
        "worst_s": max(spent),
        "median_processor_s": float(np.median(worked)),
        "worst_processor_s": max(worked),
        "peak_memory_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("series", type=int, nargs="*", help="how many series; several numbers")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    print(
        f"{'series':>8} {'median':>12} {'mean':>12} {'worst':>12} {'processor':>12} {'memory':>10}"
    )
    rows = []
    for many in options.series or SERIES:
        fresh = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as pool:
            row = pool.submit(measure, many).result()
        rows.append(row)
        times = "".join(f" {row[name] * 1e6:>9.0f} us" for name in TOLD)
        print(f"{many:>8}{times} {row['peak_memory_bytes'] / KIB**2:>6.0f} MiB", flush=True)
        if row["worst_processor_s"] > BUDGET_S:
            print(f"the worst tick of {many} series is above the budget of {BUDGET_S} s")
    if options.json:
        text = {
            "what": "an hour of ticks, its learning among them, on one core of a machine that others used too",
            "command": "python bench/detect_tick.py --json bench/detection/results/tick.json",
            "rows": rows,
        }
        options.json.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
