"""Where the networks of the last weeks are kept: a file a day in a folder of its own, and the key that makes them mean something.

Files that cannot be read are left out, and told of: what they held is learned again in four weeks. The key is made once; who removes
it makes all the files meaningless, which is how to forget.
"""

from __future__ import annotations

import os
import re
import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

from uproar.errors import StoreError

FOLDER = "familiar"
KEY_FILE = "familiar.key"
KEY_BYTES = 16
FILE_BYTES_MAX = 4 << 20  # Of one day; more is no file of ours.
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})\.networks")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FamiliarFiles:
    """The files of days. All that fails raises StoreError, which says what to do."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self.unread: tuple[str, ...] = ()  # Files that are there and could not be read.

    def key(self) -> bytes:
        """Return the key, which is made where there is none."""
        path = self._folder / KEY_FILE
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                found = path.read_bytes()
            except FileNotFoundError:
                found = secrets.token_bytes(KEY_BYTES)
                _write(path, found)
        except OSError as problem:
            raise StoreError(
                f"{path}: {problem.strerror}; look at its rights and its disk"
            ) from None
        if len(found) != KEY_BYTES:
            raise StoreError(f"{path}: is no key; remove it with the folder, to begin anew")
        return found

    def days(self) -> dict[int, bytes]:
        """Return the octets of each day, by day since the epoch."""
        found, unread = {}, []
        for path in sorted(self._folder.glob("*.networks")):
            day = _day(path.name)
            if day is None:
                continue
            try:
                if path.stat().st_size <= FILE_BYTES_MAX:
                    found[day] = path.read_bytes()
                    continue
            except OSError:
                pass  # It is told below, as one that is too large is.
            unread.append(path.name)
        self.unread = tuple(unread)
        return found

    def save(self, day: int, octets: bytes, keep_from: int) -> None:
        """Keep a day whole or not at all, and remove days before `keep_from`."""
        path = self._folder / f"{(_EPOCH + timedelta(days=day)):%Y-%m-%d}.networks"
        try:
            _write(path, octets)
            for other in self._folder.glob("*.networks"):
                old = _day(other.name)
                if old is not None and old < keep_from:
                    other.unlink(missing_ok=True)
        except OSError as problem:
            raise StoreError(
                f"{path}: {problem.strerror}; look at its rights and its disk"
            ) from None


def _day(name: str) -> int | None:
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        return (datetime.strptime(match[1], "%Y-%m-%d").replace(tzinfo=UTC) - _EPOCH).days
    except ValueError:
        return None


def _write(path: Path, octets: bytes) -> None:
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
