"""How a SQLite file of ours is opened: made, recognised, checked, and set aside where it is of no use."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

CHECKED_AT_OPEN_BYTES = (
    268_435_456  # A check of more would take seconds; what matters has its own checksum.
)
ASIDE_MAX = 20  # Damaged files that are kept beside one another; later ones take the last name.
BUSY_S = 5.0


class Form(msgspec.Struct, frozen=True):
    """What tells a file of ours: its numbers, the tables it is begun with, and how it is called."""

    application_id: int
    version: int
    tables: str
    noun: str


class Unusable(Exception):
    """The file is none of this form."""


def opened(path: Path, form: Form) -> sqlite3.Connection:
    """Open the file at `path`, or begin it. Raises Unusable, sqlite3.Error or OSError."""
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, timeout=BUSY_S
    )
    try:
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        is_ours = (owner, version) == (form.application_id, form.version)
        _require(not tables or is_ours, f"it is no {form.noun} of version {form.version}")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        if not tables:
            connection.executescript(
                f"BEGIN IMMEDIATE; {form.tables}"
                f"PRAGMA user_version={form.version}; PRAGMA application_id={form.application_id}; COMMIT"
            )
        if path.stat().st_size <= CHECKED_AT_OPEN_BYTES:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            _require(found == "ok", f"it is damaged ({found})")
    except BaseException:
        connection.close()
        raise
    return connection


def is_unusable(problem: Exception) -> bool:
    """Tell whether the file itself is to blame, and not the disk or another process."""
    if isinstance(problem, Unusable):
        return True
    code = getattr(problem, "sqlite_errorcode", None)
    damage = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
    return isinstance(code, int) and code & 0xFF in damage


def set_aside(path: Path) -> Path:
    """Rename a file that is of no use, and remove its log, which belongs to nothing any more."""
    names = [Path(f"{path}.aside-{n}") for n in range(1, ASIDE_MAX + 1)]
    aside = next((name for name in names if not name.exists()), names[-1])
    path.replace(aside)
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    return aside


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unusable(otherwise)
