"""The page on detection says what the results say, and no more."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench" / "detection"
sys.path.insert(0, str(BENCH))
import cells  # noqa: E402
import plots  # noqa: E402
import plots_panels  # noqa: E402
import promises  # noqa: E402
import report  # noqa: E402
import verdicts  # noqa: E402
from plots_frame import Axis  # noqa: E402

TOP = Axis(0.1, 10.0, (0.1, 1.0, 10.0), "log")
LIMIT_MINUTES = 5.0


def test_the_page_and_its_plots_are_what_the_results_give() -> None:
    command = [sys.executable, str(BENCH / "report.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_changed_result_changes_the_page(tmp_path, monkeypatch) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    for path in report.RESULTS.glob("*.json"):
        (tmp_path / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setattr(report, "RESULTS", tmp_path)
    assert report.written(page)[0] == page
    kept = json.loads((tmp_path / "nab.json").read_text(encoding="utf-8"))
    for row in kept["rows"]:
        row["standard"] = 12.3
    (tmp_path / "nab.json").write_text(json.dumps(kept), encoding="utf-8")
    after, drawn = report.written(page)
    assert after != page
    assert "| 12.3 |" in after
    assert ">12.3</text>" in drawn["nab.svg"]


def test_every_result_names_its_command_and_what_was_measured() -> None:
    paths = sorted(report.RESULTS.glob("*.json"))
    assert paths
    for path in paths:
        kept = json.loads(path.read_text(encoding="utf-8"))
        assert kept["command"], path.name


def test_figures_stand_between_markers_only_once_each() -> None:
    names = report.PART.findall(report.PAGE.read_text(encoding="utf-8"))
    assert len({name for _, name, _ in names}) == len(names) >= 4


@pytest.mark.parametrize(
    "svg",
    [
        plots.bars("a < b", [("x & y", 3.0, True), ("none", 0.0, False)], 4.0),
        plots.dots("t", ["one"], {"ours": [0.3], "theirs": [12.0]}, "ours", "minutes"),
        plots_panels.spans(
            "t",
            ["one", "two"],
            [plots_panels.Panel("p & q", [plots_panels.Span(1.0, 0.5, 3.0), None], (0.5, 1.5))],
            TOP,
            "unit",
        ),
        plots_panels.reliability(
            "t", [(0.7, plots_panels.Span(0.6, 0.4, 0.8))], Axis(0.01, 0.99, (0.5,), "logit")
        ),
        plots_panels.curves(
            "t",
            [
                (
                    "head",
                    [
                        plots_panels.Curve("plain", "", [(1.0, 2.0), (2.0, 3.0)]),
                        plots_panels.Curve("three", "3", [(1.0, 2.0), (2.0, None)]),
                        plots_panels.Curve("one", "1", [(1.0, None)]),
                    ],
                )
            ],
            TOP,
            TOP,
            ("x", "y"),
            "never",
        ),
    ],
)
def test_plots_are_well_formed_and_told_in_words_and_fit_light_and_dark(svg) -> None:
    root = ET.fromstring(svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.findtext("s:title", namespaces=space)
    assert root.findtext("s:desc", namespaces=space)
    assert "prefers-color-scheme:dark" in svg


def cell(rate: float, delay: float, ramp: int = 0) -> dict[str, object]:
    """Return a row as bench/detection/delay.py writes it."""
    return {
        "ramp": ramp, "rate": rate, "size": 25.0, "lift": 5.0, "delay": delay,
        "low": 0.9 * delay, "high": 1.1 * delay, "p90": 2 * delay, "limit": LIMIT_MINUTES,
        "limit_at_nominal": LIMIT_MINUTES, "false_per_week": 0.2, "false_alarms": 40, "held": 0.9,
        "onsets": 200, "width": 12.0,
    }  # fmt: skip


def results_with(rows: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    return {"delay": {"what": "delay", "command": "bench", "rows": rows}}


def test_delays_are_written_from_the_rows_of_their_bench() -> None:
    rows = [cell(1.0, 5.5), cell(10.0, 9.0), cell(1.0, 20.0, ramp=10)]
    text, drawn = report.part("delay", results_with(rows))
    assert "| 1 × 5 | 5.5 (5.0 to 6.1) | 11 | 5.0 | 1.10 (0.99 to 1.21) | 0.20 |" in text
    assert "| over 10 minutes | 90" in text
    root = ET.fromstring(drawn["delay.svg"])
    assert "10 × 5 1.8" in (root.findtext("{http://www.w3.org/2000/svg}desc") or "")


def test_a_part_whose_bench_has_not_run_says_so() -> None:
    for name in report.WRITERS:
        assert report.part(name, {}) == (report.NOT_YET, {})
    text, _ = report.part("promises", {})
    assert "| met |" not in text
    assert text.count(f"| {promises.NOT_MEASURED} |") == text.count("\n| ") > 20


def promised(rows: list[dict[str, object]]) -> promises.Line:
    return next(iter(promises.delays(results_with(rows))))


def test_one_cell_beyond_the_worst_that_was_promised_breaks_the_promise() -> None:
    assert promised([cell(1.0, 5.1), cell(10.0, 5.1)]).met == "met"
    broken = promised([cell(1.0, 5.1), cell(10.0, 5.1), cell(100.0, 10.0)])
    assert broken.met == "**not met**"
    assert "at 100 × 5" in broken.worst


def test_an_interval_that_holds_the_limit_is_called_unsure() -> None:
    assert promised([cell(1.0, 5.8), cell(10.0, 5.8)]).met == "met, unsure"


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([(True, True), (True, True)], "met"),
        ([(True, True), (True, False)], "met, unsure"),
        ([(True, False), (False, False)], "**not met**, unsure"),
        ([(False, False), (False, True)], "**not met**"),
    ],
)
def test_one_sure_failure_decides_and_one_unsure_success_leaves_it_open(parts, said) -> None:
    assert verdicts.verdict_of(parts) == said


def test_both_names_of_the_columns_of_false_alarms_are_read() -> None:
    rows = [
        {"stress": "none", "rate": 1.0, "alarms": 9, "weeks": 36, "ratio": 1.0, "low": 0.5, "high": 1.9},
        {"stress": "ar", "rate_a_minute": 1.0, "alarms": 9, "service_weeks": 36, "of_nominal": 1.0,
         "low": 0.5, "high": 1.9},
    ]  # fmt: skip
    result = {"what": "false alarms", "command": "bench", "rows": rows}
    text, _ = report.part("calibration", {"calibration": result})
    assert "| 1 | 1.00 (0.50 to 1.90) | 1.00 (0.50 to 1.90) |" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.3, "30 %"),
        (0.961, "96.1 %"),
        (0.9999, "99.99 %"),
        (0.999999, "99.99 %"),
        (1.0, "100 %"),
        (float("nan"), cells.DASH),
    ],
)
def test_a_share_is_finer_near_the_whole_and_never_rounded_up_to_it(value, said) -> None:
    assert cells.percent(value) == said


def test_figures_stand_with_their_intervals_and_numbers_are_short() -> None:
    assert cells.around(0.72, 0.47, 1.06, 2) == "0.72 (0.47 to 1.06)"
    assert cells.percent(0.963, 0.948, 0.974) == "96.3 % (94.8 to 97.4)"
    assert [cells.short(one) for one in (0, 0.0471, 4.71, 47.1, 1234.5, None)] == [
        "0", "0.047", "4.7", "47", "1,234", cells.DASH,
    ]  # fmt: skip
    assert [cells.large(one) for one in (999, 1.3e6, 34e9)] == ["999", "1.3 million", "34 billion"]
