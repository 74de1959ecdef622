"""Verdicts by axis: where each word begins, what is never concluded, and what a reason says."""

from __future__ import annotations

from typing import Any

import pytest

from core import ledger_cases as cases
from core.ledger_cases import AT, WORLDWIDE, diagnosis, evidence, one
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence, weigh
from uproar.model.signal import Claim


@pytest.mark.parametrize(
    ("value", "attack", "word"),
    [
        ("attack-unspecified", 0.8, "supported"),
        ("attack-unspecified", 0.79, "unproven"),
        ("attack-unspecified", 0.051, "unproven"),
        ("attack-unspecified", 0.05, "contradicted"),
        ("attack", 0.9, "supported"),
        ("not-attack", 0.9, "unproven"),
        ("not-attack", 0.96, "contradicted"),
        ("not-attack", 0.1, "supported"),
        ("ddos-application", 0.9, "unproven"),  # 0.3: it is an attack, and not told which.
        ("ddos-application", 0.12, "contradicted"),  # 0.04
        ("config-error", 0.9, "contradicted"),
        ("change", 0.4, "unproven"),  # 6 of 18 others: 0.2
        ("load", 0.9, "contradicted"),
        # Words that name no mechanism that could be held against anything.
        ("unknown", 0.4, "insufficient"),
        ("technical-unspecified", 0.4, "insufficient"),
        ("solar", 0.4, "insufficient"),
    ],
)
def test_a_mechanism_is_weighed_by_its_probability(value: str, attack: float, word: str) -> None:
    assert one("mechanism", value, evidence(attack)).word == word


@pytest.mark.parametrize(
    ("attack", "more", "word"),
    [
        (0.9, {}, "unproven"),  # Never supported below the floor.
        (0.15, {}, "unproven"),
        (0.14, {}, "insufficient"),
        (0.01, {}, "insufficient"),  # Never contradicted below the floor.
        (0.9, {"because": ()}, "insufficient"),  # Nothing was seen: base rates alone.
    ],
)
def test_below_the_floor_nothing_is_supported_and_nothing_contradicted(
    attack: float, more: dict[str, Any], word: str
) -> None:
    for floor in ({"insufficient": True}, {"withheld": ("mechanism",)}):
        verdict = one("mechanism", "attack", Evidence(AT, diagnosis(attack, **floor, **more)))
        assert verdict.word == word
        assert (verdict.probability is None) == (word == "insufficient")


@pytest.mark.parametrize("attack", [0.0, 0.03, 0.5, 0.99, 1.0])
@pytest.mark.parametrize("who", ["malicious-action:organised", "malicious-action:state"])
def test_who_did_it_is_never_concluded(who: str, attack: float) -> None:
    everything = evidence(attack, sources=WORLDWIDE, observed={"origin-unshielded": True})
    verdict = one("agency", who, everything)
    assert (verdict.word, verdict.probability) == ("insufficient", None)


@pytest.mark.parametrize(
    ("value", "attack", "more", "word"),
    [
        ("malicious-action", 0.9, {}, "supported"),
        ("malicious-action", 0.4, {}, "unproven"),
        ("malicious-action", 0.4, {"withheld": ("agency",)}, "unproven"),
        ("human-error", 0.4, {}, "unproven"),
        ("human-error", 0.4, {"withheld": ("agency",)}, "unproven"),  # 0.3, and something is seen.
        ("human-error", 0.4, {"withheld": ("agency",), "because": ()}, "insufficient"),
        ("natural-phenomenon", 0.4, {}, "insufficient"),  # Not in this diagnosis.
    ],
)
def test_what_kind_of_hand(value: str, attack: float, more: dict[str, Any], word: str) -> None:
    assert one("agency", value, Evidence(AT, diagnosis(attack, **more))).word == word


@pytest.mark.parametrize(
    ("value", "word"), [("origin", "supported"), ("cdn", "contradicted"), ("cloud", "unproven")]
)
def test_whose_side(value: str, word: str) -> None:
    assert one("locus", value, evidence()).word == word
    withheld = Evidence(AT, diagnosis(withheld=("locus",), because=()))
    assert one("locus", value, withheld).word == "insufficient"


@pytest.mark.parametrize(
    ("code", "sources", "word", "part"),
    [
        ("UA", None, "insufficient", "Nobody who holds the traffic"),
        ("UA", Sources({}), "insufficient", "Nobody who holds the traffic"),
        ("UA", WORLDWIDE, "contradicted", "Ukraine has 1.2 % of it and is country number 5 by share"),
        ("US", WORLDWIDE, "unproven", "part of it, and not most"),
        ("UA", Sources({"UA": 0.5, "US": 0.5}, None, True), "supported", "does not say who stands behind"),
        ("UA", Sources({"UA": 0.9}, 0.5, True), "insufficient", "probably forged"),
        ("US", Sources({"UA": 0.9}, 0.5, True), "insufficient", "probably forged"),
        ("UA", Sources({"UA": 0.9}, 0.1, False), "insufficient", "do not say who sent it"),
        # Not listed: it has at most what the least of them has, and what is left.
        ("UA", Sources({"US": 0.6, "BR": 0.04}, 0.1, True), "contradicted", "at most 4.0 % of it"),
        ("UA", Sources({"US": 0.6, "BR": 0.38}, 0.1, True), "contradicted", "at most 2.0 % of it"),
        ("UA", Sources({"US": 0.6, "BR": 0.1}, 0.1, True), "insufficient", "not among the countries"),
        ("UA", Sources({"US": 0.95, "UA": 0.05}, 0.1, True), "unproven", "Ukraine has 5.0 %"),
    ],
)  # fmt: skip
def test_where_traffic_comes_from(code: str, sources: Sources | None, word: str, part: str) -> None:
    verdict = one("source", code, evidence(sources=sources))
    assert verdict.word == word
    assert part in verdict.reason
    assert verdict.witness == (() if sources is None else sources.witness)


@pytest.mark.parametrize(
    ("observed", "word"), [(True, "supported"), (False, "contradicted"), (None, "insufficient")]
)
def test_a_fact_is_what_was_seen(observed: bool | None, word: str) -> None:
    held = evidence(
        observed={"origin-unshielded": observed}, witnesses={"origin-unshielded": ("probe-1",)}
    )
    verdict = one("fact", "origin-unshielded", held)
    assert (verdict.word, verdict.witness) == (word, ("probe-1",))
    if observed is None:
        assert "nothing that is seen speaks against it" in verdict.reason
        assert one("fact", "origin-unshielded", evidence()).word == word
    assert one("fact", "moon-full", held).word == "insufficient"


def test_a_fact_that_what_is_seen_fits_is_unproven_and_what_was_looked_at_decides() -> None:
    fits = frozenset({"origin-unshielded"})
    verdict = one("fact", "origin-unshielded", evidence(fits=fits))
    assert verdict.word == "unproven"
    assert "consistent with it" in verdict.reason
    looked = evidence(fits=fits, observed={"origin-unshielded": False})
    assert one("fact", "origin-unshielded", looked).word == "contradicted"


def test_what_names_no_cause_is_told_so() -> None:
    (verdict,) = weigh(Claim(AT, "x", "The owner", "We are looking into it."), evidence())
    assert (verdict.axis, verdict.word) == ("", "insufficient")
    assert "names no cause" in verdict.reason


def test_before_there_is_a_diagnosis_nothing_is_said_of_the_cause() -> None:
    early = Evidence(AT, sources=WORLDWIDE)
    for axis, value in (("mechanism", "attack"), ("locus", "cdn"), ("agency", "human-error")):
        assert one(axis, value, early).word == "insufficient"
    assert one("source", "UA", early).word == "contradicted"


def test_a_reason_says_the_probability_what_it_would_take_and_what_it_rests_on() -> None:
    verdict = one("mechanism", "attack-unspecified", evidence(0.4))
    assert verdict.reason == (
        "An attack of some kind has a probability of 40 %, when nobody's word counts; it would take 80 % to support it, "
        "and 5 % to contradict it. For it: It came in waves, with recovery between them. Against it: What stands before "
        "it answers that its servers do not (520 to 530)."
    )
    assert verdict.witness == ("reports", "p1")
    other = one("mechanism", "not-attack", evidence(0.4))
    assert "Against it: It came in waves" in other.reason
    assert one("mechanism", "attack", evidence(0.0)).reason.count("less than 1 %") == 1
    assert "99 %" in one("mechanism", "attack", evidence(0.9999)).reason


def test_a_claim_of_an_attack_of_the_tenth_of_march() -> None:
    """From outside an attack is neither excluded nor shown; then those who hold the traffic show sources."""
    words = {
        "A massive cyberattack, still going on.": ["unproven"],
        "Done with a lot of resources: either a large, coordinated group and/or a country.": ["insufficient"] * 2,
        "IP addresses originating in the Ukraine area.": ["insufficient"],
        "It may as well be human error during a routine update, or a misconfigured firewall.": ["unproven"] * 3,
        "Several of X's origin servers were not behind Cloudflare.": ["insufficient"],
    }  # fmt: skip
    outside = Evidence(AT, diagnosis(0.4, mechanism={"config-error": 0.12}))
    for said, expected in words.items():
        claim = Claim(AT, "x", "Somebody", said)
        assert [each.word for each in weigh(claim, outside)] == expected, said
    inside = evidence(0.97, sources=WORLDWIDE, observed={"origin-unshielded": True})
    now = [[each.word for each in weigh(Claim(AT, "x", "S", said), inside)] for said in words]
    assert now == [
        ["supported"], ["insufficient"] * 2, ["contradicted"],
        ["contradicted", "contradicted", "unproven"], ["supported"],
    ]  # fmt: skip
    assert cases.SEEN.sentence in weigh(Claim(AT, "x", "S", "An attack."), inside)[0].reason
