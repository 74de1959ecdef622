"""Laws of the sentences: nothing is asserted below the floor, nobody is named, and figures agree with values."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from laws.test_diagnosis_law import FACTS, JUDGE
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.facts import Facts
from uproar.present import diagnosiswords as words
from uproar.present.diagnosing import report

LENGTH_MAX = 900


@given(FACTS)
@settings(max_examples=200)
def test_below_the_floor_no_cause_is_named_and_no_figure_is_told(facts: Facts) -> None:
    found = JUDGE(facts)
    said, phrase = words.why(found, CAUSES), words.short(found, CAUSES)
    assert said.endswith(".")
    assert len(said) <= LENGTH_MAX
    assert ".." not in said
    assert "?" not in said
    if found.insufficient:
        assert phrase == "cause not established"
        assert "insufficient" in said
        assert "%" not in said
        for cause in CAUSES.values():
            assert cause.phrase not in said
        if "attack" in said.replace("access log", ""):
            assert "cannot tell whether it was" in said


@given(FACTS)
@settings(max_examples=200)
def test_the_first_figure_is_that_of_the_first_answer(facts: Facts) -> None:
    found = JUDGE(facts)
    figure = re.search(r"\((?:more than |less than )?(\d+) %\)", words.why(found, CAUSES))
    if found.insufficient or figure is None:
        return
    firsts = (max(found.mechanism.values()), max(found.family.values()))
    assert any(abs(int(figure[1]) - 100 * p) <= 1 for p in firsts)


@given(FACTS)
@settings(max_examples=100)
def test_who_did_it_is_never_said(facts: Facts) -> None:
    said = words.why(JUDGE(facts), CAUSES)
    if "malicious" in said:
        assert "Who did it cannot be said." in said


@given(FACTS)
@settings(max_examples=50)
def test_the_same_values_give_the_same_words(facts: Facts) -> None:
    assert report("x", JUDGE(facts), CAUSES) == report("x", JUDGE(facts), CAUSES)


@given(st.floats(0, 1))
def test_a_share_is_never_nought_or_all(p: float) -> None:
    said = words.share(p)
    assert said not in {"0 %", "100 %"}
    figure = int(re.sub(r"\D", "", said))
    assert abs(figure - 100 * p) <= 1


@given(st.floats(-40, 40))
def test_a_weight_is_told_in_its_direction(decibans: float) -> None:
    said = words.times(decibans)
    if decibans > 1:
        assert said.endswith("as likely")
    if decibans < -1:
        assert said.endswith("less likely")
