"""A line of evidence is read strictly; what is not understood is set aside by name, and the rest is used."""

from __future__ import annotations

import json
from typing import Any

import pytest

from uproar.diagnose import record
from uproar.diagnose.facts import ChangeFact, ClaimFact
from uproar.diagnose.roles import role_of
from uproar.errors import EvidenceInvalid


def read(**evidence: Any) -> record.Read:
    return record.read(json.dumps({"id": "one", "evidence": evidence}), 1)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "line 7: this is no JSON"),
        ("[1]", "line 7: a record is an object"),
        ('{"id": "a"}', "line 7: `evidence` is missing"),
        ('{"id": "a", "evidence": 3}', "line 7: `evidence` is a number"),
        ('{"id": ["a"], "evidence": {}}', "line 7: `id` must be a text, not a list"),
        ('{"id": true, "evidence": {}}', "line 7: `id` must be a text, not true or false"),
        (" " * (record.LINE_MAX + 1), "line 7: longer than"),
    ],
)
def test_a_line_that_is_no_record_says_where_and_what(line: str, says: str) -> None:
    with pytest.raises(EvidenceInvalid, match=r"^line 7") as caught:
        record.read(line, 7)
    assert str(caught.value).startswith(says)


def test_unknown_is_unknown_and_empty_only_where_it_is_said() -> None:
    facts = read(
        scope="unknown", onset=None, symptoms=[], traffic="unknown", co_failing_kinds=[],
        changes_before=[{"type": "unknown", "minutes_before": None}], vendor_status=None, claims=[],
    ).facts  # fmt: skip
    assert (facts.scope, facts.onset, facts.symptoms, facts.traffic) == (None,) * 4
    assert (facts.co_failing_kinds, facts.changes, facts.notice, facts.claims) == (
        None,
        None,
        None,
        (),
    )


def test_a_look_that_found_nothing_is_known() -> None:
    facts = read(
        co_failing_kinds=["none-reported"],
        changes_before=[{"type": "none-known"}],
        traffic="normal",
    ).facts
    assert facts.co_failing_kinds == frozenset()
    assert facts.changes == ()
    assert facts.traffic == "usual"


def test_a_word_that_is_not_known_is_set_aside_with_the_nearest_one() -> None:
    found = read(symptoms=["unreachabel", "slow", "http-507"], scope="globall", bogus=1)
    assert found.facts.symptoms == {"slow", "http-507"}
    assert found.facts.scope is None
    asides = {aside.word or aside.field: aside.why for aside in found.aside}
    assert "did you mean `unreachable`?" in asides["unreachabel"]
    assert "did you mean `global`?" in asides["globall"]
    assert "not known" in asides["bogus"]


@pytest.mark.parametrize(
    ("evidence", "field", "left"),
    [
        ({"traffic": "inbound-drop", "traffic_detail": ["udp"]}, "traffic", None),
        ({"changes_before": [{"type": "none-known"}, {"type": "deploy"}]}, "changes", None),
        ({"co_failing_kinds": ["none-reported", "cdn"]}, "co_failing_kinds", frozenset({"cdn"})),
    ],
)
def test_facts_that_contradict_each_other_are_set_aside(
    evidence: dict[str, Any], field: str, left: Any
) -> None:
    found = read(**evidence)
    assert getattr(found.facts, field) == left
    assert len(found.aside) == 1


@pytest.mark.parametrize(
    "evidence",
    [
        {"scope": 3},
        {"symptoms": "slow"},
        {"symptoms": [3]},
        {"vendor_status": ["text"]},
        {"claims": [{"by": "vendor"}]},
        {"claims": ["vendor"]},
        {"changes_before": [{"minutes_before": 3}]},
        {"changes_before": [{"type": "deploy", "minutes_before": -1}]},
        {"changes_before": [{"type": "deploy", "minutes_before": True}]},
        {"claims": [{"by": "press", "cause": "sunspots"}]},
    ],
)
def test_what_has_the_wrong_shape_is_set_aside(evidence: dict[str, Any]) -> None:
    assert len(read(**evidence).aside) == 1


def test_lists_are_bounded() -> None:
    found = read(symptoms=["slow"] * (record.LIST_MAX + 5))
    assert "the first 64 are read" in found.aside[0].why


def test_changes_and_claims_keep_what_was_said() -> None:
    facts = read(
        changes_before=[{"type": "deploy", "minutes_before": 12}],
        claims=[{"by": "vendor", "cause": "bad-deploy"}],
    ).facts
    assert facts.changes == (ChangeFact("deploy", 12.0),)
    assert facts.claims == (ClaimFact("operator", "bad-deploy"),)


@pytest.mark.parametrize(
    ("by", "attack", "role"),
    [
        ("vendor", False, "operator"),
        ("owner", True, "operator"),
        ("staff-memo", False, "operator"),
        ("acme-ceo", False, "expert"),
        ("Some Storm Team", True, "credit"),
        ("Somebody, owner of X", True, "operator"),
        ("ceo", False, "operator"),
        ("network-engineer", False, "expert"),
        ("experts", True, "expert"),
        ("minister", True, "official"),
        ("mps", True, "official"),
        ("press", True, "press"),
        ("hacktivists", True, "credit"),
        ("nightsquad", True, "credit"),
        ("nightsquad", False, "public"),
        ("users", True, "public"),
        ("social", True, "public"),
    ],
)
def test_a_claimant_has_a_role(by: str, attack: bool, role: str) -> None:
    assert role_of(by, attack=attack) == role
