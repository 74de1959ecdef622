"""A cut line is told from carriers' other failures, from routes, power and floods."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

CUT = facts(
    scope="regional", onset="sudden", symptoms="packet-loss unreachable", traffic="inbound-drop", changes=(),
    co_failing_kinds="isp peer-services", notice="Network connectivity issue",
)  # fmt: skip


def test_a_region_that_loses_packets_and_has_changed_nothing_is_first():
    assert first(CUT) == "fibre-cut"


def test_a_provider_that_is_not_a_line_is_a_dependency():
    cloud = facts(symptoms="http-500 partial-content", co_failing_kinds="cloud-region", changes=())
    assert ahead(CUT, "fibre-cut", "dependency") > 15
    assert ahead(cloud, "dependency", "fibre-cut") > 15


def test_a_leak_is_wrong_routes():
    leak = facts(
        CUT, symptoms="bgp-leak unreachable", scope="single-isp", changes=[("bgp-change", 5.0)]
    )
    assert ahead(leak, "bgp-routing-error", "fibre-cut") > 15


def test_one_building_without_lost_packets_is_power():
    building = facts(
        scope="single-dc",
        symptoms="unreachable http-523",
        onset="sudden",
        notice="Issue in one hall",
    )
    assert ahead(building, "power-cooling", "fibre-cut") > 8


def test_waves_with_more_that_comes_in_are_a_flood():
    flood = facts(symptoms="packet-loss unreachable", onset="waves", traffic="inbound-surge")
    assert ahead(flood, "ddos-volumetric", "fibre-cut") > 15


def test_a_cut_is_somewhere_and_not_in_a_part_of_the_service():
    sums = [
        scores(facts(scope=scope))["fibre-cut"]
        for scope in ("global", "partial-function", "regional")
    ]
    assert max(sums[:2]) < -5 < 5 < sums[2]
