"""Where does a journal begin and end, and when? Also when its signals have been forgotten since."""

from __future__ import annotations

import sqlite3


def last_number(connection: sqlite3.Connection) -> tuple[int, int]:
    """Return (seq, at) of the newest signal, also when it has been forgotten; (0, 0) without one."""
    newest = connection.execute("SELECT seq, at FROM signal ORDER BY seq DESC LIMIT 1").fetchone()
    if newest is not None:
        return int(newest[0]), int(newest[1])
    return first_number(connection) - 1, _meta(connection, "pruned_at", 0)


def latest_at(connection: sqlite3.Connection) -> int:
    """Return the latest arrival that the journal has held, before which nothing may be stamped."""
    return max(last_number(connection)[1], _meta(connection, "latest_at", 0))


def note_latest(connection: sqlite3.Connection, at: int) -> None:
    """Note the latest arrival before signals are loaded that may well be older."""
    connection.execute(
        "INSERT INTO meta (name, value) VALUES ('latest_at', ?)"
        " ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
        (at,),
    )


def first_number(connection: sqlite3.Connection) -> int:
    """Return the number of the oldest signal that is kept, or of the first to come."""
    return _meta(connection, "first_seq", 1)


def _meta(connection: sqlite3.Connection, name: str, otherwise: int) -> int:
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return otherwise if found is None else int(found[0])
