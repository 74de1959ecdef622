"""UDP sockets for telemetry: where they listen, how much the kernel keeps for them, and what it dropped."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from uproar.errors import ListenRefused, SettingsInvalid
from uproar.inlets.addresses import packed

BUFFER_BYTES = 16_777_216  # Asked of the kernel for each socket; 7,000 full datagrams.
BUFFER_BYTES_LEAST = 4_194_304  # With less, a pause of a tenth of a second drops datagrams.
PORT_MAX = 65_535
LISTEN_MAX = 64  # Addresses of one collector.
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h; past rmem_max, for whoever has CAP_NET_ADMIN.
_SO_MEMINFO = 55  # asm-generic/socket.h, Linux 4.12: nine counters of four bytes,
_MEMINFO = struct.Struct("=9I")  # in the order of linux/sock_diag.h: the first is what waits,
_DROPS = 8  # the last what was dropped for want of room, since the socket was opened.


class Endpoint(NamedTuple):
    """An address and port to listen on; the address is numeric."""

    host: str
    port: int

    @property
    def text(self) -> str:
        """The endpoint as `endpoint` reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Load(NamedTuple):
    """How a socket is doing: bytes that wait in it, and datagrams dropped since it was opened."""

    waiting: int
    dropped: int


def endpoint(text: str) -> Endpoint:
    """Read "127.0.0.1:2055" or "[::1]:2055"; raises SettingsInvalid that says how it is written."""
    host, colon, port = text.strip().rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bracketed = bare != host
    address = packed(bare) if "%" not in bare else None
    is_port = colon and port.isascii() and port.isdecimal() and len(port) <= 5
    if address is None or not is_port or int(port) > PORT_MAX or bracketed != (":" in bare):
        raise SettingsInvalid(
            f"{text!r} is no address and port; write it like 127.0.0.1:2055 or [::1]:2055"
        )
    return Endpoint(bare, int(port))


def opened(endpoints: Sequence[Endpoint], workers: int) -> list[list[socket.socket]]:
    """Return for each worker a socket on every endpoint, bound and not blocking.

    The kernel shares the datagrams out by sender (SO_REUSEPORT), so that one exporter's come to one worker.
    All are open before any is read: what comes while a worker is begun again waits in its socket.
    Raises ListenRefused.
    """
    kept = contextlib.ExitStack()
    with kept:
        shares: list[list[socket.socket]] = [[] for _ in range(workers)]
        for end in endpoints:
            at = end
            for share in shares:
                sock = kept.enter_context(_bound(at, shared=workers > 1))
                share.append(sock)
                # With port 0 the first was given one, which the others share.
                at = Endpoint(end.host, sock.getsockname()[1])
        kept.pop_all()
        return shares


def _bound(end: Endpoint, *, shared: bool) -> socket.socket:
    family = socket.AF_INET6 if ":" in end.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        _widen(sock)
        sock.setblocking(False)
        sock.bind(end)
    except OSError as problem:
        sock.close()
        raise ListenRefused(
            f"cannot listen for flows on {end.text} ({problem.strerror or problem}); is another collector running, "
            "or is the address not one of this machine?"
        ) from None
    return sock


def _widen(sock: socket.socket) -> None:
    """Ask for a large buffer: by right where we have it, else as much as net.core.rmem_max allows."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER_BYTES)
    except OSError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)


def granted(sock: socket.socket) -> int:
    """Return the bytes that the kernel keeps for a socket; it tells twice that, for its own book-keeping."""
    return sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2


def load(sock: socket.socket) -> Load | None:
    """Return how a socket is doing, None where the kernel does not say."""
    try:
        told = sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
    except OSError:
        return None
    if len(told) < _MEMINFO.size:
        return None
    figures = _MEMINFO.unpack(told)
    return Load(figures[0], figures[_DROPS])


def addresses(sockets: Sequence[socket.socket]) -> Iterator[Endpoint]:
    """Return where sockets listen."""
    for sock in sockets:
        host, port = sock.getsockname()[:2]
        yield Endpoint(host, port)
