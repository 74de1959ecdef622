"""What came to our targets: added up flow by flow in a collector's worker, and handed over once a second as a bundle."""

from __future__ import annotations

from typing import Final

import numpy as np

from uproar.trace import sums as s
from uproar.trace.bundle import ENTRIES_MAX, TARGETS_MAX, Bundle, Counted
from uproar.trace.looking import Looking
from uproar.trace.ours import NOT_OURS, Design, Ours, lookup
from uproar.trace.sums import REST, SENT, WIDE, Sums
from uproar.trace.sumtable import SumTable
from uproar.trace.traffic import F64, SECOND_MS, hashed
from uproar.trace.watch_slow import LASTED_MS, half_empty
from uproar.wire.flows.columns import Flows, concat
from uproar.wire.packets.frames import I64, U8, U64, Flag

WINDOW_S: Final = 90  # Seconds back from its arrival that a flow's packets are counted in; what is older is told as late.
FOLD_ROWS = 4_096  # So many flows are added up at once: fewer cost more each.
BESIDE_MAX = 131_072  # Entries that may wait beside the table of sums.
FLOW_MAX = float(1 << 40)  # Packets, octets of one flow; a forged record may claim any number.
WIDES_MAX = 16_384  # Prefixes that stand for targets beyond the bound.


class Gather:
    """Adds up flows of any exporters. Holds no more than the named bounds, whatever comes."""

    def __init__(self, ours: Ours, design: Design) -> None:
        self._lookup = lookup(ours)
        self._pending: list[tuple[Flows, int]] = []
        self._rows = 0
        self._table = SumTable(design.salt)
        self._looking = Looking(design.salt)
        self._counted = Counted()

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
        sums = s.clipped(bounded(s.merged(self._table.close()), ENTRIES_MAX))
        bundle = Bundle(now_ms, sums, self._looking.close(), self._counted)
        self._counted = Counted()
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
        self._hold(flows, sent, start, end, hi, lo)
        self._looking.add(flows, start, end, hi, lo)

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

    def _hold(
        self, flows: Flows, sent: Flag | None, start: I64, end: I64, hi: U64, lo: U64
    ) -> None:
        """Count the connections that are held open for nothing."""
        rows = np.flatnonzero(end - start >= LASTED_MS)
        if sent is not None:
            rows = rows[~sent[rows]]
        if not len(rows):
            return
        begun, ended = flows.start_ms[rows], flows.end_ms[rows]
        packets, octets = (
            flows.packets[rows].astype(np.float64),
            flows.octets[rows].astype(np.float64),
        )
        rows = rows[
            half_empty(
                flows.protocol[rows],
                flows.tcp_flags[rows],
                begun,
                ended,
                packets,
                octets,
                flows.sampling[rows] > 1,
            )
        ]
        if len(rows):
            self._table.add_slopes(s.held(hi[rows], lo[rows], start[rows], end[rows]))


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
