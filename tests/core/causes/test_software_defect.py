"""An old fault is told from a new version, a limit, a setting and somebody else."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

FAULT = facts(
    scope="partial-function", onset="gradual", symptoms="jobs-delayed http-500 app-crash", traffic="usual", changes=(),
    co_failing_kinds="",
)  # fmt: skip


def test_a_part_that_breaks_slowly_with_nothing_changed_is_first():
    assert first(FAULT) == "software-defect"


def test_a_version_minutes_before_is_a_bad_version():
    version = facts(FAULT, changes=[("deploy", 4.0)])
    assert ahead(version, "bad-deploy", "software-defect") > 8


def test_a_setting_minutes_before_is_a_setting():
    setting = facts(
        scope="global", onset="sudden", symptoms="http-500", changes=[("config-change", 4.0)]
    )
    assert ahead(setting, "config-error", "software-defect") > 12


def test_a_full_page_at_the_peak_is_a_limit():
    full = facts(symptoms="capacity-page slow", onset="gradual", time_context="business-hours")
    assert ahead(full, "capacity-limit", "software-defect") > 12


def test_somebody_else_who_fails_is_asked_first():
    other = facts(FAULT, co_failing_kinds="third-party", symptoms="partial-content http-500")
    assert ahead(other, "dependency", "software-defect") > 0


def test_lost_data_are_the_database():
    assert ahead(facts(symptoms="data-missing"), "data-db", "software-defect") > 8
