"""What both ends do over time: is a connection begun again as hosts do that get no answer, does a target answer what comes?"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.trace.traffic import F64, ICMP, ICMPV6, Traffic, hashed
from uproar.wire.packets.frames import I64, U64, Flag

# A SYN without answer is sent again after a second (RFC 6298), by some after three (RFC 1122) or half; then later and later.
# Newer Linux repeats it each second at first, so a wait need not be longer than the one before.
FIRST_WAIT_MS, WAIT_MOST_MS = 450, 130_000
TRIES_MAX = 11  # Nobody goes on for longer.
EVEN = 0.7  # What a wait is of the one before at the least: clocks and queues blur it.
SAMPLED_TIMES = 2  # Packets for each that was looked at, from which on traffic counts as sampled.
PORT_LOOKED = 20.0  # Packets from which on a port is held against its own answers.


def again(traffic: Traffic, connection: I64, opening: Flag) -> Flag:
    """Return the rows of connections that are only begun, more than once, with a host's pauses between.

    `opening` are SYNs of connections that did not come about. A flow record tells how many there were, and over what time.
    """
    found = np.zeros(len(traffic), np.bool_)
    records = opening & traffic.told & (traffic.looked >= 2) & (traffic.looked <= TRIES_MAX)
    lasted = traffic.end_ms - traffic.start_ms
    found |= records & (lasted >= FIRST_WAIT_MS * (traffic.looked - 1))
    rows = np.flatnonzero(opening)
    if len(rows) < 2:
        return found
    rows = rows[np.lexsort((traffic.start_ms[rows], connection[rows]))]
    number = connection[rows]
    same = number[1:] == number[:-1]
    wait = traffic.start_ms[rows[1:]] - traffic.end_ms[rows[:-1]]
    paused = (wait >= FIRST_WAIT_MS) & (wait <= WAIT_MOST_MS)
    even = np.ones(len(wait), np.bool_)
    even[1:] = ~same[:-1] | (wait[1:] >= EVEN * wait[:-1])
    wrong = same & ~(paused & even)
    _, place = np.unique(number, return_inverse=True)
    size = int(place[-1]) + 1
    times = np.bincount(place, traffic.looked[rows], size)
    fits = np.bincount(place[1:], same, size) > 0
    fits &= (np.bincount(place[1:], wrong, size) == 0) & (times <= TRIES_MAX)
    found[rows] |= fits[place]
    return found


def sampling(traffic: Traffic, one_of: int) -> Flag:
    """Return the rows that count for packets which nobody looked at; that only one of `one_of` pairs is held does not matter."""
    found: Flag = traffic.packets >= SAMPLED_TIMES * one_of * np.maximum(traffic.looked, 1e-9)
    return found


def served(traffic: Traffic, sampled: Flag, src: U64, dst: U64, speaking: Flag) -> F64:
    """Return for each row of sampled traffic how many packets its target sends for each that comes to it; else 0.

    By the target's port, or by the port of the other side, whichever is answered more; what comes to and from ports that
    are seldom seen is held against what goes to and from such. `speaking`: rows that count as answers. `src` and `dst` are numbers
    of the addresses.
    """
    found = np.zeros(len(traffic))
    if not sampled.any():
        return found
    control = (traffic.protocol == ICMP) | (traffic.protocol == ICMPV6)
    there = np.where(control, 0, traffic.dst_port)
    comes = np.where(speaking, traffic.looked, 0.0)
    rare = np.ones(len(traffic), np.bool_), np.ones(len(traffic), np.bool_)
    for to_port, from_port in ((there, traffic.src_port), (traffic.src_port, there)):
        inward, outward = _balance(traffic, src, dst, (to_port, from_port), comes)
        often = inward[0] >= PORT_LOOKED
        found = np.where(often, np.maximum(found, outward[0] / np.maximum(inward[0], 1)), found)
        rare[0][often] = False
        rare[1][inward[1] >= PORT_LOOKED] = False
    zero = np.zeros(len(traffic), np.uint16)
    inward, outward = _balance(traffic, src, dst, (zero, zero), comes, rare)
    found = np.where(rare[0], outward[0] / np.maximum(inward[0], 1), found)
    return np.where(sampled, found, 0.0)


def _balance(
    traffic: Traffic,
    src: U64,
    dst: U64,
    ports: tuple[NDArray[Any], NDArray[Any]],
    comes: F64,
    kept: tuple[Flag, Flag] | None = None,
) -> tuple[tuple[F64, F64], tuple[F64, F64]]:
    """Return what comes to the target's port and what goes from there: of each row as one that comes, and as one that goes."""
    inner = hashed(dst, traffic.protocol, ports[0])
    outer = hashed(src, traffic.protocol, ports[1])
    _, place = np.unique(np.concatenate((inner, outer)), return_inverse=True)
    size = int(place.max(initial=0)) + 1
    here, away = place[: len(inner)], place[len(inner) :]
    one, other = kept if kept is not None else (np.True_, np.True_)
    inward = np.bincount(here, comes * one, size).astype(np.float64)
    outward = np.bincount(away, comes * other, size).astype(np.float64)
    return (inward[here], inward[away]), (outward[here], outward[away])
