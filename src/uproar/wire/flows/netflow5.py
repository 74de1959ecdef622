"""NetFlow v5: a header of 24 bytes and records of 48 (Cisco, "NetFlow Export Datagram Format", table B-3 and B-4).

The record is a template that everybody knows, and is read as one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from uproar.wire.flows import elements as ie
from uproar.wire.flows.clocks import anchors
from uproar.wire.flows.columns import empty
from uproar.wire.flows.datagrams import Datagram, Decoded, Reason, Told
from uproar.wire.flows.layouts import Field, Layout, Rows
from uproar.wire.flows.records import Contents, flows
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


def decode(batch: Sequence[Datagram], sequences: Sequences) -> Decoded:
    """Return the flows of NetFlow v5 datagrams, in their order; never raises, whatever the bytes.

    A datagram whose length and count contradict each other is set aside whole. Time: O(bytes); memory: at
    most some three bytes for each of the batch.
    """
    told = Told()
    exporters, arrivals, bodies = zip(*batch, strict=True) if batch else ((), (), ())
    split = _alike(bodies)
    if split is None:
        reasons = [_refused(body) for body in bodies]
        told.aside.update(reason for reason in reasons if reason)
        batch = [each for each, reason in zip(batch, reasons, strict=True) if not reason]
        if not batch:
            return Decoded(empty(), told)
        exporters, arrivals, bodies = zip(*batch, strict=True)
        split = (
            np.frombuffer(b"".join([body[:HEADER_BYTES] for body in bodies]), _HEADER),
            RECORD.rows(b"".join([body[HEADER_BYTES:] for body in bodies])),
        )
    header, rows = split
    exporter, received = np.array(exporters, np.int32), np.array(arrivals, np.int64)
    exported = header["seconds"].astype(np.int64) * 1000 + header["nanoseconds"] // 1_000_000
    anchor, off = anchors(exported, received)
    interval = np.maximum(header["sampling"] & INTERVAL_MASK, 1).astype(np.uint32)
    counts = header["count"].astype(np.int64)
    told.datagrams = len(batch)
    told.records = int(counts.sum())
    told.clock_off = int(off.sum())
    told.lost = sequences.note_many(
        exporter,
        header["engine"].astype(np.uint32),
        header["sequence"].astype(np.uint32),
        header["count"].astype(np.uint32),
        VERSION,
    )
    contents = Contents(
        rows, counts, exporter, anchor, exported,
        header["uptime_ms"].astype(np.int64), interval, (),
    )  # fmt: skip
    return Decoded(flows(RECORD, contents), told)


def _alike(bodies: Sequence[bytes]) -> tuple[Rows, Rows] | None:
    """Return views of the headers and the records of datagrams that are all sound and of one size, or None.

    Where much comes nearly all are, and these are read where they lie.
    """
    if not bodies or len(set(map(len, bodies))) > 1 or _refused(bodies[0]) is not None:
        return None
    size, whole = len(bodies[0]), b"".join(bodies)
    header: Rows = np.ndarray((len(bodies),), _HEADER, whole, 0, (size,))
    if (header["version"] != VERSION).any() or (header["count"] != header["count"][0]).any():
        return None
    shape = len(bodies), (size - HEADER_BYTES) // RECORD_BYTES
    if not shape[1]:
        return header, RECORD.rows(b"")
    return header, np.ndarray(shape, RECORD.dtype, whole, HEADER_BYTES, (size, RECORD_BYTES))


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
