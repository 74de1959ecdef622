"""Vectors whose packets are sent by the attacking hosts themselves: by TCP flags, ICMP, GRE, fragments, names of DNS."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from uproar.trace.attack import UNKNOWN, Evidence
from uproar.trace.seen import MANY, SERVED, VERY_MANY, Named, Seen
from uproar.trace.shapes import DNS, frequencies, pings
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
)
from uproar.wire.packets.frames import Flag

SAME = 0.9  # Share of the target's TCP that must be alike where only sameness tells a flood from ordinary packets.
# Packets a source, or a record, of floods whose packets are ordinary in themselves.
PER_EACH_MAX = 3.0
# Packets of a connection that were seen: people's connections have more, however short the capture.
PER_CONNECTION_MAX = 1.5
ALONE = 2.0  # A connection with no more packets than this, none of them a SYN, hardly exists.
# Of ordinary TCP so many packets are resets, ends or odd at the most; where connections cannot be seen, more is a flood.
ENDING_SHARE = 0.3
FEW_ENDS = 0.5  # Of orphans, those that have one or two packets, where they are a flood's.
RESETS_EACH = 1.5  # For each connection that is begun, ordinary resets are fewer.
NAMES_DISTINCT = 0.8  # Of the names that a water torture asks for, hardly one comes twice.
QUESTION_MAX = 110  # Octets of a DNS question (RFC 1035): names longer than 80 are rare.
UNKNOWN_SOURCES, UNKNOWN_SHARE = 500, 0.5  # What no rule names is told only where it is plain.
_ENDS = SYN | RST | FIN

# Flags (of six) that are looked at, and what they must be: any of the pairs of a name.
BY_FLAGS = (
    ("flood.ack", ((_ENDS | ACK, ACK),)),
    ("flood.rst", ((SYN | RST, RST),)),
    ("flood.fin", ((_ENDS | PSH, FIN),)),
    ("flood.tcp-odd", ((_ENDS | ACK, 0), (SYN | FIN, SYN | FIN), (_ENDS | PSH | ACK, FIN | PSH))),
)


def by_flags(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name TCP packets of connections that do not exist.

    Where both directions are seen, the target sends nothing in such a connection. Where they are not, each
    connection has hardly more than one packet, and they are nearly all there is, or their sources look forged.
    """
    six = seen.traffic.flags & SIX_FLAGS
    left = seen.tcp & ~taken & ~seen.shapes.whole & ~seen.shapes.asked & ~seen.shapes.begun
    for name, patterns in BY_FLAGS:
        rows = np.zeros(len(left), np.bool_)
        for looked_at, wanted in patterns:
            rows |= left & (six & looked_at == wanted)
        if not seen.enough(rows):
            continue
        sampled = seen.sampled(rows)
        found = _sampled(seen, rows, taken, name) if sampled else _whole(seen, rows, name)
        if not seen.enough(found) or not seen.by_many(found):
            continue
        evidence = (
            Evidence("flags-alike", seen.share(found, seen.tcp & ~taken) * seen.alike(found)),
            Evidence("per-connection", seen.looked(found) / max(seen.connections(found), 1)),
        )
        yield Named(name, found, evidence)
        taken = taken | found
        left = left & ~found


def _whole(seen: Seen, rows: Flag, name: str) -> Flag:
    """Return the rows that are of a flood where each packet was seen."""
    nothing = np.zeros(len(rows), np.bool_)
    lone = rows & (seen.shapes.in_connection <= ALONE)
    each = float(np.average(seen.shapes.in_connection[rows], weights=seen.traffic.packets[rows]))
    same = seen.share(rows, seen.tcp) * seen.alike(rows)
    told = bool(seen.traffic.told[rows].all())
    if same >= SAME and each <= (PER_EACH_MAX if told else PER_CONNECTION_MAX):
        return rows
    if seen.share(lone, rows) < FEW_ENDS or not seen.long:
        return nothing
    return lone if seen.two_way or name != "flood.ack" or seen.forged(lone) else nothing


def _sampled(seen: Seen, rows: Flag, taken: Flag, name: str) -> Flag:
    """Return the rows that are of a flood where of connections hardly a packet was seen.

    Acknowledgements may be those of clients. Such a server sends as well; where its own packets are not seen,
    clients come over paths of many lengths.
    """
    nothing = np.zeros(len(rows), np.bool_)
    if name == "flood.rst":
        # One who is asked refuses, and one who began may think better of it.
        six = seen.traffic.flags & SIX_FLAGS
        begun = seen.packets(seen.tcp & ~taken & (six == SYN))
        if seen.packets(rows) < RESETS_EACH * max(begun, seen.shapes.begins[rows].max()):
            return nothing
    if name != "flood.ack":
        return rows if seen.share(rows, seen.tcp) >= ENDING_SHARE else nothing
    if (seen.shapes.spoken > 0).any():
        return rows & (seen.shapes.served < SERVED)
    same = seen.share(rows, seen.tcp) * seen.alike(rows)
    return rows if same >= SAME and seen.forged(rows) else nothing


def asking(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name questions to a name server that are for ever new names ("water torture"); its sources are ordinary resolvers.

    Flow records do not tell names. Then questions count that are all of one length, as one program makes them up, or
    that a server which answers others leaves without an answer.
    """
    t = seen.traffic
    rows = (t.protocol == UDP) & (t.question != 0) & ~taken
    if seen.enough(rows):
        names, looked = np.unique(t.question[rows]), seen.looked(rows)
        distinct = len(names) / max(looked, 1.0)
        if distinct >= NAMES_DISTINCT:
            yield Named("flood.dns-names", rows, (Evidence("names-distinct", distinct),))
        return
    rows = (
        (t.protocol == UDP)
        & t.told
        & (t.dst_port == DNS)
        & (t.size <= QUESTION_MAX)
        & ~t.later
        & ~taken
    )
    if seen.count(rows) < MANY or seen.forged(rows):
        return
    alike = float(frequencies(t.size[rows], t.packets[rows])[0])
    left = rows if alike >= SAME else rows & ~seen.shapes.asked & (seen.shapes.served < SERVED)
    if seen.enough(left) and (alike >= SAME or seen.two_way):
        evidence = (
            Evidence("sizes-alike", alike),
            Evidence("unanswered", seen.share(left, seen.all)),
        )
        yield Named("flood.dns-names", left, evidence)


def by_protocol(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name fragments, ICMP and GRE that nobody asked for."""
    t = seen.traffic
    unasked = ~seen.shapes.asked & ~taken
    # Whoever sends whole datagrams or first fragments sends the later ones too.
    speaks = (seen.shapes.asked & ~t.later) | (t.fragment & ~t.later)
    later = unasked & t.later & ~np.isin(seen.source, np.unique(seen.source[speaks]))
    if seen.sampled(later) and seen.packets(t.fragment & ~t.later) * 3 >= seen.packets(later):
        later = np.zeros(len(t), np.bool_)
    control = np.isin(t.protocol, (ICMP, ICMPV6)) & ~t.later & ~taken
    for name, rows, many, alone in (
        ("flood.fragments", later, MANY, False),
        # Some dozen monitors ping a host at all times, and it answers.
        ("flood.icmp", control & (unasked | pings(t)), VERY_MANY, True),
        # A tunnel between two sites is much GRE too.
        ("flood.gre", unasked & (t.protocol == GRE) & ~t.later, MANY, False),
    ):
        enough = seen.count(rows) >= many or (alone and seen.by_alone(rows))
        if enough and seen.enough(rows):
            yield Named(name, rows, (Evidence("share", seen.share(rows, seen.all)),))


def unnamed(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Tell of what is plainly too much and fits no rule: very many sources, nobody asked, hardly one sends twice."""
    t = seen.traffic
    rows = ~seen.shapes.asked & ~seen.shapes.whole & ~taken & ~np.isin(t.protocol, (TCP, UDP))
    rows &= ~t.later & (seen.shapes.served < SERVED)
    if not seen.enough(rows) or seen.count(rows) < UNKNOWN_SOURCES:
        return
    share = seen.share(rows, seen.all)
    if share >= UNKNOWN_SHARE and seen.per_source(rows) <= PER_EACH_MAX:
        yield Named(UNKNOWN, rows, (Evidence("share", share),))
