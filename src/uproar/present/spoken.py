"""Who said what, and what the evidence makes of it, in words for the page of an incident.

What others said is shown as they said it, cut where it is long; a verdict stands beside each thing that it asserts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from uproar.diagnose.causes import CAUSES
from uproar.ledger import record
from uproar.ledger.history import History
from uproar.ledger.record import Record
from uproar.ledger.verdicts import Verdict, Word
from uproar.model import place
from uproar.model.asserted import ATTACK, MALICE, NOT_ATTACK, UNSHIELDED
from uproar.present.diagnosiswords import FAMILY_PHRASES, HANDS, SIDES
from uproar.present.legible import one_line
from uproar.present.seen import Lettered, entries
from uproar.present.why_views import Spoken, Statement

STATEMENTS = 12  # On a page; its twin in JSON has all.
WORDS_MAX = 500  # Characters of one statement on a page.
RECORDED = 3  # Things of one record that are told.

ROLES: Mapping[str, str] = MappingProxyType(
    {
        "operator": "runs it",
        "official": "a public body",
        "press": "press",
        "expert": "expert, does not run it",
        "credit": "says to have done it",
        "public": "public",
    }
)
VERDICTS: Mapping[Word, str] = MappingProxyType(
    {
        "supported": "Supported",
        "contradicted": "Contradicted",
        "unproven": "Unproven",
        "insufficient": "Insufficient",
    }
)
AXES: Mapping[str, str] = MappingProxyType(
    {
        "mechanism": "What failed",
        "locus": "Whose side",
        "agency": "What kind of hand",
        "source": "Where from",
        "fact": "What was so",
    }
)
# Roles whose word weighs more stay on a page that cannot show all.
_RANK = ("operator", "official", "credit", "expert", "press", "public")
_SAID: Mapping[str, str] = MappingProxyType(
    {
        ATTACK: "an attack of some kind",
        NOT_ATTACK: "no attack",
        "technical-unspecified": "something technical",
        f"{MALICE}:organised": "an organised group",
        f"{MALICE}:state": "a state",
        UNSHIELDED: "servers stood without the content network before them",
    }
)


class Held(NamedTuple):
    """One thing that a statement asserts, what the evidence makes of it, and what it made of it before."""

    axis: str
    asserted: str
    verdict: Verdict
    earlier: tuple[Verdict, ...]
    stands: bool


class Told(NamedTuple):
    """A statement as a page shows it; `letter` is that of its mark in the drawing, if it has one."""

    statement: Statement
    letter: str
    words: str
    held: tuple[Held, ...]
    record: tuple[str, ...]


def told(spoken: Spoken, known: Sequence[Lettered]) -> tuple[tuple[Told, ...], int]:
    """Return the statements that a page shows, in the order of time, and how many more there are."""
    lines = entries([each.line for each in spoken.statements], known)
    records = {record.name_of(each.name): _record(each) for each in spoken.records}
    ranked = sorted(
        range(len(lines)), key=lambda number: (_rank(spoken.statements[number].role), number)
    )
    kept = sorted(ranked[:STATEMENTS])
    found = tuple(
        Told(
            each,
            lines[number].letter,
            one_line(each.claim.said, WORDS_MAX),
            tuple(_held(history) for history in each.verdicts),
            # Whoever speaks twice has one record, told once.
            records.pop(record.name_of(each.claim.by), ()),
        )
        for number in kept
        for each in (spoken.statements[number],)
    )
    return found, len(lines) - len(found)


def asserted(axis: str, value: str) -> str:
    """Return what is asserted, as a phrase; a word that is not known stands as it is."""
    if axis == "source":
        return place.name(value)
    if value in CAUSES:
        return CAUSES[value].phrase
    known = {"mechanism": FAMILY_PHRASES, "locus": SIDES, "agency": HANDS}.get(axis, {})
    return _SAID.get(value) or known.get(value, value)


def _held(history: History) -> Held:
    now = history.now
    return Held(
        AXES.get(now.axis, ""),
        asserted(now.axis, now.value) if now.axis else "",
        now,
        history.past[:-1],
        history.stands,
    )


def _record(known: Record) -> tuple[str, ...]:
    return tuple(map(record.sentence, known.tallies[:RECORDED]))


def _rank(role: str) -> int:
    return _RANK.index(role) if role in _RANK else len(_RANK)
