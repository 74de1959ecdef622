"""Laws of onset brackets."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import onset


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rate=st.floats(0.01, 100),
    lift=st.floats(1.0, 50),
    since=st.integers(1, 60),
    holes=st.integers(0, 30),
)
def test_brackets_are_ordered_lie_inside_and_do_not_depend_on_neighbours(
    seed, rate, lift, since, holes
):
    dice = np.random.default_rng(seed)
    units = 120
    expected = np.full((3, units), rate)
    truth = expected.copy()
    truth[:, units - since :] *= lift
    counts = dice.poisson(truth).astype(float)
    counts[0, dice.integers(0, units, holes)] = np.nan
    alpha = np.array([0.0, 0.04, 1.0])
    earliest, latest = onset.brackets(counts, expected, alpha)
    assert (earliest >= 0).all()
    assert (earliest <= latest).all()
    assert (latest < units).all()
    for row in range(3):
        one = onset.brackets(counts[row : row + 1], expected[row : row + 1], alpha[row : row + 1])
        assert (one[0][0], one[1][0]) == (earliest[row], latest[row])


def test_nothing_known_gives_the_widest_bracket_rather_than_an_error():
    counts = np.full((1, 50), np.nan)
    earliest, latest = onset.brackets(counts, np.ones((1, 50)), np.zeros(1))
    assert earliest[0] == 0
    assert latest[0] == 49


def test_a_great_step_is_bracketed_tightly():
    counts = np.ones((1, 120))
    counts[0, 110:] = 200.0
    earliest, latest = onset.brackets(counts, np.ones((1, 120)), np.full(1, 0.04))
    assert 105 <= earliest[0] <= 110 <= latest[0] <= 111
