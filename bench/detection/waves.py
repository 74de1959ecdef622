"""Are waves found, and is the end told right? `python bench/detection/waves.py [--seed N] [--json FILE]`.

Simulated incidents of one to three waves (a rise of 5 to 15 minutes, a slowly falling plateau, a fall
at once or by halves every ten minutes) pass through the real detector and the real incidents, tick by
tick, negative-binomial counts of size 25 a minute, baseline learned for three days. Counted are: waves
found within 15 minutes, waves too many, recoveries called while the fault still lifted reports to twice
the usual, and how often the brackets of the end hold the true end of the fault.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

import intervals
import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector, incidents
from uproar.model.incident import Incident
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms, start_ms

F64 = NDArray[np.float64]

# Usual reports a minute, and times the usual at the top of a wave.
CELLS = (
    (0.1, 20.0),
    (0.1, 100.0),
    (1.0, 5.0),
    (1.0, 20.0),
    (1.0, 100.0),
    (10.0, 5.0),
    (10.0, 20.0),
    (100.0, 3.0),
    (100.0, 20.0),
)
FALLS = ("step", "halves")
SIZE = 25.0
FIRST_TICK = 174_150_000 // 60 * 60
LEARN_MINUTES, CALM_MINUTES, AFTER_MINUTES = 3 * 1_440, 60, 300
HALF_LIFE = 10.0
SERVICES = 300  # An incident asks for as much as on a front page of so many.
NEAR_MS = 15 * MINUTE_MS
MONTH_MINUTES = 30 * 1_440


@dataclass(slots=True)
class Truth:
    """What one simulated incident really was: minutes from the start of the test."""

    cell: int
    fall: str
    rate: F64
    peaks: list[float]
    ends: list[float]
    said: list[Incident] = field(default_factory=list)


def draw(dice: np.random.Generator, cell: int, fall: str, waves: int, minutes: int) -> Truth:
    usual, lift = CELLS[cell]
    excess = np.zeros(minutes)
    at = float(CALM_MINUTES)
    truth = Truth(cell, fall, excess, [], [])
    clock = np.arange(minutes) + 0.5
    for _ in range(waves):
        rise, plateau = dice.uniform(5, 15), dice.uniform(15, 45)
        height = usual * (lift - 1.0) * dice.uniform(0.5, 1.0)
        top, end = at + rise, at + rise + plateau
        up = np.clip((clock - at) / rise, 0.0, 1.0) * np.exp(-0.01 * np.maximum(clock - top, 0.0))
        down = np.where(
            clock < end, 1.0, 0.0 if fall == "step" else np.exp2(-(clock - end) / HALF_LIFE)
        )
        hill = height * up * down
        excess += hill
        sums = np.convolve(hill, np.ones(15), mode="valid")
        truth.peaks.append(float(np.argmax(sums)) + 7.5)
        truth.ends.append(end)
        at = end + dice.uniform(60, 180)
    truth.rate = usual + excess
    return truth


def simulate(seed: int, each: int) -> list[Truth]:
    """Run all cells side by side and return them with what was said."""
    dice = np.random.default_rng(seed)
    minutes = CALM_MINUTES + 3 * (60 + 180) + AFTER_MINUTES
    truths = [
        draw(dice, cell, fall, waves, minutes)
        for cell in range(len(CELLS))
        for fall in FALLS
        for waves in (1, 2, 3)
        for _ in range(each)
    ]
    usual = np.array([CELLS[truth.cell][0] for truth in truths]) / TICKS_PER_MINUTE
    design = detector.Design()
    rows = len(truths)
    state = detector.grow(detector.start(design), usual, np.full(rows, -1, np.int64), design)
    tick = FIRST_TICK
    free = np.zeros(rows, np.bool_)

    def counts(mean: F64) -> F64:
        return dice.poisson(
            dice.gamma(SIZE / TICKS_PER_MINUTE, mean * TICKS_PER_MINUTE / SIZE)
        ).astype(float)

    for _ in range(LEARN_MINUTES * TICKS_PER_MINUTE):
        state, _ = detector.step(state, tick, counts(usual), masked=False, hold=free, design=design)
        tick += 1
    begin = tick
    trackers: list[incidents.Tracker | None] = [None] * rows
    rates = np.array([truth.rate for truth in truths]) / TICKS_PER_MINUTE
    rules = incidents.IncidentDesign()
    for step in range(minutes * TICKS_PER_MINUTE):
        observed = counts(rates[:, step // TICKS_PER_MINUTE])
        held = np.array([tracker is not None and tracker.is_open for tracker in trackers])
        state, reading = detector.step(
            state, tick, observed, masked=False, hold=held, design=design
        )
        for row, truth in enumerate(truths):
            tracker = trackers[row]
            active = bool(reading.active[row])
            if not (observed[row] or active or (tracker is not None and tracker.case is not None)):
                continue
            first, last = reading.onset_tick[row]
            number = int(observed[row])
            sight = incidents.Sight(
                service="s",
                tick=tick,
                observed=number,
                expected=float(reading.expected[row]),
                size=float(reading.size[row]),
                active=active,
                strong=active and detector.margin(state, row) >= math.log(SERVICES),
                onset=(start_ms(int(first)), end_ms(int(last))) if active else None,
                places={"US": number} if number else {},
            )
            trackers[row], said = incidents.advance(tracker, sight, rules)
            truth.said += said
        tick += 1
    for truth in truths:  # Instants become minutes since the beginning of the test.
        truth.peaks = [start_ms(begin) + peak * MINUTE_MS for peak in truth.peaks]
        truth.ends = [start_ms(begin) + end * MINUTE_MS for end in truth.ends]
    for truth in truths:
        truth.rate = np.concatenate([[start_ms(begin)], truth.rate])
    return truths


def judge(truth: Truth) -> dict[str, float]:
    """Count what was found, missed, too many, premature, and held by the brackets."""
    last: dict[str, Incident] = {}
    for said in truth.said:
        last[said.id] = said
    found = [wave.peak_at for said in last.values() for wave in said.waves if wave.peak_count]
    hits = sum(any(abs(peak - at) <= NEAR_MS for at in found) for peak in truth.peaks)
    extra = sum(not any(abs(peak - at) <= NEAR_MS for peak in truth.peaks) for at in found)
    begin, rate = truth.rate[0], truth.rate[1:]
    usual = CELLS[truth.cell][0]
    # Reports that lag behind the fault are no fault: only up to each end is a recovery premature.
    during = np.zeros(len(rate), np.bool_)
    for end, peak in zip(truth.ends, truth.peaks, strict=True):
        until = int((end - begin) // MINUTE_MS)
        from_ = int((peak - begin) // MINUTE_MS) - 15
        during[max(from_, 0) : until] |= rate[max(from_, 0) : until] >= 2.0 * usual
    # Called off is an incident when it turns to recovery; one that closes just as the next wave rises was
    # called off before, and is counted apart.
    premature = crossed = 0
    for said in truth.said:
        minute = min(int((said.at - begin) // MINUTE_MS) - 1, len(rate) - 1)
        premature += said.turn == "recovering" and bool(during[minute])
        crossed += said.turn == "over" and bool(during[minute])
    over = [said for said in last.values() if said.phase == "over" and said.recovery is not None]
    end = truth.ends[-1]
    closing = over[-1] if over else None
    held = closing is not None and closing.recovery[0] <= end <= closing.recovery[1]
    held_fault = (
        closing is not None
        and closing.ended is not None
        and closing.ended[0] <= end <= closing.ended[1]
    )
    return {
        "waves": len(truth.peaks),
        "hits": hits,
        "extra": extra,
        "premature": premature,
        "crossed": crossed,
        "fault_minutes": float(during.sum()),
        "over": float(closing is not None),
        "held": float(held),
        "held_fault": float(held_fault),
        "width": (closing.recovery[1] - closing.recovery[0]) / MINUTE_MS if closing else math.nan,
        "width_fault": (closing.ended[1] - closing.ended[0]) / MINUTE_MS
        if closing and closing.ended
        else math.nan,
        "incidents": float(len(last)),
    }


def row_of(name: str, rows: list[dict[str, float]]) -> dict[str, Any]:
    total = {key: float(np.nansum([row[key] for row in rows])) for key in rows[0]}
    months = total["fault_minutes"] / MONTH_MINUTES
    return {
        "cell": name,
        "incidents": len(rows),
        "waves": total["waves"],
        "found": total["hits"] / total["waves"],
        "found_interval": intervals.wilson(total["hits"], total["waves"]),
        "extra_per_incident": total["extra"] / len(rows),
        "premature": total["premature"],
        "closed_as_next_rose": total["crossed"],
        "premature_per_fault_month": total["premature"] / months if months else 0.0,
        "fault_months": months,
        "over": total["over"],
        "bracket_held": total["held"] / max(total["over"], 1),
        "bracket_interval": intervals.wilson(total["held"], total["over"]),
        "fault_end_held": total["held_fault"] / max(total["over"], 1),
        "fault_end_interval": intervals.wilson(total["held_fault"], total["over"]),
        "fault_end_width": float(np.nanmedian([row["width_fault"] for row in rows]))
        if total["over"]
        else math.nan,
        "bracket_width": float(np.nanmedian([row["width"] for row in rows]))
        if total["over"]
        else math.nan,
    }


def main() -> None:
    """Run, print, and write the figures as JSON where asked."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument(
        "--each", type=int, default=12, help="incidents of a cell, fall and number of waves"
    )
    options.add_argument("--json", default="")
    chosen = options.parse_args()
    truths = simulate(chosen.seed, chosen.each)
    judged = [(truth, judge(truth)) for truth in truths]
    rows = []
    for cell, (usual, lift) in enumerate(CELLS):
        for fall in FALLS:
            part = [one for truth, one in judged if truth.cell == cell and truth.fall == fall]
            rows.append(row_of(f"{usual}/min x{lift:g} {fall}", part))
    rows.append(row_of("all", [one for _, one in judged]))
    print(
        f"{'cell':>20} {'found':>6} {'95 %':>13} {'extra':>6} {'early':>6} {'held':>5} {'fault end':>9} {'95 %':>13} {'width':>6} {'over':>5}"
    )
    for row in rows:
        low, high = row["found_interval"]
        left, right = row["fault_end_interval"]
        print(
            f"{row['cell']:>20} {row['found']:>6.3f} {low:>6.3f}-{high:<6.3f} {row['extra_per_incident']:>6.3f}"
            f" {row['premature']:>6.0f} {row['bracket_held']:>5.2f} {row['fault_end_held']:>9.2f} {left:>6.2f}-{right:<6.2f}"
            f" {row['fault_end_width']:>6.0f} {row['over']:>5.0f}"
        )
    worst = min(rows[:-1], key=lambda row: row["found"])
    print(
        f"worst cell: {worst['cell']}; premature per month of fault: {rows[-1]['premature_per_fault_month']:.2f} ({rows[-1]['fault_months']:.2f} months)"
    )
    if chosen.json:
        command = f"python bench/detection/waves.py --seed {chosen.seed} --each {chosen.each}"
        what = {"what": "waves and ends of simulated incidents", "command": command, "rows": rows}
        Path(chosen.json).write_text(json.dumps(what, indent=1))


if __name__ == "__main__":
    main()
