"""Networks of the last weeks on disk: kept over a restart, only for us, forgotten in time, and damage is no end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from uproar.app.familiar import SAVE_MS, Networks
from uproar.errors import StoreError
from uproar.store.familiar import FOLDER, KEY_FILE
from uproar.trace.familiar import DAYS

DAY_MS = 86_400_000
HI = np.zeros(300, np.uint64)
LO = np.uint64(0xFFFF << 32) | np.arange(300, dtype=np.uint64) << np.uint64(8)


class Clock:
    def __init__(self) -> None:
        self.now = 20_000 * DAY_MS

    def __call__(self) -> int:
        return self.now


def learned(folder: Path, clock: Clock, days: int) -> Networks:
    networks = Networks(folder, clock)
    for day in range(days):
        networks.add(20_000 + day, networks.hashes(HI, LO))
    networks.save()
    return networks


def share(networks: Networks, day: int) -> float | None:
    return networks.share(networks.hashes(HI, LO), np.ones(len(HI)), day)


def test_what_was_known_is_known_after_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    learned(tmp_path, clock, 4)
    assert share(Networks(tmp_path, clock), 20_004) == 1.0


def test_files_are_for_us_alone_and_hold_no_address(tmp_path: Path) -> None:
    learned(tmp_path, Clock(), 2)
    files = sorted((tmp_path / FOLDER).iterdir())
    assert [each.name for each in files] == ["2024-10-04.networks", "2024-10-05.networks", KEY_FILE]
    assert {each.stat().st_mode & 0o777 for each in files} == {0o600}
    assert (tmp_path / FOLDER).stat().st_mode & 0o777 == 0o700


def test_days_are_removed_from_disk_after_four_weeks(tmp_path: Path) -> None:
    learned(tmp_path, Clock(), DAYS + 10)
    assert len(list((tmp_path / FOLDER).glob("*.networks"))) == DAYS


def test_without_its_key_a_file_means_nothing(tmp_path: Path) -> None:
    clock = Clock()
    learned(tmp_path, clock, 4)
    (tmp_path / FOLDER / KEY_FILE).unlink()
    known = share(Networks(tmp_path, clock), 20_004)
    assert known is not None
    assert known < 0.02


def test_a_damaged_day_is_left_out_and_a_damaged_key_is_told(tmp_path: Path) -> None:
    clock = Clock()
    learned(tmp_path, clock, 4)
    first = next((tmp_path / FOLDER).glob("*.networks"))
    first.write_bytes(b"short")
    (tmp_path / FOLDER / "9999-99-99.networks").write_bytes(b"")
    assert share(Networks(tmp_path, clock), 20_004) == 1.0
    (tmp_path / FOLDER / KEY_FILE).write_bytes(b"short")
    with pytest.raises(StoreError, match="is no key"):
        Networks(tmp_path, clock)


def test_what_cannot_be_kept_is_told_and_kept_later(tmp_path: Path) -> None:
    clock = Clock()
    networks = Networks(tmp_path, clock)
    folder = tmp_path / FOLDER
    in_the_way = folder / "2024-10-04.networks"
    in_the_way.mkdir()
    networks.add(20_000, networks.hashes(HI, LO))
    networks.save()
    assert "cannot be kept" in networks.trouble
    in_the_way.rmdir()
    clock.now += SAVE_MS
    networks.add(20_000, networks.hashes(HI, LO))
    assert not networks.trouble
    assert in_the_way.is_file()
