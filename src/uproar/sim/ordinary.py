"""Traffic that is no attack: connections of people, crowds, retries, scans, copies, video, name and time servers.

Each maker takes dice, the target, how long it lasts and how much of it is looked at (`keep`), and returns packets of both
directions; their vector is 0.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice, Hosts, hosts, pick
from uproar.sim.packets import ACK, BODY, FIN, PSH, RST, SYN, TCP, UDP, Sent, joined, made, thinned

SECOND_US = 1_000_000
OWN_TTL = 64  # Of the target's packets where they are captured: beside it.
SEGMENT = 1_448
ROUND_TRIP_US = (8_000, 250_000)
REQUEST = (120, 900)  # Octets.
TRIES_AFTER_US = (1_000_000, 3_000_000)  # When a SYN without answer is sent again (RFC 6298).
DNS_NAME_AT = 12  # The header of a DNS message (RFC 1035, 4.1.1).
NAMES, NAMES_ZIPF = 200_000, 1.2

Instants = NDArray[np.int64]


def ports(dice: Dice, count: int) -> NDArray[np.int64]:
    """Return ports as clients choose them."""
    return dice.integers(1_024, 65_536, count)


def body(text: bytes) -> NDArray[np.uint8]:
    """Return the beginning of a payload."""
    return np.frombuffer(text[:BODY].ljust(BODY, b"\0"), np.uint8)


def connections(
    dice: Dice,
    target: int,
    clients: Hosts,
    at: Instants,
    *,
    port: int = 443,
    rounds: tuple[int, int] = (1, 6),
    segments: tuple[int, int] = (1, 12),
    keep: float = 1.0,
) -> Sent:
    """Return whole connections, one for each client and instant: handshake, requests with their answers, end."""
    count = len(at)
    sport, trip = ports(dice, count), dice.integers(*ROUND_TRIP_US, count)
    asks, answers = dice.integers(*rounds, count), dice.integers(*segments, count)
    now, parts = at.copy(), []

    def step(out: bool, flags: int, size: NDArray[np.int64] | int, rows: NDArray[np.bool_]) -> None:
        chosen = np.flatnonzero(rows)
        if keep < 1:
            chosen = chosen[dice.random(len(chosen)) < keep]
        each = np.broadcast_to(np.asarray(size), count)[chosen]
        parts.append(
            segment(
                now[chosen], target, pick(clients, chosen), sport[chosen], port, flags, each, out
            )
        )

    every = np.ones(count, np.bool_)
    step(True, SYN, 0, every)
    step(False, SYN | ACK, 0, every)
    now += trip
    step(True, ACK, 0, every)
    for number in range(rounds[1]):
        asking = asks > number
        step(True, PSH | ACK, dice.integers(*REQUEST, count), asking)
        now += 2_000
        for sent in range(segments[1]):
            step(False, ACK, SEGMENT, asking & (answers > sent))
            now += 150
        now += trip
        for got in range(0, segments[1], 2):
            step(True, ACK, 0, asking & (answers > got))
        now += np.where(asking, dice.integers(5_000, 400_000, count), 0)
    step(True, FIN | ACK, 0, every)
    step(False, FIN | ACK, 0, every)
    now += trip
    step(True, ACK, 0, every)
    return joined(parts)


def segment(
    at: Instants,
    target: int,
    clients: Hosts,
    sport: NDArray[np.int64],
    port: int,
    flags: int,
    size: NDArray[np.int64],
    out: bool,
) -> Sent:
    """Return a segment for each instant: `out` from the clients to the target's `port`, else back; `size` octets of payload."""
    there = {"src": clients.address, "dst": target, "sport": sport, "dport": port}
    back = {"src": target, "dst": clients.address, "sport": port, "dport": sport}
    found = made(
        len(at), at_us=at, protocol=TCP, flags=flags, size=size, **(there if out else back)
    )
    found["ttl"] = clients.ttl if out else OWN_TTL
    found["body"][:, :4] = np.frombuffer(b"\x17\x03\x03\x01", np.uint8) * (size > 0)[:, None]
    return found


def unanswered(
    dice: Dice, target: int, clients: Hosts, at: Instants, port: int = 443, keep: float = 1.0
) -> Sent:
    """Return connections that are begun and never answered: each SYN up to three times."""
    sport, parts = ports(dice, len(at)), []
    for later in (0, *np.cumsum(TRIES_AFTER_US).tolist()):
        zero = np.zeros(len(at), np.int64)
        parts.append(segment(at + later, target, clients, sport, port, SYN, zero, True))
    return thinned(joined(parts), dice, keep)


def everyday(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return the ordinary connections of a server, some to a client more than once."""
    pool = hosts(dice, max(count // 2, 10))
    who = pick(pool, dice.integers(0, len(pool.address), count))
    return connections(dice, target, who, dice.integers(0, span_us, count), keep=keep)


def flash_crowd(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return new people at once, ever more of them; each asks less and less often; up to a fifth get no answer at first."""
    at = (np.sqrt(dice.random(count)) * span_us).astype(np.int64)
    who = hosts(dice, count)
    lost = dice.random(count) < dice.uniform(0, 0.2)
    again = np.flatnonzero(dice.random(count) < 0.3)
    back = at[again] + (dice.exponential(0.4, len(again)) * span_us).astype(np.int64)
    found = (
        connections(dice, target, pick(who, ~lost), at[~lost], keep=keep),
        unanswered(dice, target, pick(who, lost), at[lost], keep=keep),
        connections(dice, target, pick(who, again), back, rounds=(1, 3), keep=keep),
    )
    return joined(found)


def retry_storm(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return those who were there before the outage, each with several short tries; 10 to 70 % of them go unanswered."""
    pool = hosts(dice, max(count // int(dice.integers(3, 9)), 20))
    who = pick(pool, dice.integers(0, len(pool.address), count))
    # Clients that lost their connection together come in beats, blurred: most wait for a fixed time and a random one.
    beat = float(dice.uniform(1.0, 5.0)) * SECOND_US
    tries = dice.integers(0, 4, count) * beat + dice.exponential(0.3, count) * beat
    at = (tries % span_us).astype(np.int64)
    lost = dice.random(count) < dice.uniform(0.1, 0.7)
    short = connections(
        dice, target, pick(who, ~lost), at[~lost], rounds=(1, 2), segments=(1, 3), keep=keep
    )
    return joined((short, unanswered(dice, target, pick(who, lost), at[lost], keep=keep)))


def scanner(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a look at which ports are open, by one to four hosts, of the target or its /24; closed ports refuse."""
    who = hosts(dice, int(dice.integers(1, 5)))
    rows = dice.integers(0, len(who.address), count)
    at = np.sort(dice.integers(0, span_us, count))
    whole_net = dice.random() < 0.5
    there = (target & ~0xFF) + dice.integers(0, 256, count) if whole_net else np.full(count, target)
    port = (
        dice.choice((22, 23, 80, 443, 3389), count)
        if whole_net
        else dice.permutation(65_535)[:count] + 1
    )
    sport = ports(dice, count)
    asked = made(
        count, at_us=at, src=who.address[rows], dst=there, sport=sport, dport=port, protocol=TCP,
        flags=SYN, ttl=who.ttl[rows],
    )  # fmt: skip
    refused = asked[dice.random(count) < dice.uniform(0.2, 1.0)].copy()
    refused["src"], refused["dst"] = refused["dst"].copy(), refused["src"].copy()
    refused["sport"], refused["dport"] = refused["dport"].copy(), refused["sport"].copy()
    refused["flags"], refused["ttl"] = RST | ACK, OWN_TTL
    refused["at_us"] += 200
    return thinned(joined((asked, refused)), dice, keep)


def backup(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return one to three fat connections that put something on the target; half of them began before the capture."""
    parts = []
    for _ in range(int(dice.integers(1, 4))):
        who, sport = pick(hosts(dice, 1), np.zeros(count // 3 + 1, np.int64)), ports(dice, 1)
        at = np.sort(dice.integers(0, span_us, count // 3 + 1))
        size = np.full(len(at), SEGMENT)
        sports = np.repeat(sport, len(at))
        sent = segment(at, target, who, sports, 22, ACK, size, True)
        if dice.random() < 0.5:
            sent["flags"][0], sent["size"][0] = SYN, 0
        acks = segment(
            at[::2] + 100, target, pick(who, np.arange(0, len(at), 2)), sports[::2], 22, ACK,
            np.zeros(len(at[::2]), np.int64), False,
        )  # fmt: skip
        parts += [sent, acks]
    return thinned(joined(parts), dice, keep)


def datagrams(
    at: Instants, target: int, peers: Hosts, there: NDArray[np.int64] | int,
    here: NDArray[np.int64] | int, size: NDArray[np.int64] | int, *, out: bool,
) -> Sent:  # fmt: skip
    """Return datagrams between ports `there` and, of the target, `here`; `out`: from the peers to the target."""
    ends = {"src": peers.address, "dst": target, "sport": there, "dport": here}
    if not out:
        ends = {"src": target, "dst": peers.address, "sport": here, "dport": there}
    found = made(len(at), at_us=at, protocol=UDP, size=size, **ends)
    found["ttl"] = peers.ttl if out else OWN_TTL
    return found


def video(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return video that the target asked for: QUIC from one to eight servers, acknowledged."""
    servers = hosts(dice, int(dice.integers(1, 9)))
    rows = dice.integers(0, len(servers.address), count)
    here = ports(dice, len(servers.address))[rows]
    at, who = dice.integers(0, span_us, count), pick(servers, rows)
    got = datagrams(at, target, who, 443, here, 1_250, out=True)
    got["body"] = dice.integers(0, 256, (count, BODY))
    acks = datagrams(
        at[::4] + 300, target, pick(who, np.arange(0, count, 4)), 443, here[::4], 42, out=False
    )
    return thinned(joined((got, acks)), dice, keep)


def resolver(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a resolver at work: it asks name servers, and is answered, by 60 to 1,400 octets."""
    servers = hosts(dice, max(count // 10, 20))
    at, who = (
        dice.integers(0, span_us, count),
        pick(servers, dice.zipf(1.4, count) % len(servers.address)),
    )
    here = ports(dice, count)
    asked = datagrams(at, target, who, 53, here, dice.integers(30, 70, count), out=False)
    asked["body"] = questions(dice, count)
    size = np.minimum(dice.lognormal(5.0, 0.7, count) + 60, 1_400).astype(np.int64)
    got = datagrams(
        at + dice.integers(*ROUND_TRIP_US, count), target, who, 53, here, size, out=True
    )
    return thinned(joined((asked, got)), dice, keep)


def questions(dice: Dice, count: int) -> NDArray[np.uint8]:
    """Return the beginnings of DNS questions for names of which few are asked often (Zipf) and most seldom."""
    name = np.minimum(dice.zipf(NAMES_ZIPF, count), NAMES)
    letters = name[:, None] // 26 ** np.arange(6) % 26 + 97
    held = np.zeros((count, BODY), np.uint8)
    held[:, :2], held[:, 5] = dice.integers(0, 256, (count, 2)), 1
    held[:, DNS_NAME_AT], held[:, DNS_NAME_AT + 1 : DNS_NAME_AT + 7] = 6, letters
    held[:, DNS_NAME_AT + 7 :] = body(b"\x07example\x03com\0\0\1\0\1")[: BODY - DNS_NAME_AT - 7]
    return held


def time_server(dice: Dice, target: int, span_us: int, count: int, keep: float = 1.0) -> Sent:
    """Return a time server at work: very many clients ask by 48 octets, and are answered by as many."""
    clients = hosts(dice, count)
    own = dice.random(count) < 0.4
    there = np.where(own, 123, ports(dice, count))
    at = dice.integers(0, span_us, count)
    asked = datagrams(at, target, clients, there, 123, 48, out=True)
    asked["body"][:, 0], asked["body"][:, 40:] = 0x23, dice.integers(0, 256, (count, 8))
    got = datagrams(at + 60, target, clients, there, 123, 48, out=False)
    got["body"][:, 0] = 0x24
    return thinned(joined((asked, got)), dice, keep)
