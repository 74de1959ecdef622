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
import plots  # noqa: E402
import report  # noqa: E402


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
    ],
)
def test_plots_are_well_formed_and_told_in_words_and_fit_light_and_dark(svg) -> None:
    root = ET.fromstring(svg)
    space = {"s": "http://www.w3.org/2000/svg"}
    assert root.findtext("s:title", namespaces=space)
    assert root.findtext("s:desc", namespaces=space)
    assert "prefers-color-scheme:dark" in svg


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "3"),
        (10_000_000, "10,000,000"),
        (0.12345, "0.123"),
        (12.345, "12.3"),
        (1234.5, "1,234"),
        (True, "yes"),
        (None, ""),
        ([0.5, 0.25], "0.500 to 0.250"),
        ([2.0, 1.0, 3.0], "2 (1 to 3)"),
        ("word", "word"),
    ],
)
def test_figures_are_written_for_people(value, said) -> None:
    assert report.figure(value) == said


def test_what_lies_within_a_row_has_longer_names_and_intervals_stand_beside_their_figures() -> None:
    row = {"found": 0.9, "found_interval": [0.8, 1.0], "after": {"n": 2}, "lost_interval": [0, 1]}
    assert report.flat(row) == {
        "found": "0.900 (0.800 to 1)",
        "after n": "2",
        "lost interval": "0 to 1",
    }
