"""What of all statements goes into a diagnosis: that somebody in a role named a cause, and no more.

A thousand accounts that say "attack" are one fact: the public says so. How often it was said, how loudly and by
whom within a role moves nothing, so that a campaign cannot; what a role's word weighs was measured over
past incidents. What is withdrawn does not count. Only causes count: who did it, and where addresses lie,
are no claims about the mechanism.
"""

from __future__ import annotations

from collections.abc import Iterable

from uproar.diagnose.axes import FAMILIES, LEAVES, UNKNOWN
from uproar.diagnose.facts import ClaimFact
from uproar.diagnose.roles import ROLES
from uproar.ledger import reading
from uproar.model.asserted import ATTACK, NOT_ATTACK
from uproar.model.signal import Claim

# What a statement can bring, in the order in which it is told; a family of more than one mechanism names none of them.
CAUSES: tuple[str, ...] = (*(leaf for leaf in LEAVES if leaf != UNKNOWN), ATTACK, NOT_ATTACK)
FACTS_MAX = len(ROLES) * len(CAUSES)

_OF_FAMILY = {family: leaves[0] for family, leaves in FAMILIES.items() if len(leaves) == 1}


def facts_of(claims: Iterable[Claim]) -> tuple[ClaimFact, ...]:
    """Return one fact for each role and cause, in a fixed order, whatever the number and order of statements."""
    found = {
        (role, cause)
        for claim in claims
        if not claim.withdrawn
        for role in (reading.role(claim),)
        for cause in _causes(claim)
    }
    return tuple(
        ClaimFact(role, cause) for role in ROLES for cause in CAUSES if (role, cause) in found
    )


def _causes(claim: Claim) -> Iterable[str]:
    for each in reading.asserted(claim):
        if each.axis == "mechanism":
            yield ATTACK if each.value == "attack" else _OF_FAMILY.get(each.value, each.value)
