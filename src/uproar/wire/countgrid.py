"""Rows of a table of counts on a grid: which bins are there, and does every row keep to them?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.errors import CountsInvalid

F64 = NDArray[np.float64]

BIN_MIN_MS, BIN_MAX_MS = 10_000, 86_400_000
CELLS_MAX = 20_000_000  # Bins times series: 160 MB.
STEADY = 30  # So many steps alike in a row are a width of bins, not chance.


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Counts as (bin, series), NaN before a series' first row; `notes` say how rows were taken."""

    start_ms: int
    bin_ms: int
    counts: F64
    notes: tuple[str, ...]


def align(
    series: int,
    at: NDArray[np.int64],
    row: NDArray[np.intc],
    count: F64,
    line: NDArray[np.uintc],
) -> Grid:
    """Put the rows on a grid of bins and series; `at` is in ms, `line` where each row stood.

    Raises CountsInvalid where the times keep to no bins, where two rows fall into one cell, and where
    the grid is larger than `CELLS_MAX`.
    """
    notes = []
    if (at[1:] < at[:-1]).any():
        notes.append("rows were not in order of time: sorted")
        distinct = np.unique(at)
    else:
        distinct = at[np.append(True, at[1:] > at[:-1])]
    bin_ms = _width(distinct, at, line)
    place = (at - distinct[0]) // bin_ms
    bins = int((distinct[-1] - distinct[0]) // bin_ms) + 1
    if bins * series > CELLS_MAX:
        raise CountsInvalid(
            f"line {line[0]}: {bins:,} bins of {series:,} series are more than"
            f" {CELLS_MAX:,} cells; split the table"
        )
    table = np.zeros((bins, series))
    begun = np.full(series, bins)
    np.minimum.at(begun, row, place)
    table[np.arange(bins)[:, None] < begun[None, :]] = np.nan
    place *= series
    place += row
    cells = table.reshape(-1)
    cells[place] = count
    _insist_on_one(place, line, bins * series)
    if bins > len(distinct):
        notes.append(
            f"{bins - len(distinct):,} of {bins:,} bins have no row at all: taken as zero;"
            " give rows with an empty count where nothing is known"
        )
    return Grid(int(distinct[0]), bin_ms, table, tuple(notes))


def _width(distinct: NDArray[np.int64], at: NDArray[np.int64], line: NDArray[np.uintc]) -> int:
    """Return the width of the bins; raise CountsInvalid where there is none that all times keep to."""
    if len(distinct) < 2:
        raise CountsInvalid(f"line {line[0]}: all rows have one time, so no bin can be inferred")
    steps = np.diff(distinct)
    widths, often = np.unique(steps, return_counts=True)
    bin_ms = int(widths[often.argmax()])
    if not BIN_MIN_MS <= bin_ms <= BIN_MAX_MS:
        raise CountsInvalid(
            f"line {line[0]}: times mostly lie {bin_ms / 1000:g} s apart; bins are 10 s to 1 day"
        )
    # The grid is that of most rows, so that one stray first row does not condemn all others.
    phases, often = np.unique(distinct % bin_ms, return_counts=True)
    phase = int(phases[often.argmax()])
    stray = np.flatnonzero(at % bin_ms != phase)
    if stray.size:
        raise CountsInvalid(
            f"line {line[stray].min()}: this time is off the regular bins of {bin_ms / 1000:g} s"
            " that most rows keep to"
        )
    # Left-out zeros leave gaps of all lengths; a long run of one length is another width.
    edges = np.flatnonzero(np.append(True, steps[1:] != steps[:-1]))
    runs = np.diff(np.append(edges, len(steps)))
    wide = np.flatnonzero((runs >= STEADY) & (steps[edges] > bin_ms))
    if wide.size:
        begin = edges[wide[0]]
        where = line[np.flatnonzero(at == distinct[begin + 1])].min()
        raise CountsInvalid(
            f"line {where}: from here on times lie {steps[begin] / 1000:g} s apart, most others"
            f" {bin_ms / 1000:g} s; give one width of bins, with zeros written out"
        )
    return bin_ms


def _insist_on_one(cell: NDArray[np.int64], line: NDArray[np.uintc], cells: int) -> None:
    """Raise CountsInvalid where two rows fall into one cell of the grid."""
    taken = np.zeros(cells, dtype=np.bool_)
    taken[cell] = True
    if int(taken.sum()) == len(cell):
        return
    order = np.argsort(cell, kind="stable")
    twice = np.flatnonzero(np.diff(cell[order]) == 0)
    # The earliest line that repeats another, which is what a reader comes upon first.
    second = order[twice + 1]
    where = int(line[second].argmin())
    first = line[order[np.searchsorted(cell[order], cell[second[where]])]]
    raise CountsInvalid(f"line {line[second[where]]}: same time and series as line {first}")
