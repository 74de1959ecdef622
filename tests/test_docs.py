"""The documents are true: generated pages are fresh, links lead somewhere, commands exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from uproar.app.settings import Settings
from uproar.cli import app

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_generated_pages_are_fresh() -> None:
    command = [sys.executable, "docs/reference/generate.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_within_the_project_lead_somewhere(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_commands_named_in_documents_exist() -> None:
    known = {each.name for each in (*app.registered_commands, *app.registered_groups)}
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"(?:^|[`/ ])uproar ([a-z]+)\b(?= |`|$)", text, flags=re.MULTILINE))
        commands = {
            word for word in named if f"`uproar {word}" in text or f"bin/uproar {word}" in text
        }
        assert commands <= known, f"{path}: {commands - known}"


def test_benches_that_documents_results_and_the_runner_name_exist() -> None:
    results = sorted((ROOT / "bench/detection/results").glob("*.json"))
    named = {
        name
        for path in [*DOCUMENTS, *results]
        for name in re.findall(r"\bbench/[\w/]+\.py\b", path.read_text(encoding="utf-8"))
    }
    runner = (ROOT / "bench/run.py").read_text(encoding="utf-8")
    named |= {f"bench/{name}" for name in re.findall(r'Bench\("([\w/]+\.py)"', runner)}
    assert len(named) > 15
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_readme_shows_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "python3 run.py demo" in text
    assert "python3 run.py test" in text


def test_the_architecture_fits_on_200_lines_and_names_every_package() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert text.count("\n") <= 200
    packages = [path.parent.name for path in (ROOT / "src/uproar").glob("*/__init__.py")]
    assert [name for name in packages if f"`{name}/`" not in text] == []


def test_every_decision_has_its_five_parts_on_a_page() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert decisions
    for path in decisions:
        text = path.read_text(encoding="utf-8")
        for part in ("Question", "Decision", "Buys", "Costs", "Reopen when"):
            assert part in text, f"{path.name} lacks {part}"
        assert text.count("\n") <= 80


def test_the_settings_have_their_words_in_the_module() -> None:
    sections = list(Settings.__struct_fields__)
    from uproar.app import settings  # noqa: PLC0415 - its docstring is what is tested

    assert all(f"[{section}]" in (settings.__doc__ or "") for section in sections)
