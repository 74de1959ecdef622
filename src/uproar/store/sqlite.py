"""The store in one SQLite file: the newest checkpoints, and the decisions of every tick.

All of it can be computed again from the journal. So a file that is damaged, or of another version, is
set aside and a new one is begun, and commits need not wait for the disk (synchronous=NORMAL): after a
power cut some of the last ones may be missing, but never an earlier one of those that are there.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import structlog

from uproar.errors import StoreError
from uproar.store.files import Form, Unusable, is_unusable, opened, set_aside

APPLICATION_ID = 0x55707253  # "UprS"
VERSION = 1
CHECKPOINTS_KEPT = 3
DECISIONS_KEPT = 1_000_000  # Lines; the oldest ticks go first.
DECISIONS_PRUNED = 5_000  # Lines that one `decide` removes at most, more than it brings in.
READ_CHUNK = 1_000  # Lines read at once by `decisions`.
STATE_BYTES_MAX = 500_000_000  # SQLite keeps up to 1 GB in a value.

_TABLES = """
    CREATE TABLE checkpoint
        (tick INTEGER PRIMARY KEY, seq INTEGER NOT NULL, crc INTEGER NOT NULL, state BLOB NOT NULL);
    CREATE TABLE decision
        (tick INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (tick, n))
        WITHOUT ROWID;
"""

FORM = Form(APPLICATION_ID, VERSION, _TABLES, "store")

_log = structlog.get_logger("uproar.store")


class SqliteStore:
    """Checkpoints and decisions in one file, for any thread. See `uproar.ports.Store`."""

    def __init__(self, connection: sqlite3.Connection, path: Path, notice: str) -> None:
        self.path = path
        self.notice = notice  # What happened at opening that an operator should know; or empty.
        self._connection = connection
        self._lock = threading.Lock()
        self._lines: int | None = None  # How many decisions are kept, once they have been counted.

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open the store at `path`, or begin one; a damaged file is renamed and told in `notice`.

        Raises StoreError where neither can be done (no room, no right to write).
        """
        notice = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return cls(opened(path, FORM), path, notice)
            except (Unusable, sqlite3.DatabaseError) as problem:
                if not is_unusable(problem):
                    raise
                aside = set_aside(path)
                notice = (
                    f"{path}: {problem}; it was renamed to {aside.name} and a new one begun. "
                    "Nothing is lost: the journal is folded again, which takes a while"
                )
                _log.warning("the store is begun anew", notice=notice)
            return cls(opened(path, FORM), path, notice)
        except (sqlite3.Error, OSError) as problem:
            raise StoreError(f"{path}: cannot be opened ({problem}); check the folder") from problem

    def save(self, *, tick: int, seq: int, state: bytes) -> None:
        """Keep a checkpoint and the two before it."""
        if len(state) > STATE_BYTES_MAX:
            raise StoreError(f"a checkpoint of {len(state)} bytes is above {STATE_BYTES_MAX}")
        with self._transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO checkpoint (tick, seq, crc, state) VALUES (?, ?, ?, ?)",
                (tick, seq, _checksum(tick, seq, state), state),
            )
            connection.execute(
                "DELETE FROM checkpoint WHERE tick NOT IN"
                " (SELECT tick FROM checkpoint ORDER BY tick DESC LIMIT ?)",
                (CHECKPOINTS_KEPT,),
            )

    def checkpoint(self) -> tuple[int, int, bytes] | None:
        """Return the newest checkpoint that fits its checksum, as (tick, seq, state), or None."""
        with self._lock:
            ticks = self._read("SELECT tick FROM checkpoint ORDER BY tick DESC", ())
            for (tick,) in ticks:
                try:
                    seq, crc, state = self._connection.execute(
                        "SELECT seq, crc, state FROM checkpoint WHERE tick = ?", (tick,)
                    ).fetchone()
                except sqlite3.DatabaseError as problem:
                    _log.warning("a checkpoint cannot be read", tick=tick, problem=str(problem))
                    continue
                if _checksum(tick, seq, state) == crc:
                    return tick, seq, state
                _log.warning("a checkpoint does not fit its checksum", tick=tick)
        return None

    def decide(self, tick: int, lines: Sequence[bytes]) -> None:
        """Keep the decisions of a tick as JSON lines; a tick that is decided again replaces them."""
        with self._transaction() as connection:
            removed = connection.execute("DELETE FROM decision WHERE tick = ?", (tick,)).rowcount
            connection.executemany(
                "INSERT INTO decision (tick, n, body) VALUES (?, ?, ?)",
                [(tick, n, line) for n, line in enumerate(lines)],
            )
            if self._lines is None:
                found = connection.execute("SELECT count(*) FROM decision").fetchone()
                kept = int(found[0])
            else:
                kept = self._lines + len(lines) - removed
            if kept > DECISIONS_KEPT:
                step = min(kept - DECISIONS_KEPT, DECISIONS_PRUNED + len(lines))
                kept -= connection.execute(
                    "DELETE FROM decision WHERE tick <= (SELECT tick FROM decision"
                    " ORDER BY tick, n LIMIT 1 OFFSET ?)",
                    (step - 1,),
                ).rowcount
            self._lines = kept

    def decisions(self, from_tick: int = 0) -> Iterator[bytes]:
        """Return the decisions since `from_tick`, in order; what is decided meanwhile may be in it."""
        tick, n = from_tick, -1
        while True:
            with self._lock:
                chunk = self._read(
                    "SELECT tick, n, body FROM decision WHERE (tick, n) > (?, ?)"
                    " ORDER BY tick, n LIMIT ?",
                    (tick, n, READ_CHUNK),
                )
            for tick, n, line in chunk:  # noqa: B007 - the last ones say where to go on
                yield line
            if len(chunk) < READ_CHUNK:
                return

    def forget_after(self, tick: int) -> None:
        """Forget decisions and checkpoints of later ticks: they are about to be made again."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM checkpoint WHERE tick > ?", (tick,))
            connection.execute("DELETE FROM decision WHERE tick > ?", (tick,))
            self._lines = None

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection for one transaction; raise StoreError when the disk refuses."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as problem:
                self._roll_back()
                raise StoreError(
                    f"{self.path}: {problem}; make room or mend the disk, or remove the file: "
                    "it is computed anew from the journal"
                ) from problem
            except BaseException:
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        self._lines = None
        with contextlib.suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _read(self, query: str, values: tuple[int, ...]) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as problem:
            raise StoreError(
                f"{self.path}: {problem}; remove the file: it is computed anew from the journal"
            ) from problem


def _checksum(tick: int, seq: int, state: bytes) -> int:
    return zlib.crc32(state, zlib.crc32(b"%d %d" % (tick, seq)))
