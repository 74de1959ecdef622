"""The key that hides reporters lives for a day, and reporters are what they should be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from uproar.errors import ReporterKeyUnusable
from uproar.inlets.addresses import packed
from uproar.inlets.reporter import FILE_NAME, ReporterKey, network_of, reporter_of
from uproar.model.tick import DAY_MS, HOUR_MS

NOON = 20_157 * DAY_MS + 12 * HOUR_MS
KEY = b"k" * 32


def address(text: str) -> bytes:
    raw = packed(text)
    assert raw is not None
    return raw


def test_the_key_survives_a_restart_within_the_day(tmp_path: Path) -> None:
    key = ReporterKey(tmp_path, NOON).at(NOON)
    assert ReporterKey(tmp_path, NOON + HOUR_MS).at(NOON + HOUR_MS) == key


def test_only_we_can_read_the_file(tmp_path: Path) -> None:
    ReporterKey(tmp_path, NOON)
    assert (tmp_path / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_at_midnight_the_key_is_new_and_the_old_bytes_are_overwritten(tmp_path: Path) -> None:
    keeper = ReporterKey(tmp_path, NOON)
    old = keeper.at(NOON)
    path = tmp_path / FILE_NAME
    with path.open("rb") as still_open:  # What an undelete tool would read: the old file's blocks.
        assert keeper.at(NOON + 12 * HOUR_MS - 1) == old
        new = keeper.at(NOON + 12 * HOUR_MS)
        assert os.fstat(still_open.fileno()).st_nlink == 0
        assert old not in still_open.read()
    assert new != old
    assert new in path.read_bytes()


def test_the_key_of_another_day_is_not_taken_up_again(tmp_path: Path) -> None:
    old = ReporterKey(tmp_path, NOON).at(NOON)
    later = ReporterKey(tmp_path, NOON + DAY_MS)
    assert later.at(NOON + DAY_MS) != old
    assert later.at(NOON) not in {old, later.at(NOON + DAY_MS)}


@pytest.mark.parametrize("content", [b"", b"short", b"x" * 41])
def test_a_file_that_is_no_key_is_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    key = ReporterKey(tmp_path, NOON).at(NOON)
    assert key in (tmp_path / FILE_NAME).read_bytes()


def test_a_link_in_place_of_the_file_does_not_make_us_overwrite_what_it_points_to(
    tmp_path: Path,
) -> None:
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / FILE_NAME).symlink_to(other)
    ReporterKey(tmp_path, NOON)
    assert other.read_text() == "precious"


def test_a_folder_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ReporterKeyUnusable, match="make the folder writable"):
        ReporterKey(tmp_path / "missing", NOON)


def test_a_household_is_one_reporter_per_agent() -> None:
    one = reporter_of(KEY, address("2001:db8:1:2::1"), b"Firefox")
    assert one == reporter_of(KEY, address("2001:db8:1:2:ffff::9"), b"Firefox")
    assert one != reporter_of(KEY, address("2001:db8:1:3::1"), b"Firefox")
    assert one != reporter_of(KEY, address("2001:db8:1:2::1"), b"curl")
    assert one != reporter_of(b"j" * 32, address("2001:db8:1:2::1"), b"Firefox")
    assert len(one) == 16


def test_ipv4_neighbours_are_two_reporters_in_one_network() -> None:
    here, there = address("192.0.2.1"), address("192.0.2.2")
    assert reporter_of(KEY, here, b"") != reporter_of(KEY, there, b"")
    assert network_of(KEY, here) == network_of(KEY, there)
    assert network_of(KEY, here) != network_of(KEY, address("192.0.3.1"))
    assert network_of(KEY, here).startswith("p:")


def test_an_address_that_is_written_as_ipv6_is_the_same_reporter() -> None:
    assert address("::ffff:192.0.2.1") == address("192.0.2.1")
