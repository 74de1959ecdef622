"""What every exporter's records become: one row a flow, one array a column, all of one length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch

MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, under which an IPv4 address is kept (RFC 4291, 2.5.5.2).


@dataclass(frozen=True, slots=True, eq=False)
class Flows:
    """Flows of any number of exporters, each column an array of shape (n,).

    Columns may be read-only and may share memory with each other; `concat` of two or more gives plain arrays.

    src_hi, src_lo, dst_hi, dst_lo: addresses as two halves of 64 bits, IPv4 as ::ffff:a.b.c.d;
        `::` where the exporter did not tell that side.
    src_port, dst_port: 0 where there are none. ICMP has none; see `icmp`.
    protocol: IANA number; 0 where not told.
    tcp_flags: the OR over all packets of the flow, so 0x12 may be one SYN-ACK or a SYN and an ACK;
        of one packet where the exporter samples packets (sFlow).
    packets, octets: as exported, NOT multiplied by the sampling rate.
    sampling: one of how many packets the exporter looked at; 1 where it looked at all or did not tell.
    start_ms, end_ms: first and last packet, ms UTC, by `clocks`; start_ms <= end_ms.
    ttl_min, ttl_max: time to live or hop limit; 0 where not told.
    icmp: type * 256 + code for protocols 1 and 58, else 0.
    fragment: True where the record speaks of a fragment other than the first, or says that more follow.
    exporter: the index that the caller gave with the datagram.
    input, output: SNMP index of the interface; 0 where not told.
    """

    src_hi: NDArray[np.uint64]
    src_lo: NDArray[np.uint64]
    dst_hi: NDArray[np.uint64]
    dst_lo: NDArray[np.uint64]
    src_port: NDArray[np.uint16]
    dst_port: NDArray[np.uint16]
    protocol: NDArray[np.uint8]
    tcp_flags: NDArray[np.uint8]
    packets: NDArray[np.uint64]
    octets: NDArray[np.uint64]
    sampling: NDArray[np.uint32]
    start_ms: NDArray[np.int64]
    end_ms: NDArray[np.int64]
    ttl_min: NDArray[np.uint8]
    ttl_max: NDArray[np.uint8]
    icmp: NDArray[np.uint16]
    fragment: NDArray[np.bool_]
    exporter: NDArray[np.int32]
    input: NDArray[np.uint32]
    output: NDArray[np.uint32]

    def __post_init__(self) -> None:
        """Raise ShapeMismatch where a column is not of shape (n,)."""
        shape = (self.src_lo.shape[0],)
        for name in DTYPES:
            if getattr(self, name).shape != shape:
                raise ShapeMismatch(getattr(self, name).shape, shape)

    def __len__(self) -> int:
        return len(self.src_lo)

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Flows:
        """Return these rows only: a mask of shape (n,), indices, or a slice."""
        return Flows(**{name: getattr(self, name)[rows] for name in DTYPES})


# The types of the columns, which is also their order.
DTYPES: dict[str, np.dtype[Any]] = {
    field.name: np.dtype(kind)
    for field, kind in zip(
        fields(Flows),
        ("u8", "u8", "u8", "u8", "u2", "u2", "u1", "u1", "u8", "u8", "u4", "i8", "i8", "u1", "u1",
         "u2", "?", "i4", "u4", "u4"),
        strict=True,
    )
}  # fmt: skip
ROW_BYTES = sum(dtype.itemsize for dtype in DTYPES.values())


def empty() -> Flows:
    """Return no flows."""
    return Flows(**{name: np.zeros(0, dtype) for name, dtype in DTYPES.items()})


def concat(parts: Sequence[Flows]) -> Flows:
    """Return the rows of all parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty()
    return Flows(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in DTYPES}
    )


def zeros(dtype: str, rows: int) -> NDArray[Any]:
    """Return a column of zeros; short ones are read-only views of one array."""
    return _ZEROS[dtype][:rows] if rows <= SHARED_ROWS else np.zeros(rows, dtype)


SHARED_ROWS = 16_384
_ZEROS = {dtype: np.zeros(SHARED_ROWS, dtype) for dtype in ("u1", "u2", "u4", "u8", "?")}
for _column in _ZEROS.values():
    _column.flags.writeable = False
