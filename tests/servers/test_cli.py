"""The command line as people use it: results on stdout, one clear line where the input is bad."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.journal_parts import HandClock
from servers.served import run
from uproar.app.compose import JOURNAL_FILE, STORE_FILE
from uproar.cli import main
from uproar.journal import copies, schema
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Beat, Claim, Report, Signal
from uproar.model.tick import end_ms, iso, start_ms, tick_of
from uproar.wire import signals

MORNING = tick_of(1_741_597_200_000)  # 10 March 2025, 09:00 UTC
SCENARIO = """
format = 1
seed = 1
title = "Two short days"
note = "A simulation."
[span]
history = 2025-04-27T00:00:00Z
start = 2025-04-28T00:00:00Z
end = 2025-04-29T00:00:00Z
[[usual]]
service = "signal"
[usual.assumed]
why = "Made up for a test."
per_minute = 0.02
"""


def story() -> Iterator[Signal]:
    """An hour in which a service fails for ten minutes, with a claim and words of all kinds."""
    for tick in range(MORNING, MORNING + 360):
        if 120 <= tick - MORNING < 180:
            for n in range(3):
                name = f"{tick}-{n}"
                words = 'it "fails",\\ 全部 🙂' if n == 1 else ""
                yield Report(
                    start_ms(tick) + n, "x", "login", place="GB", reporter=name, words=words
                )
        if tick - MORNING == 150:
            yield Claim(start_ms(tick), "x", by="A", said="We know.", said_at=start_ms(tick) - 1)
        yield Beat(end_ms(tick), tick)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a space in its name, with a journal, its export, a table and rubbish."""
    place = tmp_path_factory.mktemp("command line")
    with SqliteJournal.open(place / "journal here" / JOURNAL_FILE, HandClock()) as journal:
        journal.load(story())
    place.joinpath("export.jsonl").write_bytes(
        b"".join(signals.encode(one, seq) + b"\n" for seq, one in enumerate(story(), 1))
    )
    place.joinpath("scenario.toml").write_text(SCENARIO)
    place.joinpath("rubbish").write_bytes(bytes(range(256)) * 20)
    place.joinpath("rubbish.toml").write_bytes(bytes(range(256)) * 20)
    place.joinpath("rubbish.csv").write_bytes(bytes(range(256)) * 20)
    place.joinpath("empty").write_bytes(b"")
    rows = [
        f"{iso(start_ms(MORNING) + n * 60_000)},{5 if n < 1_600 else 200}" for n in range(1_700)
    ]
    place.joinpath("counts.csv").write_text("\n".join(["time,count", *rows]) + "\n")
    return place


def good(*arguments: str, code: int = 0, **options: Any) -> bytes:
    """Run a command that should work; return its stdout."""
    done = run(*arguments, **options)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done.stdout


Refused = Callable[..., str]


@pytest.fixture
def bad(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Refused:
    """Run a command that should refuse, here and not in a process, which is as real and far quicker.

    The command runs in `folder`; the one line that it says is returned.
    """

    def refused(*arguments: str) -> str:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["uproar", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capfd.readouterr()
        assert ended.value.code == 2, err
        assert out == ""
        assert err.startswith("uproar")
        assert err.count("\n") == 1, err
        return err

    return refused


def test_it_says_what_it_can_and_which_version_it_is() -> None:
    text = good("--help").decode()
    for command in ("serve", "demo", "replay", "detect", "check", "export", "import", "backup"):
        assert command in text
    assert good("--version").startswith(b"uproar 20")


def test_export_import_and_replay_go_round_and_give_the_same_bytes(
    folder: Path, tmp_path: Path
) -> None:
    journal, other = str(folder / "journal here"), str(tmp_path / "another one")
    exported = good("export", "--folder", journal)
    assert exported == (folder / "export.jsonl").read_bytes()
    told = good("import", "-", "--folder", other, "--json", input=exported)
    assert json.loads(told) == {"imported": exported.count(b"\n")}
    assert good("export", "--folder", other) == exported
    first = good("replay", str(folder / "export.jsonl"), "--quiet")
    second = good("replay", "-", "--json", "--fail", code=1, input=exported)
    assert first == second
    turns = [json.loads(line) for line in first.splitlines()]
    assert next(turn["turn"] for turn in turns if turn["kind"] == "incident") == "opened"
    assert {turn["service"] for turn in turns if turn["kind"] == "incident"} == {"x"}
    until = iso(start_ms(MORNING + 100))
    assert good("replay", "-", "--until", until, "--fail", input=exported) == b""


def test_an_import_goes_on_after_what_is_there(folder: Path, tmp_path: Path) -> None:
    export = str(folder / "export.jsonl")
    for _ in range(2):
        good("import", export, cwd=tmp_path)
    lines = good("export", cwd=tmp_path).splitlines()
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert (tmp_path / "uproar-data" / JOURNAL_FILE).is_file()


def test_a_scenario_of_ones_own_is_replayed_from_another_directory(
    folder: Path, tmp_path: Path
) -> None:
    name = os.path.relpath(folder / "scenario.toml", tmp_path)
    assert good("replay", name, "--until", "2025-04-27T06:00:00Z", cwd=tmp_path) == b""


def test_backup_and_restore_bring_a_journal_back(
    folder: Path, tmp_path: Path, bad: Refused
) -> None:
    copy, other = str(tmp_path / "a copy"), tmp_path / "restored"
    journal = str(folder / "journal here")
    whole = json.loads(good("backup", copy, "--folder", journal, "--json"))
    assert whole["signals"] == len(list(story()))
    assert "there already" in bad("backup", copy, "--folder", journal)
    good("restore", copy, "--folder", str(other))
    other.joinpath(STORE_FILE).write_bytes(b"computed from another journal")
    assert "holds a journal already" in bad("restore", copy, "--folder", str(other))
    good("restore", copy, "--folder", str(other), "--overwrite")
    assert not other.joinpath(STORE_FILE).exists()
    assert good("export", "--folder", str(other)) == (folder / "export.jsonl").read_bytes()


def test_detect_reads_a_file_or_stdin_and_raises_what_stands_out(folder: Path) -> None:
    table = folder / "counts.csv"
    lines = good("detect", str(table))
    alarms = [json.loads(line) for line in lines.splitlines()]
    assert alarms[0]["state"] == "raised"
    assert alarms[0]["onset"][0] <= iso(start_ms(MORNING) + 1_600 * 60_000) <= alarms[0]["onset"][1]
    assert good("detect", "-", "--json", "--fail", code=1, input=table.read_bytes()) == lines
    calm = b"\n".join(table.read_bytes().splitlines()[:1_601])
    assert good("detect", "-", "--fail", "--warmup", "12h", input=calm) == b""


def test_check_says_that_all_is_in_order(folder: Path, tmp_path: Path) -> None:
    config = tmp_path / "my uproar.toml"
    config.write_text(f'[journal]\nfolder = "{folder / "journal here"}"\n')
    report = json.loads(good("check", "--config", str(config), "--json"))
    assert report["journal"]["signals"] == len(list(story()))
    assert report["services"] > 250
    assert b"none yet" in good("check", cwd=tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '[server]\nhost = "::1"\nprot = 80\n',
            ":3: there is no setting server.prot; did you mean",
        ),
        ('[server]\n\nport = "x"\n', ":3: server.port"),
        ("[journal]\nkeep_days = 0\n", ":2: journal.keep_days must be at least 1"),
        ('[server]\ntrusted_proxies = ["10.0.0.0/99"]\n', ":2: "),
        ("[server\n", "line 1"),
    ],
)
def test_check_names_the_line_of_a_wrong_setting(
    tmp_path: Path, text: str, expected: str, bad: Refused
) -> None:
    config = tmp_path / "uproar.toml"
    config.write_text(text)
    said = bad("check", "--config", str(config))
    assert str(config) in said
    assert expected in said


BAD = [
    (["nonsense"], "No such command 'nonsense'"),
    (["detect"], "COUNTS.csv"),
    (["detect", "no such file"], "no such file"),
    (["detect", "."], "."),
    (["detect", "rubbish.csv"], "rubbish.csv: "),
    (["detect", "empty"], "empty: "),
    (["detect", "counts.csv", "--warmup", "soon"], "--warmup"),
    (["detect", "counts.csv", "--false-alarms-per-week", "0"], "--false-alarms-per-week"),
    (["detect", "counts.csv", "--false-alarms-per-week", "few"], "--false-alarms-per-week"),
    (["detect", "counts.csv", "--no-such-option"], "--no-such-option"),
    (["replay", "no such file"], "no such file"),
    (["replay", "."], "."),
    (["replay", "rubbish"], "rubbish: holds no signal"),
    (["replay", "empty"], "empty: holds no signal"),
    (["replay", "rubbish.toml"], "rubbish.toml"),
    (["replay", "missing.toml"], "missing.toml"),
    (["replay", "scenario.toml", "--until", "noon"], "noon"),
    (["replay", "scenario.toml", "--warmup", "long"], "--warmup"),
    (["replay", "scenario.toml", "--catalog", "no such folder"], "no such folder"),
    (["check", "--config", "no such file"], "no such file"),
    (["check", "--config", "."], "."),
    (["check", "--config", "rubbish"], "rubbish"),
    (["export"], "there is no journal"),
    (["export", "--folder", "rubbish"], "there is no journal"),
    (["import", "no such file", "--folder", "new"], "no such file"),
    (["import", ".", "--folder", "new"], "."),
    (["import", "rubbish", "--folder", "new"], "rubbish: holds no signal"),
    (["backup", "copy"], "there is no journal"),
    (["backup", "no/such/folder/copy", "--folder", "journal here"], "no/such/folder"),
    (["restore", "no such file", "--folder", "new"], "no such file"),
    (["restore", "rubbish", "--folder", "new"], "rubbish: the file is damaged"),
    (["restore", "empty", "--folder", "new"], "empty"),
    (["serve", "--port", "70000"], "--port 70000 is no port"),
    (["serve", "--port", "eighty"], "--port"),
    (["serve", "--config", "no such file"], "no such file"),
    (["serve", "--port", "0", "--folder", "rubbish"], "rubbish"),
    (["demo", "no such scenario"], "no such scenario"),
    (["demo", "--speed", "-1"], "--speed"),
]


@pytest.mark.parametrize(("arguments", "expected"), BAD, ids=[" ".join(row[0]) for row in BAD])
def test_bad_input_is_one_line_that_names_it(
    folder: Path, arguments: list[str], expected: str, bad: Refused
) -> None:
    assert expected in bad(*arguments)
    assert not folder.joinpath("new").exists()
    assert not folder.joinpath("uproar-data").exists()


def test_a_journal_in_use_is_read_but_not_written(
    folder: Path, tmp_path: Path, bad: Refused
) -> None:
    with SqliteJournal.open(tmp_path / JOURNAL_FILE, HandClock()) as journal:
        journal.load(story())
        expected = f"process {os.getpid()} has it open"
        export = str(folder / "export.jsonl")
        assert expected in bad("import", export, "--folder", str(tmp_path))
        assert expected in bad("serve", "--port", "0", "--folder", str(tmp_path))
        good("backup", str(tmp_path / "copy"), "--folder", str(tmp_path))
        restoring = ("restore", str(tmp_path / "copy"), "--folder", str(tmp_path), "--overwrite")
        assert expected in bad(*restoring)
        assert good("export", "--folder", str(tmp_path)) == Path(export).read_bytes()


def test_a_journal_of_a_newer_version_is_left_alone(
    folder: Path, tmp_path: Path, bad: Refused
) -> None:
    path = tmp_path / JOURNAL_FILE
    copies.backup(folder / "journal here" / JOURNAL_FILE, path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    for command in (["serve", "--port", "0"], ["export"], ["import", str(folder / "export.jsonl")]):
        said = bad(*command, "--folder", str(tmp_path))
        assert f"version {schema.VERSION + 1}" in said
        assert "install the newer Uproar" in said
    assert path.read_bytes() == before


def test_a_damaged_journal_is_refused_with_what_to_do(
    folder: Path, tmp_path: Path, bad: Refused
) -> None:
    path = tmp_path / JOURNAL_FILE
    copies.backup(folder / "journal here" / JOURNAL_FILE, path)
    whole = path.read_bytes()
    path.write_bytes(whole[:8_192] + bytes(4_096) + whole[12_288:])
    config = tmp_path / "uproar.toml"
    config.write_text('[journal]\nfolder = "."\n')
    said = bad("check", "--config", str(config))
    assert "damaged" in said
    assert "restore" in said
    assert "damaged" in bad("serve", "--port", "0", "--folder", str(tmp_path))


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, bad: Refused) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    if os.getuid() == 0:
        # Root may write anywhere but where a disk is mounted read-only.
        mount = ["mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", str(closed)]
        try:
            mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
        except FileNotFoundError:
            mounted = False
        if not mounted:
            pytest.skip("a read-only disk cannot be mounted here")
    else:
        closed.chmod(0o500)
    try:
        for folder in (closed, closed / "inside"):
            said = bad("serve", "--port", "0", "--folder", str(folder))
            assert str(closed) in said
    finally:
        if os.getuid() == 0:
            subprocess.run(["umount", str(closed)], check=True)
        else:
            closed.chmod(0o700)


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    command = ["export", "--folder", str(folder / "journal here")]
    done = run_into(write, *command)
    os.close(write)
    assert done.stderr == b""
    assert done.returncode in {0, 1}


def run_into(descriptor: int, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "uproar", *arguments],
        stdout=descriptor, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
