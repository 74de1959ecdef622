"""How much of an alarm's evidence stands when no stratum may bring more than its share of it?

A stratum is what one liar can hold: a network (or, within a network, an address prefix), the reports
of programs, reporters met just now. Each may be in a liar's hand with a small probability; under
that contamination its likelihood ratio is bounded by the inverse of the probability (Huber, 1965:
the censored ratio is the best against the worst contamination). So a stratum's count is taken in as
far as its own surprise, n log(n/m) - n + m, stays below `CAP` nats; the rest is discounted.

`m` is what the stratum should bring if it rose as the others did: its usual share times the lift of
the other strata. The mix of a real outage is the usual one, so the cap rises with it and takes
nothing; a campaign cannot raise the strata that it does not hold. That nobody may vouch for himself,
nor two friends for a third, the lift is the lowest that is left when any three strata are looked
away from, provided that what is left usually brings a fifth of the reports. It is taken as high as
those that are left do not contradict by more than `DOUBT` nats: where hardly anybody reports,
silence of the rest says little. One report of a stratum always counts: a person is somebody.

What three strata of usual share Q can bring at a service of whom many report is then at most
(Q sqrt(DOUBT / (1 - Q)) + sum sqrt(CAP q))^2 nats, however many reports they send: one where nobody
knows them, nine where they have 46 % of the users, where an incident needs seventeen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from uproar.stats import negbin

F64 = NDArray[np.float64]

CAP = 4.0  # Nats: one stratum in exp(4), about fifty, is thought to be in a liar's hand.
DOUBT = 1.0  # Nats: how far below a lift the rest may lie; chance alone takes half a nat.
FRIENDS = 3  # Strata that may lie together and still not vouch for one another.
LEFT = 0.2  # Share of the usual reports that must be left to vouch; else nobody could.
ONE = 1.0  # A stratum's first report is never discounted.
LOOKED_AT = 8  # Strata among which the friends are sought: those that exceed the lift the most.
ROUNDS = 64  # of raising the lift; each raises it by a tenth or more until it stands.
STANDS = 1.001  # A lift that would rise by less stands.
NEWTON_STEPS = 12
LIFTS: F64 = np.geomspace(1.1, 100.0, 24)  # Lifts at which evidence is looked for.

_SETS = [()] + [s for size in range(1, FRIENDS + 1) for s in combinations(range(LOOKED_AT), size)]
_MEMBERS: F64 = np.array(
    [[place in chosen for place in range(LOOKED_AT)] for chosen in _SETS], float
)


@dataclass(frozen=True, slots=True)
class Weighed:
    """What is left of the counts of strata: `accepted` one a stratum, and the lift that they share.

    `count` is their sum with the reports that belong to no stratum.
    """

    accepted: F64
    lift: float
    count: float


def ceiling(expected: F64, nats: float = CAP) -> F64:
    """Return the counts at which the surprise over `expected` reaches `nats`, at least one.

    Solves x log x - x + 1 = nats / expected for x = count / expected by Newton's method from above,
    where the function is convex, so that no step overshoots.
    """
    mean = np.maximum(expected, 1e-12)
    wanted = nats / mean
    x = 1.0 + np.sqrt(2.0 * wanted) + wanted
    for _ in range(NEWTON_STEPS):
        x -= (x * np.log(x) - x + 1.0 - wanted) / np.log(x)
    out: F64 = np.maximum(x * mean, ONE)
    return out


def weigh(counts: F64, expected: F64, total: float, free: float = 0.0) -> Weighed:
    """Return which counts are accepted as evidence that the strata rose together.

    `counts` and `expected` are one a stratum that was heard of, in the same order; `total` is what
    all strata together are expected to bring, silent ones included; `free` reports belong to no
    stratum and are not capped. The result does not depend on the order of the strata, and no count
    that grows makes it smaller.
    """
    lift = 1.0
    accepted = counts
    for _ in range(ROUNDS):
        accepted = np.minimum(counts, ceiling(lift * expected))
        raised = _lift(accepted, expected, total, free, lift)
        if raised <= lift * STANDS:
            break
        lift = raised
    return Weighed(accepted, lift, float(accepted.sum()) + free)


def _lift(accepted: F64, expected: F64, total: float, free: float, lift: float) -> float:
    """Return the lowest of the lifts that remain possible when up to three strata are looked away from."""
    suspects = np.argsort(-(accepted - lift * expected), kind="stable")[:LOOKED_AT]
    members = _MEMBERS[:, : len(suspects)]
    rest = total - members @ expected[suspects]
    seen = np.maximum(float(accepted.sum()) + free - members @ accepted[suspects], 0.0)
    able = rest >= LEFT * total
    able[0] = True  # Nobody is looked away from.
    # Counts that lie `DOUBT` nats below their mean: mean <= n + sqrt(2 n d) + d (Poisson tail).
    highest = seen[able] + np.sqrt(2.0 * DOUBT * seen[able]) + DOUBT
    return float((highest / np.maximum(rest[able], 1e-12)).min())


def evidence(count: float, mean: float, size: float, ticks: int) -> float:
    """Return the log-likelihood ratio, in nats, that `count` reports came at a lifted rate.

    `mean` is expected in each of `ticks` ticks, `size` the negative-binomial size of one of them. The
    best of `LIFTS` is taken; below all of them the answer is negative.
    """
    gain, cost = negbin.ratio_weights(np.array([mean]), LIFTS, np.array([1.0 / size]))
    return float((gain * count - cost * ticks).max())


def independent(counts: F64, accepted: F64, free: float = 0.0) -> float:
    """Return how many independent reporters the counts are worth: (sum w)^2 / sum w^2 (Kish, 1965).

    Each reporter of a stratum weighs accepted / counted; those of no stratum weigh one.
    """
    known = counts > 0
    weights = accepted[known] / counts[known]
    squares = float((counts[known] * weights * weights).sum()) + free
    whole = float(accepted[known].sum()) + free
    return whole * whole / squares if squares > 0 else 0.0


def divergence(counts: F64, shares: F64) -> float:
    """Return how far a mix is from the usual one: sum p log(p / q), in nats (Kullback-Leibler).

    Zero where the strata have their usual shares, log(1 / q) where all reports come from one.
    """
    whole = float(counts.sum())
    if whole <= 0:
        return 0.0
    known = counts > 0
    part = counts[known] / whole
    return max(0.0, float((part * np.log(part / np.maximum(shares[known], 1e-12))).sum()))


__all__ = ["Weighed", "ceiling", "divergence", "evidence", "independent", "weigh"]
