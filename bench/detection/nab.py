"""How does it fare on the Numenta Anomaly Benchmark? `python bench/detection/nab.py [--nab PATH]`.

Every file is run causally, a score a record, one design and one threshold for all files; nothing is
tuned to a file. Scored by the published rules (nab_scorer); the null detector and the windowed
Gaussian are scored beside it, the latter against its published figures, to show that the rules are
kept. Values that are no whole numbers are counted in grains of their own noise, for the detector
counts. Only rises are looked for, so that drops are missed by design.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import causal
import nab_corpus
import nab_scorer
import numpy as np
from nab_corpus import File
from nab_scorer import Marked
from numpy.typing import NDArray

from uproar.detect import novelty

F64 = NDArray[np.float64]

GROUP = "realTweets"
NEAR_MS = 86_400_000  # Files that begin within a day of each other are run side by side.
PUBLISHED_GAUSSIAN = {"standard": 51.4, "low_FP": 16.3, "low_FN": 64.6}
GOALS = (
    {"standard": 74.5, "low_FP": 73.1, "low_FN": 76.9},
    {"standard": 83.2, "low_FP": 74.6, "low_FN": 88.8},
)
GRID = [
    {"smooth_ms": smooth * 60_000, "memory_ms": days * 86_400_000, "step": step, "sure": sure}
    for smooth in (10, 15, 30)
    for days in (14, 28)
    for step in (0.7, 1.0)
    for sure in (0.0, 3.0, 6.0)
]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A file with what the detector showed of it."""

    file: File
    counts: F64
    run: causal.Run


def windowed_gaussian(value: F64, window: int = 6_400, every: int = 100) -> F64:
    """Return the published baseline's score: two-sided normal tail of a sliding window.

    Rounded to twelve digits, as the published score files are, which decides ties at 1.
    """
    out = np.zeros(len(value))
    mean, spread = 0.0, 1.0
    for place, one in enumerate(value):
        if place:
            out[place] = 1 - 0.5 * math.erfc(abs(one - mean) / spread / 1.4142)
        if place < window or (place - window + 1) % every == 0:
            recent = value[max(0, place + 1 - window) : place + 1]
            mean, spread = float(recent.mean()), float(recent.std()) or 1e-6
    return np.round(out, 12)


def as_counts(file: File) -> F64:
    """Return values as counts: as they are if whole, else in grains of the first records' noise."""
    value = np.maximum(file.value, 0.0)
    if (value == np.round(value)).all():
        return value
    head = value[: max(nab_scorer.probation(len(value)), 10)]
    grain = 0.5 * float(np.var(np.diff(head))) / max(float(head.mean()), 1e-9)
    return value / grain if grain > 0 else value


def see(files: Sequence[File]) -> list[Seen]:
    """Run the detector over all files, those that lie side by side in time together."""
    out: list[Seen] = []
    waiting = sorted(files, key=lambda file: (file.bin_ms, int(file.at_ms[0]), file.name))
    while waiting:
        first = waiting[0]
        batch = [
            file
            for file in waiting
            if file.bin_ms == first.bin_ms and file.at_ms[0] - first.at_ms[0] < NEAR_MS
        ]
        waiting = [file for file in waiting if file not in batch]
        starts = [int(file.at_ms[0]) // first.bin_ms for file in batch]
        late = [start - min(starts) for start in starts]
        counts = [as_counts(file) for file in batch]
        table = np.full((max(map(int.__add__, late, map(len, counts))), len(batch)), np.nan)
        for row, (skip, column) in enumerate(zip(late, counts, strict=True)):
            # A record is a bin: repeated and left-out times of the corpus are taken as they come.
            table[skip : skip + len(column), row] = column
        seen = causal.run(table, first.bin_ms, min(starts) * first.bin_ms)
        for row, (file, skip, column) in enumerate(zip(batch, late, counts, strict=True)):
            part = (slice(skip, skip + len(column)), slice(row, row + 1))
            run = causal.Run(
                seen.expected[part], seen.margin[part], seen.active[part], seen.raised[part]
            )
            out.append(Seen(file, column[:, None], run))
        print(f"{first.group} {first.bin_ms // 1000} s: {len(batch)}", file=sys.stderr)
    return out


def mark(seen: Sequence[Seen], score: Callable[[Seen], F64]) -> list[Marked]:
    """Return the files with one score a record."""
    return [Marked(one.file.group, one.file.name, score(one), one.file.windows) for one in seen]


def surprise(one: Seen, *, sure: float = causal.SURE, **design: float) -> F64:
    """Return how surprising each record is for its own series."""
    own = novelty.Design(bin_ms=one.file.bin_ms, **design)  # type: ignore[arg-type]
    start = int(one.file.at_ms[0])
    return causal.surprises(one.run, one.counts, one.file.bin_ms, start, own, sure)[:, 0]


def at_raise(one: Seen) -> F64:
    """Return the alarm's margin where it was raised, 0 elsewhere: no memory of earlier bursts."""
    return np.where(one.run.raised, np.maximum(one.run.margin, 1e-6), 0.0)[:, 0]


def rows_of(name: str, marked: Sequence[Marked]) -> list[dict[str, object]]:
    """Return the results of a detector: every group by both kinds of threshold."""
    rows: list[dict[str, object]] = []
    groups = sorted({one.group for one in marked})
    corpus = {profile: nab_scorer.judge(marked, profile) for profile in nab_scorer.PROFILES}
    for group in ["all", *groups]:
        mine = [one for one in marked if group in ("all", one.group)]
        if not any(one.windows for one in mine):
            continue
        for kind in ("corpus", "group"):
            row: dict[str, object] = {"detector": name, "group": group, "threshold": kind}
            for profile, best in corpus.items():
                limit = best.threshold if kind == "corpus" else None
                got = nab_scorer.judge(mine, profile, limit)
                row[profile] = round(got.score, 1)
                row[f"{profile}_range"] = likely(mine, profile, got.threshold)
                row[f"{profile}_found"] = f"{got.found}/{got.windows}"
                row[f"{profile}_false"] = got.false
            rows.append(row)
    return rows


def likely(marked: Sequence[Marked], profile: str, threshold: float) -> list[float]:
    """Return the 95 % range of a score when files are drawn anew from these, threshold fixed."""
    miss = nab_scorer.PROFILES[profile][1]
    each = [nab_scorer.judge([one], profile, threshold) for one in marked]
    windows = np.array([got.windows for got in each])
    raw = np.array(
        [got.score * got.windows * (1 + miss) / 100 if got.windows else got.score for got in each]
    )
    drawn = np.random.default_rng(1).integers(0, len(each), (2_000, len(each)))
    total = windows[drawn].sum(axis=1)
    score = 100 * raw[drawn].sum(axis=1)[total > 0] / (total[total > 0] * (1 + miss))
    return [round(float(one), 1) for one in np.quantile(score, [0.025, 0.975])]


def folds(marked: Sequence[Marked], number: int = 5) -> dict[str, float]:
    """Return the group's score when each fifth is judged by the other fifths' threshold."""
    mine = [one for one in marked if one.group == GROUP]
    out = {}
    for profile, (_, miss) in nab_scorer.PROFILES.items():
        raw, windows = 0.0, 0
        for fold in range(number):
            held = mine[fold::number]
            rest = [one for one in mine if one not in held]
            limit = nab_scorer.judge(rest, profile).threshold
            got = nab_scorer.judge(held, profile, limit)
            raw += got.score * got.windows * (1 + miss) / 100
            windows += got.windows
        out[profile] = round(100 * raw / (windows * (1 + miss)), 1)
    return out


def crossed(seen: Sequence[Seen]) -> dict[str, object]:
    """Choose the constants on all other groups; return the choice and what it gives here."""
    others = [one for one in seen if one.file.group != GROUP]
    worth = []
    for constants in GRID:
        marked = mark(others, lambda one, constants=constants: surprise(one, **constants))
        worth.append(nab_scorer.judge(marked, "standard").score)
    best = GRID[int(np.argmax(worth))]
    here = [one for one in seen if one.file.group == GROUP]
    marked = mark(here, lambda one: surprise(one, **best))
    scores = {name: round(nab_scorer.judge(marked, name).score, 1) for name in nab_scorer.PROFILES}
    return {"detector": "ours, constants chosen on the other groups", "group": GROUP,
            "threshold": "group", **scores, "constants": best}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nab", type=Path, default=nab_corpus.DEFAULT, metavar="PATH")
    parser.add_argument("--group", help="only this group of files")
    parser.add_argument("--cross", action="store_true", help="choose constants on other groups too")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    files = nab_corpus.load(options.nab)
    files = [file for file in files if options.group in (None, file.group)]
    gaussian = [
        Marked(file.group, file.name, windowed_gaussian(file.value), file.windows) for file in files
    ]
    null = [Marked(one.group, one.name, one.score * 0, one.windows) for one in gaussian]
    seen = see(files)
    ours = mark(seen, surprise)
    rows = rows_of("null", null) + rows_of("windowed Gaussian", gaussian)
    rows += rows_of("ours, margin when raised", mark(seen, at_raise)) + rows_of("ours", ours)
    here = [one for one in gaussian if one.group == GROUP]
    check = {
        name: round(nab_scorer.judge(here, name, 1.0).score, 1) for name in nab_scorer.PROFILES
    }
    rows.append({"detector": "windowed Gaussian, its published threshold", "group": GROUP,
                 "threshold": "1.0", **check, "published": PUBLISHED_GAUSSIAN})  # fmt: skip
    rows.append({"detector": "ours, threshold from the other files", "group": GROUP,
                 "threshold": "five folds", **folds(ours)})  # fmt: skip
    if options.cross:
        rows.append(crossed(seen))
    for row in rows:
        cells = "  ".join(f"{row[name]:>6}" for name in nab_scorer.PROFILES)
        print(f"{row['detector']:<44} {row['group']:<22} {row['threshold']:<10} {cells}")
    if options.json:
        what = f"NAB, {len(files)} files, {sum(len(file.value) for file in files):,} records"
        command = "python bench/detection/nab.py --cross --json bench/detection/results/nab.json"
        text = json.dumps(
            {"what": what, "command": command, "goals": GOALS, "rows": rows}, indent=1
        )
        options.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
