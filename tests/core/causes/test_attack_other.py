"""A break-in is told from planned work, from lost data and from mistakes in names and routes."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores


def test_a_strangers_message_is_a_break_in_whatever_else_is_seen():
    assert first(facts(symptoms="defaced")) == "attack-other"
    assert (
        first(facts(symptoms="defaced http-503", scope="global", onset="sudden")) == "attack-other"
    )


def test_addresses_that_a_stranger_announces_may_be_either_and_wrong_answers_decide():
    hijack = facts(symptoms="bgp-hijack")
    assert set(list(scores(hijack))[:2]) == {"attack-other", "bgp-routing-error"}
    answered = facts(symptoms="bgp-hijack dns-wrong-answer tls-unknown-ca")
    assert ahead(answered, "attack-other", "bgp-routing-error") > ahead(
        hijack, "attack-other", "bgp-routing-error"
    )
    assert first(answered) == "attack-other"


def test_a_page_of_maintenance_on_a_weekend_is_planned_if_it_was_announced():
    page = facts(symptoms="maintenance-page", time_context="scheduled-window")
    assert ahead(page, "planned-maintenance", "attack-other") > 20


def test_data_that_are_gone_are_mostly_lost_and_not_locked():
    assert ahead(facts(symptoms="data-missing"), "data-db", "attack-other") > 4
    locked = facts(
        symptoms="data-missing unreachable maintenance-page login-fails", time_context="weekend-or-holiday",
        co_failing_kinds="own-status-page", scope="global",
    )  # fmt: skip
    assert ahead(locked, "attack-other", "data-db") > 4


def test_a_crowd_speaks_against_it():
    quiet, crowd = facts(traffic="usual"), facts(traffic="inbound-surge")
    assert scores(quiet)["attack-other"] > 0 > scores(crowd)["attack-other"]
