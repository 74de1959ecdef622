"""sFlow version 5 (sflow.org, "sFlow Version 5", July 2004): samples of packets, one flow each.

A sample holds the first bytes of a frame as it was seen on the wire; they are read by `wire.packets`, as any
capture is. Where an agent tells the fields of the packet instead (records of sampled IPv4 or IPv6), those
stand. All numbers are XDR: four bytes, most significant first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.wire.flows import samples
from uproar.wire.flows.batches import Batch, gathered
from uproar.wire.flows.columns import MAPPED, Flows, concat, zeros
from uproar.wire.flows.datagrams import Decoded, Told
from uproar.wire.flows.samples import Columns, Found, ToldPacket
from uproar.wire.flows.sequence import Sequences
from uproar.wire.packets import headers
from uproar.wire.packets.frames import Frames

VERSION = 5
SOURCES_MAX = 16_384  # Data sources whose drops are followed; the one met first goes first.
# A count of drops that rises by more than this between samples began anew.
DROPS_RISE_MAX = 1 << 24

MANY = 12  # Fewer datagrams are read sooner one by one.

# Protocols of raw headers, as link types of libpcap: Ethernet, IPv4, IPv6.
_LINKS = dict(zip(samples.PROTOCOLS, (1, 228, 229), strict=True))
_UNKNOWN_INTERFACE = 0x3FFFFFFF  # Also that of the device itself.
_START = np.dtype([("version", ">u4"), ("kind", ">u4")])  # kind: of the agent's address
_REST = np.dtype(
    [("sub_agent", ">u4"), ("sequence", ">u4"), ("uptime_ms", ">u4"), ("samples", ">u4")]
)
_ADDRESS_BYTES = np.array([0, 4, 16, 0])
_KIND_NONE = 3
_AGENT_AT = 4  # Its kind, its address, and the number of the sub-agent follow the version.


class _Streams(NamedTuple):
    """Who numbers each datagram: a number by datagram; and exporter, agent and sub-agent of each number."""

    of: Columns
    names: list[tuple[int, bytes]]


@dataclass(slots=True)
class Drops:
    """How many samples each data source had dropped when it was last heard of."""

    _last: dict[tuple[int, bytes, int], int] = field(default_factory=dict)

    def note(self, source: tuple[int, bytes, int], count: int) -> int:
        """Return how many more were dropped since; 0 where the count began anew."""
        before = self._last.get(source)
        if before is None and len(self._last) >= SOURCES_MAX:
            del self._last[next(iter(self._last))]
        self._last[source] = count
        rise = 0 if before is None else (count - before) % (1 << 32)
        return rise if rise <= DROPS_RISE_MAX else 0

    def note_many(self, told: Columns, streams: _Streams) -> Counter[int]:
        """Return by exporter what many samples say, each a row of `DROP_PARTS`, in order of their datagrams.

        Of the samples of one source in one datagram the last counts.
        """
        rises: Counter[int] = Counter()
        if not len(told):
            return rises
        place, at, source, count = told.T
        if len(streams.names) == 1 and (told[:, 2:] == told[0, 2:]).all():  # Nearly always.
            exporter, agent = streams.names[0]
            more = self.note((exporter, agent, int(source[0])), int(count[0]))
            return Counter({exporter: more} if more else {})
        stream = streams.of[place]
        order = np.lexsort((at, source, stream))
        place, source, count, stream = place[order], source[order], count[order], stream[order]
        other = (stream[1:] != stream[:-1]) | (source[1:] != source[:-1])
        last = np.append(other | (place[1:] != place[:-1]), True)
        source, count, stream = source[last], count[last], stream[last]
        same = (stream[1:] == stream[:-1]) & (source[1:] == source[:-1])
        rise = (count[1:] - count[:-1]) % (1 << 32)
        rise[~same | (rise > DROPS_RISE_MAX)] = 0
        for row in np.flatnonzero(rise).tolist():
            rises[streams.names[stream[row]][0]] += int(rise[row])
        firsts = np.flatnonzero(np.insert(~same, 0, True)).tolist()
        for first, behind in zip(firsts, [*firsts[1:], len(count)], strict=True):
            key = (*streams.names[stream[first]], int(source[first]))
            if more := self.note(key, int(count[first])):
                rises[key[0]] += more
            self._last[key] = int(count[behind - 1])
        return rises


def decode(batch: Batch, sequences: Sequences, drops: Drops) -> Decoded:
    """Return the packets of sFlow datagrams, each as a flow; never raises, whatever the bytes.

    Each flow has one packet, at the arrival of its datagram (sFlow tells no other time), and the octets of its
    IP datagram without the frame around it. What is in a tunnel is not looked at: the outer headers count, as
    they do with other exporters. Rows come by link type, those of told fields last.
    """
    told, found = Told(), Found()
    batch, rest_at = _headed(batch, told)
    if not len(batch):
        return Decoded(concat([]), told)
    rest = gathered(batch.whole, rest_at, _REST.itemsize).view(_REST)
    streams = _streams(batch, rest_at)
    told.datagrams = len(batch)
    told.lost = sequences.note_keyed(
        streams.of,
        lambda row: streams.names[streams.of[row]],
        rest["sequence"].astype(np.uint32),
        np.ones(len(batch), np.uint32),
    )
    at, counts = rest_at + _REST.itemsize, rest["samples"].astype(np.int64)
    sound = np.full(len(batch), len(batch) >= MANY)
    frames, dropped = samples.together(batch, at, counts, sound, told)
    odd = np.flatnonzero(~sound).tolist()
    for place in odd:
        begin = int(batch.begins[place])
        samples.apart(
            batch.bodies[place],
            begin,
            place,
            int(at[place]) - begin,
            int(counts[place]),
            found,
            told,
        )
    if odd:
        others = np.array(found.frames, np.int64).reshape(-1, samples.FRAME_PARTS)
        frames = np.concatenate([frames, others])
        more = np.array(found.drops, np.int64).reshape(-1, samples.DROP_PARTS)
        dropped = np.concatenate([dropped, more])
    told.dropped.update(drops.note_many(dropped, streams))
    frames = frames[np.argsort(frames[:, 0], kind="stable")]  # As they came.
    parts = [
        _framed(batch, frames[rows], link, told)
        for protocol, link in _LINKS.items()
        if len(rows := np.flatnonzero(frames[:, 3] == protocol))
    ]
    if found.fields:
        parts.append(_fielded(batch, found.fields, found.samples))
    return Decoded(concat(parts), told)


def _headed(batch: Batch, told: Told) -> tuple[Batch, Columns]:
    """Return the datagrams whose header can be read, and where in all of them the part behind the address begins."""
    start = batch.heads(_START)
    kind = np.minimum(start["kind"], _KIND_NONE).astype(np.int64)
    size = _START.itemsize + _ADDRESS_BYTES[kind]
    short = batch.lengths < _START.itemsize
    version = ~short & (start["version"] != VERSION)
    agent = ~short & ~version & (_ADDRESS_BYTES[kind] == 0)
    short |= ~version & ~agent & (batch.lengths < size + _REST.itemsize)
    refused = short | version | agent
    if refused.any():
        told.aside["truncated"] += int(short.sum())
        told.aside["version"] += int(version.sum())
        told.aside["agent"] += int(agent.sum())
        told.aside = +told.aside
        kept = np.flatnonzero(~refused)
        batch, size = Batch([batch.datagrams[place] for place in kept.tolist()]), size[kept]
    return batch, batch.begins + size


def _streams(batch: Batch, rest_at: Columns) -> _Streams:
    exporters = batch.exporters
    ends = rest_at - batch.begins + _REST["sub_agent"].itemsize
    if (exporters == exporters[0]).all() and (ends == ends[0]).all():
        end = int(ends[0])
        agents = gathered(batch.whole, batch.begins + _AGENT_AT, end - _AGENT_AT)
        words = agents.view("u4").reshape(len(batch), -1)
        if (words == words[0]).all():
            name = int(exporters[0]), batch.bodies[0][_AGENT_AT:end]
            return _Streams(np.zeros(len(batch), np.int64), [name])
    index: dict[tuple[int, bytes], int] = {}
    found = [
        index.setdefault((exporter, body[_AGENT_AT:end]), len(index))
        for exporter, body, end in zip(exporters.tolist(), batch.bodies, ends.tolist(), strict=True)
    ]
    return _Streams(np.array(found, np.int64), list(index))


def _framed(batch: Batch, frames: Columns, link: int, told: Told) -> Flows:
    """Return the flows of raw headers of one link type; those that hold no IP packet are counted."""
    offset, captured, length = frames[:, 0], frames[:, 1], np.maximum(frames[:, 2], 0)
    data = np.frombuffer(batch.whole, np.uint8)
    packets = headers.decode(Frames(data, offset, captured, length), link, inner=False)
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
    flows = Flows(**columns, **_of_samples(batch, frames[:, 4:]))
    return flows if packets.ok.all() else flows.take(packets.ok)


def _fielded(batch: Batch, fields: list[ToldPacket], parts: list[int]) -> Flows:
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
    told = np.array(parts, np.int64).reshape(-1, samples.SAMPLE_PARTS)
    return Flows(**columns, **_of_samples(batch, told))


def _of_samples(batch: Batch, told: Columns) -> dict[str, NDArray[Any]]:
    """Return the columns that do not come from the packet, from rows of SAMPLE_PARTS."""
    place, rate, came_form, came, left_form, left = told.T
    arrived = batch.received_ms[place]
    return {
        "exporter": batch.exporters[place].astype(np.int32),
        "start_ms": arrived,
        "end_ms": arrived,
        "sampling": rate.astype(np.uint32),
        "input": _interfaces(came_form, came),
        "output": _interfaces(left_form, left),
        "packets": np.ones(len(told), np.uint64),
    }


def _interfaces(form: Columns, value: Columns) -> NDArray[np.uint32]:
    """Return indices of interfaces, 0 where it is a reason for a discard, several, or not known."""
    index = value & _UNKNOWN_INTERFACE
    return np.where((form == 0) & (index != _UNKNOWN_INTERFACE), index, 0).astype(np.uint32)
