"""Live traffic as exporters tell of it, with its truth: ordinary traffic of a network, and after a while something more.

Records are drawn as such, since millions of packets a second have no place in memory. Flows of a flood are told within a
tenth of a second of their end, as full caches do; how long flows last and how large they are is assumed, and named below.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, Hosts, forged, hosts, pick
from uproar.sim.exporters import sampled, shared_out
from uproar.sim.packets import ACK, FIN, ICMP, PSH, SYN, TCP, UDP
from uproar.sim.telemetry import Exporter, Form, Records, ordered, records
from uproar.sim.telemetry_sflow import ICMP6
from uproar.sim.world import dice

S = 1_000_000
QUIET_US = 12 * S  # Ordinary traffic alone.
LOUD_US = 15 * S  # With what is to be judged.
AFTER_US = 3 * S
SPAN_US = QUIET_US + LOUD_US + AFTER_US

NET4 = ipaddress.IPv4Network("198.51.100.0/24")  # For documentation (RFC 5737): nobody's own.
NET6 = ipaddress.IPv6Network("2001:db8:64::/48")  # RFC 3849.
TARGET = 7
SERVERS = 120  # That ordinary traffic goes to; the target is one.
NEW_FLOWS = 350  # Ordinary connections a second, of all servers.
TARGETS_SHARE = 0.1  # Of which the target has so many.
LOOKUPS = 60  # Names asked for a second, by the servers.
EARLIER_US = 20 * S  # Connections that run when the stream begins began so long ago, at most.
WAIT_US = 500_000  # Until an ended connection is told.
HASTE_US = 100_000  # Until a flow of a flood is.
ANSWER = 468  # Octets of an NTP monlist answer (facts of published captures).
INSIDE, OUTSIDE = 2, 1  # Interfaces.
SIX_PREFIXES = (0x2001, 0x2003, 0x2400, 0x2405, 0x2600, 0x2607, 0x2800, 0x2804, 0x2A00, 0x2A02, 0x2C0F)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a judge should say. `vector`: None where nothing does harm. `target`: an address or a network. `pps`: true rate."""

    vector: str | None
    target: str
    pps: int


@dataclass(frozen=True, slots=True, eq=False)
class LiveCase:
    """Records by exporter, in order of readiness. What is to be judged begins at QUIET_US."""

    name: str
    sought: Sought
    exporters: tuple[Exporter, ...]
    held: tuple[Records, ...]


@dataclass(frozen=True, eq=False)
class Stage:
    """Where something happens: dice, addresses of the target's network, and the family of addresses."""

    dice: Dice
    six: bool

    def target(self, count: int, host: int = TARGET) -> NDArray[np.uint64]:
        """Return one address of the network, shape (count, 2)."""
        return self.inside(np.full(count, host))

    def inside(self, host: NDArray[Any]) -> NDArray[np.uint64]:
        """Return these addresses of the network, by their last number."""
        whole = int(NET6.network_address) if self.six else 0xFFFF << 32 | int(NET4.network_address)
        found = np.zeros((len(host), 2), np.uint64)
        found[:, 0], found[:, 1] = whole >> 64, (whole & (1 << 64) - 1) + host.astype(np.uint64)
        return found

    def people(self, count: int, pool: int, *, devices: bool = False) -> tuple[NDArray[np.uint64], NDArray[Any]]:
        """Return sources that exist, out of so many, and the time to live of their packets."""
        who = hosts(self.dice, pool, devices=devices)
        rows = self.dice.integers(0, len(who.address), count)
        if not self.six:
            return _mapped(who.address[rows]), who.ttl[rows]
        return self._six(len(who.address))[rows], who.ttl[rows]

    def forging(self, count: int) -> tuple[NDArray[np.uint64], NDArray[Any]]:
        """Return forged sources of one machine."""
        ttl = np.full(count, 52)
        if self.six:
            found = self.dice.integers(0, 1 << 63, (count, 2), dtype=np.uint64) * 2
            found[:, 0] = found[:, 0] >> 3 | np.uint64(1 << 61)  # Of 2000::/3.
            return found, ttl
        return _mapped(forged(self.dice, count, filtered=True)), ttl

    def _six(self, count: int) -> NDArray[np.uint64]:
        """Return addresses in prefixes that registries have given out, some /32s with many hosts."""
        nets = max(count // 6, 4)
        upper = self.dice.choice(SIX_PREFIXES, nets).astype(np.uint64) << 48
        upper |= self.dice.integers(0, 1 << 16, nets, dtype=np.uint64) << 32
        found = np.zeros((count, 2), np.uint64)
        found[:, 0] = upper[self.dice.integers(0, nets, count)]
        found[:, 0] |= self.dice.integers(0, 1 << 24, count, dtype=np.uint64)
        found[:, 1] = self.dice.integers(1, 1 << 62, count, dtype=np.uint64)
        return found


def _mapped(address: NDArray[Any]) -> NDArray[np.uint64]:
    found = np.zeros((len(address), 2), np.uint64)
    found[:, 1] = 0xFFFF << 32 | address.astype(np.uint64)
    return found


def _ports(dice: Dice, count: int) -> NDArray[np.int64]:
    return dice.integers(1_024, 65_536, count)


def _loud(stage: Stage, pps: int, each: int, lasts_us: int, size: int, **columns: Any) -> Records:
    """Return records of `each` packets of `size` octets, so many packets a second in all, told in haste."""
    count = pps * (LOUD_US // S) // each
    first = np.sort(stage.dice.integers(QUIET_US, QUIET_US + LOUD_US - lasts_us, count))
    last = first + (lasts_us if each > 1 else 0)
    return records(
        count, first_us=first, last_us=last, ready_us=last + stage.dice.integers(0, HASTE_US, count),
        packets=each, octets=each * size, input=OUTSIDE, output=INSIDE, **columns,
    )  # fmt: skip


def _count(pps: int, each: int) -> int:
    return pps * (LOUD_US // S) // each


def _sent(source: tuple[NDArray[np.uint64], NDArray[Any]]) -> dict[str, Any]:
    return {"src": source[0], "ttl_min": source[1], "ttl_max": source[1]}


def syn(stage: Stage, pps: int) -> Records:
    """Return SYNs from forged addresses to one port, 40 octets (IPv6: 60)."""
    count = _count(pps, 1)
    return _loud(
        stage, pps, 1, 0, 60 if stage.six else 40, **_sent(stage.forging(count)), dst=stage.target(count), truth=1,
        sport=_ports(stage.dice, count), dport=443, protocol=TCP, flags=SYN,
    )  # fmt: skip


def ack(stage: Stage, pps: int) -> Records:
    """Return ACKs of no connection from forged addresses."""
    found = syn(stage, pps)
    found["flags"] = ACK
    return found


def syn_ack(stage: Stage, pps: int) -> Records:
    """Return SYN-ACKs of 4,000 servers, each sent three times within half a second; one in ten tells of a reset as well."""
    count = _count(pps, 3)
    service = stage.dice.choice((80, 443, 22, 25), 4_000)
    pool, ttl = stage.people(4_000, 4_000)
    rows = stage.dice.integers(0, 4_000, count)
    flags = np.where(stage.dice.random(count) < 0.1, SYN | ACK | 0x04, SYN | ACK)
    return _loud(
        stage, pps, 3, S // 2, 60 if stage.six else 44, **_sent((pool[rows], ttl[rows])), dst=stage.target(count),
        truth=1, sport=service[rows], dport=_ports(stage.dice, count), protocol=TCP, flags=flags,
    )  # fmt: skip


def udp(stage: Stage, pps: int) -> Records:
    """Return datagrams of 512 octets from 2,000 hosts to random ports."""
    count = _count(pps, 1)
    return _loud(
        stage, pps, 1, 0, 512, **_sent(stage.people(count, 2_000, devices=True)), dst=stage.target(count), truth=1,
        sport=_ports(stage.dice, count), dport=stage.dice.integers(1, 65_536, count), protocol=UDP,
    )  # fmt: skip


def icmp(stage: Stage, pps: int) -> Records:
    """Return pings of 84 octets from 2,000 hosts, ten a record."""
    count = _count(pps, 10)
    return _loud(
        stage, pps, 10, S // 5, 84, **_sent(stage.people(count, 2_000, devices=True)), dst=stage.target(count), truth=1,
        protocol=ICMP6 if stage.six else ICMP, icmp=(128 if stage.six else 8) << 8,
    )  # fmt: skip


def ntp(stage: Stage, pps: int, *, each: int = 10, carpet: bool = False) -> Records:
    """Return answers of 3,000 time servers, 468 octets each, `each` a record; `carpet`: to all of the /24 (IPv6: 256 hosts)."""
    count = _count(pps, each)
    hit = stage.dice.integers(0, 256, count) if carpet else np.full(count, TARGET)
    return _loud(
        stage, pps, each, S // 5, ANSWER, **_sent(stage.people(count, 3_000)), dst=stage.inside(hit), truth=1,
        sport=123, dport=_ports(stage.dice, count), protocol=UDP,
    )  # fmt: skip


def crowd(stage: Stage, pps: int, *, answers: bool = False) -> Records:
    """Return whole connections of new people, flags 0x1B, twelve packets each; `answers`: with what the target sends."""
    count = _count(pps, 12)
    lasts = stage.dice.integers(S // 10, 2 * S, count)
    first = np.sort(stage.dice.integers(QUIET_US, QUIET_US + LOUD_US - 2 * S, count))
    source = stage.people(count, count * 2 // 3)
    return _connections(stage, source, TARGET, first, lasts, 12, answers=answers)


def _connections(
    stage: Stage,
    source: tuple[NDArray[np.uint64], NDArray[Any]],
    host: Any,
    first: NDArray[np.int64],
    lasts: NDArray[np.int64],
    packets: Any,
    *,
    answers: bool,
) -> Records:
    """Return one record for each connection, and with `answers` another for what comes back."""
    count = len(first)
    sport, last = _ports(stage.dice, count), first + lasts
    ready = last + stage.dice.integers(0, WAIT_US, count)
    there = stage.inside(np.broadcast_to(np.asarray(host), count))
    both = {"first_us": first, "last_us": last, "ready_us": ready, "protocol": TCP, "flags": SYN | ACK | PSH | FIN}
    came = records(
        count, dst=there, sport=sport, dport=443, packets=packets, **_sent(source), **both, input=OUTSIDE,
        output=INSIDE, octets=np.broadcast_to(packets, count) * 52 + stage.dice.integers(300, 2_000, count),
    )  # fmt: skip
    if not answers:
        return came
    back = records(
        count, src=there, dst=source[0], sport=443, dport=sport, packets=packets, ttl_min=64, ttl_max=64, **both,
        input=INSIDE, output=OUTSIDE, octets=np.broadcast_to(packets, count) * 900,
    )  # fmt: skip
    return ordered([came, back])


def long_flows(stage: Stage, pps: int) -> Records:
    """Return 40 flows of 60 s to one host, 1,000 octets a packet, that an exporter tells of together when they are over."""
    count, lasts = 40, 60 * S
    source = stage.people(count, count)
    return records(
        count, dst=stage.target(count), **_sent(source), first_us=QUIET_US - lasts, last_us=QUIET_US - 1_000,
        ready_us=QUIET_US + np.arange(count), packets=pps * 60 // count, octets=pps * 60 // count * 1_000,
        sport=_ports(stage.dice, count), dport=443, protocol=TCP, flags=ACK | PSH, input=OUTSIDE, output=INSIDE,
    )  # fmt: skip


def ordinary(stage: Stage) -> Records:
    """Return the usual: people's connections with their answers, and names that the servers ask for."""
    dice = stage.dice
    count = NEW_FLOWS * (SPAN_US + EARLIER_US) // S
    first = np.sort(dice.integers(-EARLIER_US, SPAN_US, count))
    lasts = np.minimum(dice.lognormal(13.2, 1.3, count), EARLIER_US).astype(np.int64)
    host = dice.integers(1, SERVERS + 1, count)
    host[dice.random(count) < TARGETS_SHARE] = TARGET
    packets = np.maximum(dice.lognormal(2.2, 0.7, count), 5).astype(np.int64)
    web = _connections(
        stage, stage.people(count, count // 3), host, first, lasts, packets, answers=True
    )
    count = LOOKUPS * SPAN_US // S
    at, sport = np.sort(dice.integers(0, SPAN_US, count)), _ports(dice, count)
    inner = stage.inside(dice.integers(1, SERVERS + 1, count))
    resolver, ttl = stage.people(count, 4)
    one = {"packets": 1, "protocol": UDP}
    asked = records(
        count, src=inner, dst=resolver, sport=sport, dport=53, first_us=at, last_us=at, octets=70, ttl_min=64,
        ttl_max=64, ready_us=at + dice.integers(0, WAIT_US, count), input=INSIDE, output=OUTSIDE, **one,
    )  # fmt: skip
    got = records(
        count, src=resolver, dst=inner, sport=53, dport=sport, first_us=at + 20_000, last_us=at + 20_000, octets=180,
        ttl_min=ttl, ttl_max=ttl, ready_us=at + 20_000 + dice.integers(0, WAIT_US, count), input=OUTSIDE,
        output=INSIDE, **one,
    )  # fmt: skip
    found = ordered([web, asked, got])
    kept: Records = found[(found["ready_us"] >= 0) & (found["ready_us"] < SPAN_US)]
    return kept


Maker = Callable[[Stage], Records]


@dataclass(frozen=True, slots=True)
class Scene:
    """How a case is made: what comes beside the ordinary, how it is told, and what a judge should say."""

    make: Maker
    form: Form
    vector: str | None
    pps: int
    six: bool = False
    net: bool = False
    sampling: int = 1
    routers: int = 2


SCENES: dict[str, Scene] = {
    "syn-v5": Scene(lambda on: syn(on, 60_000), "netflow5", "flood.syn", 60_000),
    "syn-v9": Scene(lambda on: syn(on, 60_000), "netflow9", "flood.syn", 60_000),
    "syn-ipfix": Scene(lambda on: syn(on, 60_000), "ipfix", "flood.syn", 60_000),
    "syn-sflow": Scene(
        lambda on: syn(on, 200_000), "sflow", "flood.syn", 200_000, sampling=1_000, routers=1
    ),
    "udp": Scene(lambda on: udp(on, 60_000), "netflow5", "flood.udp", 60_000),
    "ntp": Scene(lambda on: ntp(on, 90_000), "netflow5", "amplification.ntp", 90_000),
    "ack": Scene(lambda on: ack(on, 60_000), "netflow5", "flood.ack", 60_000),
    "syn-ack": Scene(lambda on: syn_ack(on, 60_000), "netflow5", "reflection.syn-ack", 60_000),
    "icmp": Scene(lambda on: icmp(on, 60_000), "netflow5", "flood.icmp", 60_000),
    "crowd": Scene(lambda on: crowd(on, 72_000), "netflow5", None, 72_000),
    "carpet": Scene(
        lambda on: ntp(on, 90_000, carpet=True), "netflow5", "amplification.ntp", 90_000, net=True
    ),
    "carpet-large": Scene(
        lambda on: ntp(on, 4_500_000, each=50, carpet=True), "netflow5", "amplification.ntp", 4_500_000,
        net=True,
    ),
    "syn-small": Scene(lambda on: syn(on, 15_000), "netflow5", "flood.syn", 15_000),
    "long-flows": Scene(lambda on: long_flows(on, 3_000), "netflow5", None, 3_000, routers=1),
    "crowd-answered": Scene(lambda on: crowd(on, 72_000, answers=True), "ipfix", None, 72_000),
    "syn-v9-six": Scene(lambda on: syn(on, 60_000), "netflow9", "flood.syn", 60_000, six=True),
    "udp-ipfix-six": Scene(lambda on: udp(on, 60_000), "ipfix", "flood.udp", 60_000, six=True),
    "ntp-ipfix-six": Scene(
        lambda on: ntp(on, 90_000), "ipfix", "amplification.ntp", 90_000, six=True
    ),
    "syn-sflow-six": Scene(
        lambda on: syn(on, 200_000), "sflow", "flood.syn", 200_000, six=True, sampling=1_000, routers=1
    ),
    "carpet-ipfix-six": Scene(
        lambda on: ntp(on, 90_000, carpet=True), "ipfix", "amplification.ntp", 90_000, six=True, net=True
    ),
    "crowd-v9-six": Scene(lambda on: crowd(on, 72_000), "netflow9", None, 72_000, six=True),
    "ordinary": Scene(lambda on: records(0), "netflow5", None, 0),
}  # fmt: skip


def live(name: str, seed: int) -> LiveCase:
    """Return the case of that name (of SCENES) and seed."""
    scene, roll = SCENES[name], dice(seed, "live", name)
    stage = Stage(roll, scene.six)
    held = ordered([ordinary(stage), scene.make(stage)])
    if scene.sampling > 1:
        held = sampled(held, roll, scene.sampling)
        held = held[(held["ready_us"] >= 0) & (held["ready_us"] < SPAN_US)]
    exporters = tuple(
        Exporter(
            scene.form, number + 1, int(roll.integers(3_600_000, 1 << 32)), scene.sampling,
            int(roll.integers(-300, 300)), int(roll.integers(0, 1 << 32)),
        )
        for number in range(scene.routers)
    )  # fmt: skip
    return LiveCase(
        name, Sought(scene.vector, _where(scene), scene.pps), exporters, tuple(shared_out(held, scene.routers))
    )


def _where(scene: Scene) -> str:
    net: ipaddress.IPv4Network | ipaddress.IPv6Network = NET6 if scene.six else NET4
    return str(net) if scene.net else str(net[TARGET])
