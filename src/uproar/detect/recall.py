"""Where did the recent reports of a service come from? Counts by cell, in blocks of growing length.

An alarm may have gathered its evidence over minutes or over hours. So what came is remembered by the
minute, and older minutes are put together: a block may be as long as a quarter of its age, in all
about thirty blocks for four hours (an exponential histogram, Datar and others, 2002).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from uproar.model.tick import TICKS_PER_MINUTE

MEMORY_MINUTES = 240
AGE_PARTS = 4  # A block is at most this part of its age.
CELLS_MAX = 2_000  # Cells told apart in one block; beyond it prefixes are no longer told apart, and
CELLS_MOST = 2 * CELLS_MAX  # beyond this what is new is counted in `lost` only.
AGES = ("new", "met", "known")
PROGRAMS = "programs"


class Cell(NamedTuple):
    """Reports that are alike."""

    place: str
    symptom: str
    network: str
    prefix: str


class Block(msgspec.Struct):
    """What came from minute `first` on, up to the next block. `manners` counts by way and age."""

    first: int
    count: int = 0
    lost: int = 0
    cells: dict[Cell, int] = {}
    manners: dict[str, int] = {}


class Recall(msgspec.Struct):
    """The recent reports of one service, oldest block first."""

    blocks: list[Block] = []


@dataclass(slots=True)
class Stretch:
    """What came from a tick on until now."""

    since_tick: int
    count: int = 0
    lost: int = 0
    cells: dict[Cell, int] = field(default_factory=dict)
    manners: dict[str, int] = field(default_factory=dict)


def note(recall: Recall, tick: int, cell: Cell, manners: tuple[str, ...]) -> None:
    """Remember one report that counted."""
    minute = tick // TICKS_PER_MINUTE
    blocks = recall.blocks
    if not blocks or blocks[-1].first != minute:
        _settle(blocks, minute)
        blocks.append(Block(minute))
    block = blocks[-1]
    block.count += 1
    _add(block, cell, 1)
    for word in manners:
        block.manners[word] = block.manners.get(word, 0) + 1


def stretches(recall: Recall, tick: int) -> Iterator[Stretch]:
    """Return what came since the begin of each block, the shortest stretch first.

    The dictionaries grow from one stretch to the next: use each before asking for the next one.
    """
    stretch = Stretch(tick)
    for block in reversed(recall.blocks):
        if block.first * TICKS_PER_MINUTE <= tick - MEMORY_MINUTES * TICKS_PER_MINUTE:
            break
        stretch.since_tick = block.first * TICKS_PER_MINUTE
        stretch.count += block.count
        stretch.lost += block.lost
        _merge(stretch.cells, block.cells)
        for word, count in block.manners.items():
            stretch.manners[word] = stretch.manners.get(word, 0) + count
        yield stretch


def forget(recall: Recall, tick: int) -> None:
    """Drop the blocks that are too old to be asked for."""
    oldest = tick // TICKS_PER_MINUTE - MEMORY_MINUTES
    keep = [block for block in recall.blocks if block.first > oldest]
    del recall.blocks[: len(recall.blocks) - len(keep)]


def _settle(blocks: list[Block], minute: int) -> None:
    """Put older blocks together, two neighbours at a time, where their age allows it."""
    oldest = minute - MEMORY_MINUTES
    while blocks and blocks[0].first <= oldest:
        del blocks[0]
    at = len(blocks) - 2
    while at >= 0:
        until = blocks[at + 2].first if at + 2 < len(blocks) else minute
        if until - blocks[at].first <= (minute - until) // AGE_PARTS:
            _join(blocks[at], blocks[at + 1])
            del blocks[at + 1]
        at -= 1


def _join(block: Block, later: Block) -> None:
    block.count += later.count
    block.lost += later.lost
    for word, count in later.manners.items():
        block.manners[word] = block.manners.get(word, 0) + count
    for cell, count in later.cells.items():
        _add(block, cell, count)


def _add(block: Block, cell: Cell, count: int) -> None:
    cells = block.cells
    if cell not in cells and len(cells) >= CELLS_MAX:
        cell = cell._replace(prefix="")
        if cell not in cells and len(cells) >= CELLS_MOST:
            block.lost += count
            return
    cells[cell] = cells.get(cell, 0) + count


def _merge(into: dict[Cell, int], more: dict[Cell, int]) -> None:
    for cell, count in more.items():
        into[cell] = into.get(cell, 0) + count
