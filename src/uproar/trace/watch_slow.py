"""Are connections held open for nothing? Slow headers and slow reading, as far as flow records show them.

They show connections that last and carry next to nothing, and how many of them one address holds. They do not show what
is sent in them: idle sockets of people look the same one by one, and those of a proxy in front of us also in number.
So they count only from few addresses that hold very many each, above the floor and above what is usual here. An exporter
that ends a record after a pause (commonly 15 s) cuts such connections to pieces, and nothing is seen.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.trace.thinning import Sample, count
from uproar.trace.traffic import F64, SECOND_MS, SYN, TCP
from uproar.wire.packets.frames import I64, U8, Flag

VECTOR: Final = "slow.connections"
LASTED_MS: Final = 15_000  # A shorter record says nothing about how long its connection lasts.
EACH_PACKETS_S: Final = 1.0  # A page or a picture comes in more packets a second than this.
EACH_OCTETS: Final = 120.0  # A packet; empty ones have 40 to 60, a piece of a header a few more.
HELD_EACH: Final = (
    20.0  # Connections an address; a browser opens six to one server, and a household has some.
)


class Slow(NamedTuple):
    """How many connections are held, from how many addresses."""

    held: float
    sources: int


def half_empty(
    protocol: U8,
    flags: NDArray[np.unsignedinteger],
    start: I64,
    end: I64,
    packets: F64,
    octets: F64,
    sampled: Flag,
) -> Flag:
    """Return which flows are long and carry next to nothing; columns of shape (n,). Sampled ones cannot be told."""
    lasted = end - start
    found: Flag = (protocol == TCP) & (lasted >= LASTED_MS) & ~sampled
    found &= packets * SECOND_MS <= EACH_PACKETS_S * lasted
    found &= (octets <= EACH_OCTETS * packets) & (flags != SYN)
    return found


def slow(sample: Sample, held: float, salt: int) -> Slow | None:
    """Return from how many addresses so many connections are held, where these are few; else None."""
    t = sample.rows
    come = (sample.hi == t.dst_hi) & (sample.lo == t.dst_lo)
    each = t.octets / np.maximum(t.packets, 1e-9)
    octets = each * t.looked
    rows = come & half_empty(
        t.protocol, t.flags, t.start_ms, t.end_ms, t.looked, octets, np.zeros(len(t), np.bool_)
    )
    if not rows.any():
        return None
    sources = count(sample.take(rows), salt)
    return Slow(held, sources) if held >= HELD_EACH * max(sources, 1) else None
