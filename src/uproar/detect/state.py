"""The detector's design and its state: arrays with one row a series and room for more.

Bins are the detector's steps (10 s when live). Around them, units of about a minute, slots of about
five minutes within which the expectation stands still, and hours at whose end it learns. All are
counted from the epoch, so that it does not matter where a replay begins. What an hour taught is
taken in by blocks of rows over the bins that follow, so that no single bin has to wait for it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from uproar.detect import baseline, cusum
from uproar.stats import drift

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]

UNIT_MS, SLOT_MS, HOUR_MS = 60_000, 300_000, 3_600_000
RING = 180  # Units remembered for finding onsets: three hours of minutes.
CATCH_UP_UNITS = 10_080  # Units that a jump in time may be long; what is beyond is not aged.
ROWS_FIRST = 16
WEEK_MS = drift.WEEK_MS
LIFTS = len(cusum.LIFTS)

SCALES = 3  # Clumping is measured by units, slots and hours.

# Scalars of the state, by place in `State.meta`. Rows from DUE to DUE_ROWS still have the hour that
# ended with the unit DUE_UNIT to learn.
ROWS, UNIT, SLOT, HOUR, SEEN, DUE, DUE_ROWS, DUE_UNIT, DAY = range(9)


@dataclass(frozen=True, slots=True)
class Design:
    """What to look for and how often to be wrong.

    `false_alarms_per_week` is meant for one series. `absorb_ms` is how long a hold may keep a series
    from learning, `settle_ms` the same for an alarm that nobody holds on to; neither keeps it longer
    than it has learned before (an hour at least), for what is hardly known cannot be held on to.
    `pooled` lets series that have seen little borrow season and clumping from the others.
    """

    bin_ms: int = 10_000
    false_alarms_per_week: float = 0.25
    absorb_ms: int = WEEK_MS
    settle_ms: int = drift.DAY_MS
    pooled: bool = True

    def __post_init__(self) -> None:
        if not 1_000 <= self.bin_ms <= drift.DAY_MS:
            raise ValueError(f"bin_ms must be 1,000 to {drift.DAY_MS}, got {self.bin_ms}")
        if not 0 < self.false_alarms_per_week <= 1_000:
            raise ValueError("false_alarms_per_week must be above 0 and at most 1,000")
        if min(self.absorb_ms, self.settle_ms) < HOUR_MS:
            raise ValueError("absorb_ms and settle_ms must be an hour at least")

    @property
    def unit_bins(self) -> int:
        """Return how many bins make a unit."""
        return max(1, UNIT_MS // self.bin_ms)

    @property
    def slot_units(self) -> int:
        """Return how many units make a slot."""
        return max(1, SLOT_MS // (self.unit_bins * self.bin_ms))

    @property
    def hour_slots(self) -> int:
        """Return how many slots make an hour."""
        return max(1, HOUR_MS // (self.slot_units * self.unit_bins * self.bin_ms))

    @property
    def slot_bins(self) -> int:
        """Return how many bins make a slot."""
        return self.slot_units * self.unit_bins

    @property
    def hour_units(self) -> int:
        """Return how many units make an hour, one at least."""
        return self.slot_units * self.hour_slots

    @property
    def run_bins(self) -> float:
        """Return the wanted mean number of bins between false alarms of one series."""
        return WEEK_MS / self.bin_ms / self.false_alarms_per_week


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """Everything the detector remembers; rows beyond `meta[ROWS]` are room for later series."""

    meta: I64
    theta: F64  # (row, coefficient) of the seasonal log-rate
    cov: F64  # (row, coefficient, coefficient)
    usual: F64  # expected count of a bin of this slot, by the season alone
    mean: F64  # the same with the attention of the moment
    level: F64  # log of what attention multiplies the usual by
    level_doubt: F64
    waves: F64  # (3, row): clumping of a unit without waves of attention, their variance and memory
    doubt: F64  # variance of the log of the expectation
    alpha: F64  # clumping of a bin, doubt included
    gain: F64  # (lift, row) weights a and b of the bank, and its thresholds
    cost: F64
    limit: F64
    clump: F64
    score: F64  # (lift, row)
    calendar: I64  # by whose clocks the row lives
    parent: I64  # the row whose share this one is, or -1
    anchor: F64  # (row, coefficient): the prior mean that theta was learned from
    active: Bool
    onset: I64  # (row, 2)
    recover: F64  # (2, row): score of the recovery test, recent count of a bin
    unit_sum: F64
    unit_lost: F64
    slot_sum: F64
    slot_mean: F64
    slot_free: Bool  # no hold in this slot so far
    hour_sum: F64
    hour_mean: F64
    hour_units: F64  # units that hour_sum covers
    hour_free: Bool  # no hold in this hour so far, or an overdue one
    due_sum: F64  # the hour that is still to be learned
    due_mean: F64
    due_units: F64
    due_free: Bool
    odd_hours: F64
    moved: F64  # (2, row): evidence that the clocks were put forward, or back
    held_units: I64
    known_units: I64  # units that the row was free to learn from
    caution: F64  # nats added to the thresholds of a row that has a share of the budget only
    clumping: F64  # (scale, 2, row): sums of excess squares and of expected squares
    stretch: F64  # (lift, row): by what scores are divided, for peaks higher than the model's
    peak: F64  # (lift, row): highest score since it was last near zero
    tail: F64  # (2, lift, row): number and summed excess of the peaks so far
    pool: F64  # (coefficient): what the series have in common, the season of the pool
    usual_clump: F64  # (scale): clumping that the series have in common
    ring: NDArray[np.float32]  # (unit, row)


ROW_AXIS = {"gain": 1, "cost": 1, "limit": 1, "clump": 1, "score": 1, "recover": 1} | {
    "stretch": 1,
    "peak": 1,
    "tail": 2,
    "waves": 1,
    "moved": 1,
    "clumping": 2,
    "ring": 1,
}
SHARED = frozenset({"meta", "pool", "usual_clump"})  # Fields without rows.


def start(design: Design) -> State:
    """Return the state of no series."""
    width = drift.basis_for(design.bin_ms).width
    meta = np.zeros(12, dtype=np.int64)
    meta[[UNIT, SLOT, HOUR, DAY]] = -1
    return State(
        meta=meta,
        theta=np.zeros((0, width)),
        cov=np.zeros((0, width, width)),
        usual=np.zeros(0),
        mean=np.zeros(0),
        level=np.zeros(0),
        level_doubt=np.zeros(0),
        waves=np.zeros((3, 0)),
        doubt=np.zeros(0),
        alpha=np.zeros(0),
        gain=np.zeros((LIFTS, 0)),
        cost=np.zeros((LIFTS, 0)),
        limit=np.zeros((LIFTS, 0)),
        clump=np.zeros((LIFTS, 0)),
        score=np.zeros((LIFTS, 0)),
        calendar=np.zeros(0, dtype=np.int64),
        parent=np.zeros(0, dtype=np.int64),
        anchor=np.zeros((0, width)),
        active=np.zeros(0, dtype=np.bool_),
        onset=np.zeros((0, 2), dtype=np.int64),
        recover=np.zeros((2, 0)),
        unit_sum=np.zeros(0),
        unit_lost=np.zeros(0),
        slot_sum=np.zeros(0),
        slot_mean=np.zeros(0),
        slot_free=np.zeros(0, dtype=np.bool_),
        hour_sum=np.zeros(0),
        hour_mean=np.zeros(0),
        hour_units=np.zeros(0),
        hour_free=np.zeros(0, dtype=np.bool_),
        due_sum=np.zeros(0),
        due_mean=np.zeros(0),
        due_units=np.zeros(0),
        due_free=np.zeros(0, dtype=np.bool_),
        odd_hours=np.zeros(0),
        moved=np.zeros((2, 0)),
        held_units=np.zeros(0, dtype=np.int64),
        known_units=np.zeros(0, dtype=np.int64),
        caution=np.zeros(0),
        clumping=np.zeros((SCALES, 2, 0)),
        stretch=np.ones((LIFTS, 0)),
        peak=np.zeros((LIFTS, 0)),
        tail=np.zeros((2, LIFTS, 0)),
        pool=np.zeros(width),
        usual_clump=baseline.usual_clump(design.unit_bins * design.bin_ms),
        ring=np.full((RING, 0), np.nan, dtype=np.float32),
    )


def copy(state: State) -> State:
    """Return a state that shares nothing with the one given."""
    return State(*(getattr(state, field.name).copy() for field in fields(State)))


def with_room(state: State, room: int) -> State:
    """Return the state with room for so many rows."""
    grown = []
    for field in fields(State):
        old = getattr(state, field.name)
        if field.name in SHARED:
            grown.append(old)
            continue
        axis = ROW_AXIS.get(field.name, 0)
        shape = list(old.shape)
        kept = shape[axis]
        shape[axis] = room
        new = np.zeros(shape, dtype=old.dtype)
        if field.name == "ring":
            new[:] = np.nan
        new[(slice(None),) * axis + (slice(0, kept),)] = old
        grown.append(new)
    return State(*grown)
