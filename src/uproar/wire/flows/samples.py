"""Where the samples of sFlow datagrams lie: of many at once where they are as they should be, one by one where not.

Both ways give the same rows. Nearly all samples have a raw header of a known link among their first records; of
datagrams that hold nothing else but counters, every step is taken in all of them together.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.batches import Batch, gathered
from uproar.wire.flows.datagrams import Told

SAMPLES_MAX = 64  # Datagrams with more samples are read one by one, as are those with more
RECORDS_MAX = 8  # records before the raw header: each step costs the same, however few take it.

_FLOW_SAMPLE, _COUNTER_SAMPLE, _FLOW_EXPANDED, _COUNTER_EXPANDED = 1, 2, 3, 4
_RAW_HEADER, _SAMPLED_V4, _SAMPLED_V6 = 1, 3, 4
PROTOCOLS = (1, 11, 12)  # header_protocol of a raw header that is read: Ethernet, IPv4, IPv6.

_ITEM = struct.Struct(">II")  # format with the enterprise above its 12 bits, length
_SAMPLE = struct.Struct(">IIIIIIII")  # sequence, source, rate, pool, drops, input, output, records
# The same, with type or format before source, input, output.
_EXPANDED = struct.Struct(">IIIIIIIIIII")
_RAW = struct.Struct(">IIII")  # protocol, length of the frame, bytes stripped, bytes of header
_V4 = struct.Struct(">II4s4sIIII")  # length, protocol, source, destination, ports, flags, service
_V6 = struct.Struct(">II16s16sIIII")

Columns = NDArray[np.int64]
# What is known of a sample beside its packet, in this order: datagram, sampling, form and value of the
# interface it came in by, and of the one it left by.
SAMPLE_PARTS = 6
# And of a raw header before it: where it lies, bytes captured, length on the wire, its protocol.
FRAME_PARTS = 4 + SAMPLE_PARTS
_SIGN = 1 << 63
DROP_PARTS = 4  # Datagram, where the sample lies, its source, and how many samples that source says were dropped.


class ToldPacket(NamedTuple):
    """A packet whose fields the agent tells."""

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    protocol: int
    flags: int
    octets: int


@dataclass(slots=True)
class Found:
    """What samples hold: raw headers, counts of drops, and packets that agents told the fields of."""

    frames: list[int] = field(default_factory=list)  # FRAME_PARTS of each, end to end.
    drops: list[int] = field(default_factory=list)  # DROP_PARTS of each.
    fields: list[ToldPacket] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)  # SAMPLE_PARTS of each of `fields`.


def together(
    batch: Batch, at: Columns, counts: Columns, sound: NDArray[np.bool_], told: Told
) -> tuple[Columns, Columns]:
    """Return frames and drops of all datagrams that are as they should be, of shapes (n, FRAME_PARTS) and (n, DROP_PARTS).

    at, counts: where the first sample of each datagram begins, and how many it announces. sound: which
    datagrams to read; becomes false, and nothing is told of it, where one has to be read by `apart`.
    """
    whole, ends = batch.whole, batch.begins + batch.lengths
    sound &= counts <= SAMPLES_MAX
    at, steps = at.copy(), []
    for step in range(int(counts[sound].max(initial=0))):
        place = np.flatnonzero(sound & (counts > step))
        form, begin, stop = _item(whole, at[place], ends[place])
        sound[place] = stop >= 0
        at[place] = stop
        steps.append(np.stack([place, form, begin, stop]))
    some = [(np.zeros((0, FRAME_PARTS), np.int64), np.zeros((0, DROP_PARTS), np.int64))]
    if not steps:
        return some[0]
    place, form, begin, stop = np.concatenate(steps, 1)
    some += [_flow_samples(whole, *part, sound) for part in _by_form(place, form, begin, stop)]
    frames, drops = (np.concatenate(parts) for parts in zip(*some, strict=True))
    good = sound[place]
    counters = good & ((form == _COUNTER_SAMPLE) | (form == _COUNTER_EXPANDED))
    flow = good & ((form == _FLOW_SAMPLE) | (form == _FLOW_EXPANDED))
    told.records += int(flow.sum())
    for reason, which in (("counter-sample", counters), ("other-sample", good & ~counters & ~flow)):
        if which.any():
            told.aside[reason] += int(which.sum())  # type: ignore[index]  # Both are reasons.
    return frames[sound[frames[:, 4]]], drops[sound[drops[:, 0]]]


def _item(whole: bytes, at: Columns, end: Columns) -> tuple[Columns, Columns, Columns]:
    """Return format, begin and end of the item at each place; an end of -1 where it does not fit."""
    words = gathered(whole, at, _ITEM.size).view(">u4").reshape(-1, 2).astype(np.int64)
    begin = at + _ITEM.size
    stop = begin + words[:, 1]
    return words[:, 0], begin, np.where((begin <= end) & (stop <= end), stop, -1)


def _by_form(
    place: Columns, form: Columns, begin: Columns, stop: Columns
) -> Iterator[tuple[struct.Struct, Columns, Columns, Columns]]:
    for kind, head in ((_FLOW_SAMPLE, _SAMPLE), (_FLOW_EXPANDED, _EXPANDED)):
        rows = np.flatnonzero((form == kind) & (stop >= 0))
        if len(rows):
            yield head, place[rows], begin[rows], stop[rows]


def _flow_samples(
    whole: bytes,
    head: struct.Struct,
    place: Columns,
    begin: Columns,
    stop: Columns,
    sound: NDArray[np.bool_],
) -> tuple[Columns, Columns]:
    """Return frames and drops of flow samples of one form."""
    short = stop - begin < head.size
    if short.any():
        sound[place[short]] = False
        place, begin, stop = place[~short], begin[~short], stop[~short]
    words = (
        gathered(whole, begin, head.size).view(">u4").reshape(-1, head.size // 4).astype(np.int64)
    )
    if head is _SAMPLE:
        _, source, rate, _, drops, entered, left, counts = words.T
        interfaces = [entered >> 30, entered, left >> 30, left]
    else:
        _, kind, source, rate, _, drops, *interfaces, counts = words.T
        source = source | kind << 32
    raw = np.zeros((4, len(place)), np.int64)
    at, todo = begin + head.size, np.arange(len(place))
    for step in range(RECORDS_MAX):
        todo = _lost(todo, counts[todo] <= step, place, sound)
        form, first, end = _item(whole, at[todo], stop[todo])
        fits = end >= 0
        is_raw = fits & (form == _RAW_HEADER) & (end - first >= _RAW.size)
        told = (
            gathered(whole, np.where(is_raw, first, 0), _RAW.size)
            .view(">u4")
            .reshape(-1, 4)
            .astype(np.int64)
        )
        protocol, length, stripped, size = told.T
        is_raw &= (protocol == 1) | (protocol == 11) | (protocol == 12)  # PROTOCOLS
        found = todo[is_raw]
        raw[:, found] = np.stack(
            [
                first + _RAW.size,
                np.minimum(size, end - first - _RAW.size),
                length - stripped,
                protocol,
            ]
        )[:, is_raw]
        at[todo] = end
        todo = _lost(todo[~is_raw], ~fits[~is_raw], place, sound)
        if not len(todo):
            break
    sound[place[todo]] = False
    frames = np.stack([*raw, place, np.maximum(rate, 1), *interfaces], 1)
    return frames, np.stack([place, begin, source, drops], 1)


def _lost(
    rows: NDArray[np.intp], which: NDArray[np.bool_], place: Columns, sound: NDArray[np.bool_]
) -> NDArray[np.intp]:
    """Return the rows without those which cannot be read together; their datagrams are not sound."""
    if not which.any():
        return rows
    sound[place[rows[which]]] = False
    return rows[~which]


def apart(
    body: bytes, begin: int, place: int, at: int, samples: int, found: Found, told: Told
) -> None:
    """Take the samples of one datagram, whatever its bytes, as far as they can be read.

    begin: where the datagram begins among all; at: where in it the first sample begins.
    """
    for form, first, end in _items(body, at, len(body), samples, told):
        if form in {_FLOW_SAMPLE, _FLOW_EXPANDED}:
            _sample(body, begin, place, (form, first, end), found, told)
        elif form in {_COUNTER_SAMPLE, _COUNTER_EXPANDED}:
            told.aside["counter-sample"] += 1
        else:
            told.aside["other-sample"] += 1


def _items(
    body: bytes, at: int, end: int, count: int, told: Told
) -> Iterator[tuple[int, int, int]]:
    """Yield format, begin and end of at most so many items; each takes eight bytes at the least."""
    for _ in range(count):
        if end - at < _ITEM.size:
            told.aside["truncated"] += 1
            return
        form, length = _ITEM.unpack_from(body, at)
        at += _ITEM.size
        if length > end - at:
            told.aside["truncated"] += 1
            return
        yield form, at, at + length
        at += length


def _sample(
    body: bytes, begins: int, place: int, item: tuple[int, int, int],
    found: Found, told: Told,
) -> None:  # fmt: skip
    """Take what one flow sample says of its packet: the raw header before fields that are told."""
    form, at, end = item
    head = _SAMPLE if form == _FLOW_SAMPLE else _EXPANDED
    if end - at < head.size:
        told.aside["truncated"] += 1
        return
    if form == _FLOW_SAMPLE:
        _, source, rate, _, drops, entered, left, count = _SAMPLE.unpack_from(body, at)
        interfaces = [entered >> 30, entered, left >> 30, left]
    else:
        _, kind, source, rate, _, drops, *interfaces, count = _EXPANDED.unpack_from(body, at)
        source = ((source | kind << 32) ^ _SIGN) - _SIGN  # As numpy has it in 64 bits.
    told.records += 1
    found.drops += (place, begins + at, source, drops)
    sample = (place, rate or 1, *interfaces)
    fields: ToldPacket | None = None
    for record, begin, stop in _items(body, at + head.size, end, count, told):
        if record == _RAW_HEADER and stop - begin >= _RAW.size:
            protocol, length, stripped, size = _RAW.unpack_from(body, begin)
            if protocol in PROTOCOLS:
                first = begin + _RAW.size
                captured = min(size, stop - first)
                found.frames += (begins + first, captured, length - stripped, protocol, *sample)
                return
        elif record in {_SAMPLED_V4, _SAMPLED_V6}:
            fields = _told_fields(body, record, begin, stop) or fields
    if fields is None:
        told.aside["no-packet"] += 1
        return
    found.fields.append(fields)
    found.samples += sample


def _told_fields(body: bytes, record: int, at: int, end: int) -> ToldPacket | None:
    form = _V4 if record == _SAMPLED_V4 else _V6
    if end - at < form.size:
        return None
    values: tuple[Any, ...] = form.unpack_from(body, at)
    octets, protocol, source, destination, source_port, port, flags, _ = values
    return ToldPacket(
        source,
        destination,
        source_port & 0xFFFF,
        port & 0xFFFF,
        protocol & 0xFF,
        flags & 0xFF,
        octets,
    )
