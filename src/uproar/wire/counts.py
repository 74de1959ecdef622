"""A table of counts as text: `time,count` and, if wanted, `service,place,symptom`.

Times are RFC 3339 or seconds since the epoch, one form throughout; a time without a zone is taken
as UTC and noted. Bins are regular, 10 s to 1 day, their width found from the times themselves. Rows
may come in any order. A row that is absent of a series that has begun is a zero; an empty count is
missing. Counts are non-negative, decimals allowed.

Memory is bounded: 26 bytes a row while reading and 8 a cell of the grid, about 1 GB at the bounds.
"""

from __future__ import annotations

import csv
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from uproar.errors import CountsInvalid
from uproar.model.series import SeriesKey
from uproar.wire import countgrid

F64 = NDArray[np.float64]

ROWS_MAX = 20_000_000
SERIES_MAX = 100_000
COUNT_MAX = 1e12
TEXT_MAX = 200  # Characters of a name or a time.
TURNS_MAX = 400  # Changes of the clock that a table may show; two a year are usual.
KNOWN_MAX = 200_000  # Spellings of times and of series remembered; beyond, they are read anew.
EPOCH_MAX_S = 253_402_300_799.0  # The end of the year 9999.
TIME_NAMES = ("time", "timestamp")
COUNT_NAMES = ("count", "value")
AXES = ("service", "place", "symptom")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Aligned series. `counts` is (bin, series), NaN where nothing is known.

    Bin i spans `bin_ms` from `start_ms + i * bin_ms`. A series is NaN before its first row.
    `clock` are the instants at which the table's own clock changes, with how far it is ahead of UTC
    from then on, both in milliseconds; the first one holds before it, too. `notes` are sentences for
    the reader about how the text was taken.
    """

    series: tuple[SeriesKey, ...]
    start_ms: int
    bin_ms: int
    counts: F64
    notes: tuple[str, ...]
    clock: tuple[tuple[int, int], ...] = ((0, 0),)


class _Times:
    """Turns texts into instants, remembers them, and insists on one form."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[int, int]] = {}
        self.form = ""
        self.notes: list[str] = []

    def read(self, text: str, line: int) -> tuple[int, int]:
        """Return the instant in milliseconds UTC, and the minutes that its zone is ahead."""
        at = self.known.get(text)
        if at is None:
            if len(text) > TEXT_MAX:
                raise CountsInvalid(f"line {line}: a time is longer than {TEXT_MAX} characters")
            at = self._parse(text.strip(), line)
            if len(self.known) >= KNOWN_MAX:
                self.known.clear()
            self.known[text] = at
        return at

    def _parse(self, text: str, line: int) -> tuple[int, int]:
        seconds = _number(text)
        if seconds is not None:
            self._insist("seconds since the epoch", line)
            if not 0 <= seconds <= EPOCH_MAX_S:
                raise CountsInvalid(f"line {line}: time {text[:40]} is outside 1970 to 9999")
            return round(seconds * 1000), 0
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
        ahead = moment.utcoffset() or timedelta()
        return at, round(ahead.total_seconds() / 60)

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
    ahead_of = array("h")
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
        at, ahead = times.read(cells[time_at], line)
        at_of.append(at)
        ahead_of.append(ahead)
        series_of.append(series.read(cells, line))
        count_of.append(_count(cells[count_at], line))
        line_of.append(line)
    if not at_of:
        raise CountsInvalid("line 2: the table has no rows")
    grid = countgrid.align(
        len(series.keys),
        np.frombuffer(at_of, dtype=np.int64),
        np.frombuffer(series_of, dtype=np.intc),
        np.frombuffer(count_of),
        np.frombuffer(line_of, dtype=np.uintc),
    )
    clock, told = _clock(np.frombuffer(at_of, dtype=np.int64), np.frombuffer(ahead_of, np.int16))
    said = (*notes, *times.notes, *told, *grid.notes)
    return Counts(tuple(series.keys), grid.start_ms, grid.bin_ms, grid.counts, said, clock)


def _clock(
    at: NDArray[np.int64], ahead: NDArray[np.int16]
) -> tuple[tuple[tuple[int, int], ...], tuple[str, ...]]:
    """Return when the clock that the times are written by changes, and notes about it.

    `at` is in ms, `ahead` the minutes that each row's zone is ahead of UTC.
    """
    if not len(ahead) or (ahead == ahead[0]).all():
        return ((0, int(ahead[0]) * 60_000),), ()
    order = np.argsort(at, kind="stable")
    at, ahead = at[order], ahead[order]
    if ((at[1:] == at[:-1]) & (ahead[1:] != ahead[:-1])).any():
        return ((0, 0),), ("rows of one instant have different zones: the time of day is by UTC",)
    turns = np.append(0, 1 + np.flatnonzero(ahead[1:] != ahead[:-1]))
    if len(turns) > TURNS_MAX:
        return ((0, 0),), ("zones change from row to row: the time of day is by UTC",)
    return tuple((int(at[turn]), int(ahead[turn]) * 60_000) for turn in turns), ()


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
