"""Forgetting the oldest signals: in short steps, for good, and never what no checkpoint has read."""

from __future__ import annotations

import sqlite3

PRUNE_STEP = 5_000  # Signals of one transaction; appends wait for one step at most.

_OLDEST = "(SELECT seq, at FROM signal WHERE seq <= ?1 ORDER BY seq LIMIT ?2)"
_LAST_OLD = f"""
    SELECT coalesce(
        (SELECT min(seq) - 1 FROM {_OLDEST} WHERE at >= ?3),
        (SELECT max(seq) FROM {_OLDEST}), 0)
"""  # noqa: S608 - put together from constants


def prune_step(connection: sqlite3.Connection, before_ms: int, until_seq: int) -> int:
    """Forget up to `PRUNE_STEP` of the oldest signals; return how many, fewer when it is done.

    Only signals that arrived before `before_ms` and lie up to `until_seq`, from the oldest on: the
    first one that is to stay ends it, so that what remains has no gaps. What is forgotten is
    overwritten in the file.
    """
    connection.execute("PRAGMA secure_delete=ON")
    try:
        connection.execute("BEGIN IMMEDIATE")
        last_old = int(
            connection.execute(_LAST_OLD, (until_seq, PRUNE_STEP, before_ms)).fetchone()[0]
        )
        found = connection.execute("SELECT at FROM signal WHERE seq = ?", (last_old,)).fetchone()
        gone = 0
        if found is not None:
            gone = connection.execute("DELETE FROM signal WHERE seq <= ?", (last_old,)).rowcount
            connection.execute(
                "INSERT OR REPLACE INTO meta (name, value) VALUES ('first_seq', ?), ('pruned_at', ?)",
                (last_old + 1, found[0]),
            )
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA secure_delete=OFF")
    return gone
