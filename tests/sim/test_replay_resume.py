"""A replay that is stopped at some ticks and taken up again gives the same bytes as one that is not."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.journal_parts import HandClock
from contracts.test_journal_disk import files_of_at_most
from uproar import catalog
from uproar.app import checkpoint, fold
from uproar.app.pipeline import Pipeline
from uproar.journal.memory import MemoryJournal
from uproar.model.catalog import Catalog
from uproar.model.signal import Signal
from uproar.model.tick import TICKS_PER_MINUTE, parse_iso, tick_of
from uproar.sim import days, scenario
from uproar.store.sqlite import SqliteStore
from uproar.wire import decisions

DESIGN = fold.Design()
Ticks = list[tuple[int, list[Signal]]]


@dataclass
class Part:
    """A few hours of a scenario, and what comes of them in one go."""

    catalog: Catalog
    ticks: Ticks
    lines: list[bytes]
    end: bytes


def part(name: str, since: str, until: str, dark: range) -> Part:
    """Play a part of a scenario without the minutes in `dark`, in which our intake stood still."""
    story = scenario.load(name)
    every = catalog.load()
    known = Catalog(every.services[slug] for slug in days.services(story.plan))
    first, last = tick_of(parse_iso(since)), tick_of(parse_iso(until))
    ticks = [
        (tick, signals)
        for tick, signals in scenario.signals(story, known, since=first, until=last)
        if (tick - first) // TICKS_PER_MINUTE not in dark
    ]
    state, lines = play(fold.start(known, DESIGN), ticks)
    return Part(known, ticks, lines, checkpoint.encode(state, known, DESIGN))


def play(state: fold.State, ticks: Ticks) -> tuple[fold.State, list[bytes]]:
    lines = []
    for tick, signals in ticks:
        state, decided = fold.step(state, signals, tick, DESIGN)
        lines.extend(decisions.encode(decision) for decision in decided)
    return state, lines


@pytest.fixture(scope="module")
def large() -> Part:
    """The first wave of 10 March 2025, and the minutes after 10:10 missing."""
    return part("x-2025-03-10", "2025-03-10T09:15:00Z", "2025-03-10T11:00:00Z", range(55, 59))


@pytest.fixture(scope="module")
def small() -> Part:
    """A small service fails for forty minutes; a minute of it is missing."""
    return part("small-outage", "2025-04-28T14:30:00Z", "2025-04-28T18:00:00Z", range(70, 71))


def test_there_are_incidents_to_lose(large: Part, small: Part) -> None:
    for lines, service in ((large.lines, b"x"), (small.lines, b"signal")):
        turns = [line for line in lines if line.startswith(b'{"kind":"incident"')]
        assert any(b'"service":"%b"' % service in line for line in turns)
        assert any(b'"turn":"opened"' in line for line in turns)
        assert len(turns) >= 3


@pytest.mark.parametrize("share", [0.02, 0.31, 0.53, 0.999])
def test_stopped_at_one_tick_and_taken_up_again(share: float, large: Part) -> None:
    cut = round(share * len(large.ticks))
    state, before = play(fold.start(large.catalog, DESIGN), large.ticks[:cut])
    kept = checkpoint.encode(state, large.catalog, DESIGN)
    again = checkpoint.decode(kept, large.catalog, DESIGN)
    state, after = play(again, large.ticks[cut:])
    assert before + after == large.lines
    assert checkpoint.encode(state, large.catalog, DESIGN) == large.end


def test_stopped_at_every_single_tick_one_after_the_other(small: Part) -> None:
    state, lines = fold.start(small.catalog, DESIGN), []
    for tick in small.ticks:
        state, more = play(state, [tick])
        lines += more
        kept = checkpoint.encode(state, small.catalog, DESIGN)
        state = checkpoint.decode(kept, small.catalog, DESIGN)
    assert lines == small.lines
    assert kept == small.end


def test_killed_at_many_places_of_the_journal_the_store_tells_the_same(
    large: Part, tmp_path: Path
) -> None:
    journal = MemoryJournal(HandClock())
    signals = [signal for _, arrived in large.ticks for signal in arrived]
    size = -(-len(signals) // 13)
    for begin in range(0, len(signals), size):
        journal.load(signals[begin : begin + size])
        with SqliteStore.open(tmp_path / "store.sqlite") as store:
            line = Pipeline(journal, store, large.catalog, DESIGN, checkpoint_ticks=50)
            line.resume()
            line.catch_up()
    with SqliteStore.open(tmp_path / "store.sqlite") as store:
        assert list(store.decisions()) == large.lines
        line = Pipeline(journal, store, large.catalog, DESIGN)
        line.resume()
        line.catch_up()
        assert checkpoint.encode(line.state, large.catalog, DESIGN) == large.end


@pytest.mark.parametrize("killed", [False, True])
def test_a_store_without_room_for_a_while_has_every_decision_in_the_end(
    killed: bool, large: Part, tmp_path: Path
) -> None:
    journal = MemoryJournal(HandClock())
    signals = [signal for _, arrived in large.ticks for signal in arrived]
    third = len(signals) // 3
    path = tmp_path / "store.sqlite"
    with SqliteStore.open(path) as store:
        line = Pipeline(journal, store, large.catalog, DESIGN, checkpoint_ticks=50)
        line.resume()
        journal.load(signals[:third])
        line.catch_up()
        assert line.refusal == ""
        with files_of_at_most(Path(f"{path}-wal").stat().st_size):
            journal.load(signals[third : 2 * third])
            decided = line.catch_up()
            assert decided, "there is nothing that could be lost"
            assert "make room" in line.refusal
            assert line.state.tick > line.checkpoint_tick + 50
        if killed:
            line = Pipeline(journal, store, large.catalog, DESIGN, checkpoint_ticks=50)
            line.resume()
        journal.load(signals[2 * third :])
        line.catch_up()
        assert line.refusal == ""
        assert list(store.decisions()) == large.lines
        assert checkpoint.encode(line.state, large.catalog, DESIGN) == large.end
