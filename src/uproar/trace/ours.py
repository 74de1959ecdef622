"""Which addresses are ours, and in which hostgroup: the settings of live detection, and looking addresses up in them."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.trace.traffic import MAPPED_HIGH
from uproar.wire.packets.frames import U64

I16 = NDArray[np.int16]

NOT_OURS = -1
GROUPS_MAX = 1_000
PREFIXES_MAX = 20_000  # Of all groups.
_MIXED: Final = -1  # In the table of /24: more than one answer.
_MASK = np.uint64(0xFFFF_FFFF)
_V6_HALF: Final = 64
_TABLE_BITS: Final = 24


class Floors(msgspec.Struct, frozen=True):
    """Rates below which nothing is looked at as an attack, each of two seconds' mean; see docs/explain/live-detection.md.

    `packets_s` and `bits_s` are of all that comes; `opening_s` of TCP packets with SYN alone, which a server
    without load problems never gets in thousands; `answers_bits_s` of UDP from ports that amplifiers answer from;
    `connections` of those held open at once that carry next to nothing.
    """

    packets_s: float = 10_000.0
    bits_s: float = 200_000_000.0
    opening_s: float = 2_000.0
    answers_bits_s: float = 20_000_000.0
    connections: float = 400.0


class Hostgroup(msgspec.Struct, frozen=True):
    """Prefixes that belong together, as text ("198.51.100.0/24"), what service they are of, and their floors."""

    name: str
    prefixes: tuple[str, ...]
    service: str = ""
    floors: Floors = Floors()


class Ours(msgspec.Struct, frozen=True):
    """All hostgroups. Where prefixes lie in each other, the longest one holds."""

    groups: tuple[Hostgroup, ...] = ()


class Design(msgspec.Struct, frozen=True):
    """What gathering and watching share, the same in all workers.

    `salt` is a secret 64-bit number that chooses which rows are looked at: who knows it can send what is not.
    """

    ours: Ours = Ours()
    salt: int = 0


@lru_cache(maxsize=2)
def lookup(ours: Ours) -> Lookup:
    """Return the look-up of those hostgroups, made once. Raise ValueError as it does."""
    return Lookup(ours)


class Lookup:
    """Tells the hostgroup of addresses.

    IPv4 is looked up by /24 in a table of 32 MB of which the pages that are never asked for take no memory; where a /24 is
    divided, and for IPv6, in sorted ranges. Raise ValueError for what is no prefix, and for too many.
    """

    def __init__(self, ours: Ours) -> None:
        nets = [
            (ipaddress.ip_network(text), number)
            for number, group in enumerate(ours.groups)
            for text in group.prefixes
        ]
        if len(nets) > PREFIXES_MAX or len(ours.groups) > GROUPS_MAX:
            raise ValueError(
                f"{len(ours.groups)} hostgroups with {len(nets)} prefixes; at most {GROUPS_MAX} with {PREFIXES_MAX} are watched"
            )
        fours = [(int(n.network_address), n.prefixlen, g) for n, g in nets if n.version == 4]
        self._begins, self._groups = _ranges(fours, 32)
        sixes = [(int(n.network_address), n.prefixlen, g) for n, g in nets if n.version == 6]
        self._wide_begins, self._wide_groups = _ranges(
            [(first >> _V6_HALF, bits, g) for first, bits, g in sixes if bits <= _V6_HALF], _V6_HALF
        )
        self._narrow = sorted((bits, first, g) for first, bits, g in sixes if bits > _V6_HALF)
        self._table = np.zeros(1 << _TABLE_BITS, np.int16)
        for first, bits, group in sorted(fours, key=lambda each: each[1]):
            # Longer prefixes come later, so that they hold where they lie in shorter ones.
            if bits <= _TABLE_BITS:
                at = first >> 8
                self._table[at : at + (1 << (_TABLE_BITS - bits))] = group + 1
            else:
                self._table[first >> 8] = _MIXED

    def of(self, hi: U64, lo: U64) -> I16:
        """Return the number of each address's group, NOT_OURS for others; columns of shape (n,)."""
        number = lo & _MASK
        found: I16 = self._table[number >> np.uint64(8)]
        mixed = np.flatnonzero(found == _MIXED)
        found = found - np.int16(1)
        if len(mixed):
            at = np.searchsorted(self._begins, number[mixed], "right") - 1
            found[mixed] = self._groups[at]
        other = np.flatnonzero((lo >> np.uint64(32) != MAPPED_HIGH) | (hi != 0))
        if len(other):
            found[other] = self._six(hi[other], lo[other])
        return found

    def _six(self, hi: U64, lo: U64) -> I16:
        at = np.searchsorted(self._wide_begins, hi, "right") - 1
        found: I16 = self._wide_groups[at]
        for bits, first, group in self._narrow:
            shift = np.uint64(128 - bits)
            low = first & ((1 << 64) - 1)
            same = (hi == np.uint64(first >> 64)) & (lo >> shift == np.uint64(low) >> shift)
            found = np.where(same, np.int16(group), found)
        return found


def _ranges(nets: list[tuple[int, int, int]], width: int) -> tuple[U64, I16]:
    """Return where ranges begin and the group of each; the longest prefix holds. The first range begins at 0."""
    edges = {0}
    for first, bits, _ in nets:
        edges |= {first, first + (1 << (width - bits))}
    begins = sorted(edge for edge in edges if edge < 1 << width)
    place = {begin: at for at, begin in enumerate(begins)}
    groups = np.full(len(begins), NOT_OURS, np.int16)
    for first, bits, group in sorted(nets, key=lambda each: each[1]):
        end = first + (1 << (width - bits))
        groups[place[first] : place.get(end, len(begins))] = group
    return np.array(begins, np.uint64), groups
