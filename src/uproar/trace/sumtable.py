"""Sums of many flows at little cost: a table by hash, which is why only what is new costs a search."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from uproar.trace import sums as s
from uproar.trace.sums import Sums
from uproar.trace.traffic import F64
from uproar.wire.packets.frames import I64, U64

SLOTS_BITS: Final = 19  # Some 38 MB, where they are all in use.
TRIES: Final = 2  # Places that an entry may have; what finds none waits beside the table.
_SHIFTS = (np.uint64(64 - SLOTS_BITS), np.uint64(20))
_MASK = np.uint64((1 << SLOTS_BITS) - 1)
_A, _B, _C = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xC2B2AE3D27D4EB4F),
    np.uint64(0xD6E8FEB86659FD93),
)
_HALF, _ONE = np.uint64(29), np.uint64(1)
_SINK: Final = 1 << SLOTS_BITS  # One slot more than there are, for what is added elsewhere.


class SumTable:
    """Adds up by target and mark (second and kind). `salt` is a secret, so that nobody can choose targets that fall together."""

    def __init__(self, salt: int) -> None:
        size = _SINK + 1
        self._salt = np.uint64(salt & ((1 << 64) - 1))
        self._keys = np.zeros(size, np.uint64)
        self._hi = np.zeros(size, np.uint64)
        self._lo = np.zeros(size, np.uint64)
        self._mark = np.zeros(size, np.int64)
        # Two sums in one number: packets and octets; their slopes.
        self._counts = np.zeros(size, np.complex128)
        self._slopes = np.zeros(size, np.complex128)
        self._flows = np.zeros(size)
        self._beside: list[Sums] = []

    def add(self, hi: U64 | None, lo: U64, mark: I64, packets: F64, octets: F64) -> None:
        """Add flows that lie within a second each; `hi` is None where all are of IPv4."""
        counts = np.empty(len(lo), np.complex128)
        counts.real, counts.imag = packets, octets
        self._add(hi, lo, mark, counts, None)

    def add_slopes(self, sums: Sums) -> None:
        """Add what `sums.spread` made of longer flows."""
        counts, slopes = np.empty(len(sums), np.complex128), np.empty(len(sums), np.complex128)
        counts.real, counts.imag = sums.packets, sums.octets
        slopes.real, slopes.imag = sums.packets_slope, sums.octets_slope
        mark = sums.second << 4 | sums.kind.astype(np.int64)
        self._add(sums.hi, sums.lo, mark, counts, (slopes, sums.flows))

    def _add(
        self,
        hi: U64 | None,
        lo: U64,
        mark: I64,
        counts: NDArray[np.complex128],
        more: tuple[NDArray[np.complex128], F64] | None,
    ) -> None:
        key = (lo ^ self._salt) * _A
        if hi is not None:
            key += hi * _C
        key ^= key >> _HALF
        key += mark.view(np.uint64)
        key *= _B
        key ^= key >> _HALF
        key *= _A
        key |= _ONE
        for shift in _SHIFTS:
            slot = ((key >> shift) & _MASK).view(np.int64)
            left = np.flatnonzero(self._keys[slot] != key)
            if len(left):
                left = self._take_in(key, slot, left, hi, lo, mark)
                slot[left] = _SINK
            np.add.at(self._counts, slot, counts)
            if more is None:
                np.add.at(self._flows, slot, 1.0)
            else:
                np.add.at(self._slopes, slot, more[0])
                np.add.at(self._flows, slot, more[1])
            if not len(left):
                return
            key, lo, mark, counts = key[left], lo[left], mark[left], counts[left]
            hi = None if hi is None else hi[left]
            more = None if more is None else (more[0][left], more[1][left])
        self._aside(hi, lo, mark, counts, more)

    def _take_in(self, key: U64, slot: I64, left: I64, hi: U64 | None, lo: U64, mark: I64) -> I64:
        """Give free slots to what has none, and return those of `left` that found none."""
        new = left[self._keys[slot[left]] == 0]
        if not len(new):
            return left
        # Where several want one slot, the last one that is written has it.
        at = slot[new]
        self._keys[at] = key[new]
        mine = new[self._keys[at] == key[new]]
        at = slot[mine]
        self._lo[at], self._mark[at] = lo[mine], mark[mine]
        self._hi[at] = 0 if hi is None else hi[mine]
        without: I64 = left[self._keys[slot[left]] != key[left]]
        return without

    def _aside(
        self,
        hi: U64 | None,
        lo: U64,
        mark: I64,
        counts: NDArray[np.complex128],
        more: tuple[NDArray[np.complex128], F64] | None,
    ) -> None:
        zeros = np.zeros(len(lo))
        slopes, flows = more or (np.zeros(len(lo), np.complex128), zeros + 1)
        self._beside.append(
            s.merged(
                Sums(
                    np.zeros(len(lo), np.uint64) if hi is None else hi,
                    lo,
                    np.zeros(len(lo), np.uint8),
                    (mark & 15).astype(np.uint8),
                    mark >> 4,
                    counts.real,
                    counts.imag,
                    slopes.real,
                    slopes.imag,
                    flows,
                )
            )
        )

    def beside(self) -> list[Sums]:
        """Return the entries that found no place, to be made fewer by the caller."""
        return self._beside

    def close(self) -> Sums:
        """Return all entries, those beside it too, and begin anew. One target may have an entry in both: they are to be merged."""
        at = np.flatnonzero(self._keys)
        mark = self._mark[at]
        held = Sums(
            self._hi[at],
            self._lo[at],
            np.zeros(len(at), np.uint8),
            (mark & 15).astype(np.uint8),
            mark >> 4,
            self._counts.real[at],
            self._counts.imag[at],
            self._slopes.real[at],
            self._slopes.imag[at],
            self._flows[at],
        )
        for column in (self._keys, self._counts, self._slopes, self._flows):
            column[at] = 0
            column[_SINK] = 0
        found = s.joined([held, *self._beside])
        self._beside = []
        return found
