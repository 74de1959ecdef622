"""Vectors whose packets are sent by the attacking hosts themselves: by TCP flags, UDP, ICMP, GRE, fragments, names."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uproar.trace.addresses import entropy
from uproar.trace.amplifiers import BY_PORT
from uproar.trace.attack import UNKNOWN, Evidence
from uproar.trace.seen import ALONE_FLOOR_S, MANY, TOP, VERY_MANY, Named, Seen
from uproar.trace.shapes import frequencies
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
    hashed,
)
from uproar.wire.packets.frames import Flag

UNFINISHED = 0.5  # Share of the connections begun that come to nothing.
AT_PORTS = (
    0.5  # Share of SYNs to the few most frequent ports; less is a look at which ports are open.
)
SAME = 0.9  # Share of the target's TCP that must be alike where only sameness tells a flood from ordinary packets.
# Packets a source, or a record, of floods whose packets are ordinary in themselves.
PER_EACH_MAX = 3.0
# Packets of a connection that were seen: people's connections have more, however short the capture.
PER_CONNECTION_MAX = 1.5
PATHS_BITS = 2.0  # Entropy of the time to live of packets that come from everywhere.
SENT_SHARE = 0.5  # A target that itself sends this much of what comes is a busy server.
# With so many packets for each that was looked at, connections cannot be told by how many packets they have.
SAMPLED_TIMES = 2
NAMES_DISTINCT = 0.8  # Of the names that a water torture asks for, hardly one comes twice.
PORTS_SCATTERED, PORTS_VERY = 200, 2_000  # Ports of a target that are hit.
SCATTERED = 0.3  # Distinct ports a packet.
UNKNOWN_SOURCES, UNKNOWN_SHARE = 500, 0.5  # What no rule names is told only where it is plain.
_ENDS = SYN | RST | FIN

# Flags (of six) that are looked at, and what they must be, for floods that sameness tells.
BY_FLAGS = (
    ("flood.ack", _ENDS | ACK, ACK),
    ("flood.rst", SYN | RST, RST),
    ("flood.fin", _ENDS | PSH, FIN),
    ("flood.tcp-odd", _ENDS | ACK, 0),
    ("flood.tcp-odd", SYN | FIN, SYN | FIN),
    ("flood.tcp-odd", _ENDS | PSH | ACK, FIN | PSH),
)


def opening(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name SYNs whose connections never come about; SYN-ACKs from any port belong to them where both come."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    tcp = (t.protocol == TCP) & ~t.later & ~taken
    begun = tcp & (six == SYN) & ~seen.shapes.whole
    answers = tcp & (six == SYN | ACK) & ~seen.shapes.whole & ~seen.shapes.asked
    name, rows = (
        ("flood.syn", begun | answers) if seen.enough(begun) else ("flood.syn-ack", answers)
    )
    if not seen.enough(rows):
        return
    unfinished = seen.share(rows, tcp & (six & (SYN | FIN) == SYN))
    ports = frequencies(t.dst_port[rows], t.packets[rows])
    at_service = ports[:TOP].sum() >= AT_PORTS or seen.count(rows) >= VERY_MANY
    if unfinished >= UNFINISHED and at_service:
        evidence = (
            Evidence("never-completed", unfinished),
            Evidence("per-source", seen.per_source(rows)),
            Evidence("flags-alike", seen.alike(rows)),
        )
        yield Named(name, rows, evidence)


def by_flags(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name TCP packets of connections that do not exist, where they are all alike."""
    t, six = seen.traffic, seen.traffic.flags & SIX_FLAGS
    tcp = (t.protocol == TCP) & ~t.later & ~taken
    left = tcp & ~seen.shapes.whole & ~seen.shapes.asked & ~seen.shapes.begun
    for name, looked_at, wanted in BY_FLAGS:
        rows = left & (six & looked_at == wanted)
        if not seen.enough(rows) or not seen.by_many(rows):
            continue
        same = seen.share(rows, tcp) * seen.alike(rows)
        each = float(np.average(seen.shapes.in_connection[rows], weights=t.packets[rows]))
        most = PER_EACH_MAX if t.told[rows].all() else PER_CONNECTION_MAX
        if same >= SAME and each <= most and not _serving(seen, rows):
            evidence = (Evidence("flags-alike", same), Evidence("per-connection", each))
            yield Named(name, rows, evidence)
            return


def _serving(seen: Seen, rows: Flag) -> bool:
    """Tell whether these are sampled packets that may be ordinary acknowledgements of a busy server's clients.

    Such a server sends as well; where its own packets are not seen, clients come over paths of many lengths.
    """
    t, packets = seen.traffic, seen.packets(rows)
    if packets < SAMPLED_TIMES * seen.looked(rows):
        return False
    sent = float(np.average(seen.shapes.sent[rows], weights=t.packets[rows]))
    lengths = entropy(frequencies(t.ttl[rows], t.packets[rows]))
    return sent >= SENT_SHARE * packets or lengths > PATHS_BITS


def asking(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name questions to a name server that are for ever new names ("water torture"); its sources are ordinary resolvers."""
    t = seen.traffic
    rows = (t.protocol == UDP) & (t.question != 0) & ~taken
    if seen.enough(rows):
        names = frequencies(t.question[rows], t.packets[rows])
        distinct = len(names) / max(seen.looked(rows), 1.0)
        if distinct >= NAMES_DISTINCT:
            yield Named("flood.dns-names", rows, (Evidence("names-distinct", distinct),))


def by_protocol(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name fragments, ICMP and GRE that nobody asked for."""
    t = seen.traffic
    unasked = ~seen.shapes.asked & ~taken
    for name, rows in (
        ("flood.fragments", unasked & t.later),
        ("flood.icmp", unasked & np.isin(t.protocol, (ICMP, ICMPV6)) & ~t.later),
        ("flood.gre", unasked & (t.protocol == GRE) & ~t.later),
    ):
        if seen.enough(rows) and seen.by_many(rows):
            yield Named(name, rows, (Evidence("share", seen.share(rows, seen.all)),))


def by_udp(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name UDP that nobody asked for: to ports without number, from very many sources that hardly send twice, or all the same."""
    t = seen.traffic
    rows = (t.protocol == UDP) & ~t.later & ~seen.shapes.asked & ~taken
    if not seen.enough(rows):
        return
    ports = len(np.unique(t.dst_port[rows]))
    scattered = ports >= PORTS_VERY or (
        ports >= PORTS_SCATTERED and ports / seen.looked(rows) >= SCATTERED
    )
    each = seen.per_source(rows)
    hardly_twice = seen.count(rows) >= VERY_MANY and each <= PER_EACH_MAX
    # Questions to a service are all the same as well, so those do not count.
    same = _sameness(seen, rows & ~np.isin(t.dst_port, list(BY_PORT)))
    copied = same >= SAME and seen.count(rows) >= MANY
    copied = copied and rate(t, rows).peak_packets >= ALONE_FLOOR_S
    if (scattered and seen.by_many(rows)) or hardly_twice or copied:
        evidence = (
            Evidence("ports-hit", float(ports)),
            Evidence("per-source", each),
            Evidence("copies", same),
        )
        yield Named("flood.udp", rows, evidence)


def _sameness(seen: Seen, rows: Flag) -> float:
    """Return the share of the most frequent packet, by its size and how it begins; 0 where no content was seen."""
    t = seen.traffic
    rows = rows & ~t.told
    if not rows.any():
        return 0.0
    return float(frequencies(hashed(t.size[rows], t.content[rows]), t.packets[rows])[0])


def unnamed(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Tell of what is plainly too much and fits no rule: very many sources, nobody asked, hardly one sends twice."""
    t = seen.traffic
    rows = ~seen.shapes.asked & ~seen.shapes.whole & ~taken & (t.protocol != UDP)
    # Acknowledgements may be of connections that were there before us.
    rows &= (t.protocol != TCP) | (t.flags & ACK == 0)
    if not seen.enough(rows) or seen.count(rows) < UNKNOWN_SOURCES:
        return
    share = seen.share(rows, seen.all)
    if share >= UNKNOWN_SHARE and seen.per_source(rows) <= PER_EACH_MAX:
        yield Named(UNKNOWN, rows, (Evidence("share", share),))
