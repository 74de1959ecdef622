"""What is kept of a reporter's words is legible, short, and reaches nobody."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from uproar.model.signal import WORDS_MAX
from uproar.model.signs import swept
from uproar.wire import words
from uproar.wire.words import BLOT, clean

ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=400)
SPICED = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "@",
                "a@b.c",
                "www.",
                "://",
                "::",
                "1",
                "23",
                ".",
                ":",
                " ",
                "\u200d",
                "\u202e",
                "x",
                "\u0301",
                "\u0327",
                "[…]",
                "+49",
                "-",
                "(",
                "\x00",
                "\ud800",
                "e",
                "www.a.b",
                "/",
            ]
        ),
        st.text(max_size=3),
    ),
    max_size=120,
).map("".join)


@given(st.one_of(ANYTHING, SPICED))
@example("e\u0327\u0301" * 200)
@example("\u1100\u1161\u11a8" * 100)
@example("a\u034f\u0301" * 10)
@example("1" * 277 + " 1 1")
@example("x" * 279 + "@b")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(st.one_of(ANYTHING, SPICED))
def test_what_is_kept_is_one_short_visible_line(text: str) -> None:
    kept = clean(text)
    assert len(kept) <= WORDS_MAX
    assert kept == " ".join(kept.split())
    assert unicodedata.is_normalized("NFC", kept)
    assert swept(kept) == kept
    assert "@" not in kept
    assert "://" not in kept


@given(st.text(alphabet="abcw WWW.,!?'()-", max_size=60))
def test_the_short_way_for_harmless_words_gives_what_the_long_way_gives(text: str) -> None:
    if words._HARMLESS.fullmatch(text):
        assert words._blotted(words._legible(text)) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("write to jane.doe+x@example.com please", f"write to {BLOT} please"),
        ("ask @jane_doe.", f"ask {BLOT}"),
        ("ask ＠jane", f"ask {BLOT}"),
        ("see https://example.com/a?token=1 and www.example.org", f"see {BLOT} and {BLOT}"),
        ("see example.com/private/7", f"see {BLOT}"),
        ("call +44 20 7946 0958 now", f"call {BLOT} now"),
        ("call (030) 901820-11", f"call {BLOT}"),
        ("from 192.0.2.17", f"from {BLOT}"),
        ("from 2001:db8::17 and fe80::1", f"from {BLOT} and {BLOT}"),
        ("from 00:1a:2b:3c:4d:5e", f"from {BLOT}"),
        ("order 20250310", f"order {BLOT}"),
        ("id 3f2b8c1e-9d4a-4e6b-8f0a-1b2c3d4e5f60", f"id {BLOT}"),
        ("since 10:41:22, error 520", "since 10:41:22, error 520"),
        ("x.com is down", "x.com is down"),
        ("a\u202eb\u200bc\u0000d\ne", "abc d e"),
        ("  many   spaces\u00a0here ", "many spaces here"),
        ("e\u0301", "é"),
        ("z" + "\u0334" * 40, "z" + "\u0334" * words.MARKS_MAX),
        ("<b>bold</b> & 'x'", "<b>bold</b> & 'x'"),
    ],
)
def test_what_reaches_a_person_is_blotted_out(text: str, kept: str) -> None:
    assert clean(text) == kept


@pytest.mark.parametrize(
    "piece", ["-", "1-", ".", "a.", ":", "f:", "@", "1 ", "\u0301", "/", "[…]", "+"]
)
def test_no_text_takes_long(piece: str) -> None:
    # A quadratic expression would need minutes for a hundred of the longest texts there can be.
    for _ in range(100):
        clean((piece * words.RAW_MAX)[: words.RAW_MAX])
