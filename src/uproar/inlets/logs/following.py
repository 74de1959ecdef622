"""One file that grows: its new lines, whatever is done to it. It may be missing, renamed, cut off, or written by bits.

Where it was read up to is remembered by device, inode, offset and a hash of the file's beginning; so it is known again after a restart,
also where it was renamed meanwhile. What follows reads and never writes, and takes only ordinary files.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

import msgspec

from uproar.wire.accesslog.requests import LINE_MAX

PIECE_BYTES = 1_048_576  # Read at once; what is behind waits in the file.
HEAD_BYTES = 256  # By so many first octets a file is known again.
BEGINNING_BYTES = 65_536  # Looked at to tell the format.
LINGER_S = 2.0  # A file that was renamed is still read so long after its end: the server may not have let go of it.
SIBLINGS_MAX = 2_000  # Files beside it among which a renamed one is looked for.
WHERE = "look at its name and its rights"


class Position(msgspec.Struct, frozen=True):
    """Up to where a file was read: `offset` is the begin of a line; `head` a hash of its first `head_bytes` octets."""

    device: int
    inode: int
    offset: int
    head: str = ""
    head_bytes: int = 0


class Piece(NamedTuple):
    """Whole lines, and how many were too long to be kept. `begun` is where in the file the first of them begins."""

    lines: list[bytes]
    long: int
    begun: Position | None


NOTHING = Piece([], 0, None)


class Follower:
    """The file at `path`. Where nothing is remembered, only what comes from now on is read.

    `trouble` says why nothing can be read, `turned` counts how often the file was renamed or cut off. Used by one thread at a time.
    """

    def __init__(
        self, path: Path, remembered: Position | None, elapsed_s: Callable[[], float]
    ) -> None:
        self.path = path
        self.trouble = ""
        self.turned = 0
        self.behind = 0  # Octets that wait in the file.
        self._remembered = remembered
        self._elapsed_s = elapsed_s
        self._file = -1
        self._from_end = remembered is None  # A file that appears later is read whole.
        self._offset = 0  # Of the first octet that was not read ...
        self._rest = b""  # ... before which this stands, the begin of a line.
        self._skipping = False
        self._head, self._head_bytes = "", 0
        self._left_s: float | None = None

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
        self._file = -1

    @property
    def position(self) -> Position | None:
        """Up to where all lines were given; None before the file was there."""
        if self._file < 0:
            return self._remembered
        told = os.fstat(self._file)
        return Position(
            told.st_dev, told.st_ino, self._offset - len(self._rest), self._head, self._head_bytes
        )

    def beginning(self) -> list[bytes]:
        """Return the first whole lines of the file, to tell its format by."""
        if self._file < 0:
            return []
        return os.pread(self._file, BEGINNING_BYTES, 0).split(b"\n")[:-1]

    def read(self) -> Piece:
        """Return what lines there are, at most `PIECE_BYTES` of them; nothing where none are, or the file is missing."""
        try:
            if self._file < 0 and not self._opened():
                return NOTHING
            octets = os.pread(self._file, PIECE_BYTES, self._offset)
            if octets and not self._is_another():
                return self._cut(octets)
            return self._turn()
        except OSError as problem:
            self.trouble = f"{self.path.name}: {problem.strerror}; {WHERE}"
            self.close()
            self._from_end = False
            return NOTHING

    def _cut(self, octets: bytes) -> Piece:
        begun = self.position
        self._offset += len(octets)
        *lines, rest = (self._rest + octets).split(b"\n")
        long = 0
        if self._skipping and lines:
            lines, self._skipping = lines[1:], False
        if self._skipping:
            rest = b""
        elif len(rest) > LINE_MAX:
            rest, self._skipping, long = b"", True, 1
        self._rest = rest
        self._know()
        self.behind = max(os.fstat(self._file).st_size - self._offset, 0)
        return Piece(lines, long, begun)

    def _turn(self) -> Piece:
        """Look what became of a file that has no more to read."""
        self.behind = 0
        here = os.fstat(self._file)
        if here.st_size < self._offset or self._is_another():
            self._begin_anew()
            return NOTHING
        try:
            named = self.path.stat()
        except FileNotFoundError:
            return NOTHING  # It was renamed, and there is no new one as yet.
        if (named.st_dev, named.st_ino) == (here.st_dev, here.st_ino):
            self._left_s = None
            return NOTHING
        if self._left_s is None:
            self._left_s = self._elapsed_s()
        if self._elapsed_s() - self._left_s < LINGER_S:
            return NOTHING
        last = Piece([self._rest], 0, self.position) if self._rest else NOTHING
        self.close()
        self._remembered = None
        self._from_end = False
        self._begin_anew()
        return last

    def _begin_anew(self) -> None:
        self.turned += 1
        self._offset, self._rest, self._skipping = 0, b"", False
        self._head, self._head_bytes, self._left_s = "", 0, None
        if self._file >= 0:
            self._know()

    def _is_another(self) -> bool:
        """Tell whether what was read is no longer there: the file was cut off and has grown again."""
        return self._head_of(self._file, self._head_bytes) != self._head

    def _know(self) -> None:
        """Take note of how the file begins, as far as it has been written."""
        if self._head_bytes < HEAD_BYTES:
            size = min(os.fstat(self._file).st_size, HEAD_BYTES)
            self._head, self._head_bytes = self._head_of(self._file, size), size

    @staticmethod
    def _head_of(file: int, size: int) -> str:
        return blake2b(os.pread(file, size, 0), digest_size=16).hexdigest() if size else ""

    def _opened(self) -> bool:
        """Open the file, or the one that it was when the program ended."""
        known = self._remembered
        file = self._open(self.path)
        if known is not None and (file < 0 or not self._is(file, known)):
            before = self._renamed(known)
            if before >= 0:
                if file >= 0:
                    os.close(file)
                file = before
            else:
                known = None  # It is gone, or was cut off: all that is in the new one is new.
        if file < 0:
            self._from_end = self._from_end and self._remembered is not None
            self.trouble = f"{self.path.name}: is not there; it is waited for, or {WHERE}"
            return False
        self._file, self.trouble = file, ""
        size = os.fstat(file).st_size
        if known is not None:
            self._offset = known.offset
        elif self._from_end:
            self._offset = size
            self._skipping = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        self._from_end, self._remembered = False, None
        self._know()
        return True

    def _is(self, file: int, known: Position) -> bool:
        told = os.fstat(file)
        same = (told.st_dev, told.st_ino) == (known.device, known.inode)
        whole = told.st_size >= known.offset
        return same and whole and self._head_of(file, known.head_bytes) == known.head

    def _renamed(self, known: Position) -> int:
        """Open the file that was read when the program ended, under the name that it has now; -1 where there is none."""
        with contextlib.suppress(OSError), os.scandir(self.path.parent) as entries:
            for number, entry in enumerate(entries):
                if number >= SIBLINGS_MAX:
                    break
                if entry.inode() == known.inode and entry.name.startswith(self.path.stem):
                    file = self._open(Path(entry.path))
                    if file >= 0 and self._is(file, known):
                        return file
                    if file >= 0:
                        os.close(file)
        return -1

    def _open(self, path: Path) -> int:
        """Return the open file, -1 where there is none. Raises OSError."""
        try:
            file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return -1
        if not stat.S_ISREG(os.fstat(file).st_mode):
            os.close(file)
            raise OSError(0, "is no ordinary file")
        return file
