"""Which connection would a browser have used?

Every address is connected to by itself, so that IPv4 and IPv6 are told apart. What Happy Eyeballs
(RFC 8305) would have chosen follows from those times: addresses are tried in turns, IPv6 first, each
250 ms after the one before or as soon as that has failed, and the first to be connected wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from uproar.model.measurement import Connect

DELAY_MS = 250.0  # RFC 8305, section 8


def interleaved(connects: Sequence[Connect]) -> list[Connect]:
    """Return connections in the order in which a browser would have begun them."""
    six = [one for one in connects if one.family == "ipv6"]
    four = [one for one in connects if one.family == "ipv4"]
    return [one for pair in zip_longest(six, four) for one in pair if one is not None]


def winner(connects: Sequence[Connect]) -> Connect | None:
    """Return the connection that a browser would have used, or None where all failed."""
    begins = 0.0
    best: tuple[float, Connect] | None = None
    for one in interleaved(connects):
        ends = begins + one.ms
        if best is not None and begins >= best[0]:
            break
        if one.failure is None and (best is None or ends < best[0]):
            best = ends, one
        begins = min(begins + DELAY_MS, ends) if one.failure else begins + DELAY_MS
    return best[1] if best else None
