"""Wrong routes are told from cut lines, from names and from floods."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

LEAK = facts(
    scope="single-isp", onset="sudden", symptoms="unreachable packet-loss bgp-leak", traffic="inbound-drop",
    co_failing_kinds="peer-services isp",
)  # fmt: skip


def test_addresses_that_the_wrong_network_announces_are_first():
    assert first(LEAK) == "bgp-routing-error"


def test_a_network_that_takes_back_its_routes_and_its_names_with_them_is_routes():
    gone = facts(
        scope="global", onset="sudden", symptoms="bgp-withdrawn dns-timeout dns-servfail unreachable",
        co_failing_kinds="own-status-page own-dependents",
    )  # fmt: skip
    assert first(gone) == "bgp-routing-error"
    assert ahead(facts(symptoms="dns-servfail"), "dns-error", "bgp-routing-error") > 10


def test_without_a_wrong_announcement_a_region_behind_a_line_is_a_cut():
    cut = facts(LEAK, scope="regional", symptoms="unreachable packet-loss", changes=())
    assert ahead(LEAK, "bgp-routing-error", "fibre-cut") > 8
    assert ahead(cut, "fibre-cut", "bgp-routing-error") > 8


def test_a_flood_brings_more_and_wrong_routes_bring_less():
    lost = facts(symptoms="packet-loss unreachable", onset="sudden")
    more, less = facts(lost, traffic="inbound-surge"), facts(lost, traffic="inbound-drop")
    assert ahead(more, "ddos-volumetric", "bgp-routing-error") > 8
    assert ahead(less, "bgp-routing-error", "ddos-volumetric") > 5


def test_an_error_page_of_its_own_speaks_against_it():
    assert scores(facts(symptoms="http-500"))["bgp-routing-error"] < -5
