"""What each row is part of: was it asked for, did its connection come about, what is alone and what belongs together."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.trace.exchanges import again, sampling, served
from uproar.trace.traffic import (
    ACK,
    F64,
    FIN,
    ICMP,
    ICMPV6,
    PSH,
    RST,
    SIX_FLAGS,
    SYN,
    TCP,
    UDP,
    Traffic,
    hashed,
)
from uproar.wire.packets.frames import I64, U16, U64, Flag

ECHO_REPLY, UNREACHABLE, ECHO, TIME_EXCEEDED = 0, 3, 8, 11
ECHO_V6, ECHO_REPLY_V6 = 128, 129
# What one connection showed, as bits.
_OPENED, _WENT_ON, _DATA, _TOLD_WHOLE = 1, 2, 4, 8
DATA_PACKETS = 4  # A connection that was there before us counts as real from so many packets on.
DNS = 53
TOLD_PACKETS = 3  # SYN, ACK and one more: a record with fewer is no whole connection.
# A SYN-ACK without answer is sent again up to five times (RFC 6298; Linux), each without data.
AGAIN_MOST, BARE_MOST = 7, 64  # Packets of one record; octets of each.


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Facts of each row of `Traffic`, each column of shape (n,).

    asked: the other side sent something to where this comes from (same ports; of ICMP, same addresses), resets aside:
        a host that refuses has not asked.
    refused: of TCP, the other side answered it by a reset.
    whole: of TCP, part of a connection that came about: begun and gone on with, or full of data.
    begun: of TCP, part of a connection whose beginning was seen.
    connection: a number for each connection in this direction.
    in_connection: packets of its connection that were looked at, in this direction.
    retried: of TCP, part of a connection that is only begun, and begun again as hosts do that get no answer.
    sampled: packets that were looked at are one of several, so what belongs to them is hardly seen.
    served: of sampled traffic, packets that its target sends for each that comes, to or from the same port.
    spoken: packets that its target sends to anybody, resets and answers to SYNs aside.
    begins: SYNs that its target sends to anybody.
    refusals: resets by which its target refuses to begin a connection (they acknowledge; RFC 9293, 3.5.2).
    """

    asked: Flag
    refused: Flag
    whole: Flag
    begun: Flag
    connection: I64
    in_connection: F64
    retried: Flag
    sampled: Flag
    served: F64
    spoken: F64
    refusals: F64
    begins: F64

    def take(self, rows: I64) -> Shapes:
        """Return the facts of these rows only, by index."""
        return Shapes(**{each.name: getattr(self, each.name)[rows] for each in fields(Shapes)})


def shapes(traffic: Traffic, one_of: int = 1) -> Shapes:
    """Return the facts of each row, from all rows together; `one_of` is of how many pairs of addresses one is held."""
    sampled = sampling(traffic, one_of)
    src, dst = (
        hashed(traffic.src_hi, traffic.src_lo),
        hashed(traffic.dst_hi, traffic.dst_lo),
    )
    control = (traffic.protocol == ICMP) | (traffic.protocol == ICMPV6)
    there_port = np.where(control, 0, traffic.dst_port)
    here = hashed(src, dst, traffic.protocol, traffic.src_port, there_port)
    back = hashed(dst, src, traffic.protocol, there_port, traffic.src_port)
    tcp, six = traffic.protocol == TCP, traffic.flags & SIX_FLAGS
    refusing = tcp & (six & RST > 0)
    asked = np.isin(here, np.unique(back[~refusing]))
    refused = tcp & np.isin(here, np.unique(back[refusing]))
    seen, place = np.unique(here, return_inverse=True)
    bits = np.zeros(len(seen), np.uint8)
    packets = np.bincount(place, traffic.looked, len(seen)).astype(np.float64)
    for bit, rows in _showing(traffic, asked):
        bits[np.unique(place[rows])] |= bit
    opened, went_on = bits & _OPENED > 0, bits & _WENT_ON > 0
    full = (bits & _DATA > 0) & (packets >= DATA_PACKETS)
    whole = ((opened & went_on) | full | (bits & _TOLD_WHOLE > 0))[place] & tcp
    # Of TCP, all but the first packet and a reset acknowledges something.
    speaking = ~tcp | (traffic.told & whole) | ((six & ACK > 0) & (six & (SYN | RST) == 0))
    refusals = refusing & (six & ACK > 0)
    return Shapes(
        asked=asked,
        refused=refused,
        whole=whole,
        begun=opened[place] & tcp,
        connection=place.astype(np.int64),
        in_connection=packets[place],
        retried=again(traffic, place.astype(np.int64), tcp & (six == SYN) & ~whole),
        sampled=sampled,
        served=served(traffic, sampled, src, dst, speaking),
        spoken=_sent(src, dst, traffic.packets * speaking),
        begins=_sent(src, dst, traffic.packets * (tcp & (six == SYN))),
        refusals=_sent(src, dst, traffic.packets * refusals),
    )


def _sent(src: U64, dst: U64, packets: F64) -> F64:
    """Return for each row how many of those packets its target sends."""
    senders, place = np.unique(src, return_inverse=True)
    sums = np.bincount(place, packets, len(senders))
    at = np.minimum(np.searchsorted(senders, dst), max(len(senders) - 1, 0))
    return np.where(senders[at] == dst, sums[at], 0.0) if len(senders) else np.zeros(len(dst))


def _showing(traffic: Traffic, asked: Flag) -> tuple[tuple[int, Flag], ...]:
    tcp = traffic.protocol == TCP
    six = traffic.flags & SIX_FLAGS
    went_on = tcp & (six & ACK > 0) & (six & (SYN | RST) == 0)
    both = tcp & traffic.told & (six & SYN > 0) & (six & ACK > 0)
    # From a service to whoever did not ask: the same SYN-ACK again, not a SYN and the ACKs after it.
    repeated = ~asked & (six == SYN | ACK) & (traffic.src_port < traffic.dst_port)
    repeated &= (traffic.looked <= AGAIN_MOST) & (traffic.size <= BARE_MOST)
    ended = (six & (FIN | PSH) > 0) | (traffic.looked >= TOLD_PACKETS)
    return (
        (_OPENED, tcp & np.isin(six, (SYN, SYN | ACK))),
        (_WENT_ON, went_on),
        (_DATA, went_on & ((traffic.payload > 0) | (six & PSH > 0))),
        (_TOLD_WHOLE, both & ended & ~repeated & (traffic.looked >= 2)),
    )


def icmp_type(traffic: Traffic) -> U16:
    """Return the type of each ICMP row; of other rows it means nothing."""
    return traffic.dst_port >> np.uint16(8)


def pings(traffic: Traffic) -> Flag:
    """Return the rows that ask for an echo."""
    four = (traffic.protocol == ICMP) & (icmp_type(traffic) == ECHO)
    found: Flag = four | ((traffic.protocol == ICMPV6) & (icmp_type(traffic) == ECHO_V6))
    return found


def unexplained(traffic: Traffic, facts: Shapes) -> Flag:
    """Return the rows that may be an attack: TCP whose connection did not come about, other packets that nobody asked for.

    Questions to a name server count too, although it answers: a water torture is made of them. So do pings.
    """
    tcp = traffic.protocol == TCP
    questions = (traffic.question != 0) | ((traffic.protocol == UDP) & (traffic.dst_port == DNS))
    return np.where(tcp, ~facts.whole, ~facts.asked | questions | pings(traffic))


def frequencies(values: NDArray[Any], weights: F64) -> F64:
    """Return the shares of the distinct values by weight, the largest first."""
    _, place = np.unique(values, return_inverse=True)
    sums = np.bincount(place, weights)
    shares: F64 = np.sort(sums)[::-1] / max(float(sums.sum()), 1e-9)
    return shares
