"""What does traffic of a kind look like, and what do the rules of `trace` make of it? Packets are made and traced.

So a scenario says what comes, and nobody writes down what is told of it: the usual is connections of people, a crowd is
many of them, a blow is packets of one vector. A few thousand of each stand for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.app import tracing as known_here
from uproar.errors import ScenarioInvalid
from uproar.sim import ordinary
from uproar.sim.addressing import Dice
from uproar.sim.assaults import VECTORS, Blow
from uproar.sim.packets import TCP, UDP, Sent, joined, pcap, thinned, totals
from uproar.sim.traffic import BEGIN_S
from uproar.trace import tracing
from uproar.trace.addresses import packed
from uproar.trace.attack import Attack
from uproar.trace.origins import Known
from uproar.trace.tally import Tally
from uproar.trace.traffic import MAPPED_HIGH, of_packets
from uproar.trace.watch_told import flag_text, port_text, protocol_text
from uproar.wire.packets import capture
from uproar.wire.packets.headers import decode

SPAN_US = 4_000_000
BLOW_PACKETS = 8_000  # Of one blow.
CONNECTIONS = {"usual": 600, "flash-crowd": 1_500, "retry-storm": 1_500}
MAKERS = {
    "usual": ordinary.everyday,
    "flash-crowd": ordinary.flash_crowd,
    "retry-storm": ordinary.retry_storm,
}
TRIES = 40  # Draws of a maker that forges or not by its dice.
ENTRIES_MAX = 8  # Of each map.
LOOKED_UP = 2_000  # Sources whose country is asked for.
SHOWN_LEAST = 0.002
TARGET = 0xC0000201  # 192.0.2.1 (RFC 5737), whatever address the file names.

Maps = dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """Packets of one kind: `octets` of one on average, `maps` as shares of what comes, `sources` of one packet."""

    packets: Sent
    octets: float
    maps: Maps
    sources: float

    @property
    def count(self) -> int:
        """How many packets come to the target."""
        return int((self.packets["dst"] == TARGET).sum())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of kinds that come together: `vectors` by share, empty where it is no attack."""

    vectors: dict[str, float]
    fields: dict[str, Any]
    crowd: float | None


@lru_cache(maxsize=1)
def about() -> Known:
    """Return what is known of addresses: what the registries say of countries."""
    return known_here.known()


def of_people(kind: str, roll: Dice) -> Kind:
    """Return the usual, or a crowd."""
    return _kind(MAKERS[kind](roll, TARGET, SPAN_US, CONNECTIONS[kind]))


def of_blow(vector: str, roll: Dice, *, forged: bool) -> Kind:
    """Return packets of one vector; raise ScenarioInvalid where nobody makes such."""
    if vector not in VECTORS:
        raise ScenarioInvalid(f"no vector {vector!r} is played; take one of {', '.join(VECTORS)}")
    for maker in VECTORS[vector]:
        for _ in range(TRIES):
            at = np.sort(roll.integers(0, SPAN_US, BLOW_PACKETS))
            sent = maker(Blow(roll, at, TARGET, 1))
            mine = sent[sent["vector"] == 1]
            if bool(mine["forged"].any()) == forged:
                return _kind(mine)
    how = "with" if forged else "without"
    raise ScenarioInvalid(f"{vector}: it does not come {how} forged sources; change `forged`")


def verdict(kinds: Sequence[tuple[Kind, float]], roll: Dice) -> Verdict:
    """Return what the rules say where these kinds come together, each at its packets a second."""
    most = min(kind.count / rate for kind, rate in kinds)
    sent = joined([thinned(kind.packets, roll, rate * most / kind.count) for kind, rate in kinds])
    reader, tally = capture.reader(pcap(sent[:0], BEGIN_S)), Tally()
    for batch in (*reader.feed(pcap(sent, BEGIN_S)), *reader.end()):
        tally.add(of_packets(decode(batch.frames, batch.link), batch.frames, batch.at_ns))
    found = tracing.trace(tally, about())
    if found.attacks:
        first = max(found.attacks, key=lambda each: each.rates.packets)
        return Verdict(*_told(first), first.flash_crowd)
    return Verdict({}, {}, None if found.quiet is None else found.quiet.flash_crowd)


def _told(attack: Attack) -> tuple[dict[str, float], dict[str, Any]]:
    """Return an attack's vectors, and what a signal holds of its sources."""
    sources = attack.sources
    return (
        {each.name: round(each.share, 4) for each in attack.vectors},
        {
            "spoofed": round(sources.spoofed, 3),
            "meaningful": sources.meaningful,
            "measured": {each.about: round(each.value, 4) for each in sources.evidence},
            "ratios": {each.about: each.ratio for each in sources.evidence},
        },
    )


def _kind(sent: Sent) -> Kind:
    come = sent[sent["dst"] == TARGET]
    tcp = come["protocol"] == TCP
    with_ports = tcp | (come["protocol"] == UDP)
    ports = come["sport"].astype(np.int64) | come["protocol"].astype(np.int64) << 16
    names, counts = np.unique(come["src"], return_counts=True)
    whole = len(come)
    maps: Maps = {
        "protocols": _shares(come["protocol"], protocol_text, whole),
        "ports": _shares(ports[with_ports], port_text, whole),
        "flags": _shares(come["flags"][tcp], flag_text, whole),
        "ttls": _shares(come["ttl"], str, whole),
        "countries": _countries(names),
    }
    return Kind(sent, float(totals(come).mean()), maps, len(counts) / max(whole, 1))


def _countries(addresses: NDArray[Any]) -> dict[str, float]:
    step = -(-len(addresses) // LOOKED_UP)
    asked = [packed(0, int(MAPPED_HIGH) << 32 | each) for each in addresses[::step].tolist()]
    codes, counts = np.unique(about().country_of(asked), return_counts=True)
    return _largest(
        {
            str(code): count / len(asked)
            for code, count in zip(codes, counts.tolist(), strict=True)
            if code
        }
    )


def _shares(values: NDArray[Any], words: Any, whole: int) -> dict[str, float]:
    names, counts = np.unique(values, return_counts=True)
    pairs = zip(names.tolist(), (counts / max(whole, 1)).tolist(), strict=True)
    return _largest({words(name): share for name, share in pairs if share >= SHOWN_LEAST})


def _largest(shares: Mapping[str, float]) -> dict[str, float]:
    order = sorted(shares, key=lambda name: (-shares[name], name))
    return {name: shares[name] for name in order[:ENTRIES_MAX]}


def together(parts: Sequence[tuple[Maps, float]]) -> Maps:
    """Return the maps of kinds that come together, each by how much it is of all."""
    whole = sum(rate for _, rate in parts) or 1.0
    found: dict[str, dict[str, float]] = {}
    for maps, rate in parts:
        for name, shares in maps.items():
            into = found.setdefault(name, {})
            for key, share in shares.items():
                into[key] = into.get(key, 0.0) + share * rate / whole
    return {
        name: {
            key: round(share, 4)
            for key, share in _largest(shares).items()
            if share >= SHOWN_LEAST / 2
        }
        for name, shares in found.items()
    }
