"""One request and its answer over HTTP/3, where the server offers it. Needs the extra `http3`.

QUIC has no refusal that reaches us: a closed or blocked port is silence, which is given up soon.
The connection is driven step by step over a socket of our own, because what ends it (a TLS alert, a
code of QUIC or of HTTP/3) would otherwise reach us as a bare ConnectionError.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import warnings
from collections.abc import Callable

import msgspec
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, HandshakeCompleted, QuicEvent, StreamReset
from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning

from uproar.inlets.probes.body import Reply, Unreadable
from uproar.inlets.probes.design import AskHttp3
from uproar.inlets.probes.layers import family_of
from uproar.model.measurement import Check, Http3
from uproar.wire import failures

DATAGRAM_MAX = 65_535  # bytes
DATAGRAMS_MAX = 20_000  # of one exchange
HANDSHAKE_S = 3.0  # UDP that is blocked says nothing; TCP has answered long before.
EXCHANGE_S = 10.0


class _Ended(Exception):
    """The peer, or our own checks of it, ended the connection or the stream."""

    def __init__(self, code: int, reason: str, *, shaken: bool) -> None:
        super().__init__(reason)
        self.code, self.reason, self.shaken = code, reason, shaken


def asker(trusted: ssl.SSLContext) -> AskHttp3:
    """Return a function that asks for a page over HTTP/3 and believes whom a TLS context believes."""
    roots = _roots(trusted)

    async def ask(
        check: Check, address: str, port: int, *, agent: str, clock: Callable[[], float]
    ) -> Http3:
        return await _asked(check, address, port, agent, clock, roots)

    return ask


def _roots(trusted: ssl.SSLContext) -> bytes:
    """Return the authorities of a TLS context as PEM; those that X.509 forbids are left out.

    Some stores hold old roots with serial numbers that are no serial numbers, which OpenSSL bears
    and the library for QUIC does not.
    """
    sound = []
    with warnings.catch_warnings():
        warnings.simplefilter("error", CryptographyDeprecationWarning)
        for der in trusted.get_ca_certs(binary_form=True):
            try:
                x509.load_der_x509_certificate(der)
            except (ValueError, CryptographyDeprecationWarning):
                continue
            sound.append(ssl.DER_cert_to_PEM_cert(der))
    return "".join(sound).encode("ascii")


async def _asked(
    check: Check, address: str, port: int, agent: str, clock: Callable[[], float], roots: bytes
) -> Http3:
    told = Http3(address, family_of(address), port)
    configuration = QuicConfiguration(
        alpn_protocols=H3_ALPN,
        is_client=True,
        server_name=check.host,
        idle_timeout=EXCHANGE_S,
        cadata=roots,
    )
    attempt = _Attempt(QuicConnection(configuration=configuration), clock)
    begun = clock()
    failure = None
    try:
        try:
            await attempt.open(address, port)
            async with asyncio.timeout(HANDSHAKE_S):
                await attempt.handshake()
        except TimeoutError:
            failure = failures.quic_silent("quic_handshake")
            return msgspec.structs.replace(told, ms=_since(clock, begun), failure=failure)
        shaken = clock()
        try:
            async with asyncio.timeout(EXCHANGE_S):
                await attempt.exchange(check, agent)
        except TimeoutError:
            failure = failures.quic_silent("http_round_trip")
        reply = attempt.reply
        ended = reply.last or clock()
        first = reply.first or ended
        return msgspec.structs.replace(
            told,
            ms=round((shaken - begun) * 1_000, 3),
            status=reply.status,
            processing_ms=round((first - shaken) * 1_000, 3),
            transfer_ms=round((ended - first) * 1_000, 3),
            failure=failure,
        )
    except _Ended as ended_by:
        failure = failures.quic(ended_by.code, ended_by.reason, shaken=ended_by.shaken)
    except Unreadable as error:
        failure = failures.quic(0, str(error), shaken=True)
    except OSError as error:
        failure = failures.quic_refused(error.errno, type(error).__name__)
    finally:
        attempt.close()
    return msgspec.structs.replace(
        told, ms=_since(clock, begun), status=attempt.reply.status, failure=failure
    )


def _since(clock: Callable[[], float], begun: float) -> float:
    return round((clock() - begun) * 1_000, 3)


class _Attempt:
    """One connection, from the first datagram to the end of one answer."""

    def __init__(self, quic: QuicConnection, clock: Callable[[], float]) -> None:
        self._quic = quic
        self._clock = clock
        self._socket: socket.socket | None = None
        self._peer: tuple[str, int] = ("", 0)
        self._shaken = False
        self._taken = 0
        self.reply = Reply()

    async def open(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._peer = (address, port)
        # A connected socket takes datagrams of this peer only, and hears ICMP's refusals.
        await asyncio.get_running_loop().sock_connect(self._socket, self._peer)
        self._quic.connect(self._peer, now=self._clock())

    async def handshake(self) -> None:
        while not self._shaken:
            for event in await self._step():
                if isinstance(event, HandshakeCompleted):
                    self._shaken = True

    async def exchange(self, check: Check, agent: str) -> None:
        http = H3Connection(self._quic)
        stream = self._quic.get_next_available_stream_id()
        host = check.url.partition("://")[2].partition("/")[0]
        http.send_headers(
            stream,
            [
                (b":method", b"GET"),
                (b":scheme", b"https"),
                (b":authority", host.encode("ascii")),
                (b":path", check.target.encode("ascii")),
                (b"user-agent", agent.encode("ascii", "replace")),
                (b"accept", b"text/html,*/*;q=0.8"),
            ],
            end_stream=True,
        )
        while self.reply.last is None:
            for event in await self._step():
                if isinstance(event, StreamReset) and event.stream_id == stream:
                    raise _Ended(event.error_code, "", shaken=True)
                for told in http.handle_event(event):
                    self._take(told, stream)

    def _take(self, told: H3Event, stream: int) -> None:
        wanted = True
        if isinstance(told, HeadersReceived) and told.stream_id == stream:
            status = dict(told.headers).get(b":status", b"")
            if self.reply.first is None:
                self.reply.first = self._clock()
                self.reply.begin(
                    int(status) if status.isdigit() else 0,
                    [(name, value) for name, value in told.headers if not name.startswith(b":")],
                )
        elif isinstance(told, DataReceived) and told.stream_id == stream:
            wanted = self.reply.take(told.data)
        else:
            return
        if told.stream_ended or not wanted:
            self.reply.last = self._clock()

    async def _step(self) -> list[QuicEvent]:
        """Send what is due, wait for the next datagram or timer, and return what came of it."""
        assert self._socket is not None, "nothing is sent before the socket is open"
        loop = asyncio.get_running_loop()
        for data, _ in self._quic.datagrams_to_send(now=self._clock()):
            await loop.sock_sendall(self._socket, data)
        if not (events := self._events()):
            timer = self._quic.get_timer()
            wait_s = None if timer is None else max(0.0, timer - self._clock())
            try:
                async with asyncio.timeout(wait_s):
                    data = await loop.sock_recv(self._socket, DATAGRAM_MAX)
            except TimeoutError:
                self._quic.handle_timer(now=self._clock())
            else:
                self._taken += 1
                if self._taken > DATAGRAMS_MAX:
                    raise _Ended(0, f"more than {DATAGRAMS_MAX} datagrams", shaken=self._shaken)
                self._quic.receive_datagram(data, self._peer, now=self._clock())
            events = self._events()
        return events

    def _events(self) -> list[QuicEvent]:
        events = []
        while (event := self._quic.next_event()) is not None:
            if isinstance(event, ConnectionTerminated):
                raise _Ended(event.error_code, event.reason_phrase, shaken=self._shaken)
            events.append(event)
        return events

    def close(self) -> None:
        if self._socket is None:
            return
        self._quic.close()
        try:
            for data, _ in self._quic.datagrams_to_send(now=self._clock()):
                self._socket.send(data)
        except OSError:
            pass  # The goodbye is a courtesy.
        self._socket.close()
