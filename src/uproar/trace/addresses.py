"""What addresses are, for tracing: special ones (RFC 6890), prefixes, and how random ones would be spread."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from uproar.trace.traffic import F64, is_ipv4
from uproar.wire.packets.frames import U64, Flag

# Packed addresses (4 or 16 octets) to ISO 3166 codes, "" where not known.
CountryOf = Callable[[Sequence[bytes]], Sequence[str]]

# Never a source on the public Internet: RFC 6890 and its registry, multicast (RFC 5771) and class E (RFC 1112).
BOGONS = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Beyond global unicast 2000::/3, or in it and special: RFC 6890, RFC 3849, RFC 9637.
_GLOBAL_TOP = 1  # The first three bits, 001.
BOGONS_V6 = tuple(
    ipaddress.IPv6Network(text) for text in ("2001:db8::/32", "3fff::/20", "2001:2::/48")
)
MASK_V4, MASK_V6 = 24, 48
SAMPLES_PER_16 = 4  # Addresses looked up in each /16 to learn how countries share IPv4.
_LOW = np.uint64(0xFFFF_FFFF)


def four(lo: U64) -> U64:
    """Return IPv4 addresses as numbers below 2^32."""
    return lo & _LOW


def bogons(hi: U64, lo: U64) -> Flag:
    """Return which addresses can be no source on the public Internet."""
    is_four = is_ipv4(hi, lo)
    number = four(lo)
    found = np.zeros(len(lo), np.bool_)
    for net in BOGONS:
        found |= is_four & (
            number >> np.uint64(32 - net.prefixlen)
            == int(net.network_address) >> (32 - net.prefixlen)
        )
    outside = hi >> np.uint64(61) != _GLOBAL_TOP
    for six in BOGONS_V6:
        shift = np.uint64(64 - six.prefixlen)
        outside |= hi >> shift == (int(six.network_address) >> 64) >> int(shift)
    found |= ~is_four & outside
    return found


def packed(hi: int, lo: int) -> bytes:
    """Return an address as 4 or 16 octets."""
    if hi == 0 and lo >> 32 == 0xFFFF:
        return (lo & 0xFFFF_FFFF).to_bytes(4, "big")
    return (hi << 64 | lo).to_bytes(16, "big")


def text(hi: int, lo: int) -> str:
    """Return an address as a person writes it."""
    return str(ipaddress.ip_address(packed(hi, lo)))


def prefix(hi: int, lo: int) -> str:
    """Return the network that an address is shown as: /24 or /48."""
    octets = packed(hi, lo)
    length = MASK_V4 if len(octets) == 4 else MASK_V6
    return str(ipaddress.ip_network((octets, length), strict=False))


def prefixes(hi: U64, lo: U64) -> tuple[U64, U64]:
    """Return the first address of each one's /24 or /48, as halves."""
    is_four = is_ipv4(hi, lo)
    shift = np.uint64(64 - MASK_V6)
    return (
        np.where(is_four, hi, hi >> shift << shift),
        np.where(is_four, lo >> np.uint64(8) << np.uint64(8), np.uint64(0)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """How addresses would be spread if they were drawn at random from IPv4: countries' shares, and how many /16s there are."""

    shares: dict[str, float]
    sixteens: int


def space(country_of: CountryOf) -> Space:
    """Return the shares of countries in IPv4 without its bogons, by looking up a grid of addresses."""
    step = 1 << 16
    starts = np.arange(1 << 16, dtype=np.uint64) * np.uint64(step) | np.uint64(0xFFFF << 32)
    public = starts[~bogons(np.zeros(len(starts), np.uint64), starts)]
    within = [np.uint64(step * (2 * k + 1) // (2 * SAMPLES_PER_16)) for k in range(SAMPLES_PER_16)]
    grid = (four(public)[:, None] + np.array(within)).ravel()
    codes = country_of([int(number).to_bytes(4, "big") for number in grid.tolist()])
    return Space(shares_of(codes), len(public))


def shares_of(codes: Sequence[str]) -> dict[str, float]:
    """Return the share of each country among addresses whose country is known."""
    names, counts = np.unique(
        [code for code in codes if code] or np.zeros(0, "U2"), return_counts=True
    )
    total = max(int(counts.sum()), 1)
    return {str(name): int(count) / total for name, count in zip(names, counts, strict=True)}


def divergence(one: dict[str, float], other: dict[str, float]) -> float:
    """Return the Jensen-Shannon divergence of two distributions, bits: 0 alike, 1 nothing in common (Lin, 1991)."""
    names = sorted({*one, *other})
    p = np.array([one.get(name, 0.0) for name in names])
    q = np.array([other.get(name, 0.0) for name in names])
    return max(entropy((p + q) / 2) - (entropy(p) + entropy(q)) / 2, 0.0)


def entropy(shares: F64) -> float:
    """Return the entropy of shares that sum to one, bits."""
    some = shares[shares > 0]
    return float(-(some * np.log2(some)).sum()) if len(some) else 0.0
