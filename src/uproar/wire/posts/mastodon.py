"""Mastodon's streaming: statuses as they are published, as server-sent events or over a WebSocket.

An `update` is a new status; `status.update` is one that was edited and `delete` one that was taken back,
neither of which is a new post. A WebSocket's frame is `{"stream":[...],"event":"update","payload":"<JSON as
text>"}`. `created_at` is the home server's clock of the writer, which may be any; ours is used.
Source: docs.joinmastodon.org, methods/streaming.
"""

from __future__ import annotations

import msgspec

from uproar.wire.posts.plain import text_of
from uproar.wire.posts.posted import (
    FRAME_BYTES_MAX,
    TEXT_MAX,
    How,
    Passed,
    Posted,
    Read,
    Rejected,
    hashed,
    languages_of,
    rejected,
    tags_of,
)

UPDATE = "update"
_OTHER = frozenset(
    {"delete", "status.update", "notification", "filters_changed", "announcement", "conversation"}
)


class _Account(msgspec.Struct, gc=False):
    acct: str = ""
    uri: str = ""
    url: str = ""


class _Tag(msgspec.Struct, gc=False):
    name: str = ""


class _Status(msgspec.Struct, gc=False):
    id: str
    uri: str = ""
    content: str = ""
    spoiler_text: str = ""
    language: str | None = None
    account: _Account | None = None
    tags: list[_Tag] = []
    in_reply_to_id: str | None = None
    reblog: msgspec.Raw = msgspec.Raw()


class _Frame(msgspec.Struct, gc=False):
    event: str
    payload: str = ""


_STATUS = msgspec.json.Decoder(_Status)
_FRAME = msgspec.json.Decoder(_Frame)
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


def read(kind: str, data: bytes | str, now_ms: int, key: bytes) -> Read:
    """Return what an event says. `now_ms` is when it came, `key` hides who wrote what."""
    if len(data) > FRAME_BYTES_MAX:
        return Rejected("too-long")
    if kind in _OTHER:
        return Passed(now_ms)
    if kind != UPDATE:
        return Rejected("no-event")
    try:
        status = _STATUS.decode(data)
    except _UNREADABLE:
        return rejected("no-status", data)
    name = status.uri or status.id
    if not name:
        return rejected("no-status", data)
    account = status.account
    author = "" if account is None else account.uri or account.url or account.acct
    text = f"{status.spoiler_text}\n{text_of(status.content)}".strip()[:TEXT_MAX]
    return Posted(
        key=hashed(key, name),
        author=hashed(key, author) if author else 0,
        text=text,
        languages=languages_of([status.language]) if status.language else (),
        tags=tags_of(text, [tag.name for tag in status.tags]),
        at=now_ms,
        how=_how(status),
    )


def read_frame(frame: bytes | str, now_ms: int, key: bytes) -> Read:
    """Return what a frame of a WebSocket says."""
    if len(frame) > FRAME_BYTES_MAX:
        return Rejected("too-long")
    try:
        event = _FRAME.decode(frame)
    except _UNREADABLE:
        return rejected("no-event", frame)
    return read(event.event, event.payload, now_ms, key)


def _how(status: _Status) -> How:
    if bytes(status.reblog) not in {b"", b"null"}:
        return "repost"
    return "post" if status.in_reply_to_id is None else "reply"
