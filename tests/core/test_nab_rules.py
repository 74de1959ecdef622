"""The scoring rules of the public benchmark, on files small enough to be scored by hand."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "detection"
sys.path.insert(0, str(BENCH))
import nab_corpus  # noqa: E402
import nab_scorer  # noqa: E402

RECORDS, WINDOW = 200, (100, 119)


def marked(*detections, windows=(WINDOW,), records=RECORDS):
    score = np.zeros(records)
    for place, value in detections:
        score[place] = value
    return nab_scorer.Marked("group", "file", score, windows)


def sigmoid(y):
    return 2 / (1 + math.exp(5 * y)) - 1


def test_a_detector_that_says_nothing_has_nought_and_a_perfect_one_a_hundred() -> None:
    for profile in nab_scorer.PROFILES:
        assert nab_scorer.judge([marked()], profile).score == 0
        assert nab_scorer.judge([marked((100, 1.0))], profile).score == pytest.approx(100)


@pytest.mark.parametrize("place", [100, 109, 119])
def test_a_detection_in_a_window_is_worth_the_more_the_earlier_it_is(place) -> None:
    got = nab_scorer.judge([marked((place, 1.0))], "standard")
    worth = sigmoid(-(119 - place + 1) / 20) / sigmoid(-1)
    assert got.score == pytest.approx(100 * (worth + 1) / 2)
    assert (got.found, got.false) == (1, 0)


def test_only_the_earliest_detection_of_a_window_counts() -> None:
    both = nab_scorer.judge([marked((103, 1.0), (110, 1.0), (111, 2.0))], "standard", 1.0)
    one = nab_scorer.judge([marked((103, 1.0))], "standard", 1.0)
    assert both.score == pytest.approx(one.score)


@pytest.mark.parametrize(("place", "cost"), [(60, 1.0), (125, -sigmoid(6 / 19)), (190, 1.0)])
def test_a_detection_outside_costs_by_how_far_it_lies_behind_a_window(place, cost) -> None:
    for profile, (weight, miss) in nab_scorer.PROFILES.items():
        got = nab_scorer.judge([marked((100, 1.0), (place, 1.0))], profile, 1.0)
        assert got.score == pytest.approx(100 - 100 * weight * cost / (1 + miss))
        assert got.false == 1


def test_the_first_records_are_not_scored() -> None:
    assert nab_scorer.probation(RECORDS) == 30
    assert nab_scorer.probation(100_000) == 750
    got = nab_scorer.judge([marked((100, 1.0), (29, 1.0))], "standard", 1.0)
    assert got.score == pytest.approx(100)
    assert nab_scorer.judge([marked((100, 1.0), (30, 1.0))], "standard", 1.0).score < 100


def test_one_threshold_serves_all_files_and_is_the_best_one() -> None:
    files = [marked((100, 0.5), (50, 0.4)), marked((105, 0.9), (60, 0.45))]
    best = nab_scorer.judge(files, "standard")
    assert best.threshold == 0.5
    assert best.found == 2
    assert best.false == 0
    for threshold in (0.4, 0.45, 0.9):
        assert nab_scorer.judge(files, "standard", threshold).score < best.score


def test_a_detection_missed_costs_more_where_misses_weigh_double() -> None:
    files = [marked((100, 1.0)), marked()]
    assert nab_scorer.judge(files, "standard").score == pytest.approx(50)
    assert nab_scorer.judge(files, "low_FN").score == pytest.approx(50)


def test_without_the_data_one_clear_line_says_where_to_get_it(tmp_path) -> None:
    with pytest.raises(SystemExit, match=r"no benchmark data at .*--nab PATH"):
        nab_corpus.load(tmp_path / "none")
    with pytest.raises(SystemExit, match="no benchmark data"):
        nab_corpus.load(tmp_path)


def test_a_folder_is_read_with_its_windows(tmp_path) -> None:
    (tmp_path / "data" / "g").mkdir(parents=True)
    (tmp_path / "labels").mkdir()
    rows = "".join(f"2020-01-01 00:{at:02}:00,{at}\n" for at in range(0, 50, 5))
    (tmp_path / "data" / "g" / "a.csv").write_text("timestamp,value\n" + rows)
    spans = '{"g/a.csv": [["2020-01-01 00:10:00.000000", "2020-01-01 00:20:00.000000"]]}'
    (tmp_path / "labels" / "combined_windows.json").write_text(spans)
    (file,) = nab_corpus.load(tmp_path)
    assert (file.group, file.bin_ms, file.windows) == ("g", 300_000, ((2, 4),))
