"""Write the measured figures of access logs into docs/explain/tracing.md: `python bench/trace_logs_page.py`.

Reads bench/trace_logs_quality.json (written by `bench/trace_logs_quality.py --json`) and fills what stands between the markers
`log figures: NAME` and `end of log figures`. `--check` writes nothing and exits with 1 where the page is not what the result
gives. No figure of those parts is typed by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from trace_page import PAGE, Rows, named, share, table

RESULT = Path(__file__).resolve().parent / "trace_logs_quality.json"
PART = re.compile(r"(<!-- log figures: (\w+) -->\n).*?(<!-- end of log figures -->)", re.DOTALL)


def overall(figures: Rows, command: str) -> str:
    """Return how well attacks are told from what is none, and how they are made."""
    area = next(named(figures, "auc"))
    low, high = area["interval"]
    rows = [
        ["attack or not, AUC", f"{area['value']:.3f} ({low:.3f} to {high:.3f})", "0.99"],
        ["crowds above 0.5", share(next(named(figures, "crowd above half"))), "none"],
        ["vector right", share(next(named(figures, "vector right"))), "97 %"],
        ["attacks told", share(next(named(figures, "attack told"))), ""],
        ["an attack told where there is none", share(next(named(figures, "attack told of none"))), ""],
    ]  # fmt: skip
    return f"`{command}`\n\n" + table("|measured|goal", rows)


def kinds(figures: Rows, _: str) -> str:
    """Return how each kind of case fares."""
    right = {each["kind"]: each for each in named(figures, "vector")}
    above = {each["kind"]: each for each in named(figures, "silent above half")}
    attacks = [
        [
            each["kind"],
            f"`{right[each['kind']]['vector']}`",
            share(each),
            share(right[each["kind"]]),
        ]
        for each in named(figures, "attack")
    ]
    silent = [
        [each["kind"], share(each), share(above[each["kind"]])] for each in named(figures, "silent")
    ]
    return (
        table("attack|vector|told|vector right", attacks)
        + "\n"
        + table("no attack|an attack told|more than 0.5", silent)
    )


def wrong(figures: Rows, _: str) -> str:
    """Return what is taken for what."""
    rows = [
        [
            each["kind"],
            each["said"],
            f"`{each['told']}`" if each["told"] else "",
            str(each["cases"]),
        ]
        for each in named(figures, "taken for")
    ]
    return table("case|said|as|cases", rows) if rows else "Nothing.\n"


PARTS: dict[str, Callable[[list[dict[str, Any]], str], str]] = {
    "overall": overall,
    "kinds": kinds,
    "wrong": wrong,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    result = json.loads(RESULT.read_text("utf-8"))
    page = PAGE.read_text("utf-8")
    filled = PART.sub(
        lambda part: (
            f"{part[1]}\n{PARTS[part[2]](result['figures'], result['command'])}\n{part[3]}"
        ),
        page,
    )
    if given.check:
        if filled != page:
            print(f"{PAGE.name} is not what {RESULT.name} gives: run bench/trace_logs_page.py")
            sys.exit(1)
        return
    PAGE.write_text(filled, "utf-8")


if __name__ == "__main__":
    main()
