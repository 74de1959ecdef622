"""Cases of traffic as `traffic` has them, of more kinds and seen in more ways: flow records, IPv6, slow and great, in pulses, wider.

Nothing of `traffic.attack` and `traffic.silent` changes by it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

import numpy as np

from uproar.sim import ordinary, traffic
from uproar.sim.addressing import Dice, one
from uproar.sim.assaults import Blow
from uproar.sim.barrages import MORE, MORE_SERVICES
from uproar.sim.packets import Sent, joined, pcap, sflow, thinned
from uproar.sim.peaceful import PEACEFUL
from uproar.sim.records import ipfix, netflow5, sixes
from uproar.sim.world import dice

VIEWS = (
    "both",
    "towards",
    "sampled",
    "netflow",
    "netflow-towards",
    "netflow-sampled",
    "ipfix",
    "ipfix-six",
)
VIEWS_SHARE = (0.2, 0.15, 0.12, 0.15, 0.1, 0.1, 0.1, 0.08)
ONE_OF = {"sampled": 1_000, "netflow-sampled": 100}
TIMES = {"sampled": 30, "netflow-sampled": 6}  # So much more is sent where packets are sampled.
SPAN_S, SPAN_TOLD_S = (4, 30), (10, 100)
PACKETS_S, PACKETS_MOST = (
    (500.0, 20_000.0),
    150_000,
)  # Of an attack, log-uniform, and at most so many in all.
EVERYDAY, CROWD = (20, 400), (800, 4_000)
VECTORS_MANY = (0.65, 0.2, 0.1, 0.05)  # Of attacks with one, two, three and four vectors.
CARPET, PULSED, PULSES = 0.15, 0.2, (2, 6)
CARPETS = (
    "flood.udp",
    "flood.syn",
    "flood.ack",
    "amplification.ntp",
    "amplification.dns",
    "amplification.cldap",
    "amplification.ssdp",
)
BITS_SHARE = 0.3  # Of carpets, those over a /20 rather than a /24.
ALL = {**traffic.SILENT, **PEACEFUL}
CROWDS = ("flash-crowd", "retry-storm", "outage", "refused")
CROWDS_SHARE = 0.4
_AMPLIFIED_MORE = 0.2  # Of vectors, those of the rest of the table of services.


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """Packets as somebody sees them; see `traffic.Case`."""

    truth: traffic.Truth
    names: tuple[str, ...]
    packets: Sent

    def capture(self) -> bytes:
        """Return the octets of a capture: of packets, of sFlow, or of the records of an exporter."""
        view, begin = self.truth.view, traffic.BEGIN_S
        one_of = ONE_OF.get(view, 1)
        if view.startswith("netflow"):
            return netflow5(self.packets, begin, one_of)
        if view.startswith("ipfix"):
            return ipfix(self.packets, begin, one_of, six=view == "ipfix-six")
        return (
            sflow(self.packets, begin, one_of) if view == "sampled" else pcap(self.packets, begin)
        )


def attack(seed: int, number: int) -> Case:
    """Return the attack of that number."""
    roll = dice(seed, "wider attack", number)
    view, span_us, times, keep = _view(roll)
    target, bits = one(roll), 32
    names = _names(roll)
    if roll.random() < CARPET:
        names = [str(roll.choice(CARPETS))]
        bits = 20 if roll.random() < BITS_SHARE and not view.endswith("six") else 24
    beside = int(roll.integers(*EVERYDAY)) * times
    parts = [ordinary.everyday(roll, target, span_us, beside, keep)]
    rate = float(np.exp(roll.uniform(*np.log(PACKETS_S))))
    if bits == 20:
        rate = max(rate, 6_000.0)
    most = min(int(rate * span_us / 1e6), PACKETS_MOST) * times
    forged = []
    for place, name in enumerate(names):
        count = max(int(most / (1 if place == 0 else roll.uniform(1.5, 6))), 700 * times)
        at = _instants(roll, span_us, count)
        makers = MORE[name]
        blow = Blow(roll, at, target, place + 1, bits < 32, bits)
        sent = makers[int(roll.integers(len(makers)))](blow)
        forged.append(bool(sent["forged"][sent["vector"] == place + 1].any()))
        parts.append(thinned(sent, roll, keep))
    seen = _seen(joined(parts), view, target, bits)
    counts = [int((seen["vector"] == place + 1).sum()) for place in range(len(names))]
    order = sorted(range(len(names)), key=lambda place: -counts[place])
    kind = f"carpet-{bits}" if bits < 32 else "mix" if len(names) > 1 else names[0]
    truth = traffic.Truth(
        kind,
        view,
        _told(target, bits, view),
        tuple(names[place] for place in order),
        forged[order[0]],
    )
    return Case(truth, tuple(names), seen)


def silent(seed: int, number: int) -> Case:
    """Return the case of that number that is no attack, with ordinary traffic beside it."""
    roll = dice(seed, "wider silent", number)
    view, span_us, times, keep = _view(roll)
    target = one(roll)
    crowd = roll.random() < CROWDS_SHARE
    kind = str(roll.choice(CROWDS if crowd else [name for name in ALL if name not in CROWDS]))
    count = int(roll.integers(*CROWD)) * times
    if kind not in (*traffic.CONNECTIONS, "outage", "refused"):
        count *= traffic.PACKETS_EACH
    if kind == "scanner":
        count = min(count, traffic.SCANNED_MAX)
    parts = [
        ALL[kind](roll, target, span_us, count, keep),
        *([] if kind in ("outage", "refused") else [ordinary.everyday(roll, target, span_us, int(roll.integers(*EVERYDAY)) * times, keep)]),
    ]  # fmt: skip
    sent = joined(parts)
    # Captures end while connections go on.
    seen = _seen(sent[sent["at_us"] < span_us], view, target, 32)
    return Case(traffic.Truth(kind, view, _told(target, 32, view), (), False), (), seen)


def _names(roll: Dice) -> list[str]:
    many = 1 + int(roll.choice(len(VECTORS_MANY), p=VECTORS_MANY))
    rest = [f"amplification.{name}" for name in MORE_SERVICES]
    usual = [name for name in MORE if name not in rest]
    found: list[str] = []
    while len(found) < many:
        name = str(roll.choice(rest if roll.random() < _AMPLIFIED_MORE else usual))
        if name not in found and not (name == "unknown" and many > 1):
            found.append(name)
    return found


def _instants(roll: Dice, span_us: int, count: int) -> np.ndarray:
    """Return when packets are sent: evenly from some time on, or in pulses."""
    begin = int(span_us * roll.uniform(0, 0.3))
    at = np.sort(roll.integers(begin, span_us, count))
    if roll.random() < PULSED:
        width = (span_us - begin) // int(roll.integers(*PULSES))
        at = begin + (at - begin) // width * width + (at - begin) % width // 3
    found: np.ndarray = np.sort(at)
    return found


def _view(roll: Dice) -> tuple[str, int, int, float]:
    view = str(roll.choice(VIEWS, p=VIEWS_SHARE))
    told = "flow" in view or view.startswith("ipfix")
    span_us = (
        int(roll.integers(*(SPAN_TOLD_S if told and view != "sampled" else SPAN_S))) * 1_000_000
    )
    return view, span_us, TIMES.get(view, 1), 1 / ONE_OF.get(view, 1)


def _seen(sent: Sent, view: str, target: int, bits: int) -> Sent:
    if "towards" not in view:
        return sent
    shift = 32 - min(bits, 24)
    found: Sent = sent[sent["dst"] >> shift == target >> shift]
    return found


def _told(target: int, bits: int, view: str) -> str:
    """Return the target as tracing writes it."""
    if not view.endswith("six"):
        net = ipaddress.IPv4Network((target, bits), strict=False)
        return str(net if bits < 32 else net.network_address)
    six = ipaddress.IPv6Address(sixes(np.array([target])).tobytes())
    return str(six if bits == 32 else ipaddress.IPv6Network((six, 48), strict=False))
