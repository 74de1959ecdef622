"""HTTP/3 beside a page that works: noted where it fails, and never an outage."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aioquic.asyncio import QuicConnectionProtocol
from aioquic.asyncio import serve as serve_quic
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent

from servers.peers import HERE, Authority, answering, design, http, listening, probed, run
from uproar.detect.finding import find
from uproar.inlets.probes import http3
from uproar.model.measurement import Finding, Quic
from uproar.present.probing import lines


class Answering(QuicConnectionProtocol):
    """Answers every request with one status."""

    status = b"200"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._h3: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        if self._h3 is None:
            self._h3 = H3Connection(self._quic)
        for made in self._h3.handle_event(event):
            if isinstance(made, HeadersReceived):
                self._h3.send_headers(made.stream_id, [(b":status", self.status)], end_stream=True)
                self.transmit()


@contextlib.asynccontextmanager
async def quic(pair: Path, port: int, status: bytes) -> AsyncIterator[None]:
    configuration = QuicConfiguration(is_client=False, alpn_protocols=H3_ALPN)
    configuration.load_cert_chain(pair, pair)
    kind = type("Told", (Answering,), {"status": status})
    server = await serve_quic(HERE, port, configuration=configuration, create_protocol=kind)
    try:
        yield
    finally:
        server.close()


def asked(
    folder: Path, status: bytes | None, *, offered: bool = True, trusted: bool = True
) -> tuple[Finding, Quic | None, list[str]]:
    """Probe a page over TLS that offers HTTP/3, beside a server of it, or none."""
    authority = Authority(folder)
    (folder / "other").mkdir()
    signs = authority if trusted else Authority(folder / "other")
    pair = signs.pair("quic", HERE)

    async def main() -> tuple[Finding, Quic | None, list[str]]:
        port = 0

        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            said = {"Alt_Svc": f'h3=":{port}"; ma=86400'} if offered else {}
            await answering(http(200, b"hello", **said))(reader, writer)

        async with contextlib.AsyncExitStack() as stack:
            context = authority.context("tcp", HERE)
            port = await stack.enter_async_context(listening(session, context))
            if status is not None:
                await stack.enter_async_context(quic(pair, port, status))
            made = design(authority.file, http3=http3.ask)
            measurement = await probed(f"https://{HERE}:{port}/", made)
            finding = find(measurement)
            return finding, measurement.hops[0].quic, lines(measurement, finding)

    return run(main())


def test_http3_that_works_is_no_news(tmp_path: Path) -> None:
    finding, told, _ = asked(tmp_path, b"200")
    assert told is not None
    assert (told.status, told.failure) == (200, None)
    assert (finding.state, finding.notes) == ("works", ())


@pytest.mark.parametrize(
    ("status", "trusted", "failure"),
    [
        (None, True, "generic_timeout_error"),  # nobody is there, or UDP is dropped
        (b"503", True, ""),
        (b"200", False, "http_request_failed"),  # its certificate does not hold
    ],
)
def test_http3_that_fails_is_a_note_and_never_an_outage(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    status: bytes | None,
    trusted: bool,
    failure: str,
) -> None:
    if status is None:
        monkeypatch.setattr(http3, "IDLE_S", 0.3)
        monkeypatch.setattr(http3, "DEADLINE_S", 1.0)
    else:
        monkeypatch.setattr(http3, "DEADLINE_S", 30.0)
    finding, told, said = asked(tmp_path, status, trusted=trusted)
    assert told is not None
    assert told.failure is not None
    assert told.failure.failure == failure
    assert (finding.state, finding.notes) == ("works", ("http3-fails",))
    assert any("browsers fall back" in line for line in said)


def test_http3_is_not_asked_for_where_it_is_not_offered(tmp_path: Path) -> None:
    finding, told, _ = asked(tmp_path, b"503", offered=False)
    assert told is None
    assert finding.notes == ()
