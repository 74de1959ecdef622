"""The datagrams of one call, laid end to end, so that numpy reads the same octets of all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.datagrams import Datagram

MANY = 16  # Fewer datagrams are told apart sooner one by one.
_VERSION_BYTES = 2


class Batch:
    """Datagrams in the order of their arrival.

    bodies, sizes: by datagram. size: that of each where all have the same, as full ones of one exporter have; else None.
    """

    def __init__(self, datagrams: Sequence[Datagram]) -> None:
        self.datagrams = datagrams
        columns = tuple(zip(*datagrams, strict=True)) or ((), (), ())
        self._exporters: tuple[int, ...] = columns[0]
        self._received_ms: tuple[int, ...] = columns[1]
        self.bodies: tuple[bytes, ...] = columns[2]
        self.sizes = list(map(len, self.bodies))
        first = self.sizes[0] if self.sizes else 0
        self.size = first if self.sizes.count(first) == len(self.sizes) else None

    def __len__(self) -> int:
        return len(self.bodies)

    @cached_property
    def whole(self) -> bytes:
        """All bodies, end to end."""
        return self.bodies[0] if len(self.bodies) == 1 else b"".join(self.bodies)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Bytes of each datagram."""
        return np.array(self.sizes, np.int64)

    @cached_property
    def begins(self) -> NDArray[np.int64]:
        """Where in `whole` each datagram begins."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def exporters(self) -> NDArray[np.int64]:
        """The exporter of each datagram."""
        return _column(self._exporters)

    @cached_property
    def received_ms(self) -> NDArray[np.int64]:
        """The arrival of each datagram, ms UTC."""
        return _column(self._received_ms)

    def kinds(self) -> dict[bytes, Batch]:
        """Return the datagrams by the two bytes that they begin with, in order within each."""
        if len(self) >= MANY and self.size is not None and self.size >= _VERSION_BYTES:
            versions = np.ndarray((len(self),), "u2", self.whole, 0, (self.size,))
            if (versions == versions[0]).all():
                return {self.bodies[0][:_VERSION_BYTES]: self}
        found: dict[bytes, list[Datagram]] = {}
        begins = [body[:_VERSION_BYTES] for body in self.bodies]
        if begins and begins.count(begins[0]) == len(begins):
            return {begins[0]: self}
        for begin, datagram in zip(begins, self.datagrams, strict=True):
            found.setdefault(begin, []).append(datagram)
        return {begin: Batch(datagrams) for begin, datagrams in found.items()}

    def part(self, begin: int, end: int) -> Batch:
        """Return some of them."""
        return self if end - begin == len(self) else Batch(self.datagrams[begin:end])

    def heads(self, kind: np.dtype[Any]) -> NDArray[Any]:
        """Return what each datagram begins with; of one that is too short, anything."""
        if self.size is not None and self.size >= kind.itemsize:
            return np.ndarray((len(self),), kind, self.whole, 0, (self.size,))
        return gathered(self.whole, self.begins, kind.itemsize).view(kind)

    def records(
        self, length: int, begin: int, counts: NDArray[np.int64], places: NDArray[np.intp] | None
    ) -> NDArray[np.void]:
        """Return records of so many bytes as they are, `counts` of each datagram, from its octet `begin` on.

        Of shape (datagrams, records of each) where that can be seen without a copy, else (n,). places: of these
        datagrams; None means all of them. The caller knows that the records lie within their datagrams.
        """
        kind = np.dtype((np.void, length))
        if places is None and self.size is not None and len(counts):
            each = int(counts[0])
            if each and (counts == each).all():
                shape = len(counts), each
                return np.ndarray(shape, kind, self.whole, begin, (self.size, length))
        begins = (self.begins if places is None else self.begins[places]) + begin
        before = np.cumsum(counts) - counts
        at = (begins - before * length).repeat(counts) + np.arange(int(counts.sum())) * length
        return gathered(self.whole, at, length)


def gathered(whole: bytes, at: NDArray[np.int64], length: int) -> NDArray[np.void]:
    """Return so many octets from each of those places; from one near the end of all, anything."""
    kind = np.dtype((np.void, length))
    last = len(whole) - length
    if last < 0:
        return np.zeros(len(at), kind)
    everywhere = np.ndarray((last + 1,), kind, whole, 0, (1,))
    found: NDArray[np.void] = everywhere[np.minimum(at, last)]
    return found


def _column(values: tuple[int, ...]) -> NDArray[np.int64]:
    """Return numbers as an array; where all are the same, which is common, sooner than numpy would."""
    if values and values.count(values[0]) == len(values):
        return np.full(len(values), values[0], np.int64)
    return np.array(values, np.int64)
