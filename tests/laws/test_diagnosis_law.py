"""Laws of diagnosis: answers are what the shown weights give, and nobody's word goes beyond its cap."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.app import judging
from uproar.diagnose import claimed, posterior, record
from uproar.diagnose.axes import AGENCIES, ATTACKS, FAMILIES, LEAVES, LOCI
from uproar.diagnose.causes import CAUSES
from uproar.diagnose.conclude import diagnose
from uproar.diagnose.facts import ChangeFact, ClaimFact, Facts
from uproar.diagnose.items import IDS, ITEMS
from uproar.diagnose.roles import ROLES

JUDGE = judging.weighing()
CLAIMS = st.builds(ClaimFact, st.sampled_from(ROLES), st.sampled_from(record.CLAIMED))
FACTS = st.builds(
    Facts,
    scope=st.none() | st.sampled_from(record.SCOPES),
    onset=st.none() | st.sampled_from(record.ONSETS),
    time_context=st.none() | st.frozensets(st.sampled_from(record.TIMES), max_size=3),
    symptoms=st.none() | st.frozensets(st.sampled_from((*record.SYMPTOMS, "http-503")), max_size=4),
    traffic=st.none() | st.sampled_from(record.TRAFFIC),
    traffic_detail=st.none() | st.frozensets(st.sampled_from(record.DETAILS), max_size=3),
    co_failing=st.none() | st.integers(0, 9),
    co_failing_kinds=st.none() | st.frozensets(st.sampled_from(record.KINDS), max_size=3),
    changes=st.none()
    | st.lists(
        st.builds(ChangeFact, st.sampled_from(record.CHANGES), st.none() | st.floats(0, 5000)),
        max_size=3,
    ).map(tuple),
    notice=st.none() | st.sampled_from(("Degraded performance", "Notice posted", "DNS trouble in one zone")),
    claims=st.lists(CLAIMS, max_size=6).map(tuple),
    attack_seen=st.none() | st.floats(0, 1),
)  # fmt: skip


@given(FACTS)
@settings(max_examples=150)
def test_answers_are_probabilities_on_every_axis(facts: Facts) -> None:
    found = JUDGE(facts)
    axes = (
        (found.mechanism, LEAVES),
        (found.family, FAMILIES),
        (found.locus, LOCI),
        (found.agency, AGENCIES),
    )
    for chances, words in axes:
        assert set(chances) == set(words)
        assert min(chances.values()) >= 0
        assert math.isclose(sum(chances.values()), 1.0, abs_tol=1e-9)
    assert math.isclose(found.attack, sum(found.mechanism[leaf] for leaf in ATTACKS))


@given(FACTS)
@settings(max_examples=100)
def test_the_shown_weights_give_the_answer(facts: Facts) -> None:
    found = JUDGE(facts, all_reasons=True)
    sums = dict.fromkeys(LEAVES, 0.0)
    for reason in found.because:
        sums[reason.hypothesis] += reason.decibans
    odds = np.array([10 ** (sums[leaf] / 10) for leaf in LEAVES])
    shown = odds / odds.sum()
    assert np.allclose(shown, [found.mechanism[leaf] for leaf in LEAVES], atol=1e-9)


@given(FACTS)
@settings(max_examples=100)
def test_what_is_told_of_the_likely_ones_gives_their_odds(facts: Facts) -> None:
    found = JUDGE(facts)
    sums: dict[str, float] = {}
    for reason in found.because:
        sums[reason.hypothesis] = sums.get(reason.hypothesis, 0.0) + reason.decibans
    first = next(iter(sums))
    assert found.mechanism[first] == max(found.mechanism.values())
    for leaf, total in sums.items():
        ratio = 10 ** ((total - sums[first]) / 10)
        assert math.isclose(found.mechanism[leaf], found.mechanism[first] * ratio, rel_tol=1e-6)


@given(FACTS, st.data())
@settings(max_examples=150)
def test_an_item_that_is_taken_away_moves_odds_as_it_said(
    facts: Facts, data: st.DataObject
) -> None:
    sums = posterior.add_up(facts, JUDGE.weights)
    if not sums.seen:
        return
    row = IDS.index(data.draw(st.sampled_from(sums.seen)))
    one, other = data.draw(st.permutations(range(len(LEAVES))))[:2]
    without = posterior.chances(
        sums.base, sums.items.sum(axis=0) + sums.claims.sum(axis=0) - sums.items[row]
    )
    moved = 10 * (
        math.log10(sums.p[one] / sums.p[other]) - math.log10(without[one] / without[other])
    )
    said = sums.items[row, one] - sums.items[row, other]
    assert math.isclose(moved, said, abs_tol=1e-6)


@given(FACTS, st.lists(CLAIMS, max_size=40))
@settings(max_examples=150)
def test_claims_never_go_beyond_their_cap_nor_reach_the_hand(
    facts: Facts, crowd: list[ClaimFact]
) -> None:
    loud = msgspec.structs.replace(facts, claims=(*facts.claims, *crowd))
    silent = msgspec.structs.replace(facts, claims=())
    caps = JUDGE.weights.caps
    worth = posterior.add_up(loud, JUDGE.weights).claims.sum(axis=0)
    assert worth[claimed.IS_ATTACK].max() <= caps.attack + 1e-9
    assert worth.max() <= caps.other + 1e-9
    assert JUDGE(loud).agency == JUDGE(silent).agency
    assert JUDGE(loud).without_claims == JUDGE(silent).attack


@given(FACTS, CLAIMS, st.integers(2, 1000))
@settings(max_examples=60)
def test_a_thousand_who_say_the_same_are_one(facts: Facts, claim: ClaimFact, count: int) -> None:
    once = msgspec.structs.replace(facts, claims=(*facts.claims, claim))
    often = msgspec.structs.replace(facts, claims=(*facts.claims, *[claim] * count))
    assert JUDGE(once) == JUDGE(often)


@given(st.sampled_from([item.field for item in ITEMS if item.field != "claims"]), FACTS)
@settings(max_examples=100)
def test_what_is_not_known_adds_nothing(field: str, facts: Facts) -> None:
    """Forgetting a fact takes away the items that read it, and no others."""
    less = msgspec.structs.replace(facts, **{field: None})
    before, after = posterior.add_up(facts, JUDGE.weights), posterior.add_up(less, JUDGE.weights)
    reads = np.array([item.field == field for item in ITEMS])
    assert not after.items[reads].any()
    assert (after.items[~reads] == before.items[~reads]).all()


def test_knowing_nothing_gives_the_base_rates_and_is_insufficient() -> None:
    found = JUDGE(Facts())
    assert np.allclose([found.mechanism[leaf] for leaf in LEAVES], JUDGE.weights.base)
    assert found.insufficient
    assert set(found.withheld) == {"mechanism", "locus", "agency"}


@given(st.lists(CLAIMS, max_size=60))
@settings(max_examples=60)
def test_words_alone_are_never_sufficient(crowd: list[ClaimFact]) -> None:
    assert JUDGE(Facts(claims=tuple(crowd))).insufficient


@given(FACTS, st.floats(0.001, 0.9))
@settings(max_examples=60)
def test_base_rates_move_odds_by_their_own_ratio(facts: Facts, share: float) -> None:
    rated = diagnose(
        facts,
        JUDGE.weights,
        CAUSES,
        base_rates=judging.shared_out({"attack": share}, JUDGE.weights),
    )
    usual = JUDGE(facts)
    before = sum(JUDGE.weights.base[LEAVES.index(leaf)] for leaf in ATTACKS)
    ratio = (share / (1 - share)) / (before / (1 - before))
    odds = usual.attack / (1 - usual.attack) * ratio
    assert math.isclose(rated.attack, odds / (1 + odds), rel_tol=1e-6, abs_tol=1e-9)
