"""What is known of networks: nobody who came is forgotten, few who did not are taken for known, and nothing of them can be read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import BadInput
from uproar.trace import familiar
from uproar.trace.familiar import DAYS, DAYS_LEAST, LEARNED_LEAST, NETWORKS_A_DAY, Familiar, siphash

KEY = bytes(range(16))
numbers = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=200, unique=True)


def some(count: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 2**64, count, dtype=np.uint64)


def test_hashes_are_those_of_the_published_siphash() -> None:
    # The reference implementation's vector of the 16 octets 00 to 0f, by the key 00 to 0f.
    first, second = (
        np.array([int.from_bytes(KEY[at : at + 8], "little")], np.uint64) for at in (0, 8)
    )
    assert int(siphash(first, second, KEY)[0]) == int.from_bytes(
        bytes.fromhex("db9bc2577fcc2a3f"), "little"
    )


@given(numbers, numbers, st.integers(100, 20_000))
def test_who_came_on_enough_days_is_known_whoever_else_came(
    mine: list[int], others: list[int], day: int
) -> None:
    known, hashes = Familiar(), np.array(mine, np.uint64)
    for back in range(1, LEARNED_LEAST + 1):
        known.add(day - back, hashes)
        known.add(day - back, np.array(others, np.uint64))
    assert known.share(hashes, np.ones(len(hashes)), day) == 1.0


@given(numbers, st.integers(100, 20_000), st.integers(0, 60))
def test_days_are_forgotten_after_four_weeks(mine: list[int], day: int, later: int) -> None:
    known, hashes = Familiar(), np.array(mine, np.uint64)
    for back in range(LEARNED_LEAST):
        known.add(day + back, hashes)
    known.add(day + LEARNED_LEAST - 1 + later, hashes[:1])
    assert len(known.days) <= DAYS
    assert all(day + LEARNED_LEAST - 1 + later - each < DAYS for each in known.days)


def test_too_few_days_say_nothing() -> None:
    known, hashes = Familiar(), some(50, 1)
    for day in range(LEARNED_LEAST - 1):
        known.add(100 + day, hashes)
    assert known.share(hashes, np.ones(50), 110) is None
    known.add(105, hashes)
    assert known.share(hashes, np.ones(50), 110) == 1.0
    assert known.share(hashes, np.zeros(50), 110) is None


def test_the_day_itself_makes_nobody_known() -> None:
    known, old, new = Familiar(), some(50, 1), some(50, 2)
    for day in range(5):
        known.add(100 + day, old)
    known.add(105, new)
    assert known.share(new, np.ones(50), 105) == pytest.approx(0, abs=0.05)


def test_a_full_day_takes_one_in_a_thousand_for_known_and_two_days_hardly_any() -> None:
    known, day = Familiar(), 200
    left = [known.add(day + back, some(NETWORKS_A_DAY, back)) for back in range(LEARNED_LEAST)]
    assert max(left) < NETWORKS_A_DAY / 1_000
    assert known.false_share(day) < 1e-3
    strangers = some(200_000, 99)
    ones = np.ones(len(strangers))
    once = known.share(strangers, ones, day + 5, days_least=1)
    twice = known.share(strangers, ones, day + 5, days_least=DAYS_LEAST)
    assert once is not None
    assert once < LEARNED_LEAST * 1e-3
    assert twice is not None
    assert twice < 1e-4


def test_beyond_the_bound_nothing_more_is_taken_in() -> None:
    known = Familiar()
    known.add(1, some(NETWORKS_A_DAY, 1))
    full = known.day_bytes(1)
    assert known.add(1, some(50_000, 2)) > 45_000
    assert known.false_share(1) < 1e-3
    assert known.networks(1) == pytest.approx(NETWORKS_A_DAY, rel=0.02)
    assert len(full) == len(known.day_bytes(1))


@given(numbers, numbers, st.integers(100, 20_000))
def test_merged_is_what_both_know_in_either_order(
    one: list[int], other: list[int], day: int
) -> None:
    first, second = Familiar(), Familiar()
    first.add(day, np.array(one, np.uint64))
    second.add(day, np.array(other, np.uint64))
    both, again = Familiar(), Familiar()
    both.merge(first)
    both.merge(second)
    again.merge(second)
    again.merge(first)
    together = Familiar()
    together.add(day, np.array(one + other, np.uint64))
    assert both.day_bytes(day) == again.day_bytes(day) == together.day_bytes(day)


@given(numbers, st.integers(100, 20_000))
def test_a_day_as_octets_comes_back_the_same(mine: list[int], day: int) -> None:
    known, back = Familiar(), Familiar()
    known.add(day, np.array(mine, np.uint64))
    back.take(day, known.day_bytes(day))
    assert back.day_bytes(day) == known.day_bytes(day)
    with pytest.raises(BadInput):
        back.take(day, known.day_bytes(day)[:-1])


def test_another_key_knows_nothing_of_what_was_kept() -> None:
    hi, lo = (
        np.zeros(500, np.uint64),
        some(500, 3) & np.uint64(0xFFFF_FFFF) | np.uint64(0xFFFF << 32),
    )
    known = Familiar()
    for day in range(4):
        known.add(100 + day, familiar.of_addresses(hi, lo, KEY))
    ones = np.ones(500)
    assert known.share(familiar.of_addresses(hi, lo, KEY), ones, 105) == 1.0
    other = known.share(familiar.of_addresses(hi, lo, bytes(16)), ones, 105)
    assert other is not None
    assert other < 0.01
    neighbour = familiar.of_addresses(hi, lo ^ np.uint64(1), KEY)
    assert known.share(neighbour, ones, 105) == 1.0, "the last octet is no part of it"
    with pytest.raises(BadInput):
        familiar.of_addresses(hi, lo, b"short")


def test_systems_are_no_prefixes() -> None:
    systems = np.arange(1, 1_000, dtype=np.int64)
    as_prefix = familiar.siphash(systems.astype(np.uint64), np.zeros(999, np.uint64), KEY)
    assert not np.isin(familiar.of_systems(systems, KEY), as_prefix).any()
