"""Where do packets come from? Addresses drawn as hosts really lie, in prefixes of countries, and as a forger draws them.

Which country a /16 belongs to is asked of the registries' table. How countries and prefixes share the hosts of one
crowd or botnet, and how far away they are, is assumed: every range is named below.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import iptocc
import numpy as np
from numpy.typing import NDArray

from uproar.trace.addresses import BOGONS

Dice = np.random.Generator
Numbers = NDArray[np.int64]

COUNTRIES = (6, 60)  # Of one crowd or botnet.
CLUMPING = 1.5  # Sigma of the log-normal weights of its countries: some have most of it.
SIXTEENS_PER_HOST = 0.15  # Networks of /16 for each host, and at least:
SIXTEENS_LEAST = 12
NETS_PER_SIXTEEN = 6  # Prefixes of /24 in use in each.
HOPS = (5, 26)  # Routers between a network and the target, one number a /24.
FIRST_TTL = (64, 128, 255)
OF_PEOPLE, OF_DEVICES = (0.55, 0.42, 0.03), (0.86, 0.08, 0.06)  # Who starts with which.


@dataclass(frozen=True, eq=False)
class Hosts:
    """Hosts that send: `address` of shape (n,), IPv4 as numbers, and the time to live their packets arrive with.

    `forged`: the addresses are drawn by others who send.
    """

    address: Numbers
    ttl: Numbers
    forged: bool = False


@lru_cache(maxsize=1)
def _sixteens() -> tuple[dict[str, Numbers], Numbers]:
    """Return the public /16s of each country, by their first address, and all of them."""
    first = np.arange(1 << 16, dtype=np.int64) << 16
    public = first[~bogus(first)]
    # The middle: some /16s begin with a small block that lies elsewhere.
    asked = [str(ipaddress.IPv4Address(number + 0x8001)) for number in public.tolist()]
    codes = np.array([code or "" for code in iptocc.country_code(asked)])
    return {str(code): public[codes == code] for code in np.unique(codes) if code}, public


def bogus(address: Numbers) -> NDArray[np.bool_]:
    """Return which addresses exist nowhere on the public Internet (RFC 6890, multicast, class E)."""
    found = np.zeros(len(address), np.bool_)
    for net in BOGONS:
        shift = 32 - net.prefixlen
        found |= address >> shift == int(net.network_address) >> shift
    return found


def hosts(dice: Dice, count: int, *, devices: bool = False) -> Hosts:
    """Return hosts that exist: some countries have most of them, and they share prefixes.

    `devices` are what botnets and open services are made of: most of them start from a time to live of 64.
    """
    by_country, _ = _sixteens()
    names = sorted(by_country)
    room = np.array([len(by_country[name]) for name in names], float)
    kept = dice.choice(
        len(names),
        min(int(dice.integers(*COUNTRIES)), len(names)),
        replace=False,
        p=room / room.sum(),
    )
    weights = room[kept] ** 0.5 * dice.lognormal(0, CLUMPING, len(kept))
    nets = max(SIXTEENS_LEAST, int(count * SIXTEENS_PER_HOST))
    of = dice.choice(kept, nets, p=weights / weights.sum())
    sixteen = np.zeros(nets, np.int64)
    for place in kept.tolist():
        mine = of == place
        sixteen[mine] = dice.choice(by_country[names[place]], int(mine.sum()))
    thirds = dice.integers(0, 256, (nets, NETS_PER_SIXTEEN))
    hops = dice.integers(*HOPS, (nets, NETS_PER_SIXTEEN))
    net, third = dice.integers(0, nets, count), dice.integers(0, NETS_PER_SIXTEEN, count)
    address = sixteen[net] + (thirds[net, third] << 8) + dice.integers(1, 255, count)
    starts = dice.choice(FIRST_TTL, count, p=OF_DEVICES if devices else OF_PEOPLE)
    # One address is one host: it keeps the time to live that it first got.
    _, first, place = np.unique(address, return_index=True, return_inverse=True)
    return Hosts(address, (starts - hops[net, third])[first][place])


def forged(dice: Dice, count: int, *, filtered: bool) -> Numbers:
    """Return addresses as a forger draws them: any 32 bits; `filtered`: those that exist nowhere are dropped on the way."""
    address = dice.integers(1 << 24, 224 << 24, count)
    if filtered:
        _, public = _sixteens()
        wrong = bogus(address)
        address[wrong] = dice.choice(public, int(wrong.sum())) + dice.integers(
            0, 1 << 16, int(wrong.sum())
        )
    return address


def one(dice: Dice) -> int:
    """Return the address of a server somewhere."""
    _, public = _sixteens()
    return int(dice.choice(public) + (dice.integers(0, 256) << 8) + dice.integers(1, 255))


def pick(held: Hosts, rows: NDArray[Any]) -> Hosts:
    """Return these hosts, by index."""
    return Hosts(held.address[rows], held.ttl[rows], held.forged)
