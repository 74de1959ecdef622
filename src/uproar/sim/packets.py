"""Simulated packets as columns, and as the octets of a pcap file, whole or as the samples of an sFlow exporter.

What is written is read by `wire.packets` and `wire.flows`; nothing of them is used here.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

TCP, UDP, ICMP, GRE = 6, 17, 1, 47
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
BODY = 48  # Octets of a payload that are kept; captures cut packets off as well.
# at_us: from the beginning of the capture. ICMP has type * 256 + code as dport. offset: of a fragment, in units of 8
# octets. size: octets behind the transport header; GRE and later fragments have none. vector: a number of the case's truth.
# forged: the source is not who sent it.
PACKET = np.dtype(
    [
        ("at_us", "i8"), ("src", "u4"), ("dst", "u4"), ("sport", "u2"), ("dport", "u2"),
        ("protocol", "u1"), ("flags", "u1"), ("ttl", "u1"), ("ident", "u2"), ("offset", "u2"),
        ("more", "?"), ("size", "u2"), ("vector", "u1"), ("forged", "?"), ("body", "u1", (BODY,)),
    ]
)  # fmt: skip
Sent = NDArray[Any]  # Of PACKET, shape (n,).

_HEADER = {TCP: 20, UDP: 8, ICMP: 8}
_ETHERNET, _IP, _RECORD = 14, 20, 16
BEGIN = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
MACS = bytes.fromhex("0200000000010200000000020800")
# Of 198.18.0.0/15, for benchmarks (RFC 2544).
EXPORTER, COLLECTOR, SFLOW_PORT = 0xC6120001, 0xC6120002, 6343
SAMPLES = 8  # In one datagram of sFlow.


def made(count: int, **columns: Any) -> Sent:
    """Return so many packets with those columns, the others 0."""
    found = np.zeros(count, PACKET)
    for name, values in columns.items():
        found[name] = values
    return found


def joined(parts: Sequence[Sent]) -> Sent:
    """Return all packets in the order of their times."""
    found = np.concatenate([np.zeros(0, PACKET), *parts])
    return found[np.argsort(found["at_us"], kind="stable")]


def thinned(sent: Sent, dice: np.random.Generator, keep: float) -> Sent:
    """Return that share of the packets, by chance; all of them where it is 1."""
    if keep >= 1:
        return sent
    found: Sent = sent[dice.random(len(sent)) < keep]
    return found


def totals(sent: Sent) -> NDArray[np.int64]:
    """Return the octets of each IP datagram."""
    return _IP + _headers(sent) + sent["size"].astype(np.int64)


def _headers(sent: Sent) -> NDArray[np.int64]:
    found = np.zeros(len(sent), np.int64)
    for protocol, octets in _HEADER.items():
        found[(sent["protocol"] == protocol) & (sent["offset"] == 0)] = octets
    return found


def _frames(sent: Sent) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return frames as rows of octets, shape (n, widest), and how many octets of each row were captured."""
    header, total = _headers(sent), totals(sent)
    held = np.zeros((len(sent), _ETHERNET + _IP + 20 + BODY), np.uint8)
    held[:, :_ETHERNET] = np.frombuffer(MACS, np.uint8)

    def put(at: int, values: Any, kind: str, rows: Any = slice(None)) -> None:
        wide = np.asarray(values).astype(kind)
        held[rows, at : at + wide.itemsize] = wide.view(np.uint8).reshape(-1, wide.itemsize)

    ip = _ETHERNET
    held[:, ip] = 0x45
    put(ip + 2, total, ">u2")
    put(ip + 4, sent["ident"], ">u2")
    put(ip + 6, sent["offset"].astype(np.int64) | sent["more"].astype(np.int64) << 13, ">u2")
    put(ip + 8, sent["ttl"], "u1")
    put(ip + 9, sent["protocol"], "u1")
    put(ip + 12, sent["src"], ">u4")
    put(ip + 16, sent["dst"], ">u4")
    for octets in (0, 8, 20):
        rows = np.flatnonzero(header == octets)
        at = ip + _IP
        held[rows, at + octets : at + octets + BODY] = sent["body"][rows]
        if not octets:
            continue
        icmp = sent["protocol"][rows] == ICMP
        put(at, np.where(icmp, sent["dport"][rows], sent["sport"][rows]), ">u2", rows)
        put(at + 2, np.where(icmp, 0, sent["dport"][rows]), ">u2", rows)
        if octets == 8:
            put(at + 4, np.where(icmp, 0, sent["size"][rows].astype(np.int64) + 8), ">u2", rows)
        else:
            held[rows, at + 12] = 0x50
            put(at + 13, sent["flags"][rows], "u1", rows)
            held[rows, at + 14] = 0xFF
    return held, _ETHERNET + _IP + header + np.minimum(sent["size"], BODY)


def pcap(sent: Sent, begin_s: int) -> bytes:
    """Return a capture of those packets from `begin_s` (seconds UTC) on, packets cut off after `BODY` octets of payload."""
    if not len(sent):
        return BEGIN
    frames, captured = _frames(sent)
    head = np.zeros((len(sent), 4), "<u4")
    head[:, 0] = begin_s + sent["at_us"] // 1_000_000
    head[:, 1] = sent["at_us"] % 1_000_000
    head[:, 2] = captured
    head[:, 3] = totals(sent) + _ETHERNET
    rows = np.concatenate([head.view(np.uint8).reshape(len(sent), _RECORD), frames], axis=1)
    kept = np.arange(rows.shape[1]) < _RECORD + captured[:, None]
    return BEGIN + rows[kept].tobytes()


def sflow(sent: Sent, begin_s: int, one_of: int) -> bytes:
    """Return a capture of sFlow version 5 datagrams whose flow samples are those packets, each one of `one_of` (sflow.org)."""
    frames, captured = _frames(sent)
    parts = [BEGIN]
    for first in range(0, len(sent), SAMPLES):
        last = min(first + SAMPLES, len(sent))
        body = struct.pack(">IIIIIII", 5, 1, EXPORTER, 0, first // SAMPLES, 0, last - first)
        for row in range(first, last):
            length = int(captured[row])
            frame = frames[row, :length].tobytes()
            frame += bytes(-length % 4)
            whole = int(totals(sent[row : row + 1])[0]) + _ETHERNET
            record = struct.pack(">IIIIII", 1, 16 + len(frame), 1, whole, 0, length) + frame
            sample = struct.pack(">IIIIIIII", row, 1, one_of, row * one_of, 0, 1, 2, 1) + record
            body += struct.pack(">II", 1, len(sample)) + sample
        ip = struct.pack(
            ">BBHHHBBHII", 0x45, 0, 28 + len(body), 0, 0, 64, UDP, 0, EXPORTER, COLLECTOR
        )
        frame = MACS + ip + struct.pack(">HHHH", 40_000, SFLOW_PORT, 8 + len(body), 0) + body
        at = int(sent["at_us"][last - 1])
        head = begin_s + at // 1_000_000, at % 1_000_000, len(frame), len(frame)
        parts.append(struct.pack("<IIII", *head) + frame)
    return b"".join(parts)
