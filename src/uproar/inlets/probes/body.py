"""An answer as it comes in: counted, unpacked and cut, whatever the peer sends."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import brotli  # type: ignore[import-untyped]

from uproar.inlets.probes.design import RECEIVED_MAX, UNPACKED_MAX

HEADERS_MAX = 200
HEADER_MAX = 8 * 1024  # characters of one value
TITLE_MAX = 200  # characters
TITLE_WITHIN = 64 * 1024  # bytes of a page in which its title is looked for
# Not deflate: servers do not agree on what it is. One that comes unasked is left packed.
ENCODINGS = "gzip, br"

_TITLE = re.compile(r"<title[^>]{0,100}>([^<]{0,400})", re.IGNORECASE)


def _brotli() -> Callable[[bytes, int], bytes]:
    """Return what unpacks brotli piece by piece (RFC 7932), to about a limit at a time."""
    unpacker = brotli.Decompressor()

    def unpack(data: bytes, limit: int) -> bytes:
        if unpacker.is_finished():
            return b""  # What follows the end is nobody's, as with gzip.
        more: bytes = unpacker.process(data, output_buffer_limit=limit)
        return more

    return unpack


class Unreadable(ValueError):
    """A body is not packed as its header says."""


@dataclass
class Reply:
    """What has come of an answer so far. It stays readable when the exchange is broken off.

    `first` and `last` are readings of the clock, at the first byte and the end.
    """

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    received: int = 0
    cut: bool = False
    sent: float | None = None
    first: float | None = None
    last: float | None = None
    _unpack: Callable[[bytes, int], bytes] | None = None

    def begin(self, status: int, headers: list[tuple[bytes, bytes]]) -> None:
        """Take the head of an answer."""
        self.status = status
        self.headers = [
            (name.decode("latin-1").lower(), value.decode("utf-8", "replace")[:HEADER_MAX])
            for name, value in headers[:HEADERS_MAX]
        ]
        packed = self.header("content-encoding").strip().lower()
        if packed in {"gzip", "x-gzip"}:
            self._unpack = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress
        elif packed == "br":
            self._unpack = _brotli()

    def header(self, name: str) -> str:
        """Return the first value of a header, or the empty text."""
        return next((value for key, value in self.headers if key == name), "")

    def take(self, data: bytes) -> bool:
        """Take a part of the body; tell whether more is wanted. Raises Unreadable."""
        self.received += len(data)
        room = UNPACKED_MAX - len(self.body)
        if self._unpack is None:
            self.body += data[:room]
            self.cut = self.cut or len(data) > room
        else:
            try:
                # One byte more than there is room for tells whether anything is left.
                more = self._unpack(data, room + 1)
            except (zlib.error, brotli.error) as error:
                raise Unreadable(f"the body cannot be unpacked: {error}") from None
            self.body += more[:room]
            self.cut = self.cut or len(more) > room
        self.cut = self.cut or self.received > RECEIVED_MAX
        return not self.cut

    def title(self) -> str:
        """Return what the page is titled, or the empty text."""
        found = _TITLE.search(self.body[:TITLE_WITHIN].decode("utf-8", "replace"))
        return " ".join(found[1].split())[:TITLE_MAX] if found else ""
