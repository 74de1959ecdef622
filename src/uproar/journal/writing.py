"""What is written to the file: batches of signals, each with its number, arrival and key, or nothing.

Everything here runs in one thread at a time and knows no waiters. A batch is one transaction; when
its commit fails, the file is read back before anybody is told, because a commit that reports an
error may have happened all the same.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import msgspec

from uproar.errors import IdempotencyConflict, SignalInvalid, UproarError
from uproar.journal import numbers, rows
from uproar.journal.arrival import ArrivalClock
from uproar.journal.keys import Kept, Keys, digest, indexed
from uproar.journal.receipt import Receipt
from uproar.model.signal import Signal

_INTO_ONCE = "INSERT INTO once (seq, key, content, at)"
_ONCE_COLUMNS = 4

Outcome = Receipt | UproarError
_Once = tuple[int, bytes, bytes, int]  # A row of `once`: seq, key, content, at.


class InDoubt(Exception):
    """A commit failed, and whether it happened cannot be read at present. Holds the last row."""

    def __init__(self, outcomes: list[Outcome], last: rows.Row) -> None:
        super().__init__("a commit failed and cannot be read back yet")
        self.outcomes = outcomes
        self.last = last


class Writer:
    """The writing side of one open file."""

    def __init__(self, connection: sqlite3.Connection, arrival: ArrivalClock) -> None:
        self.connection = connection
        self.arrival = arrival
        self.last_seq, self.last_at = numbers.last_number(connection)
        self._keys = Keys(connection)
        arrival.not_before(numbers.latest_at(connection))

    def reconnect(self, connection: sqlite3.Connection) -> None:
        """Go on with another connection, from what the file really holds."""
        self.last_seq, self.last_at = numbers.last_number(connection)
        self._keys.catch_up(connection)
        old, self.connection = self.connection, connection
        old.close()

    def append(self, batch: Sequence[tuple[Signal, bytes | None]]) -> list[Outcome]:
        """Keep a batch in one transaction and return an outcome for each, in order.

        Raises sqlite3.Error when nothing of it was kept, and InDoubt when that is not known.
        """
        at = self.arrival.stamp()
        digests = [None if once is None else digest(once) for _, once in batch]
        known = self._keys.find(self.connection, [key for key in digests if key is not None], at)
        outcomes: list[Outcome] = []
        lines: list[rows.Row] = []
        keys: list[_Once] = []
        seq = self.last_seq
        for (signal, _), key in zip(batch, digests, strict=True):
            try:
                bare = rows.encode_checked(
                    signal if signal.at == 0 else msgspec.structs.replace(signal, at=0)
                )
            except SignalInvalid as problem:
                outcomes.append(problem)
                continue
            if key is not None:
                content = digest(bare)
                if (kept := known.get(key)) is not None:
                    outcomes.append(_repeated(kept, content))
                    continue
                known[key] = Kept(seq + 1, content, at)
                keys.append((seq + 1, key, content, at))
            seq += 1
            body = rows.stamped(bare, at)
            lines.append((seq, at, rows.kind_of(signal), body, rows.checksum(seq, body)))
            outcomes.append(Receipt(seq, at))
        if lines:
            self._commit(lines, keys, outcomes)
        return outcomes

    def load(self, signals: Sequence[Signal]) -> None:
        """Keep signals with their own arrivals, all in one transaction or none."""
        lines: list[rows.Row] = []
        seq = self.last_seq
        latest = self.last_at
        for signal in signals:
            seq += 1
            latest = max(latest, signal.at)
            body = rows.encode_checked(signal)
            lines.append((seq, signal.at, rows.kind_of(signal), body, rows.checksum(seq, body)))
        if lines:
            # The newest signal need not be the latest here, yet nothing is stamped before the latest.
            self._commit(lines, [], [], latest)
            self.arrival.not_before(latest)

    def settled(self, last: rows.Row) -> bool:
        """Return whether the batch that ended with this row was kept.

        A transaction is kept whole or not at all, so its last row speaks for all of them.
        """
        found = self.connection.execute(
            "SELECT crc FROM signal WHERE seq = ? AND at = ?", last[:2]
        ).fetchone()
        return found is not None and found[0] == last[4]

    def probe(self) -> None:
        """Write something small, to find out whether the disk takes it again."""
        self.connection.execute(
            "INSERT OR REPLACE INTO meta (name, value) VALUES ('probed_at', ?)",
            (self.arrival.stamp(),),
        )

    def _commit(
        self,
        lines: list[rows.Row],
        keys: list[_Once],
        outcomes: list[Outcome],
        latest: int = 0,
    ) -> None:
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            rows.insert(connection, rows.INTO_SIGNAL, rows.SIGNAL_COLUMNS, lines)
            if latest:
                numbers.note_latest(connection, latest)
            if keys:
                rows.insert(connection, _INTO_ONCE, _ONCE_COLUMNS, keys)
                self._keys.prune(connection, lines[-1][1])
        except BaseException:
            self.roll_back()
            raise
        try:
            connection.execute("COMMIT")
        except sqlite3.Error:
            self.roll_back()
            try:
                kept = self.settled(lines[-1])
            except sqlite3.Error as problem:
                raise InDoubt(outcomes, lines[-1]) from problem
            if not kept:
                raise
        self.last_seq, self.last_at = lines[-1][0], lines[-1][1]
        self._keys.add((indexed(key), seq) for seq, key, _, _ in keys)

    def roll_back(self) -> None:
        """Give up the transaction, if there is one; SQLite may have done so itself."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error:
            # The connection is of no more use; the next attempt opens another.
            return


def _repeated(kept: Kept, content: bytes) -> Outcome:
    if content != kept.content:
        return IdempotencyConflict(rows.CONFLICT)
    return Receipt(kept.seq, kept.at, repeated=True)
