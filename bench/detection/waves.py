"""Are waves found, and is the end told right? `python bench/detection/waves.py [--seed N] [--json FILE]`.

Simulated incidents of one to three waves (a rise of 5 to 15 minutes, a slowly falling plateau, a fall
at once or by halves every ten minutes) pass through the real detector and the real incidents.

*Found*: a wave told with its peak within 15 minutes of the true one. *Own*: a wave told on this hill and
no other. *By chance*: the hill's highest quarter of an hour, as counted, lies within those 15 minutes;
no wave that is told by its counts can be found more often. *Premature*: called off while the fault still
lifted reports to twice the usual; a month is one of continuous fault, or, of a service with one such
incident a week, of watching it. *Late*: minutes from the end of the last fault to the last close.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import intervals
import numpy as np
from incident_world import MONTH_MINUTES, World
from numpy.typing import NDArray

from uproar.model.incident import Incident
from uproar.model.tick import MINUTE_MS

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
CALM_MINUTES, AFTER_MINUTES = 60, 300
HALF_LIFE = 10.0
QUARTER = 15  # Minutes: of the windows in which peaks are counted, and within which one is found.
NEAR_MS = QUARTER * MINUTE_MS
INCIDENTS_A_MONTH = 30 / 7


@dataclass(slots=True)
class Truth:
    """What one simulated incident really was: minutes from the start of the test."""

    cell: int
    fall: str
    rate: F64
    starts: list[float]
    peaks: list[float]
    ends: list[float]
    said: list[Incident] = field(default_factory=list)
    counts: F64 = field(default_factory=lambda: np.zeros(0))


def draw(dice: np.random.Generator, cell: int, fall: str, waves: int, minutes: int) -> Truth:
    usual, lift = CELLS[cell]
    excess = np.zeros(minutes)
    at = float(CALM_MINUTES)
    truth = Truth(cell, fall, excess, [], [], [])
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
        sums = np.convolve(hill, np.ones(QUARTER), mode="valid")
        truth.starts.append(at)
        truth.peaks.append(float(np.argmax(sums)) + QUARTER / 2)
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
    world = World(np.array([CELLS[truth.cell][0] for truth in truths]), dice)
    begin = world.now
    rates = np.array([truth.rate for truth in truths])
    counts = np.array([world.minute(rates[:, minute]) for minute in range(minutes)])
    for row, truth in enumerate(truths):  # Minutes from the beginning become instants.
        truth.said, truth.counts = world.said[row], counts[:, row]
        for times in (truth.starts, truth.peaks, truth.ends):
            times[:] = [begin + at * MINUTE_MS for at in times]
        truth.rate = np.concatenate([[begin], truth.rate])
    return truths


def told_once(truth: Truth, found: list[int]) -> tuple[int, int, int]:
    """Return hills with one told wave of their own, hills that chance lets be found, and waves too many.

    A wave belongs to a hill if its peak lies between the hill's beginning and a quarter of an hour after
    the end of its fault.
    """
    own = chance = 0
    begin = truth.rate[0]
    for start, peak, end in zip(truth.starts, truth.peaks, truth.ends, strict=True):
        own += any(start <= at <= end + NEAR_MS for at in found)
        first, last = (int((at - begin) // MINUTE_MS) for at in (start, end + NEAR_MS))
        sums = np.convolve(truth.counts[first:last], np.ones(QUARTER), mode="valid")
        highest = begin + (first + float(np.argmax(sums)) + QUARTER / 2) * MINUTE_MS
        chance += abs(highest - peak) <= NEAR_MS
    return own, chance, len(found) - own


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
    own, chance, too_many = told_once(truth, found)
    return {
        "waves": len(truth.peaks),
        "hits": hits,
        "own": own,
        "chance": chance,
        "extra": extra,
        "too_many": too_many,
        "late": (closing.at - end) / MINUTE_MS if closing else math.nan,
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
        "own": total["own"] / total["waves"],
        "own_interval": intervals.wilson(total["own"], total["waves"]),
        "found_by_chance": total["chance"] / total["waves"],
        "extra_per_incident": total["extra"] / len(rows),
        "too_many_per_incident": total["too_many"] / len(rows),
        "premature": total["premature"],
        "premature_per_incident": total["premature"] / len(rows),
        "premature_per_watched_month": total["premature"] / len(rows) * INCIDENTS_A_MONTH,
        "closed_as_next_rose": total["crossed"],
        "premature_per_fault_month": total["premature"] / months if months else 0.0,
        "premature_per_fault_month_interval": [
            end / months if months else 0.0 for end in intervals.poisson(total["premature"])
        ],
        "fault_months": months,
        "over": total["over"],
        "minutes_late": float(np.nanmedian([row["late"] for row in rows]))
        if total["over"]
        else math.nan,
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
        f"{'cell':>20} {'found':>6} {'95 %':>13} {'own':>5} {'chance':>6} {'extra':>6} {'many':>5} {'early':>6} {'held':>5} {'fault end':>9} {'95 %':>13} {'width':>6} {'over':>5} {'late':>5}"
    )
    for row in rows:
        low, high = row["found_interval"]
        left, right = row["fault_end_interval"]
        print(
            f"{row['cell']:>20} {row['found']:>6.3f} {low:>6.3f}-{high:<6.3f} {row['own']:>5.3f} {row['found_by_chance']:>6.3f}"
            f" {row['extra_per_incident']:>6.3f} {row['too_many_per_incident']:>5.3f}"
            f" {row['premature']:>6.0f} {row['bracket_held']:>5.2f} {row['fault_end_held']:>9.2f} {left:>6.2f}-{right:<6.2f}"
            f" {row['fault_end_width']:>6.0f} {row['over']:>5.0f} {row['minutes_late']:>5.0f}"
        )
    worst, whole = min(rows[:-1], key=lambda row: row["found"]), rows[-1]
    low, high = whole["premature_per_fault_month_interval"]
    print(f"worst cell: {worst['cell']}")
    print(
        f"premature: {whole['premature_per_incident']:.4f} an incident,"
        f" {whole['premature_per_watched_month']:.3f} a service-month with one such incident a week,"
        f" {whole['premature_per_fault_month']:.2f} ({low:.2f}-{high:.2f}) a month of fault"
        f" ({whole['fault_months']:.2f} months)"
    )
    if chosen.json:
        command = f"python bench/detection/waves.py --seed {chosen.seed} --each {chosen.each}"
        what = {"what": "waves and ends of simulated incidents", "command": command, "rows": rows}
        Path(chosen.json).write_text(json.dumps(what, indent=1))


if __name__ == "__main__":
    main()
