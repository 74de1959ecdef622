"""What a tick of detection costs: `python bench/detect_tick.py [rows ...]`.

Prints the median and the worst tick of an hour (the worst holds the hourly learning), one core.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from uproar.detect import detector

BUDGET_S = 0.25


def measure(rows: int, ticks: int) -> tuple[float, float, float]:
    design = detector.Design()
    dice = np.random.default_rng(7)
    rates = 10.0 ** dice.uniform(-3.5, 1.5, rows)
    state = detector.grow(detector.start(design), rates, np.full(rows, -1, dtype=np.int64), design)
    hold = np.zeros(rows, dtype=bool)
    counts = dice.poisson(rates, (64, rows)).astype(float)
    first = 5_000_040  # a whole hour
    for tick in range(first - 60, first):
        state, _ = detector.step(state, tick, counts[tick % 64], False, hold, design)
    spent = []
    whole = time.perf_counter()
    for tick in range(first, first + ticks):
        begun = time.perf_counter()
        state, _ = detector.step(state, tick, counts[tick % 64], False, hold, design)
        spent.append(time.perf_counter() - begun)
    return float(np.median(spent)), max(spent), (time.perf_counter() - whole) / ticks


def main() -> None:
    sizes = [int(word) for word in sys.argv[1:]] or [50, 10_000, 100_000]
    print(f"{'series':>8} {'median':>12} {'mean':>12} {'worst':>12}")
    for rows in sizes:
        ticks = 20_000 if rows <= 1_000 else 400
        median, worst, mean = measure(rows, ticks)
        print(f"{rows:>8} {median * 1e6:>9.0f} us {mean * 1e6:>9.0f} us {worst * 1e6:>9.0f} us")
        if worst > BUDGET_S:
            print(f"the worst tick of {rows} series is above the budget of {BUDGET_S} s")


if __name__ == "__main__":
    main()
