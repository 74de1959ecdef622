"""A value on disk: there whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from uproar.errors import StoreError
from uproar.store.snapshots import Snapshot


def test_what_was_written_last_is_read(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path / "state")
    assert snapshot.read() is None
    for body in (b"", b"one", bytes(100_000)):
        snapshot.write(body)
        assert snapshot.read() == body
    assert [path.name for path in tmp_path.iterdir()] == ["state"]
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


def test_a_file_that_was_cut_or_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state"
    Snapshot(path).write(b"something to remember")
    whole = path.read_bytes()
    for damaged in (b"", whole[:10], whole[:-1], whole[:-1] + b"R", b"x" + whole):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match="damaged, or not ours"):
            Snapshot(path).read()


def test_where_it_cannot_be_written_the_last_value_stays(tmp_path: Path) -> None:
    path = tmp_path / "state"
    Snapshot(path).write(b"first")
    (tmp_path / "state.part").mkdir()
    with pytest.raises(StoreError, match="cannot be written"):
        Snapshot(path).write(b"second")
    assert Snapshot(path).read() == b"first"
