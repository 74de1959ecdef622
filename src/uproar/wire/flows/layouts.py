"""How the records of one template lie in bytes, worked out once; and the numbers in them, as columns.

Records of fixed length are read through one structured view over all of them. A template with fields of
variable length is read more slowly: its records are walked, and what is left without those fields
has a fixed length. No column rests on a field of variable length.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.elements import ADDRESSES, IANA, READ, REVERSE, SELECTOR, VARIABLE

Rows = NDArray[
    Any
]  # A structured array: one record an element, of shape (n,) or (datagrams, records of each).
_NATURAL = {1: "u1", 2: ">u2", 4: ">u4", 8: ">u8"}
NUMBER_BYTES_MAX = 8
LONG_MARK = 255  # A variable field longer than 254 bytes says so and tells its length in two more.


class Field(NamedTuple):
    """One field of a template: element, bytes (VARIABLE: each record tells), whose numbering."""

    element: int
    length: int
    enterprise: int = IANA


class Layout:
    """The layout of records with these fields.

    length: bytes of a record without its fields of variable length; least: bytes that a record has on
    the wire at the least; variable: whether it has fields of variable length; addressed: whether it tells a
    source or a destination; selects: whether it names a sampler.
    """

    __slots__ = (
        "_dtype",
        "_names",
        "_pieces",
        "_places",
        "addressed",
        "fields",
        "least",
        "length",
        "selects",
        "variable",
    )

    def __init__(self, fields: tuple[Field, ...]) -> None:
        self.fields = fields
        self._places: dict[tuple[int, int], tuple[int, int]] = {}  # offset and length
        self._names: dict[tuple[int, int], str] = {}  # of those that are numbers
        self._pieces: list[int] = [0]  # Fixed bytes before, between and after the variable fields.
        self.length = 0
        for field in fields:
            if field.length == VARIABLE:
                self._pieces.append(0)
                continue
            key = (field.enterprise, field.element)
            read = field.element in READ and field.enterprise in {IANA, REVERSE}
            if read and field.length and key not in self._places:
                self._places[key] = (self.length, field.length)
                if field.length <= NUMBER_BYTES_MAX:
                    self._names[key] = f"{field.enterprise}:{field.element}"
            self.length += field.length
            self._pieces[-1] += field.length
        variables = len(self._pieces) - 1
        self.variable = variables > 0
        self.least = self.length + variables
        self.addressed = any(
            self.has(element, length=length) for element, length in ADDRESSES.items()
        )
        self.selects = any(map(self.has, SELECTOR))
        self._dtype: np.dtype[Any] | None = None

    def has(self, element: int, enterprise: int = IANA, length: int = 0) -> bool:
        """Tell whether records have this element, with this length if one is given."""
        place = self._places.get((enterprise, element))
        return place is not None and length in {0, place[1]}

    def fixed(self, payload: bytes) -> tuple[bytes, int]:
        """Return the whole records of a set's content without variable fields, and how many they are.

        What is left over at the end is padding, whatever its bytes and however long: it is shorter than
        a record (RFC 7011, 3.3.1; RFC 3954, 5.3).
        """
        if not self.least:
            return b"", 0
        if not self.variable:
            count = len(payload) // self.length
            return payload[: count * self.length], count
        return self._walked(payload)

    def _walked(self, payload: bytes) -> tuple[bytes, int]:
        kept: list[bytes] = []
        at, size, count = 0, len(payload), 0
        first, rest = self._pieces[0], self._pieces[1:]
        while size - at >= self.least:
            record = [payload[at : at + first]]
            at += first
            for piece in rest:
                if at >= size:
                    return b"".join(kept), count
                skip = 1 + payload[at]
                if skip == LONG_MARK + 1:
                    skip = 3 + int.from_bytes(payload[at + 1 : at + 3], "big")
                at += skip
                if piece:
                    record.append(payload[at : at + piece])
                    at += piece
            if at > size:
                break
            kept.extend(record)
            count += 1
        return b"".join(kept), count

    @property
    def dtype(self) -> np.dtype[Any]:
        """The records as numpy has them: those fields that are read, where they lie."""
        if self._dtype is None:
            self._dtype = self._compiled()
        return self._dtype

    def rows(self, fixed: bytes) -> Rows:
        """Return a view of records of fixed length, as `fixed` gives them; of shape (n,)."""
        return np.frombuffer(fixed, self.dtype)

    def _compiled(self) -> np.dtype[Any]:
        names: list[str] = []
        formats: list[Any] = []
        offsets: list[int] = []
        for (enterprise, element), (offset, length) in self._places.items():
            name = f"{enterprise}:{element}"
            if length in _NATURAL:
                parts: list[tuple[str, Any, int]] = [(name, _NATURAL[length], 0)]
            elif length < NUMBER_BYTES_MAX:
                parts = [(name, ("u1", (length,)), 0)]
            elif length == 2 * NUMBER_BYTES_MAX:
                parts = [(f"{name}/hi", ">u8", 0), (f"{name}/lo", ">u8", NUMBER_BYTES_MAX)]
            else:
                continue
            for part, form, shift in parts:
                names.append(part)
                formats.append(form)
                offsets.append(offset + shift)
        return np.dtype(
            {"names": names, "formats": formats, "offsets": offsets, "itemsize": self.length}
        )

    def number(
        self, rows: Rows, element: int, dtype: str | np.dtype[Any] = "u8", enterprise: int = IANA
    ) -> NDArray[Any] | None:
        """Return an unsigned number of 1 to 8 bytes (RFC 7011, 6.2: fewer than usual is allowed) or None.

        It is cut to the lower bits of `dtype` where that is narrower.
        """
        name = self._names.get((enterprise, element))
        if name is None:
            return None
        column: NDArray[Any] = rows[name]
        if column.ndim == rows.ndim:  # Bytes are swapped sooner than numbers are made wider.
            native = column.astype(column.dtype.newbyteorder("="), order="C").reshape(-1)
            return native.astype(dtype, copy=False)
        parts = column.reshape(rows.size, -1)
        whole = np.zeros(rows.size, np.uint64)
        for byte in range(parts.shape[1]):
            whole = whole << np.uint64(8) | parts[:, byte]
        return whole.astype(dtype, copy=False)

    def wide(self, rows: Rows, element: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        """Return both halves of a field of 16 bytes that `has` has found."""
        name = f"{IANA}:{element}"
        hi, lo = rows[f"{name}/hi"].astype(np.uint64), rows[f"{name}/lo"].astype(np.uint64)
        return hi.reshape(-1), lo.reshape(-1)
