"""What a burst is worth is judged by the series' own bursts before it, and by nothing later."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import novelty

BIN_MS = 300_000
DAY = 288
DESIGN = novelty.Design(bin_ms=BIN_MS)


def told(bursts, *, days=30, rows=1, design=DESIGN):
    """Return the surprises of a series with bursts of (bin, height) over an expectation of 5."""
    state = novelty.start(rows)
    out = np.zeros(days * DAY)
    height = dict(bursts)
    for tick in range(days * DAY):
        up = height.get(tick, 0.0)
        observed = np.full(rows, 5.0 + up)
        state, surprise = novelty.step(
            state, tick, observed, np.full(rows, 5.0), np.full(rows, up > 0), design
        )
        out[tick] = surprise[0]
    return out


def test_a_first_burst_is_told_and_the_tenth_alike_is_hardly_news() -> None:
    bursts = [(DAY * (1 + day), 100.0) for day in range(10)]
    got = told(bursts, days=12)
    first, last = got[bursts[0][0]], got[bursts[-1][0]]
    assert first > 1.0
    assert last < 0.5


def test_a_burst_far_above_all_others_is_the_more_surprising_the_higher_it_is() -> None:
    usual = [(DAY * (1 + day), 100.0 + day) for day in range(20)]
    heights = [got.max() for got in (told([*usual, (25 * DAY, up)]) for up in (90.0, 300.0, 3e3))]
    at_last = [told([*usual, (25 * DAY, up)])[25 * DAY] for up in (90.0, 300.0, 3e3)]
    assert at_last[0] < at_last[1] < at_last[2]
    assert at_last[2] == heights[2]


def test_one_burst_is_told_once_unless_it_becomes_rarer() -> None:
    flat = told([(100 + place, 50.0) for place in range(3)] + [(140, 50.0)], days=2)
    assert (flat > 0).sum() == 1
    usual = [(DAY * (1 + day), 20.0 * (1 + day)) for day in range(8)]
    rising = told([*usual, *((12 * DAY + at, 10.0 * 2**at) for at in range(8))], days=13)
    news = rising[12 * DAY :]
    news = news[news > 0]
    assert 2 <= len(news) <= 8
    assert (np.diff(news) >= DESIGN.step).all()


def test_bursts_less_than_the_quiet_time_apart_are_one() -> None:
    quiet = DESIGN.quiet_ms // BIN_MS
    near = told([(100, 50.0), (100 + quiet, 50.0)], days=3)
    far = told([(100, 50.0), (102 + quiet, 50.0)], days=3)
    assert (near > 0).sum() == 1
    assert (far > 0).sum() == 2


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 3 * DAY - 1), st.floats(0.1, 1e9)),
        max_size=30,
        unique_by=lambda p: p[0],
    ),
    st.integers(1, 3 * DAY - 1),
)
def test_nothing_rests_on_what_comes_later_and_all_of_it_is_finite(bursts, cut) -> None:
    whole = told(bursts, days=3)
    part = told([burst for burst in bursts if burst[0] < cut], days=3)
    assert np.array_equal(whole[:cut], part[:cut])
    assert np.isfinite(whole).all()
    assert (whole >= 0).all()


def test_rows_do_not_know_of_each_other_and_may_be_added() -> None:
    alone = told([(100, 50.0), (500, 90.0)], days=3)
    assert np.array_equal(alone, told([(100, 50.0), (500, 90.0)], days=3, rows=7))
    state = novelty.grow(novelty.start(2), 3)
    assert state.peak.shape == (novelty.PEAKS, 5)
    state, surprise = novelty.step(
        state, 9, np.full(5, 50.0), np.ones(5), np.array([True] * 4 + [False]), DESIGN
    )
    assert (surprise[:4] > 0).all()
    assert surprise[4] == 0


def test_more_bursts_than_are_remembered_forget_the_oldest() -> None:
    design = novelty.Design(bin_ms=BIN_MS, quiet_ms=BIN_MS)
    bursts = [(10 * (1 + place), 50.0) for place in range(novelty.PEAKS * 3)]
    got = told(bursts, days=10, design=design)
    assert np.isfinite(got).all()
    assert (got > 0).sum() == len(bursts)
