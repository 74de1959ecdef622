"""Past verdicts, the ledger of an incident, claimants' records, and what of it all goes into a diagnosis."""

from __future__ import annotations

import msgspec
import pytest

from core.ledger_cases import AT, WORLDWIDE, diagnosis, evidence
from uproar.diagnose.axes import LEAVES
from uproar.diagnose.facts import ClaimFact
from uproar.ledger import entries, history, record, standing
from uproar.ledger.entries import ENTRIES_MAX, Ledger
from uproar.ledger.history import CHANGES_MAX
from uproar.ledger.record import ASSERTIONS_MAX, CLAIMANTS_MAX, Record, Tally
from uproar.ledger.verdicts import Evidence, Verdict, Word
from uproar.model.asserted import Asserted
from uproar.model.signal import Claim

ATTACK = Claim(AT, "x", "The owner", "A massive cyberattack.", native="o-1")


def verdict(word: Word, at: int = AT) -> Verdict:
    return Verdict("mechanism", "attack-unspecified", word, f"because of {at}", at, 0.5)


def held(ledger: Ledger | None, *claims: Claim, attack: float = 0.4, after: int = 0) -> Ledger:
    return entries.weighed(ledger, claims, Evidence(AT + after, diagnosis(attack)))


def words(ledger: Ledger, number: int = 0) -> list[list[Word]]:
    return [[past.word for past in each.past] for each in ledger.entries[number].verdicts]


def test_only_another_word_is_another_verdict_and_the_figures_stay_fresh() -> None:
    one = history.begun(verdict("unproven"))
    for minute in range(1, 50):
        one = history.with_verdict(one, verdict("unproven", AT + minute))
    assert (len(one.past), one.now.at, one.past[0].at) == (1, AT + 49, AT)
    one = history.with_verdict(one, verdict("supported", AT + 50))
    assert [(past.word, past.reason) for past in one.past] == [
        ("unproven", f"because of {AT}"),
        ("supported", f"because of {AT + 50}"),
    ]


def test_flutter_does_not_fill_it_without_end_and_is_counted() -> None:
    one = history.begun(verdict("unproven"))
    for minute in range(100):
        word: Word = "supported" if minute % 2 == 0 else "unproven"
        one = history.with_verdict(one, verdict(word, AT + 1 + minute))
    assert (len(one.past), one.dropped) == (CHANGES_MAX, 101 - CHANGES_MAX)
    assert (one.past[0].at, one.past[-1].at) == (AT, AT + 100)


def test_a_verdict_changes_as_evidence_arrives_and_keeps_what_it_was() -> None:
    ledger = held(None, ATTACK, attack=0.4)
    ledger = held(ledger, ATTACK, attack=0.85, after=60)
    ledger = held(
        ledger, attack=0.02, after=120
    )  # It is out of the list of claims, and not of the ledger.
    assert words(ledger) == [["unproven", "supported", "contradicted"]]
    assert (ledger.at, ledger.changed_at) == (AT + 120, AT + 120)
    assert "85 %" in ledger.entries[0].verdicts[0].past[1].reason
    assert msgspec.convert(msgspec.to_builtins(ledger), Ledger) == ledger


def test_a_correction_leaves_what_was_asserted_before_as_it_stood() -> None:
    ledger = held(None, ATTACK)
    corrected = msgspec.structs.replace(ATTACK, said="It was not a cyberattack.")
    ledger = held(ledger, corrected, attack=0.96, after=60)
    old, new = ledger.entries[0].verdicts
    assert (old.now.value, old.stands, old.now.at) == ("attack-unspecified", False, AT)
    assert (new.now.value, new.stands, new.now.word) == ("not-attack", True, "contradicted")
    ledger = held(ledger, ATTACK, attack=0.96, after=120)
    old, new = ledger.entries[0].verdicts
    assert (old.stands, old.now.word, new.stands) == (True, "supported", False)


def test_corrections_without_end_stay_within_bounds() -> None:
    ledger = None
    for number in range(60):
        asserts = (Asserted("mechanism", f"word-{number}"),)
        ledger = held(ledger, msgspec.structs.replace(ATTACK, asserts=asserts), after=number)
    assert ledger is not None
    found = ledger.entries[0].verdicts
    assert len(found) == entries.HISTORIES_MAX
    assert (found[-1].now.value, found[-1].stands) == ("word-59", True)


def test_nobody_can_talk_others_out_of_the_ledger() -> None:
    quiet = [Claim(AT, "x", f"Speaker {n}", "A power outage.", native=f"q-{n}") for n in range(60)]
    loud = [Claim(AT, "x", " Loud  ONE", "An attack!", native=f"l-{n}") for n in range(1_000)]
    ledger = held(None, quiet[0], *loud, *quiet[1:])
    assert (len(ledger.entries), ledger.set_aside) == (ENTRIES_MAX, 1_060 - ENTRIES_MAX)
    kept = [entry.claim.native for entry in ledger.entries]
    assert {claim.native for claim in quiet} <= set(kept)
    assert [name for name in kept if name.startswith("l")] == [f"l-{n}" for n in range(40)]
    many = [Claim(AT, "x", f"S{n}", "An attack!", native=str(n)) for n in range(150)]
    assert [entry.key for entry in held(None, *many).entries] == [
        str(n) for n in range(ENTRIES_MAX)
    ]


def test_the_same_words_twice_are_one_statement_and_other_words_are_not() -> None:
    bare = msgspec.structs.replace(ATTACK, native="")
    later = msgspec.structs.replace(bare, at=AT + 1)
    assert len(held(None, bare, bare).entries) == 1
    assert len(held(None, bare, later).entries) == 2


def test_a_record_counts_incidents_by_what_became_of_what_was_said() -> None:
    records: dict[str, Record] = {}
    for word in ("contradicted", "unproven", "unproven"):
        told: list[record.Told] = [
            ("The Owner", "mechanism", "attack-unspecified", "supported"),
            ("the  owner", "mechanism", "attack-unspecified", word),  # The last word counts, once.
        ]
        records = record.with_incident(records, told)
    ((name, found),) = records.items()
    assert (name, found.name) == ("the owner", "The Owner")
    assert found.tallies == (Tally("mechanism", "attack-unspecified", contradicted=1, unproven=2),)
    assert record.sentence(found.tallies[0]) == (
        "Blamed an attack 3 times: 0 supported, 1 contradicted, 2 unproven."
    )


@pytest.mark.parametrize(
    ("tally", "said"),
    [
        (Tally("agency", "malicious-action:state", insufficient=1), "Blamed a state once: 0 supported, 0 contradicted, 0 unproven, 1 insufficient."),
        (Tally("source", "UA", contradicted=2), "Named UA as the source 2 times: 0 supported, 2 contradicted, 0 unproven."),
        (Tally("mechanism", "config-error", supported=1), "Blamed config error once: 1 supported, 0 contradicted, 0 unproven."),
    ],
)  # fmt: skip
def test_a_record_in_words(tally: Tally, said: str) -> None:
    assert record.sentence(tally) == said


def test_records_stay_within_bounds_and_forget_who_was_silent_for_longest() -> None:
    records: dict[str, Record] = {}
    for number in range(CLAIMANTS_MAX + 10):
        records = record.with_incident(
            records, [("Always", "fact", "a", "unproven"), (f"N{number}", "fact", "a", "unproven")]
        )
    assert len(records) == CLAIMANTS_MAX
    assert records["always"].tallies[0].times == CLAIMANTS_MAX + 10
    assert "n0" not in records
    many: list[record.Told] = [("Always", "fact", str(n), "unproven") for n in range(100)]
    assert len(record.with_incident(records, many)["always"].tallies) == ASSERTIONS_MAX


def test_a_thousand_accounts_are_one_fact() -> None:
    said = [Claim(AT, "x", f"user {n}", "It is an attack!") for n in range(1_000)]
    assert standing.facts_of(said) == (ClaimFact("public", "attack-unspecified"),)
    official = Claim(AT, "x", "A minister", "A power outage.")
    assert standing.facts_of([*said, official]) == (
        ClaimFact("official", "power-cooling"),
        ClaimFact("public", "attack-unspecified"),
    )


def test_what_is_withdrawn_or_about_no_mechanism_is_no_fact() -> None:
    gone = msgspec.structs.replace(ATTACK, withdrawn=True)
    who = Claim(AT, "x", "The owner", "By a nation-state. IP addresses from Ukraine.")
    nothing = Claim(AT, "x", "The owner", "We are looking into it.")
    odd = msgspec.structs.replace(ATTACK, asserts=(Asserted("mechanism", "solar"),))
    assert standing.facts_of([gone, who, nothing, odd]) == ()
    planned = msgspec.structs.replace(ATTACK, asserts=(Asserted("mechanism", "planned"),))
    assert standing.facts_of([planned]) == (ClaimFact("operator", "planned-maintenance"),)


def test_all_that_can_be_said_in_all_roles_is_bounded() -> None:
    every = [
        Claim(AT, "x", "S", "W", role=role, asserts=(Asserted("mechanism", cause),))
        for role in ("operator", "official", "press", "expert", "credit", "public")
        for cause in (*LEAVES, "attack-unspecified", "not-attack", "change", "solar")
    ]
    assert len(standing.facts_of(every)) == standing.FACTS_MAX


def test_sources_move_a_statement_on_sources_and_nothing_else() -> None:
    who = Claim(AT, "x", "The owner", "IP addresses originating in the Ukraine area.", native="o-2")
    before = entries.weighed(None, [ATTACK, who], evidence(0.4))
    after = entries.weighed(before, [ATTACK, who], evidence(0.4, sources=WORLDWIDE))
    assert words(after, 0) == [["unproven"]]
    assert words(after, 1) == [["insufficient", "contradicted"]]
