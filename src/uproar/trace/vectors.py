"""By which vectors is one target hit? Rules over the traffic's own mix, in order; where none fits, none is named.

A vector is named only where enough comes, nobody asked for it, no connection came about, and its shape fits. Every
number in the rules is a rule of thumb that a person can read and doubt, not fitted to a capture.
"""

from __future__ import annotations

import numpy as np

from uproar.trace import datagrams, floods, handshakes, reflected
from uproar.trace.seen import Named, Seen

MINOR = 0.03  # What is a smaller part of an attack is not named.

# Each sees what those before it have not taken.
RULES = (
    reflected.amplified,
    reflected.accepted,
    reflected.paged,
    reflected.echoed,
    handshakes.opening,
    floods.by_flags,
    floods.asking,
    floods.by_protocol,
    datagrams.by_udp,
    floods.unnamed,
)


def named(seen: Seen) -> list[Named]:
    """Return the vectors by which a target is hit, the largest first; empty where none is seen."""
    found: list[Named] = []
    taken = np.zeros(len(seen.traffic), np.bool_)
    for rule in RULES:
        for each in rule(seen, taken):
            found.append(each)
            taken = taken | each.rows
    total = sum(seen.packets(each.rows) for each in found)
    found = [each for each in found if seen.packets(each.rows) >= MINOR * total]
    return sorted(found, key=lambda each: (-seen.packets(each.rows), each.name))
