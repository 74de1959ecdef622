"""The minimum that is found is one: checked on bowls of which it is known, and on a valley that bends."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.stats.descent import F64, minimum


@given(st.integers(1, 12), st.integers(0, 10_000))
@settings(max_examples=50)
def test_it_finds_the_bottom_of_a_bowl(size: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    root = dice.normal(size=(size, size))
    steep, bottom = root @ root.T + np.eye(size), dice.normal(size=size)

    def bowl(at: F64) -> tuple[float, F64]:
        off = at - bottom
        return float(off @ steep @ off), 2.0 * steep @ off

    assert np.allclose(minimum(bowl, np.zeros(size), tolerance=1e-14), bottom, atol=1e-4)


def test_it_follows_a_valley_that_bends() -> None:
    """Rosenbrock's function has its least value, 0, at (1, 1)."""

    def valley(at: F64) -> tuple[float, F64]:
        x, y = at
        slope = np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
        return float((1 - x) ** 2 + 100 * (y - x * x) ** 2), slope

    assert np.allclose(minimum(valley, np.array([-1.2, 1.0]), tolerance=1e-16), [1, 1], atol=1e-4)


def test_it_stays_where_nothing_can_be_gained() -> None:
    assert minimum(lambda at: (0.0, 0.0 * at), np.ones(3)).tolist() == [1, 1, 1]
