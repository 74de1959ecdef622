"""Laws of moved seasons, and what is, and is not, taken for a change of the clock."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import shift
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.stats import drift

BASIS = drift.basis_for(60_000)
DAYS = 2 * BASIS.day_waves + 1  # The level and the waves of the day.
MONDAY = 20_009 * DAY_MS

seasons = st.lists(st.floats(-0.6, 0.6), min_size=DAYS, max_size=DAYS)
quick = settings(max_examples=40, deadline=None)


def point(at_ms: int, rest: float = 0.0):
    """The basis at an instant of a day without a name: weekdays would differ across midnight."""
    out = drift.points(BASIS, np.array([float(at_ms)]), np.array([rest]), np.zeros(1))
    out[:, -7:] = 0.0
    return out


def theta_of(season, rest=(0.0, 0.0, 0.0)):
    theta = np.zeros((1, BASIS.width))
    theta[0, :DAYS] = season
    theta[0, DAYS : DAYS + 3] = rest
    return theta


@quick
@given(season=seasons, waves=st.tuples(*[st.floats(-0.5, 0.5)] * 3), at=st.integers(0, DAY_MS - 1))
def test_a_moved_season_is_now_what_it_was_to_be_later(season, waves, at):
    theta = theta_of(season, waves)
    for by_ms in shift.MOVES_MS:
        moved = theta @ shift.turn(BASIS, by_ms).T
        for rest in (0.0, 1.0):
            now = drift.log_rate(moved, point(at, rest))
            later = drift.log_rate(theta, point(at + by_ms, rest))
            assert now == pytest.approx(later, abs=1e-9)


@quick
@given(season=seasons)
def test_forward_and_back_is_where_it_was_and_doubt_keeps_its_size(season):
    forward, back = (shift.turn(BASIS, by_ms) for by_ms in shift.MOVES_MS)
    assert forward @ back == pytest.approx(np.eye(BASIS.width), abs=1e-12)
    cov = np.diag(BASIS.prior)[None].copy()
    theta = theta_of(season)
    evidence = np.array([[shift.LIMIT], [0.0]])
    assert shift.settle(evidence, theta, cov, BASIS).all()
    assert not evidence.any()
    assert np.linalg.det(cov[0]) == pytest.approx(float(np.prod(BASIS.prior)))


def hours_until_settled(rate, days, worth=1.0):
    """Feed hours of `rate(at_ms)`; return the hour at which the season was moved, and by which move."""
    theta = theta_of([np.log(600.0), 0.5, 0.4, 0.1] + [0.0] * (DAYS - 4))
    cov = 1e-5 * np.eye(BASIS.width)[None]
    evidence = np.zeros((2, 1))
    for hour in range(24 * days):
        here = point(MONDAY + hour * HOUR_MS)
        expected = np.exp(drift.log_rate(theta, here))
        shift.follow(
            evidence, theta, here, BASIS, count=rate(MONDAY + hour * HOUR_MS, theta),
            expected=expected, variance=np.array([1e-3]), worth=np.array([worth]),
        )  # fmt: skip
        way = int(evidence.argmax())
        if shift.settle(evidence, theta, cov, BASIS).any():
            return hour, way
    return None


def usual(at_ms, theta):
    return np.exp(drift.log_rate(theta, point(at_ms)))


def test_clocks_put_forward_or_back_are_noticed_within_a_day():
    for way, by_ms in enumerate(shift.MOVES_MS):
        found = hours_until_settled(lambda at, theta, by=by_ms: usual(at + by, theta), 2)
        assert found is not None
        assert found[0] < 24
        assert found[1] == way


def test_what_is_as_usual_is_no_change_of_the_clock():
    assert hours_until_settled(usual, 7) is None


@pytest.mark.parametrize("lift", [1.5, 2.0, 5.0, 0.5])
def test_an_outage_of_half_a_day_is_no_change_of_the_clock(lift):
    def failing(at, theta):
        hour = (at - MONDAY) // HOUR_MS
        return usual(at, theta) * (lift if 6 <= hour < 18 else 1.0)

    assert hours_until_settled(failing, 2) is None


def test_hours_that_are_worth_nothing_say_nothing():
    assert hours_until_settled(lambda at, theta: usual(at + HOUR_MS, theta), 3, worth=0.0) is None
