"""Alarms of a table of counts: the detector run over a file instead of over live ticks.

Strictly causal: what is said about a bin rests on that bin and those before it. Each series begins
with a warm-up during which it only learns; its prior level is the mean of that stretch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uproar.detect import daily, detector
from uproar.detect.season import UTC, Season
from uproar.model.incident import Alarm
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.wire.counts import Counts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

WARMUP_MS = 6 * HOUR_MS
WARMUP_BINS = 28  # Where bins are too wide for hours to tell much.


def warmup_bins(bin_ms: int, warmup_ms: int | None) -> int:
    """Return how many bins a series only learns; None asks for the default."""
    if warmup_ms is not None:
        return -(-warmup_ms // bin_ms)
    return WARMUP_MS // bin_ms if bin_ms < HOUR_MS else WARMUP_BINS


def alarms(
    counts: Counts,
    *,
    false_alarms_per_week: float,
    warmup: int,
    season: Season = UTC,
    calendars: I64 | None = None,
) -> Iterator[Alarm]:
    """Yield the alarms of all series, raised and cleared, in order of time.

    `warmup` is in bins; `calendars` are the numbers of the series' calendars in `season` (default 0).
    Raises ValueError where `false_alarms_per_week` cannot be had.
    """
    engine = engine_for(counts.bin_ms, false_alarms_per_week, season)
    lived = np.zeros(len(counts.series), dtype=np.int64) if calendars is None else calendars
    table = counts.counts
    known = np.isfinite(table)
    begun = known.argmax(axis=0)  # the first bin with a count; a series without any stays at 0
    order = np.argsort(begun, kind="stable")
    begins = begun[order]
    priors = _priors(table, known, begun, warmup)[order]
    phase = counts.start_ms % counts.bin_ms
    first_tick = counts.start_ms // counts.bin_ms
    rows = 0
    usual: F64 = np.zeros(len(order))  # expected since the onset, of series in alarm
    told = np.zeros(len(order), dtype=np.bool_)
    for place in range(len(table)):
        more = int(np.searchsorted(begins, place, side="right")) - rows
        if more:
            fresh = slice(rows, rows + more)
            engine.grow(priors[fresh], first_tick + place, lived[order[fresh]])
            rows += more
        columns = order[:rows]
        missing = ~known[place, columns]
        observed = np.where(missing, 0.0, table[place, columns])
        tick = first_tick + place
        reading = engine.step(tick, observed, missing)
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


class Engine(Protocol):
    """What looks at a table bin by bin."""

    def grow(self, priors: F64, tick: int, calendars: I64) -> None:
        """Begin more series, with what they are expected to count in a bin, and their calendars."""

    def step(self, tick: int, observed: F64, missing: Bool) -> detector.Reading:
        """Take in one bin of every series."""
        ...


class _Bins:
    """Bins within a day: season of the day, attention, a bank of CUSUMs."""

    def __init__(self, design: detector.Design, season: Season) -> None:
        self.design = design
        self.season = season
        self.state = detector.start(design)

    def grow(self, priors: F64, tick: int, calendars: I64) -> None:  # noqa: ARG002 - bins count from the epoch
        lonely = np.full(len(priors), -1, dtype=np.int64)
        self.state = detector.grow(
            self.state, priors, lonely, self.design, calendars=calendars, season=self.season
        )

    def step(self, tick: int, observed: F64, missing: Bool) -> detector.Reading:
        self.state, reading = detector.step(
            self.state,
            tick,
            observed,
            masked=bool(missing.all()),
            hold=np.zeros(len(observed), dtype=np.bool_),
            design=self.design,
            missing=missing if missing.any() else None,
            season=self.season,
        )
        return reading


class _Days:
    """Bins of a day: weekdays, waves of the year, holidays of earlier years."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.state = daily.start()

    def grow(self, priors: F64, tick: int, calendars: I64) -> None:  # noqa: ARG002 - days have no clock
        self.state = daily.grow(self.state, priors, tick)

    def step(self, tick: int, observed: F64, missing: Bool) -> detector.Reading:
        self.state, reading = daily.step(
            self.state, tick, observed, missing=missing, rate=self.rate
        )
        return reading


def engine_for(bin_ms: int, false_alarms_per_week: float, season: Season = UTC) -> Engine:
    """Return what looks at bins of this width."""
    if bin_ms == DAY_MS:
        return _Days(daily.rate_of(false_alarms_per_week))
    design = detector.Design(bin_ms=bin_ms, false_alarms_per_week=false_alarms_per_week)
    return _Bins(design, season)


def _priors(table: F64, known: NDArray[np.bool_], begun: I64, warmup: int) -> F64:
    """Return the mean count of each series over its warm-up, as its level before it has learned."""
    out = np.empty(table.shape[1])
    for column, first in enumerate(begun):
        stretch = slice(int(first), int(first) + max(warmup, 1))
        seen = int(known[stretch, column].sum())
        total = float(np.nansum(table[stretch, column]))
        out[column] = (total + 0.5) / max(seen, 1)
    return out
