"""sFlow version 5 (sflow.org, "sFlow Version 5", July 2004): samples of packets, one flow each.

A sample holds the first bytes of a frame as it was seen on the wire; they are read by `wire.packets`, as any
capture is. Where an agent tells the fields of the packet instead (records of sampled IPv4 or IPv6), those
stand. All numbers are XDR: four bytes, most significant first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows.batches import Batch
from uproar.wire.flows.columns import MAPPED, Flows, concat, zeros
from uproar.wire.flows.datagrams import Datagram, Decoded, Told
from uproar.wire.flows.sequence import Sequences
from uproar.wire.packets import headers
from uproar.wire.packets.frames import Frames

VERSION = 5
SOURCES_MAX = 16_384  # Data sources whose drops are followed; the one met first goes first.
DROPS_RISE_MAX = (
    1 << 24
)  # A count of drops that rises by more than this between samples began anew.

_FLOW_SAMPLE, _COUNTER_SAMPLE, _FLOW_EXPANDED, _COUNTER_EXPANDED = 1, 2, 3, 4
_RAW_HEADER, _SAMPLED_V4, _SAMPLED_V6 = 1, 3, 4
# header_protocol of a raw header, as a link type of libpcap: Ethernet, IPv4, IPv6.
_LINKS = {1: 1, 11: 228, 12: 229}
_ADDRESS_BYTES = {1: 4, 2: 16}
_UNKNOWN_INTERFACE = 0x3FFFFFFF  # Also that of the device itself.

_START = struct.Struct(">II")  # version, type of the agent's address
_REST = struct.Struct(">IIII")  # sub-agent, sequence, uptime, number of samples
_ITEM = struct.Struct(">II")  # format with the enterprise above its 12 bits, length
_SAMPLE = struct.Struct(">IIIIIIII")  # sequence, source, rate, pool, drops, input, output, records
_EXPANDED = struct.Struct(
    ">IIIIIIIIIII"
)  # the same, with type or format before source, input, output
_RAW = struct.Struct(">IIII")  # protocol, length of the frame, bytes stripped, bytes of header
_V4 = struct.Struct(">II4s4sIIII")  # length, protocol, source, destination, ports, flags, service
_V6 = struct.Struct(">II16s16sIIII")


# What holds for the flow of one sample beside its packet, end to end in a list: exporter, arrival in ms UTC,
# sampling, form and value of the interface it came in by, and of the one it left by.
SAMPLE_PARTS = 7


class _Told4or6(NamedTuple):
    """A packet whose fields the agent tells."""

    source: bytes
    destination: bytes
    source_port: int
    destination_port: int
    protocol: int
    flags: int
    octets: int


@dataclass(slots=True)
class Drops:
    """How many samples each data source had dropped when it was last heard of."""

    _last: dict[tuple[object, ...], int] = field(default_factory=dict)

    def note(self, source: tuple[object, ...], count: int) -> int:
        """Return how many more were dropped since; 0 where the count began anew."""
        before = self._last.get(source)
        if before is None and len(self._last) >= SOURCES_MAX:
            del self._last[next(iter(self._last))]
        self._last[source] = count
        rise = 0 if before is None else (count - before) % (1 << 32)
        return rise if rise <= DROPS_RISE_MAX else 0


@dataclass(slots=True)
class _Framed:
    """Raw headers of one link type: their bytes, the lengths on the wire, and what holds for each, end to end."""

    link: int
    frames: list[bytes] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Harvest:
    """What one call found: raw headers by their protocol, and packets that agents told the fields of."""

    framed: dict[int, _Framed] = field(
        default_factory=lambda: {protocol: _Framed(link) for protocol, link in _LINKS.items()}
    )
    fields: list[_Told4or6] = field(default_factory=list)
    samples: list[int] = field(default_factory=list)


def decode(batch: Batch, sequences: Sequences, drops: Drops) -> Decoded:
    """Return the packets of sFlow datagrams, each as a flow; never raises, whatever the bytes.

    Each flow has one packet, at the arrival of its datagram (sFlow tells no other time), and the octets of its
    IP datagram without the frame around it. What is in a tunnel is not looked at: the outer headers count, as
    they do with other exporters. Rows come by link type, those of told fields last.
    """
    told, harvest = Told(), _Harvest()
    for datagram in batch.datagrams:
        _read(datagram, sequences, drops, harvest, told)
    parts = [_framed(each, told) for each in harvest.framed.values() if each.frames]
    if harvest.fields:
        parts.append(_fielded(harvest.fields, harvest.samples))
    return Decoded(concat(parts), told)


def _read(
    datagram: Datagram, sequences: Sequences, drops: Drops, harvest: _Harvest, told: Told
) -> None:
    body = datagram.body
    if len(body) < _START.size:
        told.aside["truncated"] += 1
        return
    version, kind = _START.unpack_from(body)
    if version != VERSION or kind not in _ADDRESS_BYTES:
        told.aside["version" if version != VERSION else "agent"] += 1
        return
    at = _START.size + _ADDRESS_BYTES[kind]
    if len(body) < at + _REST.size:
        told.aside["truncated"] += 1
        return
    agent = body[_START.size : at]
    sub_agent, sequence, _, samples = _REST.unpack_from(body, at)
    told.datagrams += 1
    if gap := sequences.note(datagram.exporter, (agent, sub_agent), sequence, 1):
        told.lost[datagram.exporter] += gap
    dropped: dict[int, int] = {}
    for form, begin, end in _items(body, at + _REST.size, len(body), samples, told):
        if form in {_FLOW_SAMPLE, _FLOW_EXPANDED}:
            _sample(datagram, form, begin, end, dropped, harvest, told)
        elif form in {_COUNTER_SAMPLE, _COUNTER_EXPANDED}:
            told.aside["counter-sample"] += 1
        else:
            told.aside["other-sample"] += 1
    for source, count in dropped.items():
        if rise := drops.note((datagram.exporter, agent, sub_agent, source), count):
            told.dropped[datagram.exporter] += rise


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
    datagram: Datagram, form: int, at: int, end: int, dropped: dict[int, int], harvest: _Harvest,
    told: Told,
) -> None:  # fmt: skip
    """Take what one flow sample says of its packet: the raw header before fields that are told."""
    body, head = datagram.body, _SAMPLE if form == _FLOW_SAMPLE else _EXPANDED
    if end - at < head.size:
        told.aside["truncated"] += 1
        return
    if form == _FLOW_SAMPLE:
        _, source, rate, _, drops, entered, left, count = _SAMPLE.unpack_from(body, at)
        interfaces = [entered >> 30, entered, left >> 30, left]
    else:
        _, kind, source, rate, _, drops, *interfaces, count = _EXPANDED.unpack_from(body, at)
        source |= kind << 32
    told.records += 1
    dropped[source] = drops
    sample = (datagram.exporter, datagram.received_ms, rate or 1, *interfaces)
    fields: _Told4or6 | None = None
    for record, begin, stop in _items(body, at + head.size, end, count, told):
        if record == _RAW_HEADER and stop - begin >= _RAW.size:
            protocol, length, stripped, size = _RAW.unpack_from(body, begin)
            framed = harvest.framed.get(protocol)
            if framed is not None:
                first = begin + _RAW.size
                framed.frames.append(body[first : min(first + size, stop)])
                framed.lengths.append(length - stripped)
                framed.samples += sample
                return
        elif record in {_SAMPLED_V4, _SAMPLED_V6}:
            fields = _told_fields(body, record, begin, stop) or fields
    if fields is None:
        told.aside["no-packet"] += 1
        return
    harvest.fields.append(fields)
    harvest.samples += sample


def _told_fields(body: bytes, record: int, at: int, end: int) -> _Told4or6 | None:
    form = _V4 if record == _SAMPLED_V4 else _V6
    if end - at < form.size:
        return None
    octets, protocol, source, destination, source_port, port, flags, _ = form.unpack_from(body, at)
    return _Told4or6(
        source,
        destination,
        source_port & 0xFFFF,
        port & 0xFFFF,
        protocol & 0xFF,
        flags & 0xFF,
        octets,
    )


def _framed(framed: _Framed, told: Told) -> Flows:
    """Return the flows of raw headers of one link type; those that hold no IP packet are counted."""
    lengths = (max(length, 0) for length in framed.lengths)
    packets = headers.decode(Frames.joined(framed.frames, lengths), framed.link, inner=False)
    control = (packets.protocol == 1) | (packets.protocol == 58)
    nothing = np.uint16(0)
    columns: dict[str, NDArray[Any]] = {
        "src_hi": packets.src_hi,
        "src_lo": packets.src_lo,
        "dst_hi": packets.dst_hi,
        "dst_lo": packets.dst_lo,
        "src_port": packets.src_port,
        "dst_port": np.where(control, nothing, packets.dst_port),
        "protocol": packets.protocol,
        "tcp_flags": packets.tcp_flags.astype(np.uint8),
        "octets": packets.total_length.astype(np.uint64),
        "ttl_min": packets.ttl,
        "ttl_max": packets.ttl,
        "icmp": np.where(control, packets.dst_port, nothing),
        "fragment": packets.fragment,
    }
    for reason, count in packets.rejects.items():
        told.aside["truncated" if reason == "truncated" else "not-ip"] += count
    flows = Flows(**columns, **_of_samples(framed.samples))
    return flows if packets.ok.all() else flows.take(packets.ok)


def _fielded(fields: list[_Told4or6], samples: list[int]) -> Flows:
    """Return the flows of packets whose fields were told; ports of ICMP are none, its type is not told."""
    rows, prefix = len(fields), (MAPPED >> 32).to_bytes(12, "big")
    wide = [each if len(each) == 16 else prefix + each for row in fields for each in row[:2]]
    halves = np.frombuffer(b"".join(wide), ">u8").reshape(rows, 4).astype(np.uint64)
    numbers = np.array([row[2:] for row in fields], np.uint64)
    ports = numbers[:, :2].astype(np.uint16)
    protocol = numbers[:, 2].astype(np.uint8)
    ports[(protocol == 1) | (protocol == 58)] = 0
    columns: dict[str, NDArray[Any]] = {
        "src_hi": halves[:, 0],
        "src_lo": halves[:, 1],
        "dst_hi": halves[:, 2],
        "dst_lo": halves[:, 3],
        "src_port": ports[:, 0],
        "dst_port": ports[:, 1],
        "protocol": protocol,
        "tcp_flags": numbers[:, 3].astype(np.uint8),
        "octets": numbers[:, 4],
        "ttl_min": zeros("u1", rows),
        "ttl_max": zeros("u1", rows),
        "icmp": zeros("u2", rows),
        "fragment": zeros("?", rows),
    }
    return Flows(**columns, **_of_samples(samples))


def _of_samples(samples: list[int]) -> dict[str, NDArray[Any]]:
    """Return the columns that do not come from the packet."""
    told = np.array(samples, np.int64).reshape(-1, SAMPLE_PARTS)
    return {
        "exporter": told[:, 0].astype(np.int32),
        "start_ms": told[:, 1],
        "end_ms": told[:, 1],
        "sampling": told[:, 2].astype(np.uint32),
        "input": _interfaces(told[:, 3], told[:, 4]),
        "output": _interfaces(told[:, 5], told[:, 6]),
        "packets": np.ones(len(told), np.uint64),
    }


def _interfaces(form: NDArray[np.int64], value: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Return indices of interfaces, 0 where it is a reason for a discard, several, or not known."""
    index = value & _UNKNOWN_INTERFACE
    return np.where((form == 0) & (index != _UNKNOWN_INTERFACE), index, 0).astype(np.uint32)
