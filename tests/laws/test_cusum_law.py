"""Laws of the CUSUM bank and of its thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from uproar.detect import cusum
from uproar.stats import negbin, runlength, thresholds

tables = hnp.arrays(
    np.float64, st.tuples(st.integers(1, 12), st.integers(1, 5)), elements=st.integers(0, 500)
)


def run(table):
    rows = table.shape[1]
    mean = np.full(rows, 10.0)
    clump = np.full((len(cusum.LIFTS), rows), 0.04)
    a, b = negbin.ratio_weights(mean, cusum.COLUMN, clump)
    limit = cusum.limits(mean, clump, 40_320.0)
    score = np.zeros_like(a)
    over = [cusum.advance(score, a, b, limit, counts) for counts in table]
    return score, np.array(over)


@given(table=tables)
def test_more_reports_never_lower_a_score(table):
    less, _ = run(table)
    more, _ = run(table + 1)
    assert (more >= less).all()


@given(table=tables, data=st.data())
def test_series_ignore_their_neighbours(table, data):
    order = data.draw(st.permutations(range(table.shape[1])))
    _, over = run(table)
    _, moved = run(table[:, order])
    assert np.array_equal(over[:, order], moved)


@given(
    mean=st.floats(1e-4, 1e3),
    alpha=st.floats(1e-4, 10),
    exponents=st.tuples(st.floats(2, 9), st.floats(2, 9)),
)
def test_a_longer_wanted_run_never_has_a_lower_threshold(mean, alpha, exponents):
    low, high = sorted(exponents)
    clump = np.full((len(cusum.LIFTS), 1), alpha)
    short = thresholds.look_up(np.array([mean]), clump, 10.0**low)
    long = thresholds.look_up(np.array([mean]), clump, 10.0**high)
    assert (long >= short - 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(
    log_mean=st.floats(-3, 2),
    log_alpha=st.floats(-3, 0.5),
    lift=st.sampled_from([1.5, 2.0, 3.5, 6.0]),
)
def test_thresholds_of_the_table_keep_the_run_length_that_was_asked_for(log_mean, log_alpha, lift):
    # A quarter of a nat is a quarter of the run; where one bin decides, the lattice is coarser.
    mean, alpha = 10.0**log_mean, 10.0**log_alpha
    wanted = 241_920.0
    clump = np.full((len(cusum.LIFTS), 1), alpha)
    at = int(np.flatnonzero(lift == cusum.LIFTS)[0])
    limit = float(thresholds.look_up(np.array([mean]), clump, wanted)[at, 0])
    assert runlength.mean_run(mean, alpha, lift, max(limit, 0.05)) >= wanted / 3.0


@pytest.mark.parametrize(
    ("mean", "alpha", "lift", "threshold", "run", "delay"),
    [
        # Thresholds for one false alarm in four weeks of minutes, and the delays that they give.
        (1.0, 0.0, 2.0, 8.5, 40_320, 22.16),
        (0.01, 0.0, 20.0, 7.7, 40_320, 20.15),
        (10.0, 0.04, 2.0, 8.87, 40_320, 4.29),
        (100.0, 0.04, 1.5, 8.9, 40_320, 5.43),
    ],
)
def test_run_lengths_agree_with_the_exact_limits(mean, alpha, lift, threshold, run, delay):
    assert runlength.mean_run(mean, alpha, lift, threshold) == pytest.approx(run, rel=0.05)
    late = runlength.mean_run(mean, alpha, lift, threshold, true_lift=lift)
    assert late == pytest.approx(delay, rel=0.02)
