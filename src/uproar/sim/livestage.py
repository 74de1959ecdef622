"""Where live traffic happens: its stretches of time, the network that is looked at, and who can send to it, IPv4 or IPv6."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, forged, hosts

S = 1_000_000
QUIET_US = 12 * S  # Ordinary traffic alone.
LOUD_US = 15 * S  # With what is to be judged.
AFTER_US = 3 * S
SPAN_US = QUIET_US + LOUD_US + AFTER_US

NET4 = ipaddress.IPv4Network("198.51.100.0/24")  # For documentation (RFC 5737): nobody's own.
NET6 = ipaddress.IPv6Network("2001:db8:64::/48")  # RFC 3849.
TARGET = 7
SIX_PREFIXES = (
    0x2001,
    0x2003,
    0x2400,
    0x2405,
    0x2600,
    0x2607,
    0x2800,
    0x2804,
    0x2A00,
    0x2A02,
    0x2C0F,
)

Addresses = NDArray[np.uint64]  # Halves of 64 bits, shape (n, 2); IPv4 as ::ffff:a.b.c.d.


@dataclass(frozen=True, eq=False)
class Stage:
    """Where something happens: dice, addresses of the target's network, and the family of addresses."""

    dice: Dice
    six: bool

    def target(self, count: int, host: int = TARGET) -> NDArray[np.uint64]:
        """Return one address of the network, shape (count, 2)."""
        return self.inside(np.full(count, host))

    def inside(self, host: NDArray[Any]) -> NDArray[np.uint64]:
        """Return these addresses of the network, by their last number."""
        whole = int(NET6.network_address) if self.six else 0xFFFF << 32 | int(NET4.network_address)
        found = np.zeros((len(host), 2), np.uint64)
        found[:, 0], found[:, 1] = whole >> 64, (whole & (1 << 64) - 1) + host.astype(np.uint64)
        return found

    def people(
        self, count: int, pool: int, *, devices: bool = False
    ) -> tuple[NDArray[np.uint64], NDArray[Any]]:
        """Return sources that exist, out of so many, and the time to live of their packets."""
        who = hosts(self.dice, pool, devices=devices)
        rows = self.dice.integers(0, len(who.address), count)
        if not self.six:
            return _mapped(who.address[rows]), who.ttl[rows]
        return self._six(len(who.address))[rows], who.ttl[rows]

    def forging(self, count: int) -> tuple[NDArray[np.uint64], NDArray[Any]]:
        """Return forged sources of one machine."""
        ttl = np.full(count, 52)
        if self.six:
            found = self.dice.integers(0, 1 << 63, (count, 2), dtype=np.uint64) * 2
            found[:, 0] = found[:, 0] >> 3 | np.uint64(1 << 61)  # Of 2000::/3.
            return found, ttl
        return _mapped(forged(self.dice, count, filtered=True)), ttl

    def _six(self, count: int) -> NDArray[np.uint64]:
        """Return addresses in prefixes that registries have given out, some /32s with many hosts."""
        nets = max(count // 6, 4)
        upper = self.dice.choice(SIX_PREFIXES, nets).astype(np.uint64) << 48
        upper |= self.dice.integers(0, 1 << 16, nets, dtype=np.uint64) << 32
        found = np.zeros((count, 2), np.uint64)
        found[:, 0] = upper[self.dice.integers(0, nets, count)]
        found[:, 0] |= self.dice.integers(0, 1 << 24, count, dtype=np.uint64)
        found[:, 1] = self.dice.integers(1, 1 << 62, count, dtype=np.uint64)
        return found


def _mapped(address: NDArray[Any]) -> NDArray[np.uint64]:
    found = np.zeros((len(address), 2), np.uint64)
    found[:, 1] = 0xFFFF << 32 | address.astype(np.uint64)
    return found
