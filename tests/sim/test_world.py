"""The world on a desk: clocks, rhythms and dice."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from uproar.model.service import Service
from uproar.sim import scenario, world
from uproar.wire.scenariotable import Rhythm


def day(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) // 86_400


@pytest.fixture(scope="module")
def rhythm() -> Rhythm:
    return scenario.load("quiet-week").plan.assumed.rhythm


def test_an_ordinary_week_has_a_mean_of_one(rhythm: Rhythm) -> None:
    monday = day("2025-06-02")
    week = [world.willingness(rhythm, "DE", monday + number) for number in range(7)]
    assert np.mean(week) == pytest.approx(1.0, abs=1e-9)


def test_people_report_least_at_four_in_the_morning_of_their_own_clock(rhythm: Rhythm) -> None:
    tuesday = day("2025-06-03")
    for code, hour_utc in (("JP", 19), ("GB", 3), ("IN", 22), ("BR", 7)):
        curve = world.willingness(rhythm, code, tuesday)
        assert abs(int(np.argmin(curve)) / 60 - hour_utc) <= 1.0, code


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [("US", "2025-03-06", "2025-03-13"), ("GB", "2025-03-27", "2025-04-03")],
)
def test_summer_time_moves_the_rhythm_by_an_hour(
    rhythm: Rhythm, code: str, before: str, after: str
) -> None:
    winter = world.willingness(rhythm, code, day(before))
    summer = world.willingness(rhythm, code, day(after))
    daytime = slice(8 * 60, 22 * 60)
    assert np.abs(np.roll(winter, -60) - summer)[daytime].max() < 0.03
    assert np.abs(winter - summer)[daytime].max() > 0.05


def test_on_10_march_2025_new_york_had_changed_its_clocks_and_london_had_not() -> None:
    flat = (1.0,) * 24
    alarm_clock = tuple(100.0 if hour == 12 else 1.0 for hour in range(24))
    noon = Rhythm(why="everybody reports at noon", weekday=alarm_clock, weekend=flat)
    monday = day("2025-03-10")
    london = int(np.argmax(world.willingness(noon, "GB", monday)))
    york = world.willingness(noon, "US", monday)
    assert 12 * 60 <= london < 13 * 60
    assert york[16 * 60 + 30] > york[17 * 60 + 30]  # Noon in New York is 16:00 UTC, not 17:00.


def test_weights_that_were_given_are_kept_in_proportion() -> None:
    service = Service("a", "A", countries=("DE",))
    assert world.shares(service, {"FR": 3, "US": 1}) == {"FR": 0.75, "US": 0.25}


def test_without_weights_the_countries_of_the_catalog_share() -> None:
    shares = world.shares(Service("a", "A", countries=("US", "CA")), {})
    assert sum(shares.values()) == pytest.approx(1.0)
    assert 1 < shares["US"] / shares["CA"] < 335 / 40
    assert set(world.shares(Service("b", "B"), {})) == set(world.WORLDWIDE)


def test_the_same_labels_give_the_same_dice_and_others_give_others() -> None:
    first = world.dice(1, "usual", "x", "US", 20_000).random(4)
    assert (first == world.dice(1, "usual", "x", "US", 20_000).random(4)).all()
    assert (first != world.dice(1, "usual", "x", "GB", 20_000).random(4)).any()
    assert (first != world.dice(2, "usual", "x", "US", 20_000).random(4)).any()
    assert (world.dice(1, "a", "bc").random(4) != world.dice(1, "ab", "c").random(4)).any()


def test_a_mood_has_the_declared_clumping() -> None:
    moods = np.concatenate([world.mood(1, "x", number, 25.0, 0.0) for number in range(50)])
    assert moods.mean() == pytest.approx(1.0, abs=0.01)
    assert moods.var() == pytest.approx(1 / 25, rel=0.05)
    assert (world.mood(1, "x", 0, 0.0, 0.0) == 1.0).all()
