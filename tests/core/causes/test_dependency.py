"""Somebody else's failure is told by who else fails, and by nothing else."""

from __future__ import annotations

import pytest

from core.causes.expert import ahead, facts, first, scores

ERRORS = facts(symptoms="http-500 partial-content", scope="regional", onset="sudden")
PROVIDERS = ("cloud-region", "cdn", "dns-provider", "third-party")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_with_a_failure_of_its_own_is_first(provider):
    assert first(facts(ERRORS, co_failing_kinds=f"{provider} peer-services")) == "dependency"
    assert first(ERRORS) != "dependency"


def test_if_nobody_else_fails_nobody_else_is_the_cause():
    alone = facts(ERRORS, co_failing_kinds="", changes=[("config-change", 5.0)])
    assert ahead(alone, "config-error", "dependency") > 20
    assert scores(facts(co_failing_kinds=""))["dependency"] < -10


def test_a_carrier_beside_lost_packets_may_be_a_line():
    carrier = facts(co_failing_kinds="isp")
    assert first(carrier) == "dependency"
    assert (
        ahead(facts(carrier, symptoms="packet-loss", scope="regional"), "fibre-cut", "dependency")
        > 5
    )


def test_a_change_of_its_own_competes_with_the_provider():
    both = facts(ERRORS, co_failing_kinds="cloud-region", changes=[("deploy", 3.0)])
    provider = facts(ERRORS, co_failing_kinds="cloud-region", changes=())
    assert (
        ahead(provider, "dependency", "bad-deploy") > ahead(both, "dependency", "bad-deploy") + 20
    )


def test_names_that_fail_with_their_host_are_the_hosts():
    host = facts(symptoms="dns-timeout", co_failing_kinds="dns-provider")
    assert ahead(host, "dependency", "dns-error") > 0
    assert ahead(facts(symptoms="dns-nxdomain"), "dns-error", "dependency") > 10
