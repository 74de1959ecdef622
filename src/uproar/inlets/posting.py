"""What handlers of POST share: the headers as text, who may send, and the shape of an answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

import msgspec

from uproar.errors import ReportRejected
from uproar.wire.httpanswer import HTML, JSON, PROTECTION, error_json

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Scope = MutableMapping[str, Any]


def named(scope: Scope) -> dict[str, str]:
    """Return the headers of a request as text, by names in small letters; the last of two counts."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


def refuse_cross_site(headers: Mapping[bytes, bytes]) -> None:
    """Raise ReportRejected for what a page of another site made a browser send.

    There are no cookies to protect. But a page with many visitors could make each of them report an
    outage unknowingly, from thousands of networks, which no cap could tell from the real thing.
    Programs send neither header. Browsers send Sec-Fetch-Site (Fetch Metadata), older ones Origin.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        foreign = site == b"cross-site"
    else:
        origin = headers.get(b"origin")
        foreign = origin is not None and origin.partition(b"://")[2] != headers.get(b"host")
    if foreign:
        raise ReportRejected(
            403, "cross-site", "this has to be sent from a page of this observatory itself"
        )


async def answer(send: Send, status: int, body: Mapping[str, object]) -> None:
    """Answer with an object of JSON."""
    await answer_bytes(send, status, JSON, msgspec.json.encode(body))


async def answer_error(
    send: Send, status: int, slug: str, message: str, field: str = "", retry_after_s: int = 0
) -> None:
    """Answer with an error of the one shape; `retry_after_s` says when to try again."""
    body = error_json(status, slug, message, field)
    await answer_bytes(send, status, JSON, body, retry_after_s)


async def answer_page(send: Send, status: int, page: str, retry_after_s: int = 0) -> None:
    """Answer with a page for people."""
    await answer_bytes(send, status, HTML, page.encode(), retry_after_s)


async def answer_bytes(
    send: Send,
    status: int,
    kind: bytes,
    body: bytes,
    retry_after_s: int = 0,
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Answer with a body of a media type `kind`, which nobody may keep; `headers` come last."""
    sent = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *PROTECTION,
        *headers,
    ]
    if retry_after_s:
        sent.append((b"retry-after", b"%d" % retry_after_s))
    await send({"type": "http.response.start", "status": status, "headers": sent})
    await send({"type": "http.response.body", "body": body})
