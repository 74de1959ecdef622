"""Connections that are begun and do not come about: a flood of SYNs, or people whom a server does not answer?

What is counted are connections, not packets. People try again, as their systems do, after a second or more; most of them
get through at some time, and each begins few at once. Of a few hosts that touch many addresses or ports it is a scan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from uproar.trace.attack import Evidence
from uproar.trace.seen import ALONE_FLOOR_S, MANY, SERVED, TOP, VERY_MANY, Named, Seen
from uproar.trace.shapes import frequencies
from uproar.trace.tally import rate
from uproar.trace.traffic import ACK, FIN, RST, SIX_FLAGS, SYN, is_ipv4
from uproar.wire.packets.frames import Flag

# Share of the connections begun that come to nothing; the lesser is enough where sources look forged.
UNFINISHED, UNFINISHED_FORGED = 0.5, 0.2
AT_PORTS = (
    0.5  # Share of SYNs to the few most frequent ports; less is a look at which ports are open.
)
# Of one packet in many, a connection is not seen twice, so SYNs are held against the target's other packets: the shortest
# connection has four that are none; one that fails has at most a few SYNs.
SYNS_EACH, SYNS_EACH_FORGED = 1.5, 0.4
REPEATED = 0.5  # Share of those who could be seen to try again that do.
PATIENCE_MS = 3_200  # Nearly all systems try again within this time.
FAILED_TIMES = 5  # Who also gets through is no forger, unless he fails so many times more often.
FAILED_MAX = 30  # Connections of one source at once that are still those of a person's device or a small network.
REFUSED = 0.7
BARE_V4, BARE_V6 = (
    40,
    60,
)  # Octets of a SYN without options; of what people use, each begins with some.
SECOND_SYSTEM = 0.1  # Share of the second most frequent size.


class Tries(NamedTuple):
    """Connections that are begun at one target: masks of rows of shape (n,), and shares of connections.

    left: begun, and nothing speaks for people. people: begun and tried again, or by who gets through as well.
    unfinished: what `left` is of all that are begun. repeated: what is tried again, of those where it could be seen.
    """

    left: Flag
    people: Flag
    unfinished: float
    repeated: float


def tries(seen: Seen, taken: Flag) -> Tries:
    """Return who begins connections with the target that do not come about."""
    t, facts = seen.traffic, seen.shapes
    six = t.flags & SIX_FLAGS
    first = seen.tcp & ~taken & (six == SYN) & ~facts.whole
    people = first & (facts.retried | _gets_through(seen, first))
    people &= ~_too_many(seen, people)
    # Who began right before the end has had no time to try again.
    judged = first & (t.start_ms <= t.end_ms.max(initial=0) - PATIENCE_MS)
    count = seen.connections(judged)
    repeated = seen.connections(judged & people) / count if count else 0.0
    if repeated >= REPEATED:
        people |= first & (t.start_ms > t.end_ms.max() - PATIENCE_MS) & ~_too_many(seen, first)
    left = first & ~people
    lost = seen.connections(left)
    begun = lost + seen.connections(people) + seen.connections(facts.whole & facts.begun)
    told = facts.whole & ~facts.begun & t.told & (six & SYN > 0)
    return Tries(left, people, lost / max(begun + seen.connections(told), 1), repeated)


def _gets_through(seen: Seen, first: Flag) -> Flag:
    """Return the rows of sources that complete connections as well, about as often as not."""
    whole = seen.shapes.whole
    if not first.any() or not whole.any():
        return np.zeros(len(first), np.bool_)
    _, place = np.unique(seen.source, return_inverse=True)
    size = int(place.max()) + 1
    lost, done = _by_source(seen, first, place, size), _by_source(seen, whole, place, size)
    fits: Flag = ((done > 0) & (lost <= FAILED_TIMES * done))[place]
    return fits


def _too_many(seen: Seen, rows: Flag) -> Flag:
    """Return the rows of sources that begin more at once than a person's device does."""
    if not rows.any():
        return rows
    _, place = np.unique(seen.source, return_inverse=True)
    often: Flag = (_by_source(seen, rows, place, int(place.max()) + 1) > FAILED_MAX)[place]
    return often


def _by_source(seen: Seen, rows: Flag, place: np.ndarray, size: int) -> np.ndarray:
    """Return how many connections each source has among those rows."""
    _, one = np.unique(seen.shapes.connection[rows], return_index=True)
    return np.bincount(place[rows][one], minlength=size)


def opening(seen: Seen, taken: Flag) -> Iterator[Named]:
    """Name SYNs whose connections never come about; SYN-ACKs from any port belong to them where both come."""
    six = seen.traffic.flags & SIX_FLAGS
    answers = seen.tcp & ~taken & (six == SYN | ACK) & ~seen.shapes.whole & ~seen.shapes.asked
    found = tries(seen, taken)
    if seen.enough(found.left):
        if _flooding(seen, found, taken) and _at_service(seen, found.left):
            evidence = (
                Evidence("never-completed", found.unfinished),
                Evidence("per-source", seen.per_source(found.left)),
                Evidence("tried-again", found.repeated),
            )
            yield Named("flood.syn", found.left | answers, evidence)
    elif seen.enough(answers) and _at_service(seen, answers):
        begun = seen.tcp & ~taken & (six & (SYN | FIN) == SYN)
        share = seen.share(answers, begun)
        if share >= UNFINISHED:
            each = Evidence("per-source", seen.per_source(answers))
            yield Named("flood.syn-ack", answers, (Evidence("never-completed", share), each))


def _flooding(seen: Seen, found: Tries, taken: Flag) -> bool:
    """Tell whether those SYNs are more than a crowd's, of which some are not answered."""
    rows, forged = found.left, seen.forged(found.left)
    if not forged and _systems(seen, rows) and not _ordinary(seen, taken):
        # Nobody is answered, and those who try are people's systems: that is what an outage looks like.
        return False
    if seen.sampled(rows):
        if not forged and seen.shapes.refusals[rows].max() >= REFUSED * seen.packets(rows):
            return False
        least = SYNS_EACH_FORGED if forged else SYNS_EACH
        return seen.packets(rows) >= least * _ordinary(seen, taken)
    refused = seen.share(rows & seen.shapes.refused, rows)
    if refused >= REFUSED and not forged and not _too_many(seen, rows).any():
        return False
    return found.unfinished >= (UNFINISHED_FORGED if forged else UNFINISHED)


def _systems(seen: Seen, rows: Flag) -> bool:
    """Tell whether those SYNs carry the options of several systems; what a program makes up is all of one size, mostly without."""
    t = seen.traffic
    shares = frequencies(t.size[rows], t.packets[rows])
    least = np.where(is_ipv4(t.src_hi[rows], t.src_lo[rows]), BARE_V4, BARE_V6)
    options = float(np.average(t.size[rows] > least, weights=t.packets[rows]))
    return options >= REPEATED and len(shares) > 1 and float(shares[1]) >= SECOND_SYSTEM


def _ordinary(seen: Seen, taken: Flag) -> float:
    """Return how many packets of TCP come that are of connections: what the target does not answer is none, if it answers at all."""
    six = seen.traffic.flags & SIX_FLAGS
    other = seen.tcp & ~taken & (six & SYN == 0) & (six & RST == 0)
    # Records of sampled flows may have more than a SYN.
    other |= seen.tcp & ~taken & (six & SYN > 0) & (six & FIN > 0)
    if seen.shapes.spoken.any():
        other &= seen.shapes.served >= SERVED
    return seen.packets(other)


def _at_service(seen: Seen, rows: Flag) -> bool:
    """Tell whether those rows are meant for a service, by many; of few hosts, or all over the ports, it is a scan."""
    t = seen.traffic
    ports = frequencies(t.dst_port[rows], t.packets[rows])
    few = bool(ports[:TOP].sum() >= AT_PORTS)
    if seen.background(rows):
        return False
    if seen.count(rows) >= MANY:
        return few or seen.count(rows) >= VERY_MANY
    # A few hosts that do not forge flood one address and one service; thinly over many, they look for what is open.
    plain = seen.one_address(rows) and few
    return plain and rate(t, rows).peak_packets >= ALONE_FLOOR_S
