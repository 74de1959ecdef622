"""Which rows are looked at, where there are too many: chosen by hash, so that parts chosen apart give the same as the whole.

Every pair of addresses has a level: of all pairs half have at least 1, a quarter at least 2, and so on. A target keeps the pairs of
the least level at which no more than `ROWS_TARGET_MAX` rows are left, of each pair at most `ROWS_PAIR_MAX`, those of the
connections with the smallest hashes. The level of a part of the rows is never higher than that of all of them, so whoever has seen a part has
kept all that the whole needs. Both directions of a pair share its level. The salt is the caller's secret: without
it a sender could choose addresses that are never looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from uproar.trace.traffic import ICMP, ICMPV6, Traffic, hashed, joined
from uproar.wire.packets.frames import I64, U8, U64, Flag

ROWS_TARGET_MAX = 2_048  # Of one target within a second.
ROWS_PAIR_MAX = 8  # More sources tell more than more of one source.
ROWS_MAX = 32_768  # Of all targets within a second.
ALL_NEW = 0.95  # Of what is drawn; with more distinct ones, repetition tells nothing.
LEVELS = 24  # One pair in 16 million has the highest.
_TOP = np.uint64(64 - LEVELS)
_IDENTITY = (
    "start_ms", "end_ms", "src_hi", "src_lo", "dst_hi", "dst_lo", "src_port", "dst_port", "protocol",
    "flags", "ttl", "size", "packets", "looked",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Rows that are looked at, the target of each by its address, and the level that its target had where they were chosen."""

    rows: Traffic
    hi: U64
    lo: U64
    level: U8

    def __len__(self) -> int:
        return len(self.level)

    def take(self, rows: Flag) -> Sample:
        """Return these rows only, a mask of shape (n,)."""
        return Sample(self.rows.take(rows), self.hi[rows], self.lo[rows], self.level[rows])


def pairs(traffic: Traffic, salt: int) -> U64:
    """Return one number for each row's pair of addresses, the same in both directions."""
    return pair_of(traffic.src_hi, traffic.src_lo, traffic.dst_hi, traffic.dst_lo, salt)


def pair_of(src_hi: U64, src_lo: U64, dst_hi: U64, dst_lo: U64, salt: int) -> U64:
    """Return the same from columns of shape (n,)."""
    secret = np.full(len(src_hi), salt & ((1 << 64) - 1), np.uint64)
    return hashed(hashed(secret, src_hi, src_lo) + hashed(secret, dst_hi, dst_lo))


def _connections(t: Traffic) -> U64:
    """Return one number for each row's connection, the same in both directions, so that answers stay with their questions."""
    control = (t.protocol == ICMP) | (t.protocol == ICMPV6)
    there = np.where(control, 0, t.dst_port)
    return hashed(hashed(t.src_lo, t.src_port) + hashed(t.dst_lo, there), t.protocol)


def levels(pair: U64) -> U8:
    """Return the level of each pair: how many of its first bits are zero."""
    _, length = np.frexp((pair >> _TOP).astype(np.float64))
    return (LEVELS - length).astype(np.uint8)


def count(sample: Sample, salt: int) -> int:
    """Estimate how many addresses there are at the other end: each that is kept counts for two at level 1, for four at level 2.

    Rows of seconds whose level was lower are first thinned to that of the others. (Adaptive sampling: Flajolet, 1990, after
    Wegman; the error is some 1.2 by the root of those kept.)
    """
    if not len(sample):
        return 0
    t = sample.rows
    _, of = np.unique(hashed(sample.hi, sample.lo), return_inverse=True)
    least = np.zeros(int(of.max()) + 1, np.uint8)
    np.maximum.at(least, of, sample.level)
    kept = levels(pairs(t, salt)) >= least[of]
    come = (sample.hi == t.dst_hi) & (sample.lo == t.dst_lo)
    there = np.where(come, hashed(t.src_hi, t.src_lo), hashed(t.dst_hi, t.dst_lo))[kept]
    order = np.lexsort((least[of][kept], there))
    last = np.flatnonzero(np.append(there[order][1:] != there[order][:-1], True))
    estimate = float(np.exp2(least[of][kept][order][last].astype(np.float64)).sum())
    # Where the same sources send to many of a prefix's addresses, few new ones among many pairs tell how few there are.
    seen = len(np.unique(hashed(there, sample.lo[kept], sample.hi[kept])))
    return int(round(min(estimate, max(_drawn(len(last), seen), len(last)))))


def _drawn(distinct: int, draws: int) -> float:
    """Return how many there are of which so many draws show so many distinct ones: N with N (1 - exp(-draws / N)) = distinct."""
    if distinct >= ALL_NEW * draws:
        return math.inf
    low, high = float(distinct), float(distinct) * 64
    for _ in range(40):
        middle = (low + high) / 2
        few = middle * -math.expm1(-draws / middle) < distinct
        low, high = (middle, high) if few else (low, middle)
    return high


def gathered(parts: list[Sample]) -> Sample:
    """Return all rows of the parts."""
    if len(parts) == 1:
        return parts[0]
    return Sample(
        joined([part.rows for part in parts]),
        np.concatenate([part.hi for part in parts] or [np.zeros(0, np.uint64)]),
        np.concatenate([part.lo for part in parts] or [np.zeros(0, np.uint64)]),
        np.concatenate([part.level for part in parts] or [np.zeros(0, np.uint8)]),
    )


def thinned(sample: Sample, salt: int) -> Sample:
    """Return the rows that are kept, in an order that does not depend on theirs."""
    if not len(sample):
        return sample
    t = sample.rows
    pair = pairs(t, salt)
    target = hashed(sample.hi, sample.lo)
    identity = hashed(*(getattr(t, name) for name in _IDENTITY))
    order = np.lexsort((identity, _connections(t), pair, target))
    target, pair = target[order], pair[order]
    anew = np.concatenate(([True], (target[1:] != target[:-1]) | (pair[1:] != pair[:-1])))
    first = np.flatnonzero(anew)
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    kept = rank < ROWS_PAIR_MAX
    order, target, level = order[kept], target[kept], levels(pair[kept])
    of = np.cumsum(np.concatenate(([0], (target[1:] != target[:-1]).astype(np.int64))))
    least = np.zeros(int(of[-1]) + 1, np.uint8)
    np.maximum.at(least, of, sample.level[order])
    least = np.maximum(least, _least(of, level, len(least)))
    kept = level >= least[of]
    order, of = order[kept], of[kept]
    return Sample(t.take(order), sample.hi[order], sample.lo[order], least[of])


def _least(of: I64, level: U8, targets: int) -> U8:
    """Return the least level of each target at which neither it nor all together have more rows than they may.

    Both grow with the rows, whatever is left out for the other's sake, so that a part never asks for more than the whole.
    """
    counts = np.bincount(of * (LEVELS + 1) + level, minlength=targets * (LEVELS + 1))
    above = np.cumsum(counts.reshape(targets, LEVELS + 1)[:, ::-1], axis=1)[:, ::-1]
    own = (above > ROWS_TARGET_MAX).sum(axis=1)
    common = (np.minimum(above, ROWS_TARGET_MAX).sum(axis=0) > ROWS_MAX).sum()
    found: U8 = np.maximum(own, common).astype(np.uint8)
    return found
