"""How rare is this height for this series? Its own half days say how long one waits for one as high.

Counts of what people say come in bursts as a matter of course, with tails that no law of counting
has. So the height of an alarm is held against the highest heights of the half days that the series
has shown so far (block maxima): where N of them within T days were as high, one waits T / N days for
the next. Beyond the highest one so far the tail goes on as a power law, fitted to the highest ones
(Hill, 1975).

A height is a mean count over one of three times: a burst may be rare for its peak, for its hour or
for its mass. The wait is the geometric mean of the three; the surprise is log(1 + wait in days), in
nats, so that 0 says nothing at all and 3 once in about three weeks.

A burst lasts as long as the alarms of a series are less than `quiet_ms` apart. It is told when it
begins, and again only when it has become more surprising by `step`, or by as many steps as `gap_ms` is
times the time since: of what was told there is no more news. Causal, bounded memory, no labels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch
from uproar.model.tick import DAY_MS, HOUR_MS, MINUTE_MS

F64 = NDArray[np.float64]
F32 = NDArray[np.float32]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

SCALES_MS = (5 * MINUTE_MS, HOUR_MS, 4 * HOUR_MS)
BLOCK_MS = 12 * HOUR_MS
PEAKS = 64  # Half days remembered.
MEMORY_MS = 28 * DAY_MS
SETTLE_MS = 6 * HOUR_MS  # The first means of a series are no witness of how high it goes.
PRIOR_MS = 4 * DAY_MS  # A series is supposed to have been ordinary so long before it was seen.
QUIET_MS = 8 * HOUR_MS
GAP_MS = 2 * HOUR_MS
STEP = 0.7  # Nats: half as likely.
TAIL = 10  # The highest half days, which the tail is fitted to.
TAIL_USUAL = 0.4  # Mean excess of log heights before any is known, and how many it counts for.
TAIL_CERTAINTY = 3.0
FIRST = 0.5  # How many half days as high are supposed where none was seen.
UNKNOWN = -1.0  # A half day in which nothing was seen.


@dataclass(frozen=True, slots=True)
class Design:
    """What is news in bins of this width; for wider ones than an hour all times grow in proportion.

    `scales_ms` are the times over which counts are averaged, `quiet_ms` ends a burst, `gap_ms` and
    `step` say when a burst is told again.
    """

    bin_ms: int
    scales_ms: tuple[int, int, int] = SCALES_MS
    quiet_ms: int = QUIET_MS
    gap_ms: int = GAP_MS
    step: float = STEP

    def bins(self, time_ms: int) -> int:
        """Return how many bins a time is, one at least."""
        return max(1, round(time_ms * max(1.0, self.bin_ms / HOUR_MS) / self.bin_ms))

    @property
    def scales(self) -> F64:
        """Return how many bins the three means cover, as a column."""
        return np.array([[self.bins(scale)] for scale in self.scales_ms], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is remembered of each row. Times are bins since the epoch, -1 where there is none."""

    block: I64  # (1,) the present half day
    begun: I64  # first bin seen
    mean: F64  # (scale, row)
    top: F32  # (scale, row) highest mean of the present half day
    peak: F32  # (scale, place, row) highest means of past half days
    last: I64  # last bin in alarm
    told_at: I64
    told: F64  # surprise told of the present burst


def start(rows: int) -> State:
    """Return the state of rows that have shown nothing yet."""
    scales = len(SCALES_MS)
    return State(
        block=np.full(1, -1, dtype=np.int64),
        begun=np.full(rows, -1, dtype=np.int64),
        mean=np.zeros((scales, rows)),
        top=np.full((scales, rows), UNKNOWN, dtype=np.float32),
        peak=np.full((scales, PEAKS, rows), UNKNOWN, dtype=np.float32),
        last=np.full(rows, -1, dtype=np.int64),
        told_at=np.full(rows, -1, dtype=np.int64),
        told=np.zeros(rows),
    )


def grow(state: State, more: int) -> State:
    """Return the state with more rows at its end."""
    fresh = start(more)
    joined = {
        field.name: np.concatenate(
            [getattr(state, field.name), getattr(fresh, field.name)], axis=-1
        )
        for field in fields(State)
        if field.name != "block"
    }
    return State(block=state.block, **joined)


def step(
    state: State,
    tick: int,
    observed: F64,
    *,
    missing: Bool,
    alarm: Bool,
    ask: Bool,
    design: Design,
) -> tuple[State, F64]:
    """Take in one bin of every row; return the new state and what is news, in nats.

    `tick` is the number of the bin and must increase. Of rows in `missing` nothing was seen. Rows in
    `alarm` go on with their burst; only rows in `ask`, which are in alarm, are held against their
    past. The news is 0 where there is none and above 0 where there is. Takes ownership of `state`.
    """
    if not len(observed) == len(missing) == len(alarm) == len(ask) == len(state.last):
        raise ShapeMismatch(observed.shape, missing.shape, alarm.shape, state.last.shape)
    _turn(state, tick // design.bins(BLOCK_MS))
    state.begun[state.begun < 0] = tick
    state.mean[:] += np.where(missing, 0.0, observed - state.mean) / design.scales
    settled = tick - state.begun >= design.bins(SETTLE_MS)
    np.maximum(state.top, state.mean, out=state.top, where=settled, casting="same_kind")
    out = np.zeros(len(observed))
    if not alarm.any():
        return state, out
    over = alarm & ((state.last < 0) | (tick - state.last > design.bins(design.quiet_ms)))
    state.told[over], state.told_at[over] = 0.0, -1
    state.last[alarm] = tick
    at = np.flatnonzero(ask)
    if not at.size:
        return state, out
    score = surprise(state, at, tick, design)
    since = np.maximum(tick - state.told_at[at], 1)
    enough = design.step * np.maximum(1.0, design.bins(design.gap_ms) / since)
    news = (state.told_at[at] < 0) | (score > state.told[at] + enough)
    at, score = at[news], score[news]
    state.told[at], state.told_at[at] = score, tick
    out[at] = score
    return state, out


def _turn(state: State, block: int) -> None:
    """Put the highest means of a half day that is over among the past ones."""
    before = int(state.block[0])
    if block == before:
        return
    state.block[0] = block
    if before < 0:
        return
    state.peak[:, before % PEAKS] = state.top
    state.top[:] = UNKNOWN
    for between in range(before + 1, min(block, before + PEAKS)):
        state.peak[:, between % PEAKS] = UNKNOWN


def surprise(state: State, at: I64, tick: int, design: Design) -> F64:
    """Return log(1 + days that the rows `at` wait for heights as their present ones)."""
    memory = MEMORY_MS / BLOCK_MS
    block = int(state.block[0])
    age = 1 + (block - 1 - np.arange(PEAKS)) % PEAKS
    height = np.log(state.mean[:, at] + 1.0 / design.scales).astype(np.float32)
    seen = state.peak[:, :, at]
    known = seen >= 0
    heights = np.where(known, np.maximum(seen, 0.0), 0.0) + 1.0 / design.scales[:, :, None]
    peak = np.where(known, np.log(heights), -np.inf).astype(np.float32)
    worth = np.where(known, np.exp(-age / memory)[None, :, None], 0.0)
    as_high = (worth * (peak >= height[:, None])).sum(axis=1)
    day = DAY_MS / design.bin_ms
    known_for = design.bins(MEMORY_MS) * -np.expm1(
        -(tick - state.begun[at]) / design.bins(MEMORY_MS)
    )
    wait = np.log((known_for + design.bins(PRIOR_MS)) / day / (as_high + FIRST))
    wait += _beyond(height, peak, worth)
    return np.asarray(np.logaddexp(0.0, wait.mean(axis=0)), dtype=np.float64)


def _beyond(height: F32, peak: F32, worth: F64) -> F64:
    """Return what a height above all past ones adds: its excess in units of the tail's scale."""
    order = np.argsort(-peak, axis=1, kind="stable")[:, :TAIL]
    high = np.take_along_axis(peak, order, axis=1)
    weight = np.take_along_axis(worth, order, axis=1)
    known = weight > 0
    base = np.where(known, high, np.inf).min(axis=1)
    excess = np.where(known, high, 0.0) - np.where(known, base[:, None], 0.0)
    scale = (TAIL_USUAL * TAIL_CERTAINTY + (weight * excess).sum(axis=1)) / (
        TAIL_CERTAINTY + weight.sum(axis=1)
    )
    highest = np.where(known[:, 0], high[:, 0], height)
    out: F64 = np.maximum(height - highest, 0.0) / scale
    return out
