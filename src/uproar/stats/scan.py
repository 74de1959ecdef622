"""Which part of a whole explains an excess? Expectation-based scan over subsets and over a tree.

Counts c with means b are scored against a common lift q of a subset S (Neill, JRSS-B 74, 2012):
Poisson F(S) = max over q of sum of c log q - b (q - 1). For Poisson counts the best of all subsets is a
prefix of the parts sorted by c / b (linear-time subset scanning), so N prefixes are enough. For
negative-binomial counts the same prefixes are scored by the negative-binomial ratio; there the
order is no longer proven best, and for counts far above their means it hardly matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

LIFTS: F64 = np.geomspace(1.05, 20_000.0, 96)  # Steps of 11 %: a score is at most 1 % too small.
EXPECTED_MIN = 1e-9


class Finding(NamedTuple):
    """A subset of parts, by index, its log-likelihood ratio in nats, its lift, and its cost."""

    members: I64
    score: float
    lift: float
    cost: float

    @property
    def worth(self) -> float:
        """Return the score less what naming this subset among all others costs."""
        return self.score - self.cost


def gains(counts: F64, expected: F64, alpha: F64) -> F64:
    """Return (part, lift) log-likelihood ratios of each of LIFTS; alpha 0 is Poisson."""
    b = np.maximum(expected, EXPECTED_MIN)[:, None]
    a = np.maximum(alpha, 1e-9)[:, None]
    spread = np.log1p(a * b * (LIFTS - 1.0) / (1.0 + a * b))
    out: F64 = counts[:, None] * (np.log(LIFTS) - spread) - spread / a
    return out


def scan(
    counts: F64,
    expected: F64,
    alpha: F64,
    groups: Iterable[I64] = (),
    among: I64 | None = None,
) -> Finding | None:
    """Return the subset that explains the excess best for its cost, or None where there is no excess.

    Candidates are the prefixes of all parts and of each of `groups` (parts by index), each group
    whole, and everything. Naming k of N parts costs log(N) + log(N over k), within a group the same
    plus the logarithm of the number of groups; so "everything" is cheap and an odd selection dear.
    `among` restricts the scan to some parts.
    """
    parts = np.arange(len(counts)) if among is None else np.asarray(among, dtype=np.int64)
    if not len(parts):
        return None
    table = gains(counts, expected, alpha)
    ratio = counts / np.maximum(expected, EXPECTED_MIN)
    kept = [np.intersect1d(group, parts) for group in groups]
    families = [(parts, 0.0)]
    families += [(group, math.log(1.0 + len(kept))) for group in kept if len(group)]
    best: Finding | None = None
    for family, extra in families:
        found = _best_prefix(table, ratio, family, extra)
        if found is not None and (best is None or found.worth > best.worth + 1e-9):
            best = found
    return best


def _best_prefix(table: F64, ratio: F64, family: I64, extra: float) -> Finding | None:
    order = family[np.argsort(-ratio[family], kind="stable")]
    sums = np.cumsum(table[order], axis=0)
    score = sums.max(axis=1)
    many = len(order)
    cost = np.array([_choice(many, size) for size in range(1, many + 1)]) + extra
    at = int(np.argmax(score - cost))
    if score[at] <= 0.0:
        return None
    lift = float(LIFTS[int(np.argmax(sums[at]))])
    return Finding(np.sort(order[: at + 1]), float(score[at]), lift, float(cost[at]))


def _choice(many: int, size: int) -> float:
    """Return log(many) + log(many over size)."""
    over = math.lgamma(many + 1) - math.lgamma(size + 1) - math.lgamma(many - size + 1)
    return math.log(many) + over
