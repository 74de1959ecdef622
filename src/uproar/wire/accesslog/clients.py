"""Addresses of clients as logs write them, to the two halves of `wire.packets.frames`.

A name, a mask or anything else that is no address becomes zero. Of a list, as `X-Forwarded-For` is one, the
last entry counts: it is the one that the server itself wrote, and all before it may be a lie.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import numpy as np

from uproar.wire.accesslog.requests import U64

ADDRESS_MAX = 64  # Octets of an address with port and zone.
_MAPPED = 0xFFFF_0000_0000
_IPV4 = re.compile(rb"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::\d{1,5})?")
_BRACKETED = re.compile(rb"\[([0-9A-Fa-f:.]+)(?:%[^\]]*)?\](?::\d{1,5})?")
_HALF = (1 << 64) - 1
_OCTETS = {b"%d" % octet: octet for octet in range(256)}


def halves(clients: Sequence[bytes]) -> tuple[U64, U64]:
    """Return the upper and the lower half of each address."""
    read = {client: _number(client) for client in set(clients)}
    numbers = [read[client] for client in clients]
    return (
        np.array([number >> 64 for number in numbers], np.uint64),
        np.array([number & _HALF for number in numbers], np.uint64),
    )


def _number(client: bytes) -> int:
    parts = client.split(b".", 4)
    if len(parts) == 4:  # Nearly all are such, so they take the short way.
        a, b, c, d = map(_OCTETS.get, parts)
        if a is not None and b is not None and c is not None and d is not None:
            return _MAPPED | a << 24 | b << 16 | c << 8 | d
    last = client[client.rfind(b",") + 1 :].strip()
    if not last or len(last) > ADDRESS_MAX or not last.isascii():
        return 0
    match = _IPV4.fullmatch(last)
    try:
        if match:
            return _MAPPED | int.from_bytes(bytes(map(int, match.groups())), "big")
        match = _BRACKETED.fullmatch(last)
        text = match[1] if match else last.partition(b"%")[0]
        return int(ipaddress.IPv6Address(text.decode("ascii")))
    except ValueError:
        return 0
