"""`uproar change`: to an observatory that runs, into the journal of one that does not, and refused in words."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.served import Served, run

TOKEN = "a-token-of-the-pipeline-0123456789"
SETTINGS = """
[changes.hooks.ci]
source = "plain"
any_service = true
secret_file = "token"
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("change")
    (folder / "token").write_text(f"{TOKEN}\n")
    config = folder / "uproar.toml"
    config.write_text(SETTINGS)
    opened = Served(folder / "data", "--config", str(config))
    try:
        yield opened
        assert TOKEN not in opened.log
    finally:
        opened.close()


def kept(folder: Path) -> list[dict[str, object]]:
    lines = run("export", "--folder", str(folder)).stdout.splitlines()
    return [told for line in lines if (told := json.loads(line))["kind"] == "change"]


def test_a_pipeline_tells_a_running_observatory(served: Served) -> None:
    environment = {**os.environ, "UPROAR_TOKEN": TOKEN}
    told = ("change", "v41", "--service", "x", "--url", served.url, "--id", "41")
    begun = run(*told, "--started", "2025-03-10T09:41:00Z", env=environment)
    assert (begun.returncode, begun.stderr) == (0, b"")
    done = run(*told, "--finished", "2025-03-10T09:44:00Z", "--json", env=environment)
    assert json.loads(done.stdout)["kept"] == "observatory"
    (first, second) = kept(served.folder)
    assert (first["state"], second.get("state", "finished")) == ("started", "finished")
    assert (first["what"], first["native"], first["title"]) == ("deploy", "41", "v41")


def test_a_wrong_token_or_service_is_one_clear_line(served: Served, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("another-token-0123456789")
    done = run("change", "v1", "--service", "x", "--url", served.url, "--token-file", str(wrong))
    assert done.returncode == 2
    assert done.stderr.startswith(b"uproar: the observatory did not keep it (401)")
    assert b"another-token" not in done.stderr
    environment = {**os.environ, "UPROAR_TOKEN": TOKEN}
    done = run("change", "v1", "--service", "nope", "--url", served.url, env=environment)
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)
    done = run("change", "v1", "--service", "x", "--kind", "deply", "--url", served.url)
    assert done.stderr.startswith(b"uproar: kind is one of deploy, rollback")
    done = run("change", "v1", "--service", "x", "--url", "http://example.org", env=environment)
    assert b"a token is sent by https only" in done.stderr


def test_without_an_observatory_the_journal_itself_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    told = ("change", "Firewall rules", "--service", "GitHub", "--kind", "config")
    done = run(*told, "--folder", str(folder))
    assert (done.returncode, b"there is no journal" in done.stderr) == (2, True)
    opened = Served(folder)
    try:
        busy = run(*told, "--folder", str(folder))
        assert (busy.returncode, b"tell it with --url" in busy.stderr) == (2, True)
    finally:
        opened.stop()
        opened.close()
    done = run(*told, "--folder", str(folder))
    assert (done.returncode, done.stderr) == (0, b"")
    (change,) = kept(folder)
    assert (change["service"], change["what"], change["source"]) == ("github", "config", "command")
