"""Any text is read: in bounded time, the same way each time, with weights that make sense."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.catalog import lexicon, load
from uproar.detect.mentions import MENTIONS_MAX, Classifier, tags
from uproar.detect.posttext import TAGS_MAX, TEXT_MAX
from uproar.model.mention import SAYS

CATALOG = load()
LEXICON = lexicon.load()
READER = Classifier(LEXICON, CATALOG)
CODES = [language.code for language in LEXICON.languages]
PIECES = [
    *(name for service in CATALOG for name in (service.name, *service.names)),
    *(phrase for one in LEXICON.languages for found in one.cues.values() for phrase in found),
    *"?!.\n#@ ",
    "#",
    "https://x.example/a",
]
posts = st.one_of(
    st.text(max_size=3 * TEXT_MAX),
    st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join),
    st.lists(st.sampled_from(PIECES), max_size=40).map("".join),
)


@given(posts, st.lists(st.sampled_from([*CODES, "xx", "pt-BR", ""]), max_size=3))
@settings(max_examples=300)
def test_any_text_is_read_to_known_services_with_sensible_weights(
    text: str, languages: list[str]
) -> None:
    found = READER.mentions(text, languages)
    assert found == READER.mentions(text, languages)
    assert len(found) <= MENTIONS_MAX
    assert [one.service for one in found] == sorted({one.service for one in found})
    for one in found:
        assert one.service in CATALOG
        assert one.says in SAYS
        assert one.weight == (0.5 if one.says == "asking" else 1.0) / len(found)
        assert one.language in {*CODES, ""}


@given(posts)
def test_what_comes_after_the_bound_says_nothing(text: str) -> None:
    start = text[:TEXT_MAX].ljust(TEXT_MAX)
    assert READER.mentions(start) == READER.mentions(start + " twitter is down for me")


@given(posts)
def test_hashtags_are_bounded_folded_and_told_once(text: str) -> None:
    found = tags(text)
    assert len(found) <= TAGS_MAX
    assert len(set(found)) == len(found)
    assert all(tag and "#" not in tag for tag in found)
