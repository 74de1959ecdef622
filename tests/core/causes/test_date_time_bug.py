"""A date is told from certificates, from old faults and from windows."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

TURN = facts(
    scope="global", onset="sudden", symptoms="app-crash http-500", time_context="midnight-utc cert-or-date-boundary",
    co_failing_kinds="peer-services", co_failing=8,
)  # fmt: skip


def test_strangers_that_fail_at_the_same_midnight_are_first():
    assert first(TURN) == "date-time-bug"


def test_an_expired_certificate_is_a_certificate():
    expired = facts(TURN, symptoms="tls-expired", co_failing_kinds="", co_failing=0)
    assert ahead(expired, "tls-cert", "date-time-bug") > 10
    assert ahead(TURN, "date-time-bug", "tls-cert") > 10


def test_at_any_other_hour_it_is_an_old_fault():
    noon = facts(
        time_context="business-hours",
        symptoms="app-crash http-500",
        scope="partial-function",
        onset="gradual",
    )
    assert ahead(noon, "software-defect", "date-time-bug") > 5
    assert (
        ahead(
            facts(noon, time_context="midnight-utc", onset="sudden"),
            "date-time-bug",
            "software-defect",
        )
        > 0
    )


def test_a_window_that_was_announced_is_planned_work():
    window = facts(time_context="midnight-utc scheduled-window", symptoms="maintenance-page")
    assert ahead(window, "planned-maintenance", "date-time-bug") > 12


def test_dates_do_not_know_places():
    sums = {
        scope: scores(facts(scope=scope))["date-time-bug"]
        for scope in ("global", "regional", "single-dc")
    }
    assert sums["global"] > 0 > sums["regional"] > sums["single-dc"]
