"""Alarms as a table of counts gives them, and what the command makes of good and bad tables."""

from __future__ import annotations

import importlib.util
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

import uproar
from uproar.detect import detector, novelty, table
from uproar.errors import ShapeMismatch
from uproar.model.tick import iso
from uproar.wire import counts

# The module is loaded by its path: these tests need no other command to be importable.
PLACE = Path(uproar.__file__).parent / "cli" / "detect.py"
SPEC = importlib.util.spec_from_file_location("detect_command", PLACE)
COMMAND = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(COMMAND)
APP = typer.Typer()
APP.command()(COMMAND.detect)

BURST = 1440 + 1000  # the minute at which the burst begins
START = 1_741_564_800  # 10 March 2025, in seconds


def rows(days=2, burst_at=BURST, lift=30, seed=1, step=60, rate=1.0):
    dice = np.random.default_rng(seed)
    out = []
    for place in range(days * 86_400 // step):
        mean = rate * (lift if burst_at <= place < burst_at + 60 else 1)
        out.append((START + place * step, int(dice.poisson(mean))))
    return out


def text_of(pairs):
    return "time,count\n" + "".join(f"{at},{value}\n" for at, value in pairs)


def call(tmp_path, text, *options):
    path = tmp_path / "counts.csv"
    path.write_text(text)
    return CliRunner().invoke(APP, [str(path), *options])


def test_a_burst_is_raised_and_cleared_with_its_onset(tmp_path):
    said = call(tmp_path, text_of(rows()), "--json", "--fail")
    assert said.exit_code == 1
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    raised = [line for line in lines if line["state"] == "raised"]
    assert lines[-1]["state"] == "cleared"
    truth = iso((START + (BURST) * 60) * 1000)
    burst = next(line for line in raised if line["at"] > truth)
    assert burst["at"] <= iso((START + (BURST + 3) * 60) * 1000)
    assert burst["onset"][0] <= truth <= burst["onset"][1]
    assert burst["observed"] > 5 * burst["expected"]
    assert set(burst) == {
        "kind", "series", "state", "at", "onset", "observed", "expected", "score", "evidence",
    }  # fmt: skip


def test_a_quiet_table_exits_zero_even_with_fail(tmp_path):
    said = call(tmp_path, text_of(rows(lift=1, seed=2)), "--json", "--fail")
    assert said.exit_code == 0
    assert said.stdout == ""


def test_what_is_said_of_a_bin_does_not_depend_on_later_ones(tmp_path):
    pairs = rows()
    whole = call(tmp_path, text_of(pairs), "--json").stdout.splitlines()
    cut = BURST + 30
    part = call(tmp_path, text_of(pairs[:cut]), "--json").stdout.splitlines()
    assert part
    assert whole[: len(part)] == part


def growing():
    """Return a table whose last burst doubles every quarter of an hour, after an ordinary one."""
    pairs = rows(burst_at=700, lift=6)[:1_700]
    for place in range(1_440, 1_650):
        pairs[place] = (pairs[place][0], 2 + 2 ** ((place - 1_440) // 15))
    return pairs


def test_a_burst_that_becomes_more_surprising_is_told_again(tmp_path):
    said = call(tmp_path, text_of(growing()), "--json")
    lines = [json.loads(line) for line in said.stdout.splitlines()]
    again = [line for line in lines if "again" in line]
    assert len(again) >= 2
    assert all(line["state"] == "raised" and line["again"] is True for line in again)
    scores = [line["score"] for line in again]
    assert scores == sorted(scores)
    standing = False
    for line in lines:
        if "again" in line:
            assert standing
        elif line["state"] == "raised":
            assert not standing
        standing = line["state"] == "raised"


def test_a_part_of_a_table_gives_the_first_of_its_lines(tmp_path):
    pairs = growing()
    whole = call(tmp_path, text_of(pairs), "--json").stdout.splitlines()
    for cut in (1_000, 1_580):
        part = call(tmp_path, text_of(pairs[:cut]), "--json").stdout.splitlines()
        assert part
        assert whole[: len(part)] == part


def test_which_alarms_there_are_does_not_rest_on_what_they_are_worth():
    read = counts.read(text_of(growing()).splitlines(keepends=True))
    dull = novelty.Design(read.bin_ms, step=1e9)
    turns = []
    for own in (None, dull):
        alarms = table.alarms(read, false_alarms_per_week=0.25, warmup=360, own=own)
        turns.append([(one.state, one.at, one.onset) for one in alarms if not one.again])
    assert turns[0] == turns[1]
    assert turns[0]


def test_on_a_terminal_again_is_said_and_alarms_are_counted_once():
    read = counts.read(text_of(growing()).splitlines(keepends=True))
    alarms = list(table.alarms(read, false_alarms_per_week=0.25, warmup=360))
    again = next(one for one in alarms if one.again)
    assert COMMAND._row(again).split("  ")[1].strip() == "again"


def test_series_of_one_table_are_told_apart(tmp_path):
    text = "time,count,service,place\n" + "".join(
        f"{at},{value},x,GB\n{at},{other},y,\n"
        for (at, value), (_, other) in zip(rows(), rows(lift=1, seed=2), strict=True)
    )
    said = call(tmp_path, text, "--json")
    series = [json.loads(line)["series"] for line in said.stdout.splitlines()]
    assert {"service": "x", "place": "GB"} in series
    assert {"service": "y"} not in series


def test_missing_counts_neither_raise_nor_clear(tmp_path):
    pairs = [(at, "" if place % 3 == 0 else value) for place, (at, value) in enumerate(rows())]
    said = call(tmp_path, text_of(pairs), "--json")
    assert any(json.loads(line)["state"] == "raised" for line in said.stdout.splitlines())


def test_daily_bins_are_taken(tmp_path):
    dice = np.random.default_rng(3)
    pairs = [
        (START + 86_400 * day, int(dice.poisson(40 if day < 70 else 120))) for day in range(75)
    ]
    said = call(tmp_path, text_of(pairs), "--json")
    assert [json.loads(line)["state"] for line in said.stdout.splitlines()][:1] == ["raised"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("time,count\n0,1\n60,x\n", (), "counts.csv: line 3: 'x' is no count"),
        ("time,count\n0,1\n60,1\n", ("--warmup", "soon"), "--warmup 'soon' is no duration"),
        ("time,count\n0,1\n60,1\n", ("--false-alarms-per-week", "0"), "must be above 0"),
        ("time,count\n0,\0\n", (), "NUL"),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_two(tmp_path, text, options, words):
    said = call(tmp_path, text, *options)
    assert said.exit_code == 2
    assert said.stdout == ""
    assert len(said.stderr.strip().splitlines()) == 1
    assert words in said.stderr


def test_a_file_that_is_not_there_or_not_text_is_one_clear_line(tmp_path):
    assert "No such file" in CliRunner().invoke(APP, [str(tmp_path / "none.csv")]).stderr
    (tmp_path / "bytes.csv").write_bytes(b"time,count\n\xff\xfe,1\n")
    said = CliRunner().invoke(APP, [str(tmp_path / "bytes.csv")])
    assert said.exit_code == 2
    assert "not UTF-8" in said.stderr


def test_misaligned_rows_are_refused():
    design = detector.Design()
    state = detector.grow(detector.start(design), np.ones(2), np.full(2, -1), design)
    with pytest.raises(ShapeMismatch):
        detector.step(state, 1, np.zeros(3), False, np.zeros(3, dtype=bool), design)


def test_a_share_takes_over_the_season_of_the_whole():
    design = detector.Design(bin_ms=60_000)
    state = detector.grow(detector.start(design), np.array([5.0]), np.array([-1]), design)
    dice, hold = np.random.default_rng(1), np.zeros(1, dtype=bool)
    first = 29_000_160
    for minute in range(first, first + 7 * 1440):
        mean = 5 * np.exp(np.cos(2 * np.pi * (minute % 1440) / 1440))
        state, _ = detector.step(state, minute, dice.poisson([mean]) * 1.0, False, hold, design)
    state = detector.grow(state, np.array([0.5]), np.array([0]), design)
    share = np.exp(state.theta[1, 1:] - state.theta[0, 1:])
    assert np.allclose(share, 1.0)


REAL = Path(__file__).resolve().parents[2].parent / "shared" / "facts" / "nab.tar.xz"


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the real series are not here")
def test_real_heavy_tailed_series_alarm_on_what_people_marked_and_not_all_the_time():
    marked = found = raised = files = 0
    with tarfile.open(REAL) as box:
        windows = json.load(box.extractfile("nab/labels/combined_windows.json"))
        names = [name for name in box.getnames() if "realTweets/" in name and name.endswith(".csv")]
        for name in sorted(names):
            text = io.TextIOWrapper(box.extractfile(name), encoding="utf-8", newline="")
            read = counts.read(text)
            warmup = table.warmup_bins(read.bin_ms, None)
            alarms = table.alarms(read, false_alarms_per_week=0.25, warmup=warmup)
            at = [
                iso(alarm.at)[:19]
                for alarm in alarms
                if alarm.state == "raised" and not alarm.again
            ]
            spans = [
                [bound[:19].replace(" ", "T") for bound in span]
                for span in windows[name.removeprefix("nab/data/")]
            ]
            marked += len(spans)
            found += sum(any(low <= moment <= high for moment in at) for low, high in spans)
            raised += len(at)
            files += 1
    assert files == 10
    assert found >= 0.8 * marked
    assert raised <= 40 * files
