"""What does an error of SQLite mean to us: is the file damaged, or can it not be written just now?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from uproar.errors import JournalDamaged, JournalError, JournalUnwritable

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_REASONS = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the disk or the folder is read-only",
    sqlite3.SQLITE_PERM: "the folder is not ours to write to",
    sqlite3.SQLITE_CANTOPEN: "the file or its folder cannot be opened for writing",
    sqlite3.SQLITE_BUSY: "another program holds the file locked",
    sqlite3.SQLITE_IOERR: "the disk reports an error",
}
WHAT_TO_DO = (
    "stop Uproar, keep the file aside, and `uproar restore` the last backup; "
    "`uproar export` saves what can still be read of the damaged file"
)


def reason_of(problem: sqlite3.Error) -> str:
    """Return in words why SQLite refused."""
    code = _primary(problem)
    return f"{_REASONS[code]} ({problem})" if code in _REASONS else str(problem)


def is_damage(problem: sqlite3.Error) -> bool:
    """Return whether the error says that the file itself is broken."""
    return _primary(problem) in _DAMAGED


def translated(problem: sqlite3.Error, path: Path) -> JournalError:
    """Return our own error for one of SQLite's, with what to do."""
    if is_damage(problem):
        return damaged(path, str(problem))
    return JournalUnwritable(
        f"{path}: {reason_of(problem)}; make room or mend the disk, "
        "then it goes on by itself: nothing that was acknowledged is lost"
    )


def damaged(path: Path, what: str) -> JournalDamaged:
    """Return the error for a file that fails its own check."""
    one_line = " ".join(what.split())  # SQLite's own words may come in several.
    return JournalDamaged(f"{path}: the file is damaged: {one_line}; {WHAT_TO_DO}")


def _primary(problem: sqlite3.Error) -> int:
    """Return the primary result code; SQLite keeps it in the low byte of the extended one."""
    code = getattr(problem, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else sqlite3.SQLITE_ERROR
