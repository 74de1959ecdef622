"""A flood of requests is told from people, from packets and from a storm of its own clients."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

FLOOD = facts(
    onset="waves", symptoms="http-503 slow", traffic="inbound-surge",
    traffic_detail="http-requests repeated-same-url foreign-sources", changes=(),
)  # fmt: skip


def test_the_same_dear_page_asked_again_and_again_is_a_flood_of_requests():
    assert first(FLOOD) == "ddos-application"


def test_a_page_that_asks_for_proof_leads_to_it_from_outside():
    assert first(facts(symptoms="challenge-page http-503")) == "ddos-application"


def test_people_who_came_for_something_are_no_flood():
    crowd = facts(
        FLOOD, traffic_detail="http-requests normal-client-mix", time_context="major-event", onset="gradual"
    )  # fmt: skip
    assert ahead(FLOOD, "ddos-application", "organic-surge") > 15
    assert ahead(crowd, "organic-surge", "ddos-application") > 15


def test_retries_from_within_are_no_flood():
    storm = facts(FLOOD, traffic_detail="retries internal")
    assert ahead(FLOOD, "ddos-application", "cascade-retry") > 10
    assert ahead(storm, "cascade-retry", "ddos-application") > 15


def test_full_lines_are_the_other_kind_of_flood():
    packets = facts(FLOOD, traffic_detail="udp spoofed", symptoms="packet-loss unreachable")
    assert ahead(packets, "ddos-volumetric", "ddos-application") > 15


def test_a_change_just_before_speaks_against_it():
    changed = facts(FLOOD, changes=[("deploy", 5.0)])
    without, with_change = scores(FLOOD)["ddos-application"], scores(changed)["ddos-application"]
    assert with_change < without - 8
