"""How rare is this rise for this series? Its own past bursts say what a burst is worth.

Counts of what people say come in bursts as a matter of course, with tails that no law of counting
has. So the height of a burst is held against the heights of the bursts that the series has shown so
far: with N of them as high within a time T, one as high is to be expected N / T of the time, and
seeing one now is a surprise of log(T / N) nats. Beyond the highest one so far the tail goes on as an
exponential law of log heights (Hill, 1975: a power law of heights), fitted to the highest ones.

A burst is a stretch of bins in alarm; bins in alarm less than `quiet_ms` apart are one burst (the
declustering by runs of extreme-value theory). It is told once, when it begins, and again only when
it has become more surprising by `step` nats. Strictly causal, bounded memory, no labels.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch
from uproar.model.tick import DAY_MS, HOUR_MS, MINUTE_MS

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

PEAKS = 64  # Bursts remembered; at two a day that is longer than memory lasts.
TAIL = 10  # The highest of them, which the tail is fitted to.
TAIL_USUAL, TAIL_CERTAINTY = (
    0.4,
    3.0,
)  # Mean excess of log heights before any is known, and its weight.
FIRST = 0.5  # How many bursts as high are supposed where none was seen.


@dataclass(frozen=True, slots=True)
class Design:
    """What counts as one burst, and how long bursts are remembered.

    `smooth_ms` is the time over which excess is averaged, `prior_ms` the time that a series is
    supposed to have been without a burst before it was seen first.
    """

    bin_ms: int
    smooth_ms: int = 15 * MINUTE_MS
    quiet_ms: int = 12 * HOUR_MS
    memory_ms: int = 28 * DAY_MS
    prior_ms: int = 4 * DAY_MS
    step: float = 0.7

    @property
    def keep(self) -> float:
        """Return the part of an average that one bin leaves."""
        return float(np.exp(-self.bin_ms / self.smooth_ms))


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """What is remembered of each row. Times are bins since the epoch, -1 where there is none."""

    excess: F64  # smoothed observed less expected
    usual: F64  # smoothed expected
    first: I64  # first bin seen
    last: I64  # last bin in alarm
    height: F64  # of the present burst, a logarithm
    height_at: I64
    told: F64  # surprise told of it
    peak: F64  # (place, row) heights of past bursts
    peak_at: I64  # (place, row)
    bursts: I64  # how many there were in all


def start(rows: int) -> State:
    """Return the state of rows that have shown nothing yet."""
    return State(
        excess=np.zeros(rows),
        usual=np.zeros(rows),
        first=np.full(rows, -1, dtype=np.int64),
        last=np.full(rows, -1, dtype=np.int64),
        height=np.zeros(rows),
        height_at=np.full(rows, -1, dtype=np.int64),
        told=np.full(rows, -np.inf),
        peak=np.full((PEAKS, rows), -np.inf),
        peak_at=np.full((PEAKS, rows), -1, dtype=np.int64),
        bursts=np.zeros(rows, dtype=np.int64),
    )


def grow(state: State, more: int) -> State:
    """Return the state with more rows at its end."""
    fresh = start(more)
    return State(
        **{
            field.name: np.concatenate(
                [getattr(state, field.name), getattr(fresh, field.name)], axis=-1
            )
            for field in fields(State)
        }
    )


def step(
    state: State, tick: int, observed: F64, expected: F64, alarm: Bool, design: Design
) -> tuple[State, F64]:
    """Take in one bin of every row; return the new state and what is surprising, in nats.

    `tick` is the number of the bin and must increase. Rows out of alarm are never surprising, and
    only rows in `alarm` cost more than two additions. The surprise is 0 where nothing is told and
    above 0 where it is. Takes ownership of `state`.
    """
    if not len(observed) == len(expected) == len(alarm) == len(state.last):
        raise ShapeMismatch(observed.shape, expected.shape, alarm.shape, state.last.shape)
    keep = design.keep
    state.excess[:] = keep * state.excess + (1.0 - keep) * (observed - expected)
    state.usual[:] = keep * state.usual + (1.0 - keep) * expected
    state.first[state.first < 0] = tick
    out = np.zeros(len(observed))
    at = np.flatnonzero(alarm)
    if not at.size:
        return state, out
    quiet = -(-design.quiet_ms // design.bin_ms)
    begun = state.last[at] >= 0
    fresh = ~begun | (tick - state.last[at] > quiet)
    _remember(state, at[fresh & begun])
    state.height[at[fresh]] = -np.inf
    state.told[at[fresh]] = -np.inf
    state.last[at] = tick
    height = heights(state.excess[at], state.usual[at], design)
    higher = height > state.height[at]
    at, height = at[higher], height[higher]
    if not at.size:
        return state, out
    state.height[at] = height
    state.height_at[at] = tick
    surprise = _surprise(state, at, height, tick, design)
    news = surprise > state.told[at] + design.step
    state.told[at[news]] = surprise[news]
    out[at[news]] = np.maximum(surprise[news], 1e-6)
    return state, out


def heights(excess: F64, usual: F64, design: Design) -> F64:
    """Return the logarithm of the excess, no lower than that of its chance error.

    `excess` and `usual` are averages over the bins that smoothing is worth, per bin.
    """
    bins = 1.0 / (1.0 - design.keep)
    out: F64 = np.log(np.maximum(excess, 0.0) + np.sqrt(usual / bins) + 1.0 / bins)
    return out


def _remember(state: State, at: I64) -> None:
    """Put the bursts that are over among the past ones."""
    place = state.bursts[at] % PEAKS
    state.peak[place, at] = state.height[at]
    state.peak_at[place, at] = state.height_at[at]
    state.bursts[at] += 1


def _surprise(state: State, at: I64, height: F64, tick: int, design: Design) -> F64:
    """Return log(T / N) of the rows `at`, with the tail beyond the highest burst so far."""
    memory = design.memory_ms / design.bin_ms
    peak = state.peak[:, at]
    known = state.peak_at[:, at] >= 0
    weight = np.where(known, np.exp(-(tick - state.peak_at[:, at]) / memory), 0.0)
    as_high = (weight * (peak >= height)).sum(axis=0)
    time = memory * -np.expm1(-(tick - state.first[at]) / memory)
    time = (time + design.prior_ms / design.bin_ms) * design.bin_ms / DAY_MS
    out = np.log(time / (as_high + FIRST))
    top = np.argsort(-peak, axis=0, kind="stable")[:TAIL]
    high = np.take_along_axis(peak, top, axis=0)
    worth = np.take_along_axis(weight, top, axis=0)
    base = np.where(worth > 0, high, np.inf).min(axis=0)
    above = (worth * np.where(worth > 0, high - np.where(worth > 0, base, 0.0), 0.0)).sum(axis=0)
    scale = (TAIL_USUAL * TAIL_CERTAINTY + above) / (TAIL_CERTAINTY + worth.sum(axis=0))
    beyond = height - peak.max(axis=0)
    out += np.where(known.any(axis=0), np.maximum(beyond, 0.0) / scale, 0.0)
    return np.asarray(out, dtype=np.float64)
