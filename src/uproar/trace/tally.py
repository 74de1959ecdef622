"""Traffic of a whole capture within a bound of memory, and its rates in the course of time.

Rows that are alike are merged second by second. Where more than `ROWS_MAX` are left, rows of the largest pairs of addresses are
left out first, then whole pairs, by their hash, so that answers stay with their questions; what is kept counts for
what is not, and `one_of` says of how many pairs one is kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from uproar.trace.traffic import (
    F64,
    KINDS,
    SECOND_MS,
    Traffic,
    hashed,
    joined,
)
from uproar.wire.packets.frames import I64, Flag

ROWS_MAX = 1_000_000  # Some 120 MB; four times that while they are judged.
BINS_MAX = 200_000  # Bins of a rate; where the time is longer, they are wider.
SHORT_MS = 2_000  # What lasts no longer is counted by tenths of a second.
_MERGED = (
    "src_hi", "src_lo", "dst_hi", "dst_lo", "src_port", "dst_port", "protocol", "flags", "ttl",
    "size", "payload", "fragment", "later", "content", "question", "told",
)  # fmt: skip
PAIRS_FEW = 16  # No pair of addresses takes more than this part of the room.


class Tally:
    """Takes traffic in pieces, in any order, and holds at most `ROWS_MAX` rows of it."""

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        self.one_of = 1
        self.packets = 0.0
        self._rows_max = rows_max
        self._parts: list[Traffic] = []
        self._rows = 0

    def add(self, traffic: Traffic) -> None:
        """Take more traffic."""
        self.packets += float(traffic.packets.sum())
        part = merged(self._thinned(traffic))
        if len(part):
            self._parts.append(part)
            self._rows += len(part)
        if self._rows > self._rows_max:
            self._shrink()

    def traffic(self) -> Traffic:
        """Return what is held, its counts multiplied by `one_of`."""
        held = merged(joined(self._parts))
        self._parts, self._rows = [held], len(held)
        if self.one_of == 1:
            return held
        columns = {name: getattr(held, name) for name in KINDS}
        columns["packets"] = held.packets * self.one_of
        columns["octets"] = held.octets * self.one_of
        return Traffic(**columns)

    def _thinned(self, traffic: Traffic) -> Traffic:
        if self.one_of == 1:
            return traffic
        # The sum of both ends' hashes is the same for both directions.
        pair = hashed(traffic.src_hi, traffic.src_lo) + hashed(traffic.dst_hi, traffic.dst_lo)
        return traffic.take(hashed(pair) % np.uint64(self.one_of) == 0)

    def _shrink(self) -> None:
        held = _evened(merged(joined(self._parts)), self._rows_max // PAIRS_FEW)
        while len(held) > self._rows_max // 2:
            self.one_of *= 2
            held = self._thinned(held)
        self._parts, self._rows = [held], len(held)


def _evened(traffic: Traffic, rows_most: int) -> Traffic:
    """Return at most so many rows of each pair of addresses, chosen by hash; they count for those that are left out."""
    pair = hashed(traffic.src_hi, traffic.src_lo, traffic.dst_hi, traffic.dst_lo)
    order = np.lexsort((hashed(*(getattr(traffic, name) for name in ("start_ms", *_MERGED))), pair))
    first = np.flatnonzero(np.concatenate(([True], pair[order][1:] != pair[order][:-1])))
    sizes = np.diff(np.append(first, len(order)))
    if int(sizes.max()) <= rows_most:
        return traffic
    rank = np.arange(len(order)) - np.repeat(first, sizes)
    kept = rank < rows_most
    columns = {name: getattr(traffic, name)[order][kept] for name in KINDS}
    for name in ("packets", "octets"):
        counts = getattr(traffic, name)[order]
        whole = np.add.reduceat(counts, first)
        part = np.add.reduceat(counts * kept, first)
        columns[name] = columns[name] * np.repeat(whole / np.maximum(part, 1e-9), sizes)[kept]
    return Traffic(**columns)


def merged(traffic: Traffic) -> Traffic:
    """Return one row for all packets that are alike within a second. Flow records are left as they are told."""
    if len(traffic) < 2:
        return traffic
    second = traffic.start_ms // SECOND_MS
    long = np.where(traffic.told, traffic.end_ms, second)
    begun = np.where(traffic.told, traffic.start_ms, second)
    key = hashed(begun, long, *(getattr(traffic, name) for name in _MERGED))
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    first = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if len(first) == len(traffic):
        return traffic
    columns = {name: getattr(traffic, name)[order][first] for name in KINDS}
    columns["start_ms"] = np.minimum.reduceat(traffic.start_ms[order], first)
    columns["end_ms"] = np.maximum.reduceat(traffic.end_ms[order], first)
    columns["packets"] = np.add.reduceat(traffic.packets[order], first)
    columns["octets"] = np.add.reduceat(traffic.octets[order], first)
    columns["looked"] = np.add.reduceat(traffic.looked[order], first)
    return Traffic(**columns)


class Rate(NamedTuple):
    """Counts by time: `packets` and `octets` of shape (bins,), bins of `bin_ms` from `begin_ms` on."""

    begin_ms: int
    bin_ms: int
    packets: F64
    octets: F64

    @property
    def peak_packets(self) -> float:
        """Return packets a second in the highest bin."""
        return float(self.packets.max(initial=0.0)) * SECOND_MS / self.bin_ms

    @property
    def peak_bits(self) -> float:
        """Return bits a second in the highest bin."""
        return float(self.octets.max(initial=0.0)) * 8 * SECOND_MS / self.bin_ms

    def span(self, share: float) -> tuple[int, int]:
        """Return when it began and ended to be at least that share of its highest, ms UTC."""
        high = np.flatnonzero(self.packets >= share * self.packets.max(initial=0.0))
        begin, end = (int(high[0]), int(high[-1]) + 1) if len(high) else (0, 0)
        return self.begin_ms + begin * self.bin_ms, self.begin_ms + end * self.bin_ms


def rate(traffic: Traffic, rows: Flag | None = None) -> Rate:
    """Return the counts of those rows by time; a row is spread over its stretch, never counted in one instant."""
    chosen = traffic if rows is None else traffic.take(rows)
    if not len(chosen):
        return Rate(0, SECOND_MS, np.zeros(1), np.zeros(1))
    begin, end = int(chosen.start_ms.min()), int(chosen.end_ms.max())
    bin_ms = SECOND_MS // 10 if end - begin <= SHORT_MS else SECOND_MS
    while (end - begin) // bin_ms >= BINS_MAX:
        bin_ms *= 2
    begin -= begin % bin_ms
    bins = (end - begin) // bin_ms + 1
    start, stop = chosen.start_ms - begin, chosen.end_ms - begin
    return Rate(
        begin,
        bin_ms,
        _spread(start, stop, chosen.packets, bin_ms, bins),
        _spread(start, stop, chosen.octets, bin_ms, bins),
    )


def _spread(start: I64, stop: I64, counts: F64, bin_ms: int, bins: int) -> F64:
    """Return counts by bin, each spread evenly over its stretch: sums of ramps, so a long one costs no more."""
    within = start // bin_ms == stop // bin_ms
    found: F64 = np.bincount(start[within] // bin_ms, counts[within], bins).astype(np.float64)
    if within.all():
        return found
    begun, ended = start[~within] / bin_ms, stop[~within] / bin_ms
    slope = counts[~within] / (ended - begun)
    # The running total at each edge t is the sum over rows of slope * (max(0, t - begun) - max(0, t - ended)).
    edges = np.arange(bins + 1)
    total = np.zeros(bins + 1)
    for at, sign in ((begun, 1.0), (ended, -1.0)):
        place = np.minimum(np.ceil(at).astype(np.int64), bins)
        slopes = np.cumsum(np.bincount(place, slope, bins + 1))
        offsets = np.cumsum(np.bincount(place, slope * at, bins + 1))
        total += sign * (slopes * edges - offsets)
    return np.maximum(found + np.diff(total), 0.0)
