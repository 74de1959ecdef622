"""What every exporter's records become: one row a flow, one array a column, all of one length."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ShapeMismatch

MAPPED = 0xFFFF << 32  # ::ffff:0:0/96, under which an IPv4 address is kept (RFC 4291, 2.5.5.2).


# Where columns come from: gives the column that is asked for, and those that fall out with it.
Source = Callable[[str], Mapping[str, NDArray[Any]]]


@dataclass(frozen=True, eq=False, repr=False)
class Flows:
    """Flows of any number of exporters, each column an array of shape (n,).

    Columns may be read-only and may share memory with each other; `concat` of two or more gives plain arrays.
    Flows that were read make each column when it is first asked for, so what nobody looks at costs nothing; until
    they are dropped they hold the bytes that they were read from.

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
        self.__dict__["_rows"] = shape[0]

    @classmethod
    def read(cls, rows: int, source: Source) -> Self:
        """Return so many flows whose columns, each of shape (rows,), are made when they are asked for."""
        flows = object.__new__(cls)
        flows.__dict__.update(_rows=rows, _source=source)
        return flows

    if not TYPE_CHECKING:  # A type checker sees the columns above, and no other name.

        def __getattr__(self, name: str) -> NDArray[Any]:
            """Make a column that is asked for the first time."""
            if name not in DTYPES or "_source" not in self.__dict__:
                raise AttributeError(name)
            self.__dict__.update(self._source(name))
            return self.__dict__[name]

        def __reduce__(self) -> tuple[type[Flows], tuple[NDArray[Any], ...]]:
            """Return what a copy is made of, here or in another process: all columns."""
            return Flows, tuple(getattr(self, name) for name in DTYPES)

    def __len__(self) -> int:
        rows: int = self.__dict__["_rows"]
        return rows

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Flows:
        """Return these rows only: a mask of shape (n,), indices, or a slice."""
        count = len(np.broadcast_to(np.False_, (len(self),))[rows])  # Raises where it fits not.
        chosen = rows
        if not isinstance(rows, slice):
            chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows.copy()
        return Flows.read(count, lambda name: {name: getattr(self, name)[chosen]})

    def once(self, name: str) -> NDArray[Any]:
        """Return a column without keeping it, where it can be made again."""
        column: NDArray[Any] = getattr(self, name)
        if "_source" in self.__dict__:
            self.__dict__.pop(name, None)
        return column


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
    return Flows.read(0, lambda name: {name: np.zeros(0, DTYPES[name])})


def concat(parts: Sequence[Flows]) -> Flows:
    """Return the rows of all parts, in their order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return empty()
    rows = sum(map(len, parts))
    return Flows.read(rows, lambda name: {name: np.concatenate([p.once(name) for p in parts])})


def zeros(dtype: str | np.dtype[Any], rows: int) -> NDArray[Any]:
    """Return a column of zeros, unsigned or of booleans; short ones are read-only views of one array."""
    kind = np.dtype(dtype)
    return _ZEROS[kind][:rows] if rows <= SHARED_ROWS else np.zeros(rows, kind)


SHARED_ROWS = 16_384
_ZEROS = {np.dtype(kind): np.zeros(SHARED_ROWS, kind) for kind in ("u1", "u2", "u4", "u8", "?")}
for _column in _ZEROS.values():
    _column.flags.writeable = False
