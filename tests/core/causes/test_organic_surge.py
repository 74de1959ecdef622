"""A crowd is told from floods of packets and of requests, from a limit and from a storm."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

CROWD = facts(
    time_context="major-event", symptoms="queue-page slow http-503", traffic="inbound-surge",
    traffic_detail="normal-client-mix many-sources", changes=(), onset="gradual",
)  # fmt: skip


def test_many_people_at_an_event_are_first():
    assert first(CROWD) == "organic-surge"


def test_it_leads_from_outside_by_the_event_and_the_queue():
    assert first(facts(time_context="major-event", symptoms="queue-page slow")) == "organic-surge"


def test_an_event_without_a_crowd_is_no_crowd():
    calm = facts(time_context="major-event", traffic="usual", symptoms="http-500")
    assert first(calm) != "organic-surge"


def test_programs_from_abroad_are_a_flood_even_at_an_event():
    flood = facts(
        CROWD, traffic_detail="http-requests automated-clients foreign-sources", symptoms="http-503 slow", onset="waves"
    )  # fmt: skip
    assert ahead(flood, "ddos-application", "organic-surge") > 8
    assert ahead(CROWD, "organic-surge", "ddos-application") > 20


def test_bare_packets_are_a_flood():
    flood = facts(CROWD, traffic_detail="udp many-sources", symptoms="packet-loss unreachable")
    assert ahead(flood, "ddos-volumetric", "organic-surge") > 20


def test_as_many_as_always_met_a_limit():
    usual = facts(
        time_context="business-hours", symptoms="slow http-503", traffic="usual", onset="gradual"
    )
    assert ahead(usual, "capacity-limit", "organic-surge") > 12


def test_the_same_clients_again_are_a_storm():
    storm = facts(CROWD, traffic_detail="retries internal", time_context="business-hours")
    assert ahead(storm, "cascade-retry", "organic-surge") > 6
