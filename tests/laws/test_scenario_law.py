"""Laws of scenarios: a part is what the whole has there, and a figure without a mark is refused."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar import catalog
from uproar.errors import ScenarioInvalid
from uproar.model.signal import Signal
from uproar.model.tick import TICKS_PER_DAY, tick_of
from uproar.sim import scenario
from uproar.wire import scenariofile

KNOWN = catalog.load()
SPAN_DAYS = 3
SCENARIOS = files("uproar.sim") / "scenarios"
WORLD = (SCENARIOS / "worlds" / "ordinary.toml").read_bytes()
SMALL = ("small-outage", "one-network-flood", "our-own-blackout")


def part(name: str, since: int, until: int) -> list[tuple[int, list[Signal]]]:
    return list(scenario.signals(scenario.load(name), KNOWN, since=since, until=until))


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_part_played_alone_is_what_the_whole_has_there(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SMALL))
    story = scenario.load(name)
    first = tick_of(story.start) - TICKS_PER_DAY
    last = tick_of(story.end)
    cut = data.draw(st.integers(first, last))
    again = data.draw(st.integers(cut, last))
    whole = part(name, first, last)
    assert part(name, first, cut) + part(name, cut, again) + part(name, again, last) == whole


@pytest.mark.parametrize("name", SMALL)
def test_playing_twice_gives_the_same_signals(name: str) -> None:
    story = scenario.load(name)
    span = (tick_of(story.start), tick_of(story.end))
    assert part(name, *span) == part(name, *span)


def test_no_built_in_scenario_has_a_figure_without_a_mark() -> None:
    for name in scenario.names():
        table = tomllib.loads((SCENARIOS / f"{name}.toml").read_text(encoding="utf-8"))
        assert list(scenariofile.unmarked(table)) == []
    assert list(scenariofile.unmarked(tomllib.loads(WORLD.decode()))) == []


# ---- a figure loses its mark, wherever it stands

KEYS = st.text("abcdefgh", min_size=1, max_size=4)
FIGURES = st.integers() | st.floats(allow_nan=False) | st.datetimes()


def numbers(node: Any) -> int:
    """Count the figures below a node."""
    match node:
        case dict():
            return sum(numbers(value) for value in node.values())
        case list():
            return sum(numbers(value) for value in node)
        case str() | bool():
            return 0
        case _:
            return 1


TABLES = st.recursive(
    FIGURES | st.booleans() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_every_figure_without_a_mark_is_named(table: dict[str, Any]) -> None:
    assert len(list(scenariofile.unmarked(table))) == numbers(table)


@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_a_reason_below_assumed_marks_all_that_is_there(table: dict[str, Any]) -> None:
    assert list(scenariofile.unmarked({"a": {"assumed": table | {"why": "we think so"}}})) == []


@given(st.dictionaries(KEYS, TABLES, max_size=4))
def test_assumed_without_a_reason_marks_nothing(table: dict[str, Any]) -> None:
    found = list(scenariofile.unmarked({"a": {"assumed": table}}))
    assert len(found) == numbers(table)


@given(st.dictionaries(KEYS, TABLES, max_size=4), st.booleans())
def test_a_source_marks_only_if_it_is_listed(table: dict[str, Any], listed: bool) -> None:
    whole = {"sources": {"press": "a page"} if listed else {}, "a": table | {"source": "press"}}
    found = list(scenariofile.unmarked(whole))
    assert len(found) == (0 if listed else numbers(table) + 1)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_scenario_are_refused_in_words(content: bytes) -> None:
    with pytest.raises(ScenarioInvalid):
        scenariofile.decode(content, WORLD, "mine.toml")
