"""A claimant's record over incidents: what they asserted, how often, and what the evidence made of it.

By the name as it was written, case and spaces aside: two spellings are two claimants, and nothing is
guessed of who they are. Whoever says the same of one incident many times has said it once. What was withdrawn
does not count. A record is shown beside a statement and is evidence for nothing.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

import msgspec

from uproar.ledger.verdicts import Word

CLAIMANTS_MAX = 2_000  # Claimants whose record is kept.
ASSERTIONS_MAX = 40  # Different things of one claimant that are counted.
WORDS: tuple[Word, ...] = ("supported", "contradicted", "unproven", "insufficient")

Told = tuple[str, str, str, Word]  # Name, axis, value, and the word of the verdict.


class Tally(msgspec.Struct, frozen=True):
    """How often a claimant asserted one thing, by what the evidence made of it, over incidents."""

    axis: str
    value: str
    supported: int = 0
    contradicted: int = 0
    unproven: int = 0
    insufficient: int = 0

    @property
    def times(self) -> int:
        """Return in how many incidents it was asserted."""
        return self.supported + self.contradicted + self.unproven + self.insufficient


class Record(msgspec.Struct, frozen=True):
    """What one claimant asserted. `name` is as it was written first; `tallies` in the order of the first time."""

    name: str
    tallies: tuple[Tally, ...] = ()


def name_of(by: str) -> str:
    """Return the name under which a claimant's record is kept: case, width and spaces aside."""
    return " ".join(unicodedata.normalize("NFKC", by).casefold().split())


def with_incident(records: Mapping[str, Record], told: Iterable[Told]) -> dict[str, Record]:
    """Return the records with what was told of one more incident; who was silent for longest is forgotten first.

    `told` may hold the same assertion many times: the last word on it counts, once.
    """
    written: dict[str, str] = {}
    last: dict[tuple[str, str, str], Word] = {}
    for by, axis, value, word in told:
        name = name_of(by)
        written.setdefault(name, by)
        last[name, axis, value] = word
    found = dict(records)
    for (name, axis, value), word in last.items():
        before = found.pop(name, None) or Record(written[name])
        found[name] = Record(before.name, _counted(before.tallies, axis, value, word))
    while len(found) > CLAIMANTS_MAX:
        del found[next(iter(found))]
    return found


def _counted(tallies: tuple[Tally, ...], axis: str, value: str, word: Word) -> tuple[Tally, ...]:
    known = {(each.axis, each.value): each for each in tallies}
    tally = known.get((axis, value))
    if tally is None:
        if len(known) >= ASSERTIONS_MAX:
            return tallies
        tally = Tally(axis, value)
    known[axis, value] = msgspec.structs.replace(tally, **{word: getattr(tally, word) + 1})
    return tuple(known.values())


_BLAMED: Mapping[str, str] = {
    "attack-unspecified": "Blamed an attack",
    "attack": "Blamed an attack",
    "not-attack": "Said that it was no attack",
    "malicious-action:organised": "Blamed an organised group",
    "malicious-action:state": "Blamed a state",
    "origin-unshielded": "Said that servers stood unprotected",
}


def sentence(tally: Tally) -> str:
    """Return a record in words: "Blamed an attack 3 times: 0 supported, 1 contradicted, 2 unproven."

    Verdicts that are insufficient are told only where there are any.
    """
    plain = tally.value.replace("-", " ").replace(":", ", ")
    about = f"Named {plain} as the source" if tally.axis == "source" else f"Blamed {plain}"
    said = _BLAMED.get(tally.value, about)
    times = "once" if tally.times == 1 else f"{tally.times} times"
    words = [
        f"{getattr(tally, word)} {word}"
        for word in WORDS
        if word != "insufficient" or tally.insufficient
    ]
    return f"{said} {times}: {', '.join(words)}."
