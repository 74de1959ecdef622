"""NetFlow v5: a header of 24 bytes and records of 48 (Cisco, "NetFlow Export Datagram Format", table B-3 and B-4).

The record is a template that everybody knows, and is read as one.
"""

from __future__ import annotations

import numpy as np

from uproar.wire.flows import elements as ie
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.clocks import anchors
from uproar.wire.flows.columns import empty
from uproar.wire.flows.contents import Contents
from uproar.wire.flows.datagrams import Decoded, Reason, Told
from uproar.wire.flows.layouts import Field, Layout, Rows
from uproar.wire.flows.records import flows
from uproar.wire.flows.sequence import Sequences

VERSION = 5
HEADER_BYTES = 24
RECORD_BYTES = 48
INTERVAL_MASK = 0x3FFF  # The upper two bits say how packets are chosen, not how many.
_VERSION_BYTES = VERSION.to_bytes(2, "big")
_NOT_READ = 0  # An element of no meaning to us, for what has no column.

RECORD = Layout(
    (
        Field(ie.SOURCE_V4, 4),
        Field(ie.DESTINATION_V4, 4),
        Field(_NOT_READ, 4),  # next hop
        Field(ie.INPUT[0], 2),
        Field(ie.OUTPUT[0], 2),
        Field(ie.PACKETS[0], 4),
        Field(ie.OCTETS[0], 4),
        Field(ie.START_UPTIME, 4),
        Field(ie.END_UPTIME, 4),
        Field(ie.SOURCE_PORT[0], 2),
        Field(ie.DESTINATION_PORT[0], 2),
        Field(_NOT_READ, 1),
        Field(ie.TCP_FLAGS[0], 1),
        Field(ie.PROTOCOL[0], 1),
        Field(_NOT_READ, 9),  # class of service, autonomous systems, masks, padding
    )
)
_HEADER = np.dtype(
    [
        ("version", ">u2"), ("count", ">u2"), ("uptime_ms", ">u4"), ("seconds", ">u4"), ("nanoseconds", ">u4"),
        ("sequence", ">u4"), ("engine", ">u2"), ("sampling", ">u2"),
    ]
)  # fmt: skip


def decode(batch: Batch, sequences: Sequences) -> Decoded:
    """Return the flows of NetFlow v5 datagrams, in their order; never raises, whatever the bytes.

    A datagram whose length and count contradict each other is set aside whole. Time: O(bytes); memory: at
    most some three bytes for each of the batch.
    """
    told = Told()
    if not len(batch):
        return Decoded(empty(), told)
    header = batch.heads(_HEADER)
    if not _sound(batch, header):
        reasons = [_refused(body) for body in batch.bodies]
        told.aside.update(reason for reason in reasons if reason)
        batch = Batch(
            [each for each, reason in zip(batch.datagrams, reasons, strict=True) if not reason]
        )
        if not len(batch):
            return Decoded(empty(), told)
        header = batch.heads(_HEADER)
    exported = header["seconds"].astype(np.int64) * 1000 + header["nanoseconds"] // 1_000_000
    anchor, off = anchors(exported, batch.received_ms)
    counts = header["count"].astype(np.int64)
    told.datagrams = len(batch)
    told.records = int(counts.sum())
    told.clock_off = int(off.sum())
    exporter = batch.exporters.astype(np.int32)
    told.lost = sequences.note_many(
        exporter,
        header["engine"].astype(np.uint32),
        header["sequence"].astype(np.uint32),
        header["count"].astype(np.uint32),
        VERSION,
    )
    contents = Contents(
        batch.records(RECORD_BYTES, HEADER_BYTES, counts, None),
        counts,
        exporter,
        anchor,
        exported,
        header["uptime_ms"].astype(np.int64),
        np.maximum(header["sampling"] & INTERVAL_MASK, 1).astype(np.uint32),
        (),
    )
    return Decoded(flows(RECORD, contents), told)


def _sound(batch: Batch, header: Rows) -> bool:
    """Tell whether all datagrams are as long as they say, as they nearly always are."""
    needs = header["count"].astype(np.int64) * RECORD_BYTES + HEADER_BYTES
    fits = needs == (batch.lengths if batch.size is None else batch.size)
    return bool(fits.all() and (header["version"] == VERSION).all())


def _refused(body: bytes) -> Reason | None:
    """Return why a datagram is set aside, or None."""
    if len(body) < HEADER_BYTES:
        return "truncated"
    if body[:2] != _VERSION_BYTES:
        return "version"
    needs = HEADER_BYTES + RECORD_BYTES * (body[2] << 8 | body[3])
    if len(body) == needs:
        return None
    return "truncated" if len(body) < needs else "count-mismatch"
