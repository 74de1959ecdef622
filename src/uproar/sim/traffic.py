"""A case of traffic by its seed: what was sent, what of it is an attack, and the capture that somebody would hold.

Truth is what the packets hold: the vectors are counted in them, forged sources are those that were drawn as such.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

import numpy as np

from uproar.sim import ordinary
from uproar.sim.addressing import one
from uproar.sim.assaults import VECTORS, Blow
from uproar.sim.packets import Sent, joined, pcap, sflow, thinned
from uproar.sim.world import dice

View = Literal["both", "towards", "sampled"]

BEGIN_S = 1_741_608_000  # 10 March 2025, 12:00 UTC.
VIEWS: tuple[View, ...] = ("both", "towards", "sampled")
VIEWS_SHARE = (0.55, 0.25, 0.2)
SPAN_S = (4, 16)
PACKETS_S = (600.0, 6_000.0)  # Of an attack, log-uniform.
# One packet in a thousand is looked at, and so many times more is sent.
SAMPLED_TIMES, ONE_OF = 30, 1_000
EVERYDAY = (30, 300)  # Ordinary connections beside.
CROWD = (800, 4_000)  # Connections of a crowd or a storm.
PACKETS_EACH = 4  # Of the other kinds so many packets for each connection.
SCANNED_MAX = 60_000  # There are no more ports.
TWO_VECTORS, CARPET = 0.2, 0.12
CARPETS = (
    "flood.udp",
    "amplification.ntp",
    "amplification.dns",
    "amplification.cldap",
    "flood.syn",
)
SILENT = {
    "flash-crowd": ordinary.flash_crowd,
    "retry-storm": ordinary.retry_storm,
    "scanner": ordinary.scanner,
    "backup": ordinary.backup,
    "video": ordinary.video,
    "resolver": ordinary.resolver,
    "time-server": ordinary.time_server,
    "everyday": ordinary.everyday,
}
SILENT_SHARE = (0.28, 0.28, 0.1, 0.08, 0.06, 0.08, 0.06, 0.06)
CONNECTIONS = ("flash-crowd", "retry-storm", "everyday")


@dataclass(frozen=True, slots=True)
class Truth:
    """What a case is: `vectors` by their packets, the most first; none where it is no attack.

    `forged`: whether the sources of the largest vector are. `target` is an address, or a /24.
    """

    kind: str
    view: str
    target: str
    vectors: tuple[str, ...]
    forged: bool


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Packets as somebody sees them, in the order of their times; `vector` counts from 1 as `names` does."""

    truth: Truth
    names: tuple[str, ...]
    packets: Sent

    def capture(self) -> bytes:
        """Return the octets of a capture: pcap, of sampled traffic with the sFlow that tells of it."""
        if self.truth.view == "sampled":
            return sflow(self.packets, BEGIN_S, ONE_OF)
        return pcap(self.packets, BEGIN_S)


def attack(seed: int, number: int) -> Case:
    """Return the attack of that number: vectors, rates, sources and the view are drawn from the ranges above."""
    roll = dice(seed, "attack", number)
    view, span_us, times, keep = _view(roll)
    target = one(roll)
    names = [
        str(name)
        for name in roll.choice(list(VECTORS), 1 + (roll.random() < TWO_VECTORS), replace=False)
    ]
    carpet = roll.random() < CARPET
    if carpet:
        names = [str(roll.choice(CARPETS))]
    beside = int(roll.integers(*EVERYDAY)) * times
    parts = [ordinary.everyday(roll, target, span_us, beside, keep)]
    rate = float(np.exp(roll.uniform(*np.log(PACKETS_S)))) * times
    forged = []
    for place, name in enumerate(names):
        count = int(rate * span_us / 1e6 / (1 if place == 0 else roll.uniform(1.5, 6)))
        begin = int(span_us * roll.uniform(0, 0.3))
        at = np.sort(roll.integers(begin, span_us, count))
        makers = VECTORS[name]
        blow = Blow(roll, at, target, place + 1, carpet)
        sent = makers[int(roll.integers(len(makers)))](blow)
        mine = sent["vector"] == place + 1
        forged.append(bool(sent["forged"][mine].any()))
        parts.append(thinned(sent, roll, keep))
    seen = _seen(joined(parts), view, target)
    counts = [int((seen["vector"] == place + 1).sum()) for place in range(len(names))]
    order = sorted(range(len(names)), key=lambda place: -counts[place])
    there = str(ipaddress.IPv4Address(target))
    if carpet:
        there = str(ipaddress.IPv4Network((target, 24), strict=False))
    kind = "carpet" if carpet else "mix" if len(names) > 1 else names[0]
    truth = Truth(kind, view, there, tuple(names[place] for place in order), forged[order[0]])
    return Case(truth, tuple(names), seen)


def silent(seed: int, number: int) -> Case:
    """Return the case of that number that is no attack, with ordinary traffic beside it."""
    roll = dice(seed, "silent", number)
    view, span_us, times, keep = _view(roll)
    target = one(roll)
    kind = str(roll.choice(list(SILENT), p=SILENT_SHARE))
    count = int(roll.integers(*CROWD)) * times
    if kind not in CONNECTIONS:
        count *= PACKETS_EACH
    if kind == "scanner":
        count = min(count, SCANNED_MAX)
    parts = [
        SILENT[kind](roll, target, span_us, count, keep),
        ordinary.everyday(roll, target, span_us, int(roll.integers(*EVERYDAY)) * times, keep),
    ]
    seen = _seen(joined(parts), view, target)
    return Case(Truth(kind, view, str(ipaddress.IPv4Address(target)), (), False), (), seen)


def _view(roll: np.random.Generator) -> tuple[View, int, int, float]:
    """Return who looks, for how long (microseconds), how many times as much is sent, and how much of it is looked at."""
    view = VIEWS[int(roll.choice(len(VIEWS), p=VIEWS_SHARE))]
    span_us = int(roll.integers(*SPAN_S)) * 1_000_000
    if view == "sampled":
        return view, span_us, SAMPLED_TIMES, 1 / ONE_OF
    return view, span_us, 1, 1.0


def _seen(sent: Sent, view: View, target: int) -> Sent:
    """Return what is seen of the packets that are looked at."""
    if view != "towards":
        return sent
    found: Sent = sent[sent["dst"] >> 8 == target >> 8]
    return found
