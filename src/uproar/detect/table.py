"""Alarms of a table of counts: the detector run over a file instead of over live ticks.

Strictly causal: what is said about a bin rests on that bin and those before it. Each series begins
with a warm-up during which it only learns; its prior level is the mean of that stretch. What an alarm
is worth is how surprising it is for its own series (`novelty`); which alarms there are is not touched by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from uproar.detect import cusum, daily, detector, novelty
from uproar.detect.season import UTC, Season
from uproar.model.incident import Alarm
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.wire.counts import Counts

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

WARMUP_MS = 6 * HOUR_MS
WARMUP_BINS = 28  # Where bins are too wide for hours to tell much.
SURE = 9.0  # Nats above its threshold from which a standing alarm may be told again: a false one hardly.


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
    engine: Engine | None = None,
    own: novelty.Design | None = None,
) -> Iterator[Alarm]:
    """Yield the alarms of all series, raised, told again and cleared, in order of time.

    `warmup` is in bins; `calendars` are the numbers of the series' calendars in `season` (default 0).
    `engine` and `own`, for trials, stand in for what usually looks at such bins and for what usually
    is news in them. Raises ValueError where `false_alarms_per_week` cannot be had.
    """
    engine = engine or engine_for(counts.bin_ms, false_alarms_per_week, season)
    own = own or novelty.Design(counts.bin_ms)
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
    past = novelty.start(0)
    for place in range(len(table)):
        more = int(np.searchsorted(begins, place, side="right")) - rows
        if more:
            fresh = slice(rows, rows + more)
            engine.grow(priors[fresh], first_tick + place, lived[order[fresh]])
            past = novelty.grow(past, more)
            rows += more
        columns = order[:rows]
        missing = ~known[place, columns]
        observed = np.where(missing, 0.0, table[place, columns])
        tick = first_tick + place
        reading = engine.step(tick, observed, missing)
        usual[:rows] += reading.expected * ~missing
        for row in np.flatnonzero(reading.raised):
            begin = max(int(reading.onset_tick[row, 1]) - first_tick, int(begins[row]))
            told[row] = place - begins[row] >= warmup
            usual[row] = reading.expected[row] * known[begin : place + 1, order[row]].sum()
        alarm = reading.active & told[:rows]
        past, news = novelty.step(
            past,
            tick,
            observed,
            missing=missing,
            alarm=alarm,
            ask=_worth_asking(engine, reading, alarm & ~missing),
            design=own,
        )
        changed = reading.raised | reading.cleared | (news > 0)
        for row in np.flatnonzero(changed & told[:rows]):
            begin = max(int(reading.onset_tick[row, 1]) - first_tick, int(begins[row]))
            column = int(order[row])
            onset = reading.onset_tick[row]
            yield Alarm(
                series=counts.series[column],
                state="cleared" if reading.cleared[row] else "raised",
                at=(tick + 1) * counts.bin_ms + phase,
                onset=(
                    int(onset[0]) * counts.bin_ms + phase,
                    int(onset[1] + 1) * counts.bin_ms + phase,
                ),
                observed=round(float(np.nansum(table[begin : place + 1, column])), 3),
                expected=round(float(usual[row]), 3),
                score=round(float(news[row]), 3),
                evidence=round(float(reading.score[row]), 2),
                again=bool(news[row] > 0 and not reading.raised[row]),
            )


def _worth_asking(engine: Engine, reading: detector.Reading, alarm: Bool) -> Bool:
    """Return the alarms that have just been raised, and those that are beyond doubt."""
    ask = reading.raised & alarm
    standing = np.flatnonzero(alarm & ~ask)
    if standing.size:
        ask[standing] = engine.margin(standing) >= SURE
    return ask


class Engine(Protocol):
    """What looks at a table bin by bin."""

    def grow(self, priors: F64, tick: int, calendars: I64) -> None:
        """Begin more series, with what they are expected to count in a bin, and their calendars."""

    def step(self, tick: int, observed: F64, missing: Bool) -> detector.Reading:
        """Take in one bin of every series."""
        ...

    def margin(self, rows: I64) -> F64:
        """Return how far rows stand above their thresholds, in units of the score."""
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

    def margin(self, rows: I64) -> F64:
        return cusum.margin(self.state.score[:, rows], self.state.limit[:, rows])


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

    def margin(self, rows: I64) -> F64:
        # The threshold of a day moves by itself, so that no distance from it is beyond doubt.
        return np.full(len(rows), np.inf)


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
