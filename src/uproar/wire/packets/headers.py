"""Frames to columns: IPv4, IPv6, TCP, UDP, ICMP and what is carried in tunnels, many packets at once.

IPv4 is RFC 791, IPv6 and its extension headers RFC 8200 and RFC 4302, TCP RFC 9293, UDP RFC 768. Nothing that a
frame holds raises: what cannot be read is counted by reason in `Packets.rejects`.
"""

from __future__ import annotations

import numpy as np

from uproar.wire.packets import links, tunnels
from uproar.wire.packets.frames import (
    BAD_HEADER,
    BAD_LENGTH,
    BAD_VERSION,
    I64,
    MAPPED,
    TRUNCATED,
    Frames,
    Packets,
    Rows,
)
from uproar.wire.packets.octets import Octets

__all__ = ["Frames", "Packets", "decode"]

EXTENSIONS_MAX = 8  # IPv6 extension headers of one packet. Behind them nothing is looked at.
TUNNELS_MAX = 2  # Tunnels within one another. What lies deeper is not looked at.
AT_ONCE = 8_192  # So many packets' intermediate columns stay in the processor's cache.

_IPV4 = np.dtype(
    [
        ("first", "u1"), ("service", "u1"), ("length", ">u2"), ("id", ">u2"), ("fragment", ">u2"),
        ("ttl", "u1"), ("protocol", "u1"), ("sum", ">u2"), ("src", ">u4"), ("dst", ">u4"),
    ]
)  # fmt: skip
_IPV6 = np.dtype(
    [
        ("first", "u1"), ("flow", "V3"), ("length", ">u2"), ("next", "u1"), ("hops", "u1"),
        ("src_hi", ">u8"), ("src_lo", ">u8"), ("dst_hi", ">u8"), ("dst_lo", ">u8"),
    ]
)  # fmt: skip
_EXTENSION = np.dtype([("next", "u1"), ("size", "u1"), ("offset", ">u2"), ("id", ">u4")])
_TRANSPORT = np.dtype(
    [
        ("src", ">u2"), ("dst", ">u2"), ("seq", ">u4"), ("ack", ">u4"),
        ("flags", ">u2"), ("window", ">u2"),
    ]
)  # fmt: skip

TCP, UDP, ICMP, ICMPV6 = 6, 17, 1, 58
_DCCP, _SCTP, _UDP_LITE = 33, 132, 136
_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION, _MOBILITY = 0, 43, 44, 51, 60, 135
_EXTENDS = np.zeros(256, np.bool_)
_EXTENDS[[_HOP_BY_HOP, _ROUTING, _FRAGMENT, _AUTHENTICATION, _DESTINATION, _MOBILITY]] = True
_HAS_PORTS = np.zeros(256, np.bool_)
_HAS_PORTS[[TCP, UDP, _DCCP, _SCTP, _UDP_LITE]] = True
# Octets that must be captured for the header to have been read, and its least length, by protocol.
_NEEDED, _LEAST = np.zeros(256, np.int64), np.zeros(256, np.int64)
for _protocol, _needed, _least in (
    (TCP, 16, 20), (UDP, 8, 8), (ICMP, 2, 8), (ICMPV6, 2, 4),
    (_DCCP, 4, 12), (_SCTP, 4, 12), (_UDP_LITE, 4, 8),
):  # fmt: skip
    _NEEDED[_protocol], _LEAST[_protocol] = _needed, _least


def decode(frames: Frames, link: int, *, inner: bool = True) -> Packets:
    """Return the packets of frames of one link type (of libpcap), a row each.

    Of a packet in a tunnel (GRE, VXLAN, Geneve, IP in IP; `TUNNELS_MAX` of them) the innermost headers
    that can be read whole count, and `tunnel` says what they came in; with `inner` false the outermost
    count, and `tunnel` is told all the same. Where the inside of a tunnel is no packet, the outside stands.
    """
    packets = Packets.blank(len(frames))
    octets = Octets(frames.data)
    for start in range(0, len(frames), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        at = frames.offset[part].astype(np.int64)
        end = at + frames.captured[part]
        whole = np.maximum(end, at + frames.original[part])
        rows = packets.part(start, start + AT_ONCE)
        walk = links.Walk(
            octets, at, end, whole, np.zeros(len(at), np.uint16), reason=rows.reason, vlan=rows.vlan
        )
        links.begin(walk, link)
        _read(walk, rows, TUNNELS_MAX, inner=inner)
    return packets


def _read(walk: links.Walk, into: Packets, tunnels_left: int, *, inner: bool) -> None:
    """Fill the rows from where the walk stands."""
    links.peel(walk)
    four = links.picked((walk.kind == links.IPV4) & (walk.reason == 0))
    if four is not None:
        _ipv4(walk, four, into)
    six = links.picked((walk.kind == links.IPV6) & (walk.reason == 0))
    if six is not None:
        _ipv6(walk, six, into)
    into.ok[:] = walk.reason == 0
    good = links.picked(into.ok & (into.fragment_offset == 0))
    if good is not None:
        _transport(walk, good, into)
    later = links.picked(into.ok & (into.fragment_offset != 0))
    if later is not None:
        into.payload_length[later] = np.maximum(walk.whole[later] - walk.at[later], 0)
        into.payload_at[later] = walk.at[later]
        into.payload_captured[later] = np.maximum(walk.end[later] - walk.at[later], 0)
    rejected = np.flatnonzero(~into.ok)
    if len(rejected):
        into.clear(rejected)
    if tunnels_left:
        _inside(walk, into, tunnels_left, inner=inner)


def _ipv4(walk: links.Walk, rows: Rows, into: Packets) -> None:
    at, end = walk.at[rows], walk.end[rows]
    header = walk.octets.records(at, _IPV4)
    first = header["first"]
    size = (first & 0x0F).astype(np.int64) * 4
    total = header["length"].astype(np.int64)
    # A card that cuts large datagrams itself (TSO) hands them to the capture with a length of zero.
    total = np.where(total == 0, walk.whole[rows] - at, total)
    walk.stop(rows, end - at < _IPV4.itemsize, TRUNCATED)
    walk.stop(rows, first >> 4 != 4, BAD_VERSION)
    walk.stop(rows, size < _IPV4.itemsize, BAD_HEADER)
    walk.stop(rows, total < size, BAD_LENGTH)
    into.src_lo[rows] = header["src"] | MAPPED
    into.dst_lo[rows] = header["dst"] | MAPPED
    into.ttl[rows] = header["ttl"]
    into.protocol[rows] = header["protocol"]
    into.ip_id[rows] = header["id"]
    into.total_length[rows] = total
    fragment = header["fragment"].astype(np.uint16)
    into.fragment[rows] = (fragment & 0x3FFF) != 0
    into.fragment_offset[rows] = (fragment & 0x1FFF) << 3
    _narrow(walk, rows, at + size, at + total)


def _ipv6(walk: links.Walk, rows: Rows, into: Packets) -> None:
    at, end = walk.at[rows], walk.end[rows]
    header = walk.octets.records(at, _IPV6)
    walk.stop(rows, end - at < _IPV6.itemsize, TRUNCATED)
    walk.stop(rows, header["first"] >> 4 != 6, BAD_VERSION)
    for name in ("src_hi", "src_lo", "dst_hi", "dst_lo"):
        getattr(into, name)[rows] = header[name]
    into.ttl[rows] = header["hops"]
    length = header["length"].astype(np.int64)
    # A jumbogram (RFC 2675), or a datagram that the card is to cut: the frame tells.
    total = np.where(length == 0, walk.whole[rows] - at, length + _IPV6.itemsize)
    total = np.maximum(total, _IPV6.itemsize)
    into.total_length[rows] = total
    into.protocol[rows] = header["next"]
    _narrow(walk, rows, at + _IPV6.itemsize, at + total)
    _extensions(walk, rows, into)


def _narrow(walk: links.Walk, rows: Rows, at: I64, whole: I64) -> None:
    """Stand behind the IP header; what lies behind the datagram is padding of the link, and not ours."""
    walk.at[rows] = at
    walk.whole[rows] = whole
    walk.end[rows] = np.minimum(walk.end[rows], whole)


def _extensions(walk: links.Walk, rows: Rows, into: Packets) -> None:
    """Step over extension headers; one that is cut off or one too many ends it, and no transport is read."""
    for _ in range(EXTENSIONS_MAX):
        extends = np.zeros(len(walk.at), np.bool_)
        extends[rows] = True
        extends &= _EXTENDS[into.protocol] & (walk.reason == 0)
        extends &= (into.fragment_offset == 0) & (walk.end - walk.at >= _EXTENSION.itemsize)
        todo = np.flatnonzero(extends)
        if not len(todo):
            break
        header = walk.octets.records(walk.at[todo], _EXTENSION)
        kind = into.protocol[todo]
        size = header["size"].astype(np.int64)
        walk.at[todo] += np.select(
            [kind == _FRAGMENT, kind == _AUTHENTICATION], [8, (size + 2) * 4], (size + 1) * 8
        )
        cut = kind == _FRAGMENT
        if cut.any():
            fragments = todo[cut]
            offset = header["offset"][cut].astype(np.uint16)
            into.fragment[fragments] = (offset & 0xFFF9) != 0
            into.fragment_offset[fragments] = offset & 0xFFF8
            into.ip_id[fragments] = header["id"][cut]
        into.protocol[todo] = header["next"]


def _transport(walk: links.Walk, rows: Rows, into: Packets) -> None:
    at = walk.at[rows]
    room = walk.end[rows] - at
    protocol = into.protocol[rows]
    header = walk.octets.records(at, _TRANSPORT)
    ports = _HAS_PORTS[protocol] & (room >= 4)
    into.src_port[rows] = header["src"] * ports
    # The first two octets of ICMP are type and code: together the number that exporters give for a port.
    control = ((protocol == ICMP) | (protocol == ICMPV6)) & (room >= 2)
    into.dst_port[rows] = header["dst"] * ports + header["src"] * control
    into.transport[rows] = (_NEEDED[protocol] > 0) & (room >= _NEEDED[protocol])
    size = _LEAST[protocol]
    tcp = (protocol == TCP) & (room >= 16)
    if tcp.any():
        flags = header["flags"].astype(np.uint16) * tcp
        into.tcp_seq[rows] = header["seq"] * tcp
        into.window[rows] = header["window"] * tcp
        into.tcp_flags[rows] = flags & 0x0FFF
        size = np.maximum(size, (flags >> 12).astype(np.int64) * 4)
    whole = walk.whole[rows]
    size = np.minimum(size, np.maximum(whole - at, 0))
    into.payload_length[rows] = np.maximum(whole - at - size, 0)
    into.payload_at[rows] = at + size
    into.payload_captured[rows] = np.maximum(room - size, 0)


def _inside(walk: links.Walk, into: Packets, tunnels_left: int, *, inner: bool) -> None:
    """Read what tunnels carry, and let it take the place of the outside where it is whole."""
    # All are found first: what is read for one sort may look like another from outside.
    for found in list(tunnels.found(walk, into)):
        count = len(found.rows)
        content = Packets.blank(count)
        deeper = links.Walk(
            walk.octets,
            found.at,
            walk.end[found.rows],
            walk.whole[found.rows],
            found.kind,
            reason=content.reason,
            vlan=content.vlan,
        )
        _read(deeper, content, tunnels_left - 1, inner=True)
        if inner:
            into.put(found.rows, content, content.ok)
        into.tunnel[found.rows[content.ok]] = found.tunnel
