"""More traffic that is no attack: tunnels, calls, games, HTTP/3, peers, a name server, mail, pings, probes, outages, reports, strays.

Each maker takes what those of `ordinary` do and returns packets of both directions; their vector is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, hosts, pick
from uproar.sim.ordinary import (
    OWN_TTL,
    SECOND_US,
    body,
    connections,
    datagrams,
    ports,
    questions,
    segment,
)
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
    thinned,
)

ESP = 50
WAITS_S = (
    (1, 2, 4, 8, 16),
    (3, 6, 12),
    (1, 1, 1, 1, 2, 4),
)  # Older and newer systems: when a SYN is sent again.
# Octets of the options of a SYN, by system, which here stand where a payload would.
OPTIONS = (20, 12, 24)
CHECKS_S = 20  # Of a balancer's host.
CALL_MS, CALL_SIZE = 20, 172  # G.711 (RFC 3551).
Instants = NDArray[np.int64]


def tunnels(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return one to three tunnels of a network: ESP, GRE or WireGuard, much in both directions."""
    who = hosts(dice, int(dice.integers(1, 4)))
    rows = dice.integers(0, len(who.address), count)
    at, peers = np.sort(dice.integers(0, span_us, count)), pick(who, rows)
    size = dice.choice((100, 600, 1_380), count)
    kind = int(dice.choice((ESP, GRE, UDP)))
    port = 51_820 if kind == UDP else 0
    there = made(count, at_us=at, src=peers.address, dst=target, ttl=peers.ttl, protocol=kind, sport=port, dport=port, size=size)  # fmt: skip
    there["body"][:, 2:4] = (0x65, 0x58)  # GRE of Ethernet: what is in it is not looked into.
    back = there[dice.random(count) < 0.7].copy()
    back["src"], back["dst"], back["ttl"] = target, back["src"].copy(), OWN_TTL
    return thinned(joined((there, back)), dice, keep)


def calls(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return telephone calls at a media server: each on its port, fifty packets a second in each direction."""
    each = max(span_us // (CALL_MS * 1_000), 1)
    many = max(count // each, 3)
    who = hosts(dice, many)
    here = 10_000 + 2 * dice.permutation(20_000)[:many] % 40_000
    call = np.repeat(np.arange(many), each)
    at = (
        np.tile(np.arange(each) * CALL_MS * 1_000, many)
        + dice.integers(0, CALL_MS * 1_000, many)[call]
    )
    peers, there = pick(who, call), ports(dice, many)[call]
    parts = [
        datagrams(at, target, peers, there, here[call], CALL_SIZE, out=out) for out in (True, False)
    ]
    for part in parts:
        part["body"] = dice.integers(0, 256, (len(part), BODY))
        part["body"][:, 0] = 0x80
    return thinned(joined(parts), dice, keep)


def game(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return players of a game, thirty to sixty small packets a second each, answered by larger ones."""
    who = hosts(dice, max(count * 1_000_000 // span_us // 45, 5))
    rows = dice.integers(0, len(who.address), count)
    peers, there = pick(who, rows), ports(dice, len(who.address))[rows]
    port, at = int(dice.choice((27_015, 25_565, 7_777, 30_120))), dice.integers(0, span_us, count)
    parts = (
        datagrams(at, target, peers, there, port, dice.integers(30, 120, count), out=True),
        datagrams(
            at + 10_000, target, peers, there, port, dice.integers(60, 700, count), out=False
        ),
    )
    return thinned(joined(parts), dice, keep)


def web3(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return people who come by HTTP/3 at once: two long first packets, then some more, answered at length."""
    many = max(count // 15, 50)
    who = hosts(dice, many)
    asks = dice.integers(3, 25, many)
    row = np.repeat(np.arange(many), asks)
    begin = (np.sqrt(dice.random(many)) * span_us * 0.8).astype(np.int64)
    place = np.arange(len(row)) - np.repeat(np.cumsum(asks) - asks, asks)
    at = begin[row] + place * dice.integers(5_000, 80_000, many)[row]
    peers, there = pick(who, row), ports(dice, many)[row]
    got = datagrams(at, target, peers, there, 443, np.where(place < 2, 1_252, dice.integers(30, 120, len(row))), out=True)  # fmt: skip
    got["body"] = dice.integers(0, 256, (len(row), BODY))
    again = np.repeat(np.arange(len(row)), dice.integers(1, 5, len(row)))
    back = datagrams(
        at[again] + 3_000, target, pick(peers, again), there[again], 443, 1_252, out=False
    )
    return thinned(joined((got, back)), dice, keep)


def peers(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a node of BitTorrent's table (BEP 5): it asks and is asked by very many, each hardly twice, and all are answered."""
    who, at = hosts(dice, count), dice.integers(0, span_us, count)
    there = np.where(dice.random(count) < 0.2, 6_881, ports(dice, count))
    here = int(ports(dice, 1)[0])
    out = dice.random(count) < 0.5
    parts = []
    for asked in (True, False):
        rows = np.flatnonzero(out == asked)
        one = datagrams(at[rows], target, pick(who, rows), there[rows], here, dice.integers(90, 120, len(rows)), out=asked)  # fmt: skip
        other = datagrams(at[rows] + 60_000, target, pick(who, rows), there[rows], here, dice.integers(60, 350, len(rows)), out=not asked)  # fmt: skip
        one["body"], other["body"] = body(b"d1:ad2:id20:"), body(b"d1:rd2:id20:")
        parts += [one, other[dice.random(len(rows)) < 0.8]]
    return thinned(joined(parts), dice, keep)


def names(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a name server that has an answer for each question, of resolvers who ask for few names often."""
    who = hosts(dice, max(count // 12, 30))
    rows = dice.zipf(1.3, count) % len(who.address)
    at, asking, there = dice.integers(0, span_us, count), pick(who, rows), ports(dice, count)
    asked = datagrams(at, target, asking, there, 53, dice.integers(30, 70, count), out=True)
    asked["body"] = questions(dice, count)
    got = datagrams(at + 400, target, asking, there, 53, dice.integers(60, 500, count), out=False)
    return thinned(joined((asked, got)), dice, keep)


def origin(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return what a network of caches fetches from its origin: few hosts, many requests on each connection."""
    pool = hosts(dice, int(dice.integers(5, 60)))
    many = max(count // 120, 10)
    who = pick(pool, dice.integers(0, len(pool.address), many))
    return connections(dice, target, who, dice.integers(0, span_us // 2, many), rounds=(5, 25), segments=(2, 12), keep=keep)  # fmt: skip


def mail(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a burst of mail from some hundred servers."""
    pool, many = hosts(dice, 300), max(count // 12, 50)
    who = pick(pool, dice.integers(0, len(pool.address), many))
    return connections(dice, target, who, dice.integers(0, span_us, many), port=25, rounds=(3, 7), segments=(1, 2), keep=keep)  # fmt: skip


def away(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return an exit of a network of relays, or an office: its connections go to very many servers."""
    many = max(count // 25, 50)
    sent = connections(dice, target, hosts(dice, many), dice.integers(0, span_us, many), keep=keep)
    for one, other in (("src", "dst"), ("sport", "dport")):
        sent[one], sent[other] = sent[other].copy(), sent[one].copy()
    back = sent["dst"] == target
    sent["ttl"] = np.where(back, 64 - sent["src"] % 20, OWN_TTL)
    return sent


def pings(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return pings of some dozen monitors, each answered."""
    who = hosts(dice, int(dice.integers(2, 60)))
    many = min(count, len(who.address) * max(span_us // 200_000, 1))
    rows, at = dice.integers(0, len(who.address), many), dice.integers(0, span_us, many)
    there = made(many, at_us=at, src=who.address[rows], dst=target, ttl=who.ttl[rows], protocol=ICMP, dport=8 << 8, size=56)  # fmt: skip
    back = there.copy()
    back["src"], back["dst"], back["dport"], back["ttl"] = target, there["src"], 0, OWN_TTL
    return thinned(joined((there, back)), dice, keep)


def health(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a balancer's checks whether a port is open: begun, accepted and reset at once, by two to eight hosts."""
    who = hosts(dice, int(dice.integers(2, 9)))
    many = min(count // 4, len(who.address) * CHECKS_S * span_us // SECOND_US)
    rows, at = dice.integers(0, len(who.address), many), dice.integers(0, span_us, many)
    sport, some, zero = ports(dice, many), pick(who, rows), np.zeros(many, np.int64)
    parts = [
        segment(at + later, target, some, sport, 443, flags, zero, out)
        for later, flags, out in ((0, SYN, True), (100, SYN | ACK, False), (400, RST, True))
    ]
    return thinned(joined(parts), dice, keep)


def outage(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a server that answers nobody any more, and people who try, and try again as their systems do."""
    pool = hosts(dice, max(count // int(dice.integers(1, 5)), 30))
    who = pick(pool, dice.integers(0, len(pool.address), count))
    at, sport, parts = dice.integers(0, span_us, count), ports(dice, count), []
    system = dice.choice(len(WAITS_S), count, p=(0.6, 0.1, 0.3))
    options = dice.choice(OPTIONS, count, p=(0.5, 0.25, 0.25))
    for number, waits in enumerate(WAITS_S):
        rows = np.flatnonzero(system == number)
        for later in (0, *np.cumsum(waits).tolist()):
            due = at[rows] + later * SECOND_US + dice.integers(0, 20_000, len(rows))
            parts.append(segment(due, target, pick(who, rows), sport[rows], 443, SYN, options[rows], True))  # fmt: skip
    sent = thinned(joined(parts), dice, keep)
    inside: Sent = sent[sent["at_us"] < span_us]
    return inside


def refused(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a server whose program is gone: each try is refused, and people's programs try again a few seconds later."""
    pool = hosts(dice, max(count // int(dice.integers(2, 6)), 30))
    who = pick(pool, dice.integers(0, len(pool.address), count))
    at, sport, zero = (
        dice.integers(0, span_us, count),
        ports(dice, count),
        np.zeros(count, np.int64),
    )
    parts = (
        segment(at, target, who, sport, 443, SYN, dice.choice(OPTIONS, count), True),
        segment(at + 90, target, who, sport, 443, RST | ACK, zero, False),
    )
    return thinned(joined(parts), dice, keep)


def reports(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return devices that report to a collector, which never answers: syslog, flow records, traps."""
    who = hosts(dice, int(dice.integers(5, 400)))
    rows = dice.integers(0, len(who.address), count)
    sent = datagrams(
        dice.integers(0, span_us, count), target, pick(who, rows), ports(dice, len(who.address))[rows],
        int(dice.choice((162, 514, 2055, 6343))), dice.integers(80, 1_400, count), out=True,
    )  # fmt: skip
    return thinned(sent, dice, keep)


def strays(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return what comes to each /24 at all times: very many hosts that look for open ports, each at few addresses."""
    many = min(count, int(dice.uniform(20, 200) * span_us / SECOND_US))
    who, at = hosts(dice, many), dice.integers(0, span_us, many)
    sent = made(
        many, at_us=at, src=who.address, ttl=who.ttl, dst=(target & ~0xFF) + dice.integers(0, 256, many), protocol=TCP,
        flags=SYN, sport=ports(dice, many), dport=dice.choice((22, 23, 23, 80, 443, 445, 2323, 3389, 8080), many),
    )  # fmt: skip
    return thinned(sent, dice, keep)


def upload(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return forty fat connections at once, three thousand packets a second together, which an exporter tells all at once."""
    who = hosts(dice, 40)
    many = max(count, 3_000 * span_us // SECOND_US)
    rows, at = dice.integers(0, 40, many), np.sort(dice.integers(0, span_us, many))
    sport = ports(dice, 40)[rows]
    sent = segment(at, target, pick(who, rows), sport, 443, ACK, np.full(many, 960), True)
    sent["flags"][dice.random(many) < 0.1] = PSH | ACK
    back = segment(at[::2] + 500, target, pick(who, rows[::2]), sport[::2], 443, ACK, np.zeros(len(at[::2]), np.int64), False)  # fmt: skip
    return thinned(joined((sent, back)), dice, keep)


PEACEFUL = {
    "tunnels": tunnels, "calls": calls, "game": game, "http3": web3, "peers": peers, "names": names, "origin": origin,
    "mail": mail, "away": away, "pings": pings, "health": health, "outage": outage, "refused": refused,
    "reports": reports, "strays": strays, "upload": upload,
}  # fmt: skip
