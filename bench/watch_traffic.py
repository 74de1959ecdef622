"""Live detection of attacks in flow records: what it costs, how soon it tells, how often it is wrong.

`python bench/watch_traffic.py [--cost] [--delay] [--days N --seconds S]`: without an option the first two. A line of JSON for each
figure. Costs are of the process, best of three. Delay: seconds from the first packet of an attack to the step that raises it; records
come with the second they are of, so that what an exporter keeps back is not in it. False alarms: of `watch_weeks`, so many seconds of each hour.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from watch_weeks import DESIGN, EACH, GROUPS, OURS, VIEWS, View, Weeks

from core import live_traffic as l
from uproar.trace import watch, watch_state
from uproar.trace.gather import Gather
from uproar.trace.ours import Design, Hostgroup, Ours
from uproar.wire.flows.columns import Flows, concat

BATCH = 256 * 30  # Flows that are handed over at once.
TARGETS = 10_000
MANY = Design(Ours((Hostgroup("many", ("198.18.0.0/15", "198.51.100.0/24")),)), 9)
HOUR_MS = 3_600_000


def tell(**figures: Any) -> None:
    print(json.dumps(figures), flush=True)


def everyday(dice: l.Dice, at: int, count: int) -> Flows:
    """Connections to so many targets at random."""
    packets = dice.integers(1, 20, count)
    return l.flows(
        count, l.within(dice, at, count), src_lo=l.hosts(dice, count, 50_000),
        dst_lo=l.number("198.18.0.0") + dice.integers(0, TARGETS, count), src_port=l.ports(dice, count),
        dst_port=443, protocol=6, tcp_flags=0x1B, packets=packets, octets=packets * 300,
    )  # fmt: skip


def minute(dice: l.Dice, at: int, count: int) -> Flows:
    """The same, of flows that last up to a minute."""
    made = everyday(dice, at, count)
    made.start_ms[:] -= dice.integers(0, 60_000, count)
    return made


def cost() -> None:
    dice = np.random.default_rng(1)
    kinds: dict[str, Callable[[l.Dice, int, int], Flows]] = {
        "flood of one target": l.syn, "10,000 targets": everyday, "10,000 targets, flows of up to a minute": minute,
    }  # fmt: skip
    for name, make in kinds.items():
        batches = [make(dice, l.NOON, BATCH) for _ in range(60)]
        gather, best = Gather(MANY.ours, MANY), float("inf")
        for _ in range(3):
            begin = time.process_time()
            for batch in batches:
                gather.add(batch, l.NOON + 999)
            closed = gather.close(l.NOON + 1_000)
            best = min(best, time.process_time() - begin)
        tell(
            what="gather",
            of=name,
            us_per_flow=round(best / BATCH / 60 * 1e6, 3),
            bundle_bytes=len(closed.to_bytes()),
        )
    gather, state, took = Gather(MANY.ours, MANY), watch_state.State(), []
    for second in range(45):
        at = l.NOON + second * 1_000
        gather.add(everyday(dice, at, 60_000), at + 999)
        closed = gather.close(at + 1_000)
        begin = time.process_time()
        state, _ = watch.step(state, [closed], at + 1_000, MANY, l.ABOUT)
        took.append(time.process_time() - begin)
    late = np.array(took[10:]) * 1_000
    tell(
        what="step",
        targets=TARGETS,
        median_ms=round(float(np.median(late)), 1),
        mean_ms=round(float(late.mean()), 1),
        highest_ms=round(float(late.max()), 1),
    )


ATTACKS: dict[str, tuple[Any, str, int]] = {
    "flood.syn": (l.syn, l.TARGET, 10_000),
    "flood.ack": (l.ack, l.TARGET, 10_000),
    "flood.udp": (l.udp, l.TARGET, 10_000),
    "flood.icmp": (l.icmp, l.TARGET, 10_000),
    "reflection.syn-ack": (l.syn_ack, l.TARGET, 10_000),
    "amplification.ntp": (l.ntp, l.TARGET, 10_000),
    "carpet of amplification.ntp": (l.carpet, l.NET, 20_000),
}


def delay(phases: int, only: str | None) -> None:
    for name, (make, target, floor) in ATTACKS.items():
        if only not in (None, name):
            continue
        for times in (1.2, 2, 3, 10):
            waited, right, others = [], 0, 0
            for phase in range(phases):
                first = l.NOON + 5_000 + phase * 1_000 // phases
                raised = _raised(make, int(floor * times), first)
                mine = [each for each in raised if each.target == target]
                others += len(raised) - len(mine)
                if mine:
                    waited.append((mine[0].at - first) / 1_000)
                    right += next(iter(mine[0].vectors)) == name.rpartition(" ")[2]
            tell(
                what="delay", attack=name, times_floor=times, raised=len(waited), of=phases, vector_right=right, others=others,
                median_s=round(float(np.median(waited)), 2) if waited else None, highest_s=max(waited, default=None),
            )  # fmt: skip


def _raised(make: Any, rate: int, first: int) -> list[Any]:
    def maker(dice: l.Dice, at: int) -> Flows:
        parts = [l.crowd(dice, at, 2_000)]
        if at + 1_000 > first:
            made = make(dice, at, rate)
            parts.append(made.take(made.start_ms >= first))
        return concat(parts)

    return [signal for signal in l.watched(maker, 16) if signal.state == "raised"]


def days(many: int, seconds: int, seed: int, views: tuple[View, ...]) -> None:
    for view in views:
        state, world, raised, hot = watch_state.State(), Weeks(seed, view), [], 0
        gather = Gather(OURS, DESIGN)
        watched = 0
        for hour in range(many * 24):
            begin = l.NOON // HOUR_MS * HOUR_MS + hour * HOUR_MS
            for second in range(seconds):
                at = begin + second * 1_000
                made = world.second(at)
                if made is not None:
                    gather.add(made, at + 999)
                state, signals = watch.step(
                    state, [gather.close(at + 1_000)], at + 1_000, DESIGN, l.ABOUT
                )
                raised += [
                    (each.target, *each.vectors) for each in signals if each.state == "raised"
                ]
                hot += sum("times-threshold" in each.measured for each in signals)
                watched += 1
        tell(
            what="false-alarms", view=view, targets=len(GROUPS) * EACH, hours=many * 24, seconds_watched=watched,
            raised=len(raised), of_what=sorted({name for each in raised for name in each[1:]}), unusual_told=hot,
        )  # fmt: skip


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--cost", action="store_true")
    ask.add_argument("--delay", action="store_true")
    ask.add_argument("--days", type=int, default=0)
    ask.add_argument("--view", choices=VIEWS)
    ask.add_argument("--only", choices=ATTACKS, help="the delay of this attack alone")
    ask.add_argument(
        "--phases", type=int, default=4, help="parts of a second at which attacks begin"
    )
    ask.add_argument(
        "--seconds", type=int, default=200, help="of each hour that are made and watched"
    )
    ask.add_argument("--seed", type=int, default=11)
    args = ask.parse_args()
    both = not (args.cost or args.delay or args.days)
    if args.cost or both:
        cost()
    if args.delay or both:
        delay(args.phases, args.only)
    if args.days:
        days(args.days, args.seconds, args.seed, (args.view,) if args.view else VIEWS)


if __name__ == "__main__":
    main()
