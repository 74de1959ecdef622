"""The journal in one SQLite file: one writer thread, many signals a commit, nothing lost.

`append` returns when the signal is on disk. All that wait while one commit runs share the next one
(group commit), so the disk's pace bounds delay, not throughput.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import itertools
import sqlite3
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import structlog

from uproar.errors import JournalUnwritable, UproarError
from uproar.journal import copies, faults, lock, pruning, schema
from uproar.journal.arrival import ArrivalClock
from uproar.journal.reading import Reader
from uproar.journal.receipt import Receipt, State
from uproar.journal.waiting import Outcome, Queue, Waiter, tell
from uproar.journal.writing import InDoubt, Writer
from uproar.model.signal import Signal
from uproar.ports import Clock

QUEUE_MAX = 20_000
BATCH_MAX = 2_048
LOAD_CHUNK = 16_384  # Signals a transaction of `load`.
YIELD_S = 0.0005  # Between two steps of a load or a prune, so that appends get their turn.
CHECKED_AT_OPEN_BYTES = 67_108_864  # A larger file is checked whole by `uproar check` only.
CHECKED_AT_OPEN = 5_000  # Newest signals that are checked at every start.
RETRY_S = 1.0  # How often an unwritable disk is tried again.
IN_DOUBT_S = 30.0  # How long waiters of a commit that cannot be read back are kept waiting.

_log = structlog.get_logger("uproar.journal")


class SqliteJournal:
    """The durable, append-only order of all signals, in one file. See `uproar.ports.Journal`."""

    def __init__(
        self, reader: Reader, descriptor: int, writer: Writer, *, queue_max: int, batch_max: int
    ) -> None:
        self.path = reader.path
        self._descriptor = descriptor
        self._writer = writer
        self._batch_max = batch_max
        self._queue = Queue(queue_max)
        self._writing = threading.Lock()  # Held while the connection is used.
        self._reader = reader
        self._refusal = ""
        self._refused_since = 0
        self._committed_at = 0
        self._thread = threading.Thread(target=self._run, name="uproar-journal", daemon=True)
        self._thread.start()

    @classmethod
    def open(
        cls, path: Path, clock: Clock, *, queue_max: int = QUEUE_MAX, batch_max: int = BATCH_MAX
    ) -> Self:
        """Open the journal at `path`, or begin one; its folder is made if need be.

        Raises JournalBusy, JournalTooNew, JournalDamaged or JournalUnwritable, each with what to do.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise JournalUnwritable(f"{path.parent}: cannot be made ({problem.strerror})") from None
        descriptor = lock.acquire(path)
        try:
            writer = _open_writer(path, ArrivalClock(clock))
            try:
                reader = _open_reader(path, writer.last_seq)
            except BaseException:
                writer.connection.close()
                raise
        except BaseException:
            lock.release(descriptor)
            raise
        return cls(reader, descriptor, writer, queue_max=queue_max, batch_max=batch_max)

    async def append(self, signal: Signal, once: bytes | None = None) -> Receipt:
        """Keep a signal; return its receipt when it is on disk."""
        if self._refusal:
            raise JournalUnwritable(self._refusal)
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Receipt] = loop.create_future()
        self._queue.put((signal, once, loop, future))
        return await future

    def append_wait(
        self, signal: Signal, once: bytes | None = None, timeout_s: float | None = None
    ) -> Receipt:
        """Do what `append` does, for a thread without an event loop; it waits in the same queue."""
        if self._refusal:
            raise JournalUnwritable(self._refusal)
        future: concurrent.futures.Future[Receipt] = concurrent.futures.Future()
        self._queue.put((signal, once, None, future))
        try:
            return future.result(timeout_s)
        except concurrent.futures.TimeoutError:
            raise JournalUnwritable(
                f"{self.path}: the disk has not answered for {timeout_s} s; the signal may still be kept"
            ) from None

    def read(self, after_seq: int, limit: int) -> Sequence[tuple[int, Signal]]:
        """Return up to `limit` signals with their numbers, in order, after `after_seq`."""
        return self._reader.read(after_seq, limit)

    def load(self, signals: Iterable[Signal]) -> int:
        """Append signals that carry their own `at`; return how many. From any thread but a loop's.

        Every `LOAD_CHUNK` signals are a transaction. When one fails, the ones before it are kept and
        `JournalUnwritable` says how many signals that were.
        """
        kept = 0
        remaining = iter(signals)
        while chunk := list(itertools.islice(remaining, LOAD_CHUNK)):
            try:
                with self._writing:
                    self._writer.load(chunk)
            except (sqlite3.Error, InDoubt) as problem:
                self._refuse(problem)
                raise JournalUnwritable(
                    f"{self._refusal}; the first {kept} signals were kept"
                ) from None
            kept += len(chunk)
            time.sleep(YIELD_S)
        return kept

    def prune(self, before_ms: int, until_seq: int) -> int:
        """Forget the oldest signals: those that arrived before `before_ms`, up to `until_seq`.

        Returns how many. Appends go on meanwhile: each waits for one short step at most.
        """
        forgotten = 0
        while True:
            try:
                with self._writing:
                    gone = pruning.prune_step(self._writer.connection, before_ms, until_seq)
            except sqlite3.Error as problem:
                raise faults.translated(problem, self.path) from problem
            forgotten += gone
            if gone < pruning.PRUNE_STEP:
                return forgotten
            time.sleep(YIELD_S)

    def verify(self) -> copies.Whole:
        """Check the whole file, signal by signal, while it is in use."""
        return copies.verify(self.path)

    def backup(self, destination: Path, *, overwrite: bool = False) -> copies.Whole:
        """Copy the journal as it is at this moment, while writing goes on."""
        return copies.backup(self.path, destination, overwrite=overwrite)

    def first_seq(self) -> int:
        """Return the number of the oldest signal that is kept, or of the first to come."""
        return self._reader.first_seq()

    def last_seq(self) -> int:
        """Return the number of the newest signal, 0 when there is none."""
        return self._writer.last_seq

    def last_at(self) -> int:
        """Return the arrival of the newest signal, 0 when there is none."""
        return self._writer.last_at

    def now_ms(self) -> int:
        """Return the present instant of the arrival clock, which ends ticks too."""
        return self._writer.arrival.stamp()

    def count(self) -> int:
        """Return how many signals are kept."""
        return self._reader.count()

    def state(self) -> State:
        """Return how the journal is doing."""
        arrival = self._writer.arrival
        return State(
            waiting=len(self._queue),
            waiting_max=self._queue.bound,
            last_seq=self._writer.last_seq,
            last_at=self._writer.last_at,
            last_commit_at=self._committed_at,
            ahead_ms=arrival.ahead_ms,
            stepped_forward_ms=arrival.stepped_forward_ms,
            unwritable=self._refusal,
            unwritable_since=self._refused_since,
        )

    def close(self) -> None:
        """Write what waits, then close the file. Safe to call twice."""
        if self._queue.closed:
            return
        self._queue.close(f"{self.path}: the journal is closed")
        self._thread.join()
        self._reader.close()
        self._writer.connection.close()
        lock.release(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        """Write batch after batch until the queue is closed and empty. The writer thread."""
        while True:
            if self._refusal and not self._queue.closed:
                self._queue.pause(RETRY_S)
                self._try_again()
                self._refuse_waiting()
                continue
            batch = self._queue.take(self._batch_max)
            if batch:
                self._write(batch)
            elif self._queue.closed:
                return

    def _write(self, batch: list[Waiter]) -> None:
        began = time.monotonic()
        outcomes: list[Outcome]
        try:
            with self._writing:
                outcomes = self._writer.append([(signal, once) for signal, once, _, _ in batch])
        except InDoubt as doubt:
            self._refuse(doubt)
            outcomes = self._read_back(doubt)
        except sqlite3.Error as problem:
            self._refuse(problem)
            outcomes = [JournalUnwritable(self._refusal) for _ in batch]
        except Exception as problem:  # noqa: BLE001 - the writer must outlive its own mistakes
            _log.exception("the journal's writer failed")
            outcomes = [JournalUnwritable(f"{self.path}: {problem!r}") for _ in batch]
        else:
            self._committed_at = self._writer.last_at
            self._queue.taken_per_s = len(batch) / max(1e-6, time.monotonic() - began)
        tell(batch, outcomes)
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        """Tell all that wait that nothing can be acknowledged, if that is so.

        Again after each attempt: whoever looked before the refusal came may have queued after it.
        """
        if self._refusal:
            rest = self._queue.take(self._queue.bound, 0)
            tell(rest, [JournalUnwritable(self._refusal) for _ in rest])

    def _refuse(self, problem: Exception) -> None:
        """Acknowledge nothing until the writer thread has found that the disk takes it again."""
        if not self._refusal:
            self._refused_since = self._writer.arrival.stamp()
        self._refusal = f"{self.path}: {_reason(problem)}"
        self._queue.wake()
        _log.error("nothing can be acknowledged", reason=self._refusal)

    def _try_again(self) -> None:
        """Find out whether the disk takes what we write again; a new connection has no past."""
        try:
            with self._writing:
                self._reopen()
                self._writer.probe()
        except (sqlite3.Error, UproarError):
            return
        _log.info("the disk can be written again", reason_before=self._refusal)
        self._refusal = ""
        self._refused_since = 0

    def _read_back(self, doubt: InDoubt) -> list[Outcome]:
        """Find out whether a commit in doubt happened, before anybody is told either way."""
        patience = time.monotonic() + IN_DOUBT_S
        while True:
            try:
                with self._writing:
                    self._reopen()
                    kept = self._writer.settled(doubt.last)
            except (sqlite3.Error, UproarError):
                if self._queue.closed or time.monotonic() > patience:
                    return [JournalUnwritable(
                        f"{self._refusal}; it cannot be read whether this signal was kept: "
                        "send it again with the same idempotency key"
                    ) for _ in doubt.outcomes]  # fmt: skip
                self._queue.pause(RETRY_S)
                continue
            if kept:
                return doubt.outcomes
            return [JournalUnwritable(self._refusal) for _ in doubt.outcomes]

    def _reopen(self) -> None:
        connection = schema.connect(self.path)
        try:
            self._writer.reconnect(connection)
        except BaseException:
            connection.close()
            raise


def _open_writer(path: Path, arrival: ArrivalClock) -> Writer:
    """Check the file, bring it up to date and return its writer."""
    schema.check_header(path)
    try:
        connection = schema.connect(path)
        try:
            schema.migrate(connection, path)
            return Writer(connection, arrival)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as problem:
        raise faults.translated(problem, path) from problem


def _open_reader(path: Path, last_seq: int) -> Reader:
    """Return a reader for a file whose newest signals are whole, and all of it if it is small."""
    reader = Reader(path)
    try:
        if path.stat().st_size <= CHECKED_AT_OPEN_BYTES:
            reader.quick_check()
        reader.read(last_seq - CHECKED_AT_OPEN, CHECKED_AT_OPEN)
    except BaseException:
        reader.close()
        raise
    return reader


def _reason(problem: Exception) -> str:
    cause = problem.__cause__ if isinstance(problem, InDoubt) else problem
    return faults.reason_of(cause) if isinstance(cause, sqlite3.Error) else str(problem)
