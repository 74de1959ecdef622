"""Datagrams that hold one data set and nothing else, as nearly all do where much comes: read by their columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.batches import Batch
from uproar.wire.flows.clocks import Ms, anchors
from uproar.wire.flows.contents import NO_UPTIME
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import FIRST_DATA_SET

FEW = 4  # A shorter stretch is read sooner one by one.
_SET_HEADER_BYTES = 4


class Form(NamedTuple):
    """How datagrams of a version begin: their header and that of the first set behind it, as numpy has them.

    Columns: version, seconds, sequence, domain, set, set_length; uptime_ms or not; length, where the header tells its own.
    counts_records: whether their numbers count records, or datagrams.
    """

    version: int
    head: np.dtype[Any]
    counts_records: bool


class Stretch:
    """Datagrams that follow each other, each with one data set that fills it."""

    def __init__(self, batch: Batch, heads: NDArray[Any], form: Form) -> None:
        self.batch = batch
        self.begin = form.head.itemsize
        self.room = heads["set_length"].astype(np.int64) - _SET_HEADER_BYTES
        self.counts_records = form.counts_records
        self._heads = heads
        self.latest_ms = int(batch.received_ms.max())
        self._exported: Ms = heads["seconds"].astype(np.int64) * 1000
        self._anchor, off = anchors(self._exported, batch.received_ms)
        self.clock_off = int(off.sum())
        timed = "uptime_ms" in (form.head.names or ())
        self._uptime: Ms | None = heads["uptime_ms"].astype(np.int64) if timed else None

    def groups(self) -> dict[tuple[int, int, int], NDArray[np.intp] | None]:
        """Return which datagrams are of the same exporter, domain and set, by their places; None where all are."""
        columns = self.batch.exporters, self._heads["domain"], self._heads["set"]
        if all(bool((column == column[0]).all()) for column in columns):
            return {(int(columns[0][0]), int(columns[1][0]), int(columns[2][0])): None}
        found: dict[tuple[int, int, int], list[int]] = {}
        for place, key in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
            found.setdefault(key, []).append(place)
        return {key: np.array(places, np.intp) for key, places in found.items()}

    def sent(self, places: NDArray[np.intp] | slice, started_ms: int | None) -> NDArray[np.int64]:
        """Return what each of these says of all its records, a `Sent` a row."""
        exported = self._exported[places]
        if self._uptime is not None:
            uptime = self._uptime[places]
        elif started_ms is not None:
            uptime = (exported - started_ms) % (1 << 32)
        else:
            uptime = np.full(len(exported), NO_UPTIME)
        return np.stack([self.batch.exporters[places], self._anchor[places], exported, uptime], 1)

    def note(self, sequences: Sequences, version: int, units: NDArray[np.int64]) -> Counter[int]:
        """Return what the numbers show as lost, by exporter."""
        return sequences.note_many(
            self.batch.exporters.astype(np.int32),
            self._heads["domain"].astype(np.uint32),
            self._heads["sequence"].astype(np.uint32),
            units.astype(np.uint32),
            version,
        )


def stretches(batch: Batch, form: Form) -> Iterator[tuple[Batch, Stretch | None]]:
    """Yield the datagrams of a batch in their order: as stretches of those alike, or to be read one by one."""
    if len(batch) < FEW:
        yield batch, None
        return
    size, lengths = form.head.itemsize, batch.lengths
    heads = batch.heads(form.head)
    alike = (heads["version"] == form.version) & (heads["set"] >= FIRST_DATA_SET)
    alike &= heads["set_length"].astype(np.int64) + size - _SET_HEADER_BYTES == lengths
    alike &= lengths >= size
    if "length" in (form.head.names or ()):
        alike &= heads["length"] == lengths
    cuts = [0, *(np.flatnonzero(alike[1:] != alike[:-1]) + 1).tolist(), len(batch)]
    for begin, end in pairwise(cuts):
        part = batch.part(begin, end)
        plain = bool(alike[begin]) and end - begin >= FEW
        yield part, Stretch(part, heads[begin:end], form) if plain else None
