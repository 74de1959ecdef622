"""Whatever is done to both, the journal on disk and its twin in memory answer alike."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.journal_parts import HandClock, append_all, report
from uproar.journal import keys, schema
from uproar.journal.keys import Keys, digest, indexed
from uproar.journal.memory import MemoryJournal
from uproar.journal.receipt import Receipt
from uproar.journal.sqlite import SqliteJournal
from uproar.model.tick import DAY_MS, HOUR_MS

BATCHES = st.lists(
    st.tuples(st.integers(0, 3), st.none() | st.sampled_from([b"a", b"b", b"c", b""])), max_size=8
)
DEEDS = st.one_of(
    st.tuples(st.just("append"), BATCHES),
    st.tuples(st.just("run"), st.sampled_from([1, 999, HOUR_MS, DAY_MS - 1, DAY_MS])),
    st.tuples(st.just("step"), st.sampled_from([-DAY_MS, -HOUR_MS, -1, HOUR_MS])),
    st.tuples(st.just("load"), st.lists(st.integers(-HOUR_MS, HOUR_MS), max_size=5)),
    st.tuples(st.just("prune"), st.tuples(st.integers(-HOUR_MS, HOUR_MS), st.integers(0, 20))),
    st.tuples(st.just("reopen"), st.none()),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(DEEDS, max_size=15))
def test_the_twins_answer_alike(deeds: list[tuple[str, Any]]) -> None:
    clock, twin_clock = HandClock(), HandClock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.sqlite"
        journal = SqliteJournal.open(path, clock)
        twin = MemoryJournal(twin_clock)
        try:
            for deed, what in deeds:
                if deed == "append":
                    # One after the other, so that neither can put two into one batch.
                    for n, once in what:
                        outcomes = [
                            append_all(either, [(report(n), once)])[0] for either in (journal, twin)
                        ]
                        assert same(outcomes), outcomes
                elif deed == "run":
                    clock.run(what)
                    twin_clock.run(what)
                elif deed == "step":
                    clock.step_wall(what)
                    twin_clock.step_wall(what)
                elif deed == "load":
                    signals = [report(9, clock.wall_ms() + offset) for offset in what]
                    assert journal.load(signals) == twin.load(signals)
                elif deed == "prune":
                    before, until = clock.wall_ms() + what[0], what[1]
                    assert journal.prune(before, until) == twin.prune(before, until)
                else:
                    # What is stamped next begins anew with the last arrival; so the twin is told.
                    journal.close()
                    journal = SqliteJournal.open(path, clock)
                    twin.restart()
                assert journal.read(0, 999) == twin.read(0, 999)
                assert journal.last_seq() == twin.last_seq()
                assert journal.first_seq() == twin.first_seq()
                assert journal.count() == twin.count()
            journal.verify()
        finally:
            journal.close()


def same(outcomes: Sequence[Receipt | BaseException]) -> bool:
    first, second = outcomes
    if isinstance(first, Receipt):
        return first == second
    return type(first) is type(second) and str(first) == str(second)


@pytest.fixture
def small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "RUN_KEYS", 10)
    monkeypatch.setattr(keys, "RUNS_MAX", 6)


def kept_rows(count: int) -> list[tuple[int, bytes, bytes, int]]:
    return [(n, digest(b"key %d" % n), digest(b"content"), n * 1_000) for n in range(1, count + 1)]


@pytest.mark.usefixtures("small_runs")
def test_keys_are_found_in_runs_and_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    connection = schema.connect(path)
    schema.migrate(connection, path)
    lines = kept_rows(57)
    index = Keys(connection)
    for line in lines:
        connection.execute("INSERT INTO once VALUES (?, ?, ?, ?)", line)
        index.add([(indexed(line[1]), line[0])])
    wanted = [line[1] for line in lines] + [digest(b"never used")]
    for found in (
        index.find(connection, wanted, 60_000),
        Keys(connection).find(connection, wanted, 0),
    ):
        assert {key: kept.seq for key, kept in found.items()} == {
            line[1]: line[0] for line in lines
        }
    early = index.find(connection, wanted, DAY_MS + 30_000)
    assert sorted(kept.seq for kept in early.values()) == list(range(31, 58))
    connection.close()


@pytest.mark.usefixtures("small_runs")
def test_more_keys_than_can_be_held_forget_the_oldest_first(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    connection = schema.connect(path)
    schema.migrate(connection, path)
    connection.executemany("INSERT INTO once VALUES (?, ?, ?, ?)", kept_rows(100))
    found = Keys(connection).find(connection, [line[1] for line in kept_rows(100)], 0)
    assert sorted(kept.seq for kept in found.values()) == list(range(41, 101))
    connection.close()


@pytest.mark.usefixtures("small_runs")
def test_keys_past_their_time_are_pruned_from_file_and_index_in_bounded_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "PRUNE_MIN", 15)
    path = tmp_path / "journal.sqlite"
    connection = schema.connect(path)
    schema.migrate(connection, path)
    connection.executemany("INSERT INTO once VALUES (?, ?, ?, ?)", kept_rows(50))
    index = Keys(connection)
    left = []
    for second in range(6):
        index.prune(connection, DAY_MS + 40_000 + second * 1_000)
        left.append(count(connection))
    assert (
        left[0] == 10
    )  # The fifty that came since the last pruning count for a step of a hundred.
    assert left[-1] == 5
    assert len(index._runs) == 1
    connection.executemany("UPDATE once SET at = ? WHERE seq = ?", [(0, n) for n in range(46, 51)])
    index.prune(connection, 2 * DAY_MS)
    assert count(connection) == 0
    connection.close()


def count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM once").fetchone()[0])
