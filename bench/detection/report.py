"""Write the measured figures into docs/explain/detection.md: `python bench/detection/report.py`.

Reads bench/detection/results/*.json and fills what stands between the markers `figures: NAME` and
`end of figures`; plots go to docs/explain/figures/. `--check` writes nothing and exits with 1 where
the page or a plot is not what the results give. No figure of those parts is typed by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import parts_alarms
import parts_incidents
import parts_liars
import parts_others
import promises

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parents[1] / "docs" / "explain" / "detection.md"
FIGURES = PAGE.parent / "figures"
PART = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)
NOT_YET = "Not measured yet.\n"
Part = tuple[str, dict[str, str]]

# Which writer fills a part, and further results that it looks at beside those of its own name.
WRITERS: dict[str, tuple[Callable[..., Part], tuple[str, ...]]] = {
    "calibration": (parts_alarms.calibration, ()),
    "delay": (parts_alarms.delay, ()),
    "tick": (parts_alarms.cost, ("big_table",)),
    "peers": (parts_others.peers, ()),
    "peers_ff": (parts_others.peers_ff, ()),
    "noufaily": (parts_others.noufaily, ()),
    "nab": (parts_others.nab, ("nab_published",)),
    "culprit": (parts_incidents.culprit, ()),
    "waves": (parts_incidents.waves, ()),
    "long_faults": (parts_incidents.long_faults, ()),
    "where": (parts_incidents.where, ()),
    "reach": (parts_incidents.reach, ()),
    "liars": (parts_liars.liars, ()),
    "publicity": (parts_liars.publicity, ()),
}


def read() -> dict[str, dict[str, Any]]:
    """Return all results by name."""
    paths = sorted(RESULTS.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def part(name: str, results: dict[str, dict[str, Any]]) -> Part:
    """Return a part of the page and its plots, by the name of its results."""
    if name == "promises":
        return promises.promises(results)
    writer, beside = WRITERS[name]
    if name not in results:
        return NOT_YET, {}
    return writer(results[name], *(results.get(other) for other in beside))


def written(page: str) -> tuple[str, dict[str, str]]:
    """Return the page with its parts filled in, and all plots by file name."""
    results = read()
    drawn: dict[str, str] = {}

    def fill(match: re.Match[str]) -> str:
        text, figures = part(match[2], results)
        drawn.update(figures)
        shown = "".join(f"\n![{_title(svg)}](figures/{file})\n" for file, svg in figures.items())
        return match[1] + "\n" + text + shown + "\n" + match[3]

    return PART.sub(fill, page), drawn


def _title(svg: str) -> str:
    return svg.partition('<title id="t">')[2].partition("</title>")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8")
    after, drawn = written(before)
    stale = ["detection.md"] if after != before else []
    for file, svg in drawn.items():
        path = FIGURES / file
        if not path.exists() or path.read_text(encoding="utf-8") != svg:
            stale.append(file)
    left = [path for path in sorted(FIGURES.glob("*.svg")) if path.name not in drawn]
    stale += [f"{path.name} (of no part)" for path in left]
    if options.check:
        sys.exit(f"not what the results give: {', '.join(stale)}" if stale else 0)
    FIGURES.mkdir(exist_ok=True)
    PAGE.write_text(after, encoding="utf-8")
    for file, svg in drawn.items():
        (FIGURES / file).write_text(svg, encoding="utf-8")
    for path in left:
        path.unlink()
    print(f"written: {', '.join(stale) or 'nothing new'}")


if __name__ == "__main__":
    main()
