"""Whose side failed, and what kind of hand: two axes that follow from the mechanism and a few facts.

P(side) = sum over mechanisms of P(mechanism) x P(side | mechanism, what is seen): the tables of the causes'
files, times the factors below for what points at a side, by experts, not learned: no public corpus labels sides.
The kind of hand follows from the mechanism alone, as it is without anybody's word: claims never reach it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from uproar.diagnose.axes import AGENCIES, LEAVES, LOCI
from uproar.diagnose.cause import Cause
from uproar.diagnose.model import F64

# By item, factors on the odds of a side. What fails beside it points at who is shared.
POINTS_AT: Mapping[str, Mapping[str, float]] = {
    "co.cdn": {"cdn": 20.0},
    "co.cloud": {"cloud": 20.0},
    "co.dns": {"dns-host": 20.0},
    "co.isp": {"access-network": 15.0},
    "co.third-party": {"third-party": 15.0},
    "co.none": {"origin": 1.5},
    "scope.single-isp": {"access-network": 10.0},
    "scope.single-dc": {"origin": 1.5, "cloud": 1.5},
    "symptom.origin-page": {"origin": 5.0, "cloud": 2.0, "cdn": 0.5},
    "symptom.dns-timeout": {"dns-host": 3.0},
    "symptom.app-crash": {"client": 5.0},
    "symptom.bgp-withdrawn": {"origin": 2.0},
}
LEAST = 0.002  # A side that a cause's file does not name is still this probable.


def sides(p: F64, seen: tuple[str, ...], causes: Mapping[str, Cause]) -> dict[str, float]:
    """Return probabilities of whose side failed, from those of the mechanisms and what is seen."""
    factors = np.ones(len(LOCI))
    for item in seen:
        for side, factor in POINTS_AT.get(item, {}).items():
            factors[LOCI.index(side)] *= factor
    total = np.zeros(len(LOCI))
    for chance, leaf in zip(p, LEAVES, strict=True):
        row = np.array([max(LEAST, causes[leaf].loci.get(side, 0.0)) for side in LOCI]) * factors
        total += chance * row / row.sum()
    return dict(zip(LOCI, total.tolist(), strict=True))


def hands(p_unclaimed: F64, causes: Mapping[str, Cause]) -> dict[str, float]:
    """Return probabilities of ENISA's five agencies, from those of the mechanisms without claims."""
    total = dict.fromkeys(AGENCIES, 0.0)
    for chance, leaf in zip(p_unclaimed.tolist(), LEAVES, strict=True):
        for agency, share in causes[leaf].agencies.items():
            total[agency] += chance * share
    return total
