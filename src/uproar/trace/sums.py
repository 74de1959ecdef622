"""What came to targets second by second, in a form that can be added up in any order with the same result to the last bit.

A flow is spread over its stretch. So that a long one costs no more than a short one, it is kept as what falls into the seconds of
its two ends, and as a slope that begins and ends; running sums of slopes give the seconds between. All values are multiples
of 1/64 below 2^47, so that sums of 64-bit floats are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uproar.trace.amplifiers import BY_PORT
from uproar.trace.traffic import F64, ICMP, ICMPV6, SECOND_MS, SIX_FLAGS, SYN, TCP, UDP, hashed
from uproar.wire.packets.frames import I64, U8, U64, Flag

# Kinds of traffic: TCP with SYN alone, other TCP, UDP from ports of amplifiers, other UDP, ICMP, the rest; and what ours send.
# The last is no traffic of its own: how many half-empty connections are held, as packets a second.
OPENING, TCP_OTHER, ANSWERS, UDP_OTHER, CONTROL, OTHER, SENT, HELD = range(8)
KINDS_ALL: Final = 8
# Of what an entry is the sum: an address; its /20 or /48; all that is no closer known.
ADDRESS, WIDE, REST = range(3)
STEP: Final = 64.0  # Values are multiples of one part in so many.
VALUE_MAX = float(1 << 46)

_IS_ANSWER = np.zeros(1 << 16, np.bool_)
_IS_ANSWER[list(BY_PORT)] = True
_BY_PROTOCOL = np.full(256, OTHER, np.uint8)
_BY_PROTOCOL[[TCP, UDP, ICMP, ICMPV6]] = TCP_OTHER, UDP_OTHER, CONTROL, CONTROL


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Entries, each column of shape (n,); one a target, second and kind after `merged`.

    hi, lo: the target, its prefix's first address where `level` is WIDE, `::` where it is REST.
    second: of ms UTC // 1000. packets, octets: that fall into it. *_slope: that come a second from this one on.
    flows: records; each in the second in which it begins.
    """

    hi: U64
    lo: U64
    level: U8
    kind: U8
    second: I64
    packets: F64
    octets: F64
    packets_slope: F64
    octets_slope: F64
    flows: F64

    def __len__(self) -> int:
        return len(self.hi)

    def take(self, rows: Flag | NDArray[np.intp]) -> Sums:
        """Return these entries only: a mask of shape (n,), or indices."""
        return Sums(**{name: getattr(self, name)[rows] for name in COLUMNS})


_KIND_OF: dict[str, type[np.generic]] = {
    "U64": np.uint64, "U8": np.uint8, "I64": np.int64, "F64": np.float64,
}  # fmt: skip
COLUMNS: dict[str, Any] = {field.name: _KIND_OF[str(field.type)] for field in fields(Sums)}
_VALUES = ("packets", "octets", "packets_slope", "octets_slope", "flows")


def no_sums() -> Sums:
    """Return no entries."""
    return Sums(**{name: np.zeros(0, kind) for name, kind in COLUMNS.items()})


def joined(parts: Sequence[Sums]) -> Sums:
    """Return the entries of all parts, in their order."""
    if not parts:
        return no_sums()
    if len(parts) == 1:
        return parts[0]
    return Sums(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in COLUMNS})


def merged(sums: Sums) -> Sums:
    """Return one entry a target, second and kind, in an order that does not depend on that of the entries."""
    if not len(sums):
        return sums
    marks = (sums.second << 8) | (sums.kind.astype(np.int64) << 4) | sums.level
    key = hashed(sums.hi, sums.lo, marks)
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.concatenate(([True], key[1:] != key[:-1])))
    columns: dict[str, Any] = {
        name: np.add.reduceat(getattr(sums, name)[order], first)
        if name in _VALUES
        else getattr(sums, name)[order][first]
        for name in COLUMNS
    }
    return Sums(**columns)


def clipped(sums: Sums) -> Sums:
    """Return the same with no value farther from 0 than `VALUE_MAX`; only forged records reach it."""
    columns = {name: getattr(sums, name) for name in COLUMNS}
    columns |= {name: np.clip(columns[name], -VALUE_MAX, VALUE_MAX) for name in _VALUES}
    return Sums(**columns)


def kinds(protocol: U8, flags: NDArray[Any], src_port: NDArray[Any]) -> U8:
    """Return the kind of each flow that comes to ours."""
    found: U8 = _BY_PROTOCOL[protocol]
    opening = (found == TCP_OTHER) & (flags & (SIX_FLAGS) == SYN)
    found = np.where(opening, np.uint8(OPENING), found)
    return np.where((found == UDP_OTHER) & _IS_ANSWER[src_port], np.uint8(ANSWERS), found)


def spread(
    hi: U64, lo: U64, kind: U8, start_ms: I64, end_ms: I64, packets: F64, octets: F64
) -> Sums:
    """Return flows as entries: one of each that lies within a second, two of a longer one."""
    begin, end = start_ms // SECOND_MS, end_ms // SECOND_MS
    zeros = np.zeros(len(hi))
    level = np.zeros(len(hi), np.uint8)
    long = np.flatnonzero(begin != end)
    if not len(long):
        return Sums(hi, lo, level, kind, begin, packets, octets, zeros, zeros, zeros + 1)
    # The first second's part, and how many whole seconds lie between it and the last one.
    lasted = (end_ms - start_ms)[long].astype(np.float64)
    head = (SECOND_MS - start_ms % SECOND_MS)[long] / lasted
    between = (end - begin)[long] - 1
    parts = []
    for counts in (packets, octets):
        whole = counts[long]
        first = _rounded(whole * head)
        slope = _rounded(whole * (SECOND_MS / lasted))
        parts.append((first, slope, whole - first - slope * between))
    (p_first, p_slope, p_last), (o_first, o_slope, o_last) = parts
    p_all, o_all = packets.copy(), octets.copy()
    p_slopes, o_slopes = zeros.copy(), zeros.copy()
    # The slope holds from the first second on, so that second has the rest of its part.
    p_all[long], o_all[long] = p_first - p_slope, o_first - o_slope
    p_slopes[long], o_slopes[long] = p_slope, o_slope
    begun = Sums(hi, lo, level, kind, begin, p_all, o_all, p_slopes, o_slopes, zeros + 1)
    none = np.zeros(len(long))
    same = (hi[long], lo[long], level[long], kind[long])
    return joined((begun, Sums(*same, end[long], p_last, o_last, -p_slope, -o_slope, none)))


def held(hi: U64, lo: U64, start_ms: I64, end_ms: I64) -> Sums:
    """Return one a second for as long as each of those connections lasts."""
    zeros, ones = np.zeros(len(hi)), np.ones(len(hi))
    same = (hi, lo, np.zeros(len(hi), np.uint8), np.full(len(hi), HELD, np.uint8))
    begun = Sums(*same, start_ms // SECOND_MS, zeros, zeros, ones, zeros, ones)
    return joined((begun, Sums(*same, end_ms // SECOND_MS, zeros, zeros, -ones, zeros, zeros)))


def whole(sums: Sums) -> tuple[U64, F64, F64]:
    """Return a number for each address and kind, hashed, with its packets and octets over all seconds; in the order of the numbers.

    A slope that begins at a second and ends at a later one comes to their difference times its height.
    """
    mine = sums.take(sums.level == ADDRESS)
    names, of = np.unique(hashed(mine.hi, mine.lo, mine.kind), return_inverse=True)
    since = mine.second - (mine.second.min() if len(mine) else 0)
    packets = np.bincount(of, mine.packets - mine.packets_slope * since, len(names))
    octets = np.bincount(of, mine.octets - mine.octets_slope * since, len(names))
    return names, packets.astype(np.float64), octets.astype(np.float64)


def _rounded(values: F64) -> F64:
    return np.floor(values * STEP) / STEP


def coarser(sums: Sums, rows: Flag, level: int) -> Sums:
    """Return the same sums with those entries told of their /20 or /48 only, or of no place at all."""
    hi, lo = sums.hi.copy(), sums.lo.copy()
    if level == WIDE:
        wide_hi, wide_lo = widened(hi[rows], lo[rows])
        hi[rows], lo[rows] = wide_hi, wide_lo
    else:
        hi[rows] = lo[rows] = 0
    columns = {name: getattr(sums, name) for name in COLUMNS}
    columns |= {"hi": hi, "lo": lo, "level": np.where(rows, np.uint8(level), sums.level)}
    return merged(Sums(**columns))


def widened(hi: U64, lo: U64) -> tuple[U64, U64]:
    """Return the first address of each one's /20 or /48."""
    return _cut(hi, lo, 12, 16)


def netted(hi: U64, lo: U64) -> tuple[U64, U64]:
    """Return the first address of each one's /24 or /64."""
    return _cut(hi, lo, 8, 0)


def _cut(hi: U64, lo: U64, low: int, high: int) -> tuple[U64, U64]:
    four = (hi == 0) & (lo >> np.uint64(32) == 0xFFFF)
    low_bits, high_bits = np.uint64(low), np.uint64(high)
    return (
        np.where(four, hi, hi >> high_bits << high_bits),
        np.where(four, lo >> low_bits << low_bits, np.uint64(0)),
    )
