"""What an alarm is worth is judged by the series' own half days before it, and by nothing later."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import novelty
from uproar.errors import ShapeMismatch

BIN_MS = 300_000
DAY = 288
DESIGN = novelty.Design(BIN_MS)
QUIET = DESIGN.bins(DESIGN.quiet_ms)
USUAL = 5.0

bursts_drawn = st.lists(
    st.tuples(st.integers(0, 3 * DAY - 1), st.floats(0.1, 1e9)),
    max_size=30,
    unique_by=lambda pair: pair[0],
)


def counts_of(bursts, days, usual=USUAL):
    out = np.full(int(days * DAY), usual)
    for tick, up in bursts:
        out[tick] += up
    return out


def play(counts, *, state=None, first=0, rows=1, design=DESIGN):
    """Return the last state and the news of a series that is in alarm where it is above the usual."""
    state = novelty.start(rows) if state is None else state
    out = np.zeros(len(counts))
    for place, count in enumerate(counts):
        alarm = np.full(rows, count > USUAL)
        state, news = novelty.step(
            state,
            first + place,
            np.full(rows, count),
            missing=np.full(rows, bool(np.isnan(count))),
            alarm=alarm,
            ask=alarm,
            design=design,
        )
        out[place] = news[0]
    return state, out


def told(bursts, *, days=30, **options):
    return play(counts_of(bursts, days), **options)[1]


def test_a_first_burst_is_told_and_the_tenth_alike_is_worth_less() -> None:
    bursts = [(DAY * (1 + day) + 9, 100.0) for day in range(20)]
    got = told(bursts, days=22)
    first, last = got[bursts[0][0]], got[bursts[-1][0]]
    assert first > 2.0
    assert 0 < last < 0.6 * first


def test_the_score_is_the_days_that_one_waits() -> None:
    # Fourteen days, of which each had such a burst: one waits about a day for the next.
    got = told([(DAY * (1 + day) + 9, 500.0) for day in range(28)], days=30)
    assert np.expm1(got[DAY * 28 + 9]) == pytest.approx(1.0, rel=0.35)


def test_a_burst_far_above_all_others_is_the_more_surprising_the_higher_it_is() -> None:
    usual = [(DAY * (1 + day) + 9, 100.0 + day) for day in range(20)]
    at_last = [told([*usual, (25 * DAY, up)], days=26)[25 * DAY] for up in (50.0, 300.0, 3e3)]
    assert at_last[0] < at_last[1] < at_last[2]


def test_a_long_burst_is_rarer_than_a_peak_as_high() -> None:
    usual = [(DAY * (1 + day) + 9, 100.0) for day in range(20)]
    peak = told([*usual, (25 * DAY, 100.0)], days=26)[25 * DAY :]
    mass = told([*usual, *((25 * DAY + at, 100.0) for at in range(40))], days=26)[25 * DAY :]
    assert mass.max() > peak.max() + DESIGN.step


def test_one_burst_is_told_once_unless_it_becomes_rarer() -> None:
    flat = told([(400 + place, 50.0) for place in range(3)] + [(440, 50.0)], days=3)
    assert (flat > 0).sum() == 1
    usual = [(DAY * (1 + day), 20.0 * (1 + day)) for day in range(8)]
    rising = told([*usual, *((12 * DAY + 9 * at, 10.0 * 2**at) for at in range(12))], days=13)
    news = rising[12 * DAY :]
    places, news = np.flatnonzero(news), news[news > 0]
    assert 2 <= len(news) <= 8
    need = DESIGN.step * np.maximum(1.0, DESIGN.bins(DESIGN.gap_ms) / np.diff(places))
    assert (np.diff(news) > need).all()


def test_bursts_less_than_the_quiet_time_apart_are_one() -> None:
    near = told([(400, 50.0), (400 + QUIET, 50.0)], days=4)
    far = told([(400, 50.0), (402 + QUIET, 50.0)], days=4)
    assert (near > 0).sum() == 1
    assert (far > 0).sum() == 2


@settings(max_examples=8, deadline=None)
@given(bursts_drawn, st.integers(1, 3 * DAY - 1))
def test_nothing_rests_on_what_comes_later_and_all_of_it_is_finite(bursts, cut) -> None:
    whole = told(bursts, days=3)
    part = told([burst for burst in bursts if burst[0] < cut], days=3)
    assert np.array_equal(whole[:cut], part[:cut])
    assert np.isfinite(whole).all()
    assert (whole >= 0).all()


@settings(max_examples=8, deadline=None)
@given(bursts_drawn, st.integers(1, 3 * DAY - 1))
def test_going_on_from_a_state_kept_at_any_bin_changes_nothing(bursts, cut) -> None:
    counts = counts_of(bursts, 3)
    _, whole = play(counts)
    state, before = play(counts[:cut])
    _, after = play(counts[cut:], state=copy.deepcopy(state), first=cut)
    assert np.array_equal(whole, np.concatenate([before, after]))


@settings(max_examples=8, deadline=None)
@given(bursts_drawn, st.floats(0, 1e6), st.floats(1.01, 100))
def test_more_counted_now_is_never_less_surprising(bursts, count, more) -> None:
    state, _ = play(counts_of(bursts, 3))
    row = np.zeros(1, dtype=np.int64)
    worth = []
    for seen in (count, count * more + 1):
        now = copy.deepcopy(state)
        now.mean[:] += (seen - now.mean) / DESIGN.scales
        worth.append(novelty.surprise(now, row, 3 * DAY, DESIGN)[0])
    assert worth[0] <= worth[1] + 1e-9


def test_rows_do_not_know_of_each_other_and_may_be_added() -> None:
    alone = told([(400, 50.0), (700, 90.0)], days=3)
    assert np.array_equal(alone, told([(400, 50.0), (700, 90.0)], days=3, rows=7))
    state = novelty.grow(novelty.start(2), 3)
    assert state.peak.shape == (3, novelty.PEAKS, 5)
    alarm = np.array([True] * 4 + [False])
    no = np.zeros(5, dtype=bool)
    state, news = novelty.step(
        state, 9, np.full(5, 50.0), missing=no, alarm=alarm, ask=alarm, design=DESIGN
    )
    assert (news[:4] > 0).all()
    assert news[4] == 0
    with pytest.raises(ShapeMismatch):
        novelty.step(state, 10, np.ones(4), missing=no, alarm=no, ask=no, design=DESIGN)


def test_bins_of_which_nothing_is_known_are_no_witness() -> None:
    counts = counts_of([(900, 50.0)], 4)
    gap = counts.copy()
    gap[500:700] = np.nan
    assert told([(900, 50.0)], days=4)[900] == pytest.approx(play(gap)[1][900], rel=1e-4)


def test_more_than_is_remembered_is_forgotten_and_a_long_silence_too() -> None:
    design = novelty.Design(3_600_000)
    days = [(24 * (1 + day), 50.0) for day in range(novelty.PEAKS * 2)]
    counts = np.full(24 * (novelty.PEAKS * 2 + 2), USUAL)
    for tick, up in days:
        counts[tick] += up
    state, got = play(counts, design=design)
    assert (got > 0).sum() == len(days)
    later = len(counts) + 24 * 365
    state, news = play(np.array([USUAL + 50.0]), state=state, first=later, design=design)
    assert (state.peak[:, :, 0] == novelty.UNKNOWN).sum() >= 3 * (novelty.PEAKS - 1)
    assert np.isfinite(news[0])
    assert news[0] > got[days[-1][0]]


def test_bins_of_a_day_have_all_times_in_proportion() -> None:
    design = novelty.Design(86_400_000)
    assert design.scales.ravel().tolist() == [1, 1, 4]
    assert design.bins(novelty.BLOCK_MS) == 12
    assert novelty.Design(10_000).scales.ravel().tolist() == [30, 360, 1440]
