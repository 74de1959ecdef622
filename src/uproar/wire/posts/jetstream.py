"""Frames of Bluesky's Jetstream, in the first form and in the second (2026).

The first is `{"did","time_us","kind":"commit","commit":{"operation","collection","rkey","cid","record"}}`;
the second wraps the same into `{"$type":"message","payload":{"$type":"...#commit","seq","time",...}}` and
has frames for errors. Delivery is at least once. `createdAt` is the writer's word and is not read.
Source: github.com/bluesky-social/jetstream, README of both forms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from uproar.wire.posts.posted import (
    FRAME_BYTES_MAX,
    TEXT_MAX,
    Broken,
    Passed,
    Posted,
    Read,
    Rejected,
    hashed,
    instant,
    languages_of,
    rejected,
    tags_of,
)
from uproar.wire.signalbounds import AT_MAX

POSTS = "app.bsky.feed.post"
TIMES_FROM = 10**15  # A cursor from here on is an instant in microseconds, below it is a number.
CURSOR_MAX = 2**63 - 1
_TAG_FEATURE = "app.bsky.richtext.facet#tag"


class _Feature(msgspec.Struct, gc=False):
    kind: str = msgspec.field(name="$type", default="")
    tag: str = ""


class _Facet(msgspec.Struct, gc=False):
    features: list[_Feature] = []


class _Record(msgspec.Struct, gc=False):
    text: str = ""
    langs: list[str] | None = None
    tags: list[str] | None = None
    facets: list[_Facet] | None = None
    reply: msgspec.Raw = msgspec.Raw()


class _Commit(msgspec.Struct, gc=False):
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = msgspec.Raw()


class _First(msgspec.Struct, gc=False):
    did: str
    time_us: int
    kind: str = ""
    commit: _Commit | None = None


class _Payload(msgspec.Struct, gc=False):
    type: str = msgspec.field(name="$type", default="")
    seq: int = 0
    did: str = ""
    time: str = ""
    operation: str = ""
    collection: str = ""
    rkey: str = ""
    record: msgspec.Raw = msgspec.Raw()


class _Second(msgspec.Struct, gc=False):
    type: str = msgspec.field(name="$type")
    payload: _Payload | None = None
    error: str = ""
    name: str = ""


_FIRST = msgspec.json.Decoder(_First)
_SECOND = msgspec.json.Decoder(_Second)
_RECORD = msgspec.json.Decoder(_Record)
_UNREADABLE = (msgspec.DecodeError, UnicodeError, RecursionError)


def reader(key: bytes, *, second: bool) -> Callable[[bytes | str], Read]:
    """Return what reads a frame of a stream of the first or second form; `key` hides who wrote what."""
    read = _second if second else _first
    return lambda frame: read(frame, key) if len(frame) <= FRAME_BYTES_MAX else Rejected("too-long")


def _first(frame: bytes | str, key: bytes) -> Read:
    try:
        event = _FIRST.decode(frame)
    except _UNREADABLE:
        return rejected("no-event", frame)
    at = event.time_us // 1000
    if not TIMES_FROM <= event.time_us <= CURSOR_MAX or at > AT_MAX:
        return rejected("no-time", frame)
    commit = event.commit
    if (
        event.kind != "commit"
        or commit is None
        or commit.operation != "create"
        or commit.collection != POSTS
    ):
        return Passed(at, event.time_us)
    return _posted(frame, key, event.did, commit.rkey, commit.record, at, event.time_us)


def _second(frame: bytes | str, key: bytes) -> Read:
    try:
        event = _SECOND.decode(frame)
    except _UNREADABLE:
        return rejected("no-event", frame)
    if event.type.rpartition("#")[2] == "error":
        return Broken((event.error or event.name)[:80])
    payload = event.payload
    if event.type.rpartition("#")[2] != "message" or payload is None:
        return rejected("no-event", frame)
    at = instant(payload.time)
    if at is None or not 0 < payload.seq <= CURSOR_MAX:
        return rejected("no-time", frame)
    if (
        payload.type.rpartition("#")[2] != "commit"
        or payload.operation != "create"
        or payload.collection != POSTS
    ):
        return Passed(at, payload.seq)
    return _posted(frame, key, payload.did, payload.rkey, payload.record, at, payload.seq)


def _posted(
    frame: bytes | str,
    key: bytes,
    did: str,
    rkey: str,
    raw: msgspec.Raw,
    at: int,
    cursor: int,
) -> Read:
    if not did or not rkey or not bytes(raw):
        return rejected("no-post", frame)
    try:
        record = _RECORD.decode(raw)
    except _UNREADABLE:
        return rejected("no-record", frame)
    text = record.text[:TEXT_MAX]
    return Posted(
        key=hashed(key, did, rkey),
        author=hashed(key, did),
        text=text,
        languages=languages_of(record.langs) if record.langs else (),
        tags=tags_of(text, _tags(record)),
        at=at,
        cursor=cursor,
        how="reply" if bytes(record.reply) else "post",
    )


def _tags(record: _Record) -> list[str]:
    found: list[Any] = list(record.tags or ())
    for facet in record.facets or ():
        found += [each.tag for each in facet.features if each.kind == _TAG_FEATURE and each.tag]
    return found
