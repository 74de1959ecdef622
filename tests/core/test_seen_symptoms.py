"""What fails: what people report beyond the usual, and what probes agree on."""

from __future__ import annotations

import pytest

from uproar.diagnose.facts import Facts
from uproar.diagnose.items import ITEMS
from uproar.diagnose.seen_symptoms import _FAILURES, _REPORTED, Agreed, probed, reported, words
from uproar.model.symptom import SYMPTOMS


def test_only_what_is_beyond_the_usual_counts() -> None:
    counts = {"connect": 60, "login": 12, "slow": 3, "other": 40}
    usual = {"connect": 2.0, "login": 11.0, "slow": 0.0}
    assert reported(counts, usual, 100.0) == {"unreachable"}


def test_a_small_share_of_many_is_nothing() -> None:
    assert reported({"connect": 900, "login": 30}, {}, 930.0) == {"unreachable"}


def test_what_may_mean_several_things_has_no_word() -> None:
    assert reported({"other": 500}, {}, 500.0) is None
    assert reported({}, {}, 0.0) is None
    assert reported({"app": 360, "connect": 210}, {"app": 30.0, "connect": 15.0}, 600.0) == {
        "unreachable"
    }


def test_it_is_the_app_where_nothing_else_is_reported() -> None:
    assert reported({"app": 300}, {"app": 2.0, "feed": 6.0}, 300.0) == {"app-crash"}
    assert reported({"app": 300}, {"app": 6.0, "feed": 2.0}, 300.0) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (Agreed(3, "fails", "dns", "dns_authoritative_down", "generic_timeout_error"), ("dns-timeout",)),
        (Agreed(3, "fails", "dns", "dns", "dns_servfail_error"), ("dns-servfail",)),
        (Agreed(3, "fails", "tls", "origin_tls_config", "ssl_invalid_certificate"), ("tls-expired",)),
        (Agreed(3, "fails", "tls", "origin_server", "eof_error"), ("tls-handshake",)),
        (Agreed(3, "fails", "tcp", "origin_network", "generic_timeout_error"), ("tcp-connect-timeout",)),
        (Agreed(3, "fails", "tcp", "", "something_new"), ("unreachable",)),
        (Agreed(3, "fails", "http", "edge_to_origin", "", 520), ("http-520",)),
        (Agreed(3, "fails", "http", "origin_capacity", "", 503), ("http-503", "capacity-page")),
        (Agreed(3, "fails", "http", "", "", 599), ("http-5xx",)),
        (Agreed(3, "fails", "http", "origin_app", "generic_timeout_error"), ("http-timeout",)),
        (Agreed(3, "fails", "content", "origin_app", "", 200), ()),
        (Agreed(3, "blocked", "http", "policy_block", "", 403, "cloudflare.challenge_body"), ("challenge-page",)),
        (Agreed(3, "blocked", "http", "policy_block", "", 403), ("http-403",)),
        (Agreed(3, "maintenance", "http", "maintenance", "", 503), ("maintenance-page",)),
        (Agreed(3, "works"), ()),
    ],
)  # fmt: skip
def test_what_probes_found_has_words(found: Agreed, expected: tuple[str, ...]) -> None:
    assert words(found) == expected


def test_one_probe_alone_says_nothing() -> None:
    assert probed([Agreed(1, "fails", "http", "", "", 520)]) is None
    assert probed([]) is None
    assert probed([Agreed(2, "fails", "http", "", "", 520)]) == {"http-520"}


def test_every_word_is_read_by_an_item_and_every_symptom_exists() -> None:
    assert set(_REPORTED) <= set(SYMPTOMS)
    every = {*_REPORTED.values(), *_FAILURES.values(), "app-crash", "capacity-page", "challenge-page",
             "maintenance-page", "http-5xx", "http-520", "http-403"}  # fmt: skip
    for word in every:
        facts = Facts(symptoms=frozenset({word}))
        assert any(item.look(facts) for item in ITEMS if item.field == "symptoms"), word
