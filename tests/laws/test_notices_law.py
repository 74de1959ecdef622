"""Feeds that were bent, cut or made up: a reading or FeedUnreadable, and never fine without reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import FeedUnreadable
from uproar.model.service import FEED_KINDS, StatusFeed
from uproar.wire import notices, signalbounds, signals
from uproar.wire.notices import normal
from uproar.wire.notices.normal import Reading

SAMPLES = {
    path.name: path.read_bytes()
    for path in sorted((Path(__file__).parent.parent / "recordings" / "notices").glob("*.[jx]*"))
}
KINDS = {
    name: max((kind for kind in FEED_KINDS if name.startswith(kind)), key=len) for name in SAMPLES
}
# Where a page says in so many words that it is fine.
GOOD_WORDS = {"operational", "none", "ok", "up", "green"}
GOOD_CODE = 100
SAID = [
    name
    for name in SAMPLES
    if name.endswith("-fine.json") and KINDS[name] not in {"google-cloud", "aws"}
]

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)
WORDS = st.text(max_size=12).filter(lambda word: word.strip().lower() not in GOOD_WORDS)


def read(kind: str, body: bytes) -> Reading | None:
    """Return a reading, None where the feed is refused; and check all that is promised of one."""
    try:
        reading = notices.read(StatusFeed(kind, "https://s.example/i.json"), body)  # type: ignore[arg-type]
    except FeedUnreadable:
        return None
    assert bool(reading.why) >= (reading.state == "unknown")
    if any(item.is_open for item in reading.items):
        assert reading.state != "operational"
    for item in reading.items:
        assert item.native
        signalbounds.check(normal.as_notice(item, "x", "https://s.example"))
        assert signals.decode(signals.encode(normal.as_notice(item, "x", "p")))
    settled = normal.settled(reading, 1_800_000_000_000)
    assert len(settled.items) == len(reading.items)
    normal.about(reading, ["X"], ["Y"])
    return reading


@given(st.sampled_from(FEED_KINDS), st.binary(max_size=300))
def test_any_bytes_are_refused_or_unknown(kind: str, body: bytes) -> None:
    reading = read(kind, body)
    assert reading is None or reading.state == "unknown"


@given(st.sampled_from(FEED_KINDS), VALUES)
def test_any_json_is_refused_or_read_and_never_fine(kind: str, value: Any) -> None:
    reading = read(kind, json.dumps(value).encode())
    assert reading is None or reading.state != "operational"


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_a_feed_that_was_cut_off_is_refused(name: str, data: st.DataObject) -> None:
    body = SAMPLES[name].rstrip()
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    assert read(KINDS[name], cut) is None


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_bent_bytes_are_refused_or_read(name: str, data: st.DataObject) -> None:
    body = SAMPLES[name]
    at = data.draw(st.integers(0, len(body)))
    width = data.draw(st.integers(0, 4))
    read(KINDS[name], body[:at] + data.draw(st.binary(max_size=4)) + body[at + width :])


@given(st.sampled_from([name for name in sorted(SAMPLES) if name.endswith("json")]), st.data())
def test_a_value_of_any_type_in_any_place_is_refused_or_read(
    name: str, data: st.DataObject
) -> None:
    whole = loaded(name)
    spots = places([whole])
    holder, key = data.draw(st.sampled_from(spots))
    if isinstance(holder, dict) and data.draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = data.draw(VALUES)
    read(KINDS[name], json.dumps(spots[0][0][0]).encode())


@given(st.sampled_from(SAID), WORDS, st.integers(101, 999))
def test_a_page_whose_good_word_is_replaced_is_no_longer_fine(
    name: str, word: str, code: int
) -> None:
    whole = loaded(name)
    for holder, key in list(places(whole)):
        value = holder[key]
        if isinstance(value, str) and value.lower() in GOOD_WORDS:
            holder[key] = word
        elif value == GOOD_CODE and not isinstance(value, bool):
            holder[key] = code
    reading = read(KINDS[name], json.dumps(whole).encode())
    assert reading is None or reading.state != "operational"


@given(st.sampled_from(SAID), st.data())
def test_one_good_word_that_is_lost_is_enough(name: str, data: st.DataObject) -> None:
    whole = loaded(name)
    good = [
        (holder, key)
        for holder, key in places(whole)
        if key not in {"name", "group"}
        and (holder[key] == GOOD_CODE or str(holder[key] or "").lower() in GOOD_WORDS)
        # A heading's own state says nothing, and is not looked at.
        and holder.get("group") is not True
    ]
    holder, key = data.draw(st.sampled_from(good))
    holder[key] = data.draw(st.none() | WORDS)
    reading = read(KINDS[name], json.dumps(whole).encode())
    assert reading is None or reading.state != "operational"


def loaded(name: str) -> Any:
    body = SAMPLES[name]
    return json.loads(body.decode("utf-16" if body.startswith(b"\xfe\xff") else "utf-8"))


def places(value: Any) -> list[tuple[Any, Any]]:
    keys = (
        value.keys()
        if isinstance(value, dict)
        else range(len(value))
        if isinstance(value, list)
        else ()
    )
    found: list[tuple[Any, Any]] = []
    for key in keys:
        found.append((value, key))
        found.extend(places(value[key]))
    return found
