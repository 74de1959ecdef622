"""Packets as an exporter's flow records: NetFlow v5, and IPFIX with times to live, of IPv4 or IPv6, as a capture of its datagrams.

Flags are OR-ed over a flow. A flow is told when it has been silent for `INACTIVE_S`, or has lasted `ACTIVE_S`; its record says
from when to when. What is written is read by `wire.flows`; nothing of it is used here.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.sim.packets import BEGIN, COLLECTOR, EXPORTER, ICMP, MACS, UDP, Sent, totals

ACTIVE_S, INACTIVE_S = 60, 15  # Usual timeouts of routers.
V5_RECORDS, IPFIX_RECORDS = 30, 20  # In one datagram.
V5_PORT, IPFIX_PORT = 2055, 4739
UPTIME_MS = 3_600_000  # Of the exporter when the capture begins.
TEMPLATE = 256
# Elements of IPFIX with their octets (IANA): ports, protocol, flags, packets, octets, first and last (ms), hop limits, sampling.
_ENDS_V4, _ENDS_V6 = ((8, 4), (12, 4)), ((27, 16), (28, 16))
_FIELDS = (
    (7, 2),
    (11, 2),
    (4, 1),
    (6, 1),
    (2, 8),
    (1, 8),
    (152, 8),
    (153, 8),
    (52, 1),
    (53, 1),
    (34, 4),
)
_V5 = np.dtype(
    [
        ("src", ">u4"), ("dst", ">u4"), ("hop", ">u4"), ("in", ">u2"), ("out", ">u2"), ("packets", ">u4"), ("octets", ">u4"),
        ("first", ">u4"), ("last", ">u4"), ("sport", ">u2"), ("dport", ">u2"), ("pad", "u1"), ("flags", "u1"), ("protocol", "u1"),
        ("rest", "u1", (9,)),
    ]
)  # fmt: skip
# Control messages and their types in IPv6: what asks for an echo, and what answers (RFC 4443).
_ICMPV6, _TYPES = 58, {8: 128, 0: 129, 3: 1, 11: 3}


def flows(sent: Sent) -> dict[str, NDArray[Any]]:
    """Return flows of those packets as columns, in the order in which they are told."""
    # Later fragments have no ports, and those columns are 0 in them.
    ends = np.zeros(len(sent), np.dtype("u8,u4"))
    ends["f0"] = sent["src"].astype(np.uint64) << np.uint64(32) | sent["dst"]
    ends["f1"] = sent["sport"].astype(np.uint32) << np.uint32(16) | sent["dport"]
    _, place = np.unique(np.stack((ends["f0"], ends["f1"].astype(np.uint64) << np.uint64(8) | sent["protocol"])), axis=1, return_inverse=True)  # fmt: skip
    order = np.lexsort((sent["at_us"], place))
    number, at = place[order], sent["at_us"][order]
    new = np.ones(len(sent), np.bool_)
    new[1:] = (number[1:] != number[:-1]) | (np.diff(at) > INACTIVE_S * 1_000_000)
    began = at[np.maximum.accumulate(np.where(new, np.arange(len(at)), 0))]
    part = (at - began) // (ACTIVE_S * 1_000_000)
    new[1:] |= part[1:] != part[:-1]
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(at)) - 1
    size, ttl = totals(sent)[order], sent["ttl"][order]
    found = {
        name: sent[name][order][first] for name in ("src", "dst", "sport", "dport", "protocol")
    }
    found |= {
        "flags": np.bitwise_or.reduceat(sent["flags"][order], first),
        "packets": np.diff(np.append(first, len(at))),
        "octets": np.add.reduceat(size, first),
        "first": at[first] // 1_000,
        "last": at[last] // 1_000,
        "ttl_least": np.minimum.reduceat(ttl, first),
        "ttl_most": np.maximum.reduceat(ttl, first),
    }
    told = np.argsort(found["last"], kind="stable")
    return {name: column[told] for name, column in found.items()}


def netflow5(sent: Sent, begin_s: int, one_of: int) -> bytes:
    """Return a capture of NetFlow v5; `one_of` is how many packets the exporter looked at one of."""
    if not len(sent):
        return BEGIN
    columns = flows(sent)
    rows = np.zeros(len(columns["src"]), _V5)
    for name in ("src", "dst", "sport", "dport", "protocol", "flags", "packets", "octets"):
        rows[name] = columns[name]
    rows["first"], rows["last"] = UPTIME_MS + columns["first"], UPTIME_MS + columns["last"]
    parts = [BEGIN]
    for at in range(0, len(rows), V5_RECORDS):
        some = rows[at : at + V5_RECORDS]
        now = int(columns["last"][at : at + V5_RECORDS].max()) + INACTIVE_S * 1_000
        head = struct.pack(
            ">HHIIIIHH", 5, len(some), UPTIME_MS + now, begin_s + now // 1_000, now % 1_000 * 1_000_000,
            at, 0, (1 << 14 | one_of) if one_of > 1 else 0,
        )  # fmt: skip
        parts.append(_datagram(head + some.tobytes(), V5_PORT, begin_s * 1_000 + now))
    return b"".join(parts)


def ipfix(sent: Sent, begin_s: int, one_of: int, *, six: bool) -> bytes:
    """Return a capture of IPFIX (RFC 7011) with times to live; `six`: each address as one of IPv6."""
    if not len(sent):
        return BEGIN
    columns = flows(sent)
    ends = _ENDS_V6 if six else _ENDS_V4
    kinds = [
        (str(number), f">u{octets}" if octets <= 8 else f"V{octets}")
        for number, octets in (*ends, *_FIELDS)
    ]
    rows = np.zeros(len(columns["src"]), np.dtype(kinds))
    for (number, _), name in zip(ends, ("src", "dst"), strict=True):
        rows[str(number)] = sixes(columns[name]).view("V16").ravel() if six else columns[name]
    begin_ms = begin_s * 1_000
    values = (
        columns["sport"], columns["dport"], columns["protocol"], columns["flags"], columns["packets"], columns["octets"],
        begin_ms + columns["first"], begin_ms + columns["last"], columns["ttl_least"], columns["ttl_most"], one_of,
    )  # fmt: skip
    for (number, _), value in zip(_FIELDS, values, strict=True):
        rows[str(number)] = value
    if six:
        control = columns["protocol"] == ICMP
        rows["4"][control] = _ICMPV6
        for old, new in _TYPES.items():
            rows["11"][control & (columns["dport"] >> 8 == old)] = new << 8
    body = b"".join(struct.pack(">HH", *field) for field in (*ends, *_FIELDS))
    template = struct.pack(">HHHH", 2, 8 + len(body), TEMPLATE, len(ends) + len(_FIELDS)) + body
    parts, told = [BEGIN], 0
    for at in range(0, len(rows), IPFIX_RECORDS):
        some = rows[at : at + IPFIX_RECORDS]
        now = int(columns["last"][at : at + IPFIX_RECORDS].max()) + INACTIVE_S * 1_000
        data = struct.pack(">HH", TEMPLATE, 4 + some.nbytes) + some.tobytes()
        sets = template + data if at % (IPFIX_RECORDS * 50) == 0 else data
        head = struct.pack(">HHIII", 10, 16 + len(sets), begin_s + now // 1_000, told, 1)
        told += len(some)
        parts.append(_datagram(head + sets, IPFIX_PORT, begin_ms + now))
    return b"".join(parts)


def sixes(address: NDArray[Any]) -> NDArray[np.uint8]:
    """Return each IPv4 address as one of IPv6, shape (n, 16): its /24 becomes a /48, its last octet a /64 of that."""
    number = np.asarray(address).astype(np.uint64)
    found = np.zeros((len(number), 2), ">u8")
    net, host = number >> np.uint64(8), number & np.uint64(0xFF)
    # Within 2400::/6, of which registries have given prefixes to networks.
    found[:, 0] = np.uint64(0x24 << 56) + (net << np.uint64(16 + 16)) + host
    found[:, 1] = host * np.uint64(0x9E3779B97F4A7C15) >> np.uint64(1)
    return found.view(np.uint8).reshape(-1, 16)


def _datagram(body: bytes, port: int, at_ms: int) -> bytes:
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 28 + len(body), 0, 0, 64, UDP, 0, EXPORTER, COLLECTOR)
    frame = MACS + ip + struct.pack(">HHHH", 40_000, port, 8 + len(body), 0) + body
    head = struct.pack("<IIII", at_ms // 1_000, at_ms % 1_000 * 1_000, len(frame), len(frame))
    return head + frame
