"""A disk that is full, read-only or lies: nothing is half acknowledged, and it mends by itself."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.journal_parts import MORNING, HandClock, append_all, report
from uproar.errors import JournalFull, JournalUnwritable
from uproar.journal import sqlite, waiting
from uproar.journal.arrival import ArrivalClock
from uproar.journal.receipt import Receipt
from uproar.journal.sqlite import SqliteJournal
from uproar.journal.writing import InDoubt, Writer

NOBODY = 65_534
PATIENCE_S = 20.0


@pytest.fixture(autouse=True)
def quick_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "RETRY_S", 0.05)


@contextlib.contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def wait_until(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.01)


def test_no_room_refuses_all_waiters_keeps_what_was_acknowledged_and_mends_by_itself(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        kept = append_all(journal, [(report(n), b"%d" % n) for n in range(100)])
        with files_of_at_most(Path(f"{path}-wal").stat().st_size + 4_096):
            refused = append_all(journal, [(report(n), b"new %d" % n) for n in range(500)])
            assert {type(outcome) for outcome in refused} == {JournalUnwritable}
            state = journal.state()
            assert "make room" not in state.unwritable  # The reason, not the advice.
            assert (state.unwritable_since, state.ready, state.waiting) == (MORNING, False, 0)
            assert [signal for _, signal in journal.read(0, 999)] == [
                report(n, MORNING) for n in range(100)
            ]
            with pytest.raises(JournalUnwritable):
                journal.append_wait(report(1))
        wait_until(lambda: journal.state().ready)
        again = append_all(journal, [(report(n), b"new %d" % n) for n in range(500)])
        assert [receipt.seq for receipt in again] == list(range(101, 601))  # type: ignore[union-attr]
        assert not any(receipt.repeated for receipt in again)  # type: ignore[union-attr]
        assert journal.verify().signals == 600
    assert [receipt.seq for receipt in kept] == list(range(1, 101))  # type: ignore[union-attr]


def test_a_load_without_room_says_how_many_were_kept_and_appends_go_on_afterwards(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        with (
            files_of_at_most(6_000_000),
            pytest.raises(JournalUnwritable, match=r"the first \d+ signals were kept") as refusal,
        ):
            journal.load(report(n, MORNING) for n in range(200_000))
        kept = int(str(refusal.value).rpartition("first ")[2].split()[0])
        assert journal.count() == kept < 200_000
        wait_until(lambda: journal.state().ready)
        assert asyncio.run(journal.append(report(1))).seq == kept + 1


def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(small)]
    if (
        shutil.which("mount") is None
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk cannot be mounted here (that needs root)")
    try:
        with SqliteJournal.open(small / "journal.sqlite", HandClock()) as journal:
            acknowledged: list[Receipt] = []
            with pytest.raises(JournalUnwritable, match="the disk is full"):  # noqa: PT012
                while True:
                    acknowledged.append(asyncio.run(journal.append(report(len(acknowledged)))))
            places = [seq for seq, _ in journal.read(0, 50_000)]
            assert places == [receipt.seq for receipt in acknowledged]
            assert "the disk is full" in journal.state().unwritable
            subprocess.run(
                ["mount", "-o", "remount,size=8m", str(small)], check=True, capture_output=True
            )
            wait_until(lambda: journal.state().ready)
            assert asyncio.run(journal.append(report(1))).seq == len(acknowledged) + 1
            assert journal.verify().signals == len(acknowledged) + 1
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_disk_that_becomes_read_only_under_way(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)]
    if (
        shutil.which("mount") is None
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a disk of its own cannot be mounted here (that needs root)")
    try:
        path = disk / "journal.sqlite"
        with SqliteJournal.open(path, HandClock()) as journal:
            asyncio.run(journal.append(report(1)))
        with SqliteJournal.open(path, HandClock()) as journal:
            # A file system with files open for writing stays writable, so this one is shut by hand.
            journal._writer.connection.execute("PRAGMA query_only=ON")
            with pytest.raises(JournalUnwritable, match="read-only"):
                asyncio.run(journal.append(report(2)))
            wait_until(lambda: journal.state().ready)
            assert asyncio.run(journal.append(report(2))).seq == 2
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, capture_output=True)
        with pytest.raises(JournalUnwritable, match=r"cannot be opened for writing .*read-only"):
            SqliteJournal.open(path, HandClock())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_folder_without_the_right_to_write_is_refused_in_one_line() -> None:
    code = (
        "import os, sys; from pathlib import Path; from uproar.app.clock import SystemClock;"
        "from uproar.journal.sqlite import SqliteJournal; from uproar.errors import UproarError\n"
        "if os.geteuid() == 0: os.setuid(int(sys.argv[2]))\n"
        "try: SqliteJournal.open(Path(sys.argv[1]), SystemClock())\n"
        "except UproarError as problem: print(type(problem).__name__, problem)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        done = subprocess.run(
            [sys.executable, "-c", code, f"{folder}/journal.sqlite", str(NOBODY)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if "Permission denied" in done.stderr:
        pytest.skip("another user cannot reach the interpreter here")
    assert done.stdout.startswith("JournalUnwritable ")
    assert "cannot be opened for writing (Permission denied); check" in done.stdout
    assert done.stdout.count("\n") == 1


class Lying(sqlite3.Connection):
    """A connection whose next commit reports an error, after it happened or instead of happening."""

    commits_first = True
    lies = 0
    blind = False

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        if sql == "COMMIT" and self.lies > 0:
            self.lies -= 1
            if self.commits_first:
                super().execute(sql)
            raise sqlite3.OperationalError("disk I/O error")
        if self.blind and sql.startswith("SELECT crc"):
            raise sqlite3.OperationalError("disk I/O error")
        return super().execute(sql, *values)


def lying(path: Path, *, commits_first: bool, blind: bool = False) -> Lying:
    connection = sqlite3.connect(path, factory=Lying, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.commits_first, connection.lies, connection.blind = commits_first, 1, blind
    return connection


def lend(journal: SqliteJournal, connection: Lying) -> None:
    with journal._writing:
        journal._writer.reconnect(connection)


def test_a_commit_that_happened_although_it_reported_an_error_is_acknowledged(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        lend(journal, lying(path, commits_first=True))
        receipts = append_all(journal, [(report(n), None) for n in range(10)])
        assert [receipt.seq for receipt in receipts] == list(range(1, 11))  # type: ignore[union-attr]
        assert journal.verify().signals == 10


def test_a_commit_that_did_not_happen_is_refused_and_its_places_are_given_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        lend(journal, lying(path, commits_first=False))
        refused = append_all(journal, [(report(n), b"%d" % n) for n in range(10)])
        assert {type(outcome) for outcome in refused} == {JournalUnwritable}
        wait_until(lambda: journal.state().ready)
        receipts = append_all(journal, [(report(n), b"%d" % n) for n in range(10)])
        assert [receipt.seq for receipt in receipts] == list(range(1, 11))  # type: ignore[union-attr]


@pytest.mark.parametrize("happened", [True, False])
def test_a_commit_in_doubt_is_read_back_before_anybody_is_told(
    tmp_path: Path, happened: bool
) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        lend(journal, lying(path, commits_first=happened, blind=True))
        outcomes = append_all(journal, [(report(n), b"%d" % n) for n in range(10)])
        assert {type(outcome) for outcome in outcomes} == {
            Receipt if happened else JournalUnwritable
        }
        wait_until(lambda: journal.state().ready)
        again = append_all(journal, [(report(n), b"%d" % n) for n in range(10)])
        assert [receipt.seq for receipt in again] == list(range(1, 11))  # type: ignore[union-attr]
        assert all(receipt.repeated is happened for receipt in again)  # type: ignore[union-attr]
        assert journal.count() == 10


def test_a_writer_that_cannot_read_back_says_that_it_is_in_doubt(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    SqliteJournal.open(path, HandClock()).close()
    with contextlib.closing(lying(path, commits_first=True, blind=True)) as connection:
        writer = Writer(connection, ArrivalClock(HandClock()))
        with pytest.raises(InDoubt) as doubt:
            writer.append([(report(1), None)])
        connection.blind = False
        assert writer.settled(doubt.value.last)


def test_a_load_in_doubt_does_not_stop_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        lend(journal, lying(path, commits_first=True, blind=True))
        with pytest.raises(JournalUnwritable):
            journal.load([report(1, MORNING)])
        wait_until(lambda: journal.state().ready)
        assert asyncio.run(journal.append(report(2))).seq == 2


def test_who_looked_before_the_refusal_and_queued_after_it_is_told_as_well(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock()) as journal:
        asyncio.run(journal.append(report(1)))
        with files_of_at_most(Path(f"{path}-wal").stat().st_size):
            with pytest.raises(JournalUnwritable):
                asyncio.run(journal.append(report(2)))
            late: concurrent.futures.Future[Receipt] = concurrent.futures.Future()
            journal._queue.put((report(3), None, None, late))
            with pytest.raises(JournalUnwritable):
                late.result(PATIENCE_S)


def test_a_full_queue_refuses_with_a_time_to_come_again_and_forgets_nobody(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    with SqliteJournal.open(path, HandClock(), queue_max=10) as journal:

        async def flood() -> list[Any]:
            with journal._writing:  # The writer may take one batch, and then waits for us.
                appends = [asyncio.ensure_future(journal.append(report(n))) for n in range(100)]
                await asyncio.wait(appends, return_when=asyncio.FIRST_COMPLETED)
            return await asyncio.gather(*appends, return_exceptions=True)

        outcomes = asyncio.run(flood())
        full = [outcome for outcome in outcomes if isinstance(outcome, JournalFull)]
        kept = [outcome for outcome in outcomes if isinstance(outcome, Receipt)]
        assert len(full) + len(kept) == 100
        assert 10 <= len(kept) <= 20
        assert all(1 <= outcome.retry_after_s <= waiting.RETRY_AFTER_MAX_S for outcome in full)
        assert journal.count() == len(kept)


def test_closing_writes_what_waits(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = SqliteJournal.open(path, HandClock(), batch_max=7)
    receipts: list[Receipt] = []

    def append(n: int) -> None:
        receipts.append(journal.append_wait(report(n)))

    with journal._writing:
        threads = [threading.Thread(target=append, args=(n,)) for n in range(50)]
        for thread in threads:
            thread.start()
        wait_until(lambda: journal.state().waiting >= 43)
    journal.close()
    for thread in threads:
        thread.join()
    assert sorted(receipt.seq for receipt in receipts) == list(range(1, 51))
    with SqliteJournal.open(path, HandClock()) as again:
        assert again.count() == 50


def test_an_append_that_nobody_awaits_any_more_harms_no_other(tmp_path: Path) -> None:
    with SqliteJournal.open(tmp_path / "journal.sqlite", HandClock()) as journal:

        async def run() -> list[Any]:
            with journal._writing:
                appends = [asyncio.ensure_future(journal.append(report(n))) for n in range(10)]
                await asyncio.sleep(0.01)
                for append in appends[::2]:
                    append.cancel()
            return await asyncio.gather(*appends, return_exceptions=True)

        outcomes = asyncio.run(run())
        assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError, Receipt] * 5


def test_a_loop_that_is_gone_harms_no_other(tmp_path: Path) -> None:
    with SqliteJournal.open(tmp_path / "journal.sqlite", HandClock()) as journal:

        async def leave() -> None:
            appends.append(asyncio.ensure_future(journal.append(report(1))))
            await asyncio.sleep(0.01)

        appends: list[asyncio.Future[Receipt]] = []
        with journal._writing:
            asyncio.run(leave())
        assert asyncio.run(journal.append(report(2))).seq == 2


def test_a_wait_that_is_too_long_is_given_up(tmp_path: Path) -> None:
    with (
        SqliteJournal.open(tmp_path / "journal.sqlite", HandClock()) as journal,
        journal._writing,
        pytest.raises(JournalUnwritable, match="may still be kept"),
    ):
        journal.append_wait(report(1), timeout_s=0.01)
