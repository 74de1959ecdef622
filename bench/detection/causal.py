"""The detector run over one series after the other, as `uproar detect` runs it: what each bin showed.

Strictly causal after the warm-up, whose mean is the prior level (as in `uproar.detect.table`).
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import numpy as np
from numpy.typing import NDArray

from uproar.detect import cusum, detector, novelty, table

F64 = NDArray[np.float64]
Bool = NDArray[np.bool_]

SURE = 6.0  # Nats above the threshold from which a series' own bursts are weighed.


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What each bin showed, (bin, row): `margin` in nats above the threshold, -1 out of alarm."""

    expected: F64
    margin: F64
    active: Bool
    raised: Bool


def run(
    counts: F64,
    bin_ms: int,
    start_ms: int,
    *,
    false_alarms_per_week: float = 0.25,
    warmup: int | None = None,
) -> Run:
    """Return what the detector showed of `counts`, (bin, row), NaN where missing."""
    bins, rows = counts.shape
    design = detector.Design(bin_ms=bin_ms, false_alarms_per_week=false_alarms_per_week)
    learn = max(1, table.warmup_bins(bin_ms, None) if warmup is None else warmup)
    known = np.isfinite(counts)
    prior = (np.nansum(counts[:learn], axis=0) + 0.5) / np.maximum(known[:learn].sum(axis=0), 1)
    state = detector.start(design)
    state = detector.grow(state, prior, np.full(rows, -1, dtype=np.int64), design)
    free = np.zeros(rows, dtype=np.bool_)
    out = Run(
        np.zeros((bins, rows)),
        np.full((bins, rows), -1.0),
        np.zeros((bins, rows), dtype=np.bool_),
        np.zeros((bins, rows), dtype=np.bool_),
    )
    first = start_ms // bin_ms
    for place in range(bins):
        missing = ~known[place]
        seen = np.where(missing, 0.0, counts[place])
        state, reading = detector.step(
            state,
            first + place,
            seen,
            bool(missing.all()),
            free,
            design,
            missing if missing.any() else None,
        )
        out.expected[place] = reading.expected
        out.active[place], out.raised[place] = reading.active, reading.raised
        for row in np.flatnonzero(reading.active | reading.raised):
            out.margin[place, row] = detector.margin(state, int(row))
    return out


def surprises(
    seen: Run, counts: F64, bin_ms: int, start_ms: int, own: novelty.Design, sure: float = SURE
) -> F64:
    """Return the surprise of each bin in nats: bursts held against the row's own ones before."""
    out = np.zeros(counts.shape)
    state = novelty.start(counts.shape[1])
    first = start_ms // bin_ms
    observed = np.nan_to_num(counts)
    for place in range(len(counts)):
        alarm = seen.margin[place] >= sure
        state, out[place] = novelty.step(
            state, first + place, observed[place], seen.expected[place], alarm, own
        )
    return out


def margins(counts: F64, bin_ms: int, start_ms: int, *, false_alarms_per_week: float = 0.25) -> F64:
    """Return how far each bin stands above its thresholds in nats, below zero where it does not."""
    design = detector.Design(bin_ms=bin_ms, false_alarms_per_week=false_alarms_per_week)
    learn = table.warmup_bins(bin_ms, None)
    prior = (counts[:learn].sum(axis=0) + 0.5) / learn
    state = detector.start(design)
    state = detector.grow(state, prior, np.full(counts.shape[1], -1, dtype=np.int64), design)
    free = np.zeros(counts.shape[1], dtype=np.bool_)
    out = np.zeros(counts.shape, dtype=np.float32)
    first = start_ms // bin_ms
    for place, observed in enumerate(counts):
        state, reading = detector.step(state, first + place, observed, False, free, design)
        out[place] = cusum.margin(reading.scores, state.limit[:, : counts.shape[1]])
    return out
