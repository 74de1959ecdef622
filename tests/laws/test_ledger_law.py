"""Laws of the ledger: verdicts follow probabilities one way, and neither number nor order of words moves them."""

from __future__ import annotations

import random
from itertools import pairwise

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from core.ledger_cases import AT, diagnosis, one
from uproar.ledger import entries, history, reading, standing
from uproar.ledger.history import CHANGES_MAX
from uproar.ledger.sources import Sources
from uproar.ledger.verdicts import Evidence, Verdict, Word, weigh
from uproar.model.asserted import AXES, UNSHIELDED, WORDS, Asserted, AssertedAxis, complaint
from uproar.model.signal import Claim
from uproar.present import legible

SHARES = st.floats(0, 1)
HOSTILE = "</p><script>\u202e"
ORDER = {"contradicted": 0, "insufficient": 1, "unproven": 1, "supported": 2}
ASSERTED = st.one_of(
    [
        st.builds(Asserted, st.just(axis), st.sampled_from(WORDS[axis]))
        for axis in AXES
        if axis != "source"
    ]
    + [st.builds(Asserted, st.just("source"), st.sampled_from(["UA", "US", "VN", "ZZ", "??"]))]
)
SAID = st.sampled_from(
    [
        "An attack!",
        "It was not an attack.",
        "A power outage.",
        "Human error.",
        "Nobody knows.",
        "IP addresses from Ukraine",
    ]
)
CLAIMS = st.builds(
    Claim,
    at=st.just(AT),
    service=st.just("x"),
    by=st.sampled_from(["The owner", "A minister", "user 1", "user 2"]),
    said=SAID,
    asserts=st.lists(ASSERTED, max_size=3).map(tuple),
    withdrawn=st.booleans(),
)
EVIDENCE = st.builds(
    Evidence,
    at=st.just(AT),
    diagnosis=st.none()
    | st.builds(
        lambda attack, insufficient: diagnosis(attack, insufficient=insufficient),
        st.floats(0, 0.7),
        st.booleans(),
    ),
    sources=st.none()
    | st.builds(
        Sources,
        countries=st.dictionaries(st.sampled_from(["UA", "US", "VN"]), st.floats(0, 0.33)),
        spoofed=st.none() | SHARES,
        meaningful=st.booleans(),
    ),
    observed=st.dictionaries(st.just("origin-unshielded"), st.none() | st.booleans()),
)


@given(low=SHARES, high=SHARES, insufficient=st.booleans())
def test_more_probable_is_never_less_supported(low: float, high: float, insufficient: bool) -> None:
    low, high = sorted((low, high))
    rank = {"contradicted": 0, "insufficient": 1, "unproven": 2, "supported": 3}
    for value, sign in (("attack-unspecified", 1), ("not-attack", -1)):
        verdicts = [
            one("mechanism", value, Evidence(AT, diagnosis(p, insufficient=insufficient)))
            for p in (low, high)
        ]
        ranks = [rank[each.word] for each in verdicts][::sign]
        assert ranks == sorted(ranks)
        if insufficient:
            assert {each.word for each in verdicts} <= {"unproven", "insufficient"}


@given(share=SHARES, other=SHARES)
def test_a_larger_share_never_speaks_less_for_a_country(share: float, other: float) -> None:
    low, high = sorted((share, other))
    ranks = [
        ORDER[one("source", "UA", Evidence(AT, sources=Sources({"UA": p}, 0.0, True))).word]
        for p in (low, high)
    ]
    assert ranks == sorted(ranks)


@given(claim=CLAIMS, evidence=EVIDENCE)
def test_every_verdict_has_a_reason_and_never_names_a_hand(
    claim: Claim, evidence: Evidence
) -> None:
    for verdict in weigh(claim, evidence):
        assert verdict.reason.endswith(".")
        assert legible.clean(verdict.reason) == verdict.reason
        if ":" in verdict.value or verdict.axis == "":
            assert verdict.word == "insufficient"
        if verdict.word == "insufficient":
            assert verdict.probability is None
        else:
            assert verdict.probability is None or 0 <= verdict.probability <= 1


@given(
    claim=CLAIMS,
    held=EVIDENCE,
    value=st.text(min_size=1, max_size=40).map(lambda text: f"{text}{HOSTILE}"),
    axis=st.sampled_from(AXES),
)
def test_no_word_of_an_outsider_stands_in_a_reason(
    claim: Claim, held: Evidence, value: str, axis: AssertedAxis
) -> None:
    plain = msgspec.structs.replace(claim, asserts=(*claim.asserts, Asserted("fact", UNSHIELDED)))
    hostile = msgspec.structs.replace(
        plain, said=f"{claim.said} {HOSTILE}", where=HOSTILE, link=HOSTILE, native=HOSTILE
    )
    assert weigh(hostile, held) == weigh(plain, held)
    # A journal may hold any value; one that is no word of ours is weighed as no cause.
    foreign = msgspec.structs.replace(hostile, by=HOSTILE, asserts=(Asserted(axis, value),))
    for verdict in weigh(foreign, held):
        assert HOSTILE not in verdict.reason
        assert "<" not in verdict.reason
        assert verdict.word == "insufficient" or axis == "source"


@given(claims=st.lists(CLAIMS, max_size=6), copies=st.integers(1, 200), seed=st.integers())
def test_many_copies_in_any_order_are_one(claims: list[Claim], copies: int, seed: int) -> None:
    many = [
        msgspec.structs.replace(claim, native=f"{number}-{copy}")
        for number, claim in enumerate(claims)
        for copy in range(copies)
    ]
    random.Random(seed).shuffle(many)
    facts = standing.facts_of(many)
    assert facts == standing.facts_of(claims)
    assert len(facts) == len(set(facts)) <= standing.FACTS_MAX


@given(
    claims=st.lists(CLAIMS, max_size=8),
    seed=st.integers(),
    steps=st.lists(EVIDENCE, max_size=4),
    last=EVIDENCE,
)
def test_the_order_of_words_and_what_was_weighed_before_do_not_move_the_verdicts_at_the_end(
    claims: list[Claim], seed: int, steps: list[Evidence], last: Evidence
) -> None:
    known = [msgspec.structs.replace(claim, native=str(n)) for n, claim in enumerate(claims)]
    other = list(known)
    random.Random(seed).shuffle(other)
    straight = entries.weighed(None, known, last)
    ledger = None
    for number, evidence in enumerate(steps):
        ledger = entries.weighed(ledger, other[: number + 1], evidence)
    ledger = entries.weighed(ledger, other, last)
    assert {e.key: [v.now for v in e.verdicts] for e in ledger.entries} == {
        e.key: [v.now for v in e.verdicts] for e in straight.entries
    }


@given(
    st.lists(
        st.sampled_from(["supported", "contradicted", "unproven", "insufficient"]),
        min_size=1,
        max_size=80,
    )
)
def test_no_change_of_a_verdict_is_lost_without_being_counted(words: list[Word]) -> None:
    verdicts = [
        Verdict("fact", "origin-unshielded", word, "Because.", AT + number)
        for number, word in enumerate(words)
    ]
    one = history.begun(verdicts[0])
    for verdict in verdicts[1:]:
        one = history.with_verdict(one, verdict)
    changes = [
        b
        for a, b in zip([None, *verdicts], verdicts, strict=False)
        if a is None or a.word != b.word
    ]
    assert len(one.past) + one.dropped == len(changes)
    assert one.past[0] == changes[0]
    assert list(one.past[1:]) == changes[1 + one.dropped :]
    if not one.dropped:
        assert all(a.word != b.word for a, b in pairwise(one.past))
    assert len(one.past) <= CHANGES_MAX
    assert (one.now, one.past[-1].word) == (verdicts[-1], words[-1])


@given(st.text(max_size=200) | st.lists(SAID, max_size=5).map(" ".join))
def test_any_text_is_read_as_words_that_can_be_entered(said: str) -> None:
    found = reading.read(said)
    assert len(found) == len(set(found))
    assert not [each for each in found if complaint(each)]
