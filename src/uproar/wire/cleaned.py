"""A text or link that somebody else published or sent, as it may be kept: one line, bounded, without markup.

A reporter's own words are cleaned more strictly, in `wire.words`: they may name a person.
"""

from __future__ import annotations

import html
import re
import unicodedata

from uproar.model.signs import swept

LOOKED_AT_MAX = 4_000  # Characters of a text from outside that are cleaned and kept in part.

_TAG = re.compile(r"<[^<>]{0,500}>")
_LINK = re.compile(r"https://[!-;=?-Z\[\]_a-z~%]{1,1990}")


def text(value: object, most: int) -> str:
    """Return a text from outside on one line: without markup, controls and invisible signs."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else ""
    line = value[:LOOKED_AT_MAX]
    if "<" in line or "&" in line:
        line = html.unescape(_TAG.sub(" ", line))
    cleaned = " ".join(swept(unicodedata.normalize("NFC", line)).split())
    return cleaned if len(cleaned) <= most else cleaned[: most - 1].rstrip() + "…"


def https(value: object) -> str:
    """Return a link if it is an https address in plain signs, else an empty text."""
    return value if isinstance(value, str) and _LINK.fullmatch(value) else ""
