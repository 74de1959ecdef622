"""Alarms of a table of counts: the detector run over a file instead of over live ticks.

Strictly causal: what is said about a bin rests on that bin and those before it. Each series begins
with a warm-up during which it only learns; its prior level is the mean of that stretch.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector
from uproar.model.incident import Alarm
from uproar.model.tick import HOUR_MS
from uproar.wire.counts import Counts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]

WARMUP_MS = 6 * HOUR_MS
WARMUP_BINS = 28  # Where bins are too wide for hours to tell much.


def warmup_bins(bin_ms: int, warmup_ms: int | None) -> int:
    """Return how many bins a series only learns; None asks for the default."""
    if warmup_ms is not None:
        return -(-warmup_ms // bin_ms)
    return WARMUP_MS // bin_ms if bin_ms < HOUR_MS else WARMUP_BINS


def alarms(counts: Counts, *, false_alarms_per_week: float, warmup: int) -> Iterator[Alarm]:
    """Yield the alarms of all series, raised and cleared, in order of time.

    `warmup` is in bins. Raises ValueError where `false_alarms_per_week` cannot be had.
    """
    design = detector.Design(bin_ms=counts.bin_ms, false_alarms_per_week=false_alarms_per_week)
    table = counts.counts
    known = np.isfinite(table)
    begun = known.argmax(axis=0)  # the first bin with a count; a series without any stays at 0
    order = np.argsort(begun, kind="stable")
    begins = begun[order]
    priors = _priors(table, known, begun, warmup)[order]
    phase = counts.start_ms % counts.bin_ms
    first_tick = counts.start_ms // counts.bin_ms
    state = detector.start(design)
    rows = 0
    usual: F64 = np.zeros(len(order))  # expected since the onset, of series in alarm
    told = np.zeros(len(order), dtype=np.bool_)
    for place in range(len(table)):
        more = int(np.searchsorted(begins, place, side="right")) - rows
        if more:
            fresh = priors[rows : rows + more]
            state = detector.grow(state, fresh, np.full(more, -1, dtype=np.int64), design)
            rows += more
        columns = order[:rows]
        missing = ~known[place, columns]
        observed = np.where(missing, 0.0, table[place, columns])
        tick = first_tick + place
        state, reading = detector.step(
            state,
            tick,
            observed,
            masked=bool(missing.all()),
            hold=np.zeros(rows, dtype=np.bool_),
            design=design,
            missing=missing if missing.any() else None,
        )
        usual[:rows] += reading.expected * ~missing
        changed = np.flatnonzero(reading.raised | reading.cleared)
        for row in changed:
            begin = max(int(reading.onset_tick[row, 1]) - first_tick, int(begins[row]))
            column = int(order[row])
            up = bool(reading.raised[row])
            if up:
                told[row] = place - begins[row] >= warmup
                usual[row] = reading.expected[row] * known[begin : place + 1, column].sum()
            if not told[row]:
                continue
            onset = reading.onset_tick[row]
            yield Alarm(
                series=counts.series[column],
                state="raised" if up else "cleared",
                at=(tick + 1) * counts.bin_ms + phase,
                onset=(
                    int(onset[0]) * counts.bin_ms + phase,
                    int(onset[1] + 1) * counts.bin_ms + phase,
                ),
                observed=round(float(np.nansum(table[begin : place + 1, column])), 3),
                expected=round(float(usual[row]), 3),
                score=round(float(reading.score[row]), 2),
            )


def _priors(table: F64, known: NDArray[np.bool_], begun: I64, warmup: int) -> F64:
    """Return the mean count of each series over its warm-up, as its level before it has learned."""
    out = np.empty(table.shape[1])
    for column, first in enumerate(begun):
        stretch = slice(int(first), int(first) + max(warmup, 1))
        seen = int(known[stretch, column].sum())
        total = float(np.nansum(table[stretch, column]))
        out[column] = (total + 0.5) / max(seen, 1)
    return out
