"""Write the measured figures into docs/explain/posts.md: `python bench/posts/report.py`.

Reads bench/posts/results/classifier.json and fills what stands between the markers `figures: NAME`
and `end of figures`. `--check` writes nothing and exits with 1 where the page is not what the result
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

HERE = Path(__file__).resolve().parent
RESULT = HERE / "results" / "classifier.json"
PAGE = HERE.parents[1] / "docs" / "explain" / "posts.md"
PART = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def share(value: list[float]) -> str:
    """Return a share with its interval, in per cent."""
    middle, low, high = (f"{100 * part:.0f}" for part in value)
    return f"{middle} % ({low} to {high})"


def table(head: str, rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    names = head.split("|")
    lines = [names, ["---"] * len(names), *rows]
    return "".join(f"| {' | '.join(cell.strip() for cell in line)} |\n" for line in lines)


def overall(result: dict[str, Any]) -> str:
    """Return what is said of all posts together, beside keywords."""
    rows = [
        [
            f"`{says}`",
            share(one["precision"]),
            share(one["recall"]),
            f"{one['f1']:.2f}",
            str(one["true"]),
        ]
        for says, one in result["says"].items()
    ]
    one = result["keywords"]
    rows.append(
        ["`failing`, by keywords", share(one["precision"]), share(one["recall"]), f"{one['f1']:.2f}",
         str(one["true"])]
    )  # fmt: skip
    named = result["named"]
    return (
        f"{result['posts']} held-out posts.\n\n"
        + table("says|precision|recall|F1|pairs with it", rows)
        + f"\nOf the services that posts name, {share(named['found'])} are found at all; of those that are "
        f"found, {share(named['right'])} are meant.\n"
    )


def languages(result: dict[str, Any]) -> str:
    """Return precision and recall of `failing` by language."""
    rows = [
        [code, share(one["precision"]), share(one["recall"]), f"{one['f1']:.2f}", str(one["true"])]
        for code, one in sorted(result["languages"].items(), key=lambda one: -one[1]["true"])
    ]
    return table("language|precision|recall|F1|failing pairs", rows)


def kinds(result: dict[str, Any]) -> str:
    """Return how often each kind of post is taken for a failure."""
    rows = [
        [
            kind,
            share(one["share"]),
            share(result["called_failing_by_keywords"][kind]["share"]),
            str(one["of"]),
        ]
        for kind, one in result["called_failing"].items()
    ]
    return table("kind|called failing|by keywords|posts", rows)


def names(result: dict[str, Any]) -> str:
    """Return how names that are ordinary words fare."""
    rows = [
        [
            one["service"],
            f"{one.get('meant, found', 0)} of {one.get('meant', 0)}",
            f"{one.get('not meant, taken for it', 0)} of {one.get('not meant', 0)}",
        ]
        for one in result["everyday_names"]
    ]
    return table("service|found where it is meant|taken for it where it is not", rows)


def speed(result: dict[str, Any]) -> str:
    """Return what reading costs."""
    one = result["speed"]
    return (
        f"{one['everyday']:.0f} µs of processor time for a post that names no service, "
        f"{one['naming']:.0f} µs for one that does, {one['mix']:.0f} µs in a mix where one in twenty "
        f"does: {one['posts_per_second']:,} posts a second on one core of the machine that measured.\n"
    )


WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "overall": overall,
    "languages": languages,
    "kinds": kinds,
    "names": names,
    "speed": speed,
}


def written(page: str) -> str:
    """Return the page with its parts filled in."""
    result = json.loads(RESULT.read_text(encoding="utf-8"))
    return PART.sub(lambda match: f"{match[1]}\n{WRITERS[match[2]](result)}\n{match[3]}", page)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    before = PAGE.read_text(encoding="utf-8")
    after = written(before)
    if options.check:
        sys.exit("posts.md is not what the result gives" if after != before else 0)
    PAGE.write_text(after, encoding="utf-8")
    print("written" if after != before else "nothing new")


if __name__ == "__main__":
    main()
