"""Is a confined outage found early, and in the right place? `python bench/detection/where.py [--seed N]`.

A service of ten reports a minute has fifty regions; one of them, with a given share of the reports, has
ten times its usual from some minute on. Compared are the series of the whole alone, with the whole budget,
and the tree of the whole and its regions sharing that budget as the fold shares it. When the tree raises its first true alarm,
and some minutes later, `detect.where` is asked which regions it is. Negative-binomial counts of size 25 a
minute by region, baselines learned for two days; delays are minutes from the true onset.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

import intervals
import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector, where
from uproar.model.place import CODES

F64 = NDArray[np.float64]

NATIONAL, LIFT, REGIONS, SIZE = 10.0, 10.0, 50, 25.0
SHARES = (0.01, 0.05, 0.20)
LEARN_TICKS, TEST_TICKS = 2 * 8_640, 6 * 420
FIRST_TICK = 174_150_000 // 60 * 60
ROOT_SHARE = 0.5
AFTER = (0, 5, 15)  # Minutes after the alarm at which the place is asked for.
CODE = sorted(CODES)[:REGIONS]


def part_share(number: int) -> float:
    """Return the n-th part's share of the budget, as `app.fold_counts` gives it."""
    return (1 - ROOT_SHARE) * 10 / ((number + 9) * (number + 10))


def run(share: float, services: int, dice: np.random.Generator) -> dict[str, Any]:
    """Simulate services side by side; return delays and what was named."""
    rates = np.full(REGIONS, NATIONAL * (1 - share) / (REGIONS - 1)) / 6
    hit = dice.integers(0, REGIONS, services)
    mean = np.tile(rates, (services, 1))
    mean[np.arange(services), hit] = NATIONAL * share / 6
    design = detector.Design()
    alone = detector.grow(
        detector.start(design),
        np.full(services, NATIONAL / 6),
        np.full(services, -1, np.int64),
        design,
    )
    width = REGIONS + 1
    prior = np.concatenate([np.full((services, 1), NATIONAL / 6), mean], axis=1).ravel()
    budget = np.tile(
        np.array([ROOT_SHARE, *(part_share(n) for n in range(1, REGIONS + 1))]), services
    )
    tree = detector.grow(
        detector.start(design), prior, np.full(services * width, -1, np.int64), design, budget
    )
    free_alone, free_tree = np.zeros(services, np.bool_), np.zeros(services * width, np.bool_)
    delay_alone, delay_tree = np.full(services, np.nan), np.full(services, np.nan)
    first_right = np.zeros(services, np.bool_)
    counted = np.zeros((services, REGIONS))
    asked: dict[int, list[tuple[float, float, str]]] = {minutes: [] for minutes in AFTER}
    since = np.zeros(services)
    usual: F64 = mean
    for step in range(-LEARN_TICKS, TEST_TICKS):
        tick = FIRST_TICK + LEARN_TICKS + step
        now = mean.copy()
        if step >= 0:
            now[np.arange(services), hit] *= LIFT
        counts = dice.poisson(dice.gamma(SIZE / 6, now * 6 / SIZE)).astype(float)
        total = counts.sum(axis=1)
        alone, seen = detector.step(
            alone, tick, total, masked=False, hold=free_alone, design=design
        )
        both = np.concatenate([total[:, None], counts], axis=1).ravel()
        tree, heard = detector.step(tree, tick, both, masked=False, hold=free_tree, design=design)
        if step == 0:  # What was in alarm before is chance, and no finding.
            usual = heard.expected.reshape(services, width)[:, 1:].copy()
        if step < 0:
            continue
        counted += counts
        late = np.isnan(delay_alone) & seen.raised
        delay_alone[late] = (step + 1) / 6
        raised = heard.raised.reshape(services, width)
        late = np.isnan(delay_tree) & raised.any(axis=1)
        delay_tree[late] = (step + 1) / 6
        first_right[late] = raised[late, 1 + hit[late]]
        for minutes in AFTER:
            due = np.flatnonzero(np.round(delay_tree * 6) + 6 * minutes == step + 1)
            for service in due:
                asked[minutes].append(
                    name(counted[service], usual[service], step + 1, int(hit[service]))
                )
        since += 1
    return {"alone": delay_alone, "tree": delay_tree, "right": first_right, "asked": asked}


def name(counted: F64, usual: F64, ticks: int, hit: int) -> tuple[float, float, str]:
    """Return precision and recall of the regions that are named, and the extent that is said."""
    expected = usual * ticks
    parts = {
        CODE[at]: where.Part(float(usual[at] / usual.sum()), float(expected[at]))
        for at in range(REGIONS)
    }
    counts = {CODE[at]: int(counted[at]) for at in range(REGIONS)}
    found = where.find("place", counts, parts, int(counted.sum()), float(expected.sum()))
    named = set(found.among)
    if not named:
        return math.nan, 0.0, found.extent
    right = CODE[hit] in named
    return right / len(named), float(right), found.extent


def spread(values: list[float]) -> tuple[float, float, float]:
    """Return the mean and its normal 95 % interval; NaN is left out."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return math.nan, math.nan, math.nan
    middle = float(known.mean())
    half = 1.96 * float(known.std()) / math.sqrt(len(known))
    return middle, middle - half, middle + half


def wilson(values: list[float]) -> tuple[float, float, float]:
    """Return a mean of shares with Wilson's 95 % interval; NaN is left out."""
    known = [value for value in values if not math.isnan(value)]
    middle = sum(known) / len(known) if known else math.nan
    return middle, *intervals.wilson(sum(known), len(known))


def shown(figures: tuple[float, float, float]) -> str:
    """Return a figure with its interval."""
    return "{:.2f} ({:.2f}-{:.2f})".format(*figures)


def main() -> None:
    """Run, print, and write the figures as JSON where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--services", type=int, default=60)
    options.add_argument("--json", default="")
    chosen = options.parse_args()
    rows = []
    for share in SHARES:
        found = run(share, chosen.services, np.random.default_rng(chosen.seed))
        alone, tree = found["alone"].tolist(), found["tree"].tolist()
        row: dict[str, Any] = {
            "share": share,
            "services": chosen.services,
            "whole_missed": int(np.isnan(found["alone"]).sum()),
            "tree_missed": int(np.isnan(found["tree"]).sum()),
            "whole": spread(alone),
            "tree": spread(tree),
        }
        print(
            f"share {share:.0%}: whole {shown(row['whole'])} min, missed {row['whole_missed']}; tree {shown(row['tree'])} min, missed {row['tree_missed']}"
        )
        for minutes in AFTER:
            asked = found["asked"][minutes]
            precision, recall = wilson([one[0] for one in asked]), wilson([one[1] for one in asked])
            only = wilson([float(one[2] in ("only", "mostly")) for one in asked])
            row[f"after_{minutes}"] = {
                "n": len(asked),
                "precision": precision,
                "recall": recall,
                "confined": only,
            }
            print(
                f"   {minutes:>2} min after the alarm (n {len(asked)}): precision {shown(precision)}, recall {shown(recall)}, said to be confined {shown(only)}"
            )
        rows.append(row)
    if chosen.json:
        command = (
            f"python bench/detection/where.py --seed {chosen.seed} --services {chosen.services}"
        )
        what = {
            "what": "an outage confined to one of fifty regions",
            "command": command,
            "rows": rows,
        }
        Path(chosen.json).write_text(json.dumps(what, indent=1))


if __name__ == "__main__":
    main()
