"""What is remembered of recent reports: all of it, in few blocks, within bounds."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.detect import recall
from uproar.detect.recall import Cell, Recall

FIRST = 174_150_000


def cell(number: int, prefix: str = "") -> Cell:
    return Cell("US", "login", f"AS{number}", prefix)


def remembered(ticks: list[int]) -> Recall:
    kept = Recall()
    for number, tick in enumerate(ticks):
        recall.note(kept, tick, cell(number % 7), ("new",))
    return kept


@settings(max_examples=60)
@given(st.lists(st.integers(0, 40), max_size=300))
def test_nothing_is_lost_within_four_hours_and_each_stretch_holds_the_shorter_ones(
    gaps: list[int],
) -> None:
    ticks, tick = [], FIRST
    for gap in gaps:
        tick += gap
        ticks.append(tick)
    kept = remembered(ticks)
    now = tick + 1
    counts = []
    for stretch in recall.stretches(kept, now):
        assert stretch.count == sum(stretch.cells.values()) == stretch.manners["new"]
        assert stretch.count == sum(at >= stretch.since_tick for at in ticks)
        counts.append(stretch.count)
    assert counts == sorted(counts)
    memory = recall.MEMORY_MINUTES * 6
    young = sum(at > now - memory + 6 * recall.MEMORY_MINUTES // recall.AGE_PARTS for at in ticks)
    assert (counts[-1] if counts else 0) >= young


def test_four_hours_of_reports_are_a_few_dozen_blocks() -> None:
    kept = remembered(list(range(FIRST, FIRST + 6 * 600)))
    assert len(kept.blocks) <= 48
    assert sum(block.count for block in kept.blocks) <= 6 * recall.MEMORY_MINUTES + 6 * 60


def test_beyond_a_bound_prefixes_are_put_together_and_then_what_is_new_is_only_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recall, "CELLS_MAX", 3)
    monkeypatch.setattr(recall, "CELLS_MOST", 4)
    kept = Recall()
    for number in range(9):
        recall.note(kept, FIRST, cell(1, f"{number:08x}"), ("new",))
    recall.note(kept, FIRST, cell(2, "00000001"), ("new",))
    (block,) = kept.blocks
    assert (block.count, block.lost) == (10, 1)
    assert block.cells[cell(1)] == 6
    assert len(block.cells) == 4


def test_a_memory_is_the_same_after_a_stop() -> None:
    kept = remembered(list(range(FIRST, FIRST + 900, 3)))
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Recall)
    for tick in range(FIRST + 900, FIRST + 1_200, 5):
        recall.note(kept, tick, cell(3), ("known",))
        recall.note(again, tick, cell(3), ("known",))
    assert kept == again


def test_what_is_too_old_is_forgotten() -> None:
    kept = remembered([FIRST])
    recall.forget(kept, FIRST + 6 * recall.MEMORY_MINUTES)
    assert kept.blocks == []
