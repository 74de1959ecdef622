"""The alphabet of what has no place in a text from outside, against Unicode's own tables."""

from __future__ import annotations

import re
import sys
import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from uproar.model import signs
from uproar.present.legible import clean as shown
from uproar.wire.cleaned import text as told
from uproar.wire.words import clean as worded

ANYTHING = st.text(
    st.characters(codec=None)
    | st.sampled_from("\t\r\n\x00\x85\xa0\u2028\u202e\u200b\u200d\u3164\ufeff\ud800\ue000\uffff"),
    max_size=80,
)
# Category Cf, and yet seen: signs that stand before or around Arabic, Syriac and Kaithi numbers, and
# those that arrange hieroglyphs.
SEEN = re.compile(
    "[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001345f]"
)


def of(*categories: str) -> set[str]:
    every = map(chr, range(sys.maxunicode + 1))
    return {sign for sign in every if unicodedata.category(sign) in categories}


def in_class(*insides: str) -> set[str]:
    pattern = re.compile(f"[{''.join(insides)}]")
    return {sign for sign in map(chr, range(sys.maxunicode + 1)) if pattern.match(sign)}


def test_every_class_is_the_category_of_unicode_that_it_says() -> None:
    assert in_class(signs.CONTROLS) == of("Cc")
    assert in_class(signs.LINE_ENDS) == of("Zl", "Zp")
    assert in_class(signs.SPACES) == of("Zs")
    assert in_class(signs.HALVES) == of("Cs")
    assert in_class(signs.PRIVATE) == of("Co")
    assert len(in_class(signs.NONCHARACTERS)) == 66
    assert in_class(signs.NONCHARACTERS) <= of("Cn")


def test_every_format_sign_is_unseen_or_known_to_be_seen() -> None:
    unseen = in_class(signs.UNSEEN, signs.JOINERS)
    assert {sign for sign in of("Cf") - unseen if not SEEN.match(sign)} == set()
    assert not any(map(SEEN.match, unseen))


def test_what_chooses_how_a_sign_looks_is_kept() -> None:
    variation = {*map(chr, range(0xFE00, 0xFE10)), *map(chr, range(0xE0100, 0xE01F0))}
    assert not variation & in_class(signs.UNSEEN)


def test_the_classes_do_not_overlap() -> None:
    classes = (
        signs.CONTROLS, signs.LINE_ENDS, signs.SPACES, signs.HALVES, signs.NONCHARACTERS,
        signs.PRIVATE, signs.JOINERS, signs.UNSEEN,
    )  # fmt: skip
    assert sum(len(in_class(each)) for each in classes) == len(in_class(*classes))


UNKEPT = re.compile(
    f"[{signs.CONTROLS}{signs.LINE_ENDS}{signs.UNSEEN}{signs.JOINERS}{signs.HALVES}{signs.PRIVATE}"
    f"{signs.NONCHARACTERS}]"
)


@given(ANYTHING)
@example("\ud800\udc00")
@example("&#x202e;&#0;&#xd800;")
def test_what_is_kept_holds_none_of_them_whoever_cleaned_it(text: str) -> None:
    for kept in (signs.swept(text), worded(text), told(text, 60)):
        assert not UNKEPT.search(kept)
        kept.encode()
    assert signs.swept(signs.swept(text)) == signs.swept(text)


@given(ANYTHING)
def test_what_is_shown_holds_nothing_unseen_and_can_be_written(text: str) -> None:
    assert not re.search(f"[{signs.UNSEEN}{signs.LINE_ENDS}{signs.HALVES}]", shown(text))
    shown(text).encode()


@given(ANYTHING, st.integers(0, 100))
def test_a_message_repeats_printable_signs_alone(text: str, most: int) -> None:
    said = signs.printable(text, most)
    assert said.isprintable()
    assert len(said) == min(len(text), most)
