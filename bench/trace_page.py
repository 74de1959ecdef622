"""Write the measured figures of tracing into docs/explain/tracing.md: `python bench/trace_page.py`.

Reads bench/trace_quality.json, trace_quality_other.json and trace_quality_wide.json (written by `bench/trace_quality.py --json`) and fills what stands between the markers
`figures: NAME` and `end of figures`. `--check` writes nothing and exits with 1 where the page is not what the results give.
No figure of those parts is typed by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULT = HERE / "trace_quality.json"
OTHER, WIDE = HERE / "trace_quality_other.json", HERE / "trace_quality_wide.json"
PAGE = HERE.parent / "docs" / "explain" / "tracing.md"
PART = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
ABOVE = {"line": "an attack told", "above half": "with more than 0.5"}
LOOKED = {
    "both": "both directions", "towards": "only what comes", "sampled": "1 of 1,000, sFlow", "netflow": "NetFlow v5",
    "netflow-towards": "NetFlow v5, only what comes", "netflow-sampled": "NetFlow v5, 1 of 100", "ipfix": "IPFIX",
    "ipfix-six": "IPFIX, IPv6",
}  # fmt: skip
Rows = list[dict[str, Any]]


def share(one: dict[str, Any]) -> str:
    """Return a share with its interval, in per cent."""
    if not one["of"]:
        return "no case"
    low, high = (f"{100 * bound:.0f}" for bound in one["interval"])
    return f"{one['hits']} of {one['of']} ({low} to {high} %)"


def table(head: str, rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    names = head.split("|")
    if not rows:
        return "None.\n"
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(cell.strip() for cell in line)} |\n" for line in lines)


def named(figures: Rows, name: str) -> Iterator[dict[str, Any]]:
    """Yield the figures of that name."""
    return (each for each in figures if each["figure"] == name)


def overall(figures: Rows, command: str) -> str:
    """Return how well attacks are told from what is none, and which vector they are."""
    area = next(named(figures, "auc"))
    low, high = area["interval"]
    rows = [
        ["attack or not, AUC", f"{area['value']:.3f} ({low:.3f} to {high:.3f})", "0.99"],
        ["attacks told", share(next(named(figures, "attack told"))), ""],
        ["largest vector right", share(next(named(figures, "vector right"))), "97 %"],
        ["all vectors right, none added", share(next(named(figures, "all vectors right"))), ""],
    ]
    rows += [
        [f"largest vector right, {LOOKED[each['view']]}", share(each), ""]
        for each in named(figures, "vector by view")
    ]
    return f"`{command}`\n\n" + table("|measured|goal", rows)


def none(figures: Rows, _: str) -> str:
    """Return how often an attack is told where there is none."""
    above = {each["kind"]: each for each in named(figures, "silent, above half")}
    rows = [
        [each["kind"], share(each), share(above[each["kind"]])]
        for each in named(figures, "silent, line")
    ]
    rows += [
        [f"all, {LOOKED[each['view']]}", share(each), ""]
        for each in named(figures, "silent by view")
    ]
    called: dict[tuple[str, str], int] = {}
    for each in named(figures, "called"):
        key = each["kind"], each["told"]
        called[key] = called.get(key, 0) + each["cases"]
    names = [[kind, f"`{told}`", str(cases)] for (kind, told), cases in called.items()]
    return (
        table(f"no attack|{ABOVE['line']}|{ABOVE['above half']}", rows)
        + "\n"
        + table("no attack|called|cases", names)
    )


def wrong(figures: Rows, _: str) -> str:
    """Return which vectors are taken for which."""
    rows = [
        [each["meant"], each["told"], LOOKED[each["view"]], str(each["cases"])]
        for each in named(figures, "taken for")
    ]
    return table("sent|told|seen|cases", rows)


def sources(figures: Rows, _: str) -> str:
    """Return how well forged sources are told."""
    rows = [
        [each["class"], f"{each['mean']:.3f}", f"{each['brier']:.4f}", share(each)]
        for each in named(figures, "forged")
        if each["of"]
    ]
    return table("sources|mean probability of forged|Brier|on the wrong side of 0.5", rows)


PARTS: dict[str, tuple[Path, Callable[[Rows, str], str]]] = {
    "overall": (RESULT, overall),
    "none": (RESULT, none),
    "wrong": (RESULT, wrong),
    "sources": (RESULT, sources),
    "other": (OTHER, overall),
    "wide_overall": (WIDE, overall),
    "wide_none": (WIDE, none),
    "wide_wrong": (WIDE, wrong),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    results = {path: json.loads(path.read_text("utf-8")) for path in (RESULT, OTHER, WIDE)}

    def fill(part: re.Match[str]) -> str:
        path, words = PARTS[part[2]]
        figures, command = results[path]["figures"], results[path]["command"]
        return f"{part[1]}\n{words(figures, command)}\n{part[3]}"

    page = PAGE.read_text("utf-8")
    filled = PART.sub(fill, page)
    if given.check:
        if filled != page:
            print(f"{PAGE.name} is not what the results give: run bench/trace_page.py")
            sys.exit(1)
        return
    PAGE.write_text(filled, "utf-8")


if __name__ == "__main__":
    main()
