"""The sixteen public signals as they are drawn anew, and the measures taken of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "detection"
sys.path.insert(0, str(BENCH))
import noufaily  # noqa: E402
import noufaily_signals as signals  # noqa: E402

SIGNALS = signals.signals()


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda one: str(one.number))
def test_a_replicate_has_seven_years_and_one_outbreak_in_the_last_weeks(signal) -> None:
    counts, cases = signals.replicates(signal, 5, 2, seed=3)
    assert counts.shape == cases.shape == (2, 2548)
    assert (counts == np.round(counts)).all()
    assert (counts >= 0).all()
    assert not cases[:, : noufaily.FIRST].any()
    assert not cases[:, -1].any()
    weekend = np.arange(2548) % 7 >= 5
    assert (counts[:, weekend].sum() == 0) == (signal.days == 5)
    again, _ = signals.replicates(signal, 5, 1, seed=3)
    assert np.array_equal(again[0], counts[0])


def test_larger_outbreaks_have_more_cases() -> None:
    drawn = [
        [signals.replicates(signal, size, 12, 1)[1].sum() for signal in SIGNALS] for size in (2, 10)
    ]
    growth = np.log(np.divide(*reversed(drawn)))
    assert (growth > 0).all()
    assert np.exp(growth.mean()) == pytest.approx(5, rel=0.15)


def test_the_mean_of_a_signal_is_the_published_formula() -> None:
    first = SIGNALS[0].log_mean()[0]
    year, week = 2 * np.pi * 30 / 364, 2 * np.pi * 30 / 7
    waves = sum(0.5 * np.cos(n * week) + 0.4 * np.sin(n * week) for n in (1, 2))
    assert first == pytest.approx(6 + 0.2 * np.cos(year) + 0.2 * np.sin(year) + waves)


def test_holidays_fall_on_working_days_and_are_nought_or_double() -> None:
    assert (signals.holidays(7) % 7 < 5).all()
    assert len(signals.holidays(5)) == len(signals.holidays(7)) == 7 * 8 + 2


def test_measures_are_those_of_the_comparison() -> None:
    cases = np.zeros((3, signals.DAYS))
    cases[:, noufaily.FIRST + 100 : noufaily.FIRST + 110] = 1
    alarm = np.zeros((3, signals.TEST_DAYS), dtype=bool)
    alarm[0, 102:104] = True
    alarm[1, 3] = True
    fpr, pod, sensitivity, timeliness = noufaily.judge(alarm, cases)
    assert pod.tolist() == [1, 0, 0]
    assert sensitivity.tolist() == [0.2, 0, 0]
    assert timeliness == pytest.approx([0.2, 1, 1])
    assert fpr == pytest.approx([0, 1 / 333, 0])


def test_ears_says_what_its_formula_says() -> None:
    counts = np.random.default_rng(1).poisson(9.0, (1, signals.DAYS)).astype(float)
    for guard in (0, 2):
        got = noufaily.ears(counts, guard)[0]
        day = noufaily.FIRST + 40
        base = counts[0, day - guard - 7 : day - guard]
        z = (counts[0, day] - base.mean()) / base.std(ddof=1)
        assert got[40] == (z >= noufaily.EARS_Z)


def test_the_daily_model_finds_a_large_outbreak_and_keeps_its_rate_of_false_days() -> None:
    counts, cases = signals.replicates(SIGNALS[8], 10, 6, seed=5)
    fpr, pod, _, timeliness = noufaily.judge(noufaily.ours(counts), cases)
    assert fpr.mean() < 0.035
    assert pod.all()
    assert timeliness.mean() < 0.3


def test_what_the_daily_model_says_of_a_day_rests_on_no_later_one() -> None:
    counts, _ = signals.replicates(SIGNALS[3], 3, 1, seed=5)
    cut = noufaily.FIRST + 200
    whole = noufaily.ours(counts)
    assert np.array_equal(whole[:, :200], noufaily.ours(counts[:, :cut]))
