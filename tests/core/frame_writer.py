"""Frames, octet by octet, as tests want them: the opposite of `wire.packets`, and written apart from it."""

from __future__ import annotations

import ipaddress
import struct


def ethernet(payload: bytes, kind: int = 0x0800, tags: tuple[tuple[int, int], ...] = ()) -> bytes:
    """`tags` are (EtherType of the tag, VLAN)."""
    head = bytes.fromhex("020000000001020000000002")
    for tpid, vlan in tags:
        head += struct.pack(">HH", tpid, vlan | 0x2000)
    return head + struct.pack(">H", kind) + payload


def labels(payload: bytes, *numbers: int) -> bytes:
    stack = b""
    for place, number in enumerate(numbers):
        bottom = place == len(numbers) - 1
        stack += struct.pack(">I", number << 12 | bottom << 8 | 64)
    return stack + payload


def ipv4(
    payload: bytes,
    src: str = "192.0.2.1",
    dst: str = "198.51.100.2",
    protocol: int = 6,
    *,
    ttl: int = 57,
    ident: int = 4711,
    options: bytes = b"",
    more: bool = False,
    offset: int = 0,
    total: int | None = None,
    first: int | None = None,
) -> bytes:
    size = 20 + len(options)
    words = size // 4
    return (
        struct.pack(
            ">BBHHHBBH",
            0x40 | words if first is None else first,
            0,
            size + len(payload) if total is None else total,
            ident,
            more << 13 | offset // 8,
            ttl,
            protocol,
            0,
        )
        + ipaddress.IPv4Address(src).packed
        + ipaddress.IPv4Address(dst).packed
        + options
        + payload
    )


def ipv6(
    payload: bytes,
    src: str = "2001:db8::1",
    dst: str = "2001:db8:ffff::2",
    following: int = 6,
    *,
    hops: int = 61,
    length: int | None = None,
) -> bytes:
    return (
        struct.pack(">IHBB", 6 << 28, len(payload) if length is None else length, following, hops)
        + ipaddress.IPv6Address(src).packed
        + ipaddress.IPv6Address(dst).packed
        + payload
    )


def extension(following: int, payload: bytes, units: int = 0) -> bytes:
    """Hop-by-hop, routing (type 253, none left) or destination options, padded."""
    return (
        bytes([following, units])
        + b"\x01"
        + bytes([units * 8 + 3])
        + bytes(4 + units * 8)
        + payload
    )


def fragment(
    following: int, payload: bytes, offset: int, more: bool, ident: int = 0xABCD1234
) -> bytes:
    return struct.pack(">BBHI", following, 0, offset | more, ident) + payload


def authentication(following: int, payload: bytes) -> bytes:
    return struct.pack(">BBHII", following, 4, 0, 7, 8) + bytes(12) + payload


def tcp(
    payload: bytes = b"",
    sport: int = 40000,
    dport: int = 443,
    flags: int = 0x02,
    *,
    options: bytes = b"",
) -> bytes:
    words = 5 + len(options) // 4
    return (
        struct.pack(">HHIIHHHH", sport, dport, 0x01020304, 0, words << 12 | flags, 29200, 0, 0)
        + options
        + payload
    )


def udp(payload: bytes = b"", sport: int = 123, dport: int = 40001) -> bytes:
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload


def icmp(kind: int, code: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BBHI", kind, code, 0, 1) + payload


def gre(
    payload: bytes, kind: int = 0x0800, *, key: int | None = None, sequence: int | None = None
) -> bytes:
    flags = (0x2000 if key is not None else 0) | (0x1000 if sequence is not None else 0)
    head = struct.pack(">HH", flags, kind)
    head += b"" if key is None else struct.pack(">I", key)
    head += b"" if sequence is None else struct.pack(">I", sequence)
    return head + payload


def vxlan(payload: bytes, network: int = 77) -> bytes:
    return struct.pack(">II", 0x08000000, network << 8) + payload


def geneve(payload: bytes, kind: int = 0x6558, options: bytes = b"") -> bytes:
    return struct.pack(">BBHI", len(options) // 4, 0, kind, 5 << 8) + options + payload


def cooked(payload: bytes, kind: int = 0x0800) -> bytes:
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), kind) + payload


def cooked_2(payload: bytes, kind: int = 0x0800) -> bytes:
    return struct.pack(">HHIHBB8s", kind, 0, 2, 1, 0, 6, bytes(8)) + payload


def pppoe(payload: bytes, protocol: int = 0x0021) -> bytes:
    return struct.pack(">BBHHH", 0x11, 0, 9, len(payload) + 2, protocol) + payload
