"""Planned work is told from work that went wrong, from strangers and from full pages."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

CLOSED = facts(
    time_context="scheduled-window off-peak", symptoms="maintenance-page", notice="Scheduled maintenance tonight",
    co_failing_kinds="",
)  # fmt: skip


def test_an_announced_window_and_a_prepared_page_are_first():
    assert first(CLOSED) == "planned-maintenance"


def test_one_sign_alone_suffices_from_outside():
    for alone in (facts(time_context="scheduled-window"), facts(symptoms="maintenance-page")):
        assert first(alone) == "planned-maintenance"


def test_lost_data_and_slowness_in_the_window_are_work_that_went_wrong():
    wrong = facts(
        time_context="scheduled-window",
        symptoms="data-missing slow http-500",
        changes=[("migration", 90.0)],
    )
    assert ahead(wrong, "maintenance-migration", "planned-maintenance") > 15


def test_a_page_that_nobody_announced_leaves_room_for_a_stranger():
    hidden = facts(
        symptoms="maintenance-page data-missing unreachable", co_failing_kinds="own-status-page"
    )
    announced = ahead(CLOSED, "planned-maintenance", "attack-other")
    assert ahead(hidden, "planned-maintenance", "attack-other") < announced - 25


def test_a_full_page_at_an_event_is_never_planned():
    full = facts(symptoms="capacity-page", time_context="major-event", traffic="inbound-surge")
    assert ahead(full, "organic-surge", "planned-maintenance") > 30
