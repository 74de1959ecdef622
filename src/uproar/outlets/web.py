"""The web front: one ASGI application that looks a page up, and hands on what is none.

What comes first is what comes most: GET of a page that was made ahead. Then reports, then a few
answers that are made on demand (search, health, API reads). Anything else gets a clear error, as JSON
below /api and for twins, as a page elsewhere.
"""

from __future__ import annotations

import gzip
import traceback
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote

import brotli  # type: ignore[import-untyped]
import structlog

from uproar.errors import BadInput
from uproar.outlets.negotiation import HEADER_BYTES_MAX, encodings, has_already
from uproar.outlets.site import COMPRESSED_FROM, Page, Site
from uproar.wire.httpanswer import HTML, JSON, PROTECTION, error_json

PATH_BYTES_MAX = 1024
QUERY_BYTES_MAX = 2048
QUERY_FIELDS_MAX = 16
QUICKLY = 3  # compression level of what is made on demand

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]
Header = tuple[bytes, bytes]
Wrong = tuple[int, str, str]  # the status, the slug and the sentence of an error

_NOTHING = {"type": "http.response.body", "body": b""}
_OPEN: Header = (b"access-control-allow-origin", b"*")
_UNKEPT: Header = (b"cache-control", b"no-store")
_TWINS = (".json", ".csv", ".svg")

_log = structlog.get_logger("uproar.web")


@dataclass(frozen=True)
class Ask:
    """A request for something that is made on demand. Of a field that comes twice the last counts."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes]


@dataclass(frozen=True)
class Answer:
    """What was made: a status, a body, its type, and headers beyond those that all answers have."""

    status: int
    body: bytes
    content_type: str
    headers: tuple[Header, ...] = ()


Get = Callable[[Ask], Awaitable[Answer]]


@dataclass
class Web:
    """The application. Its parts are given by whoever composes it.

    `gets` are made on demand by exact path, `trees` by the beginning of the path, longest first.
    `posts` are ASGI handlers by exact path; `report_form` takes POST /s/<slug>/report.
    `notice(status, title, text, back)` makes the page of an error.
    """

    site: Site
    notice: Callable[[int, str, str, str], str]
    gets: Mapping[str, Get] = field(default_factory=dict)
    trees: Mapping[str, Get] = field(default_factory=dict)
    posts: Mapping[str, Handler] = field(default_factory=dict)
    report_form: Handler | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            return
        method = scope["method"]
        if method == "GET":
            page = self.site.pages.get(scope["path"])
            if page is not None:
                await _send_page(page, scope, send)
                return
        elif method == "POST":
            post = self.posts.get(scope["path"])
            if post is not None:
                await self._guarded(post(scope, receive, send), scope, send)
                return
        await self._guarded(self._rare(method, scope, receive, send), scope, send)

    async def _guarded(self, work: Awaitable[None], scope: Scope, send: Send) -> None:
        try:
            await work
        except BadInput as problem:
            await self._error(send, scope["path"], (400, "bad-request", str(problem)))
        except Exception:  # noqa: BLE001 - one request's mistake must not become another's
            # Formatted here, for a renderer might show the variables too: the address is in one.
            _log.error("a request failed", method=scope["method"], trace=traceback.format_exc())
            text = "this is a mistake of ours; it has been logged"
            await self._error(send, "/api/", (500, "internal", text))

    async def _rare(self, method: str, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        wrong = _path_problem(path, scope.get("raw_path") or b"", scope["query_string"])
        if wrong is not None:
            await self._error(send, "/" if path.isprintable() else "/api/", wrong)
            return
        post = self._post(path)
        if method == "POST" and post is not None:
            await post(scope, receive, send)
            return
        page = self.site.pages.get(path)
        get = self._get(path) if post is None else self.gets.get(path)
        if method == "HEAD" and page is not None:
            await _send_page(page, scope, _without_body(send))
        elif method in {"GET", "HEAD"} and _ends_idly(path) and path not in self.gets:
            await self._missing(scope, send, get is not None)
        elif method in {"GET", "HEAD"} and get is not None:
            ask = _ask(scope)
            answer = _packed(await get(ask), ask.headers.get(b"accept-encoding", b""))
            await _send_answer(answer, path, _without_body(send) if method == "HEAD" else send)
        elif page is None and get is None and post is None:
            await self._missing(scope, send, False)
        else:
            await self._method(method, path, page is not None or get is not None, post, send)

    def _post(self, path: str) -> Handler | None:
        handler = self.posts.get(path)
        if handler is None and path.startswith("/s/") and path.endswith("/report"):
            is_one_slug = path.count("/") == 3
            return self.report_form if is_one_slug else None
        return handler

    def _get(self, path: str) -> Get | None:
        get = self.gets.get(path)
        if get is not None:
            return get
        found = [head for head in self.trees if path.startswith(head)]
        return self.trees[max(found, key=len)] if found else None

    async def _missing(self, scope: Scope, send: Send, is_below_a_tree: bool) -> None:
        path: str = scope["path"]
        target = path.rstrip("/")
        # Only to what exists here: "//elsewhere.example/" must not become a redirect to elsewhere.
        known = is_below_a_tree or target in self.site.pages or target in self.gets
        if known and _ends_idly(path) and scope["method"] in {"GET", "HEAD"}:
            query = scope["query_string"]
            location = quote(target).encode("ascii") + (b"?" + query if query else b"")
            await _send_status(send, 308, ((b"location", location), _UNKEPT))
            return
        text = "there is nothing at this address; the home page lists all services"
        await self._error(send, path, (404, "not-found", text))

    async def _method(
        self, method: str, path: str, is_readable: bool, post: Handler | None, send: Send
    ) -> None:
        allowed = ["GET", "HEAD"] if is_readable else []
        allowed += ["POST"] if post is not None else []
        allow = (b"allow", ", ".join([*allowed, "OPTIONS"]).encode("ascii"))
        if method == "OPTIONS":
            shared = (_OPEN, (b"access-control-allow-methods", b"GET, HEAD")) if is_readable else ()
            await _send_status(send, 204, (allow, *shared))
            return
        text = f"here only {' and '.join(allowed)} can be used"
        await self._error(send, path, (405, "method", text), (allow,))

    async def _error(
        self, send: Send, path: str, wrong: Wrong, headers: tuple[Header, ...] = ()
    ) -> None:
        status, slug, text = wrong
        if path.startswith("/api/") or path.endswith(_TWINS):
            kind, body = JSON, error_json(status, slug, text)
            headers = (*headers, _OPEN)
        else:
            title = "Not found" if status == 404 else "This cannot be answered"
            sentence = text[0].upper() + text[1:] + "."
            kind, body = HTML, self.notice(status, title, sentence, "/").encode()
        answer = Answer(status, body, kind.decode("ascii"), headers)
        await _send_answer(answer, path, send)


async def _send_page(page: Page, scope: Scope, send: Send) -> None:
    accepted = b""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            accepted = value
        elif name == b"if-none-match" and has_already(value, page.etag):
            await send(page.unchanged)
            await send(_NOTHING)
            return
    variant = page.variant(encodings(accepted[:HEADER_BYTES_MAX]))
    await send(variant.start)
    await send(variant.body)


def _packed(answer: Answer, accepted: bytes) -> Answer:
    """Compress what was made on demand, for whoever takes it; quickly, for somebody waits."""
    vary: Header = (b"vary", b"accept-encoding")
    if len(answer.body) < COMPRESSED_FROM:
        return answer
    takes_br, takes_gzip = encodings(accepted[:HEADER_BYTES_MAX])
    if takes_br:
        body, encoding = brotli.compress(answer.body, quality=QUICKLY), b"br"
    elif takes_gzip:
        body, encoding = gzip.compress(answer.body, QUICKLY, mtime=0), b"gzip"
    else:
        return replace(answer, headers=(*answer.headers, vary))
    headers = (*answer.headers, vary, (b"content-encoding", encoding))
    return replace(answer, body=body, headers=headers)


async def _send_answer(answer: Answer, path: str, send: Send) -> None:
    headers = [
        (b"content-type", answer.content_type.encode("ascii")),
        (b"content-length", b"%d" % len(answer.body)),
        *PROTECTION,
        *answer.headers,
    ]
    given = {name for name, _ in answer.headers}
    if b"cache-control" not in given:
        headers.append(_UNKEPT)
    if path.startswith("/api/") and _OPEN[0] not in given:
        headers.append(_OPEN)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _send_status(send: Send, status: int, headers: tuple[Header, ...]) -> None:
    # A 204 has no Content-Length (RFC 9110, 8.6).
    length = () if status == 204 else ((b"content-length", b"0"),)
    everything = [*headers, *length, *PROTECTION]
    await send({"type": "http.response.start", "status": status, "headers": everything})
    await send(_NOTHING)


def _without_body(send: Send) -> Send:
    async def send_head(message: MutableMapping[str, Any]) -> None:
        await send(_NOTHING if message["type"] == "http.response.body" else message)

    return send_head


def _ends_idly(path: str) -> bool:
    return path.endswith("/") and len(path) > 1


def _path_problem(path: str, raw: bytes, query: bytes) -> Wrong | None:
    if max(len(raw), len(path)) > PATH_BYTES_MAX or len(query) > QUERY_BYTES_MAX:
        return 414, "address-too-long", "this address is longer than any that exists here"
    if not path.startswith("/") or not path.isprintable() or "\ufffd" in path:
        return 400, "address-invalid", "this address holds characters that no address here has"
    return None


def _ask(scope: Scope) -> Ask:
    try:
        fields = parse_qsl(
            scope["query_string"].decode("latin-1"),
            keep_blank_values=True,
            max_num_fields=QUERY_FIELDS_MAX,
        )
    except ValueError:
        raise BadInput(f"a query has at most {QUERY_FIELDS_MAX} fields") from None
    return Ask(scope["path"], dict(fields), dict(scope["headers"]))
