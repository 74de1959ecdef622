"""Which past incidents looked like this one? By what was seen of both, rare things counting for more.

The likeness of two incidents is the weight of the items that are seen in both, divided by the weight of those
that are seen in either (a weighted Jaccard index). An item weighs the logarithm of how many past incidents there are to
one that shows it, so that what is seen of every second outage brings nothing together. Nobody's words count. Looking alike
is not having the same cause, and nothing that is concluded rests on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

import msgspec

from uproar.diagnose.facts import Facts
from uproar.diagnose.items import ITEMS
from uproar.diagnose.past import Past

SHOWN_MAX = 5
SHARED_LEAST = 2  # Items that two incidents must have in common.
LIKENESS_LEAST = 0.2


class Similar(msgspec.Struct, frozen=True):
    """A past incident that looked alike. `likeness` is from 0 to 1; `shared` are the items seen in both, rarest first."""

    id: str
    service: str
    date: str
    cause: str
    source: str
    opened: bool
    likeness: float
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Past incidents with what is seen of each, and what each item weighs (nats)."""

    entries: tuple[tuple[Past, frozenset[str]], ...]
    weights: Mapping[str, float]


def items_seen(facts: Facts) -> frozenset[str]:
    """Return the ids of the items that are seen in some facts."""
    return frozenset(item.id for item in ITEMS if item.look(facts))


def index(past: Iterable[Past]) -> Index:
    """Return past incidents ready to be compared with; those without a date are left out."""
    entries = tuple((each, items_seen(each.facts)) for each in past if each.date is not None)
    counts = Counter(item for _, seen in entries for item in seen)
    return Index(entries, {item: log(len(entries) / count) for item, count in counts.items()})


def nearest(seen: Iterable[str], before: str, known: Index) -> tuple[Similar, ...]:
    """Return the past incidents that looked most like one of which these items are seen, the most alike first.

    Only those of a day before `before` (ISO 8601): an incident is never held beside itself, nor beside what came later.
    """
    own = frozenset(seen) & known.weights.keys()
    found = []
    for each, theirs in known.entries:
        shared = own & theirs
        if each.date is None or each.date >= before or len(shared) < SHARED_LEAST:
            continue
        either = _weight(own | theirs, known)
        likeness = _weight(shared, known) / either if either > 0 else 0.0
        if likeness >= LIKENESS_LEAST:
            found.append(
                Similar(
                    id=each.id,
                    service=each.service,
                    date=each.date,
                    cause=each.cause,
                    source=each.source,
                    opened=each.verified != "not-checked",
                    likeness=likeness,
                    shared=tuple(sorted(shared, key=lambda item: (-known.weights[item], item))),
                )
            )
    found.sort(key=lambda similar: (-similar.likeness, similar.id))
    return tuple(found[:SHOWN_MAX])


def _weight(items: Iterable[str], known: Index) -> float:
    return sum(known.weights[item] for item in sorted(items))
