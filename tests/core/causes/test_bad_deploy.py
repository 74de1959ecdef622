"""A bad version is told from settings, from old faults and from limits."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

VERSION = facts(
    scope="partial-function", symptoms="http-500 partial-content", traffic="usual", time_context="business-hours",
    changes=[("deploy", 6.0)], co_failing_kinds="",
)  # fmt: skip


def test_a_part_that_fails_right_after_a_new_version_is_first():
    assert first(VERSION) == "bad-deploy"


def test_programs_that_crash_on_devices_lead_to_it_from_outside():
    assert (
        first(facts(symptoms="app-crash", scope="global", time_context="business-hours"))
        == "bad-deploy"
    )


def test_a_version_of_long_ago_points_to_an_old_fault():
    old = facts(VERSION, changes=[("deploy", 20000.0)], onset="gradual")
    assert ahead(VERSION, "bad-deploy", "software-defect") > 8
    assert (
        ahead(old, "bad-deploy", "software-defect")
        < ahead(VERSION, "bad-deploy", "software-defect") - 8
    )


def test_without_a_change_it_cannot_be():
    still = facts(VERSION, changes=())
    assert ahead(still, "software-defect", "bad-deploy") > 10


def test_a_setting_in_its_place_is_a_setting():
    setting = facts(VERSION, scope="global", changes=[("config-change", 6.0)])
    assert ahead(setting, "config-error", "bad-deploy") > 0
    assert ahead(VERSION, "bad-deploy", "config-error") > 12


def test_data_that_are_wrong_lean_to_the_database():
    data = facts(symptoms="data-wrong", scope="partial-function")
    assert ahead(data, "data-db", "bad-deploy") > 8
