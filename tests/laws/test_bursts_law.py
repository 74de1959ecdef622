"""Bursts of posts, whatever comes: more is never less unusual, a restart changes nothing, all is bounded."""

from __future__ import annotations

import copy

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from uproar.detect import bursts, flow
from uproar.detect.bursts import Exposure, Series

TICKS = st.lists(
    st.tuples(
        st.sampled_from([0, 0, 0, 0, 1, 2, 7, 60, 0.5, 0.3333]),  # posts
        st.sampled_from([1.0, 1.0, 1.0, 0.0, 2.0]),  # windows that were heard
        st.integers(0, 5_000),  # posts of others
        st.integers(1, 400),  # ticks to the next
    ),
    max_size=60,
)


def told(ticks: list[tuple[float, float, int, int]]) -> tuple[Exposure, Series, int, list[str]]:
    exposure, series, tick, turns = Exposure(), Series(), 0, []
    for count, windows, others, further in ticks:
        bursts.expose(exposure, tick, windows, float(others))
        found = bursts.take(series, exposure, tick, count)
        if found is not None:
            turns.append(bursts.turn(series, found, exposure, tick))
        tick += further
    return exposure, series, tick, turns


@given(ticks=TICKS, less=st.integers(0, 50), more=st.integers(0, 200))
def test_more_posts_are_never_less_unusual(
    ticks: list[tuple[float, float, int, int]], less: int, more: int
) -> None:
    exposure, series, tick, _ = told(ticks)
    bursts.expose(exposure, tick, 1.0, 500.0)
    scores = []
    for count in (less, less + more):
        found = bursts.take(copy.deepcopy(series), copy.deepcopy(exposure), tick, count)
        scores.append(0.0 if found is None else found.score)
    assert scores[0] <= scores[1] + 1e-9


@given(ticks=TICKS)
def test_a_state_is_bounded_and_sound(ticks: list[tuple[float, float, int, int]]) -> None:
    exposure, series, _, turns = told(ticks)
    assert len(series.recent) <= bursts.RING_TICKS
    assert len(exposure.recent) <= bursts.RING_TICKS
    assert min(series.counts, series.pairs, exposure.units, exposure.learned) >= 0
    turned = [turn for turn in turns if turn]
    assert turned == ["raised", "cleared"] * (len(turned) // 2) + ["raised"] * (len(turned) % 2)


@given(ticks=TICKS, cut=st.integers(0, 60))
def test_a_state_that_was_written_down_is_the_same(
    ticks: list[tuple[float, float, int, int]], cut: int
) -> None:
    exposure, series, _, _ = told(ticks[:cut])
    for value in (exposure, series):
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value)) == value


@given(windows=st.lists(st.integers(0, 10_000), max_size=400))
def test_a_stream_falls_and_rises_in_turn(windows: list[int]) -> None:
    own = flow.Flow()
    turns = [turn for of in windows if (turn := flow.step(own, of))]
    assert turns == ["fell", "rose"] * (len(turns) // 2) + ["fell"] * (len(turns) % 2)
