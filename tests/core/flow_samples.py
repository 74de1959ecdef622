"""Flow datagrams, written byte by byte from the specifications; knows nothing of the decoders."""

from __future__ import annotations

import ipaddress
import struct
from typing import NamedTuple

NOW_S = 1_741_600_000  # 10 March 2025
NOW_MS = NOW_S * 1000
UPTIME_MS = 50_000_000
VARIABLE = 65535


class V5(NamedTuple):
    """One NetFlow v5 record."""

    src: str = "192.0.2.1"
    dst: str = "198.51.100.7"
    src_port: int = 123
    dst_port: int = 40000
    protocol: int = 17
    flags: int = 0
    packets: int = 3
    octets: int = 1404
    first: int = UPTIME_MS - 20_000
    last: int = UPTIME_MS - 5_000
    input: int = 4
    output: int = 9


def v4(address: str) -> bytes:
    return ipaddress.IPv4Address(address).packed


def v6(address: str) -> bytes:
    return ipaddress.IPv6Address(address).packed


def netflow5(
    records: list[V5],
    *,
    count: int | None = None,
    uptime: int = UPTIME_MS,
    seconds: int = NOW_S,
    nanoseconds: int = 250_000_000,
    sequence: int = 0,
    engine: int = 0,
    sampling: int = 0,
    version: int = 5,
) -> bytes:
    head = struct.pack(
        ">HHIIIIHH",
        version, len(records) if count is None else count, uptime, seconds, nanoseconds,
        sequence, engine, sampling,
    )  # fmt: skip
    return head + b"".join(
        v4(r.src) + v4(r.dst) + v4("203.0.113.254")
        + struct.pack(
            ">HHIIIIHHBBBBHHBBH",
            r.input, r.output, r.packets, r.octets, r.first, r.last, r.src_port, r.dst_port,
            0xEE, r.flags, r.protocol, 0x2E, 64500, 64501, 24, 16, 0xEEEE,
        )
        for r in records
    )  # fmt: skip


def flow_set(
    number: int, content: bytes, *, padding: int | None = None, fill: bytes = b"\0"
) -> bytes:
    """A set with its header, padded to four bytes unless told otherwise."""
    pad = -len(content) % 4 if padding is None else padding
    content += fill * pad
    return struct.pack(">HH", number, 4 + len(content)) + content


def template9(number: int, *fields: tuple[int, int]) -> bytes:
    body = struct.pack(">HH", number, len(fields))
    return body + b"".join(struct.pack(">HH", *each) for each in fields)


def options9(number: int, scopes: list[tuple[int, int]], options: list[tuple[int, int]]) -> bytes:
    body = struct.pack(">HHH", number, 4 * len(scopes), 4 * len(options))
    return body + b"".join(struct.pack(">HH", *each) for each in [*scopes, *options])


def template10(number: int, *fields: tuple[int, ...]) -> bytes:
    """Fields are (element, length) or (element, length, enterprise)."""
    return struct.pack(">HH", number, len(fields)) + b"".join(map(_field10, fields))


def options10(number: int, scopes: int, *fields: tuple[int, ...]) -> bytes:
    return struct.pack(">HHH", number, len(fields), scopes) + b"".join(map(_field10, fields))


def _field10(field: tuple[int, ...]) -> bytes:
    element, length, *enterprise = field
    if enterprise:
        return struct.pack(">HHI", element | 0x8000, length, enterprise[0])
    return struct.pack(">HH", element, length)


def netflow9(
    *sets: bytes,
    sequence: int = 0,
    source: int = 0,
    seconds: int = NOW_S,
    uptime: int = UPTIME_MS,
    count: int = 1,
    version: int = 9,
) -> bytes:
    return struct.pack(">HHIIII", version, count, uptime, seconds, sequence, source) + b"".join(
        sets
    )


def ipfix(
    *sets: bytes,
    sequence: int = 0,
    domain: int = 0,
    seconds: int = NOW_S,
    length: int | None = None,
) -> bytes:
    body = b"".join(sets)
    size = 16 + len(body) if length is None else length
    return struct.pack(">HHIII", 10, size, seconds, sequence, domain) + body


def ntp(ms: int) -> bytes:
    """An instant in ms UTC as 64 bits of NTP, rounded up so that whole ms survive."""
    seconds, rest = divmod(ms, 1000)
    return struct.pack(">II", seconds + 2_208_988_800, -(-(rest << 32) // 1000))


def opaque(content: bytes) -> bytes:
    """XDR: a length, the bytes, and zeros up to a multiple of four."""
    return struct.pack(">I", len(content)) + content + bytes(-len(content) % 4)


def item(form: int, content: bytes) -> bytes:
    """An sFlow sample or record: format, length, content."""
    return struct.pack(">II", form, len(content)) + content


def sflow(
    *samples: bytes,
    sequence: int = 1,
    agent: str = "192.0.2.254",
    sub_agent: int = 0,
    version: int = 5,
    count: int | None = None,
) -> bytes:
    address = ipaddress.ip_address(agent)
    head = struct.pack(">II", version, 1 if address.version == 4 else 2) + address.packed
    number = len(samples) if count is None else count
    return head + struct.pack(">IIII", sub_agent, sequence, 99_000, number) + b"".join(samples)


def flow_sample(
    *records: bytes,
    rate: int = 1000,
    drops: int = 0,
    source: int = 3,
    entered: int = 4,
    left: int = 9,
    expanded: bool = False,
    count: int | None = None,
) -> bytes:
    number = len(records) if count is None else count
    if expanded:
        head = struct.pack(">11I", 1, 0, source, rate, rate * 5, drops, 0, entered, 0, left, number)
        return item(3, head + b"".join(records))
    head = struct.pack(">8I", 1, source, rate, rate * 5, drops, entered, left, number)
    return item(1, head + b"".join(records))


def raw_header(
    frame: bytes, *, protocol: int = 1, length: int | None = None, stripped: int = 4
) -> bytes:
    """A sampled header; the frame's length on the wire includes the checksum that was stripped."""
    whole = (len(frame) if length is None else length) + stripped
    return item(1, struct.pack(">III", protocol, whole, stripped) + opaque(frame))


def packet4(
    src: str,
    dst: str,
    protocol: int,
    payload: bytes,
    *,
    ttl: int = 57,
    total: int | None = None,
    fragment: int = 0,
) -> bytes:
    size = 20 + len(payload) if total is None else total
    return (
        struct.pack(">BBHHHBBH", 0x45, 0, size, 7, fragment, ttl, protocol, 0)
        + v4(src)
        + v4(dst)
        + payload
    )


def ethernet(packet: bytes, kind: int = 0x0800, vlan: int | None = None) -> bytes:
    tag = b"" if vlan is None else struct.pack(">HH", 0x8100, vlan)
    return bytes(12) + tag + struct.pack(">H", kind) + packet


def udp(src: int, dst: int, payload: bytes) -> bytes:
    return struct.pack(">HHHH", src, dst, 8 + len(payload), 0) + payload
