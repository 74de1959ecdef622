"""What the evidence makes of public statements: the five of 10 March 2025 first, then every axis and word."""

from __future__ import annotations

import msgspec
import pytest

from uproar.app import judging
from uproar.diagnose.axes import AGENCIES, FAMILIES, LEAVES, LOCI
from uproar.diagnose.facts import ChangeFact, ClaimFact, Facts
from uproar.diagnose.roles import ROLES
from uproar.ledger import entries, history, record, standing
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence, Verdict, weigh
from uproar.model.asserted import UNSHIELDED, WORDS, Asserted
from uproar.model.signal import Claim

AT = 1_741_630_000_000
JUDGE = judging.weighing()
OUTSIDE = JUDGE(
    Facts(
        scope="global", onset="waves", time_context=frozenset({"business-hours"}),
        symptoms=frozenset({"unreachable", "slow", "http-520"}), co_failing_kinds=frozenset(),
    )
)  # fmt: skip
FLOODED = JUDGE(
    Facts(
        scope="global", onset="waves", symptoms=frozenset({"unreachable", "http-520"}),
        traffic="inbound-surge", traffic_detail=frozenset({"many-sources", "tcp"}), attack_seen=0.99,
    )
)  # fmt: skip
BROKEN = JUDGE(
    Facts(
        scope="global", onset="sudden", symptoms=frozenset({"http-5xx"}), traffic="usual",
        changes=(ChangeFact("deploy", 3.0),),
    )
)  # fmt: skip
WORLDWIDE = Sources(
    {"US": 0.22, "VN": 0.2, "BR": 0.17, "IN": 0.09, "TW": 0.04}, 0.05, meaningful=True
)


def said(words: str, by: str = "Somebody, owner of X", **more: object) -> Claim:
    return Claim(AT, "x", by, words, **more)  # type: ignore[arg-type]


def word_of(claim: Claim, evidence: Evidence) -> dict[str, str]:
    return {f"{each.axis}:{each.value}": each.word for each in weigh(claim, evidence)}


CYBERATTACK = said("A massive cyberattack, still going on.")
GROUP = said("Done with a lot of resources: either a large, coordinated group and/or a country.")
UKRAINE = said("IP addresses originating in the Ukraine area.")
ORIGINS = said("Several origin servers were not behind Cloudflare.", "security researchers")


def test_the_statements_of_10_march_as_an_outsider_could_hold_them() -> None:
    evidence = Evidence(AT, OUTSIDE, fits=frozenset({UNSHIELDED}))
    assert word_of(CYBERATTACK, evidence) == {"mechanism:attack-unspecified": "unproven"}
    assert set(word_of(GROUP, evidence).values()) == {"insufficient"}
    assert word_of(UKRAINE, evidence) == {"source:UA": "insufficient"}
    (fits,) = weigh(ORIGINS, evidence)
    assert fits.word == "unproven"
    assert "consistent with it" in fits.reason


def test_what_turns_them_is_the_operators_traffic() -> None:
    evidence = Evidence(AT, FLOODED, WORLDWIDE, {UNSHIELDED: True})
    assert word_of(CYBERATTACK, evidence) == {"mechanism:attack-unspecified": "supported"}
    assert set(word_of(GROUP, evidence).values()) == {"insufficient"}
    assert word_of(UKRAINE, evidence) == {"source:UA": "contradicted"}
    assert word_of(ORIGINS, evidence) == {f"fact:{UNSHIELDED}": "supported"}
    broken = Evidence(AT, BROKEN)
    assert word_of(CYBERATTACK, broken) == {"mechanism:attack-unspecified": "contradicted"}


def test_forged_addresses_bear_out_no_country() -> None:
    forged = Sources({"UA": 0.9}, 0.97, meaningful=False)
    assert word_of(UKRAINE, Evidence(AT, FLOODED, forged)) == {"source:UA": "insufficient"}
    real = Sources({"UA": 0.9}, 0.02, meaningful=True)
    (verdict,) = weigh(UKRAINE, Evidence(AT, FLOODED, real))
    assert verdict.word == "supported"
    assert "does not say who stands behind them" in verdict.reason


@pytest.mark.parametrize(
    ("asserted", "evidence", "word"),
    [
        (Asserted("mechanism", "bad-deploy"), BROKEN, "supported"),
        (Asserted("mechanism", "change"), BROKEN, "supported"),
        (Asserted("mechanism", "power-cooling"), BROKEN, "contradicted"),
        (Asserted("mechanism", "not-attack"), BROKEN, "supported"),
        (Asserted("mechanism", "not-attack"), FLOODED, "contradicted"),
        (Asserted("mechanism", "technical-unspecified"), BROKEN, "insufficient"),
        (Asserted("agency", "malicious-action"), FLOODED, "supported"),
        (Asserted("agency", "malicious-action:state"), FLOODED, "insufficient"),
        (Asserted("agency", "malicious-action"), BROKEN, "contradicted"),
        (Asserted("locus", "origin"), BROKEN, "unproven"),
        (Asserted("fact", UNSHIELDED), BROKEN, "insufficient"),
    ],
)
def test_every_axis_has_its_verdicts(asserted: Asserted, evidence: object, word: str) -> None:
    claim = said("it", asserts=(asserted,))
    (verdict,) = weigh(claim, Evidence(AT, evidence))  # type: ignore[arg-type]
    assert verdict.word == word
    assert verdict.reason.endswith((".", "!"))


def test_without_a_diagnosis_and_without_a_cause_nothing_is_concluded() -> None:
    assert word_of(CYBERATTACK, Evidence(AT)) == {"mechanism:attack-unspecified": "insufficient"}
    (verdict,) = weigh(said("We are looking into it."), Evidence(AT, BROKEN))
    assert (verdict.axis, verdict.word) == ("", "insufficient")


def test_the_words_of_statements_are_those_of_the_diagnosis() -> None:
    assert set(LEAVES) <= set(WORDS["mechanism"])
    assert set(FAMILIES) - {"dependency", "unknown"} <= set(WORDS["mechanism"])
    assert set(WORDS["locus"]) == set(LOCI)
    assert {value.partition(":")[0] for value in WORDS["agency"]} == set(AGENCIES)


@pytest.mark.parametrize(
    ("words", "reads"),
    [
        ("This was not an attack.", ["mechanism:not-attack"]),
        ("Was it an attack?", []),
        ("We do not know whether it was an attack.", []),
        ("There is no evidence of an attack.", []),
        ("It is due to a misconfiguration.", ["mechanism:config-error"]),
        ("Human error during a routine update.", ["mechanism:change", "agency:human-error"]),
        ("ATTACK " * 500, ["mechanism:attack-unspecified"]),
        ("<script>alert(1)</script>", []),
        ("", []),
    ],
)
def test_plain_words_are_read_with_care(words: str, reads: list[str]) -> None:
    found = weigh(said(words), Evidence(AT, BROKEN))
    assert [f"{each.axis}:{each.value}" for each in found if each.axis] == reads


def test_a_thousand_who_say_attack_are_one_fact() -> None:
    crowd = [
        said("A massive cyberattack!", f"user {number}", role="public") for number in range(1_000)
    ]
    assert standing.facts_of(crowd) == (ClaimFact("public", "attack-unspecified"),)
    assert standing.facts_of([msgspec.structs.replace(CYBERATTACK, withdrawn=True)]) == ()
    assert all(fact.role in ROLES for fact in standing.facts_of([CYBERATTACK, GROUP, UKRAINE]))


def verdict(word: str, at: int) -> Verdict:
    return Verdict("mechanism", "hardware", word, f"since {at}.", at)  # type: ignore[arg-type]


def test_a_history_keeps_every_change_of_the_word_and_no_flutter_of_figures() -> None:
    found = history.begun(verdict("insufficient", 1))
    for at, word in enumerate(["insufficient", "unproven", "unproven", "supported"], 2):
        found = history.with_verdict(found, verdict(word, at))
    assert [(each.word, each.at) for each in found.past] == [
        ("insufficient", 1), ("unproven", 3), ("supported", 5),
    ]  # fmt: skip
    for at in range(6, 200):
        found = history.with_verdict(found, verdict(("unproven", "supported")[at % 2], at))
    assert len(found.past) == history.CHANGES_MAX
    assert found.past[0].at == 1
    assert found.dropped == 3 + 194 - history.CHANGES_MAX


def test_what_a_correction_takes_back_stays_in_the_ledger() -> None:
    first = said("A massive cyberattack.", native="c1")
    ledger = entries.weighed(None, [first], Evidence(AT, OUTSIDE))
    second = msgspec.structs.replace(first, said="It is due to a misconfiguration.")
    ledger = entries.weighed(ledger, [second], Evidence(AT + 60_000, OUTSIDE))
    (entry,) = ledger.entries
    assert [(each.now.value, each.stands) for each in entry.verdicts] == [
        ("attack-unspecified", False), ("config-error", True),
    ]  # fmt: skip


def test_nobody_can_talk_others_out_of_the_ledger() -> None:
    loud = [said(f"attack {number}", "loud") for number in range(entries.ENTRIES_MAX + 50)]
    ledger = entries.weighed(
        None, [*loud, said("It is due to a misconfiguration.", "quiet")], Evidence(AT, OUTSIDE)
    )
    assert len(ledger.entries) == entries.ENTRIES_MAX
    assert ledger.set_aside == 51
    assert any(entry.claim.by == "quiet" for entry in ledger.entries)


def test_a_record_counts_incidents_and_says_so() -> None:
    records: dict[str, record.Record] = {}
    for word in ("contradicted", "unproven", "unproven"):
        told = [("Somebody  of X", "mechanism", "attack-unspecified", word)] * 3
        records = record.with_incident(records, told)  # type: ignore[arg-type]
    (found,) = records.values()
    assert record.sentence(found.tallies[0]) == (
        "Blamed an attack 3 times: 0 supported, 1 contradicted, 2 unproven."
    )
    assert record.name_of("somebody of x") in records
    many = record.with_incident(
        records,
        [
            (f"n{number}", "mechanism", "hardware", "unproven")
            for number in range(record.CLAIMANTS_MAX + 5)
        ],
    )
    assert len(many) == record.CLAIMANTS_MAX
