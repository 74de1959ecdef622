"""A limit is told from a crowd, from a storm and from a database."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

FULL = facts(
    onset="gradual", symptoms="slow http-503 jobs-delayed", time_context="business-hours", traffic_detail="normal-client-mix"
)  # fmt: skip


def test_slowness_that_grows_at_the_daily_peak_is_first():
    assert first(FULL) == "capacity-limit"


def test_a_crowd_that_came_for_something_is_a_crowd():
    crowd = facts(
        FULL, traffic="inbound-surge", time_context="major-event", symptoms="queue-page http-503"
    )
    assert ahead(FULL, "capacity-limit", "organic-surge") > 8
    assert ahead(crowd, "organic-surge", "capacity-limit") > 8


def test_the_same_clients_again_and_again_are_a_storm():
    storm = facts(
        FULL, traffic_detail="retries internal", onset="waves", symptoms="api-errors http-503"
    )
    assert ahead(FULL, "capacity-limit", "cascade-retry") > 5
    assert ahead(storm, "cascade-retry", "capacity-limit") > 10


def test_data_that_cannot_be_written_lean_to_the_database():
    database = facts(
        symptoms="cannot-post data-missing", scope="partial-function", changes=[("failover", None)]
    )
    assert ahead(database, "data-db", "capacity-limit") > 12


def test_capacity_that_was_changed_speaks_for_it_and_a_flood_against_it():
    changed = facts(changes=[("capacity-change", None)])
    assert set(list(scores(changed))[:2]) == {"capacity-limit", "cascade-retry"}
    assert scores(facts(traffic_detail="udp"))["capacity-limit"] < -5
