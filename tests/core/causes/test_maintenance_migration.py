"""Work that went wrong is told from planned work, from current that is gone and from settings."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

WORK = facts(
    time_context="scheduled-window off-peak", symptoms="login-fails data-missing", changes=[("migration", 20.0)]
)  # fmt: skip


def test_a_move_in_its_window_after_which_nobody_gets_in_is_first():
    assert first(WORK) == "maintenance-migration"


def test_a_prepared_page_is_planned_work():
    page = facts(time_context="scheduled-window off-peak", symptoms="maintenance-page")
    assert ahead(page, "planned-maintenance", "maintenance-migration") > 5
    assert ahead(WORK, "maintenance-migration", "planned-maintenance") > 8


def test_a_building_without_current_is_power_even_while_work_goes_on():
    building = facts(
        scope="single-dc", changes=[("maintenance", 5.0)], symptoms="unreachable", traffic="inbound-drop",
        co_failing_kinds="peer-services",
    )  # fmt: skip
    assert ahead(building, "power-cooling", "maintenance-migration") > 5
    service = facts(building, scope="partial-function", symptoms="login-fails", co_failing_kinds="")
    assert ahead(service, "maintenance-migration", "power-cooling") > 5


def test_working_hours_and_a_setting_are_no_work():
    setting = facts(time_context="business-hours", changes=[("config-change", 4.0)], scope="global")
    assert ahead(setting, "config-error", "maintenance-migration") > 12


def test_a_known_lack_of_changes_rules_it_out_more_than_it_does_a_defect():
    still = scores(facts(changes=()))
    assert still["maintenance-migration"] < -10 < 0 < still["software-defect"]
