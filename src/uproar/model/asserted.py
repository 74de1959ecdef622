"""What a public statement asserts: on which axis, which value. The words are a public contract.

Mechanisms, places of the fault and kinds of hand are those of the diagnosis (a test holds the two
lists together); a few more are things that people say and that no diagnosis does. Words are only added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

import msgspec

from uproar.model.countries import COUNTRIES

AssertedAxis = Literal["mechanism", "locus", "agency", "source", "fact"]
# Who speaks, as far as it changes what their word weighs; empty is worked out from how they are named.
ClaimRole = Literal["", "operator", "official", "press", "expert", "credit", "public"]

ASSERTED_MAX = 8  # Things that one statement asserts.
VALUE_MAX = 60  # Characters of one of them.

ATTACK = "attack-unspecified"  # Some attack, of whatever kind.
NOT_ATTACK = "not-attack"  # Whatever it was, it was no attack.
UNSHIELDED = "origin-unshielded"  # Servers answered without the content network before them.
MALICE = "malicious-action"

_MECHANISMS = """
ddos-volumetric ddos-application attack-other config-error maintenance-migration bgp-routing-error bad-deploy
tls-cert dns-error capacity-limit organic-surge cascade-retry power-cooling fibre-cut hardware dependency
software-defect data-db date-time-bug planned-maintenance unknown
"""
_FAMILIES = "attack change load physical software-data planned"
_LOCI = "origin cdn cloud dns-host access-network client third-party"
_AGENCIES = f"system-failure human-error {MALICE} natural-phenomenon third-party-failure"

# By axis, what can be asserted; a source is the ISO 3166 code of a country and is in no list.
WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mechanism": (
            *_MECHANISMS.split(),
            *_FAMILIES.split(),
            ATTACK,
            NOT_ATTACK,
            "technical-unspecified",
        ),
        "locus": tuple(_LOCI.split()),
        "agency": (*_AGENCIES.split(), f"{MALICE}:organised", f"{MALICE}:state"),
        "fact": (UNSHIELDED,),
    }
)
AXES: tuple[AssertedAxis, ...] = ("mechanism", "locus", "agency", "source", "fact")

_COUNTRIES = frozenset(line[:2] for line in COUNTRIES.strip().splitlines())
_PARTS = re.compile(r"[,;\s]+")


class Asserted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is asserted. A journal may hold any value, so that it can be read for ever."""

    axis: AssertedAxis
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=VALUE_MAX)]


def complaint(asserted: Asserted) -> str:
    """Return what is wrong with a word that somebody enters, with what to do; empty if nothing is."""
    if asserted.axis == "source":
        if asserted.value in _COUNTRIES:
            return ""
        return f"{asserted.value!a} is no country; write an ISO 3166 code, like UA"
    words = WORDS[asserted.axis]
    if asserted.value in words:
        return ""
    return f"{asserted.value!a} is no {asserted.axis}; known are {', '.join(words)}"


def parsed(text: str) -> tuple[Asserted, ...]:
    """Return what a line like "mechanism=config-error, agency=human-error" asserts.

    Raises ValueError with what is wrong; the words themselves are not looked at.
    """
    found = []
    for part in _PARTS.split(text.strip()):
        if not part:
            continue
        axis, sign, value = part.partition("=")
        if not sign or not 1 <= len(value) <= VALUE_MAX:
            raise ValueError(f"{part[:VALUE_MAX]!a} is not like mechanism=config-error")
        for known in AXES:
            if known == axis:
                found.append(Asserted(known, value))
                break
        else:
            raise ValueError(f"{axis[:VALUE_MAX]!a} is no axis; known are {', '.join(AXES)}")
    return tuple(dict.fromkeys(found))
