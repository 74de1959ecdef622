"""An address as its bytes, 4 or 16 of them, and sets of addresses that share their first bits."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from uproar.errors import SettingsInvalid

_MAPPED = bytes(10) + b"\xff\xff"


def packed(text: str) -> bytes | None:
    """Return an address as 4 or 16 bytes, or None when the text is none.

    An IPv4 address that is written as IPv6 (::ffff:192.0.2.1) is IPv4; a zone (%eth0) is dropped.
    """
    try:
        return socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError):
        pass
    try:
        raw = socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    return raw[12:] if raw.startswith(_MAPPED) else raw


def text_of(address: bytes) -> str:
    """Return a packed address as text, for a look-up that wants one. Never log it."""
    family = socket.AF_INET if len(address) == 4 else socket.AF_INET6
    return socket.inet_ntop(family, address)


@dataclass(frozen=True)
class Prefix:
    """The addresses whose first `length` bits are `bits`, of `size` bytes (4 or 16)."""

    size: int
    bits: int
    length: int

    def holds(self, address: bytes) -> bool:
        """Tell whether an address is one of them."""
        if len(address) != self.size:
            return False
        return int.from_bytes(address, "big") >> (8 * self.size - self.length) == self.bits


def prefix(text: str) -> Prefix:
    """Read "10.0.0.0/8" or a single address; raises SettingsInvalid when it is neither.

    An address with bits set beyond its length ("10.0.0.1/8") is refused: one of the two is a slip.
    """
    base, slash, length_text = text.strip().partition("/")
    address = packed(base)
    if address is not None:
        width = 8 * len(address)
        length = width if not slash else int(length_text) if length_text.isdecimal() else -1
        if 0 <= length <= width:
            whole = int.from_bytes(address, "big")
            bits = whole >> (width - length)
            if bits << (width - length) == whole:
                return Prefix(len(address), bits, length)
    raise SettingsInvalid(
        f"server.trusted_proxies: {text!r} is no network; write it like 10.0.0.0/8 or 2001:db8::/32"
    )
