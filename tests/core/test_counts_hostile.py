"""Tables of counts as they come: each is taken in a stated way, or refused with the line."""

from __future__ import annotations

import io

import numpy as np
import pytest

from uproar.detect import table
from uproar.errors import CountsInvalid
from uproar.wire import countgrid, counts

HEAD = "time,count\n"


def read(text: str) -> counts.Counts:
    return counts.read(io.StringIO(text, newline=""))


def minutes(*values: object, first: int = 0, step: int = 60) -> str:
    return "".join(f"{first + step * place},{value}\n" for place, value in enumerate(values))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (HEAD + "0,1\n60,5,7\n", "line 3: 3 columns where the header has 2"),
        (HEAD + "0,1\n60,1e30\n", "line 3: count 1e30 is not between 0 and 1e+12"),
        (HEAD + "0,1\n60,inf\n", "line 3: 'inf' is no count"),
        (HEAD + "0,1\n60,NaN\n", "line 3: 'NaN' is no count"),
        (HEAD + "0,1\n60,-0.5\n", "line 3: count -0.5 is not between"),
        (HEAD + "0,1\n60,three\n", "line 3: 'three' is no count"),
        (HEAD + "0,1\n60,0x10\n", "line 3: '0x10' is no count"),
        (HEAD + "0,1\n60,1_000\n", "line 3: '1_000' is no count"),
        (HEAD + "0,1\n1e30,1\n", "line 3: time 1e30 is outside 1970 to 9999"),
        (HEAD + "0,1\n-60,1\n", "line 3: time -60 is outside 1970 to 9999"),
        ("time;count\n0;1\n", "line 1: the columns are 'time;count'"),
        (HEAD + "0,1\n60,1\n0,2\n", "line 4: same time and series as line 2"),
        (HEAD + minutes(1, 1, 1, 1) + "200,1\n", "line 6: this time is off the regular bins"),
        (HEAD + f"{'9' * 300},1\n", "line 2: a time is longer than 200 characters"),
        ("time,count,service\n0,1," + "x" * 300 + "\n", "line 2: a cell is longer than 200"),
        (
            "time,count\n2025-03-10T00:00:00+02:00,1\n2025-03-10 00:01:00,1\n",
            "line 3: times without a zone, but the lines before had times with a zone",
        ),
    ],
)
def test_what_cannot_be_a_count_or_a_time_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(CountsInvalid) as caught:
        read(text)
    assert said in str(caught.value)


def test_a_width_that_changes_is_refused_where_it_changes() -> None:
    text = HEAD + minutes(*[1] * 100) + minutes(*[5] * 40, first=6_000, step=300)
    with pytest.raises(CountsInvalid, match="line 103: from here on times lie 300 s apart"):
        read(text)


def test_the_narrower_half_of_two_widths_is_refused_as_off_the_grid() -> None:
    text = HEAD + minutes(*[5] * 90, step=300) + minutes(*[1] * 40, first=27_000)
    with pytest.raises(CountsInvalid, match="line 93: this time is off the regular bins of 300 s"):
        read(text)


def test_left_out_zeros_are_no_change_of_width() -> None:
    dice = np.random.default_rng(1)
    kept = np.flatnonzero(dice.random(20_000) < 0.4)
    got = read(HEAD + "".join(f"{60 * place},1\n" for place in kept))
    assert got.bin_ms == 60_000
    assert got.counts.sum() == len(kept)
    assert "have no row at all: taken as zero" in got.notes[0]


def test_order_and_line_ends_and_a_byte_order_mark_do_not_matter() -> None:
    plain = read(HEAD + minutes(1, 2, 3, 4))
    lines = ("\ufeff" + HEAD + minutes(1, 2, 3, 4)).splitlines()
    shuffled = "\r\n".join([lines[0], lines[3], lines[1], lines[4], lines[2], "", ""])
    got = read(shuffled)
    assert np.array_equal(got.counts, plain.counts)
    assert got.notes == ("rows were not in order of time: sorted",)


def test_zones_of_all_kinds_are_one_time() -> None:
    got = read(
        HEAD + "2025-03-10T02:00:00+02:00,1\n2025-03-10T00:01:00Z,2\n2025-03-09T19:02:00-05:00,3\n"
    )
    assert got.counts[:, 0].tolist() == [1, 2, 3]


def test_spare_empty_cells_are_no_columns() -> None:
    assert read(HEAD + "0,1,\n60,2,,\n").counts[:, 0].tolist() == [1, 2]


def test_more_spellings_than_are_remembered_are_read_all_the_same(monkeypatch) -> None:
    monkeypatch.setattr(counts, "KNOWN_MAX", 3)
    text = "time,count,service\n" + "".join(
        f"{60 * place},{place},s{place % 5}\n" for place in range(50)
    )
    got = read(text)
    assert len(got.series) == 5
    assert np.nansum(got.counts) == sum(range(50))


@pytest.mark.parametrize("bound", ["ROWS_MAX", "SERIES_MAX", "CELLS_MAX"])
def test_every_bound_is_told_with_the_line(monkeypatch, bound: str) -> None:
    monkeypatch.setattr(countgrid if bound == "CELLS_MAX" else counts, bound, 4)
    text = "time,count,service\n" + "".join(f"{60 * at},1,s{at}\n" for at in range(6))
    with pytest.raises(CountsInvalid, match=r"line \d+: .*split the table"):
        read(text)


@pytest.mark.parametrize("values", [[0.0, 1e12] * 300, [1e12] * 600, [0.0] * 600, [1e-300] * 600])
def test_the_largest_and_the_smallest_counts_end_in_alarms_or_none_but_not_in_a_crash(
    values,
) -> None:
    got = read(HEAD + minutes(*values, first=1_741_564_800))
    for alarm in table.alarms(got, false_alarms_per_week=0.25, warmup=60):
        assert np.isfinite([alarm.observed, alarm.expected, alarm.score]).all()
