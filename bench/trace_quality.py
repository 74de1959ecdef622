"""Is it an attack, by what, from whom: `uproar trace` against simulated traffic of which the truth is known.

`python bench/trace_quality.py --seed 501 --each 200 [--json FILE]`: so many attacks and so many cases that are none
(`uproar.sim.traffic`), each written as a capture and read as `uproar trace` reads it. A line of JSON for each figure. The score of a case
is 1 - `flash_crowd` of the attack told of its target, 0 where none is told; its interval is by bootstrap over cases, those of
shares are Wilson's, all of 95 %. `trace` was not fitted to these cases.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from detection.intervals import wilson

from uproar.app import tracing
from uproar.sim import traffic, wider

RESAMPLES = 2_000
MANY_ATTACKS = 3  # Lines told of a silent case are shown at most so many.


def judged(case: traffic.Case | wider.Case, path: Path, about: Any) -> dict[str, Any]:
    """Return what is told of a case beside its truth."""
    path.write_bytes(case.capture())
    found = tracing.read(path, about).found
    truth = case.truth
    own = [each for each in found.attacks if each.target == truth.target]
    counted = own if truth.vectors else found.attacks
    return {
        "kind": truth.kind,
        "view": truth.view,
        "vectors": list(truth.vectors),
        "forged": truth.forged,
        "packets": len(case.packets),
        "score": max((1 - each.flash_crowd for each in counted), default=0.0),
        "lines": len(found.attacks),
        "told": [vector.name for vector in own[0].vectors] if own else [],
        "others": [each.vector for each in found.attacks if each not in own][:MANY_ATTACKS],
        "spoofed": own[0].sources.spoofed if own else None,
    }


def area(attacks: np.ndarray, silent: np.ndarray) -> float:
    """Return how probable it is that an attack scores above a silent case, ties counting half."""
    above = attacks[:, None] > silent[None, :]
    even = attacks[:, None] == silent[None, :]
    return float(above.mean() + even.mean() / 2)


def of(hits: int, many: int) -> dict[str, Any]:
    """Return a share with its interval."""
    low, high = wilson(hits, many) if many else (0.0, 1.0)
    share = round(hits / many, 4) if many else None
    return {"of": many, "hits": hits, "share": share, "interval": [round(low, 4), round(high, 4)]}


def figures(
    attacks: list[dict[str, Any]],
    silent: list[dict[str, Any]],
    kinds: tuple[str, ...],
    views: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Return all figures, each named by `figure`."""
    one, other = (np.array([case["score"] for case in cases]) for cases in (attacks, silent))
    roll = np.random.default_rng(0)
    again = [
        area(roll.choice(one, len(one)), roll.choice(other, len(other))) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(again, (0.025, 0.975))
    found: list[dict[str, Any]] = [
        {
            "figure": "auc",
            "value": round(area(one, other), 4),
            "interval": [round(float(low), 4), round(float(high), 4)],
        },
        {"figure": "attack told", **of(int((one > 0).sum()), len(one))},
    ]
    for kind in kinds:
        mine = [case for case in silent if case["kind"] == kind]
        for name, hits in (
            ("line", [case for case in mine if case["lines"]]),
            ("above half", [case for case in mine if case["score"] > 0.5]),
        ):
            found.append({"figure": f"silent, {name}", "kind": kind, **of(len(hits), len(mine))})
    for view in views:
        mine = [case for case in silent if case["view"] == view]
        found.append(
            {"figure": "silent by view", "view": view, **of(sum(case["lines"] > 0 for case in mine), len(mine))}
        )  # fmt: skip
        mine = [case for case in attacks if case["view"] == view]
        right = [case for case in mine if case["told"][:1] == case["vectors"][:1]]
        found.append({"figure": "vector by view", "view": view, **of(len(right), len(mine))})
    right = [case for case in attacks if case["told"][:1] == case["vectors"][:1]]
    exact = [case for case in attacks if set(case["told"]) == set(case["vectors"])]
    found.append({"figure": "vector right", **of(len(right), len(attacks))})
    found.append({"figure": "all vectors right", **of(len(exact), len(attacks))})
    wrong = Counter(
        (case["kind"], case["view"], ", ".join(case["vectors"]), ", ".join(case["told"]) or "none")
        for case in attacks
        if case not in exact
    )
    for (kind, view, meant, told), count in wrong.most_common():
        found.append(
            {"figure": "taken for", "kind": kind, "view": view, "meant": meant, "told": told, "cases": count}
        )  # fmt: skip
    called = Counter(
        (case["kind"], case["view"], name)
        for case in silent
        for name in {*case["told"][:1], *case["others"]}
    )
    for (kind, view, name), count in called.most_common():
        found.append({"figure": "called", "kind": kind, "view": view, "told": name, "cases": count})
    return found + calibration(attacks)


def calibration(attacks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return Brier's score of the probability that sources are forged, where an attack was told, by what they are."""
    told = [case for case in attacks if case["spoofed"] is not None]
    classes = {
        "all": told,
        "forged": [case for case in told if case["forged"]],
        "hosts that send": [
            case for case in told if not case["forged"] and case["vectors"][0].startswith("flood.")
        ],
        "reflectors": [case for case in told if not case["vectors"][0].startswith("flood.")],
    }
    found = []
    for name, cases in classes.items():
        said = np.array([case["spoofed"] for case in cases], float)
        true = np.array([case["forged"] for case in cases], float)
        wrong = int(((said >= 0.5) != (true > 0.5)).sum())
        brier = round(float(((said - true) ** 2).mean()), 4) if cases else None
        mean = round(float(said.mean()), 4) if cases else None
        found.append({"figure": "forged", "class": name, "brier": brier, "mean": mean, **of(wrong, len(cases))})  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--wide", action="store_true", help="more kinds, more ways of looking")
    parser.add_argument("--json", type=Path, help="keep the figures, for bench/trace_page.py")
    parser.add_argument("--cases", type=Path, help="keep each case with what was told of it")
    given = parser.parse_args()
    about = tracing.known()
    made = wider if given.wide else traffic
    kinds = wider.ALL if given.wide else traffic.SILENT
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "case.pcap"
        attacks, silent = (
            [judged(make(given.seed, number), path, about) for number in range(given.each)]
            for make in (made.attack, made.silent)
        )
    results = figures(attacks, silent, tuple(kinds), made.VIEWS)
    for each in results:
        print(json.dumps(each), flush=True)
    if given.json:
        command = f"python bench/trace_quality.py --seed {given.seed} --each {given.each}"
        command += " --wide" if given.wide else ""
        lines = ",\n".join(json.dumps(each) for each in results)
        given.json.write_text(f'{{"command": {json.dumps(command)}, "figures": [\n{lines}\n]}}\n')
    if given.cases:
        given.cases.write_text("".join(json.dumps(each) + "\n" for each in [*attacks, *silent]))


if __name__ == "__main__":
    main()
