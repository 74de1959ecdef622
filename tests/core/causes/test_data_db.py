"""Data are told from moves, from machines, from programs and from strangers."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

LOST = facts(
    symptoms="data-missing cannot-post",
    scope="partial-function",
    traffic="usual",
    co_failing_kinds="",
)


def test_data_that_are_missing_while_the_rest_works_are_first():
    assert first(LOST) == "data-db"


def test_one_sign_alone_suffices_from_outside():
    assert first(facts(symptoms="data-wrong")) == "data-db"


def test_a_move_after_which_nobody_gets_in_is_the_move():
    move = facts(
        symptoms="login-fails slow", time_context="scheduled-window weekend-or-holiday", changes=[("migration", 30.0)]
    )  # fmt: skip
    assert ahead(move, "maintenance-migration", "data-db") > 10
    assert ahead(facts(LOST, changes=[("failover", None)]), "data-db", "maintenance-migration") > 10


def test_one_place_that_loses_packets_is_a_machine():
    place = facts(symptoms="packet-loss cannot-post", scope="single-dc")
    assert ahead(place, "hardware", "data-db") > 5


def test_a_crash_without_a_loss_is_a_program():
    crash = facts(symptoms="app-crash http-500", scope="partial-function", changes=())
    assert ahead(crash, "software-defect", "data-db") > 8


def test_a_strangers_message_beside_the_loss_is_a_stranger():
    stranger = facts(symptoms="data-missing defaced", scope="global")
    assert first(stranger) == "attack-other"


def test_no_network_failure_looks_like_it():
    for symptom in ("packet-loss", "bgp-leak", "dns-nxdomain", "tls-handshake", "unreachable"):
        assert scores(facts(symptoms=symptom))["data-db"] <= -5, symptom
