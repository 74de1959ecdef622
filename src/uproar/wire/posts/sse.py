"""Server-sent events: lines into events, as they come, within bounds (WHATWG HTML, 9.2.6).

Only `event` and `data` are looked at; a comment is a sign of life. An event that is longer than a
post can be is dropped as a whole, and counted by whoever reads.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from uproar.wire.posts.posted import FRAME_BYTES_MAX

LINE_BYTES_MAX = FRAME_BYTES_MAX


class Event(msgspec.Struct, frozen=True):
    """One event; `kind` is empty for a comment (a heartbeat), `too_long` one that was dropped."""

    kind: str
    data: bytes = b""
    too_long: bool = False


class Events:
    """Turns pieces of a stream into events. Give it what comes, in any pieces."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skips = False  # The rest of a line that is too long is thrown away.
        self._kind = b""
        self._data: list[bytes] = []
        self._size = 0
        self._was_cr = False  # The last piece ended between the two signs of one line's end.

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Return the events that are complete with this piece."""
        if self._was_cr:
            piece = piece.removeprefix(b"\n")
        self._was_cr = piece.endswith(b"\r") if piece else self._was_cr
        lines = piece.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for number, part in enumerate(lines):
            if not self._skips:
                self._line += part[: LINE_BYTES_MAX + 1 - len(self._line)]
            if len(self._line) > LINE_BYTES_MAX:
                self._skips = True
                self._size = LINE_BYTES_MAX + 1
                self._line.clear()
            if number < len(lines) - 1:
                line, self._line = bytes(self._line), bytearray()
                skipped, self._skips = self._skips, False
                if not skipped:
                    yield from self._take(line)

    def _take(self, line: bytes) -> Iterator[Event]:
        if not line:
            yield from self._end()
        elif line.startswith(b":"):
            yield Event("")
        else:
            name, _, value = line.partition(b":")
            value = value.removeprefix(b" ")
            if name == b"event":
                self._kind = value[:40]
            elif name == b"data":
                self._size += len(value)
                if self._size <= FRAME_BYTES_MAX:
                    self._data.append(value)

    def _end(self) -> Iterator[Event]:
        kind, data, size = self._kind, self._data, self._size
        self._kind, self._data, self._size = b"", [], 0
        if size > FRAME_BYTES_MAX:
            yield Event("message", too_long=True)
        elif data:
            yield Event(kind.decode("utf-8", "replace") or "message", b"\n".join(data))
