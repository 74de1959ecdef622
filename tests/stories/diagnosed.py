"""What a timeline may say of the cause and of what was claimed, by the first incident's last turn.

A story can name what the diagnosis must hold and what it must not: probabilities of mechanisms alone or together, of an
attack, and where nothing may be said. Claims are held by their number in the order in which they were told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stories.telling import Told
from uproar.diagnose.axes import AGENCIES, FAMILIES, LEAVES, LOCI

Check = Callable[[Told, re.Match[str]], bool]

_SHARE = r"(0(?:\.\d+)?|1(?:\.0+)?)"
_AXES = ("mechanism", "family", "locus", "agency")
_WORDS: Mapping[str, Sequence[str]] = {
    "mechanism": LEAVES,
    "family": tuple(FAMILIES),
    "locus": LOCI,
    "agency": AGENCIES,
}
VERDICTS = ("supported", "contradicted", "unproven", "insufficient")


def _any(words: Sequence[str]) -> str:
    # The longest first, so that no word is read as the beginning of another.
    return "(?:" + "|".join(sorted(words, key=len, reverse=True)) + ")"


def of(told: Told, service: str) -> dict[str, Any] | None:
    """Return the diagnosis of a service's first incident at its last turn; None if there is none."""
    turns = next(iter(told.of(service)), [])
    return (turns[-1].diagnosis or None) if turns else None


def _sum(told: Told, match: re.Match[str]) -> bool:
    """Tell whether words of one axis have so much together; `match` holds axis, words and bounds."""
    found = of(told, match[1])
    if found is None:
        return False
    axis = match[2] if match[2] in _AXES else "mechanism"
    held = sum(found[axis].get(word, 0.0) for word in match[3].split(" or "))
    return float(match[4]) <= held <= float(match[5])


def _attack(told: Told, match: re.Match[str]) -> bool:
    found = of(told, match[1])
    if found is None:
        return False
    bound = float(match[3])
    return bool(found["attack"] <= bound if match[2] == "most" else found["attack"] >= bound)


def _insufficient(told: Told, match: re.Match[str]) -> bool:
    """Tell whether nothing may be said on an axis, or on any."""
    found = of(told, match[1])
    if found is None:
        return False
    return bool(found["insufficient"]) or match[2] in found.get("withheld", ())


def _sufficient(told: Told, match: re.Match[str]) -> bool:
    found = of(told, match[1])
    return found is not None and not found["insufficient"]


def _top(told: Told, match: re.Match[str]) -> bool:
    found = of(told, match[1])
    if found is None:
        return False
    ranked = sorted(found[match[2]].items(), key=lambda item: (-item[1], item[0]))
    return match[4] in [word for word, share in ranked[: int(match[3])] if share > 0]


def _second(told: Told, match: re.Match[str]) -> bool:
    found = of(told, match[1])
    return found is not None and found.get("second", "") == match[2]


def _because(told: Told, match: re.Match[str]) -> bool:
    found = of(told, match[1])
    return found is not None and any(
        match[2] == reason["item"] for reason in found.get("because", ())
    )


def verdicts(told: Told, service: str, number: int) -> list[tuple[str, str]]:
    """Return (axis, word) of all that the so-many-th statement about a service's first incident asserts."""
    turns = next(iter(told.of(service)), [])
    ledger = getattr(turns[-1], "ledger", {}) if turns else {}
    entries = ledger.get("entries", ())
    if not 0 < number <= len(entries):
        return []
    held = entries[number - 1]["verdicts"]
    return [(each["now"]["axis"], each["now"]["word"]) for each in held if each.get("stands", True)]


def _claim(told: Told, match: re.Match[str]) -> bool:
    """Tell whether all that a statement asserts has one verdict; with an axis, all that it asserts on it."""
    held = verdicts(told, match[1], int(match[2]))
    words = [word for axis, word in held if match[3] in (None, axis)]
    return bool(words) and set(words) == {match[4]}


def _axis_words(axis: str) -> str:
    word = _any(_WORDS[axis])
    return rf"({word}(?: or {word})*)"


EXPECTATIONS: list[tuple[re.Pattern[str], Check]] = [
    (re.compile(r"(\S+) (diagnosis) insufficient"), _insufficient),
    (re.compile(r"(\S+) diagnosis sufficient"), _sufficient),
    (re.compile(rf"(\S+) (diagnosis) {_axis_words('mechanism')} {_SHARE}\.\.{_SHARE}"), _sum),
    *(
        (re.compile(rf"(\S+) ({axis}) {_axis_words(axis)} {_SHARE}\.\.{_SHARE}"), _sum)
        for axis in ("family", "locus", "agency")
    ),
    *(
        (re.compile(rf"(\S+) ({axis}) top([1-9]) holds ({_any(_WORDS[axis])})"), _top)
        for axis in _AXES
    ),
    (re.compile(rf"(\S+) attack at (most|least) {_SHARE}"), _attack),
    (re.compile(r"(\S+) (mechanism|locus|agency) insufficient"), _insufficient),
    (re.compile(rf"(\S+) second cause ({_any(LEAVES)})"), _second),
    (re.compile(r"(\S+) diagnosis rests on ([a-z0-9.-]+)"), _because),
    (
        re.compile(
            rf"(\S+) claim (\d+)(?: (mechanism|locus|agency|source|fact))? ({_any(VERDICTS)})"
        ),
        _claim,
    ),
]
