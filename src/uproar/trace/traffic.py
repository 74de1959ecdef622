"""What is traced: packets and flow records in one form, columns that can be added up whatever they came from.

A row is some packets that are alike: same addresses, ports, protocol, flags, time to live and size, within one second
or within the stretch that an exporter tells. Addresses are two halves of 64 bits, IPv4 as ::ffff:a.b.c.d.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch
from uproar.wire.flows.columns import Flows
from uproar.wire.packets.captured import NO_TIME
from uproar.wire.packets.frames import I64, U8, U16, U32, U64, Flag, Frames, Packets
from uproar.wire.packets.octets import Octets

F64 = NDArray[np.float64]

TCP, UDP, ICMP, ICMPV6, GRE = 6, 17, 1, 58, 47
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
SIX_FLAGS = 0x3F  # Without ECE, CWR and NS: what a sender says of congestion names no vector.
SECOND_MS = 1_000
MAPPED_HIGH = np.uint64(0xFFFF)  # The upper half of `lo` of an IPv4 address.
_DNS_NAME_AT: Final = 12  # Octets; the header of a DNS message (RFC 1035, 4.1.1).
_QUERY_BITS, _QUERY = np.uint64(0xF800_FFFF_FFFF), np.uint64(0x0000_0001_0000)
_EIGHT = np.dtype([("n", ">u8")])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Traffic:
    """Rows of traffic, each column of shape (n,).

    start_ms, end_ms: first and last packet of the row, ms UTC; a row is spread evenly over what lies between.
    src_port, dst_port: 0 where there are none; ICMP has type * 256 + code as `dst_port`.
    flags: of TCP; of a flow record the OR over its packets. ttl: 0 where not told.
    size: octets of one IP datagram; of a flow record their mean. payload: the same behind the transport header.
    later: a fragment other than the first, or a record that speaks of fragments. fragment: any fragment.
    content: the first eight octets of the payload. question: a hash of what a DNS query asks for. 0 where not seen.
    packets, octets: multiplied by the sampling. looked: packets that were looked at, not multiplied.
    told: whether the row is a flow record rather than packets that were seen.
    """

    start_ms: I64
    end_ms: I64
    src_hi: U64
    src_lo: U64
    dst_hi: U64
    dst_lo: U64
    src_port: U16
    dst_port: U16
    protocol: U8
    flags: U16
    ttl: U8
    size: U32
    payload: U32
    fragment: Flag
    later: Flag
    content: U64
    question: U64
    packets: F64
    octets: F64
    looked: F64
    told: Flag

    def __post_init__(self) -> None:
        """Raise ShapeMismatch where a column is not of shape (n,)."""
        shape = (len(self.start_ms),)
        for name in KINDS:
            if getattr(self, name).shape != shape:
                raise ShapeMismatch(getattr(self, name).shape, shape)

    def __len__(self) -> int:
        return len(self.start_ms)

    def take(self, rows: Flag | NDArray[np.intp]) -> Traffic:
        """Return these rows only: a mask of shape (n,), or indices."""
        return Traffic(**{name: getattr(self, name)[rows] for name in KINDS})


_KIND_OF: dict[str, type[np.generic]] = {
    "I64": np.int64, "U64": np.uint64, "U32": np.uint32, "U16": np.uint16,
    "U8": np.uint8, "F64": np.float64, "Flag": np.bool_,
}  # fmt: skip
KINDS: dict[str, Any] = {field.name: _KIND_OF[str(field.type)] for field in fields(Traffic)}
ROW_BYTES = sum(np.dtype(kind).itemsize for kind in KINDS.values())


def nothing() -> Traffic:
    """Return no rows."""
    return Traffic(**{name: np.zeros(0, kind) for name, kind in KINDS.items()})


def joined(parts: Sequence[Traffic]) -> Traffic:
    """Return the rows of all parts, in their order."""
    if not parts:
        return nothing()
    if len(parts) == 1:
        return parts[0]
    return Traffic(**{n: np.concatenate([getattr(part, n) for part in parts]) for n in KINDS})


def of_packets(packets: Packets, frames: Frames, at_ns: I64) -> Traffic:
    """Return packets as rows, one each; frames that are none, or have no time, are left out."""
    rows = np.flatnonzero(packets.ok & (at_ns != NO_TIME))
    at_ms = at_ns[rows] // 1_000_000
    size = packets.total_length[rows]
    content, question = _contents(packets, frames, rows)
    return Traffic(
        start_ms=at_ms,
        end_ms=at_ms,
        src_hi=packets.src_hi[rows],
        src_lo=packets.src_lo[rows],
        dst_hi=packets.dst_hi[rows],
        dst_lo=packets.dst_lo[rows],
        src_port=packets.src_port[rows],
        dst_port=packets.dst_port[rows],
        protocol=packets.protocol[rows],
        flags=packets.tcp_flags[rows],
        ttl=packets.ttl[rows],
        size=size,
        payload=packets.payload_length[rows],
        fragment=packets.fragment[rows],
        later=packets.fragment_offset[rows] != 0,
        content=content,
        question=question,
        packets=np.ones(len(rows)),
        octets=size.astype(np.float64),
        looked=np.ones(len(rows)),
        told=np.zeros(len(rows), np.bool_),
    )


def _contents(packets: Packets, frames: Frames, rows: I64) -> tuple[U64, U64]:
    """Return the first eight octets of payloads, and a hash of the names that DNS queries ask for."""
    content, question = np.zeros(len(rows), np.uint64), np.zeros(len(rows), np.uint64)
    octets = Octets(frames.data)
    captured, at = packets.payload_captured[rows], packets.payload_at[rows]
    seen = np.flatnonzero((captured >= 8) & packets.transport[rows])
    content[seen] = octets.records(at[seen], _EIGHT)["n"]
    asks = (packets.protocol[rows] == UDP) & (packets.dst_port[rows] == 53)
    # A standard query with one question and no answer (RFC 1035, 4.1.1).
    asks &= content & _QUERY_BITS == _QUERY
    asked = np.flatnonzero(asks & (captured >= _DNS_NAME_AT + 8) & packets.transport[rows])
    if len(asked):
        begin = at[asked] + _DNS_NAME_AT
        end = at[asked] + captured[asked]
        found = np.zeros(len(asked), np.uint64)
        for step in range(0, 24, 8):
            part = octets.records(begin + step, _EIGHT)["n"].astype(np.uint64)
            found = _mix(found ^ np.where(begin + step + 8 <= end, part, np.uint64(0)))
        question[asked] = found
    return content, question


def of_flows(flows: Flows) -> Traffic:
    """Return flow records as rows, their counts multiplied by the sampling of their exporter."""
    count = len(flows)
    sampling = np.maximum(flows.sampling, 1).astype(np.float64)
    told = flows.packets.astype(np.float64)
    mean = flows.octets.astype(np.float64) / np.maximum(told, 1.0)
    size = np.minimum(mean, 65_535.0).astype(np.uint32)
    header = np.where(flows.protocol == TCP, 40, 28).astype(np.uint32)
    control = (flows.protocol == ICMP) | (flows.protocol == ICMPV6)
    # Only the first fragment has ports. NetFlow v5 cannot speak of fragments, but it tells these ports as well.
    rest = np.isin(flows.protocol, (TCP, UDP)) & (flows.src_port == 0) & (flows.dst_port == 0)
    rest |= flows.fragment & ~np.isin(flows.protocol, (TCP, UDP))
    return Traffic(
        start_ms=flows.start_ms,
        end_ms=flows.end_ms,
        src_hi=flows.src_hi,
        src_lo=flows.src_lo,
        dst_hi=flows.dst_hi,
        dst_lo=flows.dst_lo,
        src_port=flows.src_port,
        dst_port=np.where(control, flows.icmp, flows.dst_port).astype(np.uint16),
        protocol=flows.protocol,
        flags=flows.tcp_flags.astype(np.uint16),
        ttl=flows.ttl_min,
        size=size,
        payload=np.where(size > header, size - header, 0).astype(np.uint32),
        fragment=flows.fragment | rest,
        later=rest,
        content=np.zeros(count, np.uint64),
        question=np.zeros(count, np.uint64),
        packets=told * sampling,
        octets=flows.octets.astype(np.float64) * sampling,
        looked=told,
        told=np.ones(count, np.bool_),
    )


def _mix(value: U64) -> U64:
    """Return bits well mixed (the finalizer of MurmurHash3, by Appleby)."""
    value = value ^ (value >> np.uint64(33))
    value = value * np.uint64(0xFF51AFD7ED558CCD)
    value = value ^ (value >> np.uint64(33))
    value = value * np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


def hashed(*columns: NDArray[Any]) -> U64:
    """Return one number a row for what those columns hold; for grouping, never for secrets."""
    found = np.full(len(columns[0]), 0x9E3779B97F4A7C15, np.uint64)
    for column in columns:
        found = _mix(found + column.astype(np.uint64))
    return found


def sources(traffic: Traffic) -> U64:
    """Return one number for each row's source address."""
    return hashed(traffic.src_hi, traffic.src_lo)


def is_ipv4(hi: U64, lo: U64) -> Flag:
    """Return which addresses are of IPv4."""
    found: Flag = (hi == 0) & (lo >> np.uint64(32) == MAPPED_HIGH)
    return found
