"""Which rows are looked at, where there are too many: chosen by hash, so that parts chosen apart give the same as the whole.

Every pair of addresses has a level: of all pairs half have at least 1, a quarter at least 2, and so on. A target keeps the pairs of
the least level at which no more than `ROWS_TARGET_MAX` rows are left, of each pair at most `ROWS_PAIR_MAX`, those of the
connections with the smallest hashes. The level of a part of the rows is never higher than that of all of them, so whoever has
seen a part has kept all that the whole needs. Both directions of a pair share its level. The salt is the caller's
secret: without it a sender could choose addresses that are never looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.trace.traffic import ICMP, ICMPV6, KINDS, Traffic, hashed, joined
from uproar.wire.packets.frames import I64, U8, U64, Flag

ROWS_TARGET_MAX = 2_048  # Of one target within a second.
ROWS_PAIR_MAX = 16  # More sources tell more than more of one source.
ROWS_MAX = 16_384  # Of all targets within a second.
LEVELS = 24  # One pair in 16 million has the highest.
ALL_NEW = 0.95  # Of what is drawn; with more distinct ones, repetition tells nothing.
_TOP = np.uint64(64 - LEVELS)
_BUCKET = np.uint64(
    48
)  # Rows that must be counted exactly are found by counting those alike in 16 bits.
_A, _B = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_HALF, _THIRD = np.uint64(33), np.uint64(29)
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

    def take(self, rows: Flag | NDArray[np.intp]) -> Sample:
        """Return these rows only: a mask of shape (n,), or indices."""
        return Sample(self.rows.take(rows), self.hi[rows], self.lo[rows], self.level[rows])


def pairs(src_hi: U64, src_lo: U64, dst_hi: U64, dst_lo: U64, salt: int) -> U64:
    """Return one number for each pair of addresses, the same in both directions; columns of shape (n,).

    Pairs of one target have the same number only by chance. The mixing is that of MurmurHash3 (Appleby), begun with the secret.
    """
    found = (src_lo ^ dst_lo) + np.uint64(salt & ((1 << 64) - 1))
    found *= _A
    found ^= found >> _HALF
    found += src_hi ^ dst_hi
    found *= _B
    found ^= found >> _THIRD
    found *= _A
    found ^= found >> _HALF
    return found


def pairs_of(traffic: Traffic, salt: int) -> U64:
    """Return the same of rows."""
    return pairs(traffic.src_hi, traffic.src_lo, traffic.dst_hi, traffic.dst_lo, salt)


def levels(pair: U64) -> U8:
    """Return the level of each pair: how many of its first bits are zero."""
    _, length = np.frexp((pair >> _TOP).astype(np.float64))
    return (LEVELS - length).astype(np.uint8)


def connections(
    protocol: U8,
    src_lo: U64,
    src_port: NDArray[np.uint16],
    dst_lo: U64,
    dst_port: NDArray[np.uint16],
) -> U64:
    """Return one number for each row's connection, the same in both directions, so that answers stay with their questions."""
    control = (protocol == ICMP) | (protocol == ICMPV6)
    there = np.where(control, 0, dst_port)
    return hashed(hashed(src_lo, src_port) + hashed(dst_lo, there), protocol)


def connections_of(t: Traffic) -> U64:
    """Return the same of rows."""
    return connections(t.protocol, t.src_lo, t.src_port, t.dst_lo, t.dst_port)


def identity(t: Traffic) -> U64:
    """Return one number for all that a row is, which orders rows whatever order they came in."""
    return hashed(*(getattr(t, name) for name in _IDENTITY))


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
    """Return the rows that are kept, with the levels at which they were chosen; rows keep their order."""
    if not len(sample):
        return sample
    pair = pairs_of(sample.rows, salt)
    kept = _few_of_each_pair(sample, pair)
    if len(kept) < len(sample):
        sample, pair = sample.take(kept), pair[kept]
    level = levels(pair)
    least = np.maximum(sample.level, _least(hashed(sample.hi, sample.lo), level, sample.level))
    rows = np.flatnonzero(level >= least)
    found = sample.take(rows)
    return Sample(found.rows, found.hi, found.lo, least[rows])


def _few_of_each_pair(sample: Sample, pair: U64) -> I64:
    bucket = (pair >> _BUCKET).view(np.int64)
    crowded = np.bincount(bucket, minlength=1 << 16)[bucket] > ROWS_PAIR_MAX
    rows = np.flatnonzero(crowded)
    if not len(rows):
        return np.arange(len(pair))
    t = sample.rows.take(rows)
    target = hashed(sample.hi[rows], sample.lo[rows], pair[rows])
    order = np.lexsort((identity(t), connections_of(t), target))
    target = target[order]
    first = np.flatnonzero(np.concatenate(([True], target[1:] != target[:-1])))
    rank = np.arange(len(order)) - np.repeat(first, np.diff(np.append(first, len(order))))
    crowded[rows[order[rank >= ROWS_PAIR_MAX]]] = False
    kept = np.ones(len(pair), np.bool_)
    kept[rows] = crowded[rows]
    return np.flatnonzero(kept)


def _least(target: U64, level: U8, before: U8) -> U8:
    """Return for each row the least level of its target at which neither it nor all together have more rows than they may.

    Both grow with the rows, whatever is left out for the other's sake, so that a part never asks for more than the whole.
    A target's rows have the highest level that any part had.
    """
    bucket = (target >> _BUCKET).view(np.int64)
    many = np.bincount(bucket, minlength=1 << 16)[bucket] > ROWS_TARGET_MAX
    exact = many | (before > 0)
    found = np.zeros(len(level), np.uint8)
    # Rows of targets that have few are counted together.
    above = np.cumsum(np.bincount(level[~exact], minlength=LEVELS + 1)[::-1])[::-1]
    rows = np.flatnonzero(exact)
    if len(rows):
        names, of = np.unique(target[rows], return_inverse=True)
        counts = np.bincount(of * (LEVELS + 1) + level[rows], minlength=len(names) * (LEVELS + 1))
        own = np.cumsum(counts.reshape(len(names), LEVELS + 1)[:, ::-1], axis=1)[:, ::-1]
        above = above + np.minimum(own, ROWS_TARGET_MAX).sum(axis=0)
        highest = np.zeros(len(names), np.uint8)
        np.maximum.at(highest, of, before[rows])
        least = np.maximum((own > ROWS_TARGET_MAX).sum(axis=1).astype(np.uint8), highest)
        found[rows] = least[of]
    common: U8 = np.maximum(found, np.uint8((above > ROWS_MAX).sum()))
    return common


def fewer(sample: Sample, most: int, salt: int) -> Sample:
    """Return no more than about so many rows that count for all: pairs of a higher level, in whose place the others are."""
    if len(sample) <= most:
        return sample
    level = levels(pairs_of(sample.rows, salt))
    least = sample.level
    while int((level >= least).sum()) > most and int(least.min()) < LEVELS:
        least = np.maximum(least, least.min() + np.uint8(1))
    kept = np.flatnonzero(level >= least)
    by = np.exp2((least - sample.level)[kept].astype(np.float64))
    found = sample.take(kept)
    columns = {name: getattr(found.rows, name) for name in KINDS}
    columns |= {"packets": found.rows.packets * by, "octets": found.rows.octets * by}
    return Sample(Traffic(**columns), found.hi, found.lo, least[kept])


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
    kept = levels(pairs_of(t, salt)) >= least[of]
    come = (sample.hi == t.dst_hi) & (sample.lo == t.dst_lo)
    there = np.where(come, hashed(t.src_hi, t.src_lo), hashed(t.dst_hi, t.dst_lo))[kept]
    order = np.lexsort((least[of][kept], there))
    last = np.flatnonzero(np.append(there[order][1:] != there[order][:-1], True))
    estimate = float(np.exp2(least[of][kept][order][last].astype(np.float64)).sum())
    # Where the same sources send to many of a prefix's addresses, few new ones among many pairs tell how few there are.
    seen = len(np.unique(hashed(there, sample.lo[kept], sample.hi[kept])))
    return round(min(estimate, max(_drawn(len(last), seen), len(last))))


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
