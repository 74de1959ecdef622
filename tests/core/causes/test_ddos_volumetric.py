"""A flood of packets is told from people, from requests and from lines that were cut."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

FLOOD = facts(
    scope="global", onset="waves", symptoms="tcp-connect-timeout packet-loss", traffic="inbound-surge",
    traffic_detail="udp many-sources", changes=(),
)  # fmt: skip


def test_packets_in_waves_without_any_change_are_a_flood():
    assert first(FLOOD) == "ddos-volumetric"


def test_from_outside_waves_and_lost_packets_lead_to_it_before_any_other_attack():
    seen = facts(onset="waves", symptoms="tcp-connect-timeout packet-loss http-522")
    assert first(seen) == "ddos-volumetric"


def test_people_are_no_flood():
    people = facts(FLOOD, traffic_detail="normal-client-mix many-sources", symptoms="slow http-503")
    assert ahead(FLOOD, "ddos-volumetric", "organic-surge") > 15
    assert ahead(people, "organic-surge", "ddos-volumetric") > 15


def test_requests_are_the_other_kind_of_flood():
    requests = facts(FLOOD, traffic_detail="http-requests automated-clients", symptoms="http-503")
    assert ahead(FLOOD, "ddos-volumetric", "ddos-application") > 10
    assert ahead(requests, "ddos-application", "ddos-volumetric") > 10


def test_less_that_comes_in_is_a_line_that_was_cut():
    lost = facts(symptoms="packet-loss unreachable", scope="regional", onset="sudden")
    assert ahead(facts(lost, traffic="inbound-drop"), "fibre-cut", "ddos-volumetric") > 10
    assert ahead(facts(lost, traffic="inbound-surge"), "ddos-volumetric", "fibre-cut") > 0


def test_questions_to_name_servers_are_a_flood_and_wrong_answers_are_a_mistake():
    silent = facts(symptoms="dns-timeout", traffic="inbound-surge", traffic_detail="dns-queries")
    assert ahead(silent, "ddos-volumetric", "dns-error") > 15
    assert ahead(facts(symptoms="dns-nxdomain"), "dns-error", "ddos-volumetric") > 8
