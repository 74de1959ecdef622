"""What claims are worth as evidence: by role, each role and cause once, and never more than a cap.

A claim of a mechanism speaks for it by the reliability that was measured for the role of who made it; a
thousand who say the same say it once. Claims never reach the agency. Of an attack they weigh less
than of anything else: it is what is said most often where it is not so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from uproar.diagnose.axes import ATTACKS, FAMILIES, FAMILY_OF, LEAVES
from uproar.diagnose.facts import ClaimFact
from uproar.diagnose.model import F64, KINDS, Caps
from uproar.diagnose.roles import ROLES

SOME_ATTACK = "attack-unspecified"
NO_ATTACK = "not-attack"
IS_ATTACK = np.array([leaf in ATTACKS for leaf in LEAVES])
_NUMBER = {leaf: number for number, leaf in enumerate(LEAVES)}


def asserted(claims: Iterable[ClaimFact]) -> F64:
    """Return what is claimed, as (role, kind, mechanism) of 0 and 1.

    A denial of attack is no evidence for any other mechanism, and is left out: nobody who denies was
    counted. A word of no mechanism, and `unknown`, say nothing.
    """
    said = np.zeros((len(ROLES), len(KINDS), len(LEAVES)))
    for claim in set(claims):
        role = ROLES.index(claim.role)
        if claim.cause == SOME_ATTACK or claim.cause in ATTACKS:
            said[role, KINDS.index("attack"), IS_ATTACK] = 1.0
            if claim.cause in ATTACKS:
                said[role, KINDS.index("attack-leaf"), _NUMBER[claim.cause]] = 1.0
        elif claim.cause in FAMILY_OF and claim.cause != "unknown":
            said[role, KINDS.index("leaf"), _NUMBER[claim.cause]] = 1.0
            for leaf in FAMILIES[FAMILY_OF[claim.cause]]:
                said[role, KINDS.index("family"), _NUMBER[leaf]] = 1.0
    return said


def worth(said: F64, weights: F64, caps: Caps) -> F64:
    """Return the decibans that claims add, as (role, mechanism).

    Where all roles together would pass the cap of a mechanism, each is lessened in proportion.
    """
    by_role = np.einsum("rkm,rk->rm", said, weights)
    total = by_role.sum(axis=0)
    cap = np.where(IS_ATTACK, caps.attack, caps.other)
    share = np.where(total > cap, cap / np.where(total > cap, total, 1.0), 1.0)
    lessened: F64 = by_role * share
    return lessened
