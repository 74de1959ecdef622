"""The part of a page that says why: mechanisms with their probability, what each rests on, what would change it.

A reason stands with the witnesses that it rests on: as a link where this page shows them, else as words. Below the floor
no mechanism is named in the open.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from uproar.diagnose.axes import FAMILY_OF
from uproar.diagnose.cause import Cause
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.conclude import BASE
from uproar.diagnose.diagnosis import Diagnosis, NextEvidence, Reason
from uproar.present import diagnosiswords, figures
from uproar.present.diagnosiswords import GROUPS, HANDS, SIDES, times
from uproar.present.figures import tight
from uproar.present.legible import clean
from uproar.present.views import IncidentView
from uproar.present.why_views import Why
from uproar.present.words import Sentence

SHOWN = 5  # Mechanisms in the table.
REASONS = 12  # Of one mechanism, each way.
CHANCES = 3  # Sides and kinds of hand that are told with their probability.
CHANCE_LEAST = 0.05
ASKED = 3  # Pieces of evidence that are asked for.
INCIDENTS = 4  # Other incidents that a reason names one by one.

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "attack": "attack",
        "change": "change",
        "load": "load",
        "physical": "power, lines, machines",
        "dependency": "dependency",
        "software-data": "programs and data",
        "planned": "planned work",
        "unknown": "not known",
    }
)
# By the kind of a witness, what it is called, one and many, and the part of the page that shows it.
_KINDS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "reports": ("reports", "reports", "figures"),
        "probe": ("a check by probes", "checks by probes", "seen"),
        "notice": ("a vendor's notice", "vendors' notices", "own"),
        "change": ("a change", "changes", "timeline"),
        "traffic": ("traffic", "traffic", "traffic"),
        "claim": ("a public statement", "public statements", "claims"),
    }
)
CANNOT = "cannot be said"
VIEWS: Mapping[str, str] = MappingProxyType(
    {
        "outsider": "what anybody can see from outside",
        "operator": "what anybody can see, and what only the operator can know",
    }
)


class Row(NamedTuple):
    """A row of the table of mechanisms."""

    name: str
    family: str
    p: float


class Witness(NamedTuple):
    """What a reason rests on, in words: `anchor` on this page, or another `incident`, if it can be seen there."""

    text: str
    anchor: str = ""
    incident: str = ""


class Ground(NamedTuple):
    """A reason in words: what is seen, and what that does to the likelihood."""

    sentence: str
    effect: str
    witnesses: tuple[Witness, ...]


class Told(NamedTuple):
    """A mechanism that reasons are given for. `more` is how many reasons are left out."""

    cause: Cause
    p: float
    speak_for: tuple[Ground, ...]
    against: tuple[Ground, ...]
    before: Ground | None
    more: int


def sentence(found: Why) -> str:
    """Return why, how sure that is, what is not known, and what would tell."""
    return tight(diagnosiswords.why(found.diagnosis, CAUSES))


def lead(found: Why) -> str:
    """Return the same without what the part itself lists below: what is not known, and what would tell."""
    cut = msgspec.structs.replace(found.diagnosis, unknown=(), next=())
    return tight(diagnosiswords.why(cut, CAUSES))


def brief(found: Why) -> Sentence:
    """Return why in one short sentence, for the top of a page."""
    said = tight(diagnosiswords.short(found.diagnosis, CAUSES))
    if found.diagnosis.insufficient:
        return ("Why is not established: the evidence is insufficient.",)
    return ("Why is not established." if said == "cause not established" else f"Why: {said}.",)


def share(p: float) -> str:
    """Return a probability as it stands in a cell."""
    return tight(diagnosiswords.share(p))


def rows(found: Why) -> tuple[Row, ...]:
    """Return the likeliest mechanisms, and all others as one row."""
    p = found.diagnosis.mechanism
    ranked = sorted(p, key=lambda leaf: -p[leaf])
    told = [Row(CAUSES[leaf].name, FAMILIES[FAMILY_OF[leaf]], p[leaf]) for leaf in ranked[:SHOWN]]
    rest = ranked[SHOWN:]
    if rest:
        told.append(Row(f"{len(rest)} others", "", sum(p[leaf] for leaf in rest)))
    return tuple(told)


def told(found: Why, view: IncidentView) -> tuple[Told, ...]:
    """Return the mechanisms that reasons are given for, the likeliest first."""
    by_leaf: dict[str, list[Reason]] = {}
    for each in found.diagnosis.because:
        by_leaf.setdefault(each.hypothesis, []).append(each)
    p = found.diagnosis.mechanism
    return tuple(
        _told(leaf, p[leaf], by_leaf[leaf], view)
        for leaf in sorted(by_leaf, key=lambda leaf: -p[leaf])
    )


def _told(leaf: str, p: float, reasons: Sequence[Reason], view: IncidentView) -> Told:
    seen = [each for each in reasons if each.item != BASE]
    ways = [
        [each for each in seen if each.decibans > 0],
        [each for each in seen if each.decibans <= 0],
    ]
    grounds = [tuple(ground(each, view) for each in way[:REASONS]) for way in ways]
    before = next((ground(each, view) for each in reasons if each.item == BASE), None)
    more = len(seen) - sum(map(len, grounds))
    return Told(CAUSES[leaf], p, grounds[0], grounds[1], before, more)


def ground(reason: Reason, view: IncidentView) -> Ground:
    """Return a reason in words, with what it rests on."""
    return Ground(reason.sentence, times(reason.decibans), _witnesses(reason.witness, view))


def _witnesses(refs: Sequence[str], view: IncidentView) -> tuple[Witness, ...]:
    """Return references (`kind:name`) as words, those of one kind together; other incidents by their names."""
    kinds = Counter(ref.partition(":")[0] for ref in refs)
    found = [
        Witness(_counted(kind, number), _anchor(kind, view))
        for kind, number in kinds.items()
        if kind in _KINDS
    ]
    others = [clean(ref.partition(":")[2]) for ref in refs if ref.startswith("incident:")]
    found += [Witness(f"incident {name}", incident=name) for name in others[:INCIDENTS]]
    if len(others) > INCIDENTS:
        found.append(Witness(f"{len(others) - INCIDENTS} more incidents"))
    return tuple(found)


def _counted(kind: str, number: int) -> str:
    one, many, _ = _KINDS[kind]
    return one if number == 1 or one == many else f"{figures.count(number)} {many}"


def _anchor(kind: str, view: IncidentView) -> str:
    """Return the name of the part of this page that shows witnesses of a kind, if it has that part."""
    missing = (
        (kind == "traffic" and view.traffic is None)
        or (kind == "notice" and view.own_page is None)
        or (kind == "claim" and not view.spoken.statements)
    )
    return "" if missing else _KINDS[kind][2]


def side(found: Diagnosis) -> str:
    """Return whose side failed, as far as it can be said."""
    return CANNOT if "locus" in found.withheld else _chances(found.locus, SIDES)


def hand(found: Diagnosis) -> str:
    """Return what kind of hand was at work, as far as it can be said."""
    return CANNOT if "agency" in found.withheld else _chances(found.agency, HANDS)


def attack(found: Diagnosis) -> str:
    """Return how probable an attack of any kind is, with and without anybody's word."""
    whole, alone = share(found.attack), share(found.without_claims)
    if whole == alone:
        return f"{whole}, with anybody's word or without"
    return f"{whole}; {alone} when nobody's word counts"


def weighed(found: Diagnosis) -> str:
    """Return who could know what was weighed."""
    return VIEWS[found.view]


def asked(found: Diagnosis) -> tuple[NextEvidence, ...]:
    """Return what would change the answer most."""
    return found.next[:ASKED]


def unknown(found: Diagnosis) -> tuple[str, ...]:
    """Return the kinds of evidence of which there is none, in words."""
    return tuple(GROUPS[group] for group in found.unknown)


def name(leaf: str) -> str:
    """Return the name of a mechanism, or the word itself where it is none."""
    return CAUSES[leaf].name if leaf in CAUSES else leaf


def _chances(chances: Mapping[str, float], words: Mapping[str, str]) -> str:
    ranked = sorted(chances, key=lambda word: -chances[word])
    shown = [word for word in ranked[:CHANCES] if chances[word] >= CHANCE_LEAST]
    return ", ".join(f"{words[word]} ({share(chances[word])})" for word in shown)
