"""The store: what it keeps, what it forgets, and that a broken one is begun anew."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.test_journal_disk import files_of_at_most
from uproar.errors import StoreError
from uproar.store import sqlite
from uproar.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore.open(path) as opened:
        yield opened


def test_a_new_store_is_empty(store: SqliteStore) -> None:
    assert store.checkpoint() is None
    assert list(store.decisions()) == []
    assert store.notice == ""


def test_the_newest_checkpoint_is_returned_also_after_opening_again(path: Path) -> None:
    with SqliteStore.open(path) as store:
        store.save(tick=5, seq=50, state=b"five")
        store.save(tick=6, seq=60, state=b"six")
        store.save(tick=6, seq=61, state=b"six again")
    with SqliteStore.open(path) as store:
        assert store.checkpoint() == (6, 61, b"six again")


def test_only_the_newest_checkpoints_are_kept(store: SqliteStore, path: Path) -> None:
    for tick in range(10):
        store.save(tick=tick, seq=tick, state=b"x" * 1_000)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        ticks = connection.execute("SELECT tick FROM checkpoint ORDER BY tick").fetchall()
    assert ticks == [(7,), (8,), (9,)]


def test_a_damaged_checkpoint_is_skipped_for_the_one_before(store: SqliteStore, path: Path) -> None:
    for tick in (1, 2, 3):
        store.save(tick=tick, seq=tick * 10, state=b"state of %d" % tick)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkpoint SET state = x'00' WHERE tick = 3")
    assert store.checkpoint() == (2, 20, b"state of 2")
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkpoint SET seq = 21 WHERE tick = 2")
        connection.execute("UPDATE checkpoint SET tick = 4 WHERE tick = 1")
    assert store.checkpoint() is None


def test_decisions_come_back_in_order_and_a_tick_decided_again_replaces(store: SqliteStore) -> None:
    store.decide(7, [b"7a", b"7b"])
    store.decide(5, [b"5a"])
    store.decide(9, [b"9a", b"9b", b"9c"])
    assert list(store.decisions()) == [b"5a", b"7a", b"7b", b"9a", b"9b", b"9c"]
    store.decide(7, [b"7 anew"])
    store.decide(9, [])
    assert list(store.decisions()) == [b"5a", b"7 anew"]
    assert list(store.decisions(6)) == list(store.decisions(7)) == [b"7 anew"]


def test_reading_more_than_one_chunk_misses_and_repeats_nothing(store: SqliteStore) -> None:
    lines = [b"%d" % n for n in range(2_500)]
    store.decide(1, lines[:1_500])
    store.decide(2, lines[1_500:])
    assert list(store.decisions()) == lines


def test_decisions_can_be_read_while_others_are_made(store: SqliteStore) -> None:
    def decide() -> None:
        for tick in range(300):
            store.decide(tick, [b"%d" % tick])

    writer = threading.Thread(target=decide)
    writer.start()
    while writer.is_alive():
        seen = [int(line) for line in store.decisions()]
        assert seen == list(range(len(seen)))
    writer.join()
    assert len(list(store.decisions())) == 300


def test_what_comes_after_a_tick_can_be_forgotten(store: SqliteStore) -> None:
    for tick in (1, 2, 3):
        store.save(tick=tick, seq=tick, state=b"%d" % tick)
        store.decide(tick, [b"%d" % tick])
    store.forget_after(2)
    assert store.checkpoint() == (2, 2, b"2")
    assert list(store.decisions()) == [b"1", b"2"]
    store.forget_after(-1)
    assert store.checkpoint() is None
    assert list(store.decisions()) == []


def test_the_oldest_decisions_go_when_there_are_too_many(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "DECISIONS_KEPT", 100)
    monkeypatch.setattr(sqlite, "DECISIONS_PRUNED", 10)
    for tick in range(300):
        store.decide(tick, [b"%d-%d" % (tick, n) for n in range(3)])
    kept = list(store.decisions())
    assert 90 <= len(kept) <= 100
    assert kept[-1] == b"299-2"
    assert kept[0].endswith(b"-0")


@pytest.mark.parametrize("harm", ["header", "pages", "cut", "foreign", "newer"])
def test_a_store_that_cannot_be_used_is_set_aside_and_begun_anew(path: Path, harm: str) -> None:
    with SqliteStore.open(path) as store:
        for tick in range(200):
            store.decide(tick, [b"x" * 500])
    whole = path.read_bytes()
    if harm == "header":
        path.write_bytes(b"no database at all" + whole[18:])
    elif harm == "pages":
        path.write_bytes(whole[:8_192] + b"\xff" * 8_192 + whole[16_384:])
    elif harm == "cut":
        path.write_bytes(whole[:20_000])
    elif harm == "foreign":
        path.unlink()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE theirs (x)")
    else:
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA user_version=99")
    harmed = path.read_bytes()
    with SqliteStore.open(path) as store:
        assert "store.sqlite.aside-1 and a new one begun" in store.notice
        assert store.checkpoint() is None
        store.save(tick=1, seq=1, state=b"1")
    assert Path(f"{path}.aside-1").read_bytes() == harmed
    with SqliteStore.open(path) as store:
        assert store.notice == ""
        assert store.checkpoint() == (1, 1, b"1")


def test_a_store_that_was_killed_in_the_middle_is_still_one(path: Path, tmp_path: Path) -> None:
    with SqliteStore.open(path) as store:
        store.save(tick=1, seq=1, state=b"1")
        store.decide(1, [b"line"])
        crashed = tmp_path / "crashed.sqlite"
        crashed.write_bytes(path.read_bytes())
        Path(f"{crashed}-wal").write_bytes(Path(f"{path}-wal").read_bytes())
    with SqliteStore.open(crashed) as store:
        assert store.notice == ""
        assert store.checkpoint() == (1, 1, b"1")
        assert list(store.decisions()) == [b"line"]


def test_no_room_is_told_and_what_was_kept_stays(store: SqliteStore) -> None:
    store.save(tick=1, seq=1, state=b"1")
    store.decide(1, [b"line"])
    with files_of_at_most(100_000):
        with pytest.raises(StoreError, match="computed anew from the journal"):
            store.save(tick=2, seq=2, state=b"2" * 1_000_000)
        with pytest.raises(StoreError):
            store.decide(2, [b"2" * 1_000_000])
    assert store.checkpoint() == (1, 1, b"1")
    assert list(store.decisions()) == [b"line"]
    store.save(tick=3, seq=3, state=b"3" * 1_000_000)
    assert store.checkpoint() == (3, 3, b"3" * 1_000_000)


def test_a_store_in_a_place_that_cannot_hold_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="check the folder"):
        SqliteStore.open(tmp_path / "file" / "store.sqlite")
