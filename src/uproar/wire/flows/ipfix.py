"""IPFIX (RFC 7011): a header of 16 bytes and Sets, which hold templates, options templates, or data."""

from __future__ import annotations

import struct

import numpy as np

from uproar.wire.flows import elements as ie
from uproar.wire.flows.alike import Form, stretches
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.clocks import anchor
from uproar.wire.flows.contents import NO_UPTIME
from uproar.wire.flows.datagrams import Datagram, Decoded, Told
from uproar.wire.flows.harvest import Harvest
from uproar.wire.flows.layouts import Field
from uproar.wire.flows.netflow9 import sets
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import FIRST_DATA_SET, Domain, Template, Templates

VERSION = 10
TEMPLATE_SET, OPTIONS_SET = 2, 3
ENTERPRISE_BIT = 0x8000
_HEADER = struct.Struct(">HHIII")  # version, length, seconds, sequence, observation domain
_PAIR = struct.Struct(">HH")
_LONG = struct.Struct(">I")
FORM = Form(
    VERSION,
    np.dtype(
        [
            ("version", ">u2"), ("length", ">u2"), ("seconds", ">u4"), ("sequence", ">u4"), ("domain", ">u4"),
            ("set", ">u2"), ("set_length", ">u2"),
        ]
    ),
    counts_records=True,
)  # fmt: skip


def decode(batch: Batch, templates: Templates, sequences: Sequences) -> Decoded:
    """Return the flows of IPFIX messages, one a datagram; never raises, whatever the bytes.

    Rows come by layout, within a layout as they arrived.
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
    body, now_ms = datagram.body, datagram.received_ms
    if len(body) < _HEADER.size:
        told.aside["truncated"] += 1
        return
    version, length, seconds, sequence, number = _HEADER.unpack_from(body)
    if version != VERSION or not _HEADER.size <= length <= len(body):
        told.aside["version" if version != VERSION else "truncated"] += 1
        return
    domain = templates.domain(datagram.exporter, VERSION, number)
    if domain is None:
        told.aside["exporter-limit"] += 1
        return
    told.datagrams += 1
    if length < len(body):
        told.aside["trailing"] += 1
    sent_ms, off = anchor(seconds * 1000, now_ms)
    told.clock_off += off
    sent = (datagram.exporter, sent_ms, seconds * 1000, NO_UPTIME)
    broken = told.aside["set-length"] + told.aside["truncated"]
    held: list[int | None] = []  # Records of each data set; a broken set may have held any number.
    for set_id, content in sets(body, _HEADER.size, length, told):
        if set_id >= FIRST_DATA_SET:
            held.append(harvest.data(domain, set_id, content, sent, now_ms))
        elif set_id in {TEMPLATE_SET, OPTIONS_SET}:
            _learn(content, domain, templates, harvest, told, now_ms, options=set_id == OPTIONS_SET)
        else:
            told.aside["reserved-set"] += 1
    if told.aside["set-length"] + told.aside["truncated"] > broken:
        held.append(None)
    known = [count for count in held if count is not None]
    records = sum(known) if len(known) == len(held) else None
    if gap := sequences.note(datagram.exporter, (VERSION, number), sequence, records):
        told.lost[datagram.exporter] += gap


def _learn(
    content: bytes, domain: Domain, templates: Templates, harvest: Harvest, told: Told, now_ms: int,
    *, options: bool,
) -> None:  # fmt: skip
    """Learn the templates of a set (RFC 7011, 3.4), or forget those that are withdrawn (8.1)."""
    at, size, cleared = 0, len(content), False
    while size - at >= _PAIR.size:
        number, count = _PAIR.unpack_from(content, at)
        if not number:
            return  # Padding.
        at += _PAIR.size
        if not count:
            if number >= FIRST_DATA_SET:
                told.withdrawals += templates.forget(domain, number)
            elif not cleared:  # An identifier of the set itself stands for all of its kind.
                cleared = True
                kind = [
                    each for each, known in domain.templates.items() if known.options == options
                ]
                told.withdrawals += sum(templates.forget(domain, each) for each in kind)
            continue
        begun = at
        if options:
            at += 2  # How many of the fields are scope; they are elements as well.
        fields, at = _fields(content, at, count)
        if fields is None:
            told.aside["template-broken"] += 1
            return
        harvest.template(domain, number, Template(fields, options, now_ms, at - begun))


def _fields(content: bytes, at: int, count: int) -> tuple[tuple[Field, ...] | None, int]:
    """Return so many fields and where they end, or None where the set ends before."""
    size = len(content)
    if size - at < count * _PAIR.size:
        return None, at
    fields = []
    for _ in range(count):
        if size - at < _PAIR.size:
            return None, at
        element, length = _PAIR.unpack_from(content, at)
        at += _PAIR.size
        enterprise = ie.IANA
        if element & ENTERPRISE_BIT:
            if size - at < _LONG.size:
                return None, at
            element, enterprise = element & ~ENTERPRISE_BIT, _LONG.unpack_from(content, at)[0]
            at += _LONG.size
        fields.append(Field(element, length, enterprise))
    return tuple(fields), at
