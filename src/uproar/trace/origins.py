"""Which countries and networks do the last hops lie in, and does that mean anything?

It does not where sources are forged, and not as the origin of an attack where they are hosts that only answered. Even genuine
last hops are devices that somebody else commands: who ordered an attack cannot be told from addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from uproar.trace.addresses import packed, prefix, prefixes
from uproar.trace.attack import Reason, Share, Sources
from uproar.trace.spoofing import LOOKED_UP_MAX, Judged
from uproar.trace.traffic import Traffic, hashed, sources

SHOWN = 10  # Countries, systems and prefixes.
SPOOFED_FROM = 0.5  # From this probability on, countries are refused.
FEW = 5

# Packed addresses to numbers of autonomous systems, 0 where not known.
SystemOf = Callable[[Sequence[bytes]], Sequence[int]]


def origins(
    traffic: Traffic, judged: Judged, system_of: SystemOf | None, *, reflected: bool, database: str
) -> Sources:
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
    return Sources(
        count=judged.addresses,
        spoofed=round(judged.probability, 3),
        countries=_top(judged.countries) if shown else (),
        asns=_systems(traffic, system_of) if shown and system_of is not None else (),
        networks=_networks(traffic) if shown else (),
        meaningful=not reason,
        reason=reason,
        evidence=judged.evidence,
        database=database,
    )


def _top(shares: dict[str, float]) -> tuple[Share, ...]:
    ordered = sorted(shares.items(), key=lambda each: (-each[1], each[0]))
    return tuple(Share(name, round(share, 4)) for name, share in ordered[:SHOWN])


def _systems(traffic: Traffic, system_of: SystemOf) -> tuple[Share, ...]:
    _, first = np.unique(sources(traffic), return_index=True)
    step = -(-len(first) // LOOKED_UP_MAX) or 1
    pairs = zip(
        traffic.src_hi[first][::step].tolist(), traffic.src_lo[first][::step].tolist(), strict=True
    )
    numbers = system_of([packed(hi, lo) for hi, lo in pairs])
    counts: dict[str, float] = {}
    for number in numbers:
        if number:
            counts[f"AS{number}"] = counts.get(f"AS{number}", 0.0) + 1 / len(numbers)
    return _top(counts)


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
