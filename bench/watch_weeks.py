"""Ordinary telemetry of a small network, second by second, seeded: no attack is in it.

24 targets of six hostgroups. Each has the shape of a day (a fifth at night of what is at eight in the evening) and noise. To it come
bursts, backups at night, crowds, scans, retry storms, and hours in which no telemetry comes. How much of each
is assumed; every number is below. Seen in three ways: whole flows in both directions, those towards us only, packets one of 1,000.
"""

from __future__ import annotations

import math
from typing import Any, Final, Literal

import numpy as np

from core import live_traffic as l
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.wire.flows.columns import Flows, concat

View = Literal["both", "towards", "sampled"]
VIEWS: Final[tuple[View, ...]] = ("both", "towards", "sampled")
GROUPS = ("web", "api", "resolver", "video", "mail", "office")
EACH = 4  # Targets of a group, in a /24 of its own; the last group is a /20 with few.
OURS = Ours(tuple(Hostgroup(name, (f"198.18.{16 * at}.0/24",)) for at, name in enumerate(GROUPS)))
DESIGN = Design(OURS, 2026)
ONE_OF = 1_000
PEAK_PACKETS_S = {
    "web": 1_200.0,
    "api": 900.0,
    "resolver": 700.0,
    "video": 3_000.0,
    "mail": 150.0,
    "office": 400.0,
}
BURST = (
    0.004,
    6.0,
    25,
)  # Chance a target and second that one begins, by how much it multiplies, seconds.
CROWD = (0.02, 30.0)  # Chance a target and hour, by how much it multiplies a web server's.
STORM = (
    0.01,
    15.0,
)  # The same of clients that come again and again after an outage: half of it fails.
BACKUP = (
    0.5,
    45_000.0,
)  # Chance a night of each office target, packets a second of one or two connections.
SCAN = (0.1, 400)  # Chance an hour, SYNs a second to all our addresses.
SILENT = 0.01  # Chance an hour that no telemetry comes.
CLIENTS = 20_000


class Weeks:
    """Makes seconds of ordinary telemetry. What lasts for an hour is drawn from the seed and the hour."""

    def __init__(self, seed: int, view: View) -> None:
        self._seed, self._view = seed, view
        self._burst: dict[int, int] = {}
        self._sampled = view == "sampled"

    def second(self, at_ms: int) -> Flows | None:
        """Return the flows of the second that begins then, None where nothing comes."""
        hour = at_ms // 3_600_000
        of_hour = np.random.default_rng([self._seed, hour])
        dice = np.random.default_rng([self._seed, at_ms // 1_000])
        if of_hour.random() < SILENT:
            return None
        shape = 0.6 - 0.4 * math.cos((hour % 24 - 8) / 24 * 2 * math.pi)
        parts = []
        for place, name in enumerate(GROUPS):
            base = PEAK_PACKETS_S[name] * max(shape, 0.2)
            for number in range(EACH):
                target = l.number(f"198.18.{16 * place}.{10 + number}")
                rate = base * self._times(of_hour, dice, name, place * EACH + number, at_ms)
                parts += self._role(name, dice, at_ms, rate, target)
                if name == "office" and hour % 24 in (1, 2) and of_hour.random() < BACKUP[0]:
                    parts.append(self._backup(dice, at_ms, target))
        if of_hour.random() < SCAN[0]:
            parts.append(self._scan(dice, at_ms))
        return concat([self._seen(part) for part in parts if len(part)])

    def _times(self, of_hour: l.Dice, dice: l.Dice, name: str, target: int, at_ms: int) -> float:
        second = at_ms // 1_000
        if dice.random() < BURST[0]:
            self._burst[target] = second + BURST[2]
        times = float(np.exp(dice.normal(0, 0.15)))
        if self._burst.get(target, 0) > second:
            times *= BURST[1]
        crowd, storm = of_hour.random() < CROWD[0], of_hour.random() < STORM[0]
        if name == "web" and crowd:
            times *= CROWD[1]
        if name == "api" and storm:
            times *= STORM[1]
        return times

    def _role(self, name: str, dice: l.Dice, at: int, rate: float, target: int) -> list[Flows]:
        if name in ("web", "api", "mail"):
            return self._connections(
                dice, at, rate, target, {"web": 443, "api": 8443, "mail": 25}[name]
            )
        if name == "resolver":
            return self._asked(dice, at, rate, target, 53, 180)
        if name == "video":
            return self._asked(dice, at, rate, target, 443, 1_200)
        return self._connections(dice, at, rate / 2, target, 443) + self._asked(
            dice, at, rate / 2, target, 123, 76
        )

    def _count(self, dice: l.Dice, packets: float, each: int) -> int:
        """Return how many records are told: of sampled traffic, one a packet that is looked at."""
        return int(dice.poisson(packets / (ONE_OF if self._sampled else each)))

    def _connections(
        self, dice: l.Dice, at: int, rate: float, target: int, port: int
    ) -> list[Flows]:
        """People's connections: 12 packets to us, 14 from us; one of 50 does not come about; one of 20 lasts a minute."""
        count = self._count(dice, rate, 12)
        who, sport, when = (
            l.hosts(dice, count, CLIENTS),
            l.ports(dice, count),
            l.within(dice, at, count),
        )
        if self._sampled:
            flags = dice.choice(
                [0x02, 0x10, 0x18, 0x11, 0x04], count, p=[0.1, 0.55, 0.25, 0.08, 0.02]
            )
            sizes = np.where(flags == 0x18, 600, 52)
            come = l.flows(
                count,
                when,
                src_lo=who,
                dst_lo=target,
                src_port=sport,
                dst_port=port,
                protocol=6,
                tcp_flags=flags,
                octets=sizes,
            )
            flags = dice.choice([0x12, 0x10, 0x18, 0x11], count, p=[0.1, 0.6, 0.22, 0.08])
            go = l.flows(
                count,
                when,
                src_lo=target,
                dst_lo=who,
                src_port=port,
                dst_port=sport,
                protocol=6,
                tcp_flags=flags,
                octets=1_100,
            )
            return [come, go]
        failed, long = dice.random(count) < 0.02, dice.random(count) < 0.05
        begin = np.where(long, when - 60_000, when)
        packets = np.where(failed, 2, dice.integers(6, 20, count))
        come = l.flows(
            count, begin, end_ms=when, src_lo=who, dst_lo=target, src_port=sport, dst_port=port, protocol=6,
            tcp_flags=np.where(failed, 0x02, 0x1B), packets=packets, octets=packets * 150,
        )  # fmt: skip
        go = l.flows(
            count, begin, end_ms=when, src_lo=target, dst_lo=who, src_port=port, dst_port=sport, protocol=6,
            tcp_flags=np.where(failed, 0x14, 0x1B), packets=packets + 2, octets=packets * 1_100,
        )  # fmt: skip
        return [come, go.take(~failed)]

    def _asked(
        self, dice: l.Dice, at: int, rate: float, target: int, port: int, size: int
    ) -> list[Flows]:
        """UDP that was asked for: a resolver's answers from servers, or viewers of video that it is sent to."""
        each = 3 if port == 53 else 40
        count = self._count(dice, rate, each)
        who, sport, when = (
            l.hosts(dice, count, 400 if port == 53 else CLIENTS),
            l.ports(dice, count),
            l.within(dice, at, count),
        )
        packets = 1 if self._sampled else each
        out = {"src_lo": target, "dst_lo": who, "protocol": 17, "packets": packets}
        back = {"src_lo": who, "dst_lo": target, "protocol": 17, "packets": packets}
        if port == 443:
            out |= {"src_port": port, "dst_port": sport, "octets": size * packets}
            back |= {"src_port": sport, "dst_port": port, "octets": 70 * packets}
        else:
            out |= {"src_port": sport, "dst_port": port, "octets": 70 * packets}
            back |= {"src_port": port, "dst_port": sport, "octets": size * packets}
        return [l.flows(count, when, **out), l.flows(count, when, **back)]

    def _backup(self, dice: l.Dice, at: int, target: int) -> Flows:
        packets = BACKUP[1] * float(np.exp(dice.normal(0, 0.1)))
        count = self._count(dice, packets, int(packets / 2))
        told: dict[str, Any] = (
            {"octets": 1_400}
            if self._sampled
            else {"packets": int(packets / 2), "octets": int(packets / 2) * 1_400}
        )
        return l.flows(
            count,
            l.within(dice, at, count),
            src_lo=l.number("46.4.5.6"),
            dst_lo=target,
            src_port=dice.integers(50_000, 50_002, count),
            dst_port=22,
            protocol=6,
            tcp_flags=0x18,
            **told,
        )

    def _scan(self, dice: l.Dice, at: int) -> Flows:
        count = self._count(dice, SCAN[1], 1)
        nets = l.number("198.18.0.0") + 4_096 * dice.integers(0, len(GROUPS), count)
        return l.flows(
            count,
            l.within(dice, at, count),
            src_lo=l.number("91.2.3.4"),
            dst_lo=nets + dice.integers(0, 256, count),
            src_port=l.ports(dice, count),
            dst_port=l.ports(dice, count),
            protocol=6,
            tcp_flags=2,
        )

    def _seen(self, part: Flows) -> Flows:
        if self._sampled:
            part.sampling[:] = ONE_OF
        if self._view != "towards":
            return part
        return part.take(part.dst_lo >> np.uint64(17) == np.uint64(l.number("198.18.0.0") >> 17))
