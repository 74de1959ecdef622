"""What came to our targets: added up flow by flow in a collector's worker, and handed over once a second as a bundle."""

from __future__ import annotations

from typing import Final

import numpy as np

from uproar.trace import sums as s
from uproar.trace.bundle import ENTRIES_MAX, TARGETS_MAX, Bundle, Counted
from uproar.trace.ours import NOT_OURS, Design, Ours, lookup
from uproar.trace.sums import REST, SENT, WIDE, Sums
from uproar.trace.sumtable import SumTable
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
from uproar.trace.traffic import F64, SECOND_MS, hashed, nothing, of_flows
from uproar.wire.flows.columns import Flows, concat
from uproar.wire.packets.frames import I64, U8, U64, Flag

WINDOW_S: Final = 90  # Seconds back from its arrival that a flow's packets are counted in; what is older is told as late.
FOLD_ROWS = 4_096  # So many flows are added up at once: fewer cost more each.
WAITING_MAX = 2 * ROWS_MAX  # Rows that may wait to be thinned.
BESIDE_MAX = 131_072  # Entries that may wait beside the table of sums.
FLOW_MAX = float(1 << 40)  # Packets, octets of one flow; a forged record may claim any number.
WIDES_MAX = 16_384  # Prefixes that stand for targets beyond the bound.
_TARGET_BITS: Final = 12
_SPREAD, _SHIFT = np.uint64(0x9E3779B97F4A7C15), np.uint64(64 - _TARGET_BITS)
_TOP = np.uint64(64 - LEVELS)


class Gather:
    """Adds up flows of any exporters. Holds no more than the named bounds, whatever comes."""

    def __init__(self, ours: Ours, design: Design) -> None:
        self._lookup = lookup(ours)
        self._salt = design.salt
        self._pending: list[tuple[Flows, int]] = []
        self._rows = 0
        self._table = SumTable(design.salt)
        self._samples: list[Sample] = []
        self._waiting = 0
        self._counted = Counted()
        # Of the targets with the most rows: which rows need not be looked at, because their pairs' levels are too low.
        self._thin_of = np.zeros(1 << _TARGET_BITS, np.uint64)
        self._thin_to = np.full(1 << _TARGET_BITS, _lowest(0))
        self._thin_all = _lowest(0)
        # Of the pairs with the most rows: which of their connections need not be looked at.
        self._full_of = np.zeros(1 << _TARGET_BITS, np.uint64)
        self._full_to = np.zeros(1 << _TARGET_BITS, np.uint64)

    def add(self, flows: Flows, received_ms: int) -> None:
        """Take flows that arrived at that time, ms UTC."""
        if not len(flows):
            return
        self._pending.append((flows, received_ms))
        self._rows += len(flows)
        if self._rows >= FOLD_ROWS:
            self._fold()

    def close(self, now_ms: int) -> Bundle:
        """Return what came since the last time."""
        self._fold()
        sums = bounded(s.merged(self._table.close()), ENTRIES_MAX)
        sample = thinned(gathered(self._samples), self._salt) if self._samples else _NO_SAMPLE
        bundle = Bundle(now_ms, sums, sample, self._counted)
        self._samples, self._waiting, self._counted = [], 0, Counted()
        self._thin_to[:] = self._thin_all = _lowest(0)
        self._full_of[:] = 0
        return bundle

    def _fold(self) -> None:
        """Add up what waits."""
        if not self._pending:
            return
        pending, self._pending, self._rows = self._pending, [], 0
        flows = concat([each for each, _ in pending])
        if len({at for _, at in pending}) == 1:
            received = np.full(len(flows), pending[0][1], np.int64)
        else:
            received = np.repeat([at for _, at in pending], [len(each) for each, _ in pending])
        to_ours = self._lookup.of(flows.dst_hi, flows.dst_lo) != NOT_OURS
        if to_ours.all():
            self._kept(flows, received, None)
            return
        sent = (self._lookup.of(flows.src_hi, flows.src_lo) != NOT_OURS) & ~to_ours
        rows = np.flatnonzero(to_ours | sent)
        self._counted += Counted(len(flows) - len(rows), len(flows) - len(rows))
        if len(rows):
            self._kept(flows.take(rows), received[rows], sent[rows])

    def _kept(self, flows: Flows, received: I64, sent: Flag | None) -> None:
        """Add up flows that are ours: `sent` says which of them our targets sent, None is none."""
        packets, octets = flows.packets.astype(np.float64), flows.octets.astype(np.float64)
        if (flows.sampling != 1).any():
            packets *= flows.sampling
            octets *= flows.sampling
        if packets.max() > FLOW_MAX or octets.max() > FLOW_MAX:
            packets, octets = np.minimum(packets, FLOW_MAX), np.minimum(octets, FLOW_MAX)
        start, end = flows.start_ms, flows.end_ms
        ahead = end > received
        if ahead.any():
            # A clock that runs ahead tells of packets that are yet to come: the whole flow is moved.
            moved = np.where(ahead, end - received, 0)
            start, end = start - moved, end - moved
        self._counted += Counted(len(flows))
        oldest = received - WINDOW_S * SECOND_MS
        if (start < oldest).any():
            flows, start, end, packets, octets, sent = self._cut(
                flows, oldest, start, end, packets, octets, sent
            )
        if not len(flows):
            return
        hi, lo = flows.dst_hi, flows.dst_lo
        kind = s.kinds(flows.protocol, flows.tcp_flags, flows.src_port)
        if sent is not None and sent.any():
            hi, lo = np.where(sent, flows.src_hi, hi), np.where(sent, flows.src_lo, lo)
            kind = np.where(sent, np.uint8(SENT), kind)
        self._sum(hi, lo, kind, start, end, packets, octets)
        self._look(flows, start, end, hi, lo)

    def _cut(
        self,
        flows: Flows,
        oldest: I64,
        start: I64,
        end: I64,
        packets: F64,
        octets: F64,
        sent: Flag | None,
    ) -> tuple[Flows, I64, I64, F64, F64, Flag | None]:
        """Return the flows without what lies before the window, which is counted as late."""
        late, cut = end < oldest, (start < oldest) & (end >= oldest)
        share = (end - oldest)[cut] / np.maximum((end - start)[cut], 1)
        before = float(packets.sum())
        packets[cut] = np.floor(packets[cut] * share)
        octets[cut] = np.floor(octets[cut] * share)
        rows = np.flatnonzero(~late)
        gone = before - float(packets[rows].sum())
        self._counted += Counted(0, 0, int(late.sum() + cut.sum()), gone)
        start = np.where(cut, oldest, start)
        return (
            flows.take(rows), start[rows], end[rows], packets[rows], octets[rows],
            None if sent is None else sent[rows],
        )  # fmt: skip

    def _sum(
        self, hi: U64, lo: U64, kind: U8, start: I64, end: I64, packets: F64, octets: F64
    ) -> None:
        begin = start // SECOND_MS
        short = end < (begin + 1) * SECOND_MS
        wide = hi if hi.any() else None
        if short.all():
            self._table.add(wide, lo, begin << 4 | kind, packets, octets)
            rows = np.zeros(0, np.int64)
        else:
            rows = np.flatnonzero(short)
        if len(rows):
            mark = begin[rows] << 4 | kind[rows]
            self._table.add(
                None if wide is None else hi[rows], lo[rows], mark, packets[rows], octets[rows]
            )
        rows = np.flatnonzero(~short)
        if len(rows):
            self._table.add_slopes(
                s.spread(
                    hi[rows],
                    lo[rows],
                    kind[rows],
                    start[rows],
                    end[rows],
                    packets[rows],
                    octets[rows],
                )
            )
        beside = self._table.beside()
        if sum(map(len, beside)) > BESIDE_MAX:
            beside[:] = [bounded(s.merged(s.joined(beside)), BESIDE_MAX // 2)]

    def _look(self, flows: Flows, start: I64, end: I64, hi: U64, lo: U64) -> None:
        """Keep the rows that may be looked at."""
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
        columns = {name: getattr(flows, name)[rows] for name in Flows.__slots__}
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


def bounded(sums: Sums, entries_max: int) -> Sums:
    """Return no more entries than that, of no more targets than `TARGETS_MAX`: the smallest are told by wider prefixes."""
    for level, most in ((WIDE, TARGETS_MAX), (REST, WIDES_MAX)):
        mine = sums.level == level - 1
        if len(sums) <= entries_max and int(mine.sum()) <= most:
            continue
        key = hashed(sums.hi, sums.lo)
        names, of = np.unique(key[mine], return_inverse=True)
        size = np.bincount(of, sums.packets[mine])
        many = np.bincount(of)
        # The largest first; of as large ones the order of their hashes.
        order = np.lexsort((names, -size))
        room = min(entries_max // 2, most * 4)
        stays = np.zeros(len(names), np.bool_)
        stays[order[: most // 2 if len(names) > most else len(names)]] = True
        stays[order[np.cumsum(many[order]) > room]] = False
        rows = mine.copy()
        rows[mine] = ~stays[of]
        sums = s.coarser(sums, rows, level)
    return sums
