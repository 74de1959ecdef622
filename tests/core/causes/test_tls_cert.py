"""A certificate is told from clocks, from settings and from strangers."""

from __future__ import annotations

from core.causes.expert import ahead, facts, first, scores

EXPIRED = facts(symptoms="tls-expired", time_context="cert-or-date-boundary", onset="sudden")


def test_an_expired_certificate_is_first_by_far():
    sums = list(scores(EXPIRED).items())
    assert sums[0][0] == "tls-cert"
    assert sums[0][1] - sums[1][1] > 15


def test_one_sign_alone_suffices():
    assert first(facts(symptoms="tls-expired")) == "tls-cert"
    assert first(facts(symptoms="tls-handshake")) == "tls-cert"


def test_a_certificate_that_is_valid_leaves_the_clock():
    clock = facts(time_context="cert-or-date-boundary midnight-utc", symptoms="app-crash http-500")
    assert ahead(EXPIRED, "tls-cert", "date-time-bug") > 8
    assert ahead(clock, "date-time-bug", "tls-cert") > 8


def test_an_issuer_that_was_never_used_and_a_name_that_is_wrong_are_a_stranger():
    stranger = facts(symptoms="tls-unknown-ca dns-wrong-answer bgp-hijack")
    assert first(stranger) == "attack-other"


def test_a_new_certificate_is_told_from_another_setting():
    rotated = facts(symptoms="tls-wrong-name", changes=[("cert-rotation", 5.0)])
    setting = facts(symptoms="http-403", changes=[("config-change", 5.0)])
    assert ahead(rotated, "tls-cert", "config-error") > 12
    assert ahead(setting, "config-error", "tls-cert") > 12


def test_slowness_is_never_a_certificate():
    assert scores(facts(symptoms="slow"))["tls-cert"] < -5
