"""A value that is remembered over a restart: one file, replaced whole, so that it is never half of two."""

from __future__ import annotations

import contextlib
import os
import zlib
from pathlib import Path

from uproar.errors import StoreError

SNAPSHOT_BYTES_MAX = 1_073_741_824
_MARK = b"uproar snapshot 1\n"
_SUM_BYTES = 4


class Snapshot:
    """The file at `path`. What it holds is checked by a sum when it is read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Return what was written last, None where there is nothing. Raises StoreError for a damaged file."""
        try:
            if self._path.stat().st_size > SNAPSHOT_BYTES_MAX:
                raise StoreError(
                    f"{self._path}: more than {SNAPSHOT_BYTES_MAX} bytes; it is not ours"
                )
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise StoreError(f"{self._path}: cannot be read ({problem.strerror})") from None
        body = raw[len(_MARK) + _SUM_BYTES :]
        told = raw[len(_MARK) : len(_MARK) + _SUM_BYTES]
        if not raw.startswith(_MARK) or told != _sum(body):
            raise StoreError(f"{self._path}: it is damaged, or not ours")
        return body

    def write(self, body: bytes) -> None:
        """Put a value in the place of the last. Raises StoreError; what was there then still is."""
        part = self._path.with_name(f"{self._path.name}.part")
        try:
            with part.open("wb") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(_MARK + _sum(body))
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            part.replace(self._path)
        except OSError as problem:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise StoreError(f"{self._path}: cannot be written ({problem.strerror})") from None


def _sum(body: bytes) -> bytes:
    return zlib.crc32(body).to_bytes(_SUM_BYTES, "big")
