"""What exporters tell of live traffic, as records: the ordinary, floods, reflections, a crowd, and flows that are told late.

Records are drawn as such, since millions of packets a second have no place in memory. Flows of a flood are told within a
tenth of a second of their end, as full caches do; how long flows last and how large they are is assumed, and named below.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.addressing import Dice
from uproar.sim.livestage import LOUD_US, QUIET_US, SPAN_US, TARGET, Addresses, S, Stage
from uproar.sim.packets import ACK, FIN, ICMP, PSH, RST, SYN, TCP, UDP
from uproar.sim.telemetry import Records, ordered, records
from uproar.sim.telemetry_sflow import ICMP6

SERVERS = 120  # That ordinary traffic goes to; the target is one.
NEW_FLOWS = 350  # Ordinary connections a second, of all servers.
TARGETS_SHARE = 0.1  # Of which the target has so many.
LOOKUPS = 60  # Names asked for a second, by the servers.
EARLIER_US = 20 * S  # Connections that run when the stream begins began so long ago, at most.
WAIT_US = 500_000  # Until an ended connection is told.
HASTE_US = 100_000  # Until a flow of a flood is.
ANSWER = 468  # Octets of an NTP monlist answer (facts of published captures).
INSIDE, OUTSIDE = 2, 1  # Interfaces.
Source = tuple[Addresses, NDArray[Any]]  # Addresses, and the time to live of their packets.


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


def _sent(source: Source) -> dict[str, Any]:
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


def syn_ack(stage: Stage, pps: int, *, each: int = 1) -> Records:
    """Return SYN-ACKs of 4,000 servers; one in ten tells of a reset as well.

    `each`: how often each is sent, and told together when it is over: again after a second, and after two more (RFC 6298).
    """
    count = _count(pps, each)
    service = stage.dice.choice((80, 443, 22, 25), 4_000)
    pool, ttl = stage.people(4_000, 4_000)
    rows = stage.dice.integers(0, 4_000, count)
    flags = np.where(
        stage.dice.random(count) < 0.1, RST if each == 1 else SYN | ACK | RST, SYN | ACK
    )
    return _loud(
        stage, pps, each, (1 << each - 1) * S - S, 60 if stage.six else 44, **_sent((pool[rows], ttl[rows])),
        dst=stage.target(count), truth=1, sport=service[rows], dport=_ports(stage.dice, count), protocol=TCP, flags=flags,
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


def crowd_unanswered(stage: Stage, pps: int) -> Records:
    """Return a crowd of which one in seven gets no answer: three SYNs each, the last three seconds after the first."""
    whole = crowd(stage, pps * 24 // 25)
    count = _count(pps // 25, 3)
    first = np.sort(stage.dice.integers(QUIET_US, QUIET_US + LOUD_US - 4 * S, count))
    tries = records(
        count, **_sent(stage.people(count, count)), dst=stage.target(count), first_us=first, last_us=first + 3 * S,
        ready_us=first + 3 * S + stage.dice.integers(0, WAIT_US, count), packets=3, octets=3 * (80 if stage.six else 60),
        sport=_ports(stage.dice, count), dport=443, protocol=TCP, flags=SYN, input=OUTSIDE, output=INSIDE,
    )  # fmt: skip
    return ordered([whole, tries])


def _connections(
    stage: Stage,
    source: Source,
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
    both = {
        "first_us": first,
        "last_us": last,
        "ready_us": ready,
        "protocol": TCP,
        "flags": SYN | ACK | PSH | FIN,
    }
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


def nothing(stage: Stage) -> Records:
    """Return no records: what is ordinary stands alone."""
    del stage
    return records(0)


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
