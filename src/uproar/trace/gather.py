"""What came to our targets: added up flow by flow in a collector's worker, and handed over once a second as a bundle."""

from __future__ import annotations

from typing import Final

import numpy as np

from uproar.trace import sums as s
from uproar.trace.bundle import ENTRIES_MAX, TARGETS_MAX, Bundle, Counted
from uproar.trace.ours import NOT_OURS, Design, Ours, lookup
from uproar.trace.sums import REST, SENT, WIDE, Sums
from uproar.trace.thinning import Sample, gathered, thinned
from uproar.trace.traffic import SECOND_MS, hashed, of_flows
from uproar.wire.flows.columns import Flows, concat, empty
from uproar.wire.packets.frames import I64, U64

WINDOW_S: Final = 90  # Seconds back from its arrival that a flow's packets are counted in; what is older is told as late.
FOLD_ROWS = 32_768  # So many flows are added up at once: more take memory, fewer time.
MERGE_ENTRIES = 65_536  # Entries that may wait to be merged.
FLOW_MAX = float(1 << 40)  # Packets, octets of one flow; a forged record may claim any number.
WIDES_MAX = 16_384  # Prefixes that stand for targets beyond the bound.


class Gather:
    """Adds up flows of any exporters. Holds no more than the named bounds, whatever comes."""

    def __init__(self, ours: Ours, design: Design) -> None:
        self._lookup = lookup(ours)
        self._salt = design.salt
        self._pending: list[tuple[Flows, int]] = []
        self._rows = 0
        self._sums: list[Sums] = []
        self._whole: list[Sums] = []
        self._samples: list[Sample] = []
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
        self._merge()
        sums, whole = s.joined(self._sums), s.joined(self._whole)
        bundle = Bundle(
            now_ms,
            sums,
            whole,
            thinned(gathered(self._samples), self._salt) if self._samples else _no_sample(),
            self._counted,
        )
        self._sums, self._whole, self._samples, self._counted = [], [], [], Counted()
        return bundle

    def _fold(self) -> None:
        if not self._pending:
            return
        pending, self._pending, self._rows = self._pending, [], 0
        flows = concat([each for each, _ in pending])
        sizes = [len(each) for each, _ in pending]
        received = np.repeat(np.array([at for _, at in pending], np.int64), sizes)
        to_ours = self._lookup.of(flows.dst_hi, flows.dst_lo) != NOT_OURS
        sent = (self._lookup.of(flows.src_hi, flows.src_lo) != NOT_OURS) & ~to_ours
        oldest = received - WINDOW_S * SECOND_MS
        # A clock that runs ahead tells of packets that are yet to come: the whole flow is moved.
        moved = np.minimum(received - flows.end_ms, 0)
        start, end = flows.start_ms + moved, flows.end_ms + moved
        ours, late = to_ours | sent, end < oldest
        packets = flows.packets.astype(np.float64) * flows.sampling
        octets = flows.octets.astype(np.float64) * flows.sampling
        np.minimum(packets, FLOW_MAX, out=packets)
        np.minimum(octets, FLOW_MAX, out=octets)
        kept = ours & ~late
        cut = kept & (start < oldest)
        gone = packets.copy()
        if cut.any():
            rows = np.flatnonzero(cut)
            share = (end[rows] - oldest[rows]) / np.maximum(end[rows] - start[rows], 1)
            packets[rows] = np.floor(packets[rows] * share)
            octets[rows] = np.floor(octets[rows] * share)
            start = np.where(cut, oldest, start)
        gone[kept] -= packets[kept]
        self._counted += Counted(
            len(flows),
            int((~ours).sum()),
            int((ours & late).sum() + cut.sum()),
            float(gone[ours].sum()),
        )
        rows = np.flatnonzero(kept)
        if not len(rows):
            return
        out = sent[rows]
        hi = np.where(out, flows.src_hi[rows], flows.dst_hi[rows])
        lo = np.where(out, flows.src_lo[rows], flows.dst_lo[rows])
        kind = s.kinds(flows.protocol[rows], flows.tcp_flags[rows], flows.src_port[rows])
        kind = np.where(out, np.uint8(SENT), kind)
        packets, octets = packets[rows], octets[rows]
        spread = s.spread(hi, lo, kind, start[rows], end[rows], packets, octets)
        self._sums.append(s.merged(spread))
        zeros = np.zeros(len(rows))
        at = np.zeros(len(rows), np.int64)
        self._whole.append(
            s.merged(
                Sums(
                    hi,
                    lo,
                    np.zeros(len(rows), np.uint8),
                    kind,
                    at,
                    packets,
                    octets,
                    zeros,
                    zeros,
                    zeros + 1,
                )
            )
        )
        self._samples.append(
            thinned(_sample(flows.take(rows), start[rows], end[rows], hi, lo), self._salt)
        )
        if sum(map(len, self._sums)) > MERGE_ENTRIES:
            self._merge()

    def _merge(self) -> None:
        self._sums = [bounded(s.merged(s.joined(self._sums)), ENTRIES_MAX)]
        self._whole = [bounded(s.merged(s.joined(self._whole)), ENTRIES_MAX)]
        if len(self._samples) > 1:
            self._samples = [thinned(gathered(self._samples), self._salt)]


def _no_sample() -> Sample:
    none = np.zeros(0, np.uint64)
    return Sample(of_flows(empty()), none, none, np.zeros(0, np.uint8))


def _sample(flows: Flows, start: I64, end: I64, hi: U64, lo: U64) -> Sample:
    columns = {name: getattr(flows, name) for name in type(flows).__slots__}
    columns |= {"start_ms": start, "end_ms": end}
    return Sample(of_flows(Flows(**columns)), hi, lo, np.zeros(len(hi), np.uint8))


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
