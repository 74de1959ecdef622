"""Is an outage of days called off while it lasts? `python bench/detection/long_faults.py [--seed N] [--json FILE]`.

Everyone reports once: the excess over the usual begins at twice its later height and halves every
DRIFT_HALVES minutes towards it, so reports never fall below the lift named. Faults of FAULT_MINUTES at
services of 1, 10 and 100 reports a minute pass through the real detector and the real incidents, tick by
tick, negative-binomial counts of size 25 a minute, baseline learned for three days, nothing in the world
added by publicity. Counted while the fault goes on: turns to recovery, closes, waves that were none,
the share of its minutes in which no page said that it goes on, and how late the last close came. A month
is 30 days of fault.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

import intervals
import liars
import numpy as np
from incident_world import MONTH_MINUTES, World
from numpy.typing import NDArray

from uproar.model.incident import Incident
from uproar.model.tick import MINUTE_MS

F64 = NDArray[np.float64]

RATES = (1.0, 10.0, 100.0)
LIFTS = (2.0, 3.0, 5.0, 20.0)
FAULT_MINUTES = 3 * 1_440
DRIFT_HALVES = 360.0
CALM_MINUTES, AFTER_MINUTES = 60, 720


def rate_at(minute: int, usual: F64, lifts: F64) -> F64:
    """Return the true reports a minute of every service, so many minutes after the onset."""
    if not 0 <= minute < FAULT_MINUTES:
        return usual
    drift = 1.0 + 2.0 ** (-minute / DRIFT_HALVES)
    out: F64 = usual * (1.0 + (lifts - 1.0) * drift)
    return out


def simulate(seed: int, each: int) -> tuple[list[list[Incident]], F64, int]:
    """Return what was said of each service, in which minutes it was not shown as going on, and the onset in ms."""
    cells = [(rate, lift) for rate in RATES for lift in LIFTS]
    usual = np.repeat([rate for rate, _ in cells], each)
    lifts = np.repeat([lift for _, lift in cells], each)
    world = World(usual, np.random.default_rng(seed))
    begin = world.now + CALM_MINUTES * MINUTE_MS
    ended = np.zeros((len(usual), FAULT_MINUTES))
    for minute in range(-CALM_MINUTES, FAULT_MINUTES + AFTER_MINUTES):
        world.minute(rate_at(minute, usual, lifts))
        if 0 <= minute < FAULT_MINUTES:
            for row, tracker in enumerate(world.trackers):
                case = tracker.case if tracker is not None and tracker.is_open else None
                ended[row, minute] = case is None or case.phase == "recovery"
    return world.said, ended, begin


def row_of(
    rate: float | str, lift: float | str, told: list[list[Incident]], ended: F64, begin: int
) -> dict[str, Any]:
    """Return the figures of the services given."""
    end = begin + FAULT_MINUTES * MINUTE_MS
    during = [[one for one in mine if begin <= one.at < end] for mine in told]
    opened = sum(any(one.turn == "opened" for one in mine) for mine in during)
    turns = [one.turn for mine in during for one in mine]
    extra = sum(max((len(one.waves) for one in mine), default=1) - 1 for mine in during)
    closes = [[one.at for one in mine if one.turn == "over" and one.at >= end] for mine in told]
    late = [(min(mine) - end) / MINUTE_MS for mine in closes if mine]
    months = len(told) * FAULT_MINUTES / MONTH_MINUTES
    early = turns.count("recovering")
    low, high = intervals.poisson(early)
    return {
        "rate_per_minute": rate,
        "lift": lift,
        "faults": len(told),
        "opened": opened,
        "fault_months": round(months, 2),
        "premature": early,
        "premature_a_fault_month": round(early / months, 2),
        "interval": [round(low / months, 2), round(high / months, 2)],
        "closed": turns.count("over"),
        "closed_a_fault_month": round(turns.count("over") / months, 2),
        "share_not_shown": round(float(ended.mean()), 4),
        "waves_too_many": extra,
        "closed_after_end": len(late),
        "minutes_late": round(float(np.median(late)), 1) if late else None,
        "minutes_late_most": round(max(late), 1) if late else None,
    }


def main() -> None:
    """Run, print, and write the figures as JSON where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--each", type=int, default=4, help="faults of each rate and lift")
    options = parser.parse_args()
    said, ended, begin = simulate(options.seed, options.each)
    cells = [(rate, lift) for rate in RATES for lift in LIFTS]
    rows = []
    for at, (rate, lift) in enumerate(cells):
        mine = slice(at * options.each, (at + 1) * options.each)
        rows.append(row_of(rate, lift, said[mine], ended[mine], begin))
    rows.append(row_of("all", "all", said, ended, begin))
    liars.show(rows)
    if options.json:
        what = "outages of three days, drifting down: how often they are called off while they last"
        command = (
            f"python bench/detection/long_faults.py --seed {options.seed} --each {options.each}"
        )
        told = {"what": what, "command": command, "rows": rows}
        options.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
