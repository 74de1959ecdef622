"""Laws of the table of counts: what is written is read, order does not matter, nothing crashes."""

from __future__ import annotations

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import CountsInvalid
from uproar.wire import counts


def text_of(rows):
    return "time,count,service\n" + "".join(f"{at},{value},{name}\n" for at, value, name in rows)


cells = st.dictionaries(
    st.tuples(st.integers(0, 30), st.sampled_from(["a", "b"])), st.integers(0, 10**6), min_size=2
).filter(lambda cells: len({place for place, _ in cells}) > 1)


@given(cells=cells, data=st.data())
def test_rows_are_read_whatever_their_order(cells, data):
    # Two extra rows a bin apart make the width certain.
    grid = {(place, "c"): 1 for place in range(31)} | cells
    rows = [(1_700_000_040 + 60 * place, value, name) for (place, name), value in grid.items()]
    shuffled = data.draw(st.permutations(rows))
    got = counts.read(io.StringIO(text_of(shuffled)))
    assert got.bin_ms == 60_000
    for column, key in enumerate(got.series):
        first = min(place for place, name in grid if name == key.service)
        for place in range(31):
            value = got.counts[place, column]
            if place < first:
                assert np.isnan(value)
            else:
                assert value == grid.get((place, key.service), 0)


def refusal(text):
    try:
        counts.read(io.StringIO(text))
    except CountsInvalid as error:
        return str(error)
    return None


@given(text=st.text(max_size=300))
def test_any_text_is_read_or_refused_with_a_line(text):
    assert (refusal(text) or "line ").startswith("line ")


@given(
    lines=st.lists(
        st.text(st.sampled_from("0123456789:-TZ+,.\"' eEnaif"), max_size=40), max_size=12
    )
)
def test_any_rows_are_read_or_refused_with_a_line(lines):
    assert (refusal("time,count\n" + "\n".join(lines)) or "line ").startswith("line ")
