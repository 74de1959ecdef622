"""Which countries and networks do the last hops lie in, and does that mean anything?

It does not where sources are forged, and not as the origin of an attack where they are hosts that only answered. Even genuine
last hops are devices that somebody else commands: who ordered an attack cannot be told from addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.trace.addresses import CountryOf, Space, packed, prefix, prefixes, space
from uproar.trace.attack import Disagreement, Reason, Share, Sources
from uproar.trace.spoofing import LOOKED_UP_MAX, Judged
from uproar.trace.traffic import F64, Traffic, hashed, sources
from uproar.wire.packets.frames import I64, U64

SHOWN = 10  # Countries, systems and prefixes.
SPOOFED_FROM = 0.5  # From this probability on, countries are refused.
FEW = 5

# Addresses as halves, IPv4 as mapped, each of shape (n,), to numbers of shape (n,): networks, or countries by their two letters
# (the first times 256); 0 where not known.
NumbersOf = Callable[[U64, U64], NDArray[np.integer]]
SystemOf = NumbersOf


class Known(NamedTuple):
    """What is known of addresses, handed in: countries, systems where there is a table, how countries share IPv4.

    `name_of` names a system by its number; `second_of` is what another database says of countries, to be held against the first.
    """

    country_of: CountryOf
    system_of: SystemOf | None
    space: Space
    database: str
    name_of: Callable[[int], str] | None = None
    second_of: NumbersOf | None = None
    attributions: tuple[str, ...] = ()


def known(
    country_of: CountryOf,
    system_of: SystemOf | None,
    database: str,
    name_of: Callable[[int], str] | None = None,
    second_of: NumbersOf | None = None,
    attributions: tuple[str, ...] = (),
) -> Known:
    """Return what is known of addresses, with how countries share IPv4 worked out once."""
    return Known(
        country_of, system_of, space(country_of), database, name_of, second_of, attributions
    )


def origins(traffic: Traffic, judged: Judged, about: Known, *, reflected: bool) -> Sources:
    """Return where the sources of an attack's rows lie, and whether it means anything."""
    reason: Reason = ""
    if reflected:
        reason = "reflected"
    if judged.probability >= SPOOFED_FROM:
        reason = "spoofed"
    elif not judged.countries and not reason:
        reason = "no-database"
    elif judged.addresses < FEW and not reason:
        reason = "few"
    shown = reason != "spoofed"
    number, first, place = np.unique(sources(traffic), return_index=True, return_inverse=True)
    step = -(-len(number) // LOOKED_UP_MAX) or 1
    hi, lo = traffic.src_hi[first][::step], traffic.src_lo[first][::step]
    sent: F64 = np.bincount(place, traffic.packets).astype(np.float64)[::step]
    return Sources(
        count=judged.addresses,
        spoofed=round(judged.probability, 3),
        countries=_top(judged.countries) if shown else (),
        asns=systems(hi, lo, about) if shown else (),
        networks=_networks(traffic) if shown else (),
        meaningful=not reason,
        reason=reason,
        evidence=judged.evidence,
        database=about.database,
        disagreement=disagreement(hi, lo, sent, about) if shown else None,
        attributions=about.attributions if shown else (),
    )


def _top(shares: dict[str, float]) -> tuple[Share, ...]:
    ordered = sorted(shares.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Share(name, round(share, 4)) for name, share in ordered[:SHOWN])


def systems(hi: U64, lo: U64, about: Known) -> tuple[Share, ...]:
    """Return the networks in which most of some addresses lie, none without a table."""
    if about.system_of is None or not len(hi):
        return ()
    numbers, counts = np.unique(about.system_of(hi, lo), return_counts=True)
    counts = np.where(numbers == 0, 0, counts)
    order = np.argsort(-counts, kind="stable")[: SHOWN + 1]
    named = about.name_of or (lambda _: "")
    return tuple(
        Share(f"AS{numbers[row]}", round(float(counts[row]) / len(hi), 4), named(int(numbers[row])))
        for row in order.tolist()
        if numbers[row]
    )[:SHOWN]


def disagreement(hi: U64, lo: U64, sent: F64, about: Known) -> Disagreement | None:
    """Return on how many of some addresses two databases of countries differ; None where there is no second, or it knows none.

    `sent` is what came from each address, in packets or requests.
    """
    if about.second_of is None:
        return None
    pairs = zip(hi.tolist(), lo.tolist(), strict=True)
    codes = about.country_of([packed(high, low) for high, low in pairs])
    one = np.array([ord(code[0]) << 8 | ord(code[1]) if code else 0 for code in codes], np.int64)
    other: I64 = about.second_of(hi, lo).astype(np.int64)
    both = (one != 0) & (other != 0)
    if not both.any():
        return None
    differ = both & (one != other)
    return Disagreement(
        int(both.sum()),
        round(float(differ.sum() / both.sum()), 4),
        round(float(sent[differ].sum() / max(float(sent[both].sum()), 1e-9)), 4),
    )


def _networks(traffic: Traffic) -> tuple[Share, ...]:
    """Return the prefixes from which most packets come."""
    hi, lo = prefixes(traffic.src_hi, traffic.src_lo)
    _, first, place = np.unique(hashed(hi, lo), return_index=True, return_inverse=True)
    packets = np.bincount(place, traffic.packets)
    total = max(float(packets.sum()), 1e-9)
    rows = np.argsort(-packets, kind="stable")[:SHOWN]
    found = [
        Share(
            prefix(int(hi[first[row]]), int(lo[first[row]])), round(float(packets[row]) / total, 4)
        )
        for row in rows.tolist()
    ]
    return tuple(sorted(found, key=lambda each: (-each.share, each.name)))
