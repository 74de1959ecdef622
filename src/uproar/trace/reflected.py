"""Vectors whose packets are answers of real hosts: amplification by UDP services, SYN-ACKs, pings, middleboxes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uproar.trace.amplifiers import BY_PORT, Amplifier
from uproar.trace.attack import Evidence
from uproar.trace.datagrams import of_peers
from uproar.trace.seen import MANY, SERVED, TOP, VERY_MANY, Named, Seen
from uproar.trace.shapes import (
    ECHO_REPLY,
    ECHO_REPLY_V6,
    TIME_EXCEEDED,
    UNREACHABLE,
    frequencies,
    icmp_type,
)
from uproar.trace.traffic import ACK, ICMP, ICMPV6, PSH, RST, SIX_FLAGS, SYN, TCP, UDP
from uproar.wire.packets.frames import Flag

SERVICES, CONCENTRATED = 10, 0.8  # Answers come from so few ports for the most part.
FREQUENT = (
    0.2  # Or the share of the most frequent one, where no port that is hit is nearly as frequent.
)
LARGE_TIMES = 3  # Answers so many times larger than `payload_min` are no everyday ones.
CUT_FROM = 1_300  # Octets; some lines allow less than 1,500.
LATER_MOST = 3.0  # Later fragments for each first one: no answer of the services below is longer than five packets.
ANSWERS_SHARE = 0.5  # Of what comes from the same ports, SYN-ACKs are at least so much where connections cannot be seen.
PAGE_LEAST, PAGE_PACKETS = 100, 3  # Octets of payload; packets of one record.
_WEB_PORTS = (80, 443)
_HTTP = np.uint64(int.from_bytes(b"HTTP/", "big"))


def amplified(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name answers from UDP services that were not asked, with the fragments that belong to them."""
    t = seen.traffic
    udp = (t.protocol == UDP) & ~taken
    unasked = udp & ~seen.shapes.asked & ~t.later & (seen.shapes.served < SERVED) & ~of_peers(seen)
    late = udp & t.later
    by_name: dict[str, list[Amplifier]] = {}
    for port in np.unique(t.src_port[unasked]).tolist():
        if port in BY_PORT:
            by_name.setdefault(BY_PORT[port].name, []).append(BY_PORT[port])
    for name, services in by_name.items():
        rows = np.zeros(len(t), np.bool_)
        for each in services:
            # From a port to the same port servers talk to each other, so only what is large counts.
            least = np.where(t.dst_port == each.port, LARGE_TIMES * each.payload_min, 0)
            rows |= unasked & (t.src_port == each.port) & (t.payload >= least)
        found = _amplification(seen, f"amplification.{name}", services, rows, late)
        if found is not None:
            late &= ~found.rows
            yield found


def _amplification(
    seen: Seen, name: str, services: list[Amplifier], rows: Flag, late: Flag
) -> Named | None:
    """Return the vector where those answers are enough, large and from many hosts."""
    if not rows.any():
        return None
    t = seen.traffic
    payload = seen.mean_payload(rows)
    first = max(services, key=lambda each: seen.packets(rows & (t.src_port == each.port)))
    large = 0 < LARGE_TIMES * first.payload_min <= payload
    many = VERY_MANY if first.everyday and not large else MANY
    belong = late & np.isin(seen.source, np.unique(seen.source[rows]))
    # NetFlow v5 does not say that more follows, but only what is as long as a line allows is cut.
    firsts = rows & (t.fragment | (t.told & (t.size >= CUT_FROM)))
    if seen.sampled(rows) and seen.packets(late) <= LATER_MOST * seen.packets(firsts):
        # A first and a later fragment of one host are hardly ever both looked at.
        belong = late
    both = rows | belong
    if payload < first.payload_min or seen.count(rows) < many or not seen.enough(both):
        return None
    evidence = [
        Evidence("source-port", float(first.port), detail=first.factor),
        Evidence("mean-payload", payload, detail=first.source),
        Evidence("unasked", seen.share(both, t.protocol == UDP)),
    ]
    if belong.any():
        evidence.append(Evidence("fragments", seen.share(belong, both)))
    return Named(name, both, tuple(evidence), reflected=True)


def accepted(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name SYN-ACKs that nobody asked for, with the resets and errors that the same hosts send beside them."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    every = t.protocol == TCP
    tcp = every & ~seen.shapes.asked & ~t.later & ~taken
    rows = tcp & (six == SYN | ACK) & ~seen.shapes.whole
    if not seen.enough(rows) or not _from_services(seen, rows):
        return
    if seen.sampled(rows):
        same_ports = seen.tcp & (six & RST == 0) & np.isin(t.src_port, np.unique(t.src_port[rows]))
        if seen.share(rows, same_ports) < ANSWERS_SHARE:
            return
    resets = tcp & (six & RST > 0) & np.isin(t.src_port, np.unique(t.src_port[rows]))
    errors = (t.protocol == ICMP) & np.isin(icmp_type(t), (UNREACHABLE, TIME_EXCEEDED))
    beside = resets | (errors & ~seen.shapes.asked & ~taken)
    together = rows | beside if seen.packets(beside) <= seen.packets(rows) else rows
    ports = frequencies(t.src_port[rows], t.packets[rows])
    evidence = (
        Evidence("syn-ack", seen.share(rows, every)),
        Evidence("service-ports", float(ports[:TOP].sum())),
        Evidence("resets", seen.share(resets, every)),
    )
    yield Named("reflection.syn-ack", together, evidence, reflected=True)


def _from_services(seen: Seen, rows: Flag) -> bool:
    """Tell whether those rows come from a few ports of many hosts, as answers do."""
    t = seen.traffic
    of_ports = frequencies(t.src_port[rows], t.packets[rows])
    to_ports = frequencies(t.dst_port[rows], t.packets[rows])
    plain = of_ports[0] >= FREQUENT and of_ports[0] > 2 * to_ports[0]
    few = plain or of_ports[:SERVICES].sum() >= CONCENTRATED
    return bool(few) and seen.count(rows) >= MANY


def paged(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name pages without a connection: middleboxes that answer what they take for a request (Bock et al., 2021)."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    rows = seen.tcp & ~seen.shapes.asked & ~seen.shapes.begun & ~seen.shapes.whole & ~taken
    rows &= (six & PSH > 0) & np.isin(t.src_port, _WEB_PORTS)
    page = t.content >> np.uint64(24) == _HTTP
    # Records do not tell what is said. Then it is what is as long as a page, alone, from many hosts to as many ports.
    long = t.told & (t.payload >= PAGE_LEAST) & (seen.shapes.in_connection <= PAGE_PACKETS)
    if seen.sampled(rows):
        long &= (seen.shapes.spoken > 0) & (seen.shapes.served < SERVED)
    rows &= page | long
    if seen.enough(rows) and seen.count(rows) >= VERY_MANY:
        evidence = (Evidence("mean-payload", seen.mean_payload(rows)),)
        yield Named("amplification.tcp-middlebox", rows, evidence, reflected=True)


def echoed(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name answers to pings that the target never sent."""
    t, kind = seen.traffic, icmp_type(seen.traffic)
    replies = ((t.protocol == ICMP) & (kind == ECHO_REPLY)) | (
        (t.protocol == ICMPV6) & (kind == ECHO_REPLY_V6)
    )
    rows = replies & ~seen.shapes.asked & ~t.later & ~taken
    if seen.enough(rows) and seen.count(rows) >= MANY:
        yield Named(
            "reflection.icmp",
            rows,
            (Evidence("share", seen.share(rows, seen.all)),),
            reflected=True,
        )
