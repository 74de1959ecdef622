"""A diagnosis in sentences: what probably failed, how sure that is, what cannot be said, and what would tell.

Composed of values by rules, and of nothing else: the same values give the same words. Below the floor no cause is
named, only what cannot be told apart. A probability is never said to be nought or one.
"""

from __future__ import annotations

from collections.abc import Mapping

from uproar.diagnose.axes import FAMILIES, FAMILY_OF, UNKNOWN
from uproar.diagnose.cause import Cause
from uproar.diagnose.conclude import NAMED
from uproar.diagnose.diagnosis import Diagnosis
from uproar.present.figures import count
from uproar.present.words import listed

VERY, PROBABLY = 0.9, 0.7
BESIDE = 0.1  # Another cause that is so probable is named after the first.
MATTERS = 0.15  # From here on an attack is so probable that who meant it is asked.
ASKED_LEAST = 0.05  # Bits below which no evidence is asked for in a sentence.
UNKNOWN_TOLD = 4

FAMILY_PHRASES: Mapping[str, str] = {
    "attack": "an attack",
    "change": "a change of its own that went wrong",
    "load": "more load than it could carry",
    "physical": "a failure of power, lines or machines",
    "dependency": "a failure of something that it depends on",
    "software-data": "a fault in its programs or data",
    "planned": "planned work",
    "unknown": "a cause that will never be published",
}
SIDES: Mapping[str, str] = {
    "origin": "its own side",
    "cdn": "the side of the content network before it",
    "cloud": "the side of the cloud that it runs on",
    "dns-host": "the side of whoever serves its names",
    "access-network": "the side of an access network",
    "client": "the side of people's own devices",
    "third-party": "the side of somebody else whom it needs",
}
HANDS: Mapping[str, str] = {
    "system-failure": "a failure of the system itself",
    "human-error": "a human error",
    "malicious-action": "a malicious act",
    "natural-phenomenon": "a natural phenomenon",
    "third-party-failure": "a failure of somebody else",
}
GROUPS: Mapping[str, str] = {
    "scope": "how far it reaches",
    "onset": "how it began",
    "time": "what was due at that hour",
    "symptom": "how it fails",
    "co": "what fails beside it",
    "notice": "what the vendor says",
    "traffic": "what traffic came in",
    "change": "what was changed before",
}


def share(p: float) -> str:
    """Return a probability as words; the ends are never reached."""
    if p >= 0.995:
        return "more than 99 %"
    return "less than 1 %" if p < 0.01 else f"{round(100 * p)} %"


def times(decibans: float) -> str:
    """Return what a weight does to a likelihood, in words."""
    factor = 10 ** (abs(decibans) / 10)
    if factor < 1.05:
        return "hardly changes how likely it is"
    told = f"{factor:.1f}".removesuffix(".0") if factor < 10 else count(round(factor))
    return f"makes it about {told} times {'as likely' if decibans > 0 else 'less likely'}"


def side(found: Diagnosis) -> str:
    """Return whose side failed, as a sentence, or that it cannot be said."""
    if "locus" in found.withheld:
        return "Whose side failed cannot be said."
    first = _first(found.locus)
    return f"It failed on {SIDES[first]} ({share(found.locus[first])})."


def hand(found: Diagnosis) -> str:
    """Return what kind of hand was at work, as a sentence, or that it cannot be said. Never who."""
    if "agency" in found.withheld:
        return "What kind of hand was at work cannot be said."
    first = _first(found.agency)
    who = " Who did it cannot be said." if first == "malicious-action" else ""
    return f"At work was {HANDS[first]} ({share(found.agency[first])}).{who}"


def not_known(found: Diagnosis) -> str:
    """Return which kinds of evidence there are none of, as a sentence, or nothing."""
    # What would settle most comes first.
    asked = [item.partition(".")[0] for each in found.next for item in each.items]
    order = sorted(
        found.unknown, key=lambda group: asked.index(group) if group in asked else len(asked)
    )
    groups = [GROUPS[group] for group in order[:UNKNOWN_TOLD]]
    if len(order) > UNKNOWN_TOLD:
        groups.append(f"{len(order) - UNKNOWN_TOLD} things more")
    return f"Not known: {listed(groups)}." if groups else ""


def ask(found: Diagnosis) -> str:
    """Return what would change the answer most, as a sentence, or nothing."""
    if not found.next or found.next[0].bits < ASKED_LEAST:
        return ""
    first = found.next[0]
    who = " (the operator has it)" if first.by == "the operator" else ""
    return f"What would tell most: {first.ask}{who}."


def why(found: Diagnosis, causes: Mapping[str, Cause]) -> str:
    """Return the sentences at the top of a page: why, how sure, what is not known, what would tell."""
    said = [_cause(found, causes)]
    if not found.insufficient:
        if "locus" not in found.withheld:
            said.append(side(found))
        if found.attack >= MATTERS or "agency" not in found.withheld:
            said.append(hand(found))
    said += [not_known(found), ask(found)]
    return " ".join(each for each in said if each)


def short(found: Diagnosis, causes: Mapping[str, Cause]) -> str:
    """Return a phrase for titles and feeds, without a full stop."""
    if found.insufficient:
        return "cause not established"
    first = _first(found.mechanism)
    if found.mechanism[first] >= NAMED and first != UNKNOWN:
        return f"{_sure(found.mechanism[first]).lower()} {causes[first].phrase} ({share(found.mechanism[first])})"
    family = _first(found.family)
    if found.family[family] >= NAMED and family != UNKNOWN:
        return f"most likely {FAMILY_PHRASES[family]} ({share(found.family[family])})"
    return "cause not established"


def _cause(found: Diagnosis, causes: Mapping[str, Cause]) -> str:
    """Return the sentence on the mechanism."""
    leaves = _ranked(found.mechanism)
    families = [family for family in _ranked(found.family) if family != UNKNOWN]
    if found.insufficient:
        first, second = families[:2]
        return (
            "Why is not established: the evidence at hand is insufficient, and cannot tell whether"
            f" it was {FAMILY_PHRASES[first]} or {FAMILY_PHRASES[second]}."
        )
    top = leaves[0]
    p = found.mechanism[top]
    if p >= NAMED and top != UNKNOWN:
        besides = f", and {causes[found.second].phrase} as well" if found.second else ""
        sentence = f"{_sure(p)} the cause is {causes[top].phrase} ({share(p)}){besides}."
        rest = [
            leaf for leaf in leaves[1:3] if found.mechanism[leaf] >= BESIDE and leaf != found.second
        ]
        if rest:
            told = [f"{causes[leaf].phrase} ({share(found.mechanism[leaf])})" for leaf in rest]
            sentence += f" It may also be {listed(told, 'or')}."
        return sentence
    family = families[0]
    if found.family[family] >= NAMED and len(FAMILIES[family]) > 1:
        inside = [leaf for leaf in leaves if FAMILY_OF[leaf] == family][:2]
        told = [f"{causes[leaf].phrase} ({share(found.mechanism[leaf])})" for leaf in inside]
        return (
            f"Most likely the cause is {FAMILY_PHRASES[family]} ({share(found.family[family])}):"
            f" {listed(told, 'or')}."
        )
    told = [f"{FAMILY_PHRASES[each]} ({share(found.family[each])})" for each in families[:3]]
    return f"Why is not established. Likeliest are {listed(told)}."


def _sure(p: float) -> str:
    return "Very probably" if p >= VERY else "Probably" if p >= PROBABLY else "Most likely"


def _ranked(chances: Mapping[str, float]) -> list[str]:
    return sorted(chances, key=lambda word: -chances[word])


def _first(chances: Mapping[str, float]) -> str:
    return _ranked(chances)[0]
