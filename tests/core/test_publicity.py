"""What is expected while an incident is shown: more than usual, and bounded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.detect import publicity

COUNTS = st.lists(st.integers(-1, 10_000), min_size=1, max_size=200)


def test_before_an_incident_is_shown_the_usual_is_expected() -> None:
    assert publicity.expected([5, 9, 80], [2.0, 2.0, 2.0], 3, 0, 3) == [2.0, 2.0, 2.0]


def test_from_the_opening_on_more_is_expected_and_only_later_reports_stir() -> None:
    told = publicity.expected([50, 50, 50], [2.0, 2.0, 2.0], 1, 0, 3)
    assert told[0] == 2.0
    assert told[1] == pytest.approx(2.0 * (1 + publicity.SEEN))
    assert told[2] > told[1]


def test_talk_fades_when_reports_stop() -> None:
    counts = [100] * 60 + [5] * 60
    told = publicity.expected(counts, [1.0] * 120, 0, 120, 120)
    assert told[59] == pytest.approx(1.4 + publicity.STIRRED * 99, rel=0.01)
    assert told[119] == pytest.approx(1.4 + publicity.STIRRED * 4, rel=0.05)


def test_talk_explains_only_what_came() -> None:
    told = publicity.expected([100] * 30 + [1] * 5, [1.0] * 35, 0, 35, 5)
    assert told == pytest.approx([1.0 + publicity.SEEN] * 5)


def test_what_is_put_down_to_being_shown_grows_until_there_is_a_new_wave() -> None:
    counts, usual = [20] * 2_000, [10.0] * 2_000
    told = publicity.expected(counts, usual, 0, 0, 2_000)
    assert told[0] == pytest.approx(14.0)
    assert told[240] > 18.0
    assert told[-1] == pytest.approx(10.0 * (1 + publicity.SEEN_MOST))
    fresh = publicity.expected(counts, usual, 0, 1_999, 1)
    assert fresh[0] == pytest.approx(10.0 * (1 + publicity.SEEN) + 10 * publicity.STIRRED)


@given(COUNTS, st.integers(0, 220), st.integers(0, 220), st.integers(1, 220))
def test_publicity_explains_at_most_a_small_part_of_what_was_reported(
    counts: list[int], shown_from: int, wave_from: int, last: int
) -> None:
    usual = [3.0] * len(counts)
    told = publicity.expected(counts, usual, shown_from, wave_from, last)
    assert len(told) == min(last, len(counts))
    most = 3.0 * (1 + publicity.SEEN_MOST) + publicity.STIRRED * max(0, *counts)
    assert all(3.0 <= level <= most + 1e-9 for level in told)


@given(COUNTS, st.integers(0, 220))
def test_the_answer_for_fewer_minutes_is_the_end_of_the_answer_for_more(
    counts: list[int], shown_from: int
) -> None:
    usual = [1.0] * len(counts)
    whole = publicity.expected(counts, usual, shown_from, 0, len(counts))
    assert publicity.expected(counts, usual, shown_from, 0, 5) == pytest.approx(whole[-5:])
