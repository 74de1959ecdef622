"""Laws of the baseline: it finds a rate, its doubt shrinks, and it scales with bounded memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import baseline
from uproar.detect.season import UTC
from uproar.stats import drift

BASIS = drift.basis_for(10_000)
ROW = np.zeros(1, dtype=np.int64)


def learn(counts, expected_of, hours=1.0):
    theta = np.zeros((1, BASIS.width))
    cov = np.diag(BASIS.prior)[None].copy()
    for hour, count in enumerate(counts):
        point = UTC.points(BASIS, (hour + 0.5) * 3_600_000, ROW)
        expected = np.exp(drift.log_rate(theta, point)) * expected_of
        drift.learn(
            theta,
            cov,
            point,
            count=np.array([count], dtype=float),
            exposure=expected,
            drift=BASIS.drift * hours,
            cap=np.maximum(BASIS.prior, 1.0),
        )
    return theta, cov


@settings(max_examples=20, deadline=None)
@given(log_rate=st.floats(-2, 6), seed=st.integers(0, 1000))
def test_three_weeks_of_hours_find_a_steady_rate_within_what_is_said_of_the_doubt(log_rate, seed):
    dice = np.random.default_rng(seed)
    counts = dice.poisson(np.exp(log_rate), 24 * 21)
    theta, cov = learn(counts, 1.0)
    point = UTC.points(BASIS, 24 * 21 * 3_600_000.0, ROW)
    found = float(drift.log_rate(theta, point)[0])
    doubt = float(drift.variance(cov, point)[0]) ** 0.5
    assert abs(found - log_rate) < 5 * doubt + 0.02
    assert doubt < 0.5


@given(count=st.integers(0, 10**6), expected=st.floats(1e-6, 1e6), doubt=st.floats(1e-6, 1))
def test_one_hour_never_makes_rates_wild_or_doubt_negative(count, expected, doubt):
    theta, cov = np.zeros((1, 1)), np.full((1, 1, 1), doubt)
    drift.learn(
        theta,
        cov,
        np.ones((1, 1)),
        count=np.array([float(count)]),
        exposure=np.array([expected]),
        drift=np.zeros(1),
        cap=np.ones(1),
    )
    assert np.isfinite(theta).all()
    low, high = sorted((0.0, np.log(max(count, 1e-12) / expected)))
    assert low - 1e-9 <= theta[0, 0] <= high + 1e-9
    assert 0 < cov[0, 0, 0] <= doubt + 1e-12


@given(
    count=st.floats(0, 1e5),
    expected=st.floats(1e-3, 1e5),
    variance=st.floats(0, 1),
    hours=st.integers(0, 30),
)
def test_odd_hours_weigh_less_but_not_for_longer_than_a_day(count, expected, variance, hours):
    odd = np.array([float(hours)])
    weight = baseline.weigh(np.array([count]), np.array([expected]), np.array([variance]), odd)
    assert 0 < weight[0] <= 1
    assert odd[0] in {0.0, hours + 1.0}
    if odd[0] > baseline.ODD_HOURS_MAX:
        assert weight[0] == 1.0


@given(count=st.floats(0, 1e6), expected=st.floats(1e-3, 1e3), clump=st.floats(1e-5, 10))
def test_no_single_unit_decides_what_clumping_is(count, expected, clump):
    tame = baseline.tame(np.array([count]), np.array([expected]), np.array([clump]))[0]
    assert tame <= count
    assert tame <= expected + 3 + 6.001 * (expected + clump * expected**2) ** 0.5


@given(
    units=st.floats(0.01, 1e4),
    more=st.floats(1, 100),
    variance=st.lists(st.floats(1e-4, 10), min_size=3, max_size=3),
)
def test_longer_stretches_vary_less_but_not_less_than_independent_parts_would(
    units, more, variance
):
    scales = (1, 5, 60)
    sums = np.zeros((3, 2, 1))
    sums[:, 0, 0] = np.array(variance) * 1e6
    sums[:, 1, 0] = 1e6
    ordered = baseline.variances(sums, baseline.usual_clump(60_000), scales)
    short = baseline.variance_over(ordered, scales, np.array([units]))
    long = baseline.variance_over(ordered, scales, np.array([units * more]))
    assert long <= short * (1 + 1e-9)
    assert long * more >= short * (1 - 1e-9)


@given(weight=st.floats(0.01, 1), moved=st.floats(-1, 1))
def test_a_prior_that_moves_takes_along_what_counts_have_not_said(weight, moved):
    theta, cov = np.zeros((1, 2)), np.diag([1.0, 0.25 * weight])[None]
    drift.lean(theta, cov, np.array([[1.0, 0.25]]), np.array([[0.0, moved]]))
    assert theta[0, 1] == pytest.approx(moved * weight)
    assert theta[0, 0] == 0.0


def test_a_daily_swing_is_learned():
    hours = np.arange(24 * 28)
    truth = np.exp(3 + 0.8 * np.cos(2 * np.pi * (hours + 0.5) / 24))
    dice = np.random.default_rng(1)
    theta, _ = learn(dice.poisson(truth), 1.0)
    for hour in range(24):
        point = UTC.points(BASIS, (24 * 28 + hour + 0.5) * 3_600_000, ROW)
        assert np.exp(drift.log_rate(theta, point))[0] == pytest.approx(truth[hour], rel=0.12)
