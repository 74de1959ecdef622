"""The import rules hold, and the tree stays tidy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "src").rglob("*.py"))
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
LINES_MAX = 450


def test_dependencies_point_downwards_and_the_core_is_pure() -> None:
    script = (
        "import sys; from importlinter.cli import lint_imports; "
        "sys.exit(lint_imports(config_filename='.importlinter', cache_dir=None))"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_a_drawer_for_leftovers() -> None:
    assert [path for path in SOURCES if BANNED_NAMES & {path.stem, *path.parts}] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT / "src")))
def test_a_file_answers_one_question(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LINES_MAX
    assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", text)


def test_every_module_says_what_it_is_for() -> None:
    silent = [path for path in SOURCES if not path.read_text(encoding="utf-8").startswith('"""')]
    assert silent == []


def test_every_document_has_one_title() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert documents
    for path in documents:
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert len(re.findall(r"^# ", text, flags=re.MULTILINE)) == 1, path
