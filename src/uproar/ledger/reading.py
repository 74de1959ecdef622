"""What a statement asserts, read from a few plain English words, where whoever entered it did not say.

Careful on purpose: what is asked, or denied in another way than "not an attack", is read as nothing, and so
is every word that is not listed here. A statement that is read as nothing names no cause, and
its verdict says so. The words are matched whole, in any case.
"""

from __future__ import annotations

import re
from functools import lru_cache

from uproar.diagnose.roles import role_of
from uproar.model.asserted import ASSERTED_MAX, ATTACK, MALICE, NOT_ATTACK, Asserted
from uproar.model.place import PLACES, UNKNOWN
from uproar.model.signal import Claim

READ_MAX = 1_000  # Texts whose reading is remembered: each is asked for once a minute.

_ATTACK = r"(?:cyber ?-?)?attack(?:s|ed)?|d?dos(?:ed)?|hack(?:s|ed|ing)?"
_ATTACKS = re.compile(rf"\b(?:{_ATTACK})\b")
_NO_ATTACK = re.compile(
    rf"\bnot(?: caused by| due to| the result of| because of)?(?: an?| any| the)? "
    rf"(?:malicious |external |security )?(?:{_ATTACK})\b"
)
_OPEN = re.compile(
    r"\b(?:whether|if|unclear|unknown|(?:un)?confirm(?:ed)?|rule[ds]? out|sure|know|may|might|could|perhaps|maybe)\b"
)
_DENIED = re.compile(
    r"\b(?:not|no|never|none|nothing|without|unclear|unknown|unconfirmed|whether|if|rule[ds]? out|den(?:y|ies|ied)|"
    r"evidence|sure|\w+n['’]t)\b"
)

# Mechanisms and families by their words; the first column is what is asserted.
_MECHANISMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (value, re.compile(rf"\b(?:{words})\b"))
    for value, words in (
        (
            "planned-maintenance",
            r"(?:planned|scheduled|routine) (?:system )?(?:maintenance|downtime)",
        ),
        (
            "config-error",
            r"misconfigur\w+|configuration (?:error|mistake|change)|wrong configuration",
        ),
        (
            "change",
            r"(?:routine|planned|botched|faulty|bad|software|systems?) updates?|faulty (?:release|rollout)",
        ),
        (
            "load",
            r"over capacity|capacity (?:limits?|problems?)|too many (?:users|visitors)|(?:high|unexpected) demand|overloaded",
        ),
        ("power-cooling", r"power (?:outage|failure|cut|loss)|cooling (?:failure|problems?)"),
        ("fibre-cut", r"(?:fib(?:re|er)|cable) (?:cut|damage)"),
        ("tls-cert", r"(?:expired certificate|certificate (?:has |had )?expired)"),
        ("dns-error", r"dns (?:error|failure|problems?|issues?|misconfiguration)"),
        ("software-defect", r"software (?:bug|defect|error)"),
    )
)
_HUMAN = re.compile(r"\b(?:human error|operator error|human mistake)\b")
_GROUP = re.compile(
    r"\b(?:coordinated group|hacker group|hacking group|hacktivists?|organi[sz]ed group)\b"
)
_STATE = re.compile(
    r"\b(?:nation[- ]states?|state[- ](?:sponsored|backed)|government[- ](?:sponsored|backed))\b"
)
_COUNTRY = re.compile(r"\ba (?:foreign )?country\b")

# "IP addresses originating in the Ukraine area": what comes, that it comes from there, and the country.
_TRAFFIC = r"(?:ips?|ip addresses|addresses|traffic|requests|packets)"
_AMBIGUOUS = frozenset({"GE"})  # Georgia is a state of another country as well.
_COUNTRIES = {
    known.name.lower(): code
    for code, known in PLACES.items()
    if known is not UNKNOWN and code not in _AMBIGUOUS
}
_NAMES = "|".join(re.escape(name) for name in sorted(_COUNTRIES, key=len, reverse=True))
_FROM = re.compile(
    rf"\b{_TRAFFIC}\b[^.;!?]{{0,60}}\b(?:from|(?:originat|com)(?:ing|ed|e|es) (?:in|from|out of))"
    rf"(?: the)?(?: area of)? ({_NAMES})\b"
)
_UNSHIELDED = re.compile(
    r"\b(?:origin )?servers?\b[^.;!?]{0,60}\b(?:not behind|not protected by|exposed|unprotected|unshielded)\b"
)
_SENTENCES = re.compile(r"(?<=[.;!?])\s+")
_SPACES = re.compile(r"\s+")


def role(claim: Claim) -> str:
    """Return in which role a statement was made: as stated, else as its author's name tells."""
    return claim.role or role_of(claim.by)


def asserted(claim: Claim) -> tuple[Asserted, ...]:
    """Return what a statement asserts, in a fixed order; empty where it names nothing that is known."""
    return claim.asserts or read(claim.said)


@lru_cache(maxsize=READ_MAX)
def read(said: str) -> tuple[Asserted, ...]:
    """Return what plain words assert. A text that says both that it was an attack and was none says nothing."""
    found: list[Asserted] = []
    text = _SPACES.sub(" ", said.lower())
    for sentence in _SENTENCES.split(text):
        if not sentence.endswith("?"):
            found.extend(_sentence(sentence, text))
    told = dict.fromkeys(found)
    if {Asserted("mechanism", ATTACK), Asserted("mechanism", NOT_ATTACK)} <= told.keys():
        return ()
    return tuple(told)[:ASSERTED_MAX]


def _sentence(sentence: str, text: str) -> list[Asserted]:
    if _UNSHIELDED.search(sentence):
        return [Asserted("fact", "origin-unshielded")]
    if _NO_ATTACK.search(sentence) and not _OPEN.search(sentence):
        return [Asserted("mechanism", NOT_ATTACK)]
    if _DENIED.search(sentence):
        return []
    found: list[Asserted] = []
    if _ATTACKS.search(sentence):
        found.append(Asserted("mechanism", ATTACK))
    found += [
        Asserted("mechanism", value) for value, words in _MECHANISMS if words.search(sentence)
    ]
    if _HUMAN.search(sentence):
        found.append(Asserted("agency", "human-error"))
    if is_group := _GROUP.search(sentence) is not None:
        found.append(Asserted("agency", f"{MALICE}:organised"))
    # "A country" is said of much else: it is a hand only beside a group or an attack.
    if _STATE.search(sentence) or (
        _COUNTRY.search(sentence) and (is_group or _ATTACKS.search(text))
    ):
        found.append(Asserted("agency", f"{MALICE}:state"))
    found += [Asserted("source", _COUNTRIES[name]) for name in _FROM.findall(sentence)]
    return found
