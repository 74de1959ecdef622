"""The journal's file: opened again, locked, brought up to date, checked, copied and put back."""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from contracts.journal_parts import MORNING, HandClock, append_all, report
from uproar.errors import (
    JournalBusy,
    JournalDamaged,
    JournalExists,
    JournalTooNew,
    JournalUnwritable,
)
from uproar.journal import copies, reading, rows, schema
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Beat
from uproar.model.tick import HOUR_MS


def fill(path: Path, signals: int = 2_000) -> None:
    with SqliteJournal.open(path, HandClock()) as journal:
        journal.load(report(n, MORNING + n) for n in range(signals))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def test_everything_is_there_after_opening_again(path: Path) -> None:
    clock = HandClock()
    with SqliteJournal.open(path, clock) as journal:
        first = asyncio.run(journal.append(report(1), b"key"))
    with SqliteJournal.open(path, clock) as journal:
        assert journal.read(0, 9) == [(1, report(1, MORNING))]
        again = asyncio.run(journal.append(report(1), b"key"))
        assert (again.seq, again.at, again.repeated) == (first.seq, first.at, True)
        assert asyncio.run(journal.append(report(2))).seq == 2


def test_after_a_restart_with_the_wall_behind_time_goes_on_from_the_last_arrival(
    path: Path,
) -> None:
    clock = HandClock()
    with SqliteJournal.open(path, clock) as journal:
        before = asyncio.run(journal.append(report(1)))
    clock.step_wall(-HOUR_MS)
    with SqliteJournal.open(path, clock) as journal:
        after = asyncio.run(journal.append(report(2)))
        assert after.at == before.at
        assert journal.state().ahead_ms == HOUR_MS


def test_after_loading_something_older_a_restart_still_goes_on_from_the_latest(path: Path) -> None:
    clock = HandClock()
    with SqliteJournal.open(path, clock) as journal:
        before = asyncio.run(journal.append(report(1)))
        journal.load([report(2, MORNING - 10 * HOUR_MS)])
    clock.step_wall(-HOUR_MS)
    with SqliteJournal.open(path, clock) as journal:
        assert asyncio.run(journal.append(report(3))).at == before.at


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    with SqliteJournal.open(tmp_path / "a b" / "ä" / "journal.sqlite", HandClock()) as journal:
        assert asyncio.run(journal.append(report(1))).seq == 1


def test_a_second_opener_is_told_which_process_has_the_journal(path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from uproar.app.clock import SystemClock;"
        "from uproar.journal.sqlite import SqliteJournal;"
        "j = SqliteJournal.open(Path(sys.argv[1]), SystemClock()); print('open', flush=True);"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(JournalBusy, match=f"process {holder.pid} has it open; stop"):
            SqliteJournal.open(path, HandClock())
        holder.kill()
        holder.communicate()
    SqliteJournal.open(path, HandClock()).close()


def test_a_reader_needs_no_lock_and_sees_what_is_committed(path: Path) -> None:
    with SqliteJournal.open(path, HandClock()) as journal:
        asyncio.run(journal.append(report(1)))
        with reading.Reader(path) as reader:
            assert reader.read(0, 9) == [(1, report(1, MORNING))]
            asyncio.run(journal.append(report(2)))
            assert (reader.first_seq(), reader.last_seq(), reader.count()) == (1, 2, 2)


def test_a_reader_of_a_journal_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalDamaged, match="there is no journal here"):
        reading.Reader(tmp_path / "none.sqlite")


def test_a_newer_format_is_refused_with_both_versions_and_left_as_it_is(path: Path) -> None:
    fill(path, 10)
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version={schema.VERSION + 1}")
    before = path.read_bytes()
    told = rf"version {schema.VERSION + 1} .* knows {schema.VERSION}; install the newer Uproar"
    with pytest.raises(JournalTooNew, match=told):
        SqliteJournal.open(path, HandClock())
    with pytest.raises(JournalTooNew, match=told):
        reading.Reader(path)
    assert path.read_bytes() == before


VERSION_1 = """
    CREATE TABLE signal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,
                         body BLOB NOT NULL);
    CREATE TABLE once (seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,
                       content BLOB NOT NULL, at INTEGER NOT NULL);
    CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
    INSERT INTO signal VALUES
        (1, 1741600000000, 'report', CAST('{"kind":"report","at":1741600000000,"service":"x"}' AS BLOB)),
        (2, 1741600010000, 'beat', CAST('{"kind":"beat","at":1741600010000,"tick":174160000}' AS BLOB));
    PRAGMA user_version = 1;
    PRAGMA application_id = 1433432687;
"""


def test_a_journal_of_version_1_is_brought_up_to_date_and_whole(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1)
    with SqliteJournal.open(path, HandClock()) as journal:
        assert [seq for seq, _ in journal.read(0, 9)] == [1, 2]
        assert journal.read(1, 1)[0][1] == Beat(1741600010000, 174160000)
        assert asyncio.run(journal.append(report(1))).seq == 3
        assert journal.verify().signals == 3
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)


def test_a_step_that_fails_leaves_the_version_before_it(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(VERSION_1)

        def half(opened: sqlite3.Connection) -> None:
            opened.execute("CREATE TABLE half (x)")
            opened.execute("no such statement")

        with pytest.raises(sqlite3.OperationalError):
            schema.migrate(connection, path, (*schema.STEPS, half))
        assert connection.execute("PRAGMA user_version").fetchone() == (schema.VERSION,)
        names = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema")}
        assert "half" not in names


def test_somebody_elses_database_is_refused_and_left_as_it_is(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)")
    before = path.read_bytes()
    with pytest.raises(JournalDamaged, match="no journal of Uproar"):
        SqliteJournal.open(path, HandClock())
    assert path.read_bytes() == before


@pytest.mark.parametrize("size", [1, 15, 16, 100, 4_096])
def test_a_file_that_does_not_begin_as_it_should_is_told_with_what_to_do(
    path: Path, size: int
) -> None:
    path.write_bytes(b"\x00" * size)
    with pytest.raises(JournalDamaged, match="uproar restore"):
        SqliteJournal.open(path, HandClock())
    assert path.read_bytes() == b"\x00" * size


def test_a_folder_in_the_journals_place_is_told(path: Path) -> None:
    path.mkdir()
    with pytest.raises(JournalUnwritable, match="what lies at this path"):
        SqliteJournal.open(path, HandClock())


def test_a_file_that_became_empty_while_its_log_is_there_is_damaged(path: Path) -> None:
    copy_with_log(path, path.with_name("torn.sqlite"))
    torn = path.with_name("torn.sqlite")
    torn.write_bytes(b"")
    with pytest.raises(JournalDamaged, match="it is empty"):
        SqliteJournal.open(torn, HandClock())
    assert Path(f"{torn}-wal").stat().st_size > 0


def copy_with_log(path: Path, other: Path) -> None:
    """Copy a journal while it is open, with its log, as a crash would leave it."""
    with SqliteJournal.open(path, HandClock()) as journal:
        append_all(journal, [(report(n), b"%d" % n) for n in range(50)])
        shutil.copy(path, other)
        shutil.copy(f"{path}-wal", f"{other}-wal")


def test_a_log_that_was_left_behind_is_taken_in(path: Path) -> None:
    other = path.with_name("crashed.sqlite")
    copy_with_log(path, other)
    with SqliteJournal.open(other, HandClock()) as journal:
        assert journal.count() == 50
        assert asyncio.run(journal.append(report(7), b"7")).seq == 8
        assert journal.verify().signals == 50


def test_a_log_that_was_left_behind_can_be_read_without_opening_for_writing(path: Path) -> None:
    other = path.with_name("crashed.sqlite")
    copy_with_log(path, other)
    assert copies.verify(other).signals == 50


def test_a_log_that_is_torn_loses_only_its_torn_end(path: Path) -> None:
    other = path.with_name("crashed.sqlite")
    copy_with_log(path, other)
    log = Path(f"{other}-wal")
    log.write_bytes(log.read_bytes()[:-100])
    with SqliteJournal.open(other, HandClock()) as journal:
        assert journal.verify().signals in range(50)


def test_any_flipped_bit_in_a_body_is_found(path: Path) -> None:
    fill(path, 200)
    whole = path.read_bytes()
    at = whole.index(report(150).reporter.encode())
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    with pytest.raises(
        JournalDamaged, match=r"number 151 does not fit its checksum; .*uproar export"
    ):
        copies.verify(path)
    with pytest.raises(JournalDamaged, match="number 151"):
        SqliteJournal.open(path, HandClock())


def test_a_flipped_bit_anywhere_is_found_or_harmless(path: Path, tmp_path: Path) -> None:
    fill(path, 1_000)
    whole = path.read_bytes()
    with reading.Reader(path) as reader:
        signals = reader.read(0, 2_000)
    dice = random.Random(20_250_310)
    harmless = 0
    for n in range(150):
        at, bit = dice.randrange(len(whole)), 1 << dice.randrange(8)
        copy = tmp_path / f"{n}.sqlite"
        copy.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
        try:
            assert copies.verify(copy).signals == 1_000
            with reading.Reader(copy) as reader:
                assert reader.read(0, 2_000) == signals
            harmless += 1
        except (JournalDamaged, JournalTooNew):
            pass
    assert harmless < 75


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_truncated_file_is_found_and_what_is_left_can_be_read(path: Path, share: float) -> None:
    fill(path, 3_000)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(JournalDamaged, match="uproar restore"):
        SqliteJournal.open(path, HandClock())
    with pytest.raises(JournalDamaged):
        copies.verify(path)
    if share > 0.1:
        kept = dict(found for found in copies.salvage(path) if found[1] is not None)
        assert 3_000 * share * 0.8 < len(kept) < 3_000
        assert all(kept[seq] == report(seq - 1, MORNING + seq - 1) for seq in kept)


def test_salvage_tells_what_is_lost(path: Path) -> None:
    fill(path, 300)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE signal SET crc = crc + 1 WHERE seq IN (5, 300)")
        connection.execute("DELETE FROM signal WHERE seq = 100")
    found = list(copies.salvage(path))
    assert [seq for seq, _ in found] == list(range(1, 301))
    assert [seq for seq, signal in found if signal is None] == [5, 100, 300]


def test_a_missing_row_and_a_row_that_contradicts_its_signal_are_found(path: Path) -> None:
    fill(path, 30)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM signal WHERE seq = 7")
        connection.execute("UPDATE signal SET at = at + 1 WHERE seq = 9")
        body = b'{"kind":"nothing"}'
        connection.execute(
            "UPDATE signal SET body = ?, crc = ? WHERE seq = 11", (body, rows.checksum(11, body))
        )
    with pytest.raises(
        JournalDamaged, match=r"7 to 7 are missing; .*number 9 contra.*number 11 cannot"
    ):
        copies.verify(path)


def test_a_backup_is_whole_while_writing_goes_on(path: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    with SqliteJournal.open(path, HandClock()) as journal:
        journal.load(report(n, MORNING) for n in range(20_000))

        def write() -> None:
            n = 0
            while not stop.is_set():
                journal.append_wait(report(n), b"%d" % n)
                n += 1

        writer = threading.Thread(target=write)
        writer.start()
        try:
            wholes = [journal.backup(tmp_path / f"backup-{n}.sqlite") for n in range(3)]
        finally:
            stop.set()
            writer.join()
        assert journal.verify().signals >= wholes[-1].signals
    assert 20_000 <= wholes[0].signals <= wholes[1].signals <= wholes[2].signals
    for n, whole in enumerate(wholes):
        assert copies.verify(tmp_path / f"backup-{n}.sqlite").signals == whole.signals
    assert sorted(file.name for file in tmp_path.glob("backup*")) == [
        f"backup-{n}.sqlite" for n in range(3)
    ]


def test_a_backup_does_not_overwrite_unless_told(path: Path, tmp_path: Path) -> None:
    fill(path, 10)
    backup = tmp_path / "backup.sqlite"
    backup.write_bytes(b"precious")
    with pytest.raises(JournalExists, match="choose another name"):
        copies.backup(path, backup)
    assert backup.read_bytes() == b"precious"
    assert copies.backup(path, backup, overwrite=True).signals == 10


def test_a_backup_of_a_damaged_journal_is_refused_and_leaves_nothing(
    path: Path, tmp_path: Path
) -> None:
    fill(path, 3_000)
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE signal SET crc = 0 WHERE seq = 5")
    with pytest.raises(JournalDamaged, match="number 5"):
        copies.backup(path, tmp_path / "backup.sqlite")
    assert list(tmp_path.glob("backup*")) == []


def test_a_backup_into_a_folder_that_is_not_there_is_told(path: Path, tmp_path: Path) -> None:
    fill(path, 10)
    with pytest.raises(JournalUnwritable, match="choose another place"):
        copies.backup(path, tmp_path / "none" / "backup.sqlite")


def test_restoring_puts_a_backup_in_place_and_the_old_journal_aside(
    path: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "backup.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        journal.load(report(n, MORNING) for n in range(10))
        journal.backup(backup)
        journal.load(report(n, MORNING) for n in range(5))
        with pytest.raises(JournalBusy):
            copies.restore(backup, path, overwrite=True)
    with pytest.raises(JournalExists, match="move it away"):
        copies.restore(backup, path)
    assert copies.restore(backup, path, overwrite=True).signals == 10
    assert copies.verify(path).signals == 10
    assert copies.verify(Path(f"{path}.replaced")).signals == 15
    assert copies.restore(backup, path, overwrite=True).signals == 10
    assert copies.verify(Path(f"{path}.replaced-2")).signals == 10
    with SqliteJournal.open(path, HandClock()) as journal:
        assert asyncio.run(journal.append(report(1))).seq == 11


def test_restoring_over_a_journal_that_crashed_keeps_its_log_from_the_new_one(path: Path) -> None:
    backup, crashed = path.with_name("backup.sqlite"), path.with_name("crashed.sqlite")
    fill(backup, 7)
    copy_with_log(path, crashed)
    assert copies.restore(backup, crashed, overwrite=True).signals == 7
    assert copies.verify(crashed).signals == 7
    assert copies.verify(Path(f"{crashed}.replaced")).signals == 50


def test_restoring_a_damaged_backup_is_refused_and_changes_nothing(
    path: Path, tmp_path: Path
) -> None:
    fill(path, 10)
    damaged = tmp_path / "backup.sqlite"
    damaged.write_bytes(path.read_bytes()[:5_000])
    before = path.read_bytes()
    with pytest.raises(JournalDamaged):
        copies.restore(damaged, path, overwrite=True)
    assert path.read_bytes() == before


def test_what_was_pruned_is_gone_from_the_file(path: Path) -> None:
    with SqliteJournal.open(path, HandClock()) as journal:
        journal.load(report(n, MORNING + n) for n in range(6_000))
        assert report(17).reporter.encode() in path.read_bytes() + Path(f"{path}-wal").read_bytes()
        assert journal.prune(MORNING + 5_900, until_seq=6_000) == 5_900
        assert journal.verify().first_seq == 5_901
    assert report(17).reporter.encode() not in path.read_bytes()
