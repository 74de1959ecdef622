"""Posts as lines of JSON, from any program: `{"id","text","languages","at","author"?,"source"?}`.

`at` is RFC 3339 text or milliseconds UTC; without it, and for what lies in the future, the arrival counts.
Other fields are passed over: whoever has more to say than this may say it to somebody else.
"""

from __future__ import annotations

from typing import Any

import msgspec

from uproar.wire.posts.posted import (
    FRAME_BYTES_MAX,
    TEXT_MAX,
    Posted,
    Rejected,
    hashed,
    languages_of,
    milliseconds,
    rejected,
    tags_of,
)

LINES_MAX = 5_000  # Of one body that is sent to us.


class _Line(msgspec.Struct, gc=False):
    id: str
    text: str
    languages: list[str] = []
    at: Any = None
    author: str = ""
    source: str = ""


_LINE = msgspec.json.Decoder(_Line)


def read(line: bytes, now_ms: int, key: bytes) -> Posted | Rejected:
    """Return the post of a line. `now_ms` is when it came, `key` hides who wrote what."""
    if len(line) > FRAME_BYTES_MAX:
        return Rejected("too-long")
    try:
        given = _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return rejected("no-post", line)
    if not given.id:
        return rejected("no-id", line)
    at = now_ms if given.at is None else milliseconds(given.at)
    if at is None:
        return rejected("no-time", line)
    text = given.text[:TEXT_MAX]
    return Posted(
        key=hashed(key, given.source, given.id),
        author=hashed(key, given.source, given.author) if given.author else 0,
        text=text,
        languages=languages_of(given.languages),
        tags=tags_of(text),
        at=min(at, now_ms),
    )
