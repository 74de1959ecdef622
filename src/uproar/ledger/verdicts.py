"""What the evidence makes of a statement: supported, contradicted, unproven or insufficient, axis by axis.

A statement is held against a diagnosis that was made without anybody's words, so that no claim can
bear out itself. Who stands behind an attack is never concluded from what failed, nor from where addresses
lie. Verdicts are pure functions of values; their reasons are composed of the values and no words of outsiders.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from uproar.diagnose.axes import ATTACKS, FAMILIES, LEAVES
from uproar.diagnose.diagnosis import Axis, Diagnosis, Reason
from uproar.ledger import reading, sources
from uproar.ledger.sources import Sources
from uproar.model.asserted import ATTACK, MALICE, NOT_ATTACK, UNSHIELDED, Asserted, AssertedAxis
from uproar.model.signal import Claim

Word = Literal["supported", "contradicted", "unproven", "insufficient"]

SUPPORTED_FROM = 0.8  # Probability from which a cause that is asserted is supported.
CONTRADICTED_TO = 0.05  # Probability up to which it is contradicted.
# Below the evidence floor, a cause that is at least so probable is unproven, if anything at all was seen;
# what is less probable is not told from what nobody looked at.
PLAUSIBLE_FROM = 0.15
WITNESSES_MAX = 12  # Signals that a verdict names.

_FACTS: Mapping[str, str] = {UNSHIELDED: "servers answered without the content network before them"}
_FITS: Mapping[str, str] = {
    UNSHIELDED: "the content network answered that the servers behind it did not"
}
_WHO: Mapping[str, str] = {
    f"{MALICE}:organised": "an organised group",
    f"{MALICE}:state": "a state",
}
_NO_CAUSE = "It names no cause that could be held against what is seen."


class Verdict(msgspec.Struct, frozen=True):
    """What the evidence makes of one thing that was asserted, as of `at` (ms UTC).

    `probability` is the one that it rests on, None where it rests on none; `reason` is one to three sentences.
    `axis` and `value` are empty where nothing was asserted that could be weighed. `witness` names signals.
    """

    axis: AssertedAxis | Literal[""]
    value: str
    word: Word
    reason: str
    at: int
    probability: float | None = None
    witness: tuple[str, ...] = ()


class Evidence(msgspec.Struct, frozen=True):
    """What is held against statements about one incident, as of `at` (ms UTC).

    `diagnosis` is made without claims, None where there is none yet. `sources` says where the traffic of an
    attack comes from, None where nobody told. `observed` holds facts (`model.asserted`): True if seen,
    False if looked for and not so, None or absent if nobody looked. `fits` are facts that nobody looked at and that what
    is seen is consistent with. `witnesses` names the signals of a fact.
    """

    at: int
    diagnosis: Diagnosis | None = None
    sources: Sources | None = None
    observed: Mapping[str, bool | None] = {}
    fits: frozenset[str] = frozenset()
    witnesses: Mapping[str, tuple[str, ...]] = {}


def weigh(claim: Claim, evidence: Evidence) -> tuple[Verdict, ...]:
    """Return a verdict for each thing that a statement asserts, or a single one that it names no cause."""
    told = reading.asserted(claim)
    if not told:
        return (nothing(evidence.at),)
    return tuple(weighed(each, evidence) for each in told)


def nothing(at: int) -> Verdict:
    """Return the verdict on a statement that asserts nothing."""
    return Verdict("", "", "insufficient", _NO_CAUSE, at)


def weighed(told: Asserted, evidence: Evidence) -> Verdict:
    """Return the verdict on one thing that is asserted."""
    match told.axis:
        case "mechanism":
            return _mechanism(told, evidence)
        case "locus":
            return _on_axis(told, evidence, "locus", f"That it lies with the {_plain(told.value)}")
        case "agency":
            return _agency(told, evidence)
        case "source":
            found = sources.held(told.value, evidence.sources)
            return Verdict(
                "source", told.value, found.word, found.reason, evidence.at, found.share,
                evidence.sources.witness[:WITNESSES_MAX] if evidence.sources else (),
            )  # fmt: skip
        case "fact":
            return _fact(told, evidence)


def _mechanism(told: Asserted, evidence: Evidence) -> Verdict:
    value = told.value
    if value in {ATTACK, "attack"}:
        return _on_axis(told, evidence, "mechanism", "An attack of some kind")
    if value == NOT_ATTACK:
        return _on_axis(told, evidence, "mechanism", "That it was no attack")
    if value == "unknown" or (value not in LEAVES and value not in FAMILIES):
        return Verdict("mechanism", value, "insufficient", _NO_CAUSE, evidence.at)
    named = (
        f"A cause of the kind {value!r}" if value in FAMILIES else f"{_plain(value)!r} as the cause"
    )
    return _on_axis(told, evidence, "mechanism", named)


def _agency(told: Asserted, evidence: Evidence) -> Verdict:
    hand, _, who = told.value.partition(":")
    if who:
        reason = (
            f"Nothing that is seen says whether {_WHO.get(told.value, 'whoever is named')} stands behind it: "
            "neither what failed nor where addresses lie names a hand."
        )
        return Verdict("agency", told.value, "insufficient", reason, evidence.at)
    if hand == MALICE:  # As such it is what an attack is: who did it is another question.
        return _on_axis(told, evidence, "mechanism", "Malice, which is an attack of some kind,")
    return _on_axis(told, evidence, "agency", f"{_plain(hand).capitalize()} behind it")


def _fact(told: Asserted, evidence: Evidence) -> Verdict:
    what = _FACTS.get(told.value)
    if what is None:
        return Verdict("fact", told.value, "insufficient", _NO_CAUSE, evidence.at)
    witness = evidence.witnesses.get(told.value, ())[:WITNESSES_MAX]
    seen = evidence.observed.get(told.value)
    word: Word = "insufficient"
    reason = f"Nobody looked whether {what}; nothing that is seen speaks against it."
    if seen is None and told.value in evidence.fits:
        word = "unproven"
        reason = f"Nobody looked whether {what}; what is seen is consistent with it: {_FITS[told.value]}."
    if seen is not None:
        word = "supported" if seen else "contradicted"
        reason = (
            f"It was looked at, and {what}."
            if seen
            else f"It was looked at: it was not so that {what}."
        )
    return Verdict("fact", told.value, word, reason, evidence.at, None, witness)


def _on_axis(told: Asserted, evidence: Evidence, axis: Axis, named: str) -> Verdict:
    """Return the verdict on a value that has a probability; `named` begins the sentence on it."""
    diagnosis = evidence.diagnosis
    p = None if diagnosis is None else _probability(told, diagnosis)
    if diagnosis is None or p is None:
        reason = "Nothing is concluded yet about the cause." if diagnosis is None else _NO_CAUSE
        return Verdict(told.axis, told.value, "insufficient", reason, evidence.at)
    is_enough = not diagnosis.insufficient and axis not in diagnosis.withheld
    word = _word(p, is_enough=is_enough, is_seen=bool(diagnosis.because))
    parts = [
        f"{named} has a probability of {_percent(p)}, when nobody's word counts; {_MEANING[word]}."
    ]
    if word == "insufficient":
        parts = [f"Too little is seen to say anything of it: {_floor(axis)}."]
    elif not is_enough:
        parts.append(f"The evidence is below the floor: {_floor(axis)}.")
    reasons = _bearing(told, diagnosis)
    if word != "insufficient":
        parts += [
            f"{lead}: {reason.sentence}"
            for lead, reason in zip(("For it", "Against it"), _strongest(reasons), strict=True)
            if reason is not None
        ]
    witness = tuple(dict.fromkeys(name for reason in reasons for name in reason.witness))
    shown = None if word == "insufficient" else p
    return Verdict(
        told.axis, told.value, word, " ".join(parts), evidence.at, shown, witness[:WITNESSES_MAX]
    )


_MEANING: Mapping[Word, str] = {
    "supported": f"{round(SUPPORTED_FROM * 100)} % and more supports it",
    "contradicted": f"{round(CONTRADICTED_TO * 100)} % and less contradicts it",
    "unproven": f"it would take {round(SUPPORTED_FROM * 100)} % to support it, and "
    f"{round(CONTRADICTED_TO * 100)} % to contradict it",
    "insufficient": "",
}


def _word(p: float, *, is_enough: bool, is_seen: bool) -> Word:
    if is_enough:
        if p >= SUPPORTED_FROM:
            return "supported"
        return "contradicted" if p <= CONTRADICTED_TO else "unproven"
    return "unproven" if is_seen and p >= PLAUSIBLE_FROM else "insufficient"


def _probability(told: Asserted, diagnosis: Diagnosis) -> float | None:
    """Return how probable what is asserted is; None for a word that no diagnosis knows."""
    value = told.value
    if told.axis == "locus":
        return diagnosis.locus.get(value)
    if value in {ATTACK, "attack", MALICE}:
        return diagnosis.attack
    if told.axis == "agency":
        return diagnosis.agency.get(value)
    if value == NOT_ATTACK:
        return 1.0 - diagnosis.attack
    if value in FAMILIES:
        return diagnosis.family.get(value)
    return diagnosis.mechanism.get(value)


def _bearing(told: Asserted, diagnosis: Diagnosis) -> tuple[Reason, ...]:
    """Return the reasons of a diagnosis that are about the mechanisms that are asserted."""
    value = told.value
    leaves: tuple[str, ...] = FAMILIES.get(value, (value,)) if told.axis == "mechanism" else ()
    if value in {ATTACK, MALICE, NOT_ATTACK}:
        leaves = ATTACKS
    found = tuple(each for each in diagnosis.because if each.hypothesis in leaves)
    if value == NOT_ATTACK:  # What speaks for an attack speaks against it.
        return tuple(msgspec.structs.replace(each, decibans=-each.decibans) for each in found)
    return found


def _strongest(reasons: tuple[Reason, ...]) -> tuple[Reason | None, Reason | None]:
    """Return the reason that speaks most for, and the one that speaks most against; ties in their order."""
    best = max(reasons, key=lambda each: each.decibans, default=None)
    worst = min(reasons, key=lambda each: each.decibans, default=None)
    return (
        best if best is not None and best.decibans > 0 else None,
        worst if worst is not None and worst.decibans < 0 else None,
    )


def _floor(axis: Axis) -> str:
    """Say what may not be told on an axis."""
    named = {
        "mechanism": "no cause may be named",
        "locus": "whose side failed may not be named",
        "agency": "what kind of hand it was may not be named",
    }
    return named[axis]


def _plain(value: str) -> str:
    return value.replace("-", " ")


def _percent(p: float) -> str:
    """Return a probability in whole per cents, those at the ends as what they are: never none, never all."""
    whole = round(100 * p)
    if whole <= 0:
        return "less than 1 %"
    return "more than 99 %" if whole >= 100 else f"{whole} %"
