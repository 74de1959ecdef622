"""HTTP/3 over real UDP: it is asked for where a server offers it, and what fails stops nobody."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aioquic.asyncio import QuicConnectionProtocol, serve
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import ProtocolNegotiated, QuicEvent

from servers.peers import HERE, Authority, design, listening, probed, run
from uproar.app import probing
from uproar.detect.finding import find
from uproar.inlets.guard import Guard
from uproar.inlets.probes import http3
from uproar.inlets.probes.design import Design
from uproar.model.measurement import Http3, Measurement
from uproar.present import probing as words
from uproar.wire import weburl
from uproar.wire.altsvc import http3_port

Act = Callable[[H3Connection, int], None]


class _Peer(QuicConnectionProtocol):
    """Speaks HTTP/3 and does with each request what it was told."""

    act: Act

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        if self._http is None:
            return
        for told in self._http.handle_event(event):
            if isinstance(told, HeadersReceived):
                type(self).act(self._http, told.stream_id)
        self.transmit()


def _page(http: H3Connection, stream: int) -> None:
    http.send_headers(stream, [(b":status", b"200"), (b"server", b"three")])
    http.send_data(stream, b"<title>Three</title>", end_stream=True)


def _rejected(http: H3Connection, stream: int) -> None:
    http._quic.reset_stream(stream, 0x10B)


def _loaded(http: H3Connection, _: int) -> None:
    http._quic.close(error_code=0x107, reason_phrase="too much")


def _silent(_http: H3Connection, _: int) -> None:
    pass


def _endless(http: H3Connection, stream: int) -> None:
    http.send_headers(stream, [(b":status", b"200")])
    http.send_data(stream, bytes(3 * 1_048_576), end_stream=False)


@dataclass(frozen=True)
class _OnePort(Guard):
    """Lets one port pass and no other."""

    port: int = 0

    def refusal(self, address: str, port: int) -> str:
        return "" if port == self.port else f"not this port of {address}"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@contextlib.asynccontextmanager
async def offering(
    authority: Authority, act: Act, *, name: str = HERE, alpn: list[str] = H3_ALPN
) -> AsyncIterator[tuple[int, int]]:
    """Serve a page over TCP that offers HTTP/3, and HTTP/3 itself; give both ports."""
    settings = QuicConfiguration(is_client=False, alpn_protocols=alpn)
    settings.load_cert_chain(authority.pair("three", name))
    peer = type("Peer", (_Peer,), {"act": staticmethod(act)})
    server = await serve(HERE, 0, configuration=settings, create_protocol=peer)
    udp = server._transport.get_extra_info("sockname")[1]

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = f'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":{udp}"; ma=60\r\nContent-Length: 2\r\n\r\nok'
        writer.write(head.encode())
        await writer.drain()

    try:
        async with listening(session, authority.context("tcp", HERE)) as tcp:
            yield tcp, udp
    finally:
        server.close()


def over_http3(authority: Authority) -> Design:
    made = design(authority.file)
    return replace(made, http3=http3.asker(made.verifying))


def _measured(authority: Authority, act: Act, **peer: Any) -> tuple[Measurement, Http3]:
    async def main() -> Measurement:
        async with contextlib.AsyncExitStack() as stack:
            tcp, _ = await stack.enter_async_context(offering(authority, act, **peer))
            made = over_http3(authority)
            return await probed(f"https://{HERE}:{tcp}/", made)

    measurement = run(main())
    told = measurement.hops[0].http3
    assert told is not None
    return measurement, told


def test_a_page_is_asked_for_over_http3_where_it_is_offered(authority: Authority) -> None:
    measurement, told = _measured(authority, _page)
    finding = find(measurement)
    assert (told.status, told.failure, finding.state, finding.notes) == (200, None, "works", ())
    assert told.ms > 0
    assert any(line.split()[:2] == ["HTTP/3", "✓"] for line in words.lines(measurement, finding))


@pytest.mark.parametrize(
    ("act", "detail"),
    [
        (_rejected, "H3_REQUEST_REJECTED"),
        (_loaded, "H3_EXCESSIVE_LOAD: too much"),
        (_silent, "no answer over UDP in time"),
    ],
)
def test_what_fails_over_http3_is_named_and_is_no_outage(
    authority: Authority, act: Act, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if act is _silent:
        monkeypatch.setattr(http3, "EXCHANGE_S", 0.3)
    measurement, told = _measured(authority, act)
    finding = find(measurement)
    assert told.failure is not None
    assert (told.failure.operation, told.failure.detail) == ("http_round_trip", detail)
    assert (finding.state, finding.notes) == ("works", ("http3-fails",))


@pytest.mark.parametrize(
    ("peer", "failure"),
    [
        ({"name": "elsewhere.example"}, "ssl_invalid_certificate"),
        ({"alpn": ["other"]}, "ssl_failed_handshake"),
    ],
)
def test_a_handshake_that_fails_names_the_alert(
    authority: Authority, peer: dict[str, Any], failure: str
) -> None:
    measurement, told = _measured(authority, _page, **peer)
    assert told.failure is not None
    assert (told.failure.operation, told.failure.failure) == ("quic_handshake", failure)
    assert told.failure.detail.startswith("alert ")
    assert find(measurement).state == "works"


def test_a_body_without_end_is_cut_over_http3_too(authority: Authority) -> None:
    _, told = _measured(authority, _endless)
    assert (told.status, told.failure) == (200, None)


def test_udp_that_nobody_answers_is_given_up(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http3, "HANDSHAKE_S", 0.3)

    class _Deaf(asyncio.DatagramProtocol):
        pass

    async def main() -> Measurement:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(_Deaf, local_addr=(HERE, 0))
        udp = transport.get_extra_info("sockname")[1]

        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            head = f'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":{udp}"\r\nContent-Length: 2\r\n\r\nok'
            writer.write(head.encode())
            await writer.drain()

        try:
            async with listening(session, authority.context("tcp", HERE)) as tcp:
                made = over_http3(authority)
                return await probed(f"https://{HERE}:{tcp}/", made)
        finally:
            transport.close()

    measurement = run(main())
    told = measurement.hops[0].http3
    assert told is not None
    assert told.failure is not None
    assert told.failure.failure == "generic_timeout_error"
    assert find(measurement).state == "works"


def test_nothing_listening_on_udp_is_a_refusal_of_the_network(authority: Authority) -> None:
    async def main() -> Http3:
        check, made = weburl.check(f"https://{HERE}:9/"), over_http3(authority)
        assert made.http3 is not None
        return await made.http3(check, HERE, 9, agent="t", clock=made.clock)

    told = run(main())
    assert told.failure is not None
    assert told.failure.failure in {"connection_refused", "generic_timeout_error"}


def test_the_guard_is_asked_before_an_offer_is_taken_up(authority: Authority) -> None:
    asked: list[int] = []

    async def never(*_: Any, **__: Any) -> Http3:
        asked.append(1)
        raise AssertionError

    async def main() -> Measurement:
        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b'HTTP/1.1 200 OK\r\nAlt-Svc: h3=":53"\r\nContent-Length: 2\r\n\r\nok')
            await writer.drain()

        async with listening(session, authority.context("tcp", HERE)) as tcp:
            made = replace(design(authority.file, guard=_OnePort(port=tcp)), http3=never)
            return await probed(f"https://{HERE}:{tcp}/", made)

    assert run(main()).hops[0].http3 is None
    assert not asked


@pytest.mark.parametrize(
    ("header", "port"),
    [
        ('h3=":443"; ma=86400', 443),
        ('h3-29=":443"; ma=1, h3=":8443"', 8443),
        ('h3="other.example:443"', None),
        ('h3=":0"', None),
        ('h3=":99999"', None),
        ("clear", None),
        ("", None),
    ],
)
def test_only_an_offer_of_the_same_host_is_read(header: str, port: int | None) -> None:
    assert http3_port(header) == port


def test_a_probe_of_the_command_line_speaks_http3_where_it_is_installed() -> None:
    made = probing.design_of(probing.Wanted(("127.0.0.1:9",)))
    assert made.http3 is not None


def test_without_the_extra_a_probe_goes_without_http3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uproar.inlets.probes.http3", None)
    monkeypatch.delattr("uproar.inlets.probes.http3")
    assert probing.design_of(probing.Wanted(("127.0.0.1:9",))).http3 is None
