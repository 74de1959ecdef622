"""A broken machine shows little outside: it leads only where a spare did not take over."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

BROKEN = facts(
    scope="single-dc", symptoms="cannot-post data-missing packet-loss", traffic="usual", changes=[("failover", None)]
)  # fmt: skip


def test_a_spare_that_did_not_take_over_speaks_for_it():
    sums = scores(facts(changes=[("failover", None)]))
    assert list(sums)[:2] == ["hardware", "data-db"] or list(sums)[:2] == ["data-db", "hardware"]


def test_storage_in_one_place_that_takes_nothing_and_loses_packets_is_a_machine():
    assert first(BROKEN) == "hardware"


def test_a_building_is_power():
    building = facts(
        scope="single-dc", symptoms="unreachable", co_failing_kinds="peer-services", onset="sudden"
    )
    assert ahead(building, "power-cooling", "hardware") > 10
    assert ahead(BROKEN, "hardware", "power-cooling") > 0


def test_what_all_places_share_is_a_program():
    everywhere = facts(scope="global", symptoms="app-crash http-500", changes=())
    assert ahead(everywhere, "software-defect", "hardware") > 8
    assert (
        ahead(
            facts(everywhere, scope="single-dc", symptoms="packet-loss"),
            "hardware",
            "software-defect",
        )
        > 5
    )


def test_data_that_are_wrong_without_a_place_are_the_database():
    wrong = facts(symptoms="data-wrong", scope="partial-function", changes=[("migration", 60.0)])
    assert ahead(wrong, "data-db", "hardware") > 12


def test_a_carrier_that_fails_beside_it_is_a_line():
    line = facts(
        symptoms="packet-loss", scope="regional", co_failing_kinds="isp", traffic="inbound-drop"
    )
    assert ahead(line, "fibre-cut", "hardware") > 15


def test_it_is_never_said_of_a_service_that_merely_answers_with_errors():
    assert first(facts(symptoms="http-500", scope="global", onset="sudden")) != "hardware"
