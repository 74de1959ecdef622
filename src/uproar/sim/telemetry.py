"""Flow records as a router's meter holds them, and NetFlow v5 datagrams of them (Cisco, "NetFlow Export Datagram Format").

Nothing of `wire.flows` is used here, so that what it reads was written by somebody else.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Form = Literal["netflow5", "netflow9", "ipfix", "sflow"]

# ready_us: when the meter gives the record to its exporter; first_us, last_us: of the flow's packets; all from the
# beginning of the stream, may be before it. Addresses are halves of 64 bits, IPv4 as ::ffff:a.b.c.d. icmp: type * 256 + code.
# truth: 0, or the number of what was sent to do harm.
RECORD = np.dtype(
    [
        ("ready_us", "i8"), ("first_us", "i8"), ("last_us", "i8"), ("src", "u8", (2,)), ("dst", "u8", (2,)),
        ("sport", "u2"), ("dport", "u2"), ("protocol", "u1"), ("flags", "u1"), ("packets", "u4"), ("octets", "u8"),
        ("ttl_min", "u1"), ("ttl_max", "u1"), ("icmp", "u2"), ("input", "u2"), ("output", "u2"), ("truth", "u1"),
    ]
)  # fmt: skip
Records = NDArray[Any]  # Of RECORD, shape (n,).

MAPPED = 0xFFFF << 32
FLUSH_US = 100_000  # A datagram that is not full goes out after so long.
UPTIME_WRAP = 1 << 32
V5_MOST = 30
V5_RANDOM = 2 << 14  # The mode of sampling in the upper two bits.
_V5_HEADER = struct.Struct(">HHIIIIBBH")
_V5 = np.dtype(
    [
        ("src", ">u4"), ("dst", ">u4"), ("hop", ">u4"), ("input", ">u2"), ("output", ">u2"), ("packets", ">u4"),
        ("octets", ">u4"), ("first", ">u4"), ("last", ">u4"), ("sport", ">u2"), ("dport", ">u2"), ("pad", "u1"),
        ("flags", "u1"), ("protocol", "u1"), ("service", "u1"), ("from_as", ">u2"), ("to_as", ">u2"),
        ("from_mask", "u1"), ("to_mask", "u1"), ("rest", ">u2"),
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Exporter:
    """A simulated router: what it speaks, its number (engine, source or domain, agent), and its clocks.

    up_ms: how long it had run when the stream begins. sampling: one of how many packets it looks at.
    clock_off_ms: by how much its clock is ahead. sequence: of its first datagram.
    """

    form: Form
    number: int = 0
    up_ms: int = 86_400_000
    sampling: int = 1
    clock_off_ms: int = 0
    sequence: int = 0


class Outgoing(NamedTuple):
    """A datagram that is due `at_us` after the beginning; `harm`: whether it tells of anything that was sent to do harm."""

    at_us: int
    body: bytes
    harm: bool


class Cut(NamedTuple):
    """Rows `first` to before `last` share the datagram that is due at `at_us`."""

    first: int
    last: int
    at_us: int


def records(count: int, **columns: Any) -> Records:
    """Return so many records with those columns, the others 0; `src` and `dst` may be numbers of IPv4."""
    found = np.zeros(count, RECORD)
    for name, values in columns.items():
        if name in ("src", "dst") and np.ndim(values) < 2:
            found[name][:, 1] = MAPPED | np.asarray(values, np.uint64)
        else:
            found[name] = values
    return found


def ordered(parts: list[Records]) -> Records:
    """Return all records in the order in which they are ready."""
    found = np.concatenate([np.zeros(0, RECORD), *parts])
    return found[np.argsort(found["ready_us"], kind="stable")]


def of_four(held: Records) -> NDArray[np.bool_]:
    """Return which records are of IPv4."""
    found: NDArray[np.bool_] = (held["dst"][:, 0] == 0) & (held["dst"][:, 1] >> 32 == 0xFFFF)
    return found


def cuts(ready_us: NDArray[np.int64], most: int) -> Iterator[Cut]:
    """Yield which of these records, in order of readiness, share a datagram: at most so many, and none waits longer than FLUSH_US."""
    if not len(ready_us):
        return
    flush = ready_us // FLUSH_US
    begins = np.flatnonzero(np.diff(flush, prepend=flush[0] - 1))
    place = np.arange(len(flush)) - np.repeat(begins, np.diff([*begins, len(flush)]))
    first = np.flatnonzero(place % most == 0)
    last = np.append(first[1:], len(flush))
    due = np.where(last - first == most, ready_us[last - 1], (flush[last - 1] + 1) * FLUSH_US)
    for cut in zip(first.tolist(), last.tolist(), due.tolist(), strict=True):
        yield Cut(*cut)


def uptime(exporter: Exporter, at_us: Any) -> Any:
    """Return the exporter's uptime in ms, wrapped at 32 bits; number or array."""
    return (exporter.up_ms + at_us // 1_000) % UPTIME_WRAP


def netflow5(held: Records, exporter: Exporter, begin_ms: int) -> Iterator[Outgoing]:
    """Yield NetFlow v5 datagrams of records in order of readiness; IPv6 has no place in it and is left out."""
    held = held[of_four(held)]
    rows = np.zeros(len(held), _V5)
    rows["src"], rows["dst"] = (held[name][:, 1] & 0xFFFF_FFFF for name in ("src", "dst"))
    for name in ("input", "output", "packets", "octets", "sport", "dport", "flags", "protocol"):
        rows[name] = held[name]
    icmp = held["protocol"] == 1
    rows["dport"][icmp] = held["icmp"][icmp]
    rows["first"], rows["last"] = (
        uptime(exporter, held["first_us"]),
        uptime(exporter, held["last_us"]),
    )
    sampling = V5_RANDOM | exporter.sampling if exporter.sampling > 1 else 0
    octets, sequence = rows.tobytes(), exporter.sequence
    for cut in cuts(held["ready_us"], V5_MOST):
        clock_us = (begin_ms + exporter.clock_off_ms) * 1_000 + cut.at_us
        head = _V5_HEADER.pack(
            5, cut.last - cut.first, uptime(exporter, cut.at_us), clock_us // 1_000_000,
            clock_us % 1_000_000 * 1_000, sequence % UPTIME_WRAP, 0, exporter.number & 0xFF, sampling,
        )  # fmt: skip
        sequence += cut.last - cut.first
        body = octets[cut.first * _V5.itemsize : cut.last * _V5.itemsize]
        yield Outgoing(cut.at_us, head + body, bool(held["truth"][cut.first : cut.last].any()))
