"""Write the measured figures of diagnosis into docs/explain/diagnosis.md: `python bench/diagnose/page.py`.

Reads bench/diagnose/quality.json (written by `bench/diagnose/quality.py --json`) and fills what stands between the markers
`figures: NAME` and `end of figures`. `--check` writes nothing and exits with 1 where the page is not what
the results give. No figure of those parts is typed by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULT = HERE / "quality.json"
PAGE = HERE.parents[1] / "docs" / "explain" / "diagnosis.md"
PART = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
OUTSIDE, INSIDE = "outsider with claims", "operator with claims"
HALF = "outsider with claims, half missing"
# What was promised: view, figure, its name, the goal, whether more is better.
PROMISED = (
    (OUTSIDE, "top1", "the first answer is right", 0.53, True),
    (OUTSIDE, "top3", "among the first three", 0.72, True),
    (OUTSIDE, "brier", "Brier score", 0.62, False),
    (OUTSIDE, "ece", "calibration error", 0.05, False),
    (INSIDE, "top1", "the first answer is right", 0.62, True),
    (INSIDE, "top3", "among the first three", 0.85, True),
    (INSIDE, "brier", "Brier score", 0.52, False),
    (INSIDE, "family", "the family is right", 0.72, True),
    (OUTSIDE, "attack_recall", "attacks found at 5 % false alarms", 0.75, True),
    (OUTSIDE, "foils", "foils called an attack, share", 0.10, False),
    (HALF, "ece", "calibration error", 0.07, False),
)


def promised(found: dict[str, Any]) -> str:
    """Return what was promised beside what was measured, verified records beside all."""
    lines = [
        "| view | what | promised | all | 95 % | verified only | met |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for view, key, name, goal, more in PROMISED:
        value, verified = (_value(found[view][which], key) for which in ("all", "verified"))
        low_high = found[view]["interval"].get(key)
        spread = f"{low_high[0]:.2f} to {low_high[1]:.2f}" if low_high else ""
        met = value >= goal if more else value <= goal
        sign = "at least" if more else "at most"
        lines.append(
            f"| {view} | {name} | {sign} {goal:.2f} | {value:.3f} | {spread} | {verified:.3f} | {'yes' if met else 'no'} |"
        )
    return "\n".join(lines) + "\n"


def _value(figures: dict[str, float], key: str) -> float:
    return figures["foils_called"] / figures["foils"] if key == "foils" else figures[key]


def views(found: dict[str, Any]) -> str:
    """Return all views, side by side."""
    lines = [
        "| view | first | first three | family | Brier | log loss | calibration error | of perfect answers | AUC attack |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for view, each in found.items():
        if isinstance(each, dict):
            one = each["all"]
            lines.append(
                f"| {view} | {one['top1']:.3f} | {one['top3']:.3f} | {one['family']:.3f} | {one['brier']:.3f} |"
                f" {one['log_loss']:.3f} | {one['ece']:.3f} | {one['ece_floor']:.3f} | {one['attack_auc']:.3f} |"
            )
    return "\n".join(lines) + "\n"


def confusion(found: dict[str, Any]) -> str:
    """Return what is answered where each mechanism is true, in one deal of folds."""
    lines = [
        "| true | n | right, outside | answered instead | right, operator | answered instead |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for leaf, counts in found[OUTSIDE]["confusion"].items():
        cells = [leaf, str(sum(counts.values()))]
        for view in (OUTSIDE, INSIDE):
            row = found[view]["confusion"][leaf]
            others = [f"{other} {count}" for other, count in row.items() if other != leaf]
            cells += [str(row.get(leaf, 0)), ", ".join(others)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Fill the page, or check it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    told = parser.parse_args()
    found = json.loads(RESULT.read_text(encoding="utf-8"))
    parts = {"promised": promised, "views": views, "confusion": confusion}
    text = PAGE.read_text(encoding="utf-8")
    filled = PART.sub(lambda part: part[1] + parts[part[2]](found) + part[3], text)
    if not told.check:
        PAGE.write_text(filled, encoding="utf-8")
    elif filled != text:
        sys.exit(
            f"{PAGE.name} does not say what {RESULT.name} says; run python bench/diagnose/page.py"
        )


if __name__ == "__main__":
    main()
