"""HTTP over real sockets: peers that lie, drip, flood, redirect in circles and hide errors."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import h2.connection
import pytest

from core.answer_samples import CLOUDFLARE, cloudflare_page
from servers.peers import (
    HERE,
    Authority,
    Session,
    answering,
    design,
    hasty,
    http,
    http2,
    listening,
    probed,
    run,
)
from uproar.detect.finding import find
from uproar.inlets.guard import Guard
from uproar.inlets.probes.design import RECEIVED_MAX, REDIRECTS_MAX, UNPACKED_MAX
from uproar.model.measurement import Exchange, Finding, Measurement
from uproar.present.probing import sentence


def of(session: Session, expect: str = "", **how: Any) -> tuple[Measurement, Finding]:
    async def main() -> Measurement:
        async with listening(session) as port:
            return await probed(f"http://{HERE}:{port}/", design(**how), expect)

    measurement = run(main())
    return measurement, find(measurement)


def page_of(measurement: Measurement) -> Exchange:
    page = measurement.hops[-1].exchange()
    assert page is not None
    return page


async def _drip_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    for sign in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1_000:
        writer.write(bytes([sign]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def _drip_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1_000):
        writer.write(b".")
        await writer.drain()
        await asyncio.sleep(0.02)


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def _endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        writer.write(b"X-Filler: " + b"x" * 1_000 + b"\r\n")
        await writer.drain()


async def _only_interim(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    while True:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await writer.drain()


@pytest.mark.parametrize("session", [_drip_head, _drip_body])
def test_who_drips_is_given_up(session: Session) -> None:
    _, finding = of(session, deadlines=hasty("exchange"))
    assert finding.failure is not None
    assert (finding.step, finding.layer) == ("http", "origin_app")
    assert finding.failure.failure == "generic_timeout_error"


@pytest.mark.parametrize(
    ("raw", "failure"),
    [
        (b"", "eof_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "eof_error"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "eof_error"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "eof_error"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "http_request_failed"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            "http_request_failed",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", "http_request_failed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "http_request_failed"),
        (b"\x00\xff\x16\x03\x01garbage\r\n\r\n", "http_request_failed"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "http_request_failed"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 9\r\n\r\nnot gzip!",
            "http_request_failed",
        ),
    ],
)
def test_a_broken_answer_is_named(raw: bytes, failure: str) -> None:
    measurement, finding = of(answering(raw))
    assert finding.failure is not None
    assert (finding.state, finding.step) == ("fails", "http")
    assert finding.failure.failure == failure
    assert sentence(measurement, finding)


@pytest.mark.parametrize("session", [_endless_head, _only_interim])
def test_a_head_without_end_is_broken_off(session: Session) -> None:
    _, finding = of(session)
    assert finding.failure is not None
    assert finding.failure.failure == "http_request_failed"


def test_more_than_the_announced_length_is_not_read() -> None:
    measurement, finding = of(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello, you"))
    assert finding.state == "works"
    assert page_of(measurement).received == 5


def test_a_body_without_end_is_cut() -> None:
    measurement, finding = of(_endless)
    page = page_of(measurement)
    assert page.cut
    assert page.unpacked == UNPACKED_MAX
    assert page.received <= RECEIVED_MAX
    assert finding.state == "works"


@pytest.mark.parametrize("layers", [1, 2])
def test_a_decompression_bomb_is_cut(layers: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    if layers == 2:
        bomb = gzip.compress(bomb)
    measurement, _ = of(answering(http(200, bomb, Content_Encoding="gzip")))
    page = page_of(measurement)
    assert page.unpacked <= UNPACKED_MAX
    assert page.cut == (layers == 1)


def test_a_packed_page_is_unpacked_and_counted_both_ways() -> None:
    body = gzip.compress(b"<title>Packed</title>" + b"hello " * 1_000)
    measurement, finding = of(answering(http(200, body, Content_Encoding="gzip")), expect="hello")
    page = page_of(measurement)
    assert (page.received, page.unpacked, page.title) == (len(body), 6_021, "Packed")
    assert page.found is True
    assert finding.state == "works"


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b"welcome to the shop", "works"),
        (b"w&#101;lcome to the shop", "works"),
        (b"closed", "fails"),
        (b"x" * (UNPACKED_MAX + 1), "unknown"),
    ],
)
def test_the_expected_text_is_looked_for(body: bytes, state: str) -> None:
    _, finding = of(answering(http(200, body)), expect="welcome")
    assert finding.state == state
    assert finding.step == ("" if state == "works" else "content")


def test_the_520_of_an_edge_is_told_as_it_is() -> None:
    body = cloudflare_page(520, "Web server is returning an unknown error").encode()
    measurement, finding = of(answering(http(520, body, **dict(CLOUDFLARE))))
    assert (finding.state, finding.answered, finding.side) == ("fails", "Cloudflare", "origin")
    assert sentence(measurement, finding) == (
        "The edge of Cloudflare answers; the server behind it does not (520)."
    )


def test_a_challenge_is_a_block_and_never_down() -> None:
    _, finding = of(answering(http(403, b"<html>", cf_mitigated="challenge")))
    assert (finding.state, finding.layer, finding.side) == ("blocked", "policy_block", "nobody")


@pytest.mark.parametrize(
    ("status", "state", "side"),
    [
        (200, "works", ""),
        (204, "works", ""),
        (304, "works", ""),
        (401, "blocked", "nobody"),
        (403, "blocked", "nobody"),
        (404, "fails", "unknown"),
        (429, "blocked", "nobody"),
        (451, "blocked", "nobody"),
        (500, "fails", "unknown"),
        (503, "fails", "unknown"),
        (999, "fails", "unknown"),
    ],
)
def test_a_status_alone_says_so_much(status: int, state: str, side: str) -> None:
    raw = http(status) if status not in {204, 304} else f"HTTP/1.1 {status} X\r\n\r\n".encode()
    _, finding = of(answering(raw))
    assert (finding.state, finding.side, finding.status) == (state, side, status)


def test_an_error_with_status_200_is_found() -> None:
    _, finding = of(answering(http(200, b"Error establishing a database connection")))
    assert (finding.state, finding.step) == ("fails", "content")
    assert finding.match is not None
    assert finding.match.id == "wordpress.db"


def _redirecting(next_of: Callable[[int, str], str]) -> Session:
    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split(b" ")[1].decode()
        number = int(path.strip("/") or 0)
        where = next_of(number, path)
        writer.write(http(302, b"", Location=where) if where else http(200, b"there"))
        await writer.drain()

    return session


def test_redirects_are_followed_and_each_is_told() -> None:
    measurement, finding = of(_redirecting(lambda n, _: f"/{n + 1}" if n < REDIRECTS_MAX else ""))
    assert finding.state == "works"
    assert len(measurement.hops) == REDIRECTS_MAX + 1
    assert page_of(measurement).received == 5


@pytest.mark.parametrize(
    ("next_of", "failure"),
    [
        (lambda n, _: f"/{n + 1}", "http_unexpected_redirect_url"),
        (lambda n, _: f"/{1 - n}", "http_unexpected_redirect_url"),
        (lambda _n, path: path, "http_unexpected_redirect_url"),
        (lambda _n, _: "/x/../0", "http_unexpected_redirect_url"),
        (lambda _n, _: "ftp://a.example/", "http_invalid_redirect_location_host"),
        (lambda _n, _: "http://user@a.example/", "http_invalid_redirect_location_host"),
        (lambda _n, _: "http://0x7f.1/", "http_invalid_redirect_location_host"),
    ],
)
def test_a_redirect_that_leads_nowhere_ends_the_way(
    next_of: Callable[[int, str], str], failure: str
) -> None:
    measurement, finding = of(_redirecting(next_of))
    assert finding.failure is not None
    assert (finding.state, finding.failure.failure) == ("fails", failure)
    assert len(measurement.hops) <= REDIRECTS_MAX + 2


def test_a_circle_that_sets_a_cookie_may_not_be_one_to_a_browser() -> None:
    measurement, finding = of(answering(http(302, b"", Location="/", Set_Cookie="seen=1")))
    assert finding.state == "unknown"
    assert "cookie" in sentence(measurement, finding)


@pytest.mark.parametrize("where", ["http://169.254.169.254/latest", "http://[fd00:ec2::254]/"])
def test_a_redirect_to_where_secrets_lie_is_not_followed(where: str) -> None:
    measurement, finding = of(_redirecting(lambda _n, _: where))
    assert finding.state == "unknown"
    assert measurement.hops[-1].failure is not None
    assert measurement.hops[-1].failure.operation == "guard"
    assert measurement.hops[-1].connects == ()


def test_each_hop_is_guarded_anew() -> None:
    @dataclass(frozen=True)
    class Once(Guard):
        """A guard that lets one port pass and keeps its rules for all others."""

        port: int = 0

        def refusal(self, address: str, port: int) -> str:
            return Guard().refusal(address, 80) if port != self.port else ""

    async def main() -> Measurement:
        async with listening(answering(http(200, b"secret"))) as inner:
            away = answering(http(302, b"", Location=f"http://{HERE}:{inner}/"))
            async with listening(away) as port:
                made = design(guard=Once(port=port))
                return await probed(f"http://{HERE}:{port}/", made)

    measurement = run(main())
    assert [hop.exchange() is not None for hop in measurement.hops] == [True, False]
    assert find(measurement).state == "unknown"


def test_what_a_probe_sends_says_who_it_is() -> None:
    heads = []

    async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(http(200))
        await writer.drain()

    of(session)
    (head,) = heads
    assert head.startswith("GET / HTTP/1.1\r\n")
    assert "user-agent: uproar-probe/" in head
    assert "cookie" not in head
    assert f"host: {HERE}:" in head


def _page(state: h2.connection.H2Connection, stream: int) -> None:
    state.send_headers(stream, [(":status", "200"), ("server", "two")])
    state.send_data(stream, b"<title>Two</title>hello", end_stream=True)


def _refused(state: h2.connection.H2Connection, stream: int) -> None:
    state.reset_stream(stream, 7)


def _calm(state: h2.connection.H2Connection, _: int) -> None:
    state.close_connection(11)


def _silent(_state: h2.connection.H2Connection, _: int) -> None:
    pass


def _bomb(state: h2.connection.H2Connection, stream: int) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(8)) + packer.flush()
    state.send_headers(stream, [(":status", "200"), ("content-encoding", "gzip")])
    state.send_data(stream, bomb[:16_000], end_stream=True)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.mark.parametrize(
    ("act", "state", "detail"),
    [
        (_page, "works", ""),
        (_refused, "fails", "REFUSED_STREAM"),
        (_calm, "blocked", "ENHANCE_YOUR_CALM"),
        (_silent, "fails", "no answer in time"),
        (_bomb, "works", ""),
    ],
)
def test_http2_is_spoken_where_the_peer_offers_it(
    authority: Authority, act: Any, state: str, detail: str
) -> None:
    async def main() -> Measurement:
        context = authority.context("two", HERE)
        context.set_alpn_protocols(["h2"])
        deadlines = hasty("exchange") if act is _silent else design().deadlines
        async with listening(http2(act), context) as port:
            made = design(authority.file, deadlines=deadlines)
            return await probed(f"https://{HERE}:{port}/", made)

    measurement = run(main())
    finding = find(measurement)
    page = page_of(measurement)
    assert page.protocol == "h2"
    assert finding.state == state
    assert (page.failure.detail if page.failure else "") == detail
    assert page.unpacked <= UNPACKED_MAX
    if act is _page:
        assert (page.status, page.server, page.title) == (200, "two", "Two")


@pytest.mark.parametrize("raw", [b"HTTP/1.1 200 OK\r\n\r\n", b"\x00" * 1_000, b""])
def test_garbage_in_place_of_http2_is_a_failure(authority: Authority, raw: bytes) -> None:
    async def main() -> Measurement:
        context = authority.context("two", HERE)
        context.set_alpn_protocols(["h2"])
        async with listening(answering(raw), context) as port:
            return await probed(f"https://{HERE}:{port}/", design(authority.file))

    finding = find(run(main()))
    assert (finding.state, finding.step) == ("fails", "http")
