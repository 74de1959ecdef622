"""The published scoring rules of the Numenta Anomaly Benchmark, written anew.

The first 15 % of a file (of its first 5,000 records at most) is not scored. In a window only the
earliest detection counts, the more the nearer to the window's left edge; a window without one costs.
Outside, each detection costs, the more the farther behind the last window. One threshold for all
files given, the best one of each profile. 0 is a detector that never says anything, 100 a perfect one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

PROBATION, PROBATION_RECORDS = 0.15, 5_000
FAR = 3.0  # Window widths behind a window, from which a detection costs all it can.
PROFILES: Mapping[str, tuple[float, float]] = {
    "standard": (0.11, 1.0),
    "low_FP": (0.22, 1.0),
    "low_FN": (0.11, 2.0),
}
"""Weights of a false positive and of a missed window; a found one weighs 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A file's detector scores, a record each, and its windows as (first, last) records."""

    group: str
    name: str
    score: F64
    windows: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one threshold is worth. `found` of `windows` and `false` records outside of any."""

    score: float
    threshold: float
    windows: int
    found: int
    false: int


def worth(position: F64) -> F64:
    """Return the scaled sigmoid: 0.987 a window's width before its right edge, -1 far behind it."""
    return np.where(
        position >= FAR, -1.0, 2.0 / (1.0 + np.exp(5.0 * np.minimum(position, FAR))) - 1
    )


def probation(records: int) -> int:
    """Return how many records at the beginning are not scored."""
    return int(min(np.floor(PROBATION * records), PROBATION * PROBATION_RECORDS))


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """What lowering the threshold past a score changes: found windows' credit, false ones' cost."""

    score: F64
    credit: F64
    cost: F64
    found: F64
    windows: int


def _steps(file: Marked) -> _Steps:
    records = len(file.score)
    begin = probation(records)
    place = np.arange(records)
    position = np.full(records, FAR)
    inside = np.zeros(records, dtype=np.bool_)
    for first, last in file.windows:
        behind = place > last
        position[behind] = (place[behind] - last) / max(last - first, 1)
    for first, last in file.windows:
        inside[first : last + 1] = True
    outside = np.flatnonzero(~inside & (place >= begin))
    scores, gains, costs, found = [file.score[outside]], [], [-worth(position[outside])], []
    gains.append(np.zeros(len(outside)))
    found.append(np.zeros(len(outside)))
    for first, last in file.windows:
        at = np.arange(max(first, begin), last + 1)
        if not at.size:
            continue
        credit = worth(-(last - at + 1) / (last - first + 1)) / worth(np.array([-1.0]))
        # Lowering the threshold reaches records in order of score; a later one adds nothing.
        before = np.concatenate([[-np.inf], np.maximum.accumulate(file.score[at])[:-1]])
        best = np.flatnonzero(file.score[at] > before)
        gain = credit[best] - np.concatenate([credit[best][1:], [0.0]])
        scores.append(file.score[at][best])
        gains.append(gain)
        costs.append(np.zeros(len(best)))
        found.append(np.concatenate([np.zeros(len(best) - 1), [1.0]]))
    return _Steps(
        np.concatenate(scores),
        np.concatenate(gains),
        np.concatenate(costs),
        np.concatenate(found),
        len(file.windows),
    )


def judge(files: Iterable[Marked], profile: str, threshold: float | None = None) -> Result:
    """Return the best result over thresholds, or that of one threshold."""
    parts = [_steps(file) for file in files]
    fp, fn = PROFILES[profile]
    windows = sum(part.windows for part in parts)
    score = np.concatenate([part.score for part in parts])
    order = np.argsort(-score, kind="stable")
    score = score[order]
    found = np.cumsum(np.concatenate([part.found for part in parts])[order])
    credit = np.cumsum(np.concatenate([part.credit for part in parts])[order])
    cost = np.concatenate([part.cost for part in parts])[order]
    false = np.cumsum(
        np.concatenate([part.found * 0 + (part.credit == 0) for part in parts])[order]
    )
    raw = credit - fp * np.cumsum(cost) - fn * (windows - found)
    last = np.flatnonzero(np.append(np.diff(score) != 0, True))
    if threshold is None:
        best = last[int(raw[last].argmax())] if raw[last].max() > -fn * windows else -1
    else:
        reached = last[score[last] >= threshold]
        best = reached[-1] if reached.size else -1
    if best < 0:
        return Result(0.0, float("inf"), windows, 0, 0)
    value = (
        100.0 * (raw[best] + fn * windows) / (windows * (1.0 + fn)) if windows else float(raw[best])
    )
    return Result(float(value), float(score[best]), windows, round(found[best]), round(false[best]))
