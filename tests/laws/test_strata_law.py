"""Laws of capped evidence: bounded, never less for more, the same in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import strata

SHARES = st.lists(st.floats(0.001, 0.3), min_size=1, max_size=12)


@st.composite
def services(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float]:
    """Return counts and expected counts of strata, and what is expected of all."""
    shares = np.array(draw(SHARES))
    shares /= max(1.0, float(shares.sum()) / 0.95)
    total = draw(st.floats(0.01, 10_000.0))
    counts = [draw(st.integers(0, 40) | st.integers(0, 10**6)) for _ in shares]
    return np.array(counts, float), shares * total, total


def strangers(k: int, total: float, each: float, share: float = 0.005) -> strata.Weighed:
    """Weigh `each` reports from k networks that are not usual, beside the usual reports of the rest."""
    return strata.weigh(np.full(k, each), np.full(k, share * total), total, free=total)


@given(services(), st.integers(0, 11), st.integers(1, 10**6))
def test_more_reports_of_a_stratum_never_make_less_evidence(
    service: tuple[np.ndarray, np.ndarray, float], which: int, more: int
) -> None:
    counts, expected, total = service
    before = strata.weigh(counts, expected, total)
    counts = counts.copy()
    counts[which % len(counts)] += more
    after = strata.weigh(counts, expected, total)
    # A lift that would rise by less than STANDS is left where it is.
    assert after.count >= before.count / strata.STANDS**2 - 1e-9


@given(services(), st.randoms(use_true_random=False))
def test_the_order_of_the_strata_changes_nothing(
    service: tuple[np.ndarray, np.ndarray, float], dice: object
) -> None:
    counts, expected, total = service
    order = list(range(len(counts)))
    dice.shuffle(order)  # type: ignore[attr-defined]
    one = strata.weigh(counts, expected, total)
    other = strata.weigh(counts[order], expected[order], total)
    assert other.accepted == pytest.approx(one.accepted[order], rel=5e-3)


@given(services())
def test_no_stratum_is_accepted_beyond_its_cap_or_its_count(
    service: tuple[np.ndarray, np.ndarray, float],
) -> None:
    counts, expected, total = service
    weighed = strata.weigh(counts, expected, total)
    assert (weighed.accepted <= counts).all()
    assert (
        weighed.accepted <= strata.ceiling(weighed.lift * expected) * strata.STANDS + 1e-9
    ).all()
    assert (weighed.accepted >= np.minimum(counts, 1.0)).all()


@given(st.floats(1e-6, 1e6), st.floats(0.1, 30.0))
def test_a_ceiling_is_where_the_surprise_reaches_its_nats(mean: float, nats: float) -> None:
    top = float(strata.ceiling(np.array([mean]), nats)[0])
    surprise = top * np.log(top / mean) - top + mean
    assert surprise == pytest.approx(nats, rel=1e-6) or (top == 1.0 and surprise >= nats)


@settings(max_examples=60)
@given(st.sampled_from([1, 2, 3]), st.floats(0.1, 20_000.0), st.integers(1, 10**7))
def test_three_networks_that_nobody_knows_bring_a_handful_however_much_they_send(
    k: int, total: float, each: int
) -> None:
    weighed = strangers(k, total, float(each))
    assert strata.evidence(weighed.count, total / 6, 1e9, 6) < 10.0


@given(services(), st.floats(1.0, 300.0))
def test_a_mix_as_usual_is_accepted_whole(
    service: tuple[np.ndarray, np.ndarray, float], lift: float
) -> None:
    _, expected, total = service
    counts = expected * lift
    free = (total - float(expected.sum())) * lift
    assert strata.weigh(counts, expected, total, free).count == pytest.approx(
        total * lift, rel=1e-6
    )


@given(services(), st.floats(0.0, 1e5))
def test_independent_reporters_are_at_most_as_many_as_reported(
    service: tuple[np.ndarray, np.ndarray, float], free: float
) -> None:
    counts, expected, total = service
    weighed = strata.weigh(counts, expected, total, free)
    worth = strata.independent(counts, weighed.accepted, free)
    assert 0.0 <= worth <= (float(counts.sum()) + free) * (1 + 1e-9)


def test_whoever_is_accepted_whole_is_independent() -> None:
    counts = np.array([3.0, 4.0, 0.0])
    assert strata.independent(counts, counts, 5.0) == pytest.approx(12.0)
    flood = np.array([1_000.0, 1.0, 1.0])
    kept = np.array([2.0, 1.0, 1.0])
    assert strata.independent(flood, kept) == pytest.approx(16 / (2 + 0.004))


def test_a_mix_from_one_stratum_is_as_far_from_usual_as_its_share_is_small() -> None:
    shares = np.array([0.5, 0.25, 0.25])
    assert strata.divergence(np.array([50.0, 25.0, 25.0]), shares) == pytest.approx(0.0)
    assert strata.divergence(np.array([0.0, 9.0, 0.0]), shares) == pytest.approx(np.log(4))
    assert strata.divergence(np.zeros(3), shares) == 0.0
