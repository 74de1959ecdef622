"""Are the sources real? A probability from what forged addresses cannot help showing; never 0 or 1.

Forged addresses are drawn from all of IPv4, so their countries are shared as its addresses are and nearly every /16 appears;
they leave few machines, so few values of time to live remain. Hosts that exist differ in both. The ratios below are
likelihood ratios for "forged", chosen by hand as round numbers with boundaries between the groups of six
published captures (two forged floods: time to live 1.0 and 1.3 bits, divergence 0.004 and 0.009, /16s 0.94 and 0.98; four
reflections: 2.2 to 4.9 bits, 0.14 to 0.36, 0.01 to 0.62). Six captures calibrate nothing finely: so each ratio
is capped, the two measures of where addresses lie count as one, and the result stays within [P_LEAST, 1 - P_LEAST].
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from uproar.trace.addresses import (
    CountryOf,
    Space,
    bogons,
    divergence,
    entropy,
    four,
    packed,
    shares_of,
)
from uproar.trace.attack import Evidence
from uproar.trace.shapes import frequencies
from uproar.trace.traffic import Traffic, is_ipv4, sources
from uproar.wire.packets.frames import U64

P_LEAST = 0.01
PRIOR = 0.3  # Of attacks of which nothing else is known.
SOURCES_MIN = 200  # Fewer addresses show no spread.
LOOKED_UP_MAX = 40_000  # Addresses whose country is asked for; of more, every so-many-th.
RATIO_MAX = 30.0

# (up to this value, ratio), the last for all above.
Steps = tuple[tuple[float, float], ...]
TTL_BITS: Steps = ((1.6, 10.0), (2.0, 2.0), (3.0, 0.5), (6.5, 0.1), (math.inf, 3.0))
SPREAD: Steps = ((0.02, 30.0), (0.05, 4.0), (0.1, 0.5), (math.inf, 0.05))
COVERED: Steps = ((0.5, 0.1), (0.75, 0.3), (0.88, 2.0), (math.inf, 10.0))
PER_PACKET: Steps = ((0.1, 0.3), (0.5, 0.7), (0.95, 1.0), (math.inf, 1.5))
BOGON_SHARE: Steps = ((0.001, 0.9), (0.01, 3.0), (math.inf, 20.0))
COMPLETED_RATIO = 0.02  # Whoever completes a handshake reads the answers to its address.
REFLECTED_RATIO = 0.1  # Answers come from hosts that exist: what is forged then is the question.


class Judged(NamedTuple):
    """The probability that sources are forged, and what it rests on; `countries` are shares by country, whatever they mean."""

    probability: float
    evidence: tuple[Evidence, ...]
    countries: dict[str, float]
    addresses: int


def judge(
    traffic: Traffic, country_of: CountryOf, space: Space, *, reflected: bool, completed: float
) -> Judged:
    """Judge the rows of an attack. `completed` is the share of its packets that belong to whole connections."""
    number = sources(traffic)
    _, first = np.unique(number, return_index=True)
    hi, lo = traffic.src_hi[first], traffic.src_lo[first]
    is_four = is_ipv4(hi, lo)
    spread: list[Evidence] = []
    found: list[Evidence] = []
    ttl = traffic.ttl > 0
    looked = float(traffic.looked.sum())
    if len(first) >= SOURCES_MIN:
        if ttl.any():
            bits = entropy(frequencies(traffic.ttl[ttl], traffic.packets[ttl]))
            found.append(
                _evidence("ttl-entropy", bits, TTL_BITS, f"{len(np.unique(traffic.ttl[ttl]))}")
            )
        each = len(first) / max(looked, 1.0)
        found.append(_evidence("sources-per-packet", min(each, 1.0), PER_PACKET))
        share = float(bogons(hi, lo).mean())
        found.append(_evidence("bogons", share, BOGON_SHARE))
    countries = _countries(hi, lo, country_of)
    fours = lo[is_four]
    if len(fours) >= SOURCES_MIN:
        if countries:
            apart = divergence(countries, space.shares)
            chance = _by_chance(len(space.shares), min(len(fours), LOOKED_UP_MAX))
            beyond = max(apart - chance, 0.0)
            spread.append(
                Evidence("country-divergence", apart, _ratio(beyond, SPREAD), f"{len(countries)}")
            )
        spread.append(_evidence("sixteens", _covered(fours, space), COVERED))
    if reflected:
        found.append(Evidence("reflected", 1.0, REFLECTED_RATIO))
    if completed > 0.5:
        found.append(Evidence("completed", completed, COMPLETED_RATIO))
    odds = math.log(PRIOR / (1 - PRIOR)) + sum(math.log(each.ratio) for each in found)
    if spread:
        odds += sum(math.log(each.ratio) for each in spread) / len(spread)
    probability = 1 / (1 + math.exp(-odds))
    probability = min(max(probability, P_LEAST), 1 - P_LEAST)
    return Judged(probability, (*found, *spread), countries, len(first))


def _countries(hi: U64, lo: U64, country_of: CountryOf) -> dict[str, float]:
    step = -(-len(lo) // LOOKED_UP_MAX) or 1
    looked = zip(hi[::step].tolist(), lo[::step].tolist(), strict=True)
    return shares_of(country_of([packed(high, low) for high, low in looked]))


def _covered(fours: U64, space: Space) -> float:
    """Return how many /16s are seen, as a share of how many as many random addresses would hit."""
    seen = len(np.unique(four(fours) >> np.uint64(16)))
    expected = space.sixteens * (1 - (1 - 1 / max(space.sixteens, 1)) ** len(fours))
    return seen / max(expected, 1.0)


def _by_chance(classes: int, count: int) -> float:
    """Return the divergence that so many random addresses show by chance: half of Miller's bias of entropy, bits."""
    return (classes - 1) / (4 * count * math.log(2)) / 2


def _ratio(value: float, steps: Steps) -> float:
    ratio = next(ratio for most, ratio in steps if value <= most)
    return min(max(ratio, 1 / RATIO_MAX), RATIO_MAX)


def _evidence(about: str, value: float, steps: Steps, detail: str = "") -> Evidence:
    return Evidence(about, value, _ratio(value, steps), detail)
