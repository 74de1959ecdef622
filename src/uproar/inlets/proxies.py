"""Which address a request comes from, when proxies of ours stand before us.

Only what a configured proxy says is believed, and only the header that it is configured to write:
a client can send any header, and a proxy that writes one passes the other through. Of a chain, the
rightmost address that is not a proxy of ours is the client; what stands left of it is hearsay.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from uproar.inlets.addresses import Prefix, packed, prefix

HOPS_MAX = 20
HEADER_BYTES_MAX = 2048

HeaderName = Literal["x-forwarded-for", "forwarded"]

_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("[^"\\]*"|[^\s;"]+)\s*(?:;|$)', re.IGNORECASE)


@dataclass(frozen=True)
class Proxies:
    """The proxies that are believed, and the header that they write."""

    trusted: tuple[Prefix, ...] = ()
    header: HeaderName = "x-forwarded-for"

    def trusts(self, address: bytes) -> bool:
        """Tell whether an address is a proxy of ours."""
        return any(network.holds(address) for network in self.trusted)


def proxies(trusted: Iterable[str], header: HeaderName = "x-forwarded-for") -> Proxies:
    """Return the proxies that settings name; raises SettingsInvalid."""
    return Proxies(tuple(prefix(text) for text in trusted), header)


def client_address(
    peer: bytes, headers: Sequence[tuple[bytes, bytes]], known: Proxies
) -> tuple[bytes, bool]:
    """Return the packed address of the client, and whether the header was malformed.

    Without a trusted peer the headers are not looked at. A malformed header, one that is too long
    and one that hides the client ("unknown", "_x", RFC 7239 section 6) leave the peer's address.
    """
    if not known.trusted or not known.trusts(peer):
        return peer, False
    name = known.header.encode("ascii")
    lines = [value for key, value in headers if key == name]
    if not lines:
        return peer, False
    raw = b",".join(lines)
    hops = raw.decode("latin-1").split(",")
    if len(raw) > HEADER_BYTES_MAX or len(hops) > HOPS_MAX:
        return peer, True
    client = peer
    for hop in reversed(hops):
        node = hop if known.header == "x-forwarded-for" else _for_of(hop)
        address = _address_of(node.strip())
        if address is None:
            return peer, True
        client = address
        if not known.trusts(address):
            break
    return client, False


def _for_of(element: str) -> str:
    """Return the node of one element of a Forwarded header, or the empty text."""
    found = _FOR.search(element)
    return found[1].strip('"') if found else ""


def _address_of(node: str) -> bytes | None:
    """Read an address with or without a port: 192.0.2.1:80, [2001:db8::1]:80, 2001:db8::1."""
    if node.startswith("["):
        inside, bracket, after = node[1:].partition("]")
        if not bracket or (after and not (after.startswith(":") and after[1:].isdecimal())):
            return None
        return packed(inside)
    if node.count(":") == 1:
        node, _, port = node.partition(":")
        if not port.isdecimal():
            return None
    return packed(node)
