"""The detector run over many series at once, as `uproar detect` runs it: what each bin showed.

Strictly causal after the warm-up, whose mean is the prior level (as in `uproar.detect.table`).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "src"))

import numpy as np
from numpy.typing import NDArray

from uproar.detect import cusum, detector, table

F64 = NDArray[np.float64]


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
