"""The journal's file: whose it is, which version its tables have, and how an older one is brought up.

`application_id` says that the file is a journal of Uproar, `user_version` which of the steps below it
has taken. A step is never changed once released; a new one goes to the end.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from uproar.errors import JournalTooNew, JournalUnwritable
from uproar.journal import faults, rows

APPLICATION_ID = 0x5570726F  # "Upro"
_MAGIC = b"SQLite format 3\x00"
BUSY_MS = 5_000  # How long a lock of another program (a backup tool, a shell) is waited for.
CACHE_KIB = 16_384
WAL_KEPT_BYTES = 67_108_864  # A log that grew while a reader held it is cut back to this.
CHECKPOINT_PAGES = 2_000  # Pages in the log before they are carried over into the file: 8 MB.


def _create(connection: sqlite3.Connection) -> None:
    connection.execute(
        "CREATE TABLE signal (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL,"
        " body BLOB NOT NULL)"
    )
    # Keys are written in the order of their signals, so the oldest are found without an index.
    connection.execute(
        "CREATE TABLE once (seq INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE,"
        " content BLOB NOT NULL, at INTEGER NOT NULL)"
    )
    connection.execute("CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID")


def _add_checksums_and_drop_index(connection: sqlite3.Connection) -> None:
    connection.create_function("uproar_crc", 2, rows.checksum, deterministic=True)
    connection.execute("ALTER TABLE signal ADD COLUMN crc INTEGER NOT NULL DEFAULT 0")
    connection.execute("UPDATE signal SET crc = uproar_crc(seq, body)")
    # The index of keys is in memory now (see `keys`); on disk it cost more than the signals did.
    connection.execute("ALTER TABLE once RENAME TO once_before")
    connection.execute(
        "CREATE TABLE once (seq INTEGER PRIMARY KEY, key BLOB NOT NULL,"
        " content BLOB NOT NULL, at INTEGER NOT NULL)"
    )
    connection.execute("INSERT INTO once SELECT seq, key, content, at FROM once_before")
    connection.execute("DROP TABLE once_before")


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_create, _add_checksums_and_drop_index)
VERSION = len(STEPS)


def check_header(path: Path) -> None:
    """Look at the file's first bytes before SQLite does.

    SQLite takes an empty file for a new database and throws away the log beside it; to us a file
    that became empty while its log is there is a damaged one. Raises JournalDamaged.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        size, head = 0, b""
    except OSError as problem:
        raise JournalUnwritable(
            f"{path}: cannot be read ({problem.strerror}); check what lies at this path, and its rights"
        ) from None
    if size == 0:
        log = Path(f"{path}-wal")
        if log.exists() and log.stat().st_size > 0:
            raise faults.damaged(path, f"it is empty, yet {log.name} beside it is not")
        return
    if head != _MAGIC:
        raise faults.damaged(path, "it does not begin as an SQLite file does")


def connect(path: Path) -> sqlite3.Connection:
    """Return a connection for the one writer: WAL, every commit synchronised to the disk.

    A file that is not ours, or too new, is refused before anything is changed in it.
    """
    connection = sqlite3.connect(
        path,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
        timeout=BUSY_MS / 1000,
    )
    try:
        check_version(connection, path)
        _keep_log(connection, path)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA cache_size=-{CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit={WAL_KEPT_BYTES}")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_log(connection: sqlite3.Connection, path: Path) -> None:
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        raise JournalUnwritable(
            f"{path}: this file system cannot keep a write-ahead log (a network drive?); "
            "keep the journal on a local disk"
        )


def migrate(
    connection: sqlite3.Connection,
    path: Path,
    steps: tuple[Callable[[sqlite3.Connection], None], ...] = STEPS,
) -> None:
    """Bring the tables up to date, each step in a transaction of its own."""
    while (version := check_version(connection, path, newest=len(steps))) < len(steps):
        connection.execute("BEGIN IMMEDIATE")
        try:
            steps[version](connection)
            connection.execute(f"PRAGMA user_version={version + 1}")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def check_version(connection: sqlite3.Connection, path: Path, newest: int = VERSION) -> int:
    """Return the version of the tables, 0 for a new file.

    Raises JournalTooNew for a version we do not know and JournalDamaged for somebody else's file.
    """
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    owner = int(connection.execute("PRAGMA application_id").fetchone()[0])
    tables = int(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0])
    if version < 0 or (owner == APPLICATION_ID and version == 0):
        raise faults.damaged(path, f"its version is {version}")
    if owner != APPLICATION_ID and (owner or tables or version):
        raise faults.damaged(path, "it is an SQLite file, but no journal of Uproar")
    if version > newest:
        raise JournalTooNew(
            f"{path}: was written with version {version} of the journal's format, this Uproar knows "
            f"{newest}; install the newer Uproar again, or `uproar restore` a backup from before"
        )
    return version
