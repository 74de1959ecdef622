"""From the first octet of a frame to its IP header: link types, VLAN tags, MPLS labels, PPPoE.

Link types are those of libpcap (tcpdump.org/linktypes.html). Tags are IEEE 802.1Q and 802.1ad, labels RFC 3032,
Ethernet behind labels RFC 4448, PPPoE RFC 2516.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.wire.packets.frames import (
    I64,
    NOT_IP,
    TOO_DEEP,
    TRUNCATED,
    U8,
    U16,
    UNKNOWN_LINK,
    Flag,
    Rows,
)
from uproar.wire.packets.octets import Octets

TAGS_MAX = 8  # Ethernet headers, tags and labels, one behind the other, before the IP header.

# What follows, by EtherType.
IPV4, IPV6, ETHERNET = 0x0800, 0x86DD, 0x6558
VLAN_TAGS = (0x8100, 0x88A8, 0x9100, 0x9200)
MPLS, MPLS_UPSTREAM, PPPOE = 0x8847, 0x8848, 0x8864
_KIND_MIN, _NOTHING_KNOWN = 0x0600, 0xFFFF
BY_NIBBLE = 0  # Not known: the first four bits of what follows tell (raw IP).

_TAG, _LABEL, _SESSION, _HEADER = range(1, 5)
_PEELED = np.zeros(65_536, np.uint8)
_PEELED[list(VLAN_TAGS)] = _TAG
_PEELED[[MPLS, MPLS_UPSTREAM]] = _LABEL
_PEELED[PPPOE] = _SESSION
_PEELED[ETHERNET] = _HEADER

_ETHERNET_HEADER = np.dtype([("addresses", "V12"), ("kind", ">u2")])
_VLAN_HEADER = np.dtype([("tag", ">u2"), ("kind", ">u2")])
_LABEL_HEADER = np.dtype([("label", ">u4"), ("next", "u1")])
_PPPOE_HEADER = np.dtype([("session", "V6"), ("protocol", ">u2")])
_COOKED = np.dtype([("rest", "V14"), ("kind", ">u2")])
_COOKED_2 = np.dtype([("kind", ">u2"), ("rest", "V18")])
_FAMILY = np.dtype([("big", ">u4")])
_NIBBLE = np.dtype([("first", "u1")])

LINK_NULL, LINK_ETHERNET, LINK_LOOP = 0, 1, 108
LINK_RAW = (12, 14, 101)
LINK_IPV4, LINK_IPV6 = 228, 229
LINK_COOKED, LINK_COOKED_2 = 113, 276
LINKS = (LINK_NULL, LINK_ETHERNET, LINK_LOOP, *LINK_RAW, 228, 229, LINK_COOKED, LINK_COOKED_2)
_FAMILY_IPV4, _FAMILIES_IPV6 = 2, (10, 24, 28, 30)  # AF_INET6 of Linux, the BSDs and macOS.
_PPP_IPV4, _PPP_IPV6 = 0x0021, 0x0057


class Walk:
    """Where we stand in each frame: at `at`, with what comes next in `kind` and why we stopped in `reason`.

    `end` is where the capture of the frame ends, `whole` where the frame itself did.
    """

    __slots__ = ("at", "end", "kind", "octets", "reason", "vlan", "whole")

    def __init__(
        self, octets: Octets, at: I64, end: I64, whole: I64, kind: U16, *, reason: U8, vlan: U16
    ) -> None:
        self.octets = octets
        self.at = at
        self.end = end
        self.whole = whole
        self.kind = kind
        self.reason = reason
        self.vlan = vlan

    def stop(self, rows: Rows, which: Flag, why: int) -> None:
        """Note for some of the rows why they go no further; the first reason stands."""
        if which.any():
            reason = self.reason[rows]
            self.reason[rows] = np.where(which & (reason == 0), np.uint8(why), reason)


def picked(mask: Flag) -> Rows | None:
    """Return where a mask holds: everything as a slice, nothing as None."""
    if mask.all():
        return slice(None) if len(mask) else None
    rows = np.flatnonzero(mask)
    return rows if len(rows) else None


def begin(walk: Walk, link: int) -> None:
    """Step over the header of the link; what is no link type of `LINKS` is stopped as such."""
    everything = slice(None)
    if link == LINK_ETHERNET:
        walk.kind[:] = ETHERNET
    elif link in LINK_RAW:
        walk.kind[:] = BY_NIBBLE
    elif link in (LINK_IPV4, LINK_IPV6):
        walk.kind[:] = IPV4 if link == LINK_IPV4 else IPV6
    elif link in (LINK_COOKED, LINK_COOKED_2):
        header = _COOKED if link == LINK_COOKED else _COOKED_2
        walk.kind[:] = _kinds(walk.octets.records(walk.at, header))
        _step(walk, everything, header.itemsize)
    elif link in (LINK_NULL, LINK_LOOP):
        family = walk.octets.records(walk.at, _FAMILY)["big"].astype(np.uint32)
        if (
            link == LINK_NULL
        ):  # In the order of the machine that captured, which the frame does not tell.
            family = np.where(family > 0xFFFF, family.byteswap(), family)
        six = np.isin(family, _FAMILIES_IPV6)
        walk.kind[:] = np.where(six, IPV6, np.where(family == _FAMILY_IPV4, IPV4, _NOTHING_KNOWN))
        _step(walk, everything, _FAMILY.itemsize)
    else:
        walk.reason[:] = UNKNOWN_LINK


def peel(walk: Walk) -> None:
    """Step over Ethernet headers, tags and labels until IP comes; stop what leads to nothing of the kind."""
    for _ in range(TAGS_MAX):
        peeled = _PEELED[walk.kind]
        peeled[walk.reason != 0] = 0
        if not peeled.any():
            break
        for what, step in _STEPS:
            rows = picked(peeled == what)
            if rows is not None:
                step(walk, rows)
    unknown = picked(walk.kind == BY_NIBBLE)
    if unknown is not None:
        _by_nibble(walk, unknown)
    everything = slice(None)
    walk.stop(everything, _PEELED[walk.kind] != 0, TOO_DEEP)
    walk.stop(everything, (walk.kind != IPV4) & (walk.kind != IPV6), NOT_IP)


def _step(walk: Walk, rows: Rows, octets: int) -> None:
    at = walk.at[rows] + octets
    walk.at[rows] = at
    walk.stop(rows, at > walk.end[rows], TRUNCATED)


def _kinds(header: NDArray[Any]) -> U16:
    """Return what follows; below 1536 it is a length, with LLC behind it: spanning tree, not IP."""
    kind = header["kind"].astype(np.uint16)
    kind[kind < _KIND_MIN] = _NOTHING_KNOWN
    return kind


def _ethernet(walk: Walk, rows: Rows) -> None:
    header = walk.octets.records(walk.at[rows], _ETHERNET_HEADER)
    walk.kind[rows] = _kinds(header)
    _step(walk, rows, _ETHERNET_HEADER.itemsize)


def _vlan(walk: Walk, rows: Rows) -> None:
    header = walk.octets.records(walk.at[rows], _VLAN_HEADER)
    known = walk.vlan[rows]
    tag = (header["tag"] & 0x0FFF).astype(np.uint16)
    walk.vlan[rows] = np.where(known == 0, tag, known)
    walk.kind[rows] = _kinds(header)
    _step(walk, rows, _VLAN_HEADER.itemsize)


def _label(walk: Walk, rows: Rows) -> None:
    header = walk.octets.records(walk.at[rows], _LABEL_HEADER)
    bottom = (header["label"] & 0x100) != 0
    nibble = header["next"] >> 4
    inner = np.select(
        [~bottom, nibble == 4, nibble == 6, nibble == 0],
        [MPLS, IPV4, IPV6, ETHERNET],
        _NOTHING_KNOWN,
    )
    walk.kind[rows] = inner
    _step(walk, rows, 4)
    # A nibble of zero is the control word of a pseudo-wire (RFC 4385), with Ethernet behind it.
    walk.at[rows] = walk.at[rows] + np.where(inner == ETHERNET, 4, 0)


def _pppoe(walk: Walk, rows: Rows) -> None:
    protocol = walk.octets.records(walk.at[rows], _PPPOE_HEADER)["protocol"]
    walk.kind[rows] = np.select(
        [protocol == _PPP_IPV4, protocol == _PPP_IPV6], [IPV4, IPV6], _NOTHING_KNOWN
    )
    _step(walk, rows, _PPPOE_HEADER.itemsize)


def _by_nibble(walk: Walk, rows: Rows) -> None:
    walk.stop(rows, walk.at[rows] >= walk.end[rows], TRUNCATED)
    nibble = walk.octets.records(walk.at[rows], _NIBBLE)["first"] >> 4
    walk.kind[rows] = np.select([nibble == 4, nibble == 6], [IPV4, IPV6], _NOTHING_KNOWN)


_STEPS = ((_HEADER, _ethernet), (_TAG, _vlan), (_LABEL, _label), (_SESSION, _pppoe))
