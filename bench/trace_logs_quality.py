"""Is it an attack, and how is it made: `uproar trace` against simulated access logs of which the truth is known.

`python bench/trace_logs_quality.py --seed 801 --each 200 [--json FILE]`: so many attacks and so many cases that are none
(`uproar.sim.requests`), each written as a log in one of several formats and read as `uproar trace` reads it. A line of JSON for each
figure. It can be taken in parts: `--first 40 --each 20 --cases part3.jsonl`, and then `--join part*.jsonl`. The score of a case is the probability that it is an attack; the interval of the AUC is by bootstrap over cases, those of shares
are Wilson's, all of 95 %. The ratios of `trace/surging.py` were looked at with seeds below 800, and what 801 gave was known when the last of them (agent-paths) came.
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

from uproar.app import tracing, tracing_logs
from uproar.sim import requests
from uproar.trace.surging import ATTACK

RESAMPLES = 2_000


def judged(case: requests.Case, path: Path, about: Any) -> dict[str, Any]:
    """Return what is told of a case beside its truth."""
    path.write_bytes(b"\n".join(case.log()) + b"\n")
    read = tracing_logs.read_log(path, None, about)
    truth, found = case.truth, read.found
    assert found is not None, "a case has requests"
    assert not read.aside, "every line is of the format"
    return {
        "kind": truth.kind,
        "vector": truth.vector,
        "crowd": truth.crowd,
        "format": truth.format,
        "requests": read.requests,
        "score": found.probability[ATTACK],
        "said": found.said,
        "told": found.vector if found.attack else "",
        "evidence": {each.about: each.value for each in found.evidence},
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


def figures(attacks: list[dict[str, Any]], silent: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return all figures, each named by `figure`."""
    one, other = (np.array([case["score"] for case in cases]) for cases in (attacks, silent))
    roll = np.random.default_rng(0)
    again = [
        area(roll.choice(one, len(one)), roll.choice(other, len(other))) for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(again, (0.025, 0.975))
    crowds = [case for case in silent if case["crowd"]]
    right = [case for case in attacks if case["told"] == case["vector"]]
    found: list[dict[str, Any]] = [
        {
            "figure": "auc",
            "value": round(area(one, other), 4),
            "interval": [round(float(low), 4), round(float(high), 4)],
        },
        {"figure": "attack told", **of(sum(bool(case["told"]) for case in attacks), len(attacks))},
        {"figure": "vector right", **of(len(right), len(attacks))},
        {"figure": "attack told of none", **of(sum(bool(case["told"]) for case in silent), len(silent))},
        {"figure": "crowd above half", **of(sum(case["score"] > 0.5 for case in crowds), len(crowds))},
    ]  # fmt: skip
    for kind in requests.ASSAULTS:
        mine = [case for case in attacks if case["kind"] == kind]
        found.append(
            {
                "figure": "attack",
                "kind": kind,
                **of(sum(bool(case["told"]) for case in mine), len(mine)),
            }
        )
        hits = sum(case["told"] == case["vector"] for case in mine)
        found.append(
            {
                "figure": "vector",
                "kind": kind,
                "vector": requests.ASSAULTS[kind][0],
                **of(hits, len(mine)),
            }
        )
    for kind in requests.SILENT:
        mine = [case for case in silent if case["kind"] == kind]
        found.append(
            {
                "figure": "silent",
                "kind": kind,
                **of(sum(bool(case["told"]) for case in mine), len(mine)),
            }
        )
        found.append({"figure": "silent above half", "kind": kind, **of(sum(case["score"] > 0.5 for case in mine), len(mine))})  # fmt: skip
    wrong = Counter(
        (case["kind"], case["said"] or "not called", case["told"])
        for case in [*attacks, *silent]
        if case["told"] != case["vector"]
    )
    for (kind, said, told), count in wrong.most_common():
        found.append(
            {"figure": "taken for", "kind": kind, "said": said, "told": told, "cases": count}
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=801)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--json", type=Path, help="keep the figures, for bench/trace_page.py")
    parser.add_argument("--cases", type=Path, help="keep each case with what was told of it")
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--join", type=Path, nargs="*", help="of these parts, of this seed")
    given = parser.parse_args()
    if given.join:
        lines = [line for part in given.join for line in part.read_text().splitlines()]
        cases = [json.loads(line) for line in lines]
        attacks = [case for case in cases if case["vector"]]
        silent = [case for case in cases if not case["vector"]]
        given.each = len(attacks)
    else:
        about = tracing.known()
        numbers = range(given.first, given.first + given.each)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "access.log"
            attacks, silent = (
                [judged(make(given.seed, number), path, about) for number in numbers]
                for make in (requests.attack, requests.silent)
            )
    results = figures(attacks, silent)
    for each in results:
        print(json.dumps(each), flush=True)
    if given.json:
        command = f"python bench/trace_logs_quality.py --seed {given.seed} --each {given.each}"
        lines = ",\n".join(json.dumps(each) for each in results)
        given.json.write_text(f'{{"command": {json.dumps(command)}, "figures": [\n{lines}\n]}}\n')
    if given.cases:
        given.cases.write_text("".join(json.dumps(each) + "\n" for each in [*attacks, *silent]))


if __name__ == "__main__":
    main()
