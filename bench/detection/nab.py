"""How does it fare on the Numenta Anomaly Benchmark? `python bench/detection/nab.py [--nab PATH]`.

Every file is given to `uproar detect` alone, with its usual options, and a record's score is that of
the line printed for its bin, 0 where there is none. One design and one threshold for all files; nothing
is tuned to a file. Scored by the published rules (nab_scorer); the null detector and the windowed
Gaussian are scored beside it, the latter against its published figures, to show that the rules are
kept. Values that are no whole numbers are counted in grains of their own noise, for the detector
counts; a record is a bin, whatever its time. Only rises are looked for, so that drops are missed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import nab_corpus
import nab_scorer
import numpy as np
from causal import detector, table
from nab_corpus import File
from nab_scorer import Marked
from numpy.typing import NDArray

from uproar.detect import novelty
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.wire import counts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

GROUP = "realTweets"
RATE = 0.25  # The command's false alarms a week, unless asked otherwise.
PUBLISHED_GAUSSIAN = {"standard": 51.4, "low_FP": 16.3, "low_FN": 64.6}
GOALS = (
    {"standard": 74.5, "low_FP": 73.1, "low_FN": 76.9},
    {"standard": 83.2, "low_FP": 74.6, "low_FN": 88.8},
)
HOUR_MS = 3_600_000
GRID = [
    {"scales_ms": tuple(minutes * 60_000 for minutes in scales), "step": step}
    for scales, step in (
        ((5, 5, 5), 0.7),
        ((60, 60, 60), 0.7),
        ((5, 15, 60), 0.7),
        ((5, 60, 240), 0.7),
        ((5, 60, 240), 1.0),
    )
]


class Tape:
    """What looked at a file, kept so that it can be played again with other constants of novelty."""

    def __init__(self, bin_ms: int) -> None:
        self.engine = table.engine_for(bin_ms, RATE)
        self.expected: list[float] = []
        self.loud: dict[int, detector.Reading] = {}
        self.margins: dict[int, F64] = {}
        self.place = -1
        self.whole = False

    def again(self) -> Tape:
        """Return the tape at its beginning, to be played."""
        self.place, self.whole = -1, True
        return self

    def grow(self, priors: F64, tick: int, calendars: NDArray[np.int64]) -> None:
        if not self.whole:
            self.engine.grow(priors, tick, calendars)

    def step(self, tick: int, observed: F64, missing: Bool) -> detector.Reading:
        self.place += 1
        if self.whole:
            kept = self.loud.get(self.place)
            return kept or _quiet(self.expected[self.place])
        reading = self.engine.step(tick, observed, missing)
        self.expected.append(float(reading.expected[0]))
        if (reading.active | reading.raised | reading.cleared).any():
            names = [field.name for field in fields(reading)]
            self.loud[self.place] = detector.Reading(
                **{name: getattr(reading, name).copy() for name in names}
            )
        return reading

    def margin(self, rows: I64) -> F64:
        if not self.whole:
            self.margins[self.place] = self.engine.margin(rows)
        return self.margins[self.place]


def _quiet(expected: float) -> detector.Reading:
    nothing, no = np.zeros(1), np.zeros(1, dtype=np.bool_)
    onset = np.zeros((1, 2), dtype=np.int64)
    return detector.Reading(np.array([expected]), nothing, nothing[None], no, no, no, onset)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A file with what looked at it, and what the command says of it."""

    file: File
    counts: counts.Counts
    tape: Tape
    alarms: tuple[Alarm, ...]


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
    """Give every file to the command, alone."""
    out = []
    for file in files:
        start = int(file.at_ms[0]) // file.bin_ms * file.bin_ms
        given = counts.Counts((SeriesKey(""),), start, file.bin_ms, as_counts(file)[:, None], ())
        tape = Tape(file.bin_ms)
        out.append(Seen(file, given, tape, said(given, tape)))
        print(f"{file.group} {file.name}", file=sys.stderr, flush=True)
    return out


def said(given: counts.Counts, tape: Tape, own: novelty.Design | None = None) -> tuple[Alarm, ...]:
    """Return what `uproar detect` prints of a table, as values."""
    warmup = table.warmup_bins(given.bin_ms, None)
    return tuple(
        table.alarms(given, false_alarms_per_week=RATE, warmup=warmup, engine=tape, own=own)
    )


def mark(seen: Sequence[Seen], score: Callable[[Seen], F64]) -> list[Marked]:
    """Return the files with one score a record."""
    return [Marked(one.file.group, one.file.name, score(one), one.file.windows) for one in seen]


def surprise(one: Seen, **constants: Any) -> F64:
    """Return the score of each record: that of the line printed for its bin."""
    alarms = one.alarms
    if constants:
        own = novelty.Design(one.file.bin_ms, **constants)
        alarms = said(one.counts, one.tape.again(), own)
    return _by_record(one, [(alarm.at, alarm.score) for alarm in alarms])


def at_raise(one: Seen) -> F64:
    """Return the alarm's evidence where it was raised, 0 elsewhere: no memory of earlier bursts."""
    raised = [alarm for alarm in one.alarms if alarm.state == "raised" and not alarm.again]
    return _by_record(one, [(alarm.at, max(alarm.evidence or 0.0, 1e-6)) for alarm in raised])


def _by_record(one: Seen, lines: Sequence[tuple[int, float]]) -> F64:
    out = np.zeros(len(one.file.value))
    for at, score in lines:
        out[(at - one.counts.start_ms) // one.file.bin_ms - 1] = score
    return out


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
    rows += rows_of("ours, evidence when raised", mark(seen, at_raise)) + rows_of("ours", ours)
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
