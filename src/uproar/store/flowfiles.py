"""Raw flows as Parquet files, where somebody asked for them: a file a minute, of bounded number, size and age.

Addresses are two columns of 64 bits each, IPv4 as ::ffff:a.b.c.d, as in `wire.flows.columns`. Files are written by a
thread of their own, so that whoever receives never waits for a disk; what finds it busy is counted and not kept.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from uproar.errors import CaptureInvalid, SettingsInvalid
from uproar.model.tick import iso
from uproar.wire.flows.columns import DTYPES, MAPPED, Flows, concat

FILE_MS = 60_000
ROWS_MAX = 500_000  # Of one file; at 66 bytes a row, 33 MB of memory.
PIECE_ROWS = 65_536  # That are read at once.
WAITING_MAX = 2  # Files that wait to be written.
SUFFIX = ".parquet"
PART = ".part"  # What is being written, or was when the machine stopped.
_V4_MASK = np.uint64(0xFFFF_FFFF_FFFF_FF00)  # of the lower half: the /24
_V6_MASK = np.uint64(0xFFFF_FFFF_FFFF_0000)  # of the upper half: the /48
_MAPPED_HIGH = np.uint64(MAPPED >> 32)

Half = NDArray[np.uint64]
IsOurs = Callable[[Half, Half], NDArray[np.bool_]]

_log = structlog.get_logger("uproar.flows")


class Bounds(NamedTuple):
    """How much a folder holds: bytes in all, and the age of its oldest file in ms."""

    octets: int
    age_ms: int


class FlowFiles:
    """A folder of raw flows. `is_ours` tells which addresses are never masked; with None none is masked.

    Several may write to one folder under different names; each keeps all of it within the bounds.
    Raises SettingsInvalid where pyarrow is missing or the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        bounds: Bounds,
        is_ours: IsOurs | None,
        wall_ms: Callable[[], int],
    ) -> None:
        self._parquet = library()
        self._folder = made(folder)
        self._name = name
        self._bounds = bounds
        self._is_ours = is_ours
        self._wall_ms = wall_ms
        self._rows = 0
        self._parts: list[Flows] = []
        self._due_ms = 0
        self._number = 0
        self._lock = threading.Lock()
        self._kept = self._unkept = 0
        self._waiting: queue.Queue[tuple[str, list[Flows]] | None] = queue.Queue(WAITING_MAX)
        self._thread = threading.Thread(target=self._run, name="flow files", daemon=True)
        self._thread.start()

    def add(self, flows: Flows, received_ms: int) -> None:
        """Keep flows that came at an instant."""
        if not self._parts:
            self._due_ms = received_ms + FILE_MS
        # Columns are made here: two threads that ask for them at once would be in each other's way.
        self._parts.append(Flows(**{name: getattr(flows, name) for name in DTYPES}))
        self._rows += len(flows)
        if self._rows >= ROWS_MAX or received_ms >= self._due_ms:
            self._end(received_ms)

    def _end(self, now_ms: int) -> None:
        if not self._parts:
            return
        parts, rows = self._parts, self._rows
        self._parts, self._rows, self._number = [], 0, self._number + 1
        stamp = iso(now_ms).replace(":", "").replace("-", "")
        try:
            self._waiting.put_nowait((f"flows-{stamp}-{self._name}-{self._number}", parts))
        except queue.Full:
            with self._lock:
                self._unkept += rows

    def since(self) -> tuple[int, int]:
        """Return the rows that were written, and those that could not be, since the last call.

        What waits for longer than a minute is written too, so this is to be called every now and then.
        """
        if self._wall_ms() >= self._due_ms:
            self._end(self._wall_ms())
        with self._lock:
            told = self._kept, self._unkept
            self._kept = self._unkept = 0
        return told

    def close(self) -> None:
        """Write what is there, and wait until it is written."""
        self._end(self._wall_ms())
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (given := self._waiting.get()) is not None:
            name, parts = given
            rows = sum(map(len, parts))
            try:
                self._write(name, concat(parts))
                pruned(self._folder, self._bounds, self._wall_ms())
            except (OSError, self._parquet.ArrowException) as problem:
                _log.warning("flows could not be kept", why=type(problem).__name__)
                with self._lock:
                    self._unkept += rows
                continue
            with self._lock:
                self._kept += rows

    def _write(self, name: str, flows: Flows) -> None:
        columns = {column: getattr(flows, column) for column in DTYPES}
        if self._is_ours is not None:
            for side in ("src", "dst"):
                hi, lo = columns[f"{side}_hi"], columns[f"{side}_lo"]
                others = ~self._is_ours(hi, lo)
                columns[f"{side}_hi"], columns[f"{side}_lo"] = masked(hi, lo, others)
        part = self._folder / f"{name}{PART}"
        try:
            self._parquet.write(columns, part)
            part.chmod(0o600)
            part.replace(self._folder / f"{name}{SUFFIX}")
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise


def masked(hi: Half, lo: Half, rows: NDArray[np.bool_]) -> tuple[Half, Half]:
    """Return addresses with those of `rows` cut to their /24 (IPv4) or /48 (IPv6)."""
    four = (hi == 0) & (lo >> np.uint64(32) == _MAPPED_HIGH)
    six = rows & ~four
    low = np.where(rows & four, lo & _V4_MASK, lo)
    return np.where(six, hi & _V6_MASK, hi), np.where(six, np.uint64(0), low)


def pruned(folder: Path, bounds: Bounds, now_ms: int) -> int:
    """Delete the oldest files beyond the bounds, and what was left half written; return how many."""
    files = []
    for path in folder.glob("flows-*"):
        if path.suffix in {SUFFIX, PART}:
            with contextlib.suppress(FileNotFoundError):  # Another worker was quicker.
                told = path.stat()
                files.append((told.st_mtime_ns // 1_000_000, told.st_size, path))
    total, gone = sum(size for _, size, _ in files), 0
    for at_ms, size, path in sorted(files):
        is_old = now_ms - at_ms > bounds.age_ms
        is_left = path.suffix == PART and now_ms - at_ms > 10 * FILE_MS
        if is_old or is_left or total > bounds.octets:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
            total, gone = total - size, gone + 1
    return gone


def made(folder: Path) -> Path:
    """Make the folder where it is missing, readable for its owner alone. Raises SettingsInvalid."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise SettingsInvalid(
            f"traffic.keep_flows: {folder} cannot be made ({problem.strerror})"
        ) from None
    return folder


def read(path: Path) -> Iterator[Flows]:
    """Yield the flows of a file in pieces.

    Raises CaptureInvalid where it is none of ours, SettingsInvalid where pyarrow is missing, OSError.
    """
    parquet = library()
    with path.open("rb") as file:
        try:
            yield from parquet.read(file)
        except (parquet.ArrowException, KeyError, TypeError):
            raise CaptureInvalid(
                "it is no file of flows as Uproar keeps them: a column is missing or of another type"
            ) from None


class _Parquet(NamedTuple):
    ArrowException: type[Exception]
    write: Callable[[dict[str, Any], Path], None]
    read: Callable[[BinaryIO], Iterator[Flows]]


def library() -> _Parquet:
    """Return what reads and writes Parquet. Raises SettingsInvalid where pyarrow is not installed."""
    try:
        import pyarrow as pa  # noqa: PLC0415 - 170 MB that only those need who keep flows
        from pyarrow import parquet  # noqa: PLC0415 - as above
    except ImportError:
        raise SettingsInvalid(
            "files of flows need pyarrow, which is not installed: pip install 'uproar[parquet]'"
        ) from None
    schema = pa.schema([(name, pa.from_numpy_dtype(dtype)) for name, dtype in DTYPES.items()])

    def write(columns: dict[str, Any], path: Path) -> None:
        parquet.write_table(pa.table(columns, schema), path, compression="zstd")

    def read(file: BinaryIO) -> Iterator[Flows]:
        source = parquet.ParquetFile(file)
        for batch in source.iter_batches(PIECE_ROWS, columns=list(DTYPES)):
            if batch.schema.names != schema.names or batch.schema.types != schema.types:
                raise TypeError
            columns = {name: batch[name] for name in DTYPES}
            if any(column.null_count for column in columns.values()):
                raise TypeError
            yield Flows(
                **{name: column.to_numpy(zero_copy_only=False) for name, column in columns.items()}
            )

    return _Parquet(pa.ArrowException, write, read)
