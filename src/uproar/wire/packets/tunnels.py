"""Which packets are tunnels, and where what they carry begins.

GRE is RFC 2784 and RFC 2890, with Ethernet (RFC 7637), MPLS and the mirrored frames of switches (ERSPAN, draft-foschiano-erspan)
within; VXLAN RFC 7348; Geneve RFC 8926; IP in IP RFC 2003 and RFC 4213. A tunnel is only taken for one when its
content can be read: UDP to port 4789 may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from uproar.wire.packets import links
from uproar.wire.packets.frames import GENEVE, GRE, I64, IP_IN_IP, U16, VXLAN, Flag, Packets

_UDP, _GRE, _IPV4, _IPV6 = 17, 47, 4, 41
_CARRIES = np.zeros(256, np.bool_)
_CARRIES[[_GRE, _IPV4, _IPV6, _UDP]] = True
VXLAN_PORTS = (4789, 8472)  # The second is what Linux took before the first was assigned.
GENEVE_PORT = 6081

_GRE_HEADER = np.dtype([("flags", ">u2"), ("kind", ">u2")])
_VXLAN_HEADER = np.dtype([("flags", "u1"), ("rest", "V7")])
_GENEVE_HEADER = np.dtype([("first", "u1"), ("flags", "u1"), ("kind", ">u2"), ("rest", "V4")])
_SUM, _ROUTING, _KEY, _SEQUENCE, _VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0007
_ERSPAN_2, _ERSPAN_3 = 0x88BE, 0x22EB
_VXLAN_ID_IS_VALID = 0x08
_CARRIED = (links.IPV4, links.IPV6, links.ETHERNET, links.MPLS, links.MPLS_UPSTREAM)


class Found(NamedTuple):
    """Tunnels of one sort: which rows, where their content begins, its EtherType, the word for the tunnel."""

    rows: I64
    at: I64
    kind: U16
    tunnel: int


def found(walk: links.Walk, packets: Packets) -> Iterator[Found]:
    """Yield the tunnels among packets whose walk stands at their transport headers."""
    candidates = _CARRIES[packets.protocol] & packets.ok & (packets.fragment_offset == 0)
    if not candidates.any():
        return
    protocol = packets.protocol
    for number, kind in ((_IPV4, links.IPV4), (_IPV6, links.IPV6)):
        rows = np.flatnonzero(candidates & (protocol == number))
        if len(rows):
            yield Found(rows, walk.at[rows], np.full(len(rows), kind, np.uint16), IP_IN_IP)
    rows = np.flatnonzero(candidates & (protocol == _GRE))
    if len(rows):
        yield _gre(walk, rows)
    udp = candidates & (protocol == _UDP)
    rows = np.flatnonzero(udp & _is_any_of(packets.dst_port, VXLAN_PORTS))
    if len(rows):
        yield _vxlan(walk, rows)
    rows = np.flatnonzero(udp & (packets.dst_port == GENEVE_PORT))
    if len(rows):
        yield _geneve(walk, rows)


def _is_any_of(column: U16, numbers: tuple[int, ...]) -> Flag:
    held = np.zeros(len(column), np.bool_)
    for number in numbers:
        held |= column == number
    return held


def _only(rows: I64, at: I64, kind: U16, taken: Flag, tunnel: int) -> Found:
    return Found(rows[taken], at[taken], kind[taken], tunnel)


def _gre(walk: links.Walk, rows: I64) -> Found:
    header = walk.octets.records(walk.at[rows], _GRE_HEADER)
    flags, kind = header["flags"].astype(np.uint16), header["kind"].astype(np.uint16)
    at = walk.at[rows] + _GRE_HEADER.itemsize
    for flag in (_SUM, _KEY, _SEQUENCE):
        at += np.where(flags & flag, 4, 0)
    # A mirrored frame with a sequence number has a header of its own; without one, it has none.
    at += np.where((kind == _ERSPAN_2) & (flags & _SEQUENCE != 0), 8, 0)
    at += np.where(kind == _ERSPAN_3, 12, 0)
    kind[(kind == _ERSPAN_2) | (kind == _ERSPAN_3)] = links.ETHERNET
    taken = _is_any_of(kind, _CARRIED) & (flags & (_ROUTING | _VERSION) == 0)
    return _only(rows, at, kind, taken, GRE)


def _vxlan(walk: links.Walk, rows: I64) -> Found:
    at = walk.at[rows] + 8
    header = walk.octets.records(at, _VXLAN_HEADER)
    taken = header["flags"] & _VXLAN_ID_IS_VALID != 0
    kind = np.full(len(rows), links.ETHERNET, np.uint16)
    return _only(rows, at + _VXLAN_HEADER.itemsize, kind, taken, VXLAN)


def _geneve(walk: links.Walk, rows: I64) -> Found:
    at = walk.at[rows] + 8
    header = walk.octets.records(at, _GENEVE_HEADER)
    options = (header["first"] & 0x3F).astype(np.int64) * 4
    kind = header["kind"].astype(np.uint16)
    taken = (header["first"] >> 6 == 0) & _is_any_of(kind, _CARRIED)
    return _only(rows, at + _GENEVE_HEADER.itemsize + options, kind, taken, GENEVE)
