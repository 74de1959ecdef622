"""What a measurement is given: clocks, name servers, TLS, the guard, and every bound."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field

from uproar.inlets.guard import Guard
from uproar.wire.fingerprints import Fingerprints

Server = tuple[str, int]

REDIRECTS_MAX = 5
ADDRESSES_MAX = 2  # addresses of a family that are connected to
RECEIVED_MAX = 2 * 1024 * 1024  # bytes of an answer, as sent
UNPACKED_MAX = 1024 * 1024  # bytes of a body after decompression


@dataclass(frozen=True)
class Deadlines:
    """Seconds after which a step is given up; `total_s` holds for all of them together."""

    lookup_s: float = 2.0
    connect_s: float = 5.0
    handshake_s: float = 5.0
    exchange_s: float = 15.0
    total_s: float = 60.0


@dataclass(frozen=True)
class Design:
    """All that a measurement depends on besides the check and the world.

    `clock` gives seconds and only runs forward; `now` gives milliseconds UTC. `verifying` and
    `lenient` are TLS contexts that differ in whether a certificate must hold. `name_port` is where
    authoritative servers are asked.
    """

    clock: Callable[[], float]
    now: Callable[[], int]
    resolvers: tuple[Server, ...]
    verifying: ssl.SSLContext
    lenient: ssl.SSLContext
    fingerprints: Fingerprints
    agent: str
    guard: Guard = field(default_factory=Guard)
    deadlines: Deadlines = field(default_factory=Deadlines)
    name_port: int = 53

    def since(self, begun: float) -> float:
        """Return the milliseconds since a reading of the clock, to a thousandth."""
        return round((self.clock() - begun) * 1_000, 3)
