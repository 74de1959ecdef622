"""A mistake in names is told from the name host, from routes and from floods."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first

MISTAKE = facts(
    symptoms="dns-nxdomain", scope="global", traffic="inbound-drop", changes=[("dns-change", 40.0)]
)


def test_a_name_that_is_gone_after_a_change_of_names_is_first():
    assert first(MISTAKE) == "dns-error"


def test_broken_signatures_lead_to_it_from_outside():
    assert first(facts(symptoms="dns-servfail", notice="DNS resolution issues")) == "dns-error"


def test_a_name_host_with_a_failure_of_its_own_is_a_dependency():
    host = facts(
        symptoms="dns-timeout", co_failing_kinds="dns-provider peer-services", co_failing=9
    )
    alone = facts(symptoms="dns-nxdomain", co_failing_kinds="own-dependents")
    assert ahead(host, "dependency", "dns-error") > 5
    assert ahead(alone, "dns-error", "dependency") > 10


def test_routes_that_were_taken_back_go_before_names():
    gone = facts(symptoms="bgp-withdrawn dns-timeout unreachable", onset="sudden")
    assert ahead(gone, "bgp-routing-error", "dns-error") > 8


def test_silence_under_more_questions_is_a_flood():
    flood = facts(symptoms="dns-timeout", traffic="inbound-surge", onset="waves")
    assert ahead(flood, "ddos-volumetric", "dns-error") > 12


def test_a_name_that_leads_to_a_strangers_pages_was_taken():
    taken = facts(symptoms="dns-wrong-answer defaced")
    assert ahead(taken, "attack-other", "dns-error") > 0
    assert ahead(facts(symptoms="dns-nxdomain"), "dns-error", "attack-other") > 5
