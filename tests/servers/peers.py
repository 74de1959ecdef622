"""Peers on loopback that answer as they are told: sockets, TLS, HTTP/2 and name servers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any, TypeVar

import dns.exception
import dns.message
import h2.config
import h2.connection
import h2.events
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from uproar.app.probing import contexts
from uproar.catalog import tells
from uproar.inlets.guard import Guard
from uproar.inlets.probes.design import Deadlines, Design
from uproar.inlets.probes.measure import measure
from uproar.model.measurement import Measurement
from uproar.wire import weburl

HERE = "127.0.0.1"
# Long enough that no machine is too slow; what must time out is given a short one.
PATIENT = Deadlines(30.0, 30.0, 30.0, 30.0, 120.0)
KNOWN = tells.load()

_T = TypeVar("_T")
Session = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def design(authority: Path | None = None, **changes: Any) -> Design:
    verifying, lenient = contexts(authority)
    made = Design(
        clock=time.perf_counter,
        now=lambda: int(time.time() * 1_000),
        resolvers=(),
        verifying=verifying,
        lenient=lenient,
        fingerprints=KNOWN,
        agent="uproar-probe/test",
        guard=Guard(allow_private=True),
        deadlines=PATIENT,
    )
    return replace(made, **changes)


def hasty(step: str, seconds: float = 0.3) -> Deadlines:
    """Return deadlines that give up one step soon, and that step alone."""
    return replace(PATIENT, **{f"{step}_s": seconds})


@dataclass(frozen=True)
class Only(Guard):
    """A guard with its ordinary rules, but for a few addresses; it keeps what it was asked."""

    addresses: frozenset[str] = frozenset()
    asked: list[tuple[str, int]] = field(default_factory=list)

    def refusal(self, address: str, port: int) -> str:
        self.asked.append((address, port))
        return "" if address in self.addresses else Guard().refusal(address, 80)


def run(main: Coroutine[Any, Any, _T]) -> _T:
    return asyncio.run(main)


async def probed(url: str, made: Design | None = None, expect: str = "") -> Measurement:
    return await measure(weburl.check(url, expect=expect), made or design())


@contextlib.asynccontextmanager
async def listening(
    session: Session,
    context: ssl.SSLContext | None = None,
    host: str = HERE,
    port: int = 0,
) -> AsyncIterator[int]:
    """Serve sessions on a port, a free one unless it is named; a peer that goes away ends its session and nothing else."""

    async def guarded(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await session(reader, writer)
        except (OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()

    # What fails within the TLS of a session is the point of some tests, and no error of theirs.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    server = await asyncio.start_server(guarded, host, port, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def alerting(context: ssl.SSLContext) -> AsyncIterator[int]:
    """Shake hands from a thread: asyncio's own server hangs up where OpenSSL would send an alert."""
    with socket.create_server((HERE, 0)) as server:
        server.settimeout(60)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    plain, _ = server.accept()
                    plain.settimeout(60)
                    secured = context.wrap_socket(
                        plain, server_side=True, do_handshake_on_connect=False
                    )
                    with secured:
                        with contextlib.suppress(ssl.SSLError):
                            secured.do_handshake()
                        # What is left unread when a socket closes turns into a reset, which
                        # would overtake the alert.
                        with contextlib.suppress(OSError):
                            while socket.socket.recv(secured, 65_536):
                                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            await asyncio.to_thread(thread.join)


def answering(raw: bytes) -> Session:
    """Read a request's head, send bytes, close."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(raw)
        await writer.drain()

    return session


def http(status: int, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Take everything and say nothing until the other side has gone."""
    while await reader.read(65_536):
        pass


def reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    plain = writer.get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as one:
        one.bind((HERE, 0))
        return int(one.getsockname()[1])


class Authority:
    """A certificate authority of a test, and the files of what it signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Loopback Trust"),
                x509.NameAttribute(NameOID.COMMON_NAME, "Loopback Root"),
            ]
        )
        own = self._sign(self._name, self._key, (), -30, 300, is_authority=True)
        self.file = folder / "authority.pem"
        self.file.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def _sign(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        names: tuple[str, ...],
        begins: float,
        ends: float,
        *,
        is_authority: bool = False,
        self_signed: bool = False,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name if self_signed else self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=begins))
            .not_valid_after(now + timedelta(days=ends))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )
        if names:
            alternative = [
                x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one)
                for one in names
            ]
            built = built.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
        return built.sign(key if self_signed else self._key, hashes.SHA256())

    def pair(
        self,
        label: str,
        *names: str,
        begins: float = -10,
        ends: float = 90,
        self_signed: bool = False,
        chained: bool = False,
    ) -> Path:
        """Return a file with a certificate and its key, with the authority's own if `chained`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        made = self._sign(name, key, names, begins, ends, self_signed=self_signed)
        file = self._folder / f"{label}.pem"
        file.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + (self.file.read_bytes() if chained else b"")
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        return file

    def context(self, label: str, *names: str, **how: Any) -> ssl.SSLContext:
        """Return a server's TLS context with a certificate of its own."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.pair(label, *names, **how))
        return made


def http2(
    act: Callable[[h2.connection.H2Connection, int], None],
) -> Session:
    """Speak HTTP/2 and do something with the first request's stream."""

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        writer.write(state.data_to_send())
        while data := await reader.read(65_536):
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    act(state, event.stream_id or 1)
            writer.write(state.data_to_send())
            await writer.drain()

    return session


Reply = Callable[[dns.message.Message, str], dns.message.Message | bytes | None]


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        told = _told(self._reply, data, "udp")
        if told is not None:
            self._transport.sendto(told, addr)  # type: ignore[attr-defined]


def _told(reply: Reply, data: bytes, over: str) -> bytes | None:
    try:
        made = reply(dns.message.from_wire(data), over)
    except dns.exception.DNSException:
        return None
    return made.to_wire() if isinstance(made, dns.message.Message) else made


@contextlib.asynccontextmanager
async def naming(reply: Reply, host: str = HERE, port: int = 0) -> AsyncIterator[int]:
    """Serve names over UDP and TCP on one port."""
    loop = asyncio.get_running_loop()

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(EOFError, OSError):
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            told = _told(reply, await reader.readexactly(length), "tcp")
            if told is not None:
                writer.write(struct.pack("!H", len(told)) + told)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(session, host, port)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(reply), local_addr=(host, port))
    try:
        yield port
    finally:
        transport.close()
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)
