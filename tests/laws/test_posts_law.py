"""Readers of posts: whatever comes, a value or a reason, and nothing of a person in either."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.wire.posts import jetstream, jsonlines, mastodon
from uproar.wire.posts.plain import text_of
from uproar.wire.posts.posted import (
    LANGUAGES_MAX,
    TAG_MAX,
    TAGS_MAX,
    TEXT_MAX,
    Broken,
    Passed,
    Posted,
    Rejected,
)
from uproar.wire.posts.sse import Events

KEY = b"k" * 32
NOW = 1_786_701_600_000
READERS = {
    "first form": jetstream.reader(KEY, second=False),
    "second form": jetstream.reader(KEY, second=True),
    "mastodon": lambda frame: mastodon.read("update", frame, NOW, KEY),
    "mastodon frame": lambda frame: mastodon.read_frame(frame, NOW, KEY),
    "lines": lambda frame: jsonlines.read(frame, NOW, KEY),
}
FIELDS = [
    "did",
    "time_us",
    "kind",
    "commit",
    "operation",
    "collection",
    "rkey",
    "record",
    "text",
    "langs",
    "facets",
    "features",
    "tag",
    "tags",
    "reply",
    "$type",
    "payload",
    "seq",
    "time",
    "error",
    "event",
    "id",
    "uri",
    "content",
    "language",
    "account",
    "acct",
    "reblog",
    "languages",
    "at",
    "author",
]
ATOMS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    st.sampled_from(["create", "commit", "message", "#commit", "app.bsky.feed.post", "update"]),
    st.sampled_from([NOW * 1000, NOW, "2026-08-14T10:00:00Z", "2026-08-14T10:00:00+25:00"]),
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=8)
    ),
    max_leaves=30,
)
READER = pytest.mark.parametrize("name", READERS)


def is_sound(found: Any) -> bool:
    if isinstance(found, Posted):
        return (
            0 < found.key < 2**64
            and 0 <= found.author < 2**64
            and len(found.text) <= TEXT_MAX
            and len(found.languages) <= LANGUAGES_MAX
            and len(found.tags) <= TAGS_MAX
            and all(0 < len(tag) <= TAG_MAX for tag in found.tags)
            and found.at >= 0
        )
    return isinstance(found, Passed | Rejected | Broken)


@READER
@given(frame=st.binary(max_size=300))
def test_any_bytes_are_a_value_or_a_reason(name: str, frame: bytes) -> None:
    assert is_sound(READERS[name](frame))


@READER
@given(value=VALUES)
def test_any_json_is_a_value_or_a_reason(name: str, value: Any) -> None:
    assert is_sound(READERS[name](json.dumps(value).encode()))


@READER
@given(depth=st.integers(1, 20_000))
def test_nesting_does_not_break_a_reader(name: str, depth: int) -> None:
    assert is_sound(READERS[name](b'{"record":' * depth))


@READER
@given(secret=st.text("abcdefghij", min_size=12, max_size=20), value=VALUES)
def test_a_reason_holds_nothing_of_a_value(name: str, secret: str, value: Any) -> None:
    found = READERS[name](json.dumps({"text": secret, "did": secret, "other": value}).encode())
    if isinstance(found, Rejected):
        assert secret not in repr(found)


@given(
    pieces=st.lists(
        st.binary(max_size=50) | st.sampled_from([b"data: x", b"\n", b"\r\n", b"event: update"])
    )
)
def test_events_come_out_the_same_however_they_are_cut(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    once = list(Events().feed(whole))
    events = Events()
    cut = [event for piece in pieces for event in events.feed(piece)]
    assert cut == once


@given(
    html=st.text(max_size=300)
    | st.lists(st.sampled_from(["<p>", "</p>", "<script>", "<!", "&#", "a", "<![CDATA["])).map(
        "".join
    )
)
def test_any_html_has_a_text(html: str) -> None:
    assert isinstance(text_of(html), str)
