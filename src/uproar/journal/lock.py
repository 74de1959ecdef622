"""One process writes a journal: a lock on a file beside it says which."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from uproar.errors import JournalBusy, JournalUnwritable

PID_BYTES_MAX = 32


def acquire(path: Path) -> int:
    """Lock the journal at `path` for this process; return the descriptor to `release`.

    The lock is the kernel's (flock), so a process that was killed leaves none behind. Raises
    JournalBusy with the pid of the holder, JournalUnwritable where the folder cannot be written.
    """
    side = Path(f"{path}.lock")
    try:
        descriptor = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as problem:
        raise JournalUnwritable(
            f"{path}: cannot be opened for writing ({problem.strerror}); "
            "check that the folder is there, writable, and its disk not read-only or full"
        ) from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, PID_BYTES_MAX, 0).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise JournalBusy(
            f"{path}: process {holder or 'unknown'} has it open; "
            "stop that process, or give this one a folder of its own"
        ) from None
    # A full disk must not keep a journal from being opened and read: the pid is a courtesy.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    return descriptor


def release(descriptor: int) -> None:
    """Give the lock back. The side file stays: removing it would race with the next holder."""
    os.close(descriptor)
