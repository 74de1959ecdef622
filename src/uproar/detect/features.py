"""What is looked at when a post names a service: cues near its name or elsewhere, and its shape.

A feature is a name with a value, most often 1. `near:KIND` is a cue in the sentence of the name, at
most NEAR signs from it; `far:KIND` one elsewhere. The empty dictionary says that the name cannot
mean the service, whatever else is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from uproar.detect.cues import Cue
from uproar.detect.naming import Named
from uproar.detect.phrases import Phrases
from uproar.detect.posttext import Text
from uproar.model.catalog import Catalog
from uproar.model.lexicon import Lexicon

NEAR = 60  # signs between a name and a cue that belong together
BESIDE = 14  # signs between a name and what is said right of it
OPENED = 8  # signs between the beginning of a sentence, its verb and the name in a question
SHORT_POST = 60  # signs below which a post is short
LONG = 240  # signs from which a post is long
MANY = 3  # services from which a post is a list
HEADLINE = 45  # signs from which a post with a link and without "I" looks like a headline
FAULTS_MAX = 2  # faults beyond the first that add up
# What a hashtag like #XDown says by itself, as if the words stood beside the name.
SAID_BY_NAME = {
    "failing-tag": ("failing-tag", "fault", "near:fault", "beside:fault"),
    "working-tag": ("working-tag", "near:back", "beside:back"),
    "marked": ("marked",),
}
# Cues that may take a fault back; a fault without any of them is bare.
UNDONE = {"maybe", "news", "past", "others", "denial", "local", "reject", "ask", "back"}
TOGETHER = ("asked", "opened", "mine", "now", "no", "news", "maybe", "others", "past")
FAULTS = ("down", "notworking", "login", "slow", "unable")
_YEAR = re.compile(r"\b(?:19[89]\d|20[0-4]\d)\b")
_CODE = re.compile(r"\b(?:5\d\ds?|429|403|404|[a-z]{2,4}-\d[\d-]*)\b")
_MONEY = re.compile(r"[$€£¥₹₩₽₺]\s?\d|\d\s?[%$€£¥₹₩₽₺]")
_ALARM = re.compile("[😡🤬😤😠😭😩😫🙄💀☠🤦😑😢🥲🫠🆘]")
_CRY = re.compile(r"[!?！？]{2,}")


class Reading(NamedTuple):
    """A post as it was read, and how many services it may name."""

    text: Text
    original: str
    language: str
    cues: tuple[Cue, ...]
    services: int


class Features:
    """What is needed beside the post: words that speak for a service, and against one."""

    def __init__(self, lexicon: Lexicon, catalog: Catalog) -> None:
        """Index the words of the lexicon's aliases, and of the category of each service."""
        self._category = {service.slug: service.category for service in catalog}
        self._around: Phrases[str] = Phrases(
            (word, category) for category, found in lexicon.surroundings.items() for word in found
        )
        self._beside: Phrases[tuple[str, bool]] = Phrases(
            (word, (alias.name, speaks_for))
            for alias in lexicon.aliases
            for speaks_for, found in ((True, alias.evidence), (False, alias.reject))
            for word in found
        )

    def of(self, reading: Reading, service: str, places: Sequence[Named]) -> dict[str, float]:
        """Return the features of a service that a post names at these places."""
        found = dict(self._shape(reading))
        sure = any(place.how != "ambiguous" for place in places)
        if not sure:
            doubt = self._doubt(reading, service, places)
            if not doubt:
                return {}
            found.update(doubt)
        for place in places:
            found |= dict.fromkeys(SAID_BY_NAME.get(place.how, ()), 1.0)
        for cue in reading.cues:
            found |= dict.fromkeys(_placed(reading.text, places, cue), 1.0)
        if any(_asked(reading.text, place) for place in places):
            found["asked"] = 1.0
        if any(_opened(reading, place) for place in places):
            found["opened"] = 1.0
        if "near:fault" in found:
            found |= _beside_a_fault(reading, found)
        return found

    def _shape(self, reading: Reading) -> dict[str, float]:
        text = reading.text
        mine = any(cue.kind == "mine" for cue in reading.cues)
        shape = {
            "always": 1.0,
            "fault": float(any(cue.kind in FAULTS for cue in reading.cues)),
            "mine": float(mine),
            "link": float(text.links > 0),
            "headline": float(text.links > 0 and not mine and len(text.folded) >= HEADLINE),
            "long": float(len(text.folded) >= LONG),
            "list": float(reading.services >= MANY),
            "two": float(reading.services == 2),
            "year": float(bool(_YEAR.search(text.folded))),
            "money": float(bool(_MONEY.search(text.folded))),
            "code": float(bool(_CODE.search(text.folded))),
            "short": float(len(text.folded) < SHORT_POST),
            "alarm": float(bool(_ALARM.search(reading.original))),
            "cry": float(bool(_CRY.search(text.folded))),
            "quote": float(sum(text.folded.count(sign) for sign in '"“”«»「」„') >= 2),
        }
        return {name: value for name, value in shape.items() if value}

    def _doubt(self, reading: Reading, service: str, places: Sequence[Named]) -> dict[str, float]:
        """Return what speaks for and against an ordinary word; empty where it cannot be the name."""
        text = reading.text.folded
        aliases = {place.alias.name for place in places if place.alias is not None}
        evidence: set[str] = set()
        rejected = False
        if any(
            place.alias is not None
            and place.alias.languages
            and reading.language
            and reading.language not in place.alias.languages
            for place in places
        ):
            return {}
        for hit in self._beside.find(reading.text) if aliases else ():
            name, speaks_for = hit.meaning
            if name in aliases and not speaks_for:
                rejected = True
            elif name in aliases:
                evidence.add(text[hit.start : hit.end])
        around = {
            text[hit.start : hit.end]
            for hit in self._around.find(reading.text)
            if hit.meaning in {self._category.get(service), "any"}
        }
        if len(evidence | around) < max(
            (place.alias.least for place in places if place.alias is not None), default=0
        ):
            return {}
        return {
            "doubt": 1.0,
            "doubt:evidence": float(min(2, len(evidence))),
            "doubt:around": float(min(2, len(around - evidence))),
            "doubt:fault": float(any(cue.kind in FAULTS for cue in reading.cues)),
            "doubt:reject": float(rejected),
            "doubt:no": float(any(cue.kind == "no" for cue in reading.cues)),
            "doubt:capital": float(_capital(reading, places)),
        }


def _placed(text: Text, places: Sequence[Named], cue: Cue) -> list[str]:
    """Return what a cue is called by where it stands: near or far, and right behind the name."""
    where = "near" if any(_near(text, place, cue) for place in places) else "far"
    found = [f"{where}:{cue.kind}"]
    kind = "fault" if cue.kind in FAULTS else cue.kind
    if kind == "fault":
        found.append(f"{where}:fault")
    if kind in {"fault", "back"} and any(0 <= cue.start - place.end <= BESIDE for place in places):
        found.append(f"beside:{kind}")
    return found


def _beside_a_fault(reading: Reading, found: dict[str, float]) -> dict[str, float]:
    """Return what a fault near the name makes of the other cues."""
    pairs = {f"{other}:fault": 1.0 for other in TOGETHER if _also(found, other)}
    if not UNDONE & {cue.kind for cue in reading.cues} and "asked" not in found:
        pairs |= {"bare:fault": 1.0, "bare:short": found.get("short", 0.0)}
    faults = sum(cue.kind in FAULTS for cue in reading.cues)
    return pairs | {"faults": float(max(0, min(FAULTS_MAX, faults - 1)))}


def _also(found: dict[str, float], other: str) -> bool:
    return other in found or f"near:{other}" in found


def _near(text: Text, place: Named, cue: Cue) -> bool:
    low, high = (place.end, cue.start) if place.end <= cue.start else (cue.end, place.start)
    return high - low <= NEAR and not any(low <= at < high for at, _ in text.ends)


def _asked(text: Text, place: Named) -> bool:
    """Tell whether the sentence of a name ends with a question mark."""
    for at, sign in text.ends:
        if at >= place.end:
            return "?" in sign or "？" in sign or "؟" in sign
    return False


def _opened(reading: Reading, place: Named) -> bool:
    """Tell whether a sentence opens as a question does, right before a name: "is twitter down"."""
    for cue in reading.cues:
        if cue.kind == "opens" and 0 <= place.start - cue.end <= OPENED:
            begins = max((at for at, _ in reading.text.ends if at < cue.start), default=-1)
            if cue.start - begins <= OPENED:
                return True
    return False


def _capital(reading: Reading, places: Sequence[Named]) -> bool:
    """Tell whether the name is written with a capital within a sentence that is not all capitals."""
    if reading.original.isupper() or reading.language == "de":
        return False
    for place in places:
        name = reading.text.folded[place.start : place.end]
        at = reading.original.casefold().find(" " + name)
        if at > 0 and reading.original[at + 1].isupper() and reading.original[at - 1].isalnum():
            return True
    return False
