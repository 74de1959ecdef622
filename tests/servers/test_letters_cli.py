"""`uproar letters` as it is typed: listed, shown, tried again, dropped; and tried by a newer program."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from servers.served import Served, run, until
from uproar.store.letters import SqliteLetters

SAMPLES = Path(__file__).parent.parent / "recordings" / "notices"
URL = "https://status.alpha.example"
NOW = time.time_ns() // 1_000_000
CONFIG = """
[catalog]
folder = "catalog"
only = true
"""
SERVICE = f"""
[[service]]
slug = "alpha"
name = "Alpha"
category = "other"
status = {{ kind = "statuspage", url = "{URL}" }}
"""


def resolved() -> bytes:
    page = json.loads((SAMPLES / "statuspage-failing.json").read_bytes())
    page["incidents"][0] |= {"status": "resolved", "resolved_at": "2026-08-14T10:08:00.000Z"}
    # What was over long ago is history and is not kept: the sample is of today.
    today = datetime.now(UTC).date().isoformat()
    return json.dumps(page).replace("2026-08-14", today).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.toml").write_text(SERVICE)
    (tmp_path / "uproar.toml").write_text(CONFIG)
    with SqliteLetters.open(tmp_path / "data" / "letters.sqlite", lambda: NOW, "1.0") as letters:
        for body in (resolved(), b"<html>\x1b[31mno feed</html>"):
            letters.put(
                inlet="notices",
                source=URL,
                reason="unreadable",
                problem="no \x1b[31mJSON",
                body=body,
            )
    return tmp_path


def letters(folder: Path, *arguments: str) -> tuple[int, str]:
    first, *rest = arguments
    done = run(
        "letters", first, *rest,
        "--folder", str(folder / "data"), "--config", str(folder / "uproar.toml"),
    )  # fmt: skip
    return done.returncode, (done.stdout or done.stderr).decode()


@pytest.mark.slow
def test_letters_are_listed_shown_tried_and_dropped(folder: Path) -> None:
    code, text = letters(folder, "list")
    assert (code, len(text.splitlines())) == (0, 2)
    assert "\x1b" not in text
    listed = [json.loads(line) for line in letters(folder, "list", "--json")[1].splitlines()]
    assert [each["number"] for each in listed] == [1, 2]
    assert "\x1b" not in letters(folder, "show", "2")[1]
    assert letters(folder, "show", "2", "--raw")[1] == "<html>\x1b[31mno feed</html>"
    assert letters(folder, "show", "9")[0] == 2
    code, text = letters(folder, "replay", "--json", "--fail")
    assert code == 1
    became = [json.loads(line)["became"] for line in text.splitlines()]
    assert became == ["taken", "refused"]
    exported = run("export", "--folder", str(folder / "data")).stdout.splitlines()
    assert [json.loads(line)["kind"] for line in exported].count("notice") == 2
    assert letters(folder, "drop")[0] == 2
    assert letters(folder, "drop", "--before", "2020-01-01T00:00:00Z")[1] == "0 letters dropped\n"
    assert letters(folder, "drop", "--all")[1] == "1 letters dropped\n"
    assert letters(folder, "list")[1] == "no letters\n"


@pytest.mark.slow
def test_a_newer_program_tries_them_at_its_start_and_a_running_one_keeps_its_journal(
    folder: Path,
) -> None:
    served = Served(folder / "data", "--config", str(folder / "uproar.toml"))
    try:
        assert "dead letters tried again" in served.log
        kept = until(lambda: served.get("/readyz").json["letters"]["kept"])
        assert kept == {"notices": 1}
        code, text = letters(folder, "replay")
        assert code == 2
        assert "has it open" in text
        assert letters(folder, "drop", "--all")[1] == "1 letters dropped\n"
        until(lambda: served.get("/readyz").json["letters"]["kept"] == {})
        assert "How well are we seeing?" in served.get("/seeing").text
        assert served.get("/seeing.json").headers["access-control-allow-origin"] == "*"
    finally:
        served.close()
