"""Laws of the subset scan: prefixes suffice for Poisson counts, and order does not matter."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from uproar.stats import scan

tables = st.lists(st.tuples(st.integers(0, 60), st.floats(0.05, 30.0)), min_size=1, max_size=7)


@settings(max_examples=60, deadline=None)
@given(table=tables)
def test_no_subset_beats_the_best_prefix(table) -> None:
    counts, means = (np.array(column, dtype=float) for column in zip(*table, strict=True))
    gains = scan.gains(counts, means, np.zeros(len(counts)))
    best = max(
        gains[list(subset)].sum(axis=0).max()
        for size in range(1, len(counts) + 1)
        for subset in combinations(range(len(counts)), size)
    )
    order = np.argsort(-counts / means, kind="stable")
    # Where nothing is elevated there is no best subset to be found, only the least bad.
    assume(best > 0)
    assert np.cumsum(gains[order], axis=0).max() == pytest.approx(best, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(table=tables, seed=st.integers(0, 99))
def test_the_order_of_the_parts_does_not_matter(table, seed) -> None:
    counts, means = (np.array(column, dtype=float) for column in zip(*table, strict=True))
    alpha = np.full(len(counts), 0.02)
    turned = np.random.default_rng(seed).permutation(len(counts))
    one = scan.scan(counts, means, alpha)
    other = scan.scan(counts[turned], means[turned], alpha[turned])
    assert (one is None) == (other is None)
    if one is not None and other is not None:
        assert one.score == pytest.approx(other.score)
        assert one.lift == other.lift


@given(table=tables)
def test_what_is_found_lies_above_what_was_expected(table) -> None:
    counts, means = (np.array(column, dtype=float) for column in zip(*table, strict=True))
    found = scan.scan(counts, means, np.zeros(len(counts)))
    if found is not None:
        assert counts[found.members].sum() > means[found.members].sum()
        assert found.lift > 1.0
        assert found.cost >= 0.0
