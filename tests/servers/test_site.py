"""Pages over real sockets: compressed, cached, complete in their headers, and swapped at once."""

from __future__ import annotations

import asyncio
import gzip
import socket
from pathlib import Path

import brotli
import pytest

from servers.desk import HTML, Desk, desk
from uproar.errors import BadInput, ListenRefused
from uproar.outlets.negotiation import encodings, has_already
from uproar.outlets.server import serve
from uproar.outlets.site import FOREVER, FRESH, Rendered, Site
from uproar.outlets.web import Answer, Ask

BODY = b"<p>reports</p>" * 100
JSON = "application/json"
PAGES = {
    "/": Rendered(b"tiny", HTML),
    "/s/x": Rendered(BODY, HTML),
    "/s/x.json": Rendered(b'{"reports": [1, 2, 3]}' * 30, JSON),
    "/static/uproar.0123.css": Rendered(b"body{color:red}" * 50, "text/css", immutable=True),
}
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def echo(ask: Ask) -> Answer:
    return Answer(200, repr(sorted(ask.query.items())).encode(), "text/plain")


async def refuse(ask: Ask) -> Answer:
    raise BadInput(f"{len(ask.path)} characters are wrong")


async def fail(ask: Ask) -> Answer:
    raise RuntimeError(ask.path)


GETS = {"/search": echo, "/api/v1/echo": echo, "/refuse": refuse, "/api/v1/fail": fail}
TREES = {"/api/v1/tree/": echo, "/api/v1/tree/deep/": refuse}


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0, *", "gzip"),
        ("*", "br"),
        ("*;q=0", None),
        ("identity", None),
        ("gzip;q=x", None),
        ("br;q=0.001", "br"),
        (",;,=;q", None),
        ("", None),
        ("z" * 2000 + ", br", None),
    ],
)
def test_a_page_comes_in_the_best_encoding_that_is_accepted(
    tmp_path: Path, accepted: str, encoding: str | None
) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            reply = await front.get("/s/x", accept_encoding=accepted)
            assert reply.headers.get("content-encoding") == encoding
            unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
            assert unpack(reply.body) == BODY
            assert reply.headers["vary"] == "accept-encoding"

    asyncio.run(story())


def test_without_the_header_and_for_tiny_pages_nothing_is_compressed(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            assert (await front.get("/s/x")).body == BODY
            tiny = await front.get("/", accept_encoding="br")
            assert "content-encoding" not in tiny.headers

    asyncio.run(story())


def test_a_page_that_the_reader_has_is_not_sent_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            etag = (await front.get("/s/x", accept_encoding="br")).headers["etag"]
            strong = etag.removeprefix("W/")
            for tag in (etag, strong, f'"other", {etag}', f"W/{strong},W/{strong}", "*"):
                reply = await front.get("/s/x", if_none_match=tag)
                assert (reply.status, reply.body) == (304, b"")
                assert reply.headers["etag"] == etag
                assert reply.headers["cache-control"] == FRESH.decode()
                assert reply.headers["vary"] == "accept-encoding"
            for tag in ('"other"', "", strong.strip('"'), f"{etag}x"):
                assert (await front.get("/s/x", if_none_match=tag)).status == 200
            head = await front.get("/s/x", "HEAD", if_none_match=etag)
            assert head.status == 304

    asyncio.run(story())


def test_head_says_what_get_would(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS) as front:
            for path in ("/s/x", "/search?q=1", "/missing", "/api/v1/missing"):
                got = await front.get(path, accept_encoding="gzip")
                head = await front.get(path, "HEAD", accept_encoding="gzip")
                assert (head.status, head.body) == (got.status, b"")
                ignored = {"date"}
                assert {k: v for k, v in head.headers.items() if k not in ignored} == {
                    k: v for k, v in got.headers.items() if k not in ignored
                }

    asyncio.run(story())


def test_every_answer_is_protected(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS) as front:
            replies = [await front.get(path) for path in (*PAGES, "/search", "/missing", "/refuse")]
            replies.append(await front.post(b"", "/s/x/report", "text/plain"))
            for reply in replies:
                assert reply.headers["content-security-policy"] == POLICY
                assert reply.headers["x-content-type-options"] == "nosniff"
                assert reply.headers["referrer-policy"] == "no-referrer"
                assert "geolocation=()" in reply.headers["permissions-policy"]

    asyncio.run(story())


def test_pages_are_cached_briefly_and_versioned_files_for_ever(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS) as front:
            page = await front.get("/s/x")
            assert page.headers["cache-control"] == FRESH.decode()
            assert "access-control-allow-origin" not in page.headers
            twin = await front.get("/s/x.json")
            assert twin.headers["access-control-allow-origin"] == "*"
            assert twin.headers["content-type"] == JSON
            style = await front.get("/static/uproar.0123.css")
            assert style.headers["cache-control"] == FOREVER.decode()
            assert (await front.get("/search")).headers["cache-control"] == "no-store"
            assert (await front.get("/missing")).headers["cache-control"] == "no-store"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/missing", "text/html"),
        ("/s/none", "text/html"),
        ("/s/none.json", JSON),
        ("/s/none.csv", JSON),
        ("/api/v1/none", JSON),
        ("/api/", JSON),
    ],
)
def test_what_is_not_there_is_404_in_the_form_that_was_asked_for(
    tmp_path: Path, path: str, kind: str
) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES) as front:
            reply = await front.get(path)
            assert reply.status == 404
            assert reply.headers["content-type"].startswith(kind)
            if kind == JSON:
                assert reply.error["slug"] == "not-found"
                assert reply.headers["access-control-allow-origin"] == "*"
            else:
                assert b"<h1" in reply.body

    asyncio.run(story())


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("PUT", "/s/x", "GET, HEAD, OPTIONS"),
        ("POST", "/s/x", "GET, HEAD, OPTIONS"),
        ("DELETE", "/search", "GET, HEAD, OPTIONS"),
        ("GET", "/api/v1/reports", "POST, OPTIONS"),
        ("GET", "/s/x/report", "POST, OPTIONS"),
        ("BREW", "/api/v1/reports", "POST, OPTIONS"),
    ],
)
def test_another_method_is_told_which_can_be_used(
    tmp_path: Path, method: str, path: str, allow: str
) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS) as front:
            reply = await front.get(path, method)
            assert (reply.status, reply.headers["allow"]) == (405, allow)
            options = await front.get(path, "OPTIONS")
            assert (options.status, options.headers["allow"]) == (204, allow)
            assert options.body == b""
            open_to_all = options.headers.get("access-control-allow-origin")
            assert open_to_all == ("*" if "GET" in allow else None)

    asyncio.run(story())


def test_answers_on_demand_get_their_query_bounded(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS, trees=TREES) as front:
            reply = await front.get("/search?q=a+b%20c&q=%C3%A9&x")
            assert reply.body.decode() == "[('q', 'é'), ('x', '')]"
            assert (await front.get("/search?q=%ff%00")).status == 200
            many = await front.get("/search?" + "&".join(f"f{n}=" for n in range(1000)))
            assert many.status == 414
            many = await front.get("/api/v1/echo?" + "&".join(f"f{n}=" for n in range(20)))
            assert (many.status, many.error["slug"]) == (400, "bad-request")
            assert (await front.get("/api/v1/tree/leaf")).status == 200
            assert (await front.get("/api/v1/tree/deep/leaf")).status == 400
            assert (await front.get("/search/")).headers["location"] == "/search"

    asyncio.run(story())


def test_a_mistake_of_ours_is_one_clear_answer_and_logged_without_the_address(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, gets=GETS) as front:
            reply = await front.get("/api/v1/fail")
            assert (reply.status, reply.error["slug"]) == (500, "internal")
            assert "RuntimeError" not in reply.body.decode()
            assert (await front.get("/")).status == 200

    asyncio.run(story())
    logged = "".join(capsys.readouterr())
    assert "RuntimeError: /api/v1/fail" in logged
    assert "127.0.0.1" not in logged


async def read_until_done(front: Desk, done: asyncio.Event) -> set[tuple[bytes, bytes]]:
    seen = set()
    while not done.is_set():
        seen.add(((await front.get("/a")).body, (await front.get("/b")).body))
    return seen


def test_pages_are_swapped_while_they_are_read_and_never_missing(tmp_path: Path) -> None:
    async def story() -> None:
        pages = {"/a": Rendered(b"0", HTML), "/b": Rendered(b"0", HTML)}
        async with desk(tmp_path, pages=pages) as front:
            done = asyncio.Event()
            readers = [asyncio.create_task(read_until_done(front, done)) for _ in range(4)]
            for n in range(1, 50):
                body = Rendered(str(n).encode(), HTML)
                await asyncio.to_thread(front.site.publish, {"/a": body, "/b": body})
                await asyncio.sleep(0.002)
            done.set()
            for seen in await asyncio.gather(*readers):
                assert seen
                # Between the two requests there may have been a swap, but only forwards.
                assert all(int(a) <= int(b) for a, b in seen)

    asyncio.run(story())


def test_publishing_again_works_only_on_what_changed() -> None:
    site = Site()
    assert site.publish(PAGES) == len(PAGES)
    before = site.pages
    changed = {**PAGES, "/s/x": Rendered(BODY + b"!", HTML)}
    assert site.publish(changed) == 1
    assert site.pages["/"] is before["/"]
    assert site.pages["/s/x"].etag != before["/s/x"].etag
    assert before["/s/x"].source.body == BODY
    site.publish({})
    assert not site.pages


def test_the_same_bytes_have_the_same_etag_in_any_process() -> None:
    one, two = Site(), Site()
    one.publish(PAGES)
    two.publish(PAGES)
    assert one.pages["/s/x"].etag == two.pages["/s/x"].etag
    assert one.pages["/s/x"].gzip is not None
    assert one.pages["/s/x"].gzip == two.pages["/s/x"].gzip


@pytest.mark.parametrize("header", [b"\xff", b",,,", b"gzip;q=;q=1", b";" * 100, b"br;q=nan"])
def test_any_header_is_negotiated_without_an_error(header: bytes) -> None:
    assert encodings(header) in {(False, False), (True, False), (False, True)}
    assert not has_already(header, b'W/"a"')


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path) as front:
            with pytest.raises(ListenRefused, match=f"port {front.port}.*choose another"):
                await serve(echo, "127.0.0.1", front.port, print, asyncio.Event())  # type: ignore[arg-type]
        with pytest.raises(ListenRefused, match=r"cannot listen on 203\.0\.113\.1"):
            await serve(echo, "203.0.113.1", 0, print, asyncio.Event())  # type: ignore[arg-type]
        with pytest.raises(ListenRefused, match="cannot listen on no such host"):
            await serve(echo, "no such host", 0, print, asyncio.Event())  # type: ignore[arg-type]

    asyncio.run(story())


def test_ipv6_is_listened_on_where_there_is_any(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    assert tmp_path.is_dir()

    async def story() -> str:
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()

        async def app(scope, receive, send):  # noqa: ARG001
            headers = [(b"content-length", b"2")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b"v6"})

        running = asyncio.create_task(serve(app, "::1", 0, url.set_result, stop))
        found = await url
        port = int(found.rstrip("/").rpartition(":")[2])
        reader, writer = await asyncio.open_connection("::1", port)
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"v6")
        writer.close()
        stop.set()
        await running
        return found

    try:
        assert asyncio.run(story()).startswith("http://[::1]:")
    except ListenRefused:
        pytest.skip("no IPv6 on this machine's loopback")


def test_pages_that_are_made_on_demand_leave_forms_and_redirects_alone(tmp_path: Path) -> None:
    async def story() -> None:
        async with desk(tmp_path, pages=PAGES, trees={"/s/": echo}) as front:
            assert (await front.get("/s/rare")).status == 200
            assert (await front.get("/s/rare/report")).status == 405
            assert (await front.get("/s/rare/report", "OPTIONS")).headers["allow"] == (
                "POST, OPTIONS"
            )
            assert (await front.get("/s/rare/")).headers["location"] == "/s/rare"
            assert (await front.get("//s/rare/")).status == 404
            assert (await front.post(b"", "/s/rare/", "text/plain")).status == 405

    asyncio.run(story())
