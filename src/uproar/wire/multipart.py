"""The fields of a small multipart/form-data body (RFC 7578): names and values, no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from uproar.errors import ReportRejected

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

PARTS_MAX = 16
NAME_BYTES_MAX = 200


class _Fields:
    """Collects what the parser calls out: the parts' headers, then their bytes."""

    def __init__(self) -> None:
        self.pairs: list[tuple[bytes, bytes]] = []
        self.ended = False
        self._header = b""
        self._value = b""
        self._name = b""
        self._body = b""

    def callbacks(self) -> MultipartCallbacks:
        """Return what the parser is to call."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._on_header,
            "on_header_value": self._on_value,
            "on_header_end": self._on_header_end,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def _begin(self) -> None:
        self._header = self._value = self._name = self._body = b""

    def _on_header(self, chunk: bytes, start: int, end: int) -> None:
        self._header += chunk[start:end]

    def _on_value(self, chunk: bytes, start: int, end: int) -> None:
        self._value += chunk[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"")
            if b"filename" in options:
                raise ReportRejected(422, "file", "a report takes no files; describe it in words")
        self._header = self._value = b""

    def _on_data(self, chunk: bytes, start: int, end: int) -> None:
        self._body += chunk[start:end]

    def _on_part_end(self) -> None:
        if len(self.pairs) >= PARTS_MAX:
            raise ReportRejected(400, "too-many-fields", f"more than {PARTS_MAX} fields")
        self.pairs.append((self._name[:NAME_BYTES_MAX], self._body))

    def _on_end(self) -> None:
        self.ended = True


def multipart_pairs(body: bytes, content_type: str) -> list[tuple[str, str]]:
    """Return the fields of a body as (name, value), in order.

    The caller bounds the body. Raises ReportRejected: 400 when it is no multipart, ends early, is
    not UTF-8 or has more than PARTS_MAX fields, 422 when it holds a file.
    """
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise ReportRejected(400, "multipart-invalid", "the content type names no boundary")
    fields = _Fields()
    try:
        parser = MultipartParser(boundary, fields.callbacks())
        parser.write(body)
        parser.finalize()
    except FormParserError:
        raise ReportRejected(400, "multipart-invalid", "the body is no multipart form") from None
    if not fields.ended:
        raise ReportRejected(400, "multipart-invalid", "the multipart form ends too early")
    try:
        return [(name.decode("utf-8"), value.decode("utf-8")) for name, value in fields.pairs]
    except UnicodeDecodeError:
        raise ReportRejected(400, "not-utf-8", "a field of the form is not UTF-8") from None
