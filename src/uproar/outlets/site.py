"""The site as a dictionary: every page made ahead, compressed, with its headers, found by its path.

Serving is a look-up, so a rush of readers costs no more than a quiet day's. All pages of one
`publish` come into sight at once, by one assignment.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import brotli  # type: ignore[import-untyped]

from uproar.wire.httpanswer import PROTECTION

BROTLI_QUALITY = 5
GZIP_LEVEL = 6
COMPRESSED_FROM = 256  # bytes; below, a compressed body saves nothing that matters
FRESH = b"public, max-age=5, stale-while-revalidate=60, stale-if-error=86400"
FOREVER = b"public, max-age=31536000, immutable"

_ETAG_BYTES = 12


@dataclass(frozen=True)
class Rendered:
    """A page as `present` made it. `immutable` is for what has its version in its path."""

    body: bytes
    content_type: str
    immutable: bool = False


Message = dict[str, Any]


@dataclass(frozen=True)
class Variant:
    """One encoding of a page, as the two messages that ASGI sends for it."""

    start: Message
    body: Message
    size: int


@dataclass(frozen=True)
class Page:
    """A page in every encoding we have of it; `gzip` and `br` are None where they save nothing."""

    source: Rendered
    etag: bytes
    identity: Variant
    gzip: Variant | None
    br: Variant | None
    unchanged: Message

    def variant(self, encodings: tuple[bool, bool]) -> Variant:
        """Return the smallest variant that a client takes, who takes (brotli, gzip) or not."""
        takes_br, takes_gzip = encodings
        if takes_br and self.br is not None:
            return self.br
        if takes_gzip and self.gzip is not None:
            return self.gzip
        return self.identity


class Site:
    """All pages by path. `pages` is replaced whole and never changed, so readers need no lock.

    Any thread may publish; one does so at a time.
    """

    def __init__(self) -> None:
        self.pages: Mapping[str, Page] = {}
        self._publishing = threading.Lock()

    def publish(self, pages: Mapping[str, Rendered]) -> int:
        """Put these pages in place of all there were; return how many had changed.

        What is the same as before keeps its compressed bytes and its ETag. Compressing takes about
        a millisecond for 20 KB, so call this from a worker thread when many pages change.
        """
        with self._publishing:
            return self._swap(pages)

    def _swap(self, pages: Mapping[str, Rendered]) -> int:
        before = self.pages
        after: dict[str, Page] = {}
        changed = 0
        for path, rendered in pages.items():
            known = before.get(path)
            if known is not None and known.source == rendered:
                after[path] = known
            else:
                after[path] = page(rendered)
                changed += 1
        self.pages = after
        return changed


def page(rendered: Rendered) -> Page:
    """Compress a page and make its headers."""
    body = rendered.body
    kind = rendered.content_type
    digest = hashlib.blake2b(body, digest_size=_ETAG_BYTES)
    digest.update(kind.encode("ascii"))
    # Weak, since the encodings of a page share it (RFC 9110, 8.8.3.3).
    etag = b'W/"' + digest.hexdigest().encode("ascii") + b'"'
    headers = [
        (b"etag", etag),
        (b"cache-control", FOREVER if rendered.immutable else FRESH),
        (b"vary", b"accept-encoding"),
        *PROTECTION,
    ]
    if not kind.startswith("text/html"):
        # Figures are for everybody, also for pages of others; what people read is not to be framed.
        headers.append((b"access-control-allow-origin", b"*"))
    typed = [(b"content-type", kind.encode("ascii")), *headers]
    packable = len(body) >= COMPRESSED_FROM
    return Page(
        source=rendered,
        etag=etag,
        identity=_variant(body, typed, b""),
        gzip=_smaller(gzip.compress(body, GZIP_LEVEL, mtime=0), body, typed, b"gzip")
        if packable
        else None,
        br=_smaller(brotli.compress(body, quality=BROTLI_QUALITY), body, typed, b"br")
        if packable
        else None,
        unchanged={"type": "http.response.start", "status": 304, "headers": headers},
    )


def _smaller(
    packed: bytes, body: bytes, headers: list[tuple[bytes, bytes]], encoding: bytes
) -> Variant | None:
    return _variant(packed, headers, encoding) if len(packed) < len(body) else None


def _variant(body: bytes, headers: list[tuple[bytes, bytes]], encoding: bytes) -> Variant:
    own = [*headers, (b"content-length", b"%d" % len(body))]
    if encoding:
        own.append((b"content-encoding", encoding))
    start = {"type": "http.response.start", "status": 200, "headers": own}
    return Variant(start, {"type": "http.response.body", "body": body}, len(body))
