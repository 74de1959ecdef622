"""A connection whose every step is ours: a socket, and TLS over it in memory.

The steps are timed apart, and what goes wrong reaches us as the operating system or OpenSSL said it,
which a ready-made stream would wrap or log.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

_T = TypeVar("_T")

READ_MAX = 64 * 1024  # bytes of one read
CHAIN_MAX = 10  # certificates


class Channel:
    """A connected socket, plain at first; `secure` puts TLS over it. Every wait is the caller's to end."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """Shake hands; raises ssl.SSLError or OSError. An alert of ours is sent before that."""
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        try:
            await self._driven(self._tls.do_handshake)
        finally:
            with suppress(OSError):
                await self._flush()

    @property
    def version(self) -> str:
        """The version of TLS, or the empty text."""
        return (self._tls.version() or "") if self._tls else ""

    @property
    def cipher(self) -> str:
        """The cipher suite, or the empty text."""
        chosen = self._tls.cipher() if self._tls else None
        return chosen[0] if chosen else ""

    @property
    def protocol(self) -> str:
        """The protocol that both sides agreed on, or the empty text."""
        return (self._tls.selected_alpn_protocol() or "") if self._tls else ""

    def chain(self) -> tuple[bytes, ...]:
        """Return the certificates that the peer sent, in DER, its own first.

        Python 3.13 gives the whole chain; before it only an inner object does, and where that is
        gone the peer's own certificate is all there is.
        """
        if self._tls is None:
            return ()
        inner = getattr(self._tls, "_sslobj", None)
        for holder in (self._tls, inner):
            read = getattr(holder, "get_unverified_chain", None)
            if read is not None:
                found = read() or ()
                return tuple(
                    one if isinstance(one, bytes) else ssl.PEM_cert_to_DER_cert(one.public_bytes())
                    for one in found[:CHAIN_MAX]
                )
        own = self._tls.getpeercert(binary_form=True)
        return (own,) if own else ()

    async def send(self, data: bytes) -> None:
        """Send all of it; raises OSError or ssl.SSLError."""
        if self._tls is None:
            await asyncio.get_running_loop().sock_sendall(self._socket, data)
            return
        tls = self._tls
        await self._driven(lambda: tls.write(data))
        await self._flush()

    async def receive(self) -> bytes:
        """Return what comes next, empty at the peer's end; raises OSError or ssl.SSLError."""
        if self._tls is None:
            return await asyncio.get_running_loop().sock_recv(self._socket, READ_MAX)
        tls = self._tls
        try:
            return await self._driven(lambda: tls.read(READ_MAX))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            # Many servers close without TLS's own goodbye; whether something is missing is for
            # the protocol above to say, which knows where its message ends.
            return b""

    def close(self) -> None:
        """Close the socket at once."""
        self._socket.close()

    async def _driven(self, step: Callable[[], _T]) -> _T:
        """Do a step of TLS, moving bytes between memory and socket until it is done."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                await self._flush()
                data = await loop.sock_recv(self._socket, READ_MAX)
                if data:
                    self._incoming.write(data)
                else:
                    self._incoming.write_eof()

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await asyncio.get_running_loop().sock_sendall(self._socket, data)


async def opened(address: str, port: int) -> Channel:
    """Connect to an address (never a name); raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(made, (address, port))
    except BaseException:
        made.close()
        raise
    return Channel(made)
