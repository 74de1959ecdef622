"""Every story comes out as it was written down."""

from __future__ import annotations

from pathlib import Path

import pytest

from stories.expected import is_known, unmet
from stories.reading import Story, read
from stories.telling import tell

HERE = Path(__file__).resolve().parent
STORIES = sorted(HERE.glob("[0-9][0-9][0-9][0-9]-*.txt"))


def _marked(path: Path) -> object:
    slow = "scenario:" in path.read_text(encoding="utf-8")
    return pytest.param(path, id=path.stem, marks=[pytest.mark.slow] if slow else [])


def _read(path: Path) -> Story:
    return read(path, is_known)


@pytest.mark.parametrize("path", [_marked(path) for path in STORIES])
def test_a_story_comes_out_as_it_was_written(path: Path) -> None:
    story = _read(path)
    assert story.timeline, "a story without a timeline tells nothing"
    told = tell(story)
    missed = unmet(story, told)
    assert not missed, f"not as told: {missed}\n{told.text()}"
    assert not told.open_before, told.text()


def test_every_story_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in STORIES]
    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("line", ["09:41 +2 rumours x US", "25 o'clock", "09:00..10:00 asleep"])
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "0001-odd.txt"
    path.write_text(f"-- settings --\nservice x: login\n-- signals --\n{line}\n", encoding="utf-8")
    with pytest.raises(AssertionError, match=r"0001-odd\.txt:4"):
        _read(path)


def test_an_expectation_that_is_not_met_is_found(tmp_path: Path) -> None:
    path = tmp_path / "0001-wrong.txt"
    path.write_text(
        "-- settings --\nday: 2025-03-10\nfrom: 09:00\nuntil: 09:30\nservice x: login other\n"
        "-- signals --\n09:10..09:20 +12 reports x US login from 12 people\n"
        "-- timeline --\nsilent\nx silent\nx 1 incident\nx opened 09:20..09:25\nx still open\n",
        encoding="utf-8",
    )
    story = _read(path)
    missed = unmet(story, tell(story))
    assert missed == ["silent", "x silent", "x opened 09:20..09:25"]
