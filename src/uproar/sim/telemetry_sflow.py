"""Sampled packets as sFlow version 5 datagrams: flow samples whose record is the raw header of the packet (sflow.org)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from uproar.sim.packets import ICMP, TCP, UDP
from uproar.sim.telemetry import UPTIME_WRAP, Exporter, Outgoing, Records, cuts, of_four, uptime

SAMPLES = 7  # In one datagram.
HEADER = 128  # Octets of a frame that a switch sends, at most.
CHECKSUM = 4  # At the end of a frame on the wire, and not sent.
LEAST = 60  # Octets of an Ethernet frame without it.
ICMP6 = 58
AGENT = 0xC6120000  # Of 198.18.0.0/15, for benchmarks (RFC 2544); the exporter's number is added.
INTERFACE = 1
_MACS = bytes.fromhex("020000000001020000000002")


def sflow(held: Records, exporter: Exporter, begin_ms: int) -> Iterator[Outgoing]:
    """Yield datagrams of records that are one packet each, in order of readiness; sFlow has no clock but the uptime."""
    del begin_ms
    four = of_four(held).tolist()
    sequence = exporter.sequence
    for first, last, at_us in cuts(held["ready_us"], SAMPLES):
        parts = [
            struct.pack(
                ">IIIIIII", 5, 1, AGENT + exporter.number, 0, sequence % UPTIME_WRAP,
                uptime(exporter, at_us), last - first,
            )
        ]  # fmt: skip
        sequence += 1
        for row in range(first, last):
            one = held[row]
            frame, whole = _frame(one, four[row])
            kept = frame[:HEADER]
            record = struct.pack(">IIII", 1, whole + CHECKSUM, CHECKSUM, len(kept)) + kept
            record += bytes(-len(kept) % 4)
            sample = struct.pack(
                ">IIIIIIIIII", row + 1, INTERFACE, exporter.sampling, (row + 1) * exporter.sampling % UPTIME_WRAP,
                0, int(one["input"]), int(one["output"]), 1, 1, len(record),
            )  # fmt: skip
            parts += [struct.pack(">II", 1, len(sample) + len(record)), sample, record]
        yield Outgoing(at_us, b"".join(parts), bool(held["truth"][first:last].any()))


def _frame(one: Records, four: bool) -> tuple[bytes, int]:
    """Return the beginning of an Ethernet frame with this packet, and how long the whole is without its checksum."""
    total, protocol = int(one["octets"]), int(one["protocol"])
    inner = _transport(one, total - (20 if four else 40))
    ttl = int(one["ttl_min"])
    if four:
        ends = struct.pack(
            ">II", int(one["src"][1]) & 0xFFFF_FFFF, int(one["dst"][1]) & 0xFFFF_FFFF
        )
        head = struct.pack(">BBHHHBBH", 0x45, 0, total, 0, 0, ttl, protocol, 0) + ends
        head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
    else:
        ends = struct.pack(">QQQQ", *one["src"].tolist(), *one["dst"].tolist())
        head = struct.pack(">IHBB", 6 << 28, total - 40, protocol, ttl) + ends
    frame = _MACS + (b"\x08\x00" if four else b"\x86\xdd") + head + inner
    whole = max(14 + total, LEAST)
    return frame.ljust(min(whole, HEADER), b"\0"), whole


def _transport(one: Records, room: int) -> bytes:
    sport, dport, protocol = int(one["sport"]), int(one["dport"]), int(one["protocol"])
    if protocol == TCP:
        return struct.pack(">HHIIBBHHH", sport, dport, 0, 0, 0x50, int(one["flags"]), 0xFFFF, 0, 0)
    if protocol == UDP:
        return struct.pack(">HHHH", sport, dport, room, 0)
    if protocol in (ICMP, ICMP6):
        return struct.pack(">HHI", int(one["icmp"]), 0, 0)
    return b""


def _checksum(head: bytes) -> int:
    """Return the Internet checksum (RFC 1071)."""
    words: tuple[int, ...] = struct.unpack(f">{len(head) // 2}H", head)
    total = sum(words)
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
