"""Does the reach interval hold published cases? `python bench/detection/reach.py [--json FILE]`.

Leave-one-out over the published cases of `detect.reach`: the report rate is fitted without a case, and
its users or customers are estimated from its reports. The published figure is of who could be hit, not of
who was: nobody publishes that. A handful of cases tells little; the interval of the coverage says how little.
No chance is involved, so there is no seed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

from uproar.detect import reach
from uproar.model.service import People

T_95 = {3: 2.353, 4: 2.132, 5: 2.015, 6: 1.943, 7: 1.895, 8: 1.860}  # Student's t, 95 % points.
EVERYBODY = People(8_000_000_000, "people", "2024", "no cap")


def clopper(hits: int, many: int) -> tuple[float, float]:
    """Return the exact 95 % interval of a share, by bisection."""

    def tail(share: float, first: int, last: int) -> float:
        return sum(
            math.comb(many, k) * share**k * (1 - share) ** (many - k)
            for k in range(first, last + 1)
        )

    def solve(first: int, last: int, rising: bool) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = 0.5 * (low + high)
            if (tail(middle, first, last) < 0.025) == rising:
                low = middle
            else:
                high = middle
        return low

    return (0.0 if hits == 0 else solve(hits, many, True)), (
        1.0 if hits == many else solve(0, hits, False)
    )


def main() -> None:
    """Print each case with the interval that the others give it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=0, help="taken, and not used")
    options.add_argument("--json", default="")
    chosen = options.parse_args()
    rows = []
    print(
        f"{'case':>18} {'report rate':>12} {'low':>9} {'mid':>9} {'high':>9} {'published':>10} held"
    )
    for at, case in enumerate(reach.CASES):
        others = reach.fit([*reach.CASES[:at], *reach.CASES[at + 1 :]])
        count = math.sqrt(case.fewest * case.most)
        middle = math.log(count) - others.mean
        half = T_95[others.freedom] * others.sd
        low, high = math.exp(middle - half), math.exp(middle + half)
        held = low <= case.people <= high
        rows.append(
            {
                "case": case.name,
                "rate": count / case.people,
                "low": low,
                "high": high,
                "people": case.people,
                "held": held,
            }
        )
        print(
            f"{case.name:>18} {100 * count / case.people:>11.2f}% {low / 1e6:>8.0f}M {math.exp(middle) / 1e6:>8.0f}M"
            f" {high / 1e6:>8.0f}M {case.people / 1e6:>9.0f}M {'yes' if held else 'no'}"
        )
    hits, many = sum(bool(row["held"]) for row in rows), len(rows)
    left, right = clopper(hits, many)
    width = math.exp(2 * T_95[reach.PRIOR.freedom] * reach.PRIOR.sd)
    print(
        f"held {hits} of {many} (95 % interval of the coverage {left:.2f} to {right:.2f}; nominal 0.90)"
    )
    print(
        f"all {many} cases: one report for {math.exp(-reach.PRIOR.mean):.0f} people; the ends are a factor {width:.0f} apart"
    )
    facts = reach.Facts(reports=100_000, works=0, people=EVERYBODY)
    one = reach.estimate(facts, reach.Design(awareness=1.0))
    print(
        f"100,000 reports, known as the best-known tracker, no cap: {one.low:.3g} to {one.high:.3g}, middle {one.mid:.3g}"
    )
    if chosen.json:
        what = {
            "what": "reach, leave one out",
            "command": "python bench/detection/reach.py",
            "rows": rows,
            "held": hits,
            "of": many,
            "interval": [left, right],
            "width": width,
        }
        Path(chosen.json).write_text(json.dumps(what, indent=1))


if __name__ == "__main__":
    main()
