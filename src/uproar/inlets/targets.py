"""Which hosts may be asked: public ones by https, and others only where the settings name them.

A name is looked up once, and the address that was judged is the one that is connected to; so a name
that changes its address in between gains nothing. What may be named is a host, not a network.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import httpcore2

from uproar.errors import FetchFailed
from uproar.inlets.guard import refusal

HTTPS_PORT = 443
ADDRESSES_MAX = 4  # Of one host, tried in the order that the system gives them.


class Targets(httpcore2.AsyncNetworkBackend):
    """Connects to what may be asked, and refuses the rest before a byte is sent.

    `named` are hosts that the settings name: they may lie in one's own networks, on any port, and be
    asked by http as well. Raises FetchFailed for what is refused.
    """

    def __init__(self, named: Iterable[str] = ()) -> None:
        self._named = frozenset(host.lower() for host in named)
        self._inner = httpcore2.AnyIOBackend()

    def check(self, url: str) -> None:
        """Raise FetchFailed for an address that may not be asked, as far as its text tells."""
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise FetchFailed("it leads to what is no address") from None
        if not host or parts.username is not None:
            raise FetchFailed("it leads to what is no address")
        if host in self._named and parts.scheme in {"http", "https"}:
            return
        if parts.scheme != "https" or port not in {None, HTTPS_PORT}:
            raise FetchFailed("it leads away from https")

    async def judged(self, host: str, port: int) -> list[str]:
        """Return the addresses of a host, if all of them may be asked. Raises FetchFailed."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise FetchFailed("its host has no address", again=True) from None
        addresses = [str(entry[4][0]) for entry in found]
        named = host.lower() in self._named
        if any(refusal(address, allow_private=named) for address in addresses):
            raise FetchFailed("it leads into a network that is not public")
        return addresses[:ADDRESSES_MAX]

    async def connect_tcp(  # type: ignore[explicit-override] # typing.override came with 3.12
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - as the interface wants it
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first address of a host that answers, if all of them may be asked."""
        addresses = await self.judged(host, port)
        refused: Exception = FetchFailed("its host has no address", again=True)
        for address in addresses:
            try:
                return await self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as problem:
                refused = problem
        raise refused
