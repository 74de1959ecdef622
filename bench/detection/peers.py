"""Ours beside the rules of others, at one measured false-alarm rate: `python bench/detection/peers.py`.

Minute bins, six rates, NB size 25, five weeks of history. On test weeks without outages each rule's
threshold is set, for each rate by itself, so that it begins one false alarm in four weeks (or as near
as its statistic allows): kinder than any deployment, where nobody can set it so. Then outages of an
hour begin every half day, and the minutes until the statistic passes the threshold are counted, 60
where it never does. Ours is set in the same way, by its margin in nats. With --ff Farrington Flexible
(R's surveillance, the week as its year, bins of five minutes) judges a few outages and a few calm
hours at the level that one false alarm in four weeks would need; it is too slow for more.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import causal
import numpy as np
from numpy.typing import NDArray
from world import DAY, START_MS, WEEK, World

F64 = NDArray[np.float64]

CELLS = ((0.01, 100.0), (0.1, 20.0), (1.0, 5.0), (10.0, 2.0), (100.0, 2.0), (1_000.0, 1.5))
LIMITS = (3.45, 3.02, 3.13, 4.29, 2.04, 4.66)
"""Exact CUSUM delays at one false alarm in four weeks, the size of the rise and the mean known."""
HERE = Path(__file__).resolve().parent
FF_BIN = 5  # Minutes: a fit to the minutes of four weeks takes longer still.
FF_SERVICES, FF_OUTAGES, FF_CALM = 3, 2, 24  # of each rate; calm bins
SIZE = 25.0
LEARN = 5 * WEEK
OUTAGE, EVERY = 60, DAY // 2
WINDOW = 15
LEAST_SPREAD = 0.5
IODA_LEAST, IODA_DAYS = 20.0, 7
RUN_WEEKS = 4.0

Rule = Callable[[F64, F64], F64]


def _sums(counts: F64, window: int) -> F64:
    total = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    out = total[1:].copy()
    out[window:] -= total[1:-window]
    return out


def ears(counts: F64, guard: int) -> F64:
    """Return EARS C1 (`guard` 0) or C2 (2): deviations from the seven bins before."""
    mean = np.zeros_like(counts)
    square = np.zeros_like(counts)
    shift = guard + 1
    mean[shift:] = _sums(counts, 7)[:-shift] / 7
    square[shift:] = _sums(np.square(counts), 7)[:-shift]
    spread = np.sqrt(np.maximum(square - 7 * np.square(mean), 0.0) / 6)
    return (counts - mean) / np.maximum(spread, LEAST_SPREAD)


def time_of_day(counts: F64) -> F64:
    """Return how far 15 minutes lie above the mean at that time of day, in Poisson deviations."""
    recent = _sums(counts, WINDOW)
    usual = recent[:LEARN].reshape(-1, DAY, counts.shape[1]).mean(axis=0)
    mean = usual[np.arange(len(counts)) % DAY]
    return (recent - mean) / np.sqrt(mean + 1.0)


def median_ratio(counts: F64) -> F64:
    """Return counts over the median of the last seven days, none below a median of twenty."""
    out = np.zeros_like(counts)
    for begin in range(LEARN, len(counts), 60):
        # The median of a week hardly moves within an hour.
        median = np.median(counts[begin - IODA_DAYS * DAY : begin], axis=0)
        part = counts[begin : begin + 60]
        out[begin : begin + 60] = np.where(median >= IODA_LEAST, part / np.maximum(median, 1), 0.0)
    return out


def perfect_window(counts: F64, mean: F64) -> F64:
    """Return the likelihood ratio of the last 15 minutes, true mean and clumping given, in nats."""
    count, expected = _sums(counts, WINDOW), _sums(mean, WINDOW)
    size = SIZE * WINDOW
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(count > 0, count * np.log(count / expected), 0.0)
    ratio -= (count + size) * np.log((count + size) / (expected + size))
    return np.where(count > expected, ratio, 0.0)


def ours(counts: F64, _: F64) -> F64:
    """Return the detector's margin above its thresholds, in nats."""
    return causal.margins(counts, 60_000, START_MS)


RULES: dict[str, Rule] = {
    "EARS C1": lambda counts, _: ears(counts, 0),
    "EARS C2": lambda counts, _: ears(counts, 2),
    "time-of-day mean": lambda counts, _: time_of_day(counts),
    "median ratio": lambda counts, _: median_ratio(counts),
    "15-minute window, perfect baseline": perfect_window,
    "ours": ours,
}


def begun(statistic: F64, threshold: float) -> int:
    """Return how often alarms begin; bins above less than an hour apart are one alarm."""
    total = 0
    for row in range(statistic.shape[1]):
        above = np.flatnonzero(statistic[:, row] >= threshold)
        total += int(above.size > 0) + int((np.diff(above) > OUTAGE).sum())
    return total


def threshold_for(statistic: F64, wanted: float) -> tuple[float, int]:
    """Return the lowest threshold with at most `wanted` alarms, and how many it gives."""
    high = np.sort(statistic.reshape(-1))[-20_000:]
    low, top = 0, len(high) - 1
    if begun(statistic, float(high[top])) > wanted:
        return float("inf"), 0
    while low < top:
        middle = (low + top) // 2
        if begun(statistic, float(high[middle])) <= wanted:
            top = middle
        else:
            low = middle + 1
    return float(high[top]), begun(statistic, float(high[top]))


def delays(statistic: F64, threshold: float, onsets: NDArray[np.int64]) -> F64:
    """Return the minutes to alarm of every outage, the alarm's own minute included, at most 60."""
    out = []
    for onset in onsets:
        part = statistic[onset : onset + OUTAGE] >= threshold
        first = np.where(part.any(axis=0), part.argmax(axis=0) + 1.0, float(OUTAGE))
        early = (statistic[onset - 5 : onset] >= threshold).any(axis=0)
        out.append(first[~early])
    return np.concatenate(out)


def farrington(
    calm: F64, loud: F64, onsets: NDArray[np.int64], each: int
) -> list[dict[str, object]]:
    """Return delays of some outages and alarms in some calm hours, one row a rate."""
    rows: list[dict[str, object]] = []
    some = onsets[:: max(1, len(onsets) // FF_OUTAGES)][:FF_OUTAGES]
    bins = OUTAGE // FF_BIN
    hours = (LEARN // FF_BIN + 1, LEARN // FF_BIN + FF_CALM)
    for cell, (rate, lift) in enumerate(CELLS):
        services = [cell * each + place for place in range(FF_SERVICES)]
        spans = [(int(onset) // FF_BIN + 1, int(onset) // FF_BIN + bins) for onset in some]
        said = through_r(loud[:, services], spans)
        failed = int(np.isnan(said).any(axis=0).sum())
        flags = np.nan_to_num(said) > 0
        flags = flags.reshape(len(some), bins, len(services))
        late = FF_BIN * np.where(flags.any(axis=1), flags.argmax(axis=1) + 1.0, bins).reshape(-1)
        quiet = np.nan_to_num(through_r(calm[:, services], [hours])) > 0
        rows.append({
            "rate": rate, "lift": lift, "outages": len(late), "delay": round(float(late.mean()), 2),
            "half": round(float(1.96 * late.std() / np.sqrt(len(late))), 2),
            "missed": round(float((late >= OUTAGE).mean()), 3),
            "calm_hours": quiet.size * FF_BIN // 60, "calm_bins_in_alarm": int(quiet.sum()),
            "services_not_fitted": failed,
        })  # fmt: skip
        print("Farrington Flexible", rows[-1], flush=True)
    return rows


def through_r(counts: F64, spans: list[tuple[int, int]]) -> F64:
    """Return what surveillance.R says of the bins in `spans` (from 1), (bin, service)."""
    counts = counts[: len(counts) // FF_BIN * FF_BIN]
    counts = counts.reshape(-1, FF_BIN, counts.shape[1]).sum(axis=1)
    with tempfile.TemporaryDirectory() as folder:
        given, said = Path(folder) / "in.csv", Path(folder) / "out.csv"
        np.savetxt(given, counts, fmt="%d", delimiter=",")
        command = ["Rscript", str(HERE / "surveillance.R"), "ff-bins"]
        command += [str(given), str(said), ",".join(f"{first}-{last}" for first, last in spans)]
        command += [f"alpha={FF_BIN / (RUN_WEEKS * WEEK):.3e}", "b=4", "w=6"]
        command += [f"period={WEEK // FF_BIN}"]
        subprocess.run(command, check=True, capture_output=True)
        flags: F64 = np.genfromtxt(said, delimiter=",", missing_values="NA", ndmin=2)
    return flags


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=40, help="of each rate")
    parser.add_argument("--weeks", type=int, default=2, help="of test")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ff", action="store_true", help="Farrington Flexible alone, through R")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    each = options.services
    rates = np.repeat([rate for rate, _ in CELLS], each)
    lifts = np.repeat([lift for _, lift in CELLS], each)
    world = World(rates, np.full(len(rates), SIZE), options.seed)
    mean = world.mean(0, LEARN + options.weeks * WEEK)
    counts = world.draw(mean)
    hit = counts.copy()
    onsets = np.arange(LEARN + 420, len(counts) - OUTAGE, EVERY)
    risen = mean.copy()
    for onset in onsets:
        risen[onset : onset + OUTAGE] *= lifts
        hit[onset : onset + OUTAGE] = world.draw(risen[onset : onset + OUTAGE])
    wanted = each * options.weeks / RUN_WEEKS
    rows = farrington(counts, hit, onsets, each) if options.ff else []
    for name, rule in () if options.ff else tuple(RULES.items()):
        calm = rule(counts, mean)[LEARN:]
        loud = rule(hit, mean)[LEARN:]
        for cell, (rate, lift) in enumerate(CELLS):
            part = slice(cell * each, (cell + 1) * each)
            threshold, false = threshold_for(calm[:, part], wanted)
            late = delays(loud[:, part], threshold, onsets - LEARN)
            half = 1.96 * late.std() / np.sqrt(len(late))
            rows.append({
                "rule": name, "rate": rate, "lift": lift, "limit": LIMITS[cell],
                "delay": round(float(late.mean()), 2), "half": round(float(half), 2),
                "within_15": round(float((late <= 15).mean()), 3),
                "missed": round(float((late >= OUTAGE).mean()), 3),
                "false_a_week": round(false / (each * options.weeks), 3),
                "threshold": None if np.isinf(threshold) else round(threshold, 3),
            })  # fmt: skip
            print(f"{name:<36}{rate:>8}x{lift:<6g} {late.mean():>6.2f} +-{half:.2f}"
                  f"  limit {LIMITS[cell]:.2f}  false/week {rows[-1]['false_a_week']}")  # fmt: skip
    if options.json:
        what = f"{each} services a rate, {options.weeks} test weeks, {len(onsets)} outages each"
        flag = ""
        if options.ff:
            what = f"Farrington Flexible on bins of {FF_BIN} minutes, {FF_SERVICES} services a rate"
            flag = " --ff"
        command = f"python bench/detection/peers.py{flag} --json bench/detection/results/{options.json.name}"
        text = {"what": what, "command": command, "seed": options.seed, "rows": rows}
        options.json.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
