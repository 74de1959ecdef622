"""A table of counts as text: `time,count` and, if wanted, `service,place,symptom`.

Times are RFC 3339 or seconds since the epoch, one form throughout; a time without a zone is taken
as UTC and noted. Bins are regular, 10 s to 1 day, their width found from the times themselves. Rows
may come in any order. A row that is absent of a series that has begun is a zero; an empty count is
missing. Counts are non-negative, decimals allowed.

Memory is bounded: 24 bytes a row while reading and 8 a cell of the grid, about 1 GB at the bounds.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from uproar.errors import CountsInvalid
from uproar.model.series import SeriesKey

F64 = NDArray[np.float64]

BIN_MIN_MS, BIN_MAX_MS = 10_000, 86_400_000
ROWS_MAX = 20_000_000
SERIES_MAX = 100_000
CELLS_MAX = 20_000_000  # Bins times series: 160 MB.
COUNT_MAX = 1e12
TEXT_MAX = 200  # Characters of a name or a time.
KNOWN_MAX = 200_000  # Spellings of times and of series remembered; beyond, they are read anew.
STEADY = 30  # So many steps alike in a row are a width of bins, not chance.
EPOCH_MAX_S = 253_402_300_799.0  # The end of the year 9999.
TIME_NAMES = ("time", "timestamp")
COUNT_NAMES = ("count", "value")
AXES = ("service", "place", "symptom")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Aligned series. `counts` is (bin, series), NaN where nothing is known.

    Bin i spans `bin_ms` from `start_ms + i * bin_ms`. A series is NaN before its first row.
    `notes` are sentences for the reader about how the text was taken.
    """

    series: tuple[SeriesKey, ...]
    start_ms: int
    bin_ms: int
    counts: F64
    notes: tuple[str, ...]


class _Times:
    """Turns texts into instants, remembers them, and insists on one form."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.form = ""
        self.notes: list[str] = []

    def read(self, text: str, line: int) -> int:
        at = self.known.get(text)
        if at is None:
            if len(text) > TEXT_MAX:
                raise CountsInvalid(f"line {line}: a time is longer than {TEXT_MAX} characters")
            at = self._parse(text.strip(), line)
            if len(self.known) >= KNOWN_MAX:
                self.known.clear()
            self.known[text] = at
        return at

    def _parse(self, text: str, line: int) -> int:
        seconds = _number(text)
        if seconds is not None:
            self._insist("seconds since the epoch", line)
            if not 0 <= seconds <= EPOCH_MAX_S:
                raise CountsInvalid(f"line {line}: time {text[:40]} is outside 1970 to 9999")
            return round(seconds * 1000)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise CountsInvalid(
                f"line {line}: {text[:40]!r} is no time; write 2025-03-10T09:41:00Z"
            ) from None
        if moment.tzinfo is None:
            self._insist("times without a zone", line)
            moment = moment.replace(tzinfo=UTC)
        else:
            self._insist("times with a zone", line)
        delta = moment - EPOCH
        at = (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000
        if at < 0:
            raise CountsInvalid(f"line {line}: time {text[:40]} is before 1970")
        return at

    def _insist(self, form: str, line: int) -> None:
        if not self.form:
            self.form = form
            if form == "times without a zone":
                self.notes.append("times have no zone: taken as UTC")
        elif self.form != form:
            raise CountsInvalid(
                f"line {line}: {form}, but the lines before had {self.form}; use one form"
            )


def read(lines: Iterable[str]) -> Counts:
    """Return the counts of a table; raise CountsInvalid naming the line where it cannot be read."""
    rows = csv.reader(lines, strict=True)
    try:
        return _read(rows)
    except csv.Error as error:
        raise CountsInvalid(f"line {rows.line_num}: not CSV: {error}") from None


class _Series:
    """Numbers the series in their order; names are stripped and bounded."""

    def __init__(self, axes: dict[str, int]) -> None:
        self.places = tuple(axes.values())
        self.names = tuple(axes)
        self.keys: dict[SeriesKey, int] = {}
        self.known: dict[tuple[str, ...], int] = {}

    def read(self, cells: list[str], line: int) -> int:
        spelt = tuple([cells[place] for place in self.places])
        row = self.known.get(spelt)
        if row is None:
            if any(len(cell) > TEXT_MAX for cell in spelt):
                raise CountsInvalid(f"line {line}: a cell is longer than {TEXT_MAX} characters")
            named = dict(zip(self.names, (cell.strip() for cell in spelt), strict=True))
            key = SeriesKey(
                named.get("service", ""), named.get("place", ""), named.get("symptom", "")
            )
            row = self.keys.setdefault(key, len(self.keys))
            if len(self.keys) > SERIES_MAX:
                raise CountsInvalid(
                    f"line {line}: more than {SERIES_MAX:,} series; split the table"
                )
            if len(self.known) >= KNOWN_MAX:
                self.known.clear()
            self.known[spelt] = row
        return row


def _read(rows: Iterator[list[str]]) -> Counts:
    header = next(rows, None)
    if header is None:
        raise CountsInvalid("line 1: the table is empty; its first line should be time,count")
    time_at, count_at, axes, notes = _columns(header)
    width, most = max(time_at, count_at, *axes.values()) + 1, len(header)
    times, series = _Times(), _Series(axes)
    at_of, series_of, count_of, line_of = array("q"), array("i"), array("d"), array("I")
    for cells in rows:
        line: int = rows.line_num  # type: ignore[attr-defined]
        if not cells:
            continue
        if len(cells) < width:
            raise CountsInvalid(f"line {line}: {len(cells)} columns where {width} are needed")
        if len(cells) > most and any(cells[most:]):
            raise CountsInvalid(f"line {line}: {len(cells)} columns where the header has {most}")
        if len(at_of) >= ROWS_MAX:
            raise CountsInvalid(f"line {line}: more than {ROWS_MAX:,} rows; split the table")
        at_of.append(times.read(cells[time_at], line))
        series_of.append(series.read(cells, line))
        count_of.append(_count(cells[count_at], line))
        line_of.append(line)
    if not at_of:
        raise CountsInvalid("line 2: the table has no rows")
    notes += times.notes
    return _align(
        tuple(series.keys),
        np.frombuffer(at_of, dtype=np.int64),
        np.frombuffer(series_of, dtype=np.intc),
        np.frombuffer(count_of),
        np.frombuffer(line_of, dtype=np.uintc),
        notes=notes,
    )


def _columns(header: list[str]) -> tuple[int, int, dict[str, int], list[str]]:
    names = [name.strip().strip("\ufeff").lower() for name in header]
    time_at = next((names.index(name) for name in TIME_NAMES if name in names), None)
    count_at = next((names.index(name) for name in COUNT_NAMES if name in names), None)
    if time_at is None or count_at is None:
        raise CountsInvalid(
            f"line 1: the columns are {', '.join(names)[:120]!r}; there must be time and count"
            " (and there may be service, place, symptom), parted by commas"
        )
    repeated = [name for name, times in Counter(names).items() if times > 1 and name]
    if repeated:
        raise CountsInvalid(f"line 1: column {repeated[0][:40]!r} appears twice")
    axes = {axis: names.index(axis) for axis in AXES if axis in names}
    used = {time_at, count_at, *axes.values()}
    spare = [name for place, name in enumerate(names) if place not in used]
    notes = [f"columns not looked at: {', '.join(spare)[:120]}"] if spare else []
    return time_at, count_at, axes, notes


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None


def _count(text: str, line: int) -> float:
    text = text.strip()
    if not text:
        return math.nan
    value = _number(text)
    if value is None:
        raise CountsInvalid(
            f"line {line}: {text[:40]!r} is no count; leave the cell empty where it is missing"
        )
    if not 0 <= value <= COUNT_MAX:
        raise CountsInvalid(f"line {line}: count {text[:40]} is not between 0 and {COUNT_MAX:.0e}")
    return value


def _align(
    series: tuple[SeriesKey, ...],
    at: NDArray[np.int64],
    row: NDArray[np.intc],
    count: F64,
    line: NDArray[np.uintc],
    *,
    notes: list[str],
) -> Counts:
    """Put the rows on a grid of bins and series."""
    if (at[1:] < at[:-1]).any():
        notes.append("rows were not in order of time: sorted")
        distinct = np.unique(at)
    else:
        distinct = at[np.append(True, at[1:] > at[:-1])]
    bin_ms = _width(distinct, at, line)
    place = (at - distinct[0]) // bin_ms
    bins = int((distinct[-1] - distinct[0]) // bin_ms) + 1
    if bins * len(series) > CELLS_MAX:
        raise CountsInvalid(
            f"line {line[0]}: {bins:,} bins of {len(series):,} series are more than"
            f" {CELLS_MAX:,} cells; split the table"
        )
    table = np.zeros((bins, len(series)))
    begun = np.full(len(series), bins)
    np.minimum.at(begun, row, place)
    table[np.arange(bins)[:, None] < begun[None, :]] = np.nan
    place *= len(series)
    place += row
    cells = table.reshape(-1)
    cells[place] = count
    _insist_on_one(place, line, bins * len(series))
    if bins > len(distinct):
        notes.append(
            f"{bins - len(distinct):,} of {bins:,} bins have no row at all: taken as zero;"
            " give rows with an empty count where nothing is known"
        )
    return Counts(series, int(distinct[0]), bin_ms, table, tuple(notes))


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
