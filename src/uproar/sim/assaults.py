"""Traffic of attacks, one maker for each vector. What a vector's packets look like is drawn from the ranges named here.

Each maker takes a Blow and returns packets to the target, numbered with its vector, and what the target answers, numbered 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, Hosts, forged, hosts, pick
from uproar.sim.ordinary import DNS_NAME_AT, OWN_TTL, body, ports
from uproar.sim.packets import (
    ACK,
    BODY,
    GRE,
    ICMP,
    PSH,
    RST,
    SYN,
    TCP,
    UDP,
    Sent,
    joined,
    made,
)  # fmt: skip

BOTS = (150, 4_000)
REFLECTORS = (150, 5_000)
MACHINES = (1, 4)  # That forge addresses, each with one path.
RANDOM_TTL = 0.1  # Share of forgers that draw the time to live as well.
UNFILTERED = 0.3  # Share of forgers whose impossible addresses arrive.
SERVED = (80, 443, 443, 22, 25, 8080)
FRAGMENT = 1_480
# Port, octets of the answers from, to; answers of more than 1,472 come in fragments. Sizes: see docs/explain/simulation.md.
SERVICES = {
    "dns": (53, 900, 4_096), "ntp": (123, 440, 440), "cldap": (389, 1_500, 3_400),
    "ssdp": (1900, 240, 420), "memcached": (11211, 1_000, 1_400), "snmp": (161, 300, 1_500),
    "chargen": (19, 74, 1_472), "ws-discovery": (3702, 600, 1_700), "arms": (3283, 1_000, 1_048),
    "coap": (5683, 200, 1_100), "portmap": (111, 100, 1_400), "steam": (27015, 100, 1_400),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Blow:
    """One vector's part of an attack: when (`at`, shape (n,), microseconds), at what, with which number in the truth."""

    dice: Dice
    at: NDArray[np.int64]
    target: int
    number: int
    whole_net: bool = False
    bits: int = 24

    def to(self) -> NDArray[np.int64]:
        """Return which address each packet hits: the target, or any of its /24, or of a network of so many bits."""
        count = len(self.at)
        if self.whole_net:
            room = 1 << (32 - self.bits)
            return (self.target & -room) + self.dice.integers(0, room, count)
        return np.full(count, self.target, np.int64)

    def packets(self, who: Hosts, **columns: Any) -> Sent:
        """Return a packet for each instant from those hosts."""
        return made(
            len(self.at), at_us=self.at, src=who.address, ttl=who.ttl, dst=self.to(),
            vector=self.number, forged=who.forged, ident=self.dice.integers(0, 65_536, len(self.at)), **columns,
        )  # fmt: skip

    def forging(self) -> Hosts:
        """Return forged sources: hardly one comes twice, few machines send."""
        dice, count = self.dice, len(self.at)
        lives = dice.integers(38, 60, int(dice.integers(*MACHINES)))
        ttl = dice.choice(lives, count)
        if dice.random() < RANDOM_TTL:
            ttl = dice.integers(30, 250, count)
        return Hosts(forged(dice, count, filtered=dice.random() >= UNFILTERED), ttl, forged=True)

    def existing(self, most: tuple[int, int]) -> Hosts:
        """Return sources that exist, some of which send more than others."""
        pool = hosts(self.dice, int(self.dice.integers(*most)), devices=True)
        weights = self.dice.lognormal(0, 0.6, len(pool.address))
        rows = self.dice.choice(len(weights), len(self.at), p=weights / weights.sum())
        return pick(pool, rows)


def _answered(sent: Sent, dice: Dice, share: float, flags: int) -> Sent:
    """Return what the target answers to that share of TCP packets."""
    back = sent[dice.random(len(sent)) < share].copy()
    for one, other in (("src", "dst"), ("sport", "dport")):
        back[one], back[other] = back[other].copy(), back[one].copy()
    back["flags"], back["ttl"], back["size"] = flags, OWN_TTL, 0
    back["vector"], back["forged"] = 0, False
    back["at_us"] += 80
    return back


def _tcp(blow: Blow, who: Hosts, flags: int, reply: int, *, payload: bool = False) -> Sent:
    dice, count = blow.dice, len(blow.at)
    port = dice.choice(SERVED) if dice.random() < 0.8 else ports(dice, count)
    size = dice.integers(1, 1_200) if payload and dice.random() < 0.5 else 0
    sent = blow.packets(
        who, protocol=TCP, flags=flags, sport=ports(dice, count), dport=port, size=size
    )
    return joined((sent, _answered(sent, dice, dice.uniform(0, 0.9), reply)))


def syn_forged(blow: Blow) -> Sent:
    """Return SYNs from forged addresses, as far as the target can answer them answered."""
    return _tcp(blow, blow.forging(), SYN, SYN | ACK)


def syn_bots(blow: Blow) -> Sent:
    """Return SYNs from hosts that exist and do not go on."""
    return _tcp(blow, blow.existing(BOTS), SYN, SYN | ACK)


def _either(blow: Blow) -> Hosts:
    return blow.forging() if blow.dice.random() < 0.5 else blow.existing(BOTS)


def ack(blow: Blow) -> Sent:
    """Return ACKs, some with payload, of connections that do not exist; the target refuses some."""
    flags = ACK if blow.dice.random() < 0.7 else ACK | PSH
    return _tcp(blow, _either(blow), flags, RST, payload=True)


def rst(blow: Blow) -> Sent:
    """Return resets of connections that do not exist; nobody answers them."""
    sent = _tcp(blow, _either(blow), RST, RST)
    alone: Sent = sent[sent["vector"] == blow.number]
    return alone


def syn_ack(blow: Blow) -> Sent:
    """Return SYN-ACKs of servers that were asked in the target's name, sent again while it does not answer."""
    dice, count = blow.dice, len(blow.at)
    who, service = blow.existing(REFLECTORS), dice.permutation((80, 443, 22, 25, 179, 8080))
    port = dice.choice(service[: int(dice.integers(1, 4))], count)
    sent = blow.packets(who, protocol=TCP, flags=SYN | ACK, sport=port, dport=ports(dice, count))
    return joined((sent, _answered(sent, dice, dice.uniform(0, 0.6), RST)))


def udp(blow: Blow) -> Sent:
    """Return datagrams to random ports."""
    dice, count = blow.dice, len(blow.at)
    size = dice.integers(1, 1_400) if dice.random() < 0.6 else dice.integers(1, 1_400, count)
    sent = blow.packets(
        _either(blow), protocol=UDP, sport=ports(dice, count), dport=dice.integers(1, 65_536, count), size=size
    )  # fmt: skip
    sent["body"] = dice.integers(0, 256, BODY if dice.random() < 0.5 else (count, BODY))
    return sent


def amplified(service: str) -> Callable[[Blow], Sent]:
    """Return the maker of answers from one service; what does not fit into a packet follows in fragments."""
    return amplified_by(*SERVICES[service], service)


def amplified_by(port: int, least: int, most: int, service: str) -> Callable[[Blow], Sent]:
    """Return the maker of answers from that port, of so many octets; what does not fit into a packet follows in fragments."""

    def make(blow: Blow) -> Sent:
        dice, count = blow.dice, len(blow.at)
        who = blow.existing(REFLECTORS)
        hit = dice.choice((80, 443)) if dice.random() < 0.4 else ports(dice, count)
        whole = dice.integers(least, most + 1, count)
        sent = blow.packets(who, protocol=UDP, sport=port, dport=hit)
        sent["size"], sent["more"] = np.minimum(whole, FRAGMENT - 8), whole > FRAGMENT - 8
        sent["body"] = body(b"\x80\x80\x01\x00\x00\x01\x00\x0a\x00\x00\x00\x01" + service.encode())
        parts = [sent]
        for begin in range(FRAGMENT, most + 8, FRAGMENT):
            late = sent[whole + 8 > begin].copy()
            rest = (whole + 8)[whole + 8 > begin] - begin
            late["sport"], late["dport"], late["offset"] = 0, 0, begin // 8
            late["size"], late["more"] = np.minimum(rest, FRAGMENT), rest > FRAGMENT
            late["at_us"] += begin // 50
            parts.append(late)
        return joined(parts)

    return make


def icmp(blow: Blow) -> Sent:
    """Return pings."""
    return blow.packets(
        _either(blow), protocol=ICMP, dport=8 << 8, size=int(blow.dice.choice((28, 56, 120, 1_400)))
    )


def gre(blow: Blow) -> Sent:
    """Return tunnelled datagrams between random addresses, from hosts that exist (as Mirai sent them)."""
    dice, count = blow.dice, len(blow.at)
    size = int(dice.integers(64, 600))
    sent = blow.packets(blow.existing(BOTS), protocol=GRE, size=size)
    held = np.zeros((count, BODY), np.uint8)
    held[:, 2] = 0x08
    held[:, 4], held[:, 12], held[:, 13] = 0x45, 64, UDP
    held[:, 6:8] = np.frombuffer((size - 4).to_bytes(2, "big"), np.uint8)
    held[:, 16:28] = dice.integers(1, 223, (count, 12))
    held[:, 28:30] = np.frombuffer((size - 24).to_bytes(2, "big"), np.uint8)
    sent["body"] = held
    return sent


def fragments(blow: Blow) -> Sent:
    """Return later fragments of datagrams whose first was never sent."""
    dice, count = blow.dice, len(blow.at)
    return blow.packets(
        _either(blow), protocol=UDP, offset=dice.integers(1, 180, count), more=dice.random() < 0.5,
        size=dice.integers(8, 180, count) * 8,
    )  # fmt: skip


def dns_names(blow: Blow) -> Sent:
    """Return questions of resolvers for names that do not exist, hardly one twice; some are answered."""
    dice, count = blow.dice, len(blow.at)
    sent = blow.packets(
        blow.existing((50, 2_000)), protocol=UDP, sport=ports(dice, count), dport=53,
        size=int(dice.integers(38, 60)),
    )  # fmt: skip
    held = np.zeros((count, BODY), np.uint8)
    held[:, :2], held[:, 5] = dice.integers(0, 256, (count, 2)), 1
    held[:, DNS_NAME_AT] = 12
    held[:, DNS_NAME_AT + 1 : DNS_NAME_AT + 13] = dice.integers(97, 123, (count, 12))
    held[:, DNS_NAME_AT + 13 :] = body(b"\x07example\x03com\0\0\1\0\1")[: BODY - DNS_NAME_AT - 13]
    sent["body"] = held
    return joined((sent, _answered(sent, dice, dice.uniform(0, 0.95), 0)))


# By the words of tracing. Where two makers make one vector, the second says whose sources they are.
VECTORS: dict[str, tuple[Callable[[Blow], Sent], ...]] = {
    "flood.syn": (syn_forged, syn_bots),
    "flood.ack": (ack,),
    "flood.rst": (rst,),
    "reflection.syn-ack": (syn_ack,),
    "flood.udp": (udp,),
    "flood.icmp": (icmp,),
    "flood.gre": (gre,),
    "flood.fragments": (fragments,),
    "flood.dns-names": (dns_names,),
    **{f"amplification.{name}": (amplified(name),) for name in SERVICES},
}
