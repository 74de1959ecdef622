"""Dead letters in one SQLite file: what came in and could not be used, until somebody looks or it is old.

`put` only hands on to a thread that writes, so it costs the event loop no more than a look at a queue.
What the disk or a full queue refuses is lost and counted: a dead letter is a second chance, not a promise.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec
import structlog

from uproar.errors import StoreError
from uproar.model.seeing import Letter, LettersState
from uproar.model.tick import DAY_MS
from uproar.store.files import Form, Unusable, is_unusable, opened, set_aside

APPLICATION_ID = 0x5570724C  # "UprL"
VERSION = 1
LETTERS_MAX = 2_000
BYTES_MAX = 67_108_864  # Of all bodies together.
BODY_BYTES_MAX = 1_048_576  # Of one; what is longer is cut, told as cut, and not tried again.
KEPT_MS = 30 * DAY_MS  # What nobody has looked at for so long goes, whatever it holds.
QUEUE_MAX = 32  # Letters that wait to be written: at most as many times BODY_BYTES_MAX in memory.
NAME_MAX = 100  # Characters of a way in and of a reason.
TEXT_MAX = 500  # Characters of a source and of a problem.
READ_MAX = 100  # Letters returned at once.
REFRESH_S = 5.0  # So often is looked for what another process dropped, and for what is too old.
STOP_S = 10.0  # A stop waits so long for what is still to be written.

FORM = Form(
    APPLICATION_ID,
    VERSION,
    """
    CREATE TABLE letter
        (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, inlet TEXT NOT NULL,
         source TEXT NOT NULL, reason TEXT NOT NULL, problem TEXT NOT NULL, tried TEXT NOT NULL,
         whole INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL);
    CREATE INDEX letter_sizes ON letter (inlet, size, number);
    """,
    "file of dead letters",
)
_log = structlog.get_logger("uproar.letters")


class SqliteLetters:
    """Letters in one file, for any thread. See `uproar.ports.DeadLetters`.

    `version` is told of the program that refused a letter, so that a newer one tries it again;
    `wall_ms` tells the time in milliseconds UTC.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        path: Path,
        wall_ms: Callable[[], int],
        version: str,
        notice: str,
    ) -> None:
        self.path = path
        self.notice = notice  # What happened at opening that an operator should know; or empty.
        self._connection = connection
        self._wall_ms = wall_ms
        self._version = version
        self._lock = threading.Lock()
        self._waiting: queue.Queue[Letter | None] = queue.Queue(QUEUE_MAX)
        self._state = LettersState()
        self._lost = 0
        self._pushed_out = 0
        self._trouble = ""
        self._refresh()
        self._thread = threading.Thread(target=self._write, name="dead letters", daemon=True)
        self._thread.start()

    @classmethod
    def open(cls, path: Path, wall_ms: Callable[[], int], version: str) -> Self:
        """Open the letters at `path`, or begin them; a damaged file is renamed and told in `notice`.

        Raises StoreError where neither can be done.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)  # It holds what others sent, as it came.
            try:
                return cls(opened(path, FORM), path, wall_ms, version, "")
            except (Unusable, sqlite3.DatabaseError) as problem:
                if not is_unusable(problem):
                    raise
                notice = f"{path}: {problem}; it was renamed to {set_aside(path).name} and a new one begun"
                _log.warning("dead letters are begun anew", notice=notice)
                path.touch(mode=0o600)
            return cls(opened(path, FORM), path, wall_ms, version, notice)
        except (sqlite3.Error, OSError) as problem:
            raise StoreError(f"{path}: cannot be opened ({problem}); check the folder") from problem

    def put(self, *, inlet: str, source: str, reason: str, problem: str, body: bytes) -> None:
        """Set something aside; beyond the bounds the oldest go, and are counted. Never raises."""
        letter = Letter(
            number=0,
            at=self._wall_ms(),
            inlet=inlet[:NAME_MAX],
            source=source[:TEXT_MAX],
            reason=reason[:NAME_MAX],
            problem=problem[:TEXT_MAX],
            body=bytes(body[:BODY_BYTES_MAX]),
            tried=self._version,
            whole=len(body) <= BODY_BYTES_MAX,
        )
        try:
            self._waiting.put_nowait(letter)
        except queue.Full:
            self._lost += 1

    def counts(self) -> Mapping[str, int]:
        """Return how many are kept, by way in, as last seen."""
        return self._state.kept

    def state(self) -> LettersState:
        """Return what is kept and what went. Cheap: nothing is read for it."""
        return msgspec.structs.replace(
            self._state, pushed_out=self._pushed_out, lost=self._lost, trouble=self._trouble
        )

    def read(self, after: int, limit: int) -> Sequence[Letter]:
        """Return up to `limit` letters with a number above `after`, in order; at most READ_MAX."""
        with self._lock:
            rows = self._asked(
                "SELECT number, at, inlet, source, reason, problem, body, tried, whole FROM letter"
                " WHERE number > ? ORDER BY number LIMIT ?",
                (after, min(limit, READ_MAX)),
            )
        return [_letter(*row) for row in rows]

    def drop(self, numbers: Sequence[int]) -> int:
        """Forget letters; return how many there were. Raises StoreError where the disk refuses."""
        return self._changed("DELETE FROM letter WHERE number = ?", [(each,) for each in numbers])

    def tried(self, numbers: Sequence[int]) -> None:
        """Note that this version could not use letters either. Raises StoreError."""
        pairs = [(self._version, number) for number in numbers]
        self._changed("UPDATE letter SET tried = ? WHERE number = ?", pairs)

    def settle(self) -> None:
        """Wait until all that was put before is written or lost."""
        self._waiting.join()

    def close(self) -> None:
        """Write what waits and close the file. Safe to call twice."""
        if self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._waiting.put(None, timeout=STOP_S)
            self._thread.join(STOP_S)
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write(self) -> None:
        """Write what comes, one by one; each is tried once, so a disk that refuses is not pressed."""
        while True:
            try:
                letter = self._waiting.get(timeout=REFRESH_S)
            except queue.Empty:
                self._kept_within_bounds()
                continue
            try:
                if letter is None:
                    return
                self._keep(letter)
            finally:
                self._waiting.task_done()

    def _keep(self, letter: Letter) -> None:
        fields = (letter.at, letter.inlet, letter.source, letter.reason, letter.problem,
                  letter.tried, letter.whole, len(letter.body), letter.body)  # fmt: skip
        try:
            with self._lock:
                self._connection.execute(
                    "INSERT INTO letter (at, inlet, source, reason, problem, tried, whole, size, body)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    fields,
                )
            self._trouble = ""
        except (sqlite3.Error, ValueError) as problem:  # ValueError: a lone surrogate in a text.
            self._lost += 1
            if not self._trouble:
                _log.warning("a dead letter is lost", problem=str(problem))
            self._trouble = f"dead letters cannot be written: {problem}"
        self._kept_within_bounds()

    def _kept_within_bounds(self) -> None:
        """Let the oldest go, and see what is left. What the disk refuses is tried again later."""
        with contextlib.suppress(sqlite3.Error), self._lock:
            sizes = self._connection.execute(
                "SELECT number, size FROM letter ORDER BY number DESC LIMIT ?", (LETTERS_MAX + 1,)
            ).fetchall()
            gone = self._connection.execute(
                "DELETE FROM letter WHERE number <= ? OR at < ?",
                (_last_out(sizes), self._wall_ms() - KEPT_MS),
            )
            self._pushed_out += gone.rowcount
        with contextlib.suppress(StoreError):
            self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            rows = self._asked(
                "SELECT inlet, count(*), sum(size) FROM letter GROUP BY inlet ORDER BY inlet", ()
            )
        self._state = LettersState(
            kept={inlet: count for inlet, count, _ in rows}, size=sum(size for *_, size in rows)
        )

    def _changed(self, statement: str, values: Sequence[tuple[Any, ...]]) -> int:
        try:
            with self._lock:
                done = self._connection.executemany(statement, values).rowcount
        except sqlite3.Error as problem:
            raise StoreError(f"{self.path}: {problem}; make room or mend the disk") from problem
        self._refresh()
        return max(done, 0)

    def _asked(self, query: str, values: tuple[int, ...]) -> list[Any]:
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as problem:
            raise StoreError(f"{self.path}: {problem}; remove the file to begin anew") from problem


def _letter(
    number: int,
    at: int,
    inlet: str,
    source: str,
    reason: str,
    problem: str,
    body: bytes,
    tried: str,
    whole: int,
) -> Letter:
    return Letter(number, at, inlet, source, reason, problem, body, tried, bool(whole))


def _last_out(sizes: Sequence[tuple[int, int]]) -> int:
    """Return the number of the newest letter that has no room, 0 where all have; newest first."""
    total = 0
    for count, (number, size) in enumerate(sizes, 1):
        total += size
        if count > LETTERS_MAX or total > BYTES_MAX:
            return number
    return 0
