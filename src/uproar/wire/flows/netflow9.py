"""NetFlow v9 (RFC 3954): a header of 20 bytes and FlowSets, which hold templates, options templates, or data."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import numpy as np

from uproar.wire.flows import elements as ie
from uproar.wire.flows.alike import Form, stretches
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.clocks import anchor
from uproar.wire.flows.datagrams import Datagram, Decoded, Told
from uproar.wire.flows.harvest import Harvest
from uproar.wire.flows.layouts import Field
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import FIRST_DATA_SET, Domain, Template, Templates

VERSION = 9
TEMPLATE_SET, OPTIONS_SET = 0, 1
_HEADER = struct.Struct(">HHIIII")  # version, count, uptime, seconds, sequence, source identifier
_PAIR = struct.Struct(">HH")
_TRIPLE = struct.Struct(">HHH")
FORM = Form(
    VERSION,
    np.dtype(
        [
            ("version", ">u2"), ("count", ">u2"), ("uptime_ms", ">u4"), ("seconds", ">u4"), ("sequence", ">u4"),
            ("domain", ">u4"), ("set", ">u2"), ("set_length", ">u2"),
        ]
    ),
    counts_records=False,
)  # fmt: skip


def decode(batch: Batch, templates: Templates, sequences: Sequences) -> Decoded:
    """Return the flows of NetFlow v9 datagrams; never raises, whatever the bytes.

    Rows come by layout, within a layout as they arrived. The count in the header is not relied upon: exporters
    disagree on what it counts.
    """
    told = Told()
    harvest = Harvest(templates, told)
    for part, stretch in stretches(batch, FORM):
        if stretch is None or not harvest.together(stretch, VERSION, sequences):
            for datagram in part.datagrams:
                _read(datagram, templates, sequences, harvest, told)
    return Decoded(harvest.flows(), told)


def _read(
    datagram: Datagram, templates: Templates, sequences: Sequences, harvest: Harvest, told: Told
) -> None:
    body = datagram.body
    if len(body) < _HEADER.size:
        told.aside["truncated"] += 1
        return
    version, _, uptime, seconds, sequence, source = _HEADER.unpack_from(body)
    if version != VERSION:
        told.aside["version"] += 1
        return
    domain = templates.domain(datagram.exporter, VERSION, source)
    if domain is None:
        told.aside["exporter-limit"] += 1
        return
    told.datagrams += 1
    sent_ms, off = anchor(seconds * 1000, datagram.received_ms)
    told.clock_off += off
    sent = (datagram.exporter, sent_ms, seconds * 1000, uptime)
    if gap := sequences.note(datagram.exporter, (VERSION, source), sequence, 1):
        told.lost[datagram.exporter] += gap
    for number, content in sets(body, _HEADER.size, len(body), told):
        if number >= FIRST_DATA_SET:
            harvest.data(domain, number, content, sent, datagram.received_ms)
        elif number == TEMPLATE_SET:
            _learn(content, domain, harvest, told, datagram.received_ms)
        elif number == OPTIONS_SET:
            _learn_options(content, domain, harvest, told, datagram.received_ms)
        else:
            told.aside["reserved-set"] += 1


def sets(body: bytes, at: int, end: int, told: Told) -> Iterator[tuple[int, bytes]]:
    """Yield identifier and content of every set; each step goes on by four bytes at the least.

    Where a set's length makes no sense, nothing after it can be found, and the rest is set aside as one.
    """
    while end - at >= _PAIR.size:
        number, length = _PAIR.unpack_from(body, at)
        if length < _PAIR.size:
            if any(body[at:end]):  # All zeros are padding.
                told.aside["set-length"] += 1
            return
        if at + length > end:
            told.aside["truncated"] += 1
            return
        yield number, body[at + _PAIR.size : at + length]
        at += length


def _learn(content: bytes, domain: Domain, harvest: Harvest, told: Told, now_ms: int) -> None:
    at, size = 0, len(content)
    while size - at >= _PAIR.size:
        number, count = _PAIR.unpack_from(content, at)
        if not number and not count:
            return  # Padding.
        at += _PAIR.size
        end = at + count * _PAIR.size
        if end > size:
            told.aside["template-broken"] += 1
            return
        fields = tuple(
            map(Field._make, ((*pair, ie.IANA) for pair in _PAIR.iter_unpack(content[at:end])))
        )
        harvest.template(domain, number, Template(fields, False, now_ms, end - at))
        at = end


def _learn_options(
    content: bytes, domain: Domain, harvest: Harvest, told: Told, now_ms: int
) -> None:
    at, size = 0, len(content)
    while size - at >= _TRIPLE.size:
        number, scopes, options = _TRIPLE.unpack_from(content, at)
        if not number:
            return  # Padding.
        at += _TRIPLE.size
        end = at + scopes + options
        if end > size or scopes % _PAIR.size or options % _PAIR.size:
            told.aside["template-broken"] += 1
            return
        fields = tuple(
            Field(element, length, ie.SCOPE if position * _PAIR.size < scopes else ie.IANA)
            for position, (element, length) in enumerate(_PAIR.iter_unpack(content[at:end]))
        )
        harvest.template(domain, number, Template(fields, True, now_ms, end - at))
        at = end
