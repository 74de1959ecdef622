"""Which addresses may be connected to at all?

A probe goes where strangers point it, and a feed where its owner redirects it, so neither must become
a way into the network that it runs in.
Refused are all addresses of the IANA special-purpose registries, addresses that hold such a one
within (mapped, NAT64, 6to4, ISATAP), and those at which clouds tell machines their secrets. What is
checked is the address itself, and that very address is then connected to, so that a name which
changes between two look-ups gains nothing.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ports at which sites are served in public. With `allow_private` any port may be asked.
PORTS = frozenset({80, 81, 443, 591, 4443, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9443})

_PRIVATE_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
        ),
    )
)
_NEVER_4 = tuple(map(ipaddress.IPv4Network, ("0.0.0.0/8", "224.0.0.0/3")))
_PUBLIC_6 = ipaddress.IPv6Network("2000::/3")
_PRIVATE_6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments, Teredo and ORCHID among them
            "2001:db8::/32",
            "3fff::/20",
        ),
    )
)
_NEVER_6 = tuple(map(ipaddress.IPv6Network, ("::/128", "ff00::/8")))
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_6TO4 = ipaddress.IPv6Network("2002::/16")
# 169.254.169.254 and its kin lie in blocks above; these must stay shut with `allow_private` too.
METADATA = frozenset(
    map(
        ipaddress.ip_address,
        (
            "169.254.169.254",
            "169.254.170.2",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
        ),
    )
)


@dataclass(frozen=True)
class Guard:
    """What may be measured. `allow_private` is for somebody who probes what is their own.

    `private_hosts` are hosts that alone may lie in one's own networks, and be asked on any port.
    """

    allow_private: bool = False
    private_hosts: frozenset[str] = frozenset()

    def of(self, host: str) -> Guard:
        """Return the guard that holds for the addresses of one host."""
        return Guard(allow_private=True) if host in self.private_hosts else self

    def refusal(self, address: str, port: int) -> str:
        """Return why an address and port may not be measured, or the empty text where they may."""
        if not self.allow_private and port not in PORTS:
            return f"port {port} is not one at which sites are served in public"
        return refusal(address, allow_private=self.allow_private)


def refusal(address: str, *, allow_private: bool) -> str:
    """Return why an address may not be connected to, or the empty text where it may."""
    try:
        read = ipaddress.ip_address(address)
    except ValueError:
        return "this is no address"
    if getattr(read, "scope_id", None):
        return "an address with a zone is not taken"
    return _refusal(read, allow_private=allow_private)


def _refusal(address: Address, *, allow_private: bool) -> str:
    if isinstance(address, ipaddress.IPv6Address):
        inner = _within(address)
        if inner is not None and (why := _refusal(inner, allow_private=allow_private)):
            return f"{why} (within an IPv6 address)"
        never, private = _NEVER_6, _PRIVATE_6
        public = address in _PUBLIC_6 or (inner is not None)
    else:
        never, private, public = _NEVER_4, _PRIVATE_4, True  # type: ignore[assignment]
    if address in METADATA:
        return f"{address} is where clouds tell machines their secrets"
    if any(address in network for network in never):
        return f"{address} is no address of one machine"
    if allow_private:
        return ""
    if not public or any(address in network for network in private):
        return f"{address} is not a public address"
    return ""


def _within(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address leads to, if it is of such a form."""
    value = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (value >> 32 == 0 and value > 1):
        return ipaddress.IPv4Address(value & 0xFFFFFFFF)
    if address in _6TO4:
        return ipaddress.IPv4Address((value >> 80) & 0xFFFFFFFF)
    if (value >> 32) & 0xFDFFFFFF == 0x00005EFE:
        return ipaddress.IPv4Address(value & 0xFFFFFFFF)
    return None
