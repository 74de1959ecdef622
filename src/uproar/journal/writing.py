"""What is written to the file: batches of signals, each with its place, arrival and key, or nothing.

Everything here runs in one thread at a time and knows no waiters. A batch is one transaction; when
its commit fails, the file is read back before anybody is told, because a commit that reports an
error may have happened all the same.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence

import msgspec

from uproar.errors import IdempotencyConflict, SignalInvalid, UproarError
from uproar.journal import pruning, rows
from uproar.journal.arrival import ArrivalClock
from uproar.journal.receipt import Receipt
from uproar.model.signal import Signal
from uproar.model.tick import DAY_MS

ONCE_KEPT_MS = DAY_MS  # How long a key is remembered.
ONCE_PRUNE_EVERY_MS = 1_000
ONCE_PRUNE_MIN = 1_000  # Keys looked at in one step, or twice what came since the last one.
_DIGEST_BYTES = 16
_KEYS_A_QUERY = 256
_INTO_ONCE = "INSERT OR REPLACE INTO once (seq, key, content, at)"
_ONCE_COLUMNS = 4

Outcome = Receipt | UproarError
_Kept = tuple[int, bytes, int]  # The first signal's place, its content's digest, its arrival.


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
        self._keys_since_prune = 0
        self._prune_at = 0
        self.last_seq, self.last_at = pruning.last_place(connection)
        arrival.not_before(self.last_at)

    def reconnect(self, connection: sqlite3.Connection) -> None:
        """Go on with another connection, from what the file really holds."""
        self.last_seq, self.last_at = pruning.last_place(connection)
        old, self.connection = self.connection, connection
        old.close()

    def append(self, batch: Sequence[tuple[Signal, bytes | None]]) -> list[Outcome]:
        """Keep a batch in one transaction and return an outcome for each, in order.

        Raises sqlite3.Error when nothing of it was kept, and InDoubt when that is not known.
        """
        at = self.arrival.stamp()
        digests = [None if once is None else digest(once) for _, once in batch]
        known = self._known([key for key in digests if key is not None], at)
        outcomes: list[Outcome] = []
        lines: list[rows.Row] = []
        keys: list[tuple[int, bytes, bytes, int]] = []
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
                known[key] = (seq + 1, content, at)
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
        for signal in signals:
            seq += 1
            body = rows.encode_checked(signal)
            lines.append((seq, signal.at, rows.kind_of(signal), body, rows.checksum(seq, body)))
        if lines:
            self._commit(lines, [], [])
            self.arrival.not_before(self.last_at)

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
        keys: list[tuple[int, bytes, bytes, int]],
        outcomes: list[Outcome],
    ) -> None:
        connection = self.connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            rows.insert(connection, rows.INTO_SIGNAL, rows.SIGNAL_COLUMNS, lines)
            if keys:
                rows.insert(connection, _INTO_ONCE, _ONCE_COLUMNS, keys)
                self._forget_keys(len(keys), lines[-1][1])
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

    def roll_back(self) -> None:
        """Give up the transaction, if there is one; SQLite may have done so itself."""
        try:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
        except sqlite3.Error:
            # The connection is of no more use; the next attempt opens another.
            return

    def _known(self, digests: list[bytes], at: int) -> dict[bytes, _Kept]:
        """Return what is remembered of these keys, by the key's digest."""
        known: dict[bytes, _Kept] = {}
        for begin in range(0, len(digests), _KEYS_A_QUERY):
            keys = digests[begin : begin + _KEYS_A_QUERY]
            marks = ",".join("?" * len(keys))
            found = self.connection.execute(
                f"SELECT key, seq, content, at FROM once WHERE key IN ({marks}) AND at > ?",  # noqa: S608 - only question marks are put in
                (*keys, at - ONCE_KEPT_MS),
            )
            known.update({key: (seq, content, kept_at) for key, seq, content, kept_at in found})
        return known

    def _forget_keys(self, came: int, at: int) -> None:
        """Forget keys past their time: a bounded step, yet more than come, so that none pile up."""
        self._keys_since_prune += came
        if at < self._prune_at:
            return
        self.connection.execute(
            "DELETE FROM once WHERE seq IN (SELECT seq FROM"
            " (SELECT seq, at FROM once ORDER BY seq LIMIT ?) WHERE at <= ?)",
            (max(ONCE_PRUNE_MIN, 2 * self._keys_since_prune), at - ONCE_KEPT_MS),
        )
        self._keys_since_prune = 0
        self._prune_at = at + ONCE_PRUNE_EVERY_MS


def digest(content: bytes) -> bytes:
    """Return a short digest; a key may hold anything its sender put there, so it is not kept."""
    return hashlib.blake2b(content, digest_size=_DIGEST_BYTES).digest()


def _repeated(kept: _Kept, content: bytes) -> Outcome:
    seq, first_content, at = kept
    if content != first_content:
        return IdempotencyConflict(rows.CONFLICT)
    return Receipt(seq, at, repeated=True)
