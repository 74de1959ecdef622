"""Power and cooling are told from work, from machines and from cut lines."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

DARK = facts(
    scope="single-dc", onset="sudden", symptoms="unreachable http-522", co_failing_kinds="peer-services own-dependents",
    co_failing=6,
)  # fmt: skip


def test_a_building_that_goes_dark_with_all_in_it_is_first():
    assert first(DARK) == "power-cooling"


def test_a_vendor_that_names_one_zone_speaks_for_it():
    assert first(facts(DARK, notice="Issue in one zone")) == "power-cooling"
    assert scores(facts(notice="Issue in one zone"))["power-cooling"] >= 8


def test_lost_packets_in_a_region_behind_a_carrier_are_a_cut():
    cut = facts(
        scope="regional",
        symptoms="packet-loss",
        co_failing_kinds="isp peer-services",
        onset="sudden",
    )
    assert ahead(DARK, "power-cooling", "fibre-cut") > 5
    assert ahead(cut, "fibre-cut", "power-cooling") > 8


def test_one_part_that_limps_is_a_machine():
    limping = facts(
        scope="single-dc",
        symptoms="slow cannot-post",
        onset="gradual",
        changes=[("failover", None)],
    )
    assert ahead(DARK, "power-cooling", "hardware") > 8
    assert (
        ahead(limping, "power-cooling", "hardware") < ahead(DARK, "power-cooling", "hardware") - 8
    )


def test_it_is_not_everywhere():
    assert first(facts(DARK, scope="global")) != "power-cooling"


def test_a_cloud_with_a_failure_of_its_own_is_a_dependency():
    cloud = facts(
        symptoms="http-500", co_failing_kinds="cloud-region peer-services", scope="regional"
    )
    assert ahead(cloud, "dependency", "power-cooling") > 8
