"""Laws of the detector: restarts, independence, permutation, masked time, growing."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from uproar.detect import detector

# Bins of a minute: a table of 150 bins holds two learning hours.
DESIGN = detector.Design(bin_ms=60_000)
ALONE = detector.Design(bin_ms=60_000, pooled=False)
FIRST = 29_000_040
PRIOR = 0.8

tables = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 150), st.integers(1, 4)),
    elements=st.integers(0, 12),
)
few = settings(max_examples=15, deadline=None)


def fresh(rows: int, design: detector.Design = DESIGN) -> detector.State:
    state = detector.start(design)
    return detector.grow(state, np.full(rows, PRIOR), np.full(rows, -1), design)


def run(state, table, first=FIRST, masks=None, design=DESIGN):
    rows = table.shape[1]
    seen = []
    for offset, counts in enumerate(table):
        masked = bool(masks is not None and masks[offset])
        state, reading = detector.step(
            state, first + offset, counts, masked, np.zeros(rows, dtype=bool), design
        )
        seen.append(
            np.stack(
                [
                    reading.expected.copy(),
                    reading.score.copy(),
                    reading.active.astype(float),
                    reading.raised.astype(float),
                    reading.cleared.astype(float),
                ]
            )
        )
    return state, np.array(seen)


def same(left: detector.State, right: detector.State) -> bool:
    rows = int(left.meta[0])
    assert rows == right.meta[0]
    for field in fields(detector.State):
        one, other = getattr(left, field.name), getattr(right, field.name)
        if not np.array_equal(one, other, equal_nan=True):
            return False
    return True


@few
@given(table=tables, share=st.floats(0, 1))
def test_restart_from_a_copy_at_any_bin_changes_nothing(table, share):
    cut = int(share * len(table))
    whole, seen = run(fresh(table.shape[1]), table)
    head, before = run(fresh(table.shape[1]), table[:cut])
    tail, after = run(detector.copy(head), table[cut:], FIRST + cut)
    assert same(whole, tail)
    if 0 < cut < len(table):
        assert np.array_equal(seen, np.concatenate([before, after]))


@few
@given(table=tables, data=st.data())
def test_series_that_do_not_borrow_ignore_their_neighbours_and_their_order(table, data):
    order = data.draw(st.permutations(range(table.shape[1])))
    _, seen = run(fresh(table.shape[1], ALONE), table, design=ALONE)
    _, moved = run(fresh(table.shape[1], ALONE), table[:, order], design=ALONE)
    assert np.allclose(seen[:, :, order], moved, rtol=1e-9, atol=1e-9)
    _, alone = run(fresh(1, ALONE), table[:, :1], design=ALONE)
    assert np.allclose(seen[:, :, :1], alone, rtol=1e-9, atol=1e-9)


def test_attention_is_let_go_of_alone_as_beside_a_neighbour_that_has_waves():
    # The neighbour's gap makes it a series with waves just when the steady one stops being one.
    table = np.full((60, 2), 5.0)
    table[0, 1], table[35:38, 1] = 11.0, 0.0
    _, seen = run(fresh(2, ALONE), table, design=ALONE)
    _, alone = run(fresh(1, ALONE), table[:, :1], design=ALONE)
    assert np.allclose(seen[:, :, :1], alone, rtol=1e-9, atol=1e-9)


@few
@given(table=tables)
def test_masked_bins_change_neither_scores_nor_baselines(table):
    # A whole hour, since what was seen of an hour is learned at its end, masked or not.
    hour = np.resize(table, (60, table.shape[1]))
    state, _ = run(fresh(table.shape[1], ALONE), hour, design=ALONE)
    kept = detector.copy(state)
    masks = np.ones(len(table), dtype=bool)
    after, seen = run(state, table, FIRST + 60, masks=masks, design=ALONE)
    assert np.array_equal(kept.score, after.score)
    assert np.array_equal(kept.theta, after.theta)
    assert np.array_equal(kept.active, after.active)
    assert not seen[:, 3:5].any()


@few
@given(table=tables)
def test_counts_of_masked_bins_are_not_looked_at(table):
    masks = np.arange(len(table)) % 3 == 1
    other = table.copy()
    other[masks] += 50.0
    left, seen = run(fresh(table.shape[1]), table, masks=masks)
    right, again = run(fresh(table.shape[1]), other, masks=masks)
    assert same(left, right)
    assert np.array_equal(seen, again)


@few
@given(table=tables, held=st.booleans())
def test_held_series_learn_nothing(table, held):
    # A hold lasts no longer than a series had been known before it, here two hours of silence.
    rows = table.shape[1]
    state, _ = run(fresh(rows), np.zeros((120, rows)))
    theta = state.theta.copy()
    for offset, counts in enumerate(np.resize(table, (110, rows))):
        hold = np.full(rows, held)
        state, _ = detector.step(state, FIRST + 120 + offset, counts, False, hold, DESIGN)
    if held:
        assert np.array_equal(state.theta, theta)
    elif not state.active.any():
        assert not np.array_equal(state.theta, theta)


@few
@given(table=tables, split=st.integers(0, 4))
def test_growing_one_by_one_equals_growing_at_once(table, split):
    rows = table.shape[1]
    state = detector.start(DESIGN)
    for _ in range(min(split, rows)):
        state = detector.grow(state, np.array([PRIOR]), np.array([-1]), DESIGN)
    rest = rows - min(split, rows)
    state = detector.grow(state, np.full(rest, PRIOR), np.full(rest, -1), DESIGN)
    _, seen = run(state, table)
    _, at_once = run(fresh(rows), table)
    assert np.array_equal(seen, at_once)


@few
@given(table=tables)
def test_inputs_are_left_as_they_were(table):
    before = table.copy()
    run(fresh(table.shape[1]), table)
    assert np.array_equal(before, table)
