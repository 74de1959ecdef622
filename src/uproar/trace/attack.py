"""What tracing finds: an attack on one target, by which vectors, from what kind of sources, and what that rests on."""

from __future__ import annotations

from typing import Literal

import msgspec

UNKNOWN = "unknown"  # The vector where no rule fits.
Reason = Literal["spoofed", "reflected", "few", "no-database", ""]


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was measured: `about` names it, `ratio` is by how much it speaks for what it is held against.

    A ratio of 1 speaks neither way; evidence that decides nothing by itself has 0, which means none is given.
    """

    about: str
    value: float
    ratio: float = 0.0
    detail: str = ""


class Vector(msgspec.Struct, frozen=True):
    """One way of attacking, and how much of the attack it is."""

    name: str
    share: float
    packets: float
    octets: float
    evidence: tuple[Evidence, ...] = ()


class Share(msgspec.Struct, frozen=True):
    """How much of the sources' addresses lies in one country or network; `called` is what a network calls itself."""

    name: str
    share: float
    called: str = ""


class Disagreement(msgspec.Struct, frozen=True):
    """Two databases of countries held against each other on the sources at hand.

    `addresses` are those of which both say a country; `sources` is the share of them on which they differ, `packets`
    the share of what those sent.
    """

    addresses: int
    sources: float
    packets: float


class Sources(msgspec.Struct, frozen=True):
    """Where the traffic's last hops are, and whether that means anything.

    `count` is of addresses; `spoofed` a probability; `meaningful` false with a reason where countries and networks say
    nothing of who sends. `networks` of sources are prefixes (/24, /48), the largest first. Who ordered an attack is never told.
    `database` names those who say so, with date and licence; `attributions` are lines that their licences ask for.
    """

    count: int
    spoofed: float
    countries: tuple[Share, ...]
    asns: tuple[Share, ...]
    networks: tuple[Share, ...]
    meaningful: bool
    reason: Reason
    evidence: tuple[Evidence, ...]
    database: str = ""
    disagreement: Disagreement | None = None
    attributions: tuple[str, ...] = ()


class Rates(msgspec.Struct, frozen=True):
    """How much came: peaks are of bins of `bin_ms`, means of the time from the first packet to the last."""

    packets: float
    octets: float
    peak_packets_s: float
    peak_bits_s: float
    mean_packets_s: float
    mean_bits_s: float
    bin_ms: int


class Curve(msgspec.Struct, frozen=True):
    """Packets a second in steps of `step_ms` from `begin_ms` (UTC) on: of the attack, and of all that came to its target."""

    begin_ms: int
    step_ms: int
    attack: tuple[float, ...]
    whole: tuple[float, ...]


class Attack(msgspec.Struct, frozen=True):
    """An attack on one target: an address, or a prefix where many addresses of it are hit (carpet bombing).

    Times are ms UTC. `target` is text; `one_of` says how much of the traffic was looked at.
    """

    from_ms: int
    to_ms: int
    target: str
    vectors: tuple[Vector, ...]
    rates: Rates
    sources: Sources
    flash_crowd: float
    evidence: tuple[Evidence, ...]
    one_of: int = 1
    curve: Curve | None = None

    @property
    def vector(self) -> str:
        """Return the largest vector."""
        return self.vectors[0].name


class Quiet(msgspec.Struct, frozen=True):
    """The target with the most traffic where no attack is seen, and how probable it is that a crowd came there.

    `retry_storm`: that it came, and comes again and again because it did not get through before; at most `flash_crowd`.
    """

    target: str
    packets: float
    sources: int
    whole: float  # Share of its TCP packets that belong to connections that came about.
    flash_crowd: float
    retry_storm: float = 0.0
    evidence: tuple[Evidence, ...] = ()


class Traced(msgspec.Struct, frozen=True):
    """What one capture shows."""

    attacks: tuple[Attack, ...]
    quiet: Quiet | None
    packets: float
    unjudged: int = 0  # Targets beyond the bound that were not looked at.
