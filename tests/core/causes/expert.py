"""Read what experts said before any data: the sum of the decibans of what is seen, nothing else."""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.diagnose.causes import CAUSES
from uproar.diagnose.facts import ChangeFact, Facts
from uproar.diagnose.items import ITEMS

NOTHING = Facts()
WORDS = {"time_context", "symptoms", "traffic_detail", "co_failing_kinds"}


def facts(before: Facts = NOTHING, **known: Any) -> Facts:
    """Return `before` with what is known besides; words are given as one text, changes as (kind, minutes)."""
    for field in WORDS & set(known):
        known[field] = frozenset(known[field].split())
    if "changes" in known:
        known["changes"] = tuple(ChangeFact(kind, minutes) for kind, minutes in known["changes"])
    return msgspec.structs.replace(before, **known)


def scores(seen: Facts) -> dict[str, float]:
    """Return the decibans of every mechanism, best first."""
    items = {item.id for item in ITEMS if item.look(seen)}
    sums = {
        leaf: sum(each.decibans for each in cause.speaks if each.item in items)
        for leaf, cause in CAUSES.items()
    }
    return dict(sorted(sums.items(), key=lambda pair: -pair[1]))


def first(seen: Facts) -> str:
    """Return the mechanism that is first, or none if two share the place."""
    (leaf, best), (_, second) = list(scores(seen).items())[:2]
    return leaf if best > second else ""


def ahead(seen: Facts, leaf: str, other: str) -> float:
    """Return by how many decibans `leaf` is ahead of `other`."""
    sums = scores(seen)
    return sums[leaf] - sums[other]
