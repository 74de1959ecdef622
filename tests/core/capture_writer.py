"""Files of captured packets, block by block, as tests want them."""

from __future__ import annotations

import struct


def pcap(
    records: list[tuple[int, int, bytes]],
    *,
    order: str = "<",
    nano: bool = False,
    link: int = 1,
    snaplen: int = 65535,
    original: int | None = None,
) -> bytes:
    """`records` are (seconds, fraction, frame)."""
    magic = 0xA1B23C4D if nano else 0xA1B2C3D4
    made = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snaplen, link)]
    for seconds, part, frame in records:
        was = len(frame) if original is None else original
        made += struct.pack(f"{order}IIII", seconds, part, len(frame), was), frame
    return b"".join(made)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)


def block(kind: int, body: bytes, order: str = "<") -> bytes:
    body = _padded(body)
    length = len(body) + 12
    return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)


def section(order: str = "<") -> bytes:
    return block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1), order)


def option(code: int, value: bytes, order: str = "<") -> bytes:
    return struct.pack(f"{order}HH", code, len(value)) + _padded(value)


def interface(link: int = 1, snaplen: int = 0, options: bytes = b"", order: str = "<") -> bytes:
    return block(1, struct.pack(f"{order}HHI", link, 0, snaplen) + options, order)


def enhanced(
    frame: bytes, units: int = 0, number: int = 0, order: str = "<", *, captured: int | None = None
) -> bytes:
    size = len(frame) if captured is None else captured
    head = struct.pack(f"{order}IIIII", number, units >> 32, units & 0xFFFFFFFF, size, len(frame))
    return block(6, head + _padded(frame) + option(2, b"\x01\x00\x00\x00", order), order)


def obsolete(frame: bytes, units: int = 0, number: int = 0, order: str = "<") -> bytes:
    size = len(frame)
    head = struct.pack(
        f"{order}HHIIII", number, 0xFFFF, units >> 32, units & 0xFFFFFFFF, size, size
    )
    return block(2, head + frame, order)


def simple(frame: bytes, original: int | None = None, order: str = "<") -> bytes:
    was = len(frame) if original is None else original
    return block(3, struct.pack(f"{order}I", was) + frame, order)
