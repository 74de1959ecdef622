"""Daily outbreaks in sixteen signals: `python bench/detection/noufaily.py [--replicates N] [--ff N]`.

Signals after Noufaily et al. 2019 (noufaily_signals says what is kept of the published code), one
outbreak a replicate in the last 49 weeks, four sizes. Ours, EARS C1 and C2, and with --ff N
Farrington Flexible on the first N replicates through R's surveillance (surveillance.R; some four
seconds a series), kept in results/noufaily_ff.json and taken from there without --ff.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import noufaily_signals as signals
import numpy as np
from causal import table
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

HERE = Path(__file__).resolve().parent
FF = HERE / "results" / "noufaily_ff.json"
FIRST = signals.DAYS - signals.TEST_DAYS
FIRST_DAY = 14_613  # A Monday, 4 January 2010.
EARS_Z = 2.3263478740408408  # alpha 0.01
MEASURES = ("fpr", "pod", "sensitivity", "timeliness")


def ears(counts: F64, guard: int) -> Bool:
    """Return alarms of EARS C1 (`guard` 0) or C2 (2) on the tested days; counts are (series, day)."""
    out = np.zeros((len(counts), signals.TEST_DAYS), dtype=np.bool_)
    for place in range(signals.TEST_DAYS):
        day = FIRST + place
        base = counts[:, day - guard - 7 : day - guard]
        spread = base.std(axis=1, ddof=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            z = (counts[:, day] - base.mean(axis=1)) / spread
        out[:, place] = z >= EARS_Z
    return out


def ours(counts: F64) -> Bool:
    """Return the tested days on which `uproar detect`, as it is, has the series in alarm."""
    engine = table.engine_for(86_400_000, 0.25)
    learn = table.warmup_bins(86_400_000, None)
    alike = np.zeros(len(counts), dtype=np.int64)
    engine.grow((counts[:, :learn].sum(axis=1) + 0.5) / learn, FIRST_DAY, alike)
    none = np.zeros(len(counts), dtype=np.bool_)
    days = [engine.step(FIRST_DAY + day, counts[:, day], none).active.copy()
            for day in range(counts.shape[1])]  # fmt: skip
    return np.array(days)[FIRST:].T


def judge(alarm: Bool, cases: F64) -> F64:
    """Return (measure, series): false-alarm rate, detected, sensitivity, timeliness."""
    ill = cases[:, FIRST:] > 0
    days = ill.sum(axis=1)
    hit = alarm & ill
    found = hit.any(axis=1)
    first, last = ill.argmax(axis=1), ill.shape[1] - 1 - ill[:, ::-1].argmax(axis=1)
    late = (hit.argmax(axis=1) - first) / (last - first + 1)
    fpr = (alarm & ~ill).sum(axis=1) / np.maximum((~ill).sum(axis=1), 1)
    return np.array([fpr, found, hit.sum(axis=1) / np.maximum(days, 1), np.where(found, late, 1.0)])


def summary(got: F64) -> dict[str, list[float]]:
    """Return mean over signals and half of its 95 % interval; `got` is (signal, measure, series)."""
    mean = got.mean(axis=2).mean(axis=0)
    error = np.sqrt((got.var(axis=2, ddof=1) / got.shape[2]).sum(axis=0)) / len(got)
    pairs = zip(MEASURES, mean, error, strict=True)
    return {name: [round(float(one), 4), round(float(1.96 * half), 4)] for name, one, half in pairs}


def draw(number: int, seed: int) -> dict[tuple[int, int], tuple[F64, F64]]:
    """Return (counts, cases) by signal and size."""
    return {
        (signal.number, size): signals.replicates(signal, size, number, seed)
        for signal in signals.signals()
        for size in signals.SIZES
    }


def measure(
    method: Callable[[F64], Bool], drawn: dict[tuple[int, int], tuple[F64, F64]]
) -> dict[tuple[int, int], F64]:
    """Return (measure, series) by signal and size; all series go through the method at once."""
    alarm = method(np.concatenate([counts for counts, _ in drawn.values()]))
    out, begin = {}, 0
    for key, (counts, cases) in drawn.items():
        out[key] = judge(alarm[begin : begin + len(counts)], cases)
        begin += len(counts)
    return out


def through_r(drawn: dict[tuple[int, int], tuple[F64, F64]], method: str, number: int) -> F64:
    """Return what surveillance.R says of the first series of each key, (series, tested day)."""
    columns = [counts[place] for place in range(number) for counts, _ in drawn.values()]
    with tempfile.TemporaryDirectory() as folder:
        given, said = Path(folder) / "in.csv", Path(folder) / "out.csv"
        np.savetxt(given, np.array(columns).T, fmt="%d", delimiter=",")
        command = ["Rscript", str(HERE / "surveillance.R"), method]
        command += [str(given), str(said), f"{FIRST + 1}-{signals.DAYS}"]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(done.stdout.strip(), file=sys.stderr)
        flags: F64 = np.genfromtxt(said, delimiter=",", missing_values="NA").T
    return flags


def farrington(
    flags: F64, drawn: dict[tuple[int, int], tuple[F64, F64]]
) -> dict[str, list[list[float]]]:
    """Return the four measures of each series, by "signal size", from R's flags."""
    out: dict[str, list[list[float]]] = {}
    for place, flag in enumerate(flags):
        key = list(drawn)[place % len(drawn)]
        cases = drawn[key][1][place // len(drawn)][None, :]
        got = judge(np.nan_to_num(flag)[None, :] > 0, cases)[:, 0]
        out.setdefault(f"{key[0]} {key[1]}", []).append([round(float(one), 5) for one in got])
    return out


def check_ears(drawn: dict[tuple[int, int], tuple[F64, F64]]) -> str:
    """Return how our C1 and C2 agree with R's on the first replicate of each signal and size."""
    some = np.array([counts[0] for counts, _ in drawn.values()])
    differ = 0
    for method, guard in (("C1", 0), ("C2", 2)):
        theirs = np.nan_to_num(through_r(drawn, method, 1)) > 0
        differ += int((theirs != ears(some, guard)).sum())
    return f"{differ} of {2 * some.shape[0] * signals.TEST_DAYS} days differ from R's earsC"


def rows_of(results: dict[str, dict[tuple[int, int], F64]], number: int) -> list[dict[str, object]]:
    """Return one row a method and size; with a `number`, of the first replicates only."""
    rows: list[dict[str, object]] = []
    for name, got in results.items():
        for size in signals.SIZES:
            mine = np.array([got[signal.number, size][:, :number] for signal in signals.signals()])
            rows.append(
                {"method": name, "size": size, "replicates": mine.shape[2], **summary(mine)}
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ff", type=int, default=0, metavar="N", help="run R on N replicates")
    parser.add_argument("--check", action="store_true", help="compare C1 and C2 with R's")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    drawn = draw(options.replicates, options.seed)
    if options.ff:
        flags = through_r(drawn, "ff-days", options.ff)
        kept = {"replicates": options.ff, "seed": options.seed,
                "command": f"python bench/detection/noufaily.py --ff {options.ff}",
                "series": farrington(flags, drawn)}  # fmt: skip
        FF.write_text(json.dumps(kept, separators=(",", ":")) + "\n", encoding="utf-8")
    methods: dict[str, Callable[[F64], Bool]] = {
        "EARS C1": lambda counts: ears(counts, 0),
        "EARS C2": lambda counts: ears(counts, 2),
        "ours": ours,
    }
    results = {name: measure(method, drawn) for name, method in methods.items()}
    rows = rows_of(results, options.replicates)
    by_signal = [
        {"method": name, "signal": signal.number, "size": size,
         **{one: round(float(value), 4) for one, value in
            zip(MEASURES, got[signal.number, size].mean(axis=1), strict=True)}}
        for name, got in results.items() for signal in signals.signals() for size in signals.SIZES
    ]  # fmt: skip
    paired: list[dict[str, object]] = []
    if FF.exists():
        kept = json.loads(FF.read_text(encoding="utf-8"))
        number = kept["replicates"]
        if kept["seed"] == options.seed and number <= options.replicates:
            theirs = {
                (signal.number, size): np.array(kept["series"][f"{signal.number} {size}"]).T
                for signal in signals.signals()
                for size in signals.SIZES
            }
            paired = rows_of({"Farrington Flexible": theirs, **results}, number)
    for row in [*rows, *paired]:
        cells = "  ".join(f"{name} {row[name][0]:.3f}+-{row[name][1]:.3f}" for name in MEASURES)  # type: ignore[index]
        print(f"{row['method']:<20} w={row['size']:<3} n={row['replicates']:<4} {cells}")
    checked = check_ears(drawn) if options.check else ""
    print(checked)
    if options.json:
        text = {"what": f"16 daily signals, {options.replicates} replicates, 4 sizes",
                "command": "python bench/detection/noufaily.py --check --json bench/detection/results/noufaily.json",
                "seed": options.seed, "checked": checked, "rows": rows, "paired": paired,
                "by_signal": by_signal}  # fmt: skip
        options.json.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
