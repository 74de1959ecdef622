"""JSON of a vendor's feed as values, with look-ups that refuse what is not what it should be."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from uproar.errors import FeedUnreadable
from uproar.wire.notices.normal import ITEMS_MAX

# UTF-16 is what Amazon sends; the mark at the beginning says so more reliably than the headers do.
_MARKS = (
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF8, "utf-8"),
)


def decoded(body: bytes) -> Any:
    """Return the value of a body of JSON: UTF-8, or UTF-16 with its mark. Raises FeedUnreadable."""
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            try:
                body = body[len(mark) :].decode(encoding).encode()
            except UnicodeError:
                raise FeedUnreadable("its text cannot be read") from None
            break
    if not body.strip():
        raise FeedUnreadable("it is empty")
    if body.lstrip()[:1] == b"<":
        raise FeedUnreadable("it is a page where data should be")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise FeedUnreadable("it is no JSON") from None


def table(value: Any, what: str) -> Mapping[str, Any]:
    """Return a value that must be an object of JSON."""
    if not isinstance(value, dict):
        raise FeedUnreadable(f"{what} is missing")
    return value


def rows(value: Any, what: str) -> list[Mapping[str, Any]]:
    """Return a value that must be a list of objects, the first ITEMS_MAX of it."""
    if not isinstance(value, list):
        raise FeedUnreadable(f"the list of {what} is missing")
    return [table(each, f"one of its {what}") for each in value[:ITEMS_MAX]]


def some(value: Any, what: str) -> list[Mapping[str, Any]]:
    """Return a list of objects that may also be absent or null."""
    return [] if value is None else rows(value, what)


def word(value: Any) -> str:
    """Return a word of an enumeration in small letters; what is no text is no word."""
    return value.strip().lower() if isinstance(value, str) else ""


def each(entries: Iterable[Mapping[str, Any]], *names: str) -> list[Any]:
    """Return the first of some fields that each object has."""
    return [next((entry[name] for name in names if name in entry), None) for entry in entries]
