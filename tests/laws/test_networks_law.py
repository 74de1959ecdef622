"""Tables of networks: flattening is the longest match, whatever lies in what; a file gives back what was kept, or is refused."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uproar.errors import NetworksInvalid
from uproar.wire.networks import kept
from uproar.wire.networks.reading import LineReader
from uproar.wire.networks.spans import Gathering, country_number, is_four, number_of, of_prefix
from uproar.wire.networks.table import Source, Table, Told, table

# Close to one another and to both ends, so that prefixes nest, touch and reach the last address of all.
FOURS = [
    f"{net}.{low}" for net in ("0.0.0", "192.0.2", "255.255.255") for low in (0, 1, 127, 128, 255)
]
SIXES = [
    "::",
    "::1",
    "2001:db8::",
    "2001:db8::ffff:0:0:1",
    "2001:db8:0:1::",
    "2001:db8:8000::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]
PREFIX = st.one_of(
    st.tuples(st.sampled_from(FOURS), st.sampled_from([1, 8, 16, 23, 24, 25, 30, 31, 32])),
    st.tuples(
        st.sampled_from(SIXES), st.sampled_from([1, 3, 32, 33, 48, 63, 64, 65, 96, 127, 128])
    ),
)
COUNTRIES = st.sampled_from(["", "NL", "GB"])
SAID = st.lists(st.tuples(PREFIX, st.integers(1, 5), COUNTRIES), max_size=40)
ASKED = [number_of(each) or 0 for each in (*FOURS, *SIXES)]


def source(rows: list[tuple[tuple[int, int], int, str]]) -> Source:
    spans = Gathering()
    for span, system, country in rows:
        spans.add(span, system, country_number(country))
    return Source(Told("a source", "prefixes"), spans.spans(), {1: "One", 2: "Zwei GmbH ©"})


def spans_of(said) -> list[tuple[tuple[int, int], int, str]]:
    return [
        (of_prefix(number_of(net[0]) or 0, net[1]), system, country)
        for net, system, country in said
    ]


def halves(numbers: list[int]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.array([each >> 64 for each in numbers], np.uint64),
        np.array([each & (1 << 64) - 1 for each in numbers], np.uint64),
    )


def asked(rows: list[tuple[tuple[int, int], int, str]]) -> list[int]:
    """The addresses at all ends, right beside them, and a few others."""
    near = {end + step for span, _, _ in rows for end in span for step in (-1, 0, 1)}
    return sorted(each for each in {*near, *ASKED} if 0 <= each < 1 << 128)


def naive(rows: list[tuple[tuple[int, int], int, str]], number: int) -> tuple[int, int]:
    """Try every stretch: the narrowest that holds the address, of equals the last. IPv6 never speaks of IPv4."""
    best, size = (0, 0), 1 << 129
    for (first, last), system, country in rows:
        if first <= number <= last and last - first <= size and is_four(first) == is_four(number):
            best, size = (system, country_number(country)), last - first
    return best


def said_by(made: Table, numbers: list[int]) -> list[tuple[int, int]]:
    hi, lo = halves(numbers)
    return list(zip(made.systems(hi, lo).tolist(), made.countries(hi, lo).tolist(), strict=True))


@settings(max_examples=150, deadline=None)
@given(SAID)
def test_a_look_up_in_the_flattened_table_is_the_longest_match(said):
    rows = spans_of(said)
    made = table([source(rows)])
    numbers = asked(rows)
    assert said_by(made, numbers) == [naive(rows, each) for each in numbers]
    ones = [made.one(each.to_bytes(16, "big")) for each in numbers]
    assert ones == said_by(made, numbers)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(1, 4)), max_size=30),
    st.booleans(),
)
def test_of_stretches_that_overlap_in_any_way_the_narrowest_holds(pairs, six):
    base = (number_of("2001:db8::") if six else number_of("192.0.2.0")) or 0
    rows = [((base + min(a, b), base + max(a, b)), system, "") for a, b, system in pairs]
    numbers = [base + step for step in range(62)]
    made = table([source(rows)])
    assert said_by(made, numbers) == [naive(rows, each) for each in numbers]


@settings(max_examples=60, deadline=None)
@given(st.lists(SAID, min_size=1, max_size=3))
def test_of_several_sources_the_first_that_knows_is_right(parts):
    lists = [spans_of(each) for each in parts]
    numbers = asked([row for rows in lists for row in rows])
    wanted = []
    for number in numbers:
        found = [naive(rows, number) for rows in lists]
        wanted.append(tuple(next((each[k] for each in found if each[k]), 0) for k in (0, 1)))
    assert said_by(table([source(rows) for rows in lists]), numbers) == wanted


@settings(max_examples=60, deadline=None)
@given(SAID)
def test_a_kept_table_says_the_same_as_before_and_is_the_same_bytes_again(said):
    rows = spans_of(said)
    made = table([source(rows)])
    data = kept.to_bytes(made)
    read = kept.from_bytes(data)
    numbers = asked(rows)
    assert said_by(read, numbers) == said_by(made, numbers)
    assert read.told == made.told
    assert [read.names.of(each) for each in range(6)] == [made.names.of(each) for each in range(6)]
    assert kept.to_bytes(read) == data


@settings(max_examples=200, deadline=None)
@given(SAID, st.data())
def test_a_file_that_was_changed_anywhere_or_cut_is_refused_in_one_line(said, data):
    raw = bytearray(kept.to_bytes(table([source(spans_of(said))])))
    if data.draw(st.booleans()):
        raw = raw[: data.draw(st.integers(0, len(raw) - 1))]
    else:
        raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NetworksInvalid, match=r"\A.+\Z"):
        kept.from_bytes(bytes(raw))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.text('0123456789./:|,\t AS{}_abZ"', max_size=60).map(str.encode),
        ),
        max_size=12,
    )
)
def test_any_lines_give_a_source_or_are_refused_and_none_is_lost(lines):
    reader = LineReader()
    lines = [line.replace(b"\n", b" ") for line in lines]
    reader.feed(lines)
    speaking = [line for line in lines if line.strip() and not line.startswith(b"#")]
    assert sum(reader.aside.values()) <= len(speaking)
    try:
        found = reader.source("any.txt")
    except NetworksInvalid:
        return
    assert found.told.rows + sum(reader.aside.values()) <= len(speaking)
    assert len(table([found]).four.starts) >= 1


@given(st.ip_addresses())
def test_an_address_is_the_number_that_it_is_elsewhere(address):
    number = number_of(str(address))
    assert number is not None
    if isinstance(address, ipaddress.IPv4Address):
        assert number == int(ipaddress.IPv6Address(f"::ffff:{address}"))
    else:
        assert number == int(address)
    assert of_prefix(number, 32)[0] <= number <= of_prefix(number, 32)[1]
