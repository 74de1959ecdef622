"""Stretches of addresses that lie in one another, made disjoint: of all that hold an address the narrowest says what it is.

For prefixes this is the longest match. It is worked out for all at once: the ends of the stretches cut the addresses into
cells, and each stretch covers its cells by two blocks of a power of two that may overlap. The best of each block is handed
down to its halves, level by level, until every cell knows its best: O(n log n), without a loop over the stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.wire.networks.spans import U16, U32, U64, Spans

I64 = NDArray[np.int64]
_ONE = np.uint64(1)
_HIGHEST = np.uint64(0xFFFF_FFFF_FFFF_FFFF)


@dataclass(frozen=True, slots=True, eq=False)
class Flat:
    """Ascending starts of shape (m,), the first of them 0: what holds from each of them to the next; 0 is not known."""

    hi: U64
    lo: U64
    systems: U32
    countries: U16

    def __len__(self) -> int:
        return len(self.hi)

    def places(self, hi: U64, lo: U64) -> I64:
        """Return for each address the row that holds it."""
        found = np.searchsorted(self.hi, hi, side="right") - 1
        # Where several starts share an upper half, the lower one decides among them.
        unsure = np.flatnonzero((self.hi[found] == hi) & (self.lo[found] > lo))
        if len(unsure):
            found[unsure] = self._within(hi[unsure], lo[unsure], found[unsure])
        return found

    def _within(self, hi: U64, lo: U64, high: I64) -> I64:
        """Bisect for all at once: the last row below `high` that starts at or before the address."""
        # The row before the first of this upper half holds what none of them does.
        low = np.searchsorted(self.hi, hi, side="left") - 1
        high = high.copy()
        while True:
            open_ = np.flatnonzero(high - low > 1)
            if not len(open_):
                return low
            middle = (low[open_] + high[open_]) // 2
            before = self.lo[middle] <= lo[open_]
            low[open_[before]] = middle[before]
            high[open_[~before]] = middle[~before]


def nothing() -> Flat:
    """Return what knows of no address."""
    zero = np.zeros(1, np.uint64)
    return Flat(zero, zero, np.zeros(1, np.uint32), np.zeros(1, np.uint16))


def flattened(spans: Spans) -> Flat:
    """Return the spans made disjoint. Of two that are equally wide the later one says what holds."""
    if not len(spans):
        return nothing()
    ascending = _from_wide_to_narrow(spans)
    hi, lo, begins, ends = _cells(spans)
    rank = np.empty(len(spans), np.int32)
    rank[ascending] = np.arange(1, len(spans) + 1, dtype=np.int32)
    best = _best(begins, ends, rank, len(hi))
    row = ascending[np.maximum(best, 1) - 1]
    known = best > 0
    return _joined(
        hi,
        lo,
        np.where(known, spans.systems[row], 0).astype(np.uint32),
        np.where(known, spans.countries[row], 0).astype(np.uint16),
    )


def merged(flats: Sequence[Flat]) -> Flat:
    """Return what all of them know together: of network and country each, the first that knows it is right."""
    if not flats:
        return nothing()
    hi = np.concatenate([each.hi for each in flats])
    lo = np.concatenate([each.lo for each in flats])
    order = np.lexsort((lo, hi))
    hi, lo = hi[order], lo[order]
    fresh = _differ(hi) | _differ(lo)
    hi, lo = hi[fresh], lo[fresh]
    systems, countries = np.zeros(len(hi), np.uint32), np.zeros(len(hi), np.uint16)
    for each in flats:
        rows = each.places(hi, lo)
        systems = np.where(systems == 0, each.systems[rows], systems)
        countries = np.where(countries == 0, each.countries[rows], countries)
    return _joined(hi, lo, systems, countries)


def _from_wide_to_narrow(spans: Spans) -> I64:
    borrow = (spans.last_lo < spans.first_lo).astype(np.uint64)
    size_hi = spans.last_hi - spans.first_hi - borrow
    size_lo = spans.last_lo - spans.first_lo
    return np.lexsort((~size_lo, ~size_hi))


def _cells(spans: Spans) -> tuple[U64, U64, I64, I64]:
    """Return the starts of all cells, and of each span its first cell and the one behind its last."""
    count = len(spans)
    stop_lo = spans.last_lo + _ONE
    stop_hi = spans.last_hi + (stop_lo == 0)
    endless = (spans.last_hi == _HIGHEST) & (spans.last_lo == _HIGHEST)
    hi = np.concatenate([spans.first_hi, stop_hi[~endless]])
    lo = np.concatenate([spans.first_lo, stop_lo[~endless]])
    order = np.lexsort((lo, hi))
    fresh = _differ(hi[order]) | _differ(lo[order])
    cell = np.empty(len(hi), np.int64)
    cell[order] = np.cumsum(fresh) - 1
    total = int(cell[order[-1]]) + 1
    ends = np.full(count, total, np.int64)
    ends[~endless] = cell[count:]
    starts = order[fresh]
    return hi[starts], lo[starts], cell[:count], ends


def _best(begins: I64, ends: I64, rank: NDArray[np.int32], cells: int) -> NDArray[np.int32]:
    """Return for each cell the highest rank of the spans that cover it, 0 where none does."""
    level = np.frexp((ends - begins).astype(np.float64))[1] - 1
    by_level = np.argsort(level, kind="stable")
    bounds = np.searchsorted(level[by_level], np.arange(int(level.max()) + 2))
    best = np.zeros(cells, np.int32)
    for each in range(int(level.max()), -1, -1):
        rows = by_level[bounds[each] : bounds[each + 1]]
        np.maximum.at(best, begins[rows], rank[rows])
        np.maximum.at(best, ends[rows] - (1 << each), rank[rows])
        if each:
            half = 1 << (each - 1)
            handed = best.copy()
            np.maximum(handed[half:], best[:-half], out=handed[half:])
            best = handed
    return best


def _joined(hi: U64, lo: U64, systems: U32, countries: U16) -> Flat:
    """Return rows that begin at 0, neighbours that say the same as one."""
    if hi[0] or lo[0]:
        hi, lo = np.insert(hi, 0, 0), np.insert(lo, 0, 0)
        systems, countries = np.insert(systems, 0, 0), np.insert(countries, 0, 0)
    fresh = _differ(systems) | _differ(countries)
    return Flat(hi[fresh], lo[fresh], systems[fresh], countries[fresh])


def _differ(column: NDArray[np.unsignedinteger]) -> NDArray[np.bool_]:
    """Return which rows differ from the one before; the first does."""
    fresh = np.ones(len(column), np.bool_)
    fresh[1:] = column[1:] != column[:-1]
    return fresh
