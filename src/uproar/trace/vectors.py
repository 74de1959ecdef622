"""By which vectors is one target hit? Rules over the traffic's own mix; where none fits, none is named.

A vector is named only where enough comes (`FLOOR_*`), nobody asked for it, no connection came about, and its shape fits.
Every number here is a rule of thumb that a person can read and doubt, not fitted to a capture.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from uproar.trace.amplifiers import AMPLIFIERS, Amplifier
from uproar.trace.attack import Evidence
from uproar.trace.shapes import (
    ECHO_REPLY,
    ECHO_REPLY_V6,
    TIME_EXCEEDED,
    UNREACHABLE,
    Shapes,
    effective,
    icmp_type,
)
from uproar.trace.tally import rate
from uproar.trace.traffic import (
    ACK,
    FIN,
    GRE,
    ICMP,
    ICMPV6,
    PSH,
    RST,
    SIX_FLAGS,
    SYN,
    TCP,
    UDP,
    Flag,
    Traffic,
    sources,
)

FLOOR_PACKETS = 500.0  # Less is no attack, whatever its shape: an absolute floor.
FLOOR_PACKETS_S = 100.0  # In the highest bin.
MANY, VERY_MANY = 20, 100  # Sources: of what no ordinary peer sends; of what ordinary peers send too.
ALONE_FLOOR_S = 2_000.0  # A few sources alone are a flood from so many packets a second on.
SAME = 0.9  # Share of rows that must be alike where only sameness tells a flood from ordinary packets.
CONCENTRATED = 0.8  # Share of the three most frequent source ports of reflected answers.
SCATTERED = 0.3  # Distinct destination ports a packet.
PORTS_SCATTERED = 200
PER_SOURCE_MAX = 3.0  # Packets a source, and a connection, of floods whose packets are ordinary in themselves.
MINOR = 0.03  # What is a smaller part of an attack is not named.
EQUAL_PORTS_TIMES = 3  # From a port to the same port, servers talk to each other: answers must be larger still.
NAMES_DISTINCT = 0.8  # Of the names that a water torture asks for, hardly one comes twice.
_TOP = 3


@dataclass(frozen=True, slots=True, eq=False)
class Named:
    """A vector, its rows among the target's, and what it rests on. `reflected`: its sources are hosts that answer."""

    name: str
    rows: Flag
    reflected: bool
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What comes to one target: its rows, their facts, and which source each is from."""

    traffic: Traffic
    shapes: Shapes
    source: np.ndarray[tuple[int], np.dtype[np.uint64]]

    @classmethod
    def of(cls, traffic: Traffic, shapes: Shapes) -> Seen:
        """Return the same with sources numbered."""
        return cls(traffic, shapes, sources(traffic))

    def packets(self, rows: Flag) -> float:
        """Return how many packets those rows are."""
        return float(self.traffic.packets[rows].sum())

    def enough(self, rows: Flag) -> bool:
        """Tell whether those rows are more than the floor."""
        if self.packets(rows) < FLOOR_PACKETS:
            return False
        return rate(self.traffic, rows).peak_packets >= FLOOR_PACKETS_S

    def count(self, rows: Flag) -> int:
        """Return how many sources those rows have."""
        return len(np.unique(self.source[rows]))

    def crowd(self, rows: Flag, least: int) -> bool:
        """Tell whether those rows have many sources, or few that send very much."""
        if self.count(rows) >= least:
            return True
        return rate(self.traffic, rows).peak_packets >= ALONE_FLOOR_S

    def mean_payload(self, rows: Flag) -> float:
        """Return the mean payload of those rows' packets, octets."""
        weights = self.traffic.packets[rows]
        return float((self.traffic.payload[rows] * weights).sum() / max(weights.sum(), 1e-9))


def named(seen: Seen) -> list[Named]:
    """Return the vectors by which a target is hit, the largest first; empty where none is seen."""
    found: list[Named] = []
    taken = np.zeros(len(seen.traffic), np.bool_)
    for rule in (_amplified, _answers, _requests, _rest):
        for each in rule(seen, taken, found):
            found.append(each)
            taken |= each.rows
    total = sum(seen.packets(each.rows) for each in found)
    found = [each for each in found if seen.packets(each.rows) >= MINOR * total]
    return sorted(found, key=lambda each: (-seen.packets(each.rows), each.name))


def _amplified(seen: Seen, taken: Flag, found: list[Named]) -> Iterator[Named]:
    """Name answers from UDP services that were not asked, with the fragments that belong to them."""
    t = seen.traffic
    unasked = (t.protocol == UDP) & ~seen.shapes.asked & ~t.later
    by_name: dict[str, list[Amplifier]] = {}
    for each in AMPLIFIERS:
        by_name.setdefault(each.name, []).append(each)
    present = set(np.unique(t.src_port[unasked]).tolist())
    late = t.later & (t.protocol == UDP)
    for name, ports in by_name.items():
        rows = np.zeros(len(t), np.bool_)
        for each in ports:
            if each.port in present:
                mine = unasked & (t.src_port == each.port)
                least = np.where(
                    t.dst_port == each.port, EQUAL_PORTS_TIMES * each.payload_min, 0
                )
                rows |= mine & (t.payload >= least)
        if not rows.any():
            continue
        payload = seen.mean_payload(rows)
        rows = rows | (late & np.isin(seen.source, np.unique(seen.source[rows])))
        first = ports[0]
        many = VERY_MANY if first.everyday else MANY
        if not seen.enough(rows) or seen.count(rows) < many or payload < first.payload_min:
            continue
        yield Named(
            f"amplification.{name}",
            rows,
            True,
            (
                Evidence("source-port", float(first.port), detail=first.factor),
                Evidence("mean-payload", payload, detail=first.source),
                Evidence("unasked", _share(seen, unasked & rows, t.protocol == UDP)),
                Evidence("fragments", _share(seen, late & rows, rows)),
            ),
        )


def _answers(seen: Seen, taken: Flag, found: list[Named]) -> Iterator[Named]:
    """Name SYN-ACKs that nobody asked for, with the resets and errors of the same hosts; and middleboxes' pages."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    tcp = (t.protocol == TCP) & ~seen.shapes.asked & ~t.later & ~taken
    rows = tcp & (six == SYN | ACK) & ~seen.shapes.whole
    if seen.enough(rows) and _from_services(seen, rows):
        ports = np.unique(t.src_port[rows])
        resets = tcp & (six & RST > 0) & np.isin(t.src_port, ports)
        errors = (t.protocol == ICMP) & np.isin(icmp_type(t), (UNREACHABLE, TIME_EXCEEDED))
        beside = resets | (errors & ~seen.shapes.asked)
        if seen.packets(beside) > seen.packets(rows):
            beside &= False
        yield Named(
            "reflection.syn-ack",
            rows | beside,
            True,
            (
                Evidence("syn-ack", _share(seen, rows, t.protocol == TCP)),
                Evidence("service-ports", float(effective(t.src_port[rows], t.packets[rows])[:_TOP].sum())),
                Evidence("resets", _share(seen, resets, t.protocol == TCP)),
            ),
        )
    pages = tcp & (six & PSH > 0) & (t.payload > 0) & np.isin(t.src_port, (80, 443))
    pages &= ~seen.shapes.begun & _is_http(t)
    if seen.enough(pages) and seen.count(pages) >= VERY_MANY:
        yield Named(
            "amplification.tcp-middlebox",
            pages,
            True,
            (Evidence("mean-payload", seen.mean_payload(pages)),),
        )


def _is_http(t: Traffic) -> Flag:
    """Return which payloads begin as answers of HTTP do."""
    return t.content >> np.uint64(24) == np.uint64(int.from_bytes(b"HTTP/", "big"))


def _from_services(seen: Seen, rows: Flag) -> bool:
    """Tell whether those rows come from a few ports of many hosts, as answers do."""
    t = seen.traffic
    of_ports = effective(t.src_port[rows], t.packets[rows])
    to_ports = effective(t.dst_port[rows], t.packets[rows])
    few = float(of_ports[:_TOP].sum()) >= CONCENTRATED or float(of_ports[0]) > 2 * float(to_ports[0])
    return few and seen.count(rows) >= MANY


def _requests(seen: Seen, taken: Flag, found: list[Named]) -> Iterator[Named]:
    """Name floods by TCP flags."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    tcp = (t.protocol == TCP) & ~t.later & ~taken
    open_ = tcp & ~seen.shapes.whole
    syn, both = open_ & (six == SYN), open_ & (six == SYN | ACK) & ~seen.shapes.asked
    tries = tcp & (six & SYN > 0)
    for name, rows in (("flood.syn", syn | both if seen.enough(syn) else syn), ("flood.syn-ack", both)):
        if not seen.enough(rows) or (found and found[-1].name == "flood.syn"):
            continue
        unfinished = _share(seen, rows, tries)
        if unfinished >= 0.5 and _at_service(seen, rows):
            yield (
                syn_flood := Named(
                    name,
                    rows,
                    False,
                    (
                        Evidence("never-completed", unfinished),
                        Evidence("per-source", seen.packets(rows) / max(seen.count(rows), 1)),
                        Evidence("flags-alike", _alike(seen, rows)),
                    ),
                )
            )
            taken = taken | syn_flood.rows
            break
    left = open_ & ~taken & ~seen.shapes.asked & ~seen.shapes.begun
    for name, rows in (
        ("flood.ack", left & (six & (SYN | RST | FIN) == 0) & (six & ACK > 0)),
        ("flood.rst", left & (six & RST > 0) & (six & SYN == 0)),
        ("flood.fin", left & (six & FIN > 0) & (six & (SYN | RST | ACK) <= ACK) & (six & PSH == 0)),
        ("flood.tcp-odd", left & ((six & ACK == 0) & (six & (SYN | RST | FIN) == 0))),
    ):
        if not seen.enough(rows) or not seen.crowd(rows, MANY):
            continue
        same = _share(seen, rows, tcp & ~taken) * _alike(seen, rows)
        short = float(np.average(seen.shapes.in_connection[rows], weights=t.packets[rows]))
        if same >= SAME and short <= PER_SOURCE_MAX:
            yield Named(
                name,
                rows,
                False,
                (Evidence("flags-alike", same), Evidence("per-connection", short)),
            )


def _at_service(seen: Seen, rows: Flag) -> bool:
    """Tell whether SYNs go to a few ports or come from very many sources: else somebody looks which ports are open."""
    to_ports = effective(seen.traffic.dst_port[rows], seen.traffic.packets[rows])
    return float(to_ports[:_TOP].sum()) >= 0.5 or seen.count(rows) >= VERY_MANY


def _rest(seen: Seen, taken: Flag, found: list[Named]) -> Iterator[Named]:
    """Name floods that are no TCP: questions to name servers, fragments, ICMP, GRE, and UDP of any kind."""
    t = seen.traffic
    udp = (t.protocol == UDP) & ~taken
    asks = udp & (t.dst_port == 53) & (t.question != 0)
    if seen.enough(asks):
        questions = effective(t.question[asks], t.packets[asks])
        distinct = len(questions) / max(seen.packets(asks), 1.0)
        if distinct >= NAMES_DISTINCT:
            yield Named("flood.dns-names", asks, False, (Evidence("names-distinct", distinct),))
            return
    unasked = ~seen.shapes.asked & ~taken
    kind = icmp_type(t)
    v4, v6 = t.protocol == ICMP, t.protocol == ICMPV6
    replies = (v4 & (kind == ECHO_REPLY)) | (v6 & (kind == ECHO_REPLY_V6))
    for name, rows, least in (
        ("flood.fragments", unasked & t.later, MANY),
        ("reflection.icmp", unasked & replies & ~t.later, MANY),
        ("flood.icmp", unasked & (v4 | v6) & ~replies & ~t.later, MANY),
        ("flood.gre", unasked & (t.protocol == GRE) & ~t.later, MANY),
    ):
        if seen.enough(rows) and seen.crowd(rows, least):
            share = _share(seen, rows, np.ones(len(t), np.bool_))
            yield Named(name, rows, name.startswith("reflection."), (Evidence("share", share),))
    rows = unasked & udp & ~t.later
    if seen.enough(rows):
        ports = len(np.unique(t.dst_port[rows]))
        each = seen.packets(rows) / max(seen.count(rows), 1)
        scattered = ports >= PORTS_SCATTERED and (
            ports / seen.packets(rows) >= SCATTERED or ports >= 10 * PORTS_SCATTERED
        )
        if (scattered and seen.crowd(rows, MANY)) or (
            seen.count(rows) >= VERY_MANY and each <= PER_SOURCE_MAX
        ):
            yield Named(
                "flood.udp",
                rows,
                False,
                (Evidence("ports-hit", float(ports)), Evidence("per-source", each)),
            )


def _share(seen: Seen, part: Flag, whole: Flag) -> float:
    return seen.packets(part) / max(seen.packets(whole), 1e-9)


def _alike(seen: Seen, rows: Flag) -> float:
    """Return the share of the most frequent flags."""
    shares = effective(seen.traffic.flags[rows], seen.traffic.packets[rows])
    return float(shares[0]) if len(shares) else 0.0
