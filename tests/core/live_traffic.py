"""Flow records of attacks and of ordinary traffic second by second, as columns. Seeded, so always the same."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.trace import watch, watch_state
from uproar.trace.bundle import Bundle
from uproar.trace.gather import Gather
from uproar.trace.origins import known
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows, concat

NOON = 1_741_608_000_000
TARGET = "198.51.100.2"
NET = "198.51.100.0/24"
WIDE = "198.18.16.0/20"
OURS = Ours(
    (
        Hostgroup("web", (NET,), "shop"),
        Hostgroup("six", ("2001:db8:1::/48",), "shop"),
        Hostgroup("wide", (WIDE,), "shop"),
    )
)
DESIGN = Design(OURS, salt=12345)
Dice = np.random.Generator
Numbers = NDArray[Any]


def countries(addresses: Any) -> list[str]:
    """A world whose countries are the /4s of IPv4."""
    return ["ABCDEFGHIJKLMNOP"[address[0] >> 4] + "X" for address in addresses]


ABOUT = known(countries, None, "test")


def number(address: str) -> int:
    return MAPPED | int(ipaddress.IPv4Address(address))


def flows(count: int, start_ms: Numbers | int, **columns: Any) -> Flows:
    """So many flows; of one packet of 60 octets unless told otherwise."""
    made = {name: np.zeros(count, kind) for name, kind in DTYPES.items()}
    made["sampling"][:] = 1
    made["packets"][:] = 1
    made["octets"][:] = 60
    made["start_ms"][:] = start_ms
    made["end_ms"][:] = columns.pop("end_ms", start_ms)
    for name, values in columns.items():
        made[name][:] = values
    return Flows(**made)


def anywhere(dice: Dice, count: int) -> Numbers:
    """Addresses as a forger draws them."""
    return MAPPED | dice.integers(11 << 24, 126 << 24, count)


def hosts(dice: Dice, count: int, of: int = 3_000) -> Numbers:
    """Hosts of a few networks, drawn with repetition."""
    pool = np.random.default_rng(3)
    nets = pool.choice([5, 31, 46, 78, 91, 185], of) << 24 | pool.integers(0, 1 << 24, of) >> 8 << 8
    return MAPPED | (nets + pool.integers(1, 255, of))[dice.integers(0, of, count)]


def ports(dice: Dice, count: int) -> Numbers:
    return dice.integers(1024, 65_536, count)


def within(dice: Dice, begin_ms: int, count: int) -> Numbers:
    """Instants within a second."""
    return np.sort(begin_ms + dice.integers(0, 1_000, count))


def syn(dice: Dice, at: int, rate: int, target: str = TARGET, **more: Any) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=anywhere(dice, rate), dst_lo=number(target),
        src_port=ports(dice, rate), dst_port=443, protocol=6, tcp_flags=2, **more,
    )  # fmt: skip


def udp(dice: Dice, at: int, rate: int, target: str = TARGET) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=anywhere(dice, rate), dst_lo=number(target),
        src_port=ports(dice, rate), dst_port=ports(dice, rate), protocol=17, octets=540,
    )  # fmt: skip


def ntp(dice: Dice, at: int, rate: int, target: Numbers | int | None = None) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=hosts(dice, rate),
        dst_lo=number(TARGET) if target is None else target,
        src_port=123, dst_port=ports(dice, rate), protocol=17, octets=468,
    )  # fmt: skip


def carpet(dice: Dice, at: int, rate: int) -> Flows:
    return ntp(dice, at, rate, number("198.51.100.0") + dice.integers(0, 256, rate))


def wide_carpet(dice: Dice, at: int, rate: int) -> Flows:
    """Over a /20: some 16 packets a second to each address."""
    return ntp(dice, at, rate, number("198.18.16.0") + dice.integers(0, 4_096, rate))


def ack(dice: Dice, at: int, rate: int) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=anywhere(dice, rate), dst_lo=number(TARGET),
        src_port=ports(dice, rate), dst_port=443, protocol=6, tcp_flags=0x10,
    )  # fmt: skip


def syn_ack(dice: Dice, at: int, rate: int) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=hosts(dice, rate), dst_lo=number(TARGET),
        src_port=dice.choice([80, 443, 22, 179], rate), dst_port=ports(dice, rate), protocol=6, tcp_flags=0x12,
    )  # fmt: skip


def icmp(dice: Dice, at: int, rate: int) -> Flows:
    return flows(
        rate, within(dice, at, rate), src_lo=anywhere(dice, rate), dst_lo=number(TARGET),
        protocol=1, icmp=8 << 8, octets=84,
    )  # fmt: skip


def crowd(dice: Dice, at: int, rate: int, target: str = TARGET) -> Flows:
    """Whole connections of people, twelve packets each way."""
    count = rate // 12
    when, sport, who = within(dice, at, count), ports(dice, count), hosts(dice, count, 30_000)
    come = flows(
        count, when, src_lo=who, dst_lo=number(target), src_port=sport, dst_port=443,
        protocol=6, tcp_flags=0x1B, packets=12, octets=1_800,
    )  # fmt: skip
    go = flows(
        count, when, src_lo=number(target), dst_lo=who, src_port=443, dst_port=sport,
        protocol=6, tcp_flags=0x1B, packets=14, octets=16_000,
    )  # fmt: skip
    return concat([come, go])


def long(dice: Dice, at: int) -> Flows:
    """40 flows of 60 seconds exported together, of a host that gets 3,000 packets a second."""
    return flows(
        40, at - 60_000, end_ms=at, src_lo=hosts(dice, 40), dst_lo=number(TARGET),
        src_port=ports(dice, 40), dst_port=443, protocol=6, tcp_flags=0x18,
        packets=4_500, octets=4_500_000,
    )  # fmt: skip


Maker = Callable[[Dice, int], Flows | None]


def bundles(
    maker: Maker, seconds: int, workers: int = 1, begin_ms: int = NOON
) -> Iterator[tuple[int, list[Bundle]]]:
    """What so many workers hand over each second; flows are dealt out to them at random."""
    dice, dealer = np.random.default_rng(1), np.random.default_rng(2)
    all_workers = [Gather(OURS, DESIGN) for _ in range(workers)]
    for second in range(seconds):
        at = begin_ms + second * 1_000
        made = maker(dice, at)
        if made is not None and len(made):
            of = dealer.integers(0, workers, len(made))
            for place, worker in enumerate(all_workers):
                worker.add(made.take(of == place), at + 999)
        yield at + 1_000, [worker.close(at + 1_000) for worker in all_workers]


def watched(maker: Maker, seconds: int, workers: int = 1) -> list[Any]:
    """What watching tells of it."""
    state, told = watch_state.State(), []
    for now, closed in bundles(maker, seconds, workers):
        state, signals = watch.step(state, closed, now, DESIGN, ABOUT)
        told += signals
    return told


def held(dice: Dice, at: int, count: int, sources: int) -> Flows:
    """A sixtieth of so many connections, each told once a minute: eight packets of next to nothing in that minute."""
    some = count // 60
    return flows(
        some, at - 59_000, end_ms=at + 500, src_lo=hosts(dice, some, sources), dst_lo=number(TARGET),
        src_port=ports(dice, some), dst_port=443, protocol=6, tcp_flags=0x18, packets=8, octets=440,
    )  # fmt: skip
