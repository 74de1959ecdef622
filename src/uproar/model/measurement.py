"""What a probe measures, and what it saw: one value a layer, from the name to the page.

Durations are milliseconds as floats, read from a clock that only runs forward; instants are integer
milliseconds UTC. A failure is OONI's failure string with the operation that failed, so that results
can be laid beside theirs (github.com/ooni/spec, df-007-errors). Text of peers is kept as they sent
it, cut to a bound; whoever shows it cleans it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Family = Literal["ipv4", "ipv6"]
Operation = Literal["resolve", "connect", "tls_handshake", "http_round_trip", "content", "guard"]
Role = Literal["resolver", "authoritative"]
Dnssec = Literal["", "ok", "bogus"]
# A step of the way from a name to a page, in the order in which they are taken.
Step = Literal["dns", "tcp", "tls", "http", "content"]
STEPS: tuple[Step, ...] = ("dns", "tcp", "tls", "http", "content")

State = Literal["works", "blocked", "maintenance", "fails", "unknown"]
Strength = Literal["decisive", "strong", "medium", "weak"]
STRENGTHS: tuple[Strength, ...] = ("decisive", "strong", "medium", "weak")

EXPECT_MAX = 500  # characters of the text that a page must hold


class Check(msgspec.Struct, frozen=True):
    """What is measured: an address on the web, and the text that its page must hold (or none).

    `host` is the ASCII form of a name, or an IP address without brackets; `target` is path and query.
    """

    scheme: Literal["http", "https"]
    host: str
    port: int
    target: str = "/"
    expect: str = ""

    @property
    def url(self) -> str:
        """The whole address; the port is left out where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        own = self.port == (443 if self.scheme == "https" else 80)
        return f"{self.scheme}://{host}{'' if own else f':{self.port}'}{self.target}"


class Failure(msgspec.Struct, frozen=True):
    """That an operation failed: OONI's string, what it rests on, and the layer at fault.

    `layer` is a word of `uproar.model.fault.LAYERS`. `detail` names the fact, e.g. "errno 111".
    """

    operation: Operation
    failure: str
    layer: str
    detail: str = ""


class Lookup(msgspec.Struct, frozen=True):
    """What one name server said to one question. `extended` holds RFC 8914 codes with their text.

    `serial` is the version of the zone that a server of its own has (RFC 1035, 3.3.13), where it was asked.
    """

    server: str
    role: Role
    question: Literal["A", "AAAA", "NS"]
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    extended: tuple[tuple[int, str], ...] = ()
    dnssec: Dnssec = ""
    over_tcp: bool = False
    ms: float = 0.0
    failure: Failure | None = None
    serial: int | None = None


class Connect(msgspec.Struct, frozen=True):
    """One TCP connection to one address."""

    address: str
    family: Family
    ms: float = 0.0
    failure: Failure | None = None


class Certificate(msgspec.Struct, frozen=True):
    """A certificate as the peer sent it, verified or not. Instants are milliseconds UTC."""

    names: tuple[str, ...] = ()
    issuer: str = ""
    not_before: int = 0
    not_after: int = 0
    sha256: str = ""


class Handshake(msgspec.Struct, frozen=True):
    """One TLS handshake. A failure of verification leaves what the peer sent to be looked at.

    `chain` is the certificates in the order sent, the server's own first; `verified` says that the
    chain, the name and the dates hold.
    """

    address: str
    family: Family
    version: str = ""
    cipher: str = ""
    protocol: str = ""
    chain: tuple[Certificate, ...] = ()
    verified: bool = False
    ms: float = 0.0
    failure: Failure | None = None


class Match(msgspec.Struct, frozen=True):
    """That an answer bears a fingerprint: who wrote or relayed it, and what it rests on."""

    id: str
    vendor: str
    kind: Literal["fault", "block", "maintenance", "relay"]
    layer: str
    strength: Strength
    meaning: str
    rests_on: tuple[str, ...]


class Exchange(msgspec.Struct, frozen=True):
    """One request and its answer over one connection.

    `processing_ms` is from the request's end to the answer's first byte, `transfer_ms` from there to
    its end. `received` counts bytes of the body as sent, `unpacked` after decompression; `cut` says
    that a bound was met before the body's end; `cookie` that one was set, which a probe does not keep. `found` says whether the expected text is there,
    `wait_s` how long the answer asks us to wait (Retry-After in seconds, RFC 9110 10.2.3).
    """

    address: str
    family: Family
    protocol: str = ""
    status: int = 0
    server: str = ""
    location: str = ""
    title: str = ""
    received: int = 0
    unpacked: int = 0
    cut: bool = False
    cookie: bool = False
    found: bool | None = None
    processing_ms: float = 0.0
    transfer_ms: float = 0.0
    matches: tuple[Match, ...] = ()
    wait_s: int = 0
    failure: Failure | None = None


class Hop(msgspec.Struct, frozen=True):
    """One address on the web on the way to the page: the first, or where a redirect led.

    `family` is the one that a browser would have used, worked out from the connections by
    RFC 8305; empty where none came about. `failure` is one before any of the layers: a refusal.
    """

    url: str
    resolve_ms: float = 0.0
    lookups: tuple[Lookup, ...] = ()
    connects: tuple[Connect, ...] = ()
    handshakes: tuple[Handshake, ...] = ()
    exchanges: tuple[Exchange, ...] = ()
    family: Family | Literal[""] = ""
    failure: Failure | None = None

    def exchange(self) -> Exchange | None:
        """Return the exchange that a browser would have seen, if there is one."""
        return next((one for one in self.exchanges if one.family == self.family), None)

    def handshake(self) -> Handshake | None:
        """Return the handshake that a browser would have made, if there is one."""
        return next((one for one in self.handshakes if one.family == self.family), None)

    def connect(self) -> Connect | None:
        """Return the connection that a browser would have used, if there is one."""
        made = [one for one in self.connects if one.family == self.family and not one.failure]
        return made[0] if made else None


class Measurement(msgspec.Struct, frozen=True):
    """What one check saw at one instant from one place, layer by layer. It judges nothing."""

    check: Check
    at: int
    took_ms: float
    hops: tuple[Hop, ...]


class Finding(msgspec.Struct, frozen=True):
    """Where a measurement breaks, who answered, and on whose side the fault lies.

    `step` is empty where nothing breaks. `side` is a word of `uproar.model.fault.Side`. `answered`
    is who wrote the answer, `relayed` who passed it on, each empty where it is not known. `match` is
    the fingerprint that decides, if one does; `notes` are slugs of what else is not in order.
    """

    state: State
    step: Step | Literal[""] = ""
    layer: str = ""
    side: str = ""
    answered: str = ""
    relayed: tuple[str, ...] = ()
    status: int = 0
    failure: Failure | None = None
    match: Match | None = None
    notes: tuple[str, ...] = ()
