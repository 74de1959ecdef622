"""Tables of counts: what is taken, and what is refused with which words."""

from __future__ import annotations

import io

import numpy as np
import pytest

from uproar.errors import CountsInvalid
from uproar.wire import counts


def read(text):
    return counts.read(io.StringIO(text))


def test_bins_are_inferred_and_absent_rows_are_zero_and_empty_counts_are_missing():
    got = read(
        "time,count\n2025-03-10T00:00:00Z,3\n2025-03-10T00:05:00Z,\n"
        "2025-03-10T00:10:00Z,1.5\n2025-03-10T00:20:00Z,4\n"
    )
    assert got.bin_ms == 300_000
    assert got.start_ms == 1_741_564_800_000
    assert np.array_equal(got.counts[:, 0], [3, np.nan, 1.5, 0, 4], equal_nan=True)
    assert [note[:9] for note in got.notes] == ["1 of 5 bi"]


def test_other_names_and_zoneless_times_are_taken_with_a_note():
    got = read("timestamp,value\n2015-02-26 21:42:53,104\n2015-02-26 21:47:53,100\n")
    assert got.bin_ms == 300_000
    assert got.notes == ("times have no zone: taken as UTC",)


def test_zones_are_honoured():
    got = read("time,count\n2025-03-10T02:00:00+02:00,1\n2025-03-10T01:01:00+01:00,2\n")
    assert got.start_ms == 1_741_564_800_000
    assert got.bin_ms == 60_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the table is empty"),
        ("a,b\n1,2\n", "line 1: the columns are 'a, b'; there must be time and count"),
        ("time,count\n", "line 2: the table has no rows"),
        ("time,count\n0,1\n60,nan\n", "line 3: 'nan' is no count"),
        ("time,count\n0,1\n60,-1\n", "line 3: count -1 is not between"),
        ("time,count\n0,1\n60,1e99\n", "line 3: count 1e99 is not between"),
        ("time,count\n0,1\nyesterday,1\n", "line 3: 'yesterday' is no time"),
        ("time,count\n0,1\n2025-03-10T00:00:00Z,1\n", "line 3: times with a zone, but"),
        (
            "time,count\n2025-03-10T00:00:00Z,1\n2025-03-10T00:01:00,1\n",
            "line 3: times without a zone, but",
        ),
        ("time,count\n0,1\n60,1\n120,1\n180,1\n200,1\n", "line 6: this time is off the regular"),
        ("time,count\n0,1\n60,1\n60,2\n", "line 4: same time and series as line 3"),
        ("time,count\n0,1\n5,1\n10,1\n", "line 2: times mostly lie 5 s apart"),
        ("time,count\n60,1\n60,1\n", "line 2: all rows have one time"),
        ("time,count\n60\n", "line 2: 1 columns where 2 are needed"),
        ("time,count,time\n60,1,2\n", "line 1: column 'time' appears twice"),
        ('time,count\n60,"1\n', "line"),
        ("time,count\n0,1\n10,1\n253402300700,1\n", "cells; split the table"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_line(text, said):
    with pytest.raises(CountsInvalid) as caught:
        read(text)
    assert said in str(caught.value)
