"""Reading a journal, by whoever may: the process that writes it, a backup, an export, a check."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import msgspec

from uproar.errors import JournalDamaged
from uproar.journal import faults, numbers, rows, schema
from uproar.model.signal import Signal

READ_MAX = 50_000  # Signals of one read, whatever is asked for.


class Reader:
    """A connection that only reads, for any thread; it sees what is committed and takes no lock."""

    def __init__(self, path: Path, *, cut_off: bool = False) -> None:
        """Open the file; `cut_off` allows one that is shorter than it should be, for salvage."""
        self.path = path
        self._lock = threading.Lock()
        self._connection = connect(path, cut_off=cut_off)

    def read(self, after_seq: int, limit: int) -> Sequence[tuple[int, Signal]]:
        """Return up to `limit` (and `READ_MAX`) signals with their numbers, after `after_seq`.

        Raises JournalDamaged where a body does not fit its checksum.
        """
        with self._asking():
            parts = self._connection.execute(
                rows.READ_SQL, (after_seq, max(0, min(limit, READ_MAX)))
            ).fetchone()
        if parts[0] is None:
            return []
        try:
            found = rows.joined(*parts)
        except (ValueError, msgspec.DecodeError):
            raise faults.damaged(self.path, f"rows after number {after_seq} are garbled") from None
        return [(seq, self._signal(seq, body, crc)) for seq, crc, body in found]

    def first_seq(self) -> int:
        """Return the number of the oldest signal that is kept, or of the first to come."""
        with self._asking():
            return numbers.first_number(self._connection)

    def last_seq(self) -> int:
        """Return the number of the newest signal, 0 when there was none."""
        with self._asking():
            return numbers.last_number(self._connection)[0]

    def count(self) -> int:
        """Return how many signals are kept."""
        with self._asking():
            return int(self._connection.execute("SELECT count(*) FROM signal").fetchone()[0])

    def quick_check(self) -> None:
        """Check the file's structure, but not the signals in it. Raises JournalDamaged."""
        with self._asking():
            found = self._connection.execute("PRAGMA quick_check(1)").fetchone()
        if found[0] != b"ok":
            raise faults.damaged(self.path, found[0].decode())

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        """Have the connection to oneself, and SQLite's errors as our own."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as problem:
                raise faults.translated(problem, self.path) from problem

    def _signal(self, seq: int, body: bytes, crc: int) -> Signal:
        if rows.checksum(seq, body) != crc:
            raise _garbled(self.path, seq)
        try:
            return rows.decode(body)
        except msgspec.DecodeError:
            raise _garbled(self.path, seq) from None


def connect(path: Path, *, cut_off: bool = False) -> sqlite3.Connection:
    """Return a connection that only reads; texts come as bytes.

    Raises JournalDamaged and JournalTooNew as opening a journal does, and for a file that is absent.
    """
    if not path.is_file():
        raise JournalDamaged(f"{path}: there is no journal here; check the path")
    schema.check_header(path)
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=schema.BUSY_MS / 1000,
    )
    try:
        connection.text_factory = bytes
        if cut_off:
            # Documented for repair: SQLite then reads what pages there are. Nothing can be written.
            connection.execute("PRAGMA writable_schema=ON")
        schema.check_version(connection, path)
    except sqlite3.Error as problem:
        connection.close()
        raise faults.translated(problem, path) from problem
    except BaseException:
        connection.close()
        raise
    return connection


def _garbled(path: Path, seq: int) -> JournalDamaged:
    return faults.damaged(path, f"signal number {seq} does not fit its checksum")
