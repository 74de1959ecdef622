"""Negative-binomial arithmetic against sums that can be done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from uproar.stats import negbin


@pytest.mark.parametrize("mean", [0.05, 1.0, 40.0])
@pytest.mark.parametrize("alpha", [0.0, 0.04, 2.0])
def test_probabilities_have_the_mean_and_variance_they_are_named_for(mean, alpha):
    counts = np.arange(0, 4_000)
    chance = np.exp(negbin.log_probabilities(mean, alpha, counts))
    assert chance.sum() == pytest.approx(1.0, abs=1e-6)
    assert (chance * counts).sum() == pytest.approx(mean, rel=1e-5)
    spread = (chance * counts**2).sum() - (chance * counts).sum() ** 2
    assert spread == pytest.approx(mean + alpha * mean**2, rel=1e-4)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(("mean", "alpha"), [(0.3, 0.04), (7.0, 0.5), (29.0, 0.01), (400.0, 0.02)])
def test_quantiles_are_where_the_summed_probabilities_say(mean, alpha, share):
    counts = np.arange(0, 20_000)
    total = np.cumsum(np.exp(negbin.log_probabilities(mean, alpha, counts)))
    exact = int(np.searchsorted(total, share - 1e-12))
    got = float(negbin.quantile(np.array([mean]), np.array([1 / alpha]), share)[0])
    spread = (mean + alpha * mean**2) ** 0.5
    assert abs(got - exact) <= (0 if mean <= negbin.EXACT_UP_TO else 1 + 0.03 * spread)


def test_a_lift_is_worth_nothing_on_average_under_either_law():
    # The likelihood ratio has mean one when nothing has changed.
    for mean, alpha, lift in [(0.2, 0.0, 5.0), (3.0, 0.3, 2.0), (20.0, 0.04, 1.5)]:
        counts = np.arange(0, 3_000)
        logs = negbin.log_probabilities(mean, alpha, counts)
        a, b = negbin.ratio_weights(np.array([mean]), np.array([lift]), np.array([alpha]))
        assert np.exp(logs + a * counts - b).sum() == pytest.approx(1.0, rel=1e-4)
