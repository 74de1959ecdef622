"""What can liars do, and what do the caps cost? `python bench/detection/liars.py [--seed N] [--json FILE]`.

Two tables. *Campaign*: how many reports from k networks it takes to open an incident at a healthy
service of s reports a minute, as the median of the services of that size, by bisection; `never` is
more than REPORTS_MAX. *Cost*: how much later the same outages, from the same dice, are opened with
the caps than without.

Each service has learned its level from three days of its own counts (negative binomial, size 25 a
minute) and its mix of networks from 2,000 reports. It is one of SERVICES that are watched, so that an
incident needs log(SERVICES) nats more than an alarm. Series of parts are left out: the root decides.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

import numpy as np
from numpy.typing import NDArray

from uproar.app import fold_evidence, fold_state
from uproar.detect import detector, manners, mix, recall
from uproar.model.catalog import Catalog
from uproar.model.service import Service

F64 = NDArray[np.float64]

SIZES = (0.01, 0.1, 1.0, 10.0, 100.0, 1000.0)  # reports a minute
NETWORKS = (1, 2, 3, 5, 10, 30)
LIFTS = {
    0.01: (20, 100),
    0.1: (5, 20),
    1.0: (2, 5),
    10.0: (1.5, 2, 5),
    100.0: (1.5, 2),
    1000.0: (1.5, 2),
}
SIZE_MINUTE = 25.0  # negative-binomial size of a minute
SERVICES = 400
REPORTS_MIN = 4
REPORTS_MAX = 30_000
BEFORE_TICKS = 30
OUTAGE_TICKS = 90 * 6
WATCH_TICKS = 60  # After the begin of a campaign.
ASKED_TICKS = 2
FIRST = 174_000_000
LEARN_TICKS = 3 * 8_640
# Shares of networks: of all the world's users, of one country's, and where two networks have most.
WORLD = tuple(share / 12 for share in (0.38, 0.32, 0.3, 0.3, 0.25, 0.22, 0.22, 0.2, 0.2, 0.18) * 3)
MIXES: dict[str, tuple[float, ...]] = {
    "world": WORLD,
    "country": (0.32, 0.22, 0.16, 0.06),
    "duopoly": (0.55, 0.30),
}
PREFIXES = 400  # Small networks that share the rest.


@dataclass(frozen=True)
class Lies:
    """A campaign: so many reports from these networks, one after the other, within so many ticks."""

    names: list[str]
    count: int
    ticks: int


@dataclass
class World:
    """Trained services, one a row; `dice` are those of the test."""

    state: fold_state.State
    design: fold_state.Design
    rates: F64
    shares: tuple[float, ...]
    dice: np.random.Generator
    level: F64 | float = 1.0

    def counts(self, lift: F64 | float = 1.0) -> NDArray[np.int64]:
        """Return the counts of a tick; those of one minute share their clumping (`shake`)."""
        return self.dice.poisson(self.rates / 6 * self.level * lift)

    def shake(self) -> None:
        """Begin a minute."""
        self.level = self.dice.gamma(SIZE_MINUTE, 1 / SIZE_MINUTE, len(self.rates))


def trained(rates: F64, seed: int) -> World:
    """Return services that know their level; they have no mix yet."""
    catalog = Catalog([Service(f"s{row:04d}", f"S{row:04d}") for row in range(len(rates))])
    design = fold_state.Design()
    state = fold_state.start(catalog, design)
    free = np.zeros(len(rates), np.bool_)
    alone, budget = np.full(len(rates), -1), np.full(len(rates), fold_state.ROOT_BUDGET)
    started = detector.start(design.detection)
    state.detection = detector.grow(started, rates / 6, alone, design.detection, budget)
    world = World(state, design, rates, (), np.random.default_rng(seed))
    for tick in range(FIRST - LEARN_TICKS, FIRST):
        if tick % 6 == 0:
            world.shake()
        counts = world.counts().astype(float)
        state.detection, reading = detector.step(
            state.detection, tick, counts, False, free, design.detection
        )
        if tick % 60 == 0 or tick == FIRST - 1:
            detector.calm(state.detection, reading)
    return world


def fresh(base: World, shares: tuple[float, ...], seed: int) -> World:
    """Return a world with the same levels, a mix of networks, and dice and memory of its own."""
    services = base.state.services
    state = fold_state.start(Catalog([Service(slug, slug) for slug in services]), base.design)
    state.detection = detector.copy(base.state.detection)
    cells = {(f"AS{n + 1}", "US"): round(2_000 * share) for n, share in enumerate(shares)}
    cells[("p:0", "US")] = round(2_000 * (1 - sum(shares)))
    words = {"new": 1_900, "known": 100, recall.PROGRAMS: 300}
    for service in services:
        mix.learn(state.mixes, service, cells, FIRST // 8_640, room=len(services))
        manners.learn(state.manners, service, words, 2_000, FIRST // 8_640)
    return World(state, base.design, base.rates, shares, np.random.default_rng(seed))


def note_usual(world: World, row: int, tick: int, count: int) -> None:
    """Put honest reports into the memory of a service: networks and manners as usual."""
    remembered = world.state.recalls.setdefault(world.state.services[row], recall.Recall())
    upto = np.cumsum(world.shares)
    for drawn, other in world.dice.random((count, 2)).tolist():
        number = int(np.searchsorted(upto, drawn, side="right"))
        if number < len(world.shares):
            network, prefix = f"AS{number + 1}", f"{int(other * PREFIXES):08x}"
        else:
            network, prefix = f"p:{int(other * PREFIXES):016x}", ""
        manner: tuple[str, ...] = ("new" if other < 0.95 else "known",)
        if drawn * 7 % 1 < 0.15:
            manner = (*manner, recall.PROGRAMS)
        recall.note(remembered, tick, recall.Cell("US", "login", network, prefix), manner)


def note_false(world: World, row: int, tick: int, networks: Sequence[tuple[str, int]]) -> None:
    """Put false reports into the memory of a service; they look like people's, by the form."""
    remembered = world.state.recalls.setdefault(world.state.services[row], recall.Recall())
    for network, count in networks:
        cell = recall.Cell("US", "login", network, "0000beef")
        for _ in range(count):
            recall.note(remembered, tick, cell, ("new",))


def is_open(world: World, row: int, reading: detector.Reading, tick: int) -> tuple[bool, bool]:
    """Tell whether an incident would open at a service, without the caps and with them."""
    if not reading.active[row]:
        return False, False
    caution = math.log(SERVICES)
    if detector.margin(world.state.detection, row) < caution:
        return False, False
    service = world.state.services[row]
    found = fold_evidence.support(world.state, service, [row], reading, tick, world.design)
    if found is None:
        return False, False
    count = sum(block.count for block in world.state.recalls[service].blocks)
    return count >= REPORTS_MIN, found.margin >= caution and found.count >= REPORTS_MIN


def opened_at(
    world: World,
    begin: int,
    ticks: int,
    lift: F64 | float,
    false: list[Lies] | None = None,
    every: int = 1,
) -> tuple[F64, F64]:
    """Run a stretch; return when each service opened (ticks, inf for never), bare and capped.

    `false` holds the campaign against each service. Services are asked
    every so many ticks.
    """
    rows = len(world.rates)
    bare, capped = np.full(rows, np.inf), np.full(rows, np.inf)
    hold = np.zeros(rows, np.bool_)
    world.shake()
    for tick in range(begin, begin + ticks):
        if tick % 6 == 0:
            world.shake()
        counts = world.counts(lift)
        for row in np.flatnonzero(counts).tolist():
            if np.isinf(capped[row]):
                note_usual(world, row, tick, int(counts[row]))
        seen = counts + lie(world, tick, tick - begin, false or [])
        world.state.detection, reading = detector.step(
            world.state.detection, tick, seen, False, hold, world.design.detection
        )
        asked = reading.active & np.isinf(capped) & ((tick + 1) % every == 0)
        for row in np.flatnonzero(asked).tolist():
            without, with_caps = is_open(world, row, reading, tick)
            if without and np.isinf(bare[row]):
                bare[row] = tick - begin + 1
            if with_caps:
                capped[row] = tick - begin + 1
        if np.isfinite(capped).all():
            break
    return bare, capped


def lie(world: World, tick: int, since: int, false: list[Lies]) -> F64:
    """Send the false reports of one tick; return how many each service got."""
    extra = np.zeros(len(world.rates))
    for row, lies in enumerate(false):
        first = lies.count * since // lies.ticks
        last = lies.count * (since + 1) // lies.ticks if since < lies.ticks else first
        extra[row] = last - first
        # One network after the other sends a report.
        k = len(lies.names)
        sent = [
            (name, (last - 1 - at) // k - (first - 1 - at) // k)
            for at, name in enumerate(lies.names)
        ]
        note_false(world, row, tick, sent)
    return extra


def campaign(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Find how many reports from k networks open an incident at each service.

    `own` campaigns sit in the largest networks of the service's reporters, `strange` ones where
    nobody is usual.
    """
    rates = np.repeat(SIZES, options.series)
    base = trained(rates, options.seed)
    bare = needed(base, ["AS64500"], options, capped=False)
    found = []
    for kind, k in [(kind, k) for kind in ("strange", "own") for k in NETWORKS]:
        names = [f"AS{n + (1 if kind == 'own' else 64_500)}" for n in range(k)]
        capped = needed(base, names, options, capped=True)
        for at, size in enumerate(SIZES):
            mine = slice(at * options.series, (at + 1) * options.series)
            row: dict[str, Any] = {
                "kind": kind,
                "networks": k,
                "rate_per_minute": size,
                "campaign_s": options.campaign_s,
            }
            for name, limits in (("without_caps", bare), ("with_caps", capped)):
                three = np.quantile(limits[mine], (0.0, 0.5, 1.0), method="nearest")
                least, middle, most = (None if np.isinf(x) else round(float(x)) for x in three)
                row |= {name: middle, f"{name}_least": least, f"{name}_most": most}
            found.append(row)
    return found


def needed(base: World, names: list[str], options: argparse.Namespace, *, capped: bool) -> F64:
    """Return how many reports from these networks open an incident at each service, by bisection."""
    rows = len(base.rates)
    low, high = np.zeros(rows), np.full(rows, math.log(REPORTS_MAX))
    never = np.zeros(rows, np.bool_)
    for number in range(options.rounds):
        tried = high if number == 0 else (low + high) / 2
        sent = np.maximum(1, np.exp(tried).round()).astype(int).tolist()
        # The same dice in every round: what is looked for is a number, not luck.
        world = fresh(base, WORLD, options.seed)
        opened_at(world, FIRST, BEFORE_TICKS, 1.0)
        ticks = options.campaign_s // 10
        false = [
            Lies(names, 0 if hopeless else n, ticks)
            for n, hopeless in zip(sent, never, strict=True)
        ]
        times = opened_at(world, FIRST + BEFORE_TICKS, WATCH_TICKS, 1.0, false, ASKED_TICKS)
        tripped = np.isfinite(times[int(capped)])
        if number == 0:
            never = ~tripped
            if never.all():
                break
        else:
            high, low = np.where(tripped, tried, high), np.where(tripped, low, tried)
    return np.where(never, np.inf, np.exp(high))


def cost(options: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure by how much the caps delay the same outages, by size, lift and mix of networks."""
    cells = [(size, lift) for size in SIZES for lift in LIFTS[size]]
    rates = np.repeat([size for size, _ in cells], options.outages)
    lifts = np.repeat([lift for _, lift in cells], options.outages).astype(float)
    base = trained(rates, options.seed + 1)
    found = []
    for name, shares in MIXES.items():
        world = fresh(base, shares, options.seed + 2)
        opened_at(world, FIRST, BEFORE_TICKS, 1.0)
        early = world.state.detection.active[: len(rates)].copy()
        bare, capped = opened_at(world, FIRST + BEFORE_TICKS, OUTAGE_TICKS, lifts)
        for at, (size, lift) in enumerate(cells):
            mine = slice(at * options.outages, (at + 1) * options.outages)
            known = ~early[mine] & np.isfinite(bare[mine])
            if known.sum() < 5:
                continue
            first = bare[mine][known] / 6
            later = np.minimum(capped[mine][known], OUTAGE_TICKS) / 6
            found.append(
                {
                    "mix": name,
                    "rate_per_minute": size,
                    "lift": lift,
                    "outages": int(known.sum()),
                    "minutes_without_caps": round(float(first.mean()), 3),
                    "minutes_with_caps": round(float(later.mean()), 3),
                    **_ratio(first, later),
                }
            )
    return found


def _ratio(first: F64, later: F64) -> dict[str, float]:
    """Return the loss of mean delay with a 95 % interval from 2,000 resamplings of the pairs."""
    dice = np.random.default_rng(5)
    picked = dice.integers(0, len(first), (2_000, len(first)))
    ratios = later[picked].mean(axis=1) / first[picked].mean(axis=1) - 1
    low, high = np.quantile(ratios, (0.025, 0.975))
    loss = later.mean() / first.mean() - 1
    return {
        "loss": round(float(loss), 4),
        "loss_low": round(float(low), 4),
        "loss_high": round(float(high), 4),
    }


def show(rows: list[dict[str, Any]]) -> None:
    """Print rows as a table."""
    names = list(rows[0])
    print("  ".join(f"{name:>{max(7, len(name))}}" for name in names))
    for row in rows:
        cells = ("never" if row[name] is None else row[name] for name in names)
        print(
            "  ".join(
                f"{cell!s:>{max(7, len(name))}}" for cell, name in zip(cells, names, strict=True)
            )
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=["campaign", "cost"])
    parser.add_argument("--series", type=int, default=5, help="services of each size in a campaign")
    parser.add_argument("--campaign-s", type=int, default=60, help="seconds a campaign lasts")
    parser.add_argument("--rounds", type=int, default=8, help="steps of the bisection")
    parser.add_argument("--outages", type=int, default=30, help="outages of each size and lift")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    if options.only != "cost":
        part = campaign(options)
        show(part)
        rows += [{"table": "campaign", **row} for row in part]
    if options.only != "campaign":
        part = cost(options)
        show(part)
        rows += [{"table": "cost", **row} for row in part]
    if options.json:
        what = "reports needed to open an incident from k networks; delay that the caps cost"
        command = "python " + " ".join(sys.argv)
        options.json.write_text(
            json.dumps({"what": what, "command": command, "rows": rows}, indent=1)
        )


if __name__ == "__main__":
    main()
