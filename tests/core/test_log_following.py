"""A file that grows is read once, line by line, whatever is done to it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from uproar.inlets.logs.following import LINGER_S, Follower, Position
from uproar.wire.accesslog.requests import LINE_MAX


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"old\n")
    return path


def follower(log: Path, known: Position | None = None) -> tuple[Follower, Clock]:
    clock = Clock()
    return Follower(log, known, clock), clock


def add(log: Path, octets: bytes) -> None:
    with log.open("ab") as file:
        file.write(octets)


def lines(follows: Follower) -> list[bytes]:
    found: list[bytes] = []
    for _ in range(4):
        found += follows.read().lines
    return found


def turned(follows: Follower, clock: Clock) -> list[bytes]:
    found = lines(follows)
    clock.now += LINGER_S
    return found + lines(follows)


def test_what_was_there_before_is_not_read(log: Path) -> None:
    follows, _ = follower(log)
    assert lines(follows) == []
    add(log, b"a\nb\n")
    assert lines(follows) == [b"a", b"b"]
    assert lines(follows) == []


def test_a_line_that_is_not_whole_waits_for_its_end(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"begin")
    assert lines(follows) == []
    add(log, b"ning\nnext")
    assert lines(follows) == [b"beginning"]


def test_a_begin_that_was_there_before_is_no_line(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_bytes(b"half a li")
    follows, _ = follower(log)
    assert lines(follows) == []
    add(log, b"ne\nwhole\n")
    assert lines(follows) == [b"whole"]


def test_a_file_that_is_missing_is_waited_for_and_then_read_whole(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    follows, _ = follower(log)
    assert lines(follows) == []
    assert "is not there" in follows.trouble
    log.write_bytes(b"first\n")
    assert lines(follows) == [b"first"]
    assert not follows.trouble


def test_a_renamed_file_is_read_to_its_end_before_the_new_one(log: Path) -> None:
    follows, clock = follower(log)
    lines(follows)
    add(log, b"a\n")
    old = log.rename(log.with_name("access.log.1"))
    add(old, b"b\n")
    assert lines(follows) == [b"a", b"b"]
    log.write_bytes(b"d\n")
    add(old, b"c\nwithout an end")
    assert turned(follows, clock) == [b"c", b"without an end", b"d"]
    assert follows.turned == 1


def test_a_file_that_is_cut_off_is_read_from_its_begin(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"a\n")
    assert lines(follows) == [b"a"]
    shutil.copy(log, log.with_name("copy"))
    os.truncate(log, 0)
    add(log, b"b\n")
    assert lines(follows) == [b"b"]


def test_a_file_that_is_cut_off_and_grows_beyond_what_was_read_is_known_as_another(
    log: Path,
) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"a\n")
    assert lines(follows) == [b"a"]
    os.truncate(log, 0)
    add(log, b"other lines and more of them\nthan there were\n")
    assert lines(follows) == [b"other lines and more of them", b"than there were"]


def test_a_line_that_is_too_long_is_counted_and_passed_over(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"x" * (3 * LINE_MAX) + b"\nshort\n")
    pieces = [follows.read() for _ in range(4)]
    kept = [line for piece in pieces for line in piece.lines if len(line) <= LINE_MAX]
    assert kept == [b"short"]
    add(log, b"y" * (LINE_MAX + 1))
    assert follows.read().long == 1
    add(log, b"still\nwell\n")
    assert lines(follows) == [b"well"]


def test_reading_goes_on_where_it_ended(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"a\nbegin")
    assert lines(follows) == [b"a"]
    known = follows.position
    follows.close()
    add(log, b"ning\n")
    again, _ = follower(log, known)
    assert lines(again) == [b"beginning"]


def test_reading_goes_on_in_a_file_that_was_renamed_meanwhile(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"a\n")
    assert lines(follows) == [b"a"]
    known = follows.position
    follows.close()
    add(log, b"b\n")
    log.rename(log.with_name("access.log-20250310"))
    log.write_bytes(b"c\n")
    again, clock = follower(log, known)
    assert turned(again, clock) == [b"b", b"c"]


def test_a_new_file_is_read_whole_where_the_old_one_is_gone(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    known = follows.position
    follows.close()
    log.unlink()
    log.write_bytes(b"new and longer than it was\n")
    again, _ = follower(log, known)
    assert lines(again) == [b"new and longer than it was"]


def test_what_is_no_ordinary_file_is_not_read(tmp_path: Path) -> None:
    pipe = tmp_path / "access.log"
    os.mkfifo(pipe)
    follows, _ = follower(pipe)
    assert lines(follows) == []
    assert "no ordinary file" in follows.trouble


def test_a_large_file_is_read_piece_by_piece(log: Path) -> None:
    follows, _ = follower(log)
    lines(follows)
    add(log, b"0123456789" * 10 + b"\n")
    add(log, (b"0123456789" * 10 + b"\n") * 20_000)
    first = follows.read()
    assert 0 < len(first.lines) < 20_000
    assert follows.behind > 0
    found = len(first.lines) + len(lines(follows))
    assert found == 20_001
