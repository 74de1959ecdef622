"""Which flows may be looked at? Those that `thinning` keeps; most of the others are known by what was kept before, and cost little."""

from __future__ import annotations

from typing import Final

import numpy as np

from uproar.trace.sums import VALUE_MAX
from uproar.trace.thinning import (
    LEVELS,
    ROWS_MAX,
    ROWS_PAIR_MAX,
    Sample,
    connections,
    connections_of,
    gathered,
    pairs,
    pairs_of,
    thinned,
)
from uproar.trace.traffic import KINDS, Traffic, nothing, of_flows
from uproar.wire.flows.columns import DTYPES, Flows
from uproar.wire.packets.frames import I64, U64

WAITING_MAX = 2 * ROWS_MAX  # Rows that may wait to be thinned.
_UNTOLD = ("exporter", "input", "output", "ttl_max")
_TARGET_BITS: Final = 12
_SPREAD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(64 - _TARGET_BITS)
_TOP = np.uint64(64 - LEVELS)


class Looking:
    """Holds the rows of one second that may be looked at, never many more than `WAITING_MAX`."""

    def __init__(self, salt: int) -> None:
        self._salt = salt
        self._samples: list[Sample] = []
        self._waiting = 0
        # Of the targets with the most rows: which rows need not be looked at, because their pairs' levels are too low.
        self._thin_of = np.zeros(1 << _TARGET_BITS, np.uint64)
        self._thin_to = np.full(1 << _TARGET_BITS, _lowest(0))
        self._thin_all = _lowest(0)
        # Of the pairs with the most rows: which of their connections need not be looked at.
        self._full_of = np.zeros(1 << _TARGET_BITS, np.uint64)
        self._full_to = np.zeros(1 << _TARGET_BITS, np.uint64)

    def close(self) -> Sample:
        """Return the rows that are kept, and begin anew."""
        sample = thinned(gathered(self._samples), self._salt) if self._samples else _NO_SAMPLE
        self._samples, self._waiting = [], 0
        self._thin_to[:] = self._thin_all = _lowest(0)
        self._full_of[:] = 0
        columns = {name: getattr(sample.rows, name) for name in KINDS}
        for name in ("packets", "octets", "looked"):
            columns[name] = np.minimum(columns[name], VALUE_MAX)
        return Sample(Traffic(**columns), sample.hi, sample.lo, sample.level)

    def add(self, flows: Flows, start: I64, end: I64, hi: U64, lo: U64) -> None:
        """Take flows, whose targets are at `hi` and `lo`, and keep those that may be looked at."""
        whole = pairs(flows.src_hi, flows.src_lo, flows.dst_hi, flows.dst_lo, self._salt)
        pair = whole >> _TOP
        may = pair <= self._thin_all
        target = _number(hi, lo)
        slot = ((target * _SPREAD) >> _SHIFT).view(np.int64)
        may &= (pair <= self._thin_to[slot]) | (self._thin_of[slot] != target)
        rows = np.flatnonzero(may)
        if not len(rows):
            return
        rows = self._few_of_full(flows, rows, whole[rows] + target[rows] * _SPREAD)
        # What rows of traffic do not tell need not be made of the bytes that came.
        columns = {
            name: np.zeros(len(rows), kind) if name in _UNTOLD else getattr(flows, name)[rows]
            for name, kind in DTYPES.items()
        }
        columns |= {"start_ms": start[rows], "end_ms": end[rows]}
        fresh = Sample(
            of_flows(Flows(**columns)), hi[rows], lo[rows], np.zeros(len(rows), np.uint8)
        )
        self._samples.append(fresh)
        self._waiting += len(rows)
        if self._waiting > WAITING_MAX:
            self._thin()

    def _few_of_full(self, flows: Flows, rows: I64, pair: U64) -> I64:
        """Return the rows without those of pairs that have enough connections with smaller hashes."""
        at = (pair >> _SHIFT).view(np.int64)
        full = np.flatnonzero(self._full_of[at] == pair)
        if not len(full):
            return rows
        mine = rows[full]
        number = connections(
            flows.protocol[mine],
            flows.src_lo[mine],
            flows.src_port[mine],
            flows.dst_lo[mine],
            flows.dst_port[mine],
        )
        return np.delete(rows, full[number > self._full_to[at[full]]])

    def _thin(self) -> None:
        sample = thinned(gathered(self._samples), self._salt)
        self._samples, self._waiting = [sample], len(sample)
        if not len(sample):
            return
        self._thin_all = _lowest(int(sample.level.min()))
        rows = np.flatnonzero(sample.level > sample.level.min())
        target = _number(sample.hi[rows], sample.lo[rows])
        slot = ((target * _SPREAD) >> _SHIFT).view(np.int64)
        self._thin_to[:] = _lowest(0)
        self._thin_of[slot] = target
        mine = self._thin_of[slot] == target
        self._thin_to[slot[mine]] = _LOWEST[sample.level[rows[mine]]]
        self._fill(sample)

    def _fill(self, sample: Sample) -> None:
        """Note the pairs that have all the rows they may."""
        pair = pairs_of(sample.rows, self._salt) + _number(sample.hi, sample.lo) * _SPREAD
        names, of, many = np.unique(pair, return_inverse=True, return_counts=True)
        full = np.flatnonzero(many >= ROWS_PAIR_MAX)
        if not len(full):
            return
        rows = np.flatnonzero(many[of] >= ROWS_PAIR_MAX)
        highest = np.zeros(len(names), np.uint64)
        np.maximum.at(highest, of[rows], connections_of(sample.rows.take(rows)))
        at = (names[full] >> _SHIFT).view(np.int64)
        self._full_of[at] = names[full]
        mine = self._full_of[at] == names[full]
        self._full_to[at[mine]] = highest[full[mine]]


def _number(hi: U64, lo: U64) -> U64:
    """Return one number for each target; of IPv4 it is the lower half."""
    return lo + hi * _SPREAD


def _lowest(level: int) -> np.uint64:
    """Return the highest that the first bits of a pair of that level may be."""
    return np.uint64(((1 << LEVELS) - 1) >> level)


_LOWEST = np.array([_lowest(level) for level in range(LEVELS + 1)], np.uint64)
_NO_SAMPLE = Sample(
    nothing(), np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint8)
)
