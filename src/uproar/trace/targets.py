"""At whom is it aimed? One address, or a prefix where many of its addresses are hit alike (carpet bombing)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

import numpy as np

from uproar.trace.addresses import four, packed, prefix, prefixes, text
from uproar.trace.seen import FLOOR_PACKETS
from uproar.trace.traffic import F64, Traffic, hashed, is_ipv4
from uproar.wire.packets.frames import I64, U64

CARPET_ADDRESSES = 8  # Addresses of one prefix that are hit ...
CARPET_SHARE = 0.5  # ... none of them by more of the packets than this.
# Of a /20 (RFC 4632; what is often announced), /24s that are hit by at least a quarter of their mean, and the most of one address.
WIDE_BITS, WIDE_NETS, WIDE_EVEN, WIDE_SHARE = 12, 4, 0.25, 0.25


def targets(traffic: Traffic, suspect: F64) -> Iterator[tuple[str, I64]]:
    """Yield those to whom enough comes that is not explained, the most first, each with its rows by index.

    A prefix is a /24 (IPv6: /48), or what covers the /24s of one /20 that are hit alike; else each address is its own.
    """
    hi, lo = traffic.dst_hi, traffic.dst_lo
    nets, net_first = numbered(*prefixes(hi, lo))
    ones, one_first = numbered(hi, lo)
    of_net = np.bincount(nets, suspect, len(net_first)).astype(np.float64)
    of_one = np.bincount(ones, suspect, len(one_first))
    net_of = nets[one_first]
    hit = np.bincount(net_of, of_one > 0, len(net_first))
    most = np.zeros(len(net_first))
    np.maximum.at(most, net_of, of_one)
    wide_of, covered = _wide(hi[net_first], lo[net_first], of_net, most)
    carpet = (hit >= CARPET_ADDRESSES) & (most <= CARPET_SHARE * of_net) & (of_net >= FLOOR_PACKETS)
    carpet &= ~covered
    alone = (of_one >= FLOOR_PACKETS) & ~(carpet | covered)[net_of]
    found: list[tuple[float, str, I64]] = []
    order = np.argsort(nets, kind="stable")
    begins = np.searchsorted(nets[order], np.arange(len(net_first) + 1))

    def rows(net: int) -> I64:
        return order[begins[net] : begins[net + 1]]

    for wide in np.unique(wide_of[covered]).tolist():
        mine = np.flatnonzero(covered & (wide_of == wide))
        name = _covering(four(lo[net_first[mine]]))
        together = np.sort(np.concatenate([rows(net) for net in mine.tolist()]))
        found.append((float(of_net[mine].sum()), name, together))
    for net in np.flatnonzero(carpet).tolist():
        first = int(net_first[net])
        found.append((float(of_net[net]), prefix(int(hi[first]), int(lo[first])), rows(net)))
    for one in np.flatnonzero(alone).tolist():
        first = int(one_first[one])
        within = rows(int(nets[first]))
        name = text(int(hi[first]), int(lo[first]))
        found.append((float(of_one[one]), name, within[ones[within] == one]))
    for _, name, chosen in sorted(found, key=lambda each: (-each[0], each[1])):
        yield name, chosen


def numbered(hi: U64, lo: U64) -> tuple[I64, I64]:
    """Return a number for each distinct address, row by row, and a row of each."""
    _, first, place = np.unique(hashed(hi, lo), return_index=True, return_inverse=True)
    return place.astype(np.int64), first.astype(np.int64)


def _wide(hi: U64, lo: U64, of_net: F64, most: F64) -> tuple[I64, np.ndarray]:
    """Return which /20 each /24 is of, by number, and whether it is part of one that is hit all over."""
    is_four = is_ipv4(hi, lo)
    of = np.where(is_four, lo >> np.uint64(WIDE_BITS), np.uint64(0))
    _, place = np.unique(of, return_inverse=True)
    size = int(place.max(initial=-1)) + 1
    counted = np.where(is_four, of_net, 0.0)
    total = np.bincount(place, counted, size)
    some = np.bincount(place, counted > 0, size)
    part = is_four & (counted > 0)
    part &= counted >= WIDE_EVEN * (total / np.maximum(some, 1))[place]
    top, one = np.zeros(size), np.zeros(size)
    np.maximum.at(top, place, counted)
    np.maximum.at(one, place, np.where(is_four, most, 0.0))
    whole = (np.bincount(place, part, size) >= WIDE_NETS) & (total >= FLOOR_PACKETS)
    whole &= (top <= CARPET_SHARE * total) & (one <= WIDE_SHARE * total)
    return place.astype(np.int64), part & whole[place]


def _covering(nets: U64) -> str:
    """Return the smallest prefix that covers those addresses of /24s."""
    low, high = int(nets.min()) & ~0xFF, int(nets.max()) | 0xFF
    length = 32 - (low ^ high).bit_length()
    return str(ipaddress.ip_network((packed(0, 0xFFFF << 32 | low), length), strict=False))
