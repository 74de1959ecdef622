"""Bad input over real sockets: a clear answer, nothing stored, and the next reader is served."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from servers.desk import HTML, REPORTS, Desk, desk, head_of, read_reply
from uproar.outlets.site import Rendered

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
PAGES = {"/": Rendered(b"home", HTML), "/s/x": Rendered(b"x" * 500, HTML)}
POST = (
    f"POST {REPORTS} HTTP/1.1\r\nhost: uproar.test\r\ncontent-type: application/json\r\n".encode()
)


async def nothing_happened(front: Desk) -> None:
    """The journal is empty, no body is still waited for, and the next report and page go through."""
    assert front.reports() == []
    assert front.intake.bodies.waiting == 0
    assert (await front.get("/")).body == b"home"
    assert (await front.report()).status == 202


@pytest.mark.parametrize(
    ("body", "kind", "status", "slug"),
    [
        (b'{"service": "x"', JSON, 400, "json-invalid"),
        (b"", JSON, 400, "json-invalid"),
        (b'{"service": ["x"]}', JSON, 422, "wrong-type"),
        (b'{"service": "x", "works": "no"}', JSON, 422, "wrong-type"),
        (b'{"service": "\\ud800"}', JSON, 422, "bad-character"),
        (b'{"service": "x", "words": "\\u0000"}', JSON, 422, "bad-character"),
        (b'{"service": "x", "words": "\xc3"}', JSON, 400, "not-utf-8"),
        (b"[" * 4000, JSON, 400, "json-too-deep"),
        (b'{"service": NaN}', JSON, 400, "json-invalid"),
        (b'{"service": "x", "service": "x"}', JSON, 400, "said-twice"),
        (b'{"service": "nobody knows this"}', JSON, 404, "unknown-service"),
        (b'{"service": "x", "symptom": "sad"}', JSON, 422, "unknown-symptom"),
        (json.dumps({f"f{n}": n for n in range(1000)}).encode(), JSON, 413, "body-too-large"),
        (b"&".join(b"f%d" % n for n in range(1000)), FORM, 413, "body-too-large"),
        (b"&".join(b"f%d" % n for n in range(700)), FORM, 400, "too-many-fields"),
        (b'{"service": "x"}', "text/plain", 415, "content-type"),
        (b'{"service": "x"}', "application/json; charset=utf-7", 415, "charset"),
        (b'{"service": "x"}', "application/xml", 415, "content-type"),
        (b'{"service": "x"}', "", 415, "content-type"),
        (b"x" * 4097, JSON, 413, "body-too-large"),
        (b" " * 10_000_000, JSON, 413, "body-too-large"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_body_that_is_no_report_gets_one_error_shape(
    tmp_path: Path, body: bytes, kind: str, status: int, slug: str
) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            reply = await front.post(body, kind=kind)
            assert (reply.status, reply.error["slug"]) == (status, slug)
            assert reply.headers["content-type"] == JSON
            assert front.intake.counts["reports_rejected_total"] == 1
            page = await front.post(body, "/s/x/report", kind)
            assert page.headers["content-type"].startswith("text/html")
            assert 400 <= page.status < 500
            await nothing_happened(front)

    asyncio.run(story())


def test_a_body_without_end_is_cut_off(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reader, writer = await front.connect()
            writer.write(POST + b"transfer-encoding: chunked\r\n\r\n")
            chunk = b"10000\r\n" + b"y" * 65_536 + b"\r\n"
            sent = 0
            try:
                while sent < 1_000 * len(chunk):
                    writer.write(chunk)
                    await writer.drain()
                    sent += len(chunk)
            except ConnectionError:
                pass
            assert sent < 500 * len(chunk)
            writer.close()
            reader.feed_eof()
            await nothing_happened(front)

    asyncio.run(story())


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"z" * 100_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n"
        + b"".join(b"a%d: z\r\n" % n for n in range(500))
        + b"\r\n",
        POST + b"content-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        POST + b"content-length: -1\r\n\r\n",
        POST + b"content-length: 99999999999999999999\r\n\r\n",
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_no_http_is_refused_and_the_connection_closed(
    tmp_path: Path, request_bytes: bytes
) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            reply = await front.raw(request_bytes)
            assert reply.status in {400, 413, 431}
            await nothing_happened(front)

    asyncio.run(story())


def test_a_body_that_ends_twice_is_not_a_second_request(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            inner = POST + b'content-length: 15\r\n\r\n{"service":"x"}'
            reader, writer = await front.connect()
            both = b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            writer.write(POST + both + inner)
            reply = await read_reply(reader)
            assert reply.status == 400
            # Where two lengths are given the connection must not be used again (RFC 9112, 6.3).
            assert await reader.read() == b""
            await nothing_happened(front)

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("//", 404),
        ("//elsewhere.example/", 404),
        ("/\\elsewhere.example", 404),
        ("/s//x", 404),
        ("/../etc/passwd", 404),
        ("/s/../s/x", 404),
        ("/%2e%2e/%2e%2e/etc/passwd", 404),
        ("/s/x/", 308),
        ("/s/x/?q=1", 308),
        ("/s/%00", 400),
        ("/s/x%0d%0aset-cookie:a=b", 400),
        ("/%ff%fe", 400),
        ("/%e2%80%ae", 400),
        ("/s/x%2f", 308),
        ("/" + "a" * 2000, 414),
        ("/?" + "a" * 3000, 200),
        ("/nothing?" + "a" * 3000, 414),
        ("/s/%3Cscript%3Ealert(1)%3C/script%3E", 404),
        ("/static/../../pyproject.toml", 404),
        ("/s/x;jsessionid=1", 404),
        ("*", 400),
    ],
)
def test_tricks_with_paths_lead_nowhere(tmp_path: Path, path: str, status: int) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            reply = await front.get(path)
            assert reply.status == status
            assert b"<script>alert" not in reply.body
            assert "set-cookie" not in reply.headers
            if status == 308:
                assert reply.headers["location"] in {"/", "/s/x", "/s/x?q=1"}

    asyncio.run(story())


def test_a_form_cannot_be_sent_to_a_path_that_only_looks_like_one(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            for path in ("/s/x/y/report", "/s/report", "/s/x/report/", "/S/x/report", "/s/x"):
                reply = await front.post(b"works=1", path, FORM)
                assert reply.status in {404, 405}
            assert front.reports() == []

    asyncio.run(story())


def test_requests_in_one_piece_are_answered_in_order(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            reader, writer = await front.connect()
            body = b'{"service":"x"}'
            headers = {"content-type": JSON, "content-length": str(len(body))}
            report = head_of("POST", REPORTS, headers) + body
            broken = head_of("POST", REPORTS, headers) + b"[" * len(body)
            page = head_of("GET", "/s/x", {})
            writer.write(report + page + broken + report + page)
            replies = [await read_reply(reader) for _ in range(5)]
            assert [reply.status for reply in replies] == [202, 200, 400, 202, 200]
            assert len(front.reports()) == 2

    asyncio.run(story())


def test_an_agent_that_is_no_text_is_an_agent_like_any_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            for agent in ("\xff\xfe", "a" * 8000, "\u00ad"):
                assert (await front.report(user_agent=agent)).status == 202
            assert len({report.reporter for report in front.reports()}) == 3

    asyncio.run(story())
