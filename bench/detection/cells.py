"""How is a result written for people? Tables, figures with their intervals, shares, large numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

DASH = "–"  # What stands where nothing was measured.
LARGE = ((1e9, "billion"), (1e6, "million"))


def table(head: Sequence[str], rows: Sequence[Sequence[object]], left: int = 1) -> str:
    """Return a table in Markdown; the first `left` columns lean left, the others right."""
    rule = "|" + "---|" * left + "--:|" * (len(head) - left)
    lines = ["| " + " | ".join(head) + " |", rule]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def foot(result: dict[str, Any], what: str = "") -> str:
    """Return what was measured, in the result's own words unless others are given, and the command."""
    said = what or result["what"]
    return f"\n{said[0].upper()}{said[1:]}. `{result['command']}`\n"


def fixed(value: float | None, places: int) -> str:
    """Return a number with so many decimals and with thousands set apart."""
    if value is None or math.isnan(value):
        return DASH
    return f"{value:,.{places}f}"


def short(value: float | None) -> str:
    """Return a number with two digits that mean something, more before the point: 0.047, 4.7, 1,234."""
    if value is None or math.isnan(value):
        return DASH
    places = 0 if value == 0 else max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def around(middle: float | None, low: float, high: float, places: int) -> str:
    """Return a figure with its interval: 0.72 (0.47 to 1.06)."""
    if middle is None or math.isnan(middle):
        return DASH
    return f"{fixed(middle, places)} ({fixed(low, places)} to {fixed(high, places)})"


def percent(middle: float, low: float | None = None, high: float | None = None) -> str:
    """Return a share in per cent, with its interval where there is one: 96 % (94 to 97)."""
    if math.isnan(middle):
        return DASH
    said = f"{_hundredths(middle)} %"
    if low is None or high is None:
        return said
    return f"{said} ({_hundredths(low)} to {_hundredths(high)})"


def _hundredths(share: float) -> str:
    """Return a share times a hundred: finer near the whole, never rounded up to it."""
    shown = 100 * share
    places = 0 if shown < 90 or share >= 1 - 1e-9 else 1 if shown < 99.95 else 2
    return f"{min(shown, 99.99) if share < 1 - 1e-9 else 100:.{places}f}"


def rate(value: float) -> str:
    """Return a rate as it stands in a heading: 0.01, 1, 1,000."""
    return f"{value:,g}" if value < 1_000 else f"{value:,.0f}"


def large(value: float) -> str:
    """Return a number of people: 101 million, 3.0 billion."""
    for unit, word in LARGE:
        if value >= unit:
            shown = value / unit
            return f"{shown:.0f} {word}" if shown >= 10 else f"{shown:.1f} {word}"
    return f"{value:,.0f}"


def strong(text: str, own: bool) -> str:
    """Return a name, in bold where it is ours."""
    return f"**{text}**" if own else text
