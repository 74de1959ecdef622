"""The words that pages, pictures and twins share: states, phases, places, lengths of time.

A sentence is a tuple of texts and brackets of time, so that a page can add the reader's own zone to
the times while a twin or a picture writes them in UTC (`plain`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from uproar.model import place
from uproar.model.tick import iso
from uproar.present import figures
from uproar.present.instants import When, span
from uproar.present.views import Replay, State

Sentence = tuple[str | When, ...]


class StateWord(msgspec.Struct, frozen=True):
    """How a state is told: by a word, and by a sign; the page draws the sign and adds a colour."""

    word: str
    sign: str
    meaning: str


STATES: Mapping[State, StateWord] = MappingProxyType(
    {
        "quiet": StateWord("Quiet", "○", "Reports are at their usual level."),
        "early": StateWord("Early sign", "◔", "More reports than usual; it may still be chance."),
        "problems": StateWord("Problems reported", "●", "Far more reports than usual, going on."),
        "recovering": StateWord("Recovering", "◑", "Reports are falling back to the usual level."),
        "over": StateWord("Over", "◌", "Reports have been back at their usual level for a while."),
        "cannot-tell": StateWord("Cannot tell", "▨", "We were blind, or know too little."),
    },
)

PHASES: Mapping[str, str] = MappingProxyType(
    {
        "onset": "beginning",
        "growth": "growing",
        "peak": "at its height",
        "decline": "declining",
        "recovery": "recovering",
        "over": "over",
    },
)

DISCOUNTED: Mapping[str, str] = MappingProxyType(
    {"network": "More from one network than the reports from the others bear out."}
)

SET_ASIDE: Mapping[str, str] = MappingProxyType(
    {
        "repeat": "The same reporter had already been counted.",
        "network-cap": "One network sent more than its share of what may count.",
    },
)

_ARTICLE_ENDINGS = ("Islands", "Republic", "Territories", "Territory")
_WITH_ARTICLE = frozenset(
    {
        "Bahamas",
        "Caribbean Netherlands",
        "Comoros",
        "DR Congo",
        "Gambia",
        "Isle of Man",
        "Maldives",
        "Netherlands",
        "Philippines",
        "Seychelles",
        "United Arab Emirates",
        "United Kingdom",
        "United States",
    }
)

LEARNING = "The usual level is still being learned, so a small problem may pass unseen."
NOT_WHY = "Why is not established: reports alone cannot tell a cause."


def plain(sentence: Sentence) -> str:
    """Return a sentence as text, its times in UTC."""
    return "".join(part.text if isinstance(part, When) else part for part in sentence)


def begun(phrase: str) -> str:
    """Return a phrase as it begins a sentence; the rest of it keeps its letters."""
    return phrase[:1].upper() + phrase[1:]


def listed(names: Sequence[str], last: Literal["and", "or"] = "and") -> str:
    """Return names as they are listed in a sentence: "a, b and c"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"


def in_place(code: str) -> str:
    """Return the name of a place as it follows "in" or "from"."""
    name = place.name(code)
    if name == place.UNKNOWN.name:
        return "an unknown place"
    return f"the {name}" if name in _WITH_ARTICLE or name.endswith(_ARTICLE_ENDINGS) else name


def lasted(onset: tuple[int, int], recovery: tuple[int, int]) -> str:
    """Return how long an incident lasted, as a bracket: the ends are brackets too."""
    least, most = span(recovery[0] - onset[1]), span(recovery[1] - onset[0])
    return least if least == most else f"{least} to {most}"


def replay(view: Replay) -> str:
    """Return where a replay stands."""
    speed = "as fast as it can"
    if view.speed > 0:
        speed = f"{figures.count(view.speed)} times as fast as the day was"
    match view.phase:
        case "learning":
            return f"Learning what is usual from the time before, {speed}."
        case "running":
            return f"Running, {speed}."
        case "done":
            return "The day is over; from here the clock runs at its ordinary pace."


def stamp(at: int) -> str:
    """Return an instant for a file or a picture: 2025-03-10 10:15:10 UTC."""
    return iso(at).replace("T", " ").removesuffix("Z") + " UTC"
