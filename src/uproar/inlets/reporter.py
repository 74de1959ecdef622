"""Who sent it, without knowing who: a keyed hash, and a key that lives for one UTC day.

The key is what stands between a journal and the people in it: whoever has the key and the journal
could try all addresses. So it is made anew at midnight UTC, and the old one is overwritten and
unlinked. (On media that copy on write, such as most flash disks, overwriting in place is not
certain; docs/explain/privacy.md says what that leaves.)
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from uproar.errors import ReporterKeyUnusable
from uproar.model.tick import DAY_MS

FILE_NAME = "reporter.key"
KEY_BYTES = 32
HASH_BYTES = 8
UNLISTED = "p:"  # begins the stand-in for a network without a known number
PREFIX_DIGITS = 8
AGENT_BYTES_MAX = 512  # of a User-Agent header that are hashed
_DAY_BYTES = 8
_FILE_BYTES = _DAY_BYTES + KEY_BYTES


def reporter_of(key: bytes, address: bytes, agent: bytes) -> str:
    """Return the reporter behind a packed address (4 or 16 bytes) and a User-Agent: 16 hex digits.

    An IPv4 address counts whole, of an IPv6 address the first 64 bits: a household has that many.
    """
    prefix = address if len(address) == 4 else address[:8]
    digest = hashlib.blake2b(prefix, digest_size=HASH_BYTES, key=key, person=b"reporter")
    digest.update(agent[:AGENT_BYTES_MAX])
    return digest.hexdigest()


def network_of(key: bytes, address: bytes) -> str:
    """Return the stand-in for a network that has no known number: "p:" and 16 hex digits.

    It stands for the /24 of an IPv4 address or the /48 of an IPv6 one, for a day.
    """
    prefix = address[:3] if len(address) == 4 else address[:6]
    digest = hashlib.blake2b(prefix, digest_size=HASH_BYTES, key=key, person=b"network")
    return UNLISTED + digest.hexdigest()


def prefix_of(network: str, key: bytes, address: bytes) -> str:
    """Return the stand-in for an address prefix within a numbered network: 8 hex digits, for a day.

    Empty where the network itself is one (`network_of`). It tells whether the reports of a large
    network come from many corners of it, or from one.
    """
    if network.startswith(UNLISTED):
        return ""
    return network_of(key, address)[len(UNLISTED) : len(UNLISTED) + PREFIX_DIGITS]


class ReporterKey:
    """The key of the day, in a file that only we can read.

    It survives a restart within the day. A clock that steps back over midnight makes a new key as
    well: a key serves one day only, and never comes back.
    """

    def __init__(self, folder: Path, now_ms: int) -> None:
        """Take up the key of today from the folder, or make one.

        Raises ReporterKeyUnusable when the file can neither be read nor made.
        """
        self._path = folder / FILE_NAME
        self._day = now_ms // DAY_MS
        kept = self._kept(self._day)
        self._key = kept if kept is not None else self._made(self._day)

    def at(self, now_ms: int) -> bytes:
        """Return the key that serves at an instant, after destroying one that does not.

        Raises ReporterKeyUnusable when the new one cannot be written; the old one is not used then.
        """
        day = now_ms // DAY_MS
        if day != self._day:
            self._key = self._made(day)
            self._day = day
        return self._key

    def _kept(self, day: int) -> bytes | None:
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise ReporterKeyUnusable(self._path, problem.strerror) from None
        if len(raw) != _FILE_BYTES or int.from_bytes(raw[:_DAY_BYTES], "big") != day:
            return None
        return raw[_DAY_BYTES:]

    def _made(self, day: int) -> bytes:
        """Destroy the key in the file, if there is one, and put a new one in its place."""
        key = secrets.token_bytes(KEY_BYTES)
        try:
            _destroy(self._path)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
            descriptor = os.open(self._path, flags, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(day.to_bytes(_DAY_BYTES, "big") + key)
                file.flush()
                os.fsync(file.fileno())
        except OSError as problem:
            raise ReporterKeyUnusable(self._path, problem.strerror) from None
        return key


def _destroy(path: Path) -> None:
    """Overwrite a file in place, make sure that the disk has it, and unlink it."""
    if path.is_symlink():
        path.unlink()
        return
    try:
        with path.open("r+b") as file:
            file.write(bytes(max(_FILE_BYTES, path.stat().st_size)))
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError:
        return
    path.unlink()
