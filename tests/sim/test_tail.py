"""The lag of reports: the end of the fault is found before the calm, and learned from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from uproar.detect import tail

END = 120


def curve(half_life, seed, *, usual=1.0, height=60.0, calm=60, blind=()):
    """Return counts a minute: a rise at 60, a fault to 120, then halves every so many minutes."""
    dice = np.random.default_rng(seed)
    minutes = np.arange(END + 100 + calm)
    after = np.exp2(-(minutes - END + 0.5) / half_life) if half_life else np.zeros(len(minutes))
    rate = usual + height * np.where(minutes < 60, 0.0, np.where(minutes < END, 1.0, after))
    counts = dice.poisson(dice.gamma(25, rate / 25)).tolist()
    return [-1 if at in blind else int(count) for at, count in enumerate(counts)], [usual] * len(
        counts
    )


@pytest.mark.parametrize("half_life", [0.0, 5.0, 10.0, 20.0])
def test_the_bracket_holds_the_end_of_the_fault(half_life) -> None:
    held = 0
    for seed in range(12):
        counts, usual = curve(half_life, seed)
        found = tail.ending(counts, usual, 70, tail.Tail())
        assert found is not None
        assert found.earliest <= found.latest
        held += found.earliest <= END <= found.latest
    assert held >= 10


def test_the_lag_is_told_apart_from_a_sudden_end() -> None:
    slow = tail.ending(*curve(20.0, 1), 70, tail.Tail())
    sudden = tail.ending(*curve(0.0, 1), 70, tail.Tail())
    assert slow is not None
    assert sudden is not None
    assert slow.lag == pytest.approx(20.0, rel=0.4)
    assert sudden.lag < 3.0


def test_a_service_learns_how_long_its_reports_lag() -> None:
    known = tail.Tail()
    for seed in range(6):
        found = tail.ending(*curve(25.0, seed), 70, known)
        assert found is not None
        known = tail.learn(known, found)
    assert known.half_life == pytest.approx(25.0, rel=0.35)
    assert known.sd < tail.Tail().sd
    assert known.incidents == 6


def test_where_we_were_blind_the_end_may_lie_anywhere_in_between() -> None:
    blind = range(100, 170)
    counts, usual = curve(0.0, 2, blind=blind)
    found = tail.ending(counts, usual, 70, tail.Tail())
    assert found is not None
    assert found.earliest <= 110
    assert found.latest >= 150


def test_of_a_curve_without_known_minutes_nothing_is_said() -> None:
    assert tail.ending([-1] * 50, [1.0] * 50, 10, tail.Tail()) is None


def test_a_day_is_searched_in_steps() -> None:
    counts, usual = curve(10.0, 3, calm=1_300)
    found = tail.ending(counts, usual, 70, tail.Tail())
    assert found is not None
    assert found.earliest <= END <= found.latest
    assert found.latest - found.earliest < 90
    assert math.isfinite(found.lag)
