"""An overload that feeds itself is told from limits, crowds, floods and versions."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

STORM = facts(
    onset="waves", symptoms="api-errors http-503 http-timeout", traffic="inbound-surge", traffic_detail="retries internal",
    changes=[("capacity-change", 30.0)], co_failing_kinds="own-dependents",
)  # fmt: skip


def test_its_own_parts_that_ask_one_another_are_first():
    assert first(STORM) == "cascade-retry"


def test_strangers_are_a_flood():
    strangers = facts(
        STORM,
        traffic_detail="http-requests scanning foreign-sources",
        changes=(),
        co_failing_kinds="",
    )
    assert ahead(STORM, "cascade-retry", "ddos-application") > 15
    assert ahead(strangers, "ddos-application", "cascade-retry") > 15


def test_different_people_are_a_crowd():
    crowd = facts(
        STORM, traffic_detail="normal-client-mix many-sources", time_context="major-event",
        symptoms="queue-page slow", co_failing_kinds="",
    )  # fmt: skip
    assert ahead(crowd, "organic-surge", "cascade-retry") > 15


def test_what_grows_and_stays_full_is_a_limit():
    full = facts(onset="gradual", symptoms="capacity-page slow", time_context="business-hours")
    assert ahead(full, "capacity-limit", "cascade-retry") > 8


def test_a_new_version_without_retries_is_a_bad_version():
    version = facts(changes=[("deploy", 5.0)], symptoms="http-500", traffic="usual")
    assert ahead(version, "bad-deploy", "cascade-retry") > 8
