"""MMDB files for tests, by MaxMind's specification 2.0: a tree of records of 24 bits, and what its leaves say."""

from __future__ import annotations

import ipaddress
import struct

MARK = b"\xab\xcd\xefMaxMind.com"


def encoded(value: object) -> bytes:
    """Encode a value: maps, texts, whole numbers."""
    if isinstance(value, dict):
        body = b"".join(encoded(key) + encoded(each) for key, each in value.items())
        return bytes([7 << 5 | len(value)]) + body
    if isinstance(value, str):
        raw = value.encode()
        if len(raw) < 29:
            return bytes([2 << 5 | len(raw)]) + raw
        return bytes([2 << 5 | 29, len(raw) - 29]) + raw
    if isinstance(value, int):
        return bytes([6 << 5 | 4]) + struct.pack(">I", value)
    raise TypeError(value)


def mmdb(
    rows: dict[str, dict[str, object]], *, kind: str = "GeoLite2-ASN", epoch: int = 1_763_596_800
) -> bytes:
    """Return an MMDB of IPv6, IPv4 below ::/96, that says so much of each prefix."""
    nodes: list[list[int | None]] = [[None, None]]
    leaves: list[tuple[int, int, int]] = []
    data = b""
    for text, record in rows.items():
        network = ipaddress.ip_network(text)
        length = network.prefixlen + (96 if network.version == 4 else 0)
        bits = f"{int(network.network_address):0128b}"[:length]
        node = 0
        for bit in map(int, bits[:-1]):
            if nodes[node][bit] is None:
                nodes.append([None, None])
                nodes[node][bit] = len(nodes) - 1
            node = nodes[node][bit] or 0
        leaves.append((node, int(bits[-1]), len(data)))
        data += encoded(record)
    count = len(nodes)
    filled = [[count if each is None else each for each in pair] for pair in nodes]
    for node, bit, offset in leaves:
        filled[node][bit] = count + 16 + offset
    return finished(filled, data, kind, epoch)


def finished(nodes: list[list[int]], data: bytes, kind: str, epoch: int) -> bytes:
    """Return a file of these nodes, whatever they point at."""
    tree = b"".join(each.to_bytes(3, "big") for pair in nodes for each in pair)
    small = {"record_size": 24, "ip_version": 6, "binary_format_major_version": 2, "binary_format_minor_version": 0}  # fmt: skip
    fields = [
        encoded("node_count") + encoded(len(nodes)),
        encoded("database_type") + encoded(kind),
        encoded("description") + encoded({}),
        encoded("languages") + bytes([0, 11 - 7]),
        encoded("build_epoch") + bytes([8, 9 - 7]) + struct.pack(">Q", epoch),
        # The reader that is written in C takes these as numbers of 16 bits only.
        *(encoded(key) + bytes([5 << 5 | 2]) + struct.pack(">H", small[key]) for key in small),
    ]
    return tree + bytes(16) + data + MARK + bytes([7 << 5 | len(fields)]) + b"".join(fields)
