"""Is a journal whole? And how is it copied while it is being written, and put back?"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from uproar.errors import JournalDamaged, JournalError, JournalExists, JournalUnwritable
from uproar.journal import faults, lock, reading, rows
from uproar.model.signal import Signal

PROBLEMS_SHOWN = 5
CHUNK = 10_000  # Signals checked at once.
LOST_MAX = 100_000  # Numbers in a row that hold nothing, after which no more are looked for.
ASIDE_MAX = 100  # Journals that may have been set aside beside one another.

_CHECK_SQL = """
    SELECT group_concat(seq), group_concat(crc), group_concat(CAST(body AS TEXT), x'0a'),
           group_concat(at), group_concat(kind)
    FROM (SELECT seq, crc, body, at, kind FROM signal WHERE seq > ? ORDER BY seq LIMIT ?)
"""


class Whole(msgspec.Struct, frozen=True):
    """A journal that passed every check: how many signals, from which number to which, until when."""

    signals: int
    first_seq: int
    last_seq: int
    last_at: int
    file_bytes: int


def verify(path: Path) -> Whole:
    """Check the file's structure and every signal in it; it may be in use meanwhile.

    Raises JournalDamaged with the first problems and what to do.
    """
    problems: list[str] = []
    signals = first = last = last_at = 0
    with contextlib.closing(reading.connect(path)) as connection:
        try:
            connection.execute("BEGIN")  # One snapshot for all checks.
            found = connection.execute("PRAGMA integrity_check(5)").fetchall()
            problems.extend(row[0].decode() for row in found if row[0] != b"ok")
            while not problems:
                parts = connection.execute(_CHECK_SQL, (last, CHUNK)).fetchone()
                if parts[0] is None:
                    break
                chunk = rows.joined(*parts[:3])
                problems.extend(_problems(chunk, parts[3], parts[4], last))
                first = first or chunk[0][0]
                last = chunk[-1][0]
                signals += len(chunk)
                last_at = int(parts[3].rpartition(b",")[2])
        except sqlite3.Error as problem:
            raise faults.translated(problem, path) from problem
        except ValueError:
            problems.append(f"rows after number {last} are garbled")
    if problems:
        raise faults.damaged(path, "; ".join(problems[:PROBLEMS_SHOWN]))
    return Whole(signals, first, last, last_at, path.stat().st_size)


def salvage(path: Path) -> Iterator[tuple[int, Signal | None]]:
    """Return (number, signal) for all that can still be read, and (number, None) for what is lost.

    Damaged pages hide the rows in them. Where even the end cannot be found, it is where
    `LOST_MAX` numbers in a row hold nothing.
    """
    with contextlib.closing(reading.Reader(path, cut_off=True)) as reader:
        after, lost = reader.first_seq() - 1, 0
        last: int | None = None
        with contextlib.suppress(JournalDamaged):
            last = reader.last_seq()
        while (after < last) if last is not None else (lost < LOST_MAX):
            limit = CHUNK if last is None else min(CHUNK, last - after)
            for seq, signal in _readable(reader, after, limit):
                after = seq
                if signal is None:
                    lost += 1
                    continue
                yield from ((gap, None) for gap in range(seq - lost, seq))
                lost = 0
                yield seq, signal
        if last is not None:
            yield from ((gap, None) for gap in range(last - lost + 1, last + 1))


def _readable(
    reader: reading.Reader, after: int, limit: int
) -> Iterator[tuple[int, Signal | None]]:
    """Return the next `limit` numbers: all at once if they are whole, or else one by one."""
    with contextlib.suppress(JournalDamaged):
        chunk = reader.read(after, limit)
        if len(chunk) == limit and chunk[-1][0] == after + limit:
            yield from chunk
            return
    for seq in range(after + 1, after + limit + 1):
        found: Sequence[tuple[int, Signal]] = []
        with contextlib.suppress(JournalDamaged):
            found = reader.read(seq - 1, 1)
        yield seq, (found[0][1] if found and found[0][0] == seq else None)


def backup(source: Path, destination: Path, *, overwrite: bool = False) -> Whole:
    """Copy a journal as it is at this moment, while writing goes on; return what was verified.

    The copy is one file, complete in itself, and appears under its name only when it is whole.
    Raises JournalExists unless told to overwrite, JournalDamaged and JournalUnwritable.
    """
    if destination.exists() and not overwrite:
        raise JournalExists(
            f"{destination}: is there already; choose another name, or overwrite it"
        )
    partial = _copied(source, destination)
    try:
        whole = verify(partial)
        partial.replace(destination)
        _sync_folder(destination.parent)
    except OSError as problem:
        raise _unwritable(destination, problem) from None
    finally:
        _remove(partial)
    return whole


def restore(source: Path, destination: Path, *, overwrite: bool = False) -> Whole:
    """Put a backup in the place of the journal at `destination`; return what was verified.

    The backup is verified first. A journal that is there is refused (JournalExists), or, told to
    overwrite, set aside under the name `<name>.replaced`. Raises JournalBusy while it is in use.
    The store beside it was computed from the old journal: remove it, it is computed anew.
    """
    verify(source)
    if destination.exists() and not overwrite:
        raise JournalExists(
            f"{destination}: holds a journal already; move it away, or tell to overwrite it"
        )
    try:
        destination.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise _unwritable(destination, problem) from None
    held = lock.acquire(destination)
    partial = Path(f"{destination}.partial")
    try:
        partial = _copied(source, destination)
        whole = verify(partial)
        _set_aside(destination)
        partial.replace(destination)
        _sync_folder(destination.parent)
    except OSError as problem:
        raise _unwritable(destination, problem) from None
    finally:
        _remove(partial)
        lock.release(held)
    return whole


def _problems(
    chunk: list[tuple[int, int, bytes]], ats: bytes | None, kinds: bytes | None, before: int
) -> Iterator[str]:
    if ats is None or kinds is None:
        yield f"rows after number {before} have no arrival or no kind"
        return
    arrivals = ats.split(b",")
    words = kinds.split(b",")
    for (seq, crc, body), at, kind in zip(chunk, arrivals, words, strict=True):
        if before and seq != before + 1:
            yield f"numbers {before + 1} to {seq - 1} are missing"
        before = seq
        if rows.checksum(seq, body) != crc:
            yield f"signal number {seq} does not fit its checksum"
            continue
        try:
            signal = rows.decode(body)
        except msgspec.DecodeError as problem:
            yield f"signal number {seq} cannot be read ({problem})"
            continue
        if signal.at != int(at) or rows.kind_of(signal).encode() != kind:
            yield f"the row of number {seq} contradicts its signal"


def _copied(source: Path, destination: Path) -> Path:
    """Copy through SQLite into `<destination>.partial`: one snapshot, one file."""
    partial = Path(f"{destination}.partial")
    with contextlib.closing(reading.connect(source)) as original:
        try:
            _remove(partial)
            with contextlib.closing(sqlite3.connect(partial, isolation_level=None)) as copy:
                original.backup(copy)
                copy.execute("PRAGMA journal_mode=DELETE")
            with partial.open("rb") as file:
                os.fsync(file.fileno())
        except sqlite3.Error as problem:
            _remove(partial)
            if faults.is_damage(problem):
                raise faults.translated(problem, source) from problem
            raise JournalUnwritable(
                f"{destination}: {faults.reason_of(problem)}; make room, or choose another place"
            ) from problem
        except OSError as problem:
            raise _unwritable(destination, problem) from None
    return partial


def _set_aside(path: Path) -> None:
    """Rename a journal with its log, so that it can still be opened under the other name.

    The main file goes first: should the machine stop in between, a log without its file is found
    and told, whereas a log beside the wrong file would be played into it.
    """
    if not path.exists() and not Path(f"{path}-wal").exists():
        return
    names = [f"{path}.replaced", *(f"{path}.replaced-{n}" for n in range(2, ASIDE_MAX))]
    aside = next((name for name in names if not Path(name).exists()), None)
    if aside is None:
        raise JournalError(f"{path}: {ASIDE_MAX} journals were set aside here; remove some")
    for suffix in ("", "-wal"):
        if (part := Path(f"{path}{suffix}")).exists():
            part.replace(f"{aside}{suffix}")
    Path(f"{path}-shm").unlink(missing_ok=True)
    _sync_folder(path.parent)


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        with contextlib.suppress(OSError):
            Path(f"{path}{suffix}").unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unwritable(path: Path, problem: OSError) -> JournalUnwritable:
    return JournalUnwritable(f"{path}: {problem.strerror}; make room, or choose another place")
