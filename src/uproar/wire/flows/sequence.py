"""What never arrived, by the numbers that exporters give their datagrams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

STREAMS_MAX = 8192  # Streams followed at once; the one that was met first goes first.
LATE_DATAGRAMS = (
    32  # A number lower by more than so many datagrams is a restart, not a late arrival.
)
GAP_DATAGRAMS = 100_000  # So is one higher by more than so many; a day at two datagrams a second.
FEW = 8  # So many datagrams are noted one by one sooner than together.
_WRAP = 1 << 32
_HALF = 1 << 31


class Sequences:
    """The next number of each stream: an exporter, and what it numbers on its own (engine, domain, agent).

    A gap counts as lost. What comes late is subtracted again, as far as it had been counted. After a
    restart counting begins anew and nothing is lost.
    """

    def __init__(self) -> None:
        self._next: dict[tuple[int, Hashable], int] = {}
        self._missing: dict[tuple[int, Hashable], int] = {}

    def note(self, exporter: int, stream: Hashable, number: int, units: int | None) -> int:
        """Return what one datagram shows as lost; negative where it brings what was taken for lost.

        number: the count of units before this datagram, modulo 2^32. units: how many it holds; None where
        that cannot be known, and then the next datagram tells nothing.
        """
        key = (exporter, stream)
        expected = self._next.get(key)
        if expected == number and units is not None:  # As it nearly always is.
            self._next[key] = (number + units) % _WRAP
            return 0
        if units is None:
            self._next.pop(key, None)
            self._missing.pop(key, None)
            return 0
        if expected is None:
            while len(self._next) >= STREAMS_MAX:
                oldest = next(iter(self._next))
                del self._next[oldest]
                self._missing.pop(oldest, None)
            self._next[key] = (number + units) % _WRAP
            return 0
        gap = (number - expected + _HALF) % _WRAP - _HALF
        step = max(units, 1)
        if gap < -LATE_DATAGRAMS * step or gap > GAP_DATAGRAMS * step:
            self._missing.pop(key, None)
            self._next[key] = (number + units) % _WRAP
            return 0
        if gap < 0:
            found = min(units, self._missing.get(key, 0))
            if found:
                self._missing[key] -= found
            return -found
        if gap:
            self._missing[key] = self._missing.get(key, 0) + gap
        self._next[key] = (number + units) % _WRAP
        return gap

    def note_many(
        self,
        exporters: NDArray[np.int32],
        streams: NDArray[np.uint32],
        numbers: NDArray[np.uint32],
        units: NDArray[np.uint32],
        version: int,
    ) -> Counter[int]:
        """Return what many datagrams in order of arrival, each of shape (n,), show as lost by exporter.

        Their streams are those that `note` knows as (version, stream).
        """
        return self.note_keyed(
            exporters.astype(np.int64) << 32 | streams,
            lambda row: (int(exporters[row]), (version, int(streams[row]))),
            numbers,
            units,
        )

    def note_keyed(
        self,
        keys: NDArray[np.int64],
        stream_of: Callable[[int], tuple[int, Hashable]],
        numbers: NDArray[np.uint32],
        units: NDArray[np.uint32],
    ) -> Counter[int]:
        """Return the same of datagrams that are of one stream where their keys are the same.

        stream_of: gives exporter and stream of a row.
        """
        lost: Counter[int] = Counter()
        if len(numbers) <= FEW:
            pairs = zip(numbers.tolist(), units.tolist(), strict=True)
            for row, (number, size) in enumerate(pairs):
                exporter, stream = stream_of(row)
                if gap := self.note(exporter, stream, number, size):
                    lost[exporter] += gap
            return lost
        after = numbers + units
        if (keys == keys[0]).all() and (numbers[1:] == after[:-1]).all():  # Nearly always.
            self._run(stream_of(0), numbers, after, slice(0, len(keys)), lost, steady=True)
            return lost
        order = np.argsort(keys, kind="stable")
        key, number, after = keys[order], numbers[order], after[order]
        first = np.ones(len(key), bool)
        first[1:] = key[1:] != key[:-1]
        firsts = np.flatnonzero(first)
        breaks = np.zeros(len(key), np.int64)
        breaks[1:] = ~first[1:] & (number[1:] != after[:-1])
        steady = (np.add.reduceat(breaks, firsts) == 0).tolist()
        bounds = pairwise([*firsts.tolist(), len(key)])
        for (begin, end), even in zip(bounds, steady, strict=True):
            owner = stream_of(int(order[begin]))
            self._run(owner, number, after, slice(begin, end), lost, steady=even)
        return lost

    def _run(
        self,
        key: tuple[int, Hashable],
        numbers: NDArray[np.uint32],
        after: NDArray[np.uint32],
        rows: slice,
        lost: Counter[int],
        *,
        steady: bool,
    ) -> None:
        """Note datagrams of one stream; steady: there is no gap among them, so only the first could tell of one."""
        pairs = zip(numbers[rows], after[rows], strict=True)
        for number, following in ((int(each), int(behind)) for each, behind in pairs):
            if gap := self.note(*key, number, (following - number) % _WRAP):
                lost[key[0]] += gap
            if steady and self._next[key] == following:
                self._next[key] = int(after[rows.stop - 1])
                return
