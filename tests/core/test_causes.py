"""Every cause is whole: its words, what speaks for it, whose side it is on, and when it was seen."""

from __future__ import annotations

import re
from math import isclose
from pathlib import Path

import pytest

from uproar.diagnose import axes, causes, items
from uproar.diagnose.cause import Cause
from uproar.diagnose.causes import CAUSES

FOLDER = Path(causes.__file__).parent
TESTS = Path(__file__).parent / "causes"
PAGES = Path(__file__).parents[2] / "docs/reference/causes"
DATE = re.compile(r"(19|20)\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?")
HEADINGS = [
    "What it is",
    "What an operator does",
    "What speaks for it",
    "What speaks against it",
    "What it is confused with",
    "Whose side and what kind of hand",
    "Examples",
    "Its permanent id",
]
EACH = pytest.mark.parametrize("cause", CAUSES.values(), ids=lambda cause: cause.id)


def test_there_is_one_cause_for_every_mechanism_in_its_order() -> None:
    assert tuple(CAUSES) == axes.LEAVES
    assert [cause.id for cause in CAUSES.values()] == list(axes.LEAVES)


def test_every_cause_has_a_file_and_a_test_of_its_own() -> None:
    names = {leaf.replace("-", "_") for leaf in axes.LEAVES}
    assert {path.stem for path in FOLDER.glob("*.py")} - {"__init__"} == names
    assert {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")} == names


def test_there_are_pages_of_the_causes_and_of_no_others() -> None:
    assert {path.name for path in PAGES.iterdir()} == {f"{leaf}.md" for leaf in axes.LEAVES}


@EACH
def test_every_page_has_the_same_headings(cause: Cause) -> None:
    text = (PAGES / f"{cause.id}.md").read_text("utf-8")
    assert re.findall(r"^## (.*)", text, flags=re.MULTILINE) == HEADINGS
    assert cause.what in text
    assert all(f"`{each.item}`" in text for each in cause.speaks)


@EACH
def test_a_cause_stands_in_its_family_and_in_the_file_of_its_name(cause: Cause) -> None:
    assert cause.family == axes.FAMILY_OF[cause.id]
    assert f'id="{cause.id}"' in (FOLDER / f"{cause.id.replace('-', '_')}.py").read_text("utf-8")


@EACH
def test_what_speaks_is_evidence_that_exists_once_and_says_something(cause: Cause) -> None:
    spoken = [each.item for each in cause.speaks]
    assert set(spoken) <= set(items.IDS)
    assert len(spoken) == len(set(spoken)) >= 8
    assert all(0 < abs(each.decibans) <= 20 for each in cause.speaks)
    assert any(each.decibans > 0 for each in cause.speaks)
    assert any(each.decibans < 0 for each in cause.speaks)


def test_only_a_few_signs_nearly_name_a_cause() -> None:
    near = {each.item for cause in CAUSES.values() for each in cause.speaks if each.decibans > 13}
    assert near == {
        "symptom.tls-expired",
        "symptom.defaced",
        "time.window",
        "traffic.packets",
    }


def test_every_item_of_evidence_speaks_for_one_cause_at_least() -> None:
    spoken = {each.item for cause in CAUSES.values() for each in cause.speaks if each.decibans > 0}
    assert set(items.IDS) - spoken == {"notice.posted"}


@EACH
def test_sides_and_hands_are_probabilities(cause: Cause) -> None:
    for chances, words in ((cause.loci, axes.LOCI), (cause.agencies, axes.AGENCIES)):
        assert set(chances) <= set(words)
        assert all(0 < chance <= 1 for chance in chances.values())
        assert isclose(sum(chances.values()), 1.0, abs_tol=1e-9)


@EACH
def test_malice_is_the_hand_of_attacks_and_of_nothing_else(cause: Cause) -> None:
    malice = cause.agencies.get("malicious-action", 0.0)
    assert malice == (1.0 if cause.family == "attack" else 0.0)


def test_somebody_elses_failure_is_never_on_ones_own_side() -> None:
    assert "origin" not in CAUSES["dependency"].loci
    assert max(CAUSES["dependency"].agencies, key=CAUSES["dependency"].agencies.__getitem__) == (
        "third-party-failure"
    )
    assert CAUSES["fibre-cut"].loci["origin"] < CAUSES["fibre-cut"].loci["access-network"]


@EACH
def test_what_it_is_confused_with_is_another_cause(cause: Cause) -> None:
    others = [each.leaf for each in cause.confused]
    assert 2 <= len(others) <= 4
    assert len(set(others)) == len(others)
    assert set(others) <= set(axes.LEAVES) - {cause.id, axes.UNKNOWN}


@EACH
def test_words_are_sentences_and_phrases(cause: Cause) -> None:
    sentences = [cause.what, cause.does]
    sentences += [each.because for each in cause.speaks]
    sentences += [each.told_apart for each in cause.confused]
    sentences += [each.what for each in cause.examples]
    for sentence in sentences:
        assert sentence.endswith(".")
        assert sentence[0].isupper()
        assert sentence == " ".join(sentence.split())
    assert not cause.phrase.endswith(".")
    assert cause.phrase[0].islower()
    assert cause.name[0].isupper()
    assert not any(sign in text for text in [*sentences, cause.name] for sign in "<>|`*")


@EACH
def test_examples_are_dated_and_say_who_tells(cause: Cause) -> None:
    assert 2 <= len(cause.examples) <= 4
    for example in cause.examples:
        assert DATE.fullmatch(example.date)
        assert example.source
    assert len({example.what for example in cause.examples}) == len(cause.examples)


@pytest.mark.parametrize(
    "text", [cause.phrase for cause in CAUSES.values()] + [cause.name for cause in CAUSES.values()]
)
def test_names_and_phrases_are_not_shared(text: str) -> None:
    whole = [cause.phrase for cause in CAUSES.values()] + [cause.name for cause in CAUSES.values()]
    assert whole.count(text) == 1
