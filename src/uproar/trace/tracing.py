"""What does a capture show? Its targets one by one, carpet bombing as one; attack or not, with what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from uproar.trace.addresses import prefix, prefixes, text
from uproar.trace.attack import Attack, Evidence, Quiet, Rates, Traced, Vector
from uproar.trace.origins import Known, origins
from uproar.trace.seen import FLOOR_PACKETS, VERY_MANY, Named, Seen
from uproar.trace.shapes import Shapes, shapes, unexplained
from uproar.trace.spoofing import judge
from uproar.trace.tally import Tally, rate
from uproar.trace.traffic import F64, SECOND_MS, TCP, Traffic, hashed
from uproar.trace.vectors import named
from uproar.wire.packets.frames import I64, U64, Flag

TARGETS_MAX = 256  # That are judged, those with the most packets first.
CARPET_ADDRESSES = 8  # Addresses of one prefix that are hit ...
CARPET_SHARE = 0.5  # ... none of them by more of the packets than this.
SPAN_SHARE = 0.01  # An attack lasts while its packets are at least this share of their highest.
SPAN_LEAST_MS = 100
P_LEAST = 0.01
# What speaks for a crowd of people: ratios chosen by hand, see docs/explain/tracing.md.
CROWD_PRIOR = 0.3
CROWD_WHOLE, CROWD_BROKEN, CROWD_REFLECTED, CROWD_SPOOFED = 50.0, 0.1, 0.01, 0.02


def trace(tally: Tally, about: Known) -> Traced:
    """Return what the traffic of a capture shows."""
    traffic = tally.traffic()
    facts = shapes(traffic)
    attacks: list[Attack] = []
    suspect = traffic.packets * unexplained(traffic, facts)
    unjudged = 0
    for place, (name, rows) in enumerate(_targets(traffic, suspect)):
        if place >= TARGETS_MAX:
            unjudged += 1
            continue
        seen = Seen(traffic.take(rows), facts.take(rows))
        vectors = named(seen)
        if vectors:
            attacks.append(_attack(name, seen, vectors, about, tally.one_of))
    attacks.sort(key=lambda each: (each.from_ms, -each.rates.packets, each.target))
    quiet = None if attacks else _quiet(traffic, facts)
    return Traced(tuple(attacks), quiet, tally.packets, unjudged)


def _targets(traffic: Traffic, suspect: F64) -> Iterator[tuple[str, I64]]:
    """Yield those to whom enough comes that is not explained, the most first, each with its rows by index.

    A prefix is one where many of its addresses are hit alike; else each address is its own.
    """
    hi, lo = traffic.dst_hi, traffic.dst_lo
    nets, net_first = _numbered(*prefixes(hi, lo))
    ones, one_first = _numbered(hi, lo)
    of_net = np.bincount(nets, suspect, len(net_first))
    of_one = np.bincount(ones, suspect, len(one_first))
    net_of = nets[one_first]
    hit = np.bincount(net_of, of_one > 0, len(net_first))
    most = np.zeros(len(net_first))
    np.maximum.at(most, net_of, of_one)
    carpet = (hit >= CARPET_ADDRESSES) & (most <= CARPET_SHARE * of_net) & (of_net >= FLOOR_PACKETS)
    alone = (of_one >= FLOOR_PACKETS) & ~carpet[net_of]
    found = [(float(of_net[net]), int(net_first[net]), True) for net in np.flatnonzero(carpet)]
    found += [(float(of_one[one]), int(one_first[one]), False) for one in np.flatnonzero(alone)]
    order = np.argsort(nets, kind="stable")
    begins = np.searchsorted(nets[order], np.arange(len(net_first) + 1))
    for _, row, whole in sorted(
        found, key=lambda each: (-each[0], int(hi[each[1]]), int(lo[each[1]]))
    ):
        net = int(nets[row])
        rows = order[begins[net] : begins[net + 1]]
        address = int(hi[row]), int(lo[row])
        if whole:
            yield prefix(*address), rows
        else:
            yield text(*address), rows[ones[rows] == ones[row]]


def _numbered(hi: U64, lo: U64) -> tuple[I64, I64]:
    """Return a number for each distinct address, row by row, and a row of each."""
    _, first, place = np.unique(hashed(hi, lo), return_index=True, return_inverse=True)
    return place.astype(np.int64), first.astype(np.int64)


def _attack(name: str, seen: Seen, vectors: list[Named], about: Known, one_of: int) -> Attack:
    rows = np.zeros(len(seen.traffic), np.bool_)
    for each in vectors:
        rows |= each.rows
    hit = seen.traffic.take(rows)
    # Sources are judged by the largest vector alone: a second one may have sources of another kind.
    first = vectors[0]
    mine = seen.traffic.take(first.rows)
    judged = judge(
        mine,
        about.country_of,
        about.space,
        reflected=first.reflected,
        completed=_weight(seen.shapes.whole[first.rows], mine),
    )
    whence = origins(mine, judged, about, reflected=first.reflected)
    total = float(hit.packets.sum())
    return Attack(
        *_span(hit),
        target=name,
        vectors=tuple(
            Vector(
                each.name,
                round(seen.packets(each.rows) / total, 4),
                seen.packets(each.rows),
                float(seen.traffic.octets[each.rows].sum()),
                each.evidence,
            )
            for each in vectors
        ),
        rates=_rates(hit),
        sources=whence,
        flash_crowd=_crowd_of_attack(seen, first, whence.spoofed),
        evidence=(Evidence("of-all", total / max(float(seen.traffic.packets.sum()), 1e-9)),),
        one_of=one_of,
    )


def _span(hit: Traffic) -> tuple[int, int]:
    begin, end = rate(hit).span(SPAN_SHARE)
    # Bins are wider than the traffic within them.
    return max(begin, int(hit.start_ms.min())), min(end, int(hit.end_ms.max()))


def _rates(hit: Traffic) -> Rates:
    counted = rate(hit)
    begin, end = int(hit.start_ms.min()), int(hit.end_ms.max())
    lasted = max(end - begin, SPAN_LEAST_MS) / SECOND_MS
    packets, octets = float(hit.packets.sum()), float(hit.octets.sum())
    return Rates(
        packets=packets,
        octets=octets,
        peak_packets_s=round(counted.peak_packets, 1),
        peak_bits_s=round(counted.peak_bits, 1),
        mean_packets_s=round(packets / lasted, 1),
        mean_bits_s=round(octets * 8 / lasted, 1),
        bin_ms=counted.bin_ms,
    )


def _weight(rows: Flag, traffic: Traffic) -> float:
    return float(traffic.packets[rows].sum()) / max(float(traffic.packets.sum()), 1e-9)


def _crowd_of_attack(seen: Seen, first: Named, spoofed: float) -> float:
    whole = _weight(seen.shapes.whole, seen.traffic)
    ratio = CROWD_REFLECTED if first.reflected else CROWD_BROKEN
    ratio *= CROWD_SPOOFED**spoofed
    # Connections that come about beside those that do not: people may be among them.
    return _probability(CROWD_PRIOR, ratio * (1 + whole))


def _quiet(traffic: Traffic, facts: Shapes) -> Quiet | None:
    """Return the address that most comes to, where there is no attack."""
    if not len(traffic):
        return None
    ones, first = _numbered(traffic.dst_hi, traffic.dst_lo)
    most = int(np.bincount(ones, traffic.packets).argmax())
    rows = np.flatnonzero(ones == most)
    seen = Seen(traffic.take(rows), facts.take(rows))
    tcp = seen.traffic.protocol == TCP
    count = seen.count(seen.all)
    whole = seen.share(seen.shapes.whole, tcp) if tcp.any() else 0.0
    ratio = CROWD_WHOLE if whole > CARPET_SHARE and count >= VERY_MANY else 1 / CROWD_WHOLE
    row = first[most]
    name = text(int(traffic.dst_hi[row]), int(traffic.dst_lo[row]))
    return Quiet(name, seen.packets(seen.all), count, whole, _probability(CROWD_PRIOR, ratio))


def _probability(prior: float, ratio: float) -> float:
    odds = math.log(prior / (1 - prior)) + math.log(ratio)
    return round(min(max(1 / (1 + math.exp(-odds)), P_LEAST), 1 - P_LEAST), 3)
