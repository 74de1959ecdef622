"""A wrong setting is told from a bad version, from wrong routes and from an old fault."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

SETTING = facts(
    scope="global", onset="sudden", symptoms="http-403 http-500", traffic="usual", changes=[("config-change", 3.0)]
)  # fmt: skip


def test_a_setting_that_was_changed_minutes_before_is_first():
    assert first(SETTING) == "config-error"


def test_a_new_version_in_its_place_is_a_bad_version():
    version = facts(SETTING, changes=[("deploy", 3.0)], scope="partial-function")
    assert ahead(SETTING, "config-error", "bad-deploy") > 8
    assert ahead(version, "bad-deploy", "config-error") > 8


def test_without_any_change_it_is_an_old_fault():
    still = facts(SETTING, changes=(), onset="gradual")
    assert ahead(SETTING, "config-error", "software-defect") > 8
    assert ahead(still, "software-defect", "config-error") > 15


def test_routes_that_changed_are_wrong_routes():
    routes = facts(SETTING, symptoms="bgp-withdrawn unreachable", changes=[("bgp-change", 3.0)])
    assert ahead(routes, "bgp-routing-error", "config-error") > 8


def test_a_page_that_is_forbidden_speaks_for_it_before_other_changes():
    forbidden = facts(symptoms="http-403", scope="global", onset="sudden")
    assert first(forbidden) == "config-error"
