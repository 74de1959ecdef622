"""What does a capture show? Its targets one by one, carpet bombing as one; attack or not, with what it rests on."""

from __future__ import annotations

import numpy as np

from uproar.trace.addresses import text
from uproar.trace.attack import Attack, Quiet, Rates, Traced, Vector
from uproar.trace.crowds import crowd
from uproar.trace.curve import curve
from uproar.trace.origins import Known, origins
from uproar.trace.seen import Named, Seen
from uproar.trace.shapes import Shapes, shapes, unexplained
from uproar.trace.spoofing import judge
from uproar.trace.tally import Tally, rate
from uproar.trace.targets import numbered, targets
from uproar.trace.traffic import SECOND_MS, Traffic
from uproar.trace.vectors import named
from uproar.wire.packets.frames import Flag

TARGETS_MAX = 256  # That are judged, those with the most packets first.
SPAN_SHARE = 0.01  # An attack lasts while its packets are at least this share of their highest.
SPAN_LEAST_MS = 100


def trace(tally: Tally, about: Known) -> Traced:
    """Return what the traffic of a capture shows."""
    traffic = tally.traffic()
    facts = shapes(traffic, tally.one_of)
    attacks: list[Attack] = []
    suspect = traffic.packets * unexplained(traffic, facts)
    unjudged = 0
    for place, (name, rows) in enumerate(targets(traffic, suspect)):
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
    of_all = total / max(float(seen.traffic.packets.sum()), 1e-9)
    people = crowd(seen, of_all, reflected=first.reflected, forged=whence.spoofed)
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
        flash_crowd=people.probability,
        evidence=people.evidence,
        one_of=one_of,
        curve=curve(seen.traffic, rows),
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


def _quiet(traffic: Traffic, facts: Shapes) -> Quiet | None:
    """Return the address that most comes to, where there is no attack."""
    if not len(traffic):
        return None
    ones, first = numbered(traffic.dst_hi, traffic.dst_lo)
    most = int(np.bincount(ones, traffic.packets).argmax())
    rows = np.flatnonzero(ones == most)
    seen = Seen(traffic.take(rows), facts.take(rows))
    whole = seen.share(seen.shapes.whole, seen.tcp) if seen.tcp.any() else 0.0
    people = crowd(seen)
    row = first[most]
    name = text(int(traffic.dst_hi[row]), int(traffic.dst_lo[row]))
    return Quiet(
        name,
        seen.packets(seen.all),
        seen.count(seen.all),
        whole,
        people.probability,
        people.retry_storm,
        people.evidence,
    )
