"""What a filter of packets looks at, as a value, and which rows of traffic it hits. How filters are written is in `present`.

Only what nftables and BGP Flowspec (RFC 8955, RFC 8956) can both express is in it, so that one count holds for both.
"""

from __future__ import annotations

import ipaddress

import msgspec
import numpy as np

from uproar.trace.shapes import icmp_type
from uproar.trace.traffic import ICMP, ICMPV6, MAPPED_HIGH, SIX_FLAGS, TCP, Traffic
from uproar.wire.packets.frames import U64, Flag

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Match(msgspec.Struct, frozen=True):
    """Packets to `target` (a network as text) that have all of these; what is empty or None is not looked at.

    Ports, flags and ICMP types stand in the first fragment only, so a match that asks for them hits no later one. `length` is of
    the IP datagram with its header, both ends included. `flags` are values of the six flags (FIN 1 to URG 32), any of which fits; ECE and
    CWR are not looked at. `later` asks for fragments other than the first. `sources` are networks as text, any of which fits.
    """

    target: str
    protocol: int | None = None
    src_ports: tuple[int, ...] = ()
    dst_ports: tuple[int, ...] = ()
    length: tuple[int, int] | None = None
    flags: tuple[int, ...] = ()
    icmp_type: int | None = None
    later: bool = False
    sources: tuple[str, ...] = ()

    @property
    def six(self) -> bool:
        """Tell whether the target is of IPv6."""
        return ":" in self.target


def rows(match: Match, traffic: Traffic) -> Flag:
    """Return which rows a match hits, of shape (n,).

    Of a flow record, `length` is the mean and `flags` are those of all its packets together: there it is an estimate.
    """
    hit = within(ipaddress.ip_network(match.target), traffic.dst_hi, traffic.dst_lo)
    if match.protocol is not None:
        hit &= traffic.protocol == match.protocol
    if match.src_ports:
        hit &= ~traffic.later & np.isin(traffic.src_port, match.src_ports)
    if match.dst_ports:
        hit &= ~traffic.later & np.isin(traffic.dst_port, match.dst_ports)
    if match.length is not None:
        hit &= (traffic.size >= match.length[0]) & (traffic.size <= match.length[1])
    if match.flags:
        six = traffic.flags & SIX_FLAGS
        hit &= (traffic.protocol == TCP) & ~traffic.later & np.isin(six, match.flags)
    if match.icmp_type is not None:
        control = (traffic.protocol == ICMP) | (traffic.protocol == ICMPV6)
        hit &= control & ~traffic.later & (icmp_type(traffic) == match.icmp_type)
    if match.later:
        hit &= traffic.later
    if match.sources:
        whence = np.zeros(len(traffic), np.bool_)
        for each in match.sources:
            whence |= within(ipaddress.ip_network(each), traffic.src_hi, traffic.src_lo)
        hit &= whence
    return hit


def within(network: Network, hi: U64, lo: U64) -> Flag:
    """Return which addresses lie in a network."""
    first = int(network.network_address)
    length = network.prefixlen
    if network.version == 4:
        first |= int(MAPPED_HIGH) << 32
        length += 96
    top, low = first >> 64, first & 0xFFFF_FFFF_FFFF_FFFF
    if length == 0:
        return np.ones(len(hi), np.bool_)
    if length <= 64:
        shift = np.uint64(64 - length)
        return np.asarray(hi >> shift == np.uint64(top) >> shift, np.bool_)
    shift = np.uint64(128 - length)
    return np.asarray((hi == np.uint64(top)) & (lo >> shift == np.uint64(low) >> shift), np.bool_)
