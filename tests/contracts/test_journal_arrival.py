"""The arrival clock: it never goes back, whatever the wall clock does."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.journal_parts import MORNING, HandClock
from uproar.journal.arrival import FORWARD_STEP_MS, SLOWED_PERCENT, ArrivalClock
from uproar.model.tick import HOUR_MS


def test_it_is_the_wall_clock_as_long_as_that_goes_forward() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    for ms in (0, 1, 5_000, 59_999):
        clock.run(ms)
        assert arrival.stamp() == clock.wall_ms()
    assert (arrival.ahead_ms, arrival.stepped_forward_ms) == (0, 0)


def test_after_a_step_back_it_goes_on_a_hundredth_slower_until_the_wall_has_caught_up() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    arrival.stamp()
    clock.step_wall(-HOUR_MS)
    assert (arrival.stamp(), arrival.ahead_ms) == (MORNING, HOUR_MS)
    clock.run(HOUR_MS)
    assert arrival.stamp() == MORNING + HOUR_MS * (100 - SLOWED_PERCENT) // 100
    assert arrival.ahead_ms == HOUR_MS - HOUR_MS * SLOWED_PERCENT // 100
    clock.run(99 * HOUR_MS - 1_000)
    arrival.stamp()
    assert arrival.ahead_ms == 10
    clock.run(2_000)
    assert (arrival.stamp(), arrival.ahead_ms) == (clock.wall_ms(), 0)
    clock.run(1_000)
    assert arrival.stamp() == clock.wall_ms()


def test_many_stamps_slow_it_by_no_more_than_few() -> None:
    clock = HandClock()
    often, rarely = ArrivalClock(clock), ArrivalClock(clock)
    often.stamp()
    rarely.stamp()
    clock.step_wall(-HOUR_MS)
    often.stamp()
    rarely.stamp()
    for _ in range(1_000):
        clock.run(1)
        often.stamp()
    assert often.stamp() == rarely.stamp() == MORNING + 990


def test_a_second_step_back_while_ahead_changes_nothing_but_how_far() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    arrival.stamp()
    clock.step_wall(-HOUR_MS)
    before = arrival.stamp()
    clock.step_wall(-HOUR_MS)
    assert (arrival.stamp(), arrival.ahead_ms) == (before, 2 * HOUR_MS)


def test_a_wall_that_is_set_right_again_is_followed_at_once() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    arrival.stamp()
    clock.step_wall(-HOUR_MS)
    arrival.stamp()
    clock.run(1_000)
    clock.step_wall(HOUR_MS)
    assert (arrival.stamp(), arrival.ahead_ms) == (MORNING + 1_000, 0)
    assert arrival.stepped_forward_ms == 0


@pytest.mark.parametrize(("step", "told"), [(FORWARD_STEP_MS, 0), (2 * HOUR_MS, 2 * HOUR_MS)])
def test_a_step_forward_is_followed_at_once_and_a_big_one_is_told(step: int, told: int) -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    arrival.stamp()
    clock.run(500)
    clock.step_wall(step)
    assert arrival.stamp() == MORNING + 500 + step
    assert arrival.stepped_forward_ms == told


def test_a_long_quiet_is_no_step_forward() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock)
    arrival.stamp()
    clock.run(24 * HOUR_MS)
    arrival.stamp()
    assert arrival.stepped_forward_ms == 0


def test_after_a_restart_it_begins_at_the_last_stamp_when_the_wall_is_behind() -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock, last_ms=MORNING + HOUR_MS)
    assert (arrival.stamp(), arrival.ahead_ms) == (MORNING + HOUR_MS, HOUR_MS)
    clock.run(100)
    assert arrival.stamp() == MORNING + HOUR_MS + 99


MOVES = st.lists(
    st.tuples(st.integers(0, 100_000), st.integers(-10 * HOUR_MS, 10 * HOUR_MS) | st.just(0)),
    max_size=30,
)


@given(MOVES, st.integers(-HOUR_MS, HOUR_MS))
def test_it_never_goes_back_and_never_falls_behind_the_wall(
    moves: list[tuple[int, int]], last: int
) -> None:
    clock = HandClock()
    arrival = ArrivalClock(clock, last_ms=MORNING + last)
    stamps = [MORNING + last, arrival.stamp()]
    for run, step in moves:
        clock.run(run)
        clock.step_wall(step)
        stamps.append(arrival.stamp())
        assert stamps[-1] >= clock.wall_ms()
        assert arrival.ahead_ms == stamps[-1] - clock.wall_ms()
    assert stamps == sorted(stamps)
