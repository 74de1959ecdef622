"""A cause that was never told has weak signs, and gives way to whatever names itself."""

from __future__ import annotations

import pytest

from core.causes.expert import ahead, facts, first, scores
from uproar.diagnose.causes import CAUSES


def test_it_is_never_first_where_a_sign_names_a_cause():
    for symptom in (
        "tls-expired",
        "defaced",
        "bgp-leak",
        "maintenance-page",
        "data-missing",
        "dns-nxdomain",
    ):
        assert first(facts(symptoms=symptom)) != "unknown", symptom
        assert scores(facts(symptoms=symptom))["unknown"] <= 0, symptom


def test_its_signs_for_are_mild():
    assert all(each.decibans <= 3 for each in CAUSES["unknown"].speaks)


@pytest.mark.parametrize("leaf", ["software-defect", "data-db", "hardware"])
def test_what_it_is_confused_with_stays_close_while_only_errors_are_seen(leaf):
    dim = facts(symptoms="http-500", traffic="usual")
    assert abs(ahead(dim, leaf, "unknown")) <= 5


def test_a_notice_makes_it_less_likely_that_the_cause_is_never_told():
    silent, told = facts(symptoms="slow"), facts(symptoms="slow", notice="Investigating")
    assert scores(told)["unknown"] < scores(silent)["unknown"]


def test_nothing_known_favours_nothing():
    assert set(scores(facts()).values()) == {0}
