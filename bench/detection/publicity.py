"""Does what we show end what we show too soon, or keep it alive? `python bench/detection/publicity.py`.

Outages of two hours at services of 1, 10 and 100 reports a minute, two, three and ten times the usual.
From the opening of an incident on, the world adds reports that publicity causes: none, as much as
`detect/publicity` expects, or twice as much. Each is followed with the model and without it, from the
same dice. *Premature*: closed while the outage went on, a service-month of outage time being the
unit too (30 days of incident). *Late*: minutes from the true end to the end of the incident; those not
closed within FOLLOWED minutes are told as open.
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

import liars
import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector, incidents, publicity
from uproar.detect.cases import IncidentDesign, Sight, Tracker
from uproar.model.tick import end_ms, start_ms

F64 = NDArray[np.float64]

RATES = (1.0, 10.0, 100.0)
LIFTS = (2.0, 3.0, 10.0)
TRUE = ((0.0, 0.0), (0.4, 0.1), (0.8, 0.2))  # What publicity does in the world: (seen, stirred).
OUTAGE_MINUTES = 120
FOLLOWED = 900
MONTH_MINUTES = 30 * 1_440


def follow(
    base: liars.World, lifts: F64, true: tuple[float, float], seed: int, begin: int
) -> tuple[F64, F64]:
    """Return when each incident opened and when it was last closed (ticks after the onset, inf)."""
    world = liars.fresh(base, liars.WORLD, seed)
    rows = len(world.rates)
    trackers: list[Tracker | None] = [None] * rows
    opened, closed = np.full(rows, np.inf), np.full(rows, np.inf)
    stirring, shown = np.zeros(rows), np.zeros(rows, np.bool_)
    keep = float(np.exp(-1 / (6 * publicity.LAST_MINUTES)))
    design = IncidentDesign()
    usual = world.rates / 6
    for since in range(6 * (OUTAGE_MINUTES + FOLLOWED)):
        tick = begin + since
        if tick % 6 == 0:
            world.shake()
        lift = lifts if since < 6 * OUTAGE_MINUTES else np.ones(rows)
        extra = np.where(shown, true[0] * usual + true[1] * stirring, 0.0)
        counts = world.dice.poisson(usual * world.level * lift + extra)
        stirring = keep * stirring + (1 - keep) * np.where(shown, np.maximum(counts - usual, 0), 0)
        world.state.detection, reading = detector.step(
            world.state.detection, tick, counts.astype(float), False, shown, world.design.detection
        )
        for row in range(rows):
            onset = reading.onset_tick[row]
            tracker, turned = incidents.advance(
                trackers[row],
                Sight(
                    service="x",
                    tick=tick,
                    observed=int(counts[row]),
                    expected=float(reading.expected[row]),
                    size=float(reading.size[row]),
                    active=bool(reading.active[row]),
                    onset=(start_ms(int(onset[0])), end_ms(int(onset[1]))),
                ),
                design,
            )
            trackers[row] = tracker
            shown[row] = tracker is not None and tracker.is_open
            for one in turned:
                if one.turn == "opened" and np.isinf(opened[row]):
                    opened[row] = since + 1
                closed[row] = since + 1 if one.turn == "over" else np.inf
    return opened, closed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--outages", type=int, default=20, help="outages of each rate and lift")
    options = parser.parse_args()
    cells = [(rate, lift) for rate in RATES for lift in LIFTS]
    rates = np.repeat([rate for rate, _ in cells], options.outages)
    lifts = np.repeat([lift for _, lift in cells], options.outages)
    base = liars.trained(rates, options.seed)
    model = publicity.SEEN, publicity.STIRRED
    rows: list[dict[str, Any]] = []
    for true in TRUE:
        for name, (seen, stirred) in (("with", model), ("without", (0.0, 0.0))):
            publicity.SEEN, publicity.STIRRED = seen, stirred
            opened, closed = follow(base, lifts, true, options.seed, liars.FIRST)
            for at, (rate, lift) in enumerate(cells):
                mine = slice(at * options.outages, (at + 1) * options.outages)
                found = np.isfinite(opened[mine])
                ends = closed[mine][found] / 6
                early = ends < OUTAGE_MINUTES
                late = ends[np.isfinite(ends) & ~early] - OUTAGE_MINUTES
                months = max(1, int(found.sum())) * OUTAGE_MINUTES / MONTH_MINUTES
                rows.append(
                    {
                        "world_seen": true[0],
                        "world_stirred": true[1],
                        "model": name,
                        "rate_per_minute": rate,
                        "lift": lift,
                        "opened": int(found.sum()),
                        "premature": int(early.sum()),
                        "premature_a_month": round(float(early.sum()) / months, 2),
                        "minutes_late": round(float(late.mean()), 1) if late.size else None,
                        "still_open": int(np.isinf(ends).sum()),
                    }
                )
    liars.show(rows)
    if options.json:
        what = "ends of incidents that publicity feeds, with the model of publicity and without it"
        command = "python " + " ".join(sys.argv)
        options.json.write_text(
            json.dumps({"what": what, "command": command, "rows": rows}, indent=1)
        )


if __name__ == "__main__":
    main()
