"""Which of many filters are worth telling? The one that stops most at least cost, and broader ones beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.trace.traffic import F64, hashed
from uproar.wire.packets.frames import U64, Flag

TOLD_LEAST = 0.05  # A filter that stops less of the attack is not told.
ALIKE = (
    0.03  # Filters whose worth differs by no more are alike, and the narrowest of them is taken.
)
LIST_COVER = (
    0.95  # Of what a full list of sources has: the rest are few packets of many who may be anybody.
)
FEATURES_MAX = 6  # All their subsets are weighed.


class Part(NamedTuple):
    """One thing that a filter may look at: its name and value, and the rows that it hits of attack and baseline."""

    name: str
    value: Any
    attack: Flag
    baseline: Flag


class Option(NamedTuple):
    """A filter of some parts: the share of the attack that it stops, and of the baseline that it hits, None where not known.

    `hosts` is the share of the baseline's sources of which it hits anything: who drops all SYNs hits few packets and everybody.
    """

    parts: tuple[Part, ...]
    attack: float
    baseline: float | None
    hosts: float | None

    @property
    def worth(self) -> float:
        """Return what it stops less what it costs; where the cost is not known, what it stops."""
        return self.attack - max(self.baseline or 0.0, self.hosts or 0.0)


class Scales(NamedTuple):
    """How much each row of attack and baseline counts, and the sources of the latter; None where no baseline is known."""

    attack: F64
    baseline: F64 | None
    source: U64 | None

    def option(self, parts: Sequence[Part]) -> Option:
        """Return how much the rows that all parts hit are."""
        hit = np.ones(len(self.attack), np.bool_)
        for part in parts:
            hit &= part.attack
        stopped = share(self.attack, hit)
        if self.baseline is None or self.source is None:
            return Option(tuple(parts), stopped, None, None)
        also = np.ones(len(self.baseline), np.bool_)
        for part in parts:
            also &= part.baseline
        return Option(
            tuple(parts), stopped, share(self.baseline, also), hosts_hit(self.source, also)
        )


def share(weights: F64, hit: Flag) -> float:
    """Return the part of the weight that those rows have."""
    total = float(weights.sum())
    return float(weights[hit].sum()) / total if total > 0 else 0.0


def hosts_hit(source: U64, hit: Flag) -> float:
    """Return the part of the sources of which at least one row is hit."""
    return len(np.unique(source[hit])) / max(len(np.unique(source)), 1)


def choose(always: Sequence[Part], may: Sequence[Part], scales: Scales) -> list[Option]:
    """Return at most three filters from narrow to broad: the best, the best with fewer parts, and what `always` alone hits.

    Where `always` is empty, there is no such last one: it would hit everything.
    """
    options = [
        scales.option([*always, *some])
        for count in range(len(may[:FEATURES_MAX]), -1, -1)
        for some in combinations(may[:FEATURES_MAX], count)
        if always or some
    ]
    options = [each for each in options if each.attack >= TOLD_LEAST]
    found: list[Option] = []
    while options and len(found) < 2:
        most = max(each.worth for each in options)
        # Narrow ones come first, so the first that is as good is the narrowest.
        best = next(each for each in options if each.worth >= most - ALIKE)
        found.append(best)
        options = [each for each in options if len(each.parts) < len(best.parts)]
    if options and always:
        found.append(options[-1])
    return found


def top(values: NDArray[Any], weights: F64, most: int, cover: float) -> tuple[int, ...]:
    """Return the fewest values that have that share of the weight, the largest first; none where `most` do not have it."""
    if not len(values):
        return ()
    names, place = np.unique(values, return_inverse=True)
    sums = np.bincount(place, weights)
    order = np.lexsort((names, -sums))[:most]
    gathered = np.cumsum(sums[order]) / max(float(sums.sum()), 1e-9)
    if gathered[-1] < cover:
        return ()
    return tuple(int(names[row]) for row in order[: int(np.argmax(gathered >= cover)) + 1])


def busiest(
    hi: U64, lo: U64, weights: F64, most: int, name: Callable[[int, int], str]
) -> tuple[str, ...]:
    """Return the addresses that have the most weight, as `name` writes them: at most so many, and none that hardly add to it."""
    if not len(hi):
        return ()
    _, first, place = np.unique(hashed(hi, lo), return_index=True, return_inverse=True)
    sums = np.bincount(place, weights)
    order = np.lexsort((lo[first], hi[first], -sums))[:most]
    gathered = np.cumsum(sums[order])
    order = order[: int(np.argmax(gathered >= LIST_COVER * gathered[-1])) + 1]
    return tuple(name(int(hi[first[row]]), int(lo[first[row]])) for row in order.tolist())
