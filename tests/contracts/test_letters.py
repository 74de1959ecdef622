"""Dead letters: what is kept, what goes first, and that a broken or full disk stops nobody."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.test_journal_disk import files_of_at_most, wait_until
from uproar.errors import StoreError
from uproar.store import letters as store
from uproar.store.letters import SqliteLetters

NOW = 1_700_000_000_000


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "letters.sqlite"


@pytest.fixture
def letters(path: Path, clock: Clock) -> Iterator[SqliteLetters]:
    with SqliteLetters.open(path, clock, "1") as opened:
        yield opened


def put(letters: SqliteLetters, body: bytes = b"{}", inlet: str = "notices") -> None:
    letters.put(
        inlet=inlet, source="https://a.example", reason="unreadable", problem="no", body=body
    )
    letters.settle()


def test_a_letter_is_kept_whole_and_is_there_after_opening_again(path: Path, clock: Clock) -> None:
    with SqliteLetters.open(path, clock, "1") as letters:
        put(letters, b"\x00\xffbytes as they came")
        assert all(each.stat().st_mode & 0o077 == 0 for each in path.parent.iterdir())
    with SqliteLetters.open(path, clock, "2") as letters:
        (letter,) = letters.read(0, 10)
        assert letters.counts() == {"notices": 1}
    assert (letter.number, letter.at, letter.inlet) == (1, NOW, "notices")
    assert (letter.source, letter.reason) == ("https://a.example", "unreadable")
    assert (letter.problem, letter.body) == ("no", b"\x00\xffbytes as they came")
    assert (letter.tried, letter.whole) == ("1", True)


def test_letters_are_read_in_order_from_a_number_on(letters: SqliteLetters) -> None:
    for number in range(5):
        put(letters, b"%d" % number)
    assert [letter.body for letter in letters.read(2, 2)] == [b"2", b"3"]
    assert [letter.number for letter in letters.read(4, 10)] == [5]
    assert letters.read(5, 10) == []


def test_never_more_are_returned_at_once_than_fit(
    letters: SqliteLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "READ_MAX", 2)
    for _ in range(3):
        put(letters)
    assert len(letters.read(0, 1_000)) == 2


def test_beyond_the_count_the_oldest_go_and_are_counted(
    letters: SqliteLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "LETTERS_MAX", 3)
    for number in range(5):
        put(letters, b"%d" % number)
    letters.close()
    assert letters.state().pushed_out == 2
    assert letters.state().kept == {"notices": 3}


def test_beyond_the_bytes_the_oldest_go(
    letters: SqliteLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BYTES_MAX", 100)
    for size in (60, 30, 20, 45):
        put(letters, b"x" * size)
    wait_until(lambda: letters.state().pushed_out == 1)
    assert [len(letter.body) for letter in letters.read(0, 10)] == [30, 20, 45]
    wait_until(lambda: letters.state().size == 95)


def test_what_is_too_old_goes_though_nothing_comes(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "REFRESH_S", 0.01)
    with SqliteLetters.open(path, clock, "1") as letters:
        put(letters)
        clock.now += store.KEPT_MS + 1
        wait_until(lambda: letters.counts() == {})
        assert letters.state().pushed_out == 1


def test_a_body_that_is_too_long_is_cut_and_told_as_cut(
    letters: SqliteLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BODY_BYTES_MAX", 4)
    put(letters, b"12345")
    put(letters, b"1234")
    assert [(each.body, each.whole) for each in letters.read(0, 10)] == [
        (b"1234", False),
        (b"1234", True),
    ]


def test_texts_are_cut_at_their_bounds(letters: SqliteLetters) -> None:
    letters.put(inlet="i" * 999, source="s" * 999, reason="r" * 999, problem="p" * 999, body=b"")
    letters.settle()
    (letter,) = letters.read(0, 1)
    assert (len(letter.inlet), len(letter.reason)) == (store.NAME_MAX, store.NAME_MAX)
    assert (len(letter.source), len(letter.problem)) == (store.TEXT_MAX, store.TEXT_MAX)


def test_dropped_letters_are_gone_and_numbers_are_not_given_again(letters: SqliteLetters) -> None:
    for _ in range(3):
        put(letters)
    assert letters.drop([2, 3, 99]) == 2
    assert letters.counts() == {"notices": 1}
    put(letters, inlet="changes")
    assert [letter.number for letter in letters.read(0, 10)] == [1, 4]
    assert letters.counts() == {"changes": 1, "notices": 1}


def test_a_letter_knows_which_version_refused_it_last(path: Path, clock: Clock) -> None:
    with SqliteLetters.open(path, clock, "1") as letters:
        put(letters)
        put(letters)
    with SqliteLetters.open(path, clock, "2") as letters:
        letters.tried([2])
        assert [letter.tried for letter in letters.read(0, 10)] == ["1", "2"]


def test_what_finds_the_queue_full_is_lost_and_counted_and_nobody_waits(
    letters: SqliteLetters,
) -> None:
    with letters._lock:  # The writer is held up; what is put meanwhile waits.
        for _ in range(store.QUEUE_MAX + 10):
            letters.put(inlet="a", source="", reason="r", problem="", body=b"")
        # One of them may be in the writer's hand already.
        assert letters.state().lost in {9, 10}
        kept = store.QUEUE_MAX + 10 - letters.state().lost
    letters.settle()
    wait_until(lambda: letters.counts() == {"a": kept})


def test_many_threads_put_at_once(letters: SqliteLetters) -> None:
    def some() -> None:
        for _ in range(20):
            put(letters)

    threads = [threading.Thread(target=some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: letters.counts() == {"notices": 80 - letters.state().lost})


def test_a_full_disk_loses_letters_says_so_and_mends_by_itself(letters: SqliteLetters) -> None:
    with files_of_at_most(50_000):
        for _ in range(3):
            put(letters, b"x" * 40_000)
        wait_until(lambda: letters.state().lost > 0)
        assert letters.state().trouble.startswith("dead letters cannot be written")
    put(letters, b"after")
    assert letters.state().trouble == ""
    assert letters.read(0, 10)[-1].body == b"after"


def test_a_text_that_is_no_text_is_lost_and_the_writer_goes_on(letters: SqliteLetters) -> None:
    letters.put(inlet="a", source="\ud800", reason="r", problem="", body=b"")
    put(letters)
    assert letters.state().lost == 1
    assert letters.counts() == {"notices": 1}


def test_another_process_sees_and_drops_letters_meanwhile(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "REFRESH_S", 0.01)
    with SqliteLetters.open(path, clock, "1") as one, SqliteLetters.open(path, clock, "1") as two:
        put(one)
        assert len(two.read(0, 10)) == 1
        assert two.drop([1]) == 1
        wait_until(lambda: one.counts() == {})


def test_a_damaged_file_is_set_aside_and_a_new_one_begun(path: Path, clock: Clock) -> None:
    path.write_bytes(b"no database at all, and long enough to be looked at")
    with SqliteLetters.open(path, clock, "1") as letters:
        assert "renamed to letters.sqlite.aside-1" in letters.notice
        put(letters)
        assert letters.counts() == {"notices": 1}
    assert path.stat().st_mode & 0o077 == 0
    assert path.with_name("letters.sqlite.aside-1").exists()


def test_a_folder_that_is_none_is_refused_in_words(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be opened"):
        SqliteLetters.open(tmp_path / "file" / "letters.sqlite", clock, "1")


def test_what_cannot_be_read_or_dropped_is_told(letters: SqliteLetters, path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE letter")
    with pytest.raises(StoreError, match="begin anew"):
        letters.read(0, 1)
    with pytest.raises(StoreError, match="make room"):
        letters.drop([1])


def test_what_was_put_before_the_end_is_written(path: Path, clock: Clock) -> None:
    with SqliteLetters.open(path, clock, "1") as letters:
        for _ in range(10):
            letters.put(inlet="a", source="", reason="r", problem="", body=b"")
    with SqliteLetters.open(path, clock, "1") as letters:
        assert letters.counts() == {"a": 10}
    letters.close()  # Twice is once.
