"""Cases of live traffic by name and seed: twelve seconds of the ordinary, then something to be judged beside it, with its truth."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from uproar.sim.exporters import sampled, shared_out
from uproar.sim.livestage import NET4, NET6, SPAN_US, TARGET, Stage
from uproar.sim.livetraffic import (
    ack,
    crowd,
    crowd_unanswered,
    icmp,
    long_flows,
    nothing,
    ntp,
    ordinary,
    syn,
    syn_ack,
    udp,
)
from uproar.sim.telemetry import Exporter, Form, Records, ordered
from uproar.sim.world import dice


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
    "syn-ack-again": Scene(
        lambda on: syn_ack(on, 60_000, each=3), "netflow5", "reflection.syn-ack", 60_000
    ),
    "crowd-answered": Scene(lambda on: crowd(on, 72_000, answers=True), "ipfix", None, 72_000),
    "crowd-unanswered": Scene(
        lambda on: crowd_unanswered(on, 72_000), "netflow5", None, 72_000
    ),
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
    "ordinary": Scene(nothing, "netflow5", None, 0),
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
        name,
        Sought(scene.vector, _where(scene), scene.pps),
        exporters,
        tuple(shared_out(held, scene.routers)),
    )


def _where(scene: Scene) -> str:
    net: ipaddress.IPv4Network | ipaddress.IPv6Network = NET6 if scene.six else NET4
    return str(net) if scene.net else str(net[TARGET])
