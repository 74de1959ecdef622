"""Is a goal met by what was measured, and does the 95 % interval leave it open?"""

from __future__ import annotations

from collections.abc import Sequence


def verdict(good: bool, sure: bool = True) -> str:
    """Return the word for it."""
    return ("met" if good else "**not met**") + ("" if sure else ", unsure")


def verdict_of(parts: Sequence[tuple[bool, bool]]) -> str:
    """Return the word for a promise of several parts, each (good, sure); one sure failure decides."""
    if all(good for good, _ in parts):
        return verdict(good=True, sure=all(sure for _, sure in parts))
    return verdict(good=False, sure=any(sure for good, sure in parts if not good))


def within(span: Sequence[float], low: float, high: float) -> tuple[bool, bool]:
    """Return whether a figure lies within limits, and whether its interval leaves no doubt of it."""
    good = low <= span[0] <= high
    clear = low <= span[1] and span[2] <= high if good else span[2] < low or span[1] > high
    return good, clear


def below(middle: float, low: float, high: float, limit: float) -> str:
    """Return whether a figure is at most its limit."""
    return verdict(middle <= limit, not low <= limit <= high)


def above(middle: float, low: float, high: float, limit: float) -> str:
    """Return whether a figure is at least its limit."""
    return verdict(middle >= limit, not low <= limit <= high)
