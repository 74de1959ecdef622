"""What comes to one target, and the floors below which nothing is an attack. Rules ask it; they are in `reflected` and `floods`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from uproar.trace.addresses import entropy
from uproar.trace.attack import Evidence
from uproar.trace.shapes import Shapes, frequencies
from uproar.trace.tally import rate
from uproar.trace.traffic import TCP, Traffic, hashed, is_ipv4, sources
from uproar.wire.packets.frames import U64, Flag

FLOOR_PACKETS = 500.0  # Less is no attack, whatever its shape: an absolute floor.
FLOOR_PACKETS_S = 100.0  # In the highest bin.
FLOOR_LOOKED = 50.0  # Packets or records that were looked at, where an exporter samples.
MANY, VERY_MANY = (
    20,
    100,
)  # Sources: of what no ordinary peer sends; of what ordinary peers send too.
ALONE_FLOOR_S = 2_000.0  # A few sources alone are a flood from so many packets a second on.
TOP = 3  # So many ports are "a few".
SERVED = 0.3  # A target that sends so many packets for each that comes answers it.
# Hosts that exist lie at many distances, so their times to live are many; a few machines that forge addresses have few.
NARROW_BITS, NARROW_SOURCES = 2.0, 40
# Public /16s of IPv4; how many of those that as many random addresses would lie in; fewer sources lie nowhere in particular.
SIXTEENS, EVERYWHERE, EVERYWHERE_SOURCES = 56_000, 0.88, 1_000
LONG_MS = 1_500  # Several round trips, and the waits of a person's programs.
PER_ADDRESS_S = 1.0  # What comes to all addresses at all times (scans, strays) is less than this for each that is hit.


@dataclass(frozen=True, eq=False)
class Named:
    """A vector, its rows among the target's, and what it rests on. `reflected`: its sources are hosts that answer."""

    name: str
    rows: Flag
    evidence: tuple[Evidence, ...]
    reflected: bool = False


@dataclass(frozen=True, eq=False)
class Seen:
    """What comes to one target: its rows, and the facts of each. Masks are of shape (n,), as the columns are."""

    traffic: Traffic
    shapes: Shapes

    @cached_property
    def source(self) -> U64:
        """Return which source each row is of."""
        return sources(self.traffic)

    @cached_property
    def all(self) -> Flag:
        """Return the mask of all rows."""
        return np.ones(len(self.traffic), np.bool_)

    def packets(self, rows: Flag) -> float:
        """Return how many packets those rows are."""
        return float(self.traffic.packets[rows].sum())

    def share(self, part: Flag, whole: Flag) -> float:
        """Return how much of the packets of `whole` those of `part` are."""
        return self.packets(part) / max(self.packets(whole), 1e-9)

    def enough(self, rows: Flag) -> bool:
        """Tell whether those rows are more than the floors."""
        if self.packets(rows) < FLOOR_PACKETS or self.looked(rows) < FLOOR_LOOKED:
            return False
        return rate(self.traffic, rows).peak_packets >= FLOOR_PACKETS_S

    def looked(self, rows: Flag) -> float:
        """Return how many packets of those rows were looked at."""
        return float(self.traffic.looked[rows].sum())

    def count(self, rows: Flag) -> int:
        """Return how many sources those rows have."""
        return len(np.unique(self.source[rows]))

    def per_source(self, rows: Flag) -> float:
        """Return how many packets of each source were looked at."""
        return self.looked(rows) / max(self.count(rows), 1)

    def connections(self, rows: Flag) -> int:
        """Return how many connections those rows are of, each direction counted by itself."""
        return len(np.unique(self.shapes.connection[rows]))

    def sampled(self, rows: Flag) -> bool:
        """Tell whether most of those packets stand for others that nobody looked at."""
        return self.share(rows & self.shapes.sampled, rows) > 0.5

    @cached_property
    def two_way(self) -> bool:
        """Tell whether what the target sends is seen as well."""
        whole = self.shapes.whole & ~self.shapes.sampled
        if whole.any():
            return self.share(whole & self.shapes.asked, whole) > 0.5
        return bool((self.shapes.spoken > 0).any())

    @cached_property
    def long(self) -> bool:
        """Tell whether it was looked at for long enough that one who answers is seen to."""
        t = self.traffic
        return bool(len(t)) and int(t.end_ms.max() - t.start_ms.min()) >= LONG_MS

    def forged(self, rows: Flag) -> bool:
        """Tell whether those rows have many sources that look forged: all seem to be equally far away, or lie everywhere."""
        if self._everywhere(rows):
            return True
        rows = rows & (self.traffic.ttl > 0)
        if self.count(rows) < NARROW_SOURCES:
            return False
        return (
            entropy(frequencies(self.traffic.ttl[rows], self.traffic.packets[rows])) <= NARROW_BITS
        )

    def _everywhere(self, rows: Flag) -> bool:
        """Tell whether their IPv4 addresses lie in nearly as many /16s as random ones would."""
        number = np.unique(
            self.traffic.src_lo[rows & is_ipv4(self.traffic.src_hi, self.traffic.src_lo)]
        )
        if len(number) < EVERYWHERE_SOURCES:
            return False
        expected = SIXTEENS * (1 - (1 - 1 / SIXTEENS) ** len(number))
        return len(np.unique(number >> np.uint64(16))) >= EVERYWHERE * expected

    def background(self, rows: Flag) -> bool:
        """Tell whether so little comes to each of many addresses that it may be what comes to all addresses."""
        hit = len(np.unique(hashed(self.traffic.dst_hi[rows], self.traffic.dst_lo[rows])))
        return hit > 1 and rate(self.traffic, rows).peak_packets < PER_ADDRESS_S * hit

    def one_address(self, rows: Flag) -> bool:
        """Tell whether those rows go to one address."""
        t = self.traffic
        return len(np.unique(hashed(t.dst_hi[rows], t.dst_lo[rows]))) == 1

    @cached_property
    def tcp(self) -> Flag:
        """Return the rows of TCP, later fragments aside."""
        found: Flag = (self.traffic.protocol == TCP) & ~self.traffic.later
        return found

    def by_many(self, rows: Flag) -> bool:
        """Tell whether those rows have many sources, or few that send very much."""
        return self.count(rows) >= MANY or self.by_alone(rows)

    def by_alone(self, rows: Flag) -> bool:
        """Tell whether those rows are a flood even if a single host sends them."""
        return rate(self.traffic, rows).peak_packets >= ALONE_FLOOR_S

    def mean_payload(self, rows: Flag) -> float:
        """Return the mean payload of those rows' packets, octets."""
        weights = self.traffic.packets[rows]
        return float((self.traffic.payload[rows] * weights).sum() / max(weights.sum(), 1e-9))

    def alike(self, rows: Flag) -> float:
        """Return the share of the most frequent TCP flags among those rows."""
        shares = frequencies(self.traffic.flags[rows], self.traffic.packets[rows])
        return float(shares[0]) if len(shares) else 0.0
