"""From facts to a diagnosis: what may be said, on which axis, and with which reasons.

Below the floor nothing is named: the evidence without anybody's word must have moved the answer by
`FLOOR_BITS` from the base rates, and have made one family as probable as `FLOOR_FAMILY`; an attack that no traffic shows needs `FLOOR_ATTACK`. See docs/explain/diagnosis.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from uproar.diagnose import axes
from uproar.diagnose.asking import worth_asking
from uproar.diagnose.axes import ATTACKS, FAMILY_OF, LEAVES
from uproar.diagnose.cause import Cause
from uproar.diagnose.diagnosis import Axis, Diagnosis, Reason
from uproar.diagnose.facts import Facts
from uproar.diagnose.items import IDS, ITEMS
from uproar.diagnose.model import Model
from uproar.diagnose.posterior import Sums, add_up
from uproar.diagnose.roles import ROLES
from uproar.diagnose.whose_side import hands, sides

FLOOR_BITS = 0.7  # Kullback-Leibler, of the answer without claims from the base rates.
FLOOR_FAMILY = 0.4
FLOOR_ATTACK = 0.6  # Calling something an attack wrongly does more harm than not calling it one.
NAMED = 0.5  # A mechanism is named alone from here on, a side too.
HAND = 0.8  # A kind of hand is told from here on, and only of what needs nobody's word.
TOLD_SHARE = 0.9  # Reasons are given for the mechanisms that together are so probable,
TOLD_LEAST, TOLD_MOST = 3, 5  # but for so many at least and at most.
SECOND = 0.1  # A second cause is at least so probable,
OWN_DECIBANS = 6.0  # and something speaks so much for it that does not speak for the first.
BASE = "base-rate"
_CLAIMED = {
    "operator": "Whoever runs it says so.",
    "official": "A public body says so.",
    "press": "The press says so.",
    "expert": "An expert who does not run it says so.",
    "credit": "Somebody says to have done it.",
    "public": "People say so.",
}


def diagnose(
    facts: Facts,
    model: Model,
    causes: Mapping[str, Cause],
    *,
    base_rates: Mapping[str, float] | None = None,
    all_reasons: bool = False,
) -> Diagnosis:
    """Return what the facts say of the cause. `base_rates` takes the place of the corpus's, by mechanism.

    Reasons are those of the mechanisms that matter most, or with `all_reasons` of all.
    """
    sums = add_up(facts, model, base_rates)
    p = dict(zip(LEAVES, sums.p.tolist(), strict=True))
    family = axes.families(p)
    view = _view(sums)
    insufficient = _below(sums, view)
    side = sides(sums.p, sums.seen, causes)
    hand = hands(sums.p_unclaimed, causes)
    withheld: list[Axis] = []
    if insufficient:
        withheld.append("mechanism")
    if insufficient or max(side.values()) < NAMED:
        withheld.append("locus")
    if insufficient or max(hand.values()) < HAND:
        withheld.append("agency")
    return Diagnosis(
        mechanism=p,
        family=family,
        locus=side,
        agency=hand,
        attack=sum(p[leaf] for leaf in ATTACKS),
        insufficient=insufficient,
        withheld=tuple(withheld),
        second="" if insufficient else _second(sums),
        view=view,
        because=_reasons(sums, facts, all_reasons=all_reasons),
        next=worth_asking(sums, model),
        unknown=_unknown(sums),
        without_claims=float(sums.p_unclaimed[[LEAVES.index(leaf) for leaf in ATTACKS]].sum()),
    )


def _below(sums: Sums, view: str) -> bool:
    """Tell whether the evidence without anybody's word is below the floor."""
    family = axes.families(dict(zip(LEAVES, sums.p_unclaimed.tolist(), strict=True)))
    first = max(family, key=family.__getitem__)
    floor = FLOOR_ATTACK if first == "attack" and view == "outsider" else FLOOR_FAMILY
    return _bits(sums) < FLOOR_BITS or family[first] < floor


def _bits(sums: Sums) -> float:
    """Return how far the evidence without claims has moved the answer from the base rates, in bits."""
    p = np.maximum(sums.p_unclaimed, 1e-300)
    return float((sums.p_unclaimed * np.log2(p / sums.base)).sum())


def _view(sums: Sums) -> Literal["outsider", "operator"]:
    operators = {item.id for item in ITEMS if item.view == "operator"}
    return "operator" if operators & sums.known else "outsider"


def _unknown(sums: Sums) -> tuple[str, ...]:
    """Return the groups of evidence of which nothing is known."""
    groups = dict.fromkeys(item.group for item in ITEMS)
    known = {item.group for item in ITEMS if item.id in sums.known}
    return tuple(group for group in groups if group not in known)


def told(sums: Sums) -> tuple[int, ...]:
    """Return the numbers of the mechanisms that reasons are given for, most probable first."""
    order = np.argsort(-sums.p, kind="stable")
    covered = np.cumsum(sums.p[order])
    enough = int(np.searchsorted(covered, TOLD_SHARE)) + 1
    return tuple(int(number) for number in order[: min(max(enough, TOLD_LEAST), TOLD_MOST)])


def _reasons(sums: Sums, facts: Facts, *, all_reasons: bool) -> tuple[Reason, ...]:
    """Return every term of the sums of the mechanisms that are told of, strongest first.

    With the base rate of each, as decibans against an even chance, the odds between any two of
    them are what the terms give: p is in proportion to 10^(sum / 10).
    """
    found = []
    for number in range(len(LEAVES)) if all_reasons else told(sums):
        leaf = LEAVES[number]
        share = float(sums.base[number])
        prior = 10.0 * float(np.log10(share * len(LEAVES)))
        of_100 = f"{100.0 * share:.0f}" if share >= 0.01 else "fewer than 1"
        found.append(
            Reason(
                leaf, BASE, prior, f"Before any evidence: {of_100} of 100 outages are of this kind."
            )
        )
        for row in np.flatnonzero(sums.items[:, number]):
            item = ITEMS[row]
            found.append(
                Reason(
                    leaf,
                    IDS[row],
                    float(sums.items[row, number]),
                    item.sentence,
                    tuple(facts.witnesses.get(item.field, ())),
                )
            )
        for row in np.flatnonzero(sums.claims[:, number]):
            role = ROLES[row]
            witness = tuple(facts.witnesses.get("claims", ()))
            found.append(
                Reason(
                    leaf, f"claim.{role}", float(sums.claims[row, number]), _CLAIMED[role], witness
                )
            )
    order = {LEAVES[number]: rank for rank, number in enumerate(np.argsort(-sums.p, kind="stable"))}
    return tuple(
        sorted(found, key=lambda each: (order[each.hypothesis], -abs(each.decibans), each.item))
    )


def _second(sums: Sums) -> str:
    """Return another mechanism that must be named beside the first, or nothing.

    It is of another family, probable enough, and something speaks for it that does not speak for
    the first, as much as something speaks for the first and not for it: two things were seen, not one.
    """
    order = np.argsort(-sums.p, kind="stable")
    first = int(order[0])
    for other in map(int, order[1:]):
        if sums.p[other] < SECOND:
            break
        if FAMILY_OF[LEAVES[other]] == FAMILY_OF[LEAVES[first]] or LEAVES[other] == axes.UNKNOWN:
            continue
        for_other = (sums.items[:, other] >= OWN_DECIBANS) & (sums.items[:, first] <= 0.0)
        for_first = (sums.items[:, first] >= OWN_DECIBANS) & (sums.items[:, other] <= 0.0)
        if for_other.any() and for_first.any():
            return LEAVES[other]
    return ""
