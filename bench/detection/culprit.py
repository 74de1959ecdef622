"""Whose fault is it? Top-1 accuracy and calibration over simulated faults of every kind.

`python bench/detection/culprit.py [--seed N] [--cases N] [--reports 30 ...] [--world NAME] [--json FILE]`

`--reports` is the number of reports of the fault in ALL services together (at an echo: at the
echoing service). Worlds, their errors and their gaps are described in `culprit_world.py`, other worlds (`--world`)
in `culprit_worlds.py`. Seeded.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

import itertools

import intervals
import numpy as np
from culprit_world import Case, World
from culprit_worlds import WORLDS

from uproar.detect import culprit

WORLDS_MAX = 20  # Worlds drawn until one lets a fault of a kind be seen.
NOT_ASKED = ("place", "hub")  # Kinds of fault that are not among the five of the goal.
BINS = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)


def run(
    seed: int, cases: int, reports: int, world_of: type[World], kinds: Sequence[str]
) -> list[dict[str, object]]:
    """Return one record a case."""
    out: list[dict[str, object]] = []
    for number, kind in enumerate(world_of.kinds):
        if kind not in kinds:
            continue
        for index in range(cases):
            dice = np.random.default_rng([seed, reports, number, index])
            drawn = _drawn(dice, kind, reports, world_of)
            if drawn is None:
                continue
            world, case = drawn
            begun = time.perf_counter()
            answers = culprit.explain(case.scene, world.mixes)
            spent = time.perf_counter() - begun
            told = next(each for each in answers if each.service == case.target)
            lead = told.leading
            given: dict[tuple[str, str], float] = {
                (a.kind, a.name): a.probability for a in told.answers
            }
            out.append(
                {
                    "kind": kind,
                    "hit": (lead.kind, lead.name) in case.truth,
                    "lead": lead.kind,
                    "p": lead.probability,
                    "p_true": max(given.get(truth, 0.0) for truth in case.truth),
                    "brier": sum((p - (label in case.truth)) ** 2 for label, p in given.items())
                    + sum(truth not in given for truth in case.truth),
                    "share": case.share,
                    "ms": spent * 1e3,
                }
            )
    return out


def _drawn(
    dice: np.random.Generator, kind: str, reports: int, world_of: type[World]
) -> tuple[World, Case] | None:
    """Draw worlds until one lets a fault of a kind be seen; None where none does."""
    for _ in range(WORLDS_MAX):
        world = world_of(dice)
        case = world.case(kind, reports)
        if case is not None:
            return world, case
    return None


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, default=200, help="cases of each kind")
    parser.add_argument("--reports", type=int, nargs="+", default=[10, 20, 30, 100])
    parser.add_argument("--world", choices=list(WORLDS), default="usual")
    parser.add_argument("--kinds", nargs="+", help="only faults of these kinds")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    world_of = WORLDS[given.world]
    kinds = [kind for kind in world_of.kinds if kind in (given.kinds or world_of.kinds)]
    rows: list[dict[str, object]] = []
    for reports in given.reports:
        found = run(given.seed, given.cases, reports, world_of, kinds)
        print(f"\n{reports} reports, {given.cases} cases a kind")
        print("kind      top-1  95 % interval   taken for")
        for kind in (*kinds, "issue's five", "all"):
            chosen = [
                f
                for f in found
                if kind in (f["kind"], "all")
                or (kind == "issue's five" and f["kind"] not in NOT_ASKED)
            ]
            if chosen:
                rows.append({"reports": reports, **accuracy(kind, chosen)})
        rows.extend({"reports": reports, **row} for row in shares(found))
        rows.extend({"reports": reports, **row} for row in reliability(found))
        took = np.array([f["ms"] for f in found])
        print(f"time: median {np.median(took):.1f} ms, 95 % {np.quantile(took, 0.95):.1f} ms")
    if given.json:
        sizes = " ".join(map(str, given.reports))
        options = f"--seed {given.seed} --cases {given.cases} --reports {sizes}"
        if given.world != "usual":
            options += f" --world {given.world}"
        command = f"python bench/detection/culprit.py {options}"
        figures = {"what": "culprit", "command": command, "rows": rows}
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def accuracy(kind: str, found: list[dict[str, object]]) -> dict[str, object]:
    """Print and return top-1 accuracy of one kind."""
    hits = sum(bool(f["hit"]) for f in found)
    low, high = intervals.wilson(hits, len(found))
    taken: dict[str, int] = defaultdict(int)
    for f in found:
        if not f["hit"]:
            taken[str(f["lead"])] += 1
    wrong = ", ".join(f"{k} {n}" for k, n in sorted(taken.items(), key=lambda pair: -pair[1]))
    top = hits / len(found)
    print(f"{kind:<13} {top:6.1%}  {low:.1%}..{high:.1%}   {wrong}")
    return {"kind": kind, "n": len(found), "top1": top, "low": low, "high": high, "taken": taken}


def shares(found: list[dict[str, object]]) -> list[dict[str, object]]:
    """Print and return the accuracy for access networks by market share."""
    out = []
    for low, high in ((0.01, 0.02), (0.02, 0.05), (0.05, 0.1), (0.1, 0.2), (0.2, 0.45)):
        chosen = [
            f for f in found if f["kind"] == "access" and low <= float(str(f["share"])) < high
        ]
        if chosen:
            out.append(accuracy(f"access {low:.0%}-{high:.0%}", chosen))
    return out


def reliability(found: list[dict[str, object]]) -> list[dict[str, object]]:
    """Print and return how often the leading answer is right, by its probability."""
    out: list[dict[str, object]] = []
    gap = 0.0
    print("told          n   mean told   right   95 % interval")
    for low, high in itertools.pairwise(BINS):
        chosen = [
            f for f in found if low <= float(str(f["p"])) < high or (high == 1.0 and f["p"] == 1.0)
        ]
        if not chosen:
            continue
        hits = sum(bool(f["hit"]) for f in chosen)
        mean = float(np.mean([float(str(f["p"])) for f in chosen]))
        a, b = intervals.wilson(hits, len(chosen))
        right = hits / len(chosen)
        print(
            f"{low:.3f}-{high:.3f} {len(chosen):4d}   {mean:.4f}     {right:.3f}   {a:.3f}..{b:.3f}"
        )
        gap += len(chosen) * abs(mean - right)
        out.append(
            {
                "bin": [low, high],
                "n": len(chosen),
                "told": mean,
                "right": right,
                "low": a,
                "high": b,
            }
        )
    brier = float(np.mean([float(str(f["brier"])) for f in found]))
    score = float(np.mean([-math.log(max(float(str(f["p_true"])), 1e-6)) for f in found]))
    gap /= len(found)
    print(f"Brier {brier:.4f}, log score {score:.4f} nats, calibration error {gap:.4f}")
    out.append({"brier": brier, "log_score": score, "calibration_error": gap})
    return out


if __name__ == "__main__":
    main()
