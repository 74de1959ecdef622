"""Which idempotency keys were used of late, and for which signal?

The rows of `once` are only ever added at the end, which costs little; an index of random keys on disk
would cost each report a page of its own (measured: ten times as much). So the index is in memory,
sixteen bytes a key: half of the key's digest, and the number of its signal. It only points to a row;
whether the key is really the same, and young enough, is read there.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from uproar.model.tick import DAY_MS

KEPT_MS = DAY_MS  # How long a key is remembered.
RUN_KEYS = 65_536  # Keys in a dictionary before they become a sorted run: 4 ms to sort.
RUNS_MAX = 128  # Runs, the oldest of which is forgotten early: 8 million keys, 134 MB.
PRUNE_EVERY_MS = 1_000
PRUNE_MIN = 1_000  # Rows looked at in one pruning, or twice what came since the last one.
DIGEST_BYTES = 16
_INDEXED_BYTES = 8


class Kept(NamedTuple):
    """What is remembered of a key: the number and arrival of its signal, the digest of its content."""

    seq: int
    content: bytes
    at: int


class _Run(NamedTuple):
    """Halves of digests in order, and the number of each; `last_seq` is the newest."""

    halves: NDArray[np.uint64]
    seqs: NDArray[np.int64]
    last_seq: int


class Keys:
    """The keys of the last 24 hours, of which the newest eight million can be found."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._recent: dict[int, int] = {}
        self._runs: list[_Run] = []
        self._last_seq = 0
        self._came = 0
        self._prune_at = 0
        self.catch_up(connection)

    def catch_up(self, connection: sqlite3.Connection) -> None:
        """Take in the rows that the file holds beyond what is known: at opening, and after trouble."""
        while True:
            seqs, keys = connection.execute(
                "SELECT group_concat(seq), group_concat(hex(substr(key, 1, ?)), '') FROM"
                " (SELECT seq, key FROM once WHERE seq > ? ORDER BY seq LIMIT ?)",
                (_INDEXED_BYTES, self._last_seq, RUN_KEYS),
            ).fetchone()
            if seqs is None:
                return
            halves = np.frombuffer(bytes.fromhex(keys), ">u8").tolist()
            self.add(zip(halves, map(int, seqs.split(",")), strict=True))

    def find(
        self, connection: sqlite3.Connection, digests: Sequence[bytes], at: int
    ) -> dict[bytes, Kept]:
        """Return what is remembered of these keys at the instant `at`, by digest."""
        found: dict[bytes, Kept] = {}
        for key, seq in list(self._candidates(digests)):
            row = connection.execute(
                "SELECT seq, content, at FROM once WHERE seq = ? AND key = ? AND at > ?",
                (seq, key, at - KEPT_MS),
            ).fetchone()
            if row is not None:
                found[key] = Kept(*row)
        return found

    def add(self, numbers: Iterable[tuple[int, int]]) -> None:
        """Remember (`indexed` half of a digest, number) of rows that are committed, in order."""
        for key, seq in numbers:
            self._recent[key] = self._last_seq = seq
            self._came += 1
        if len(self._recent) >= RUN_KEYS:
            self._runs.append(_sealed(self._recent, self._last_seq))
            self._recent = {}
            del self._runs[:-RUNS_MAX]

    def prune(self, connection: sqlite3.Connection, at: int) -> None:
        """Forget rows past their time: a bounded step, yet more than come, so that none pile up.

        Within the caller's transaction. The index forgets them when a whole run is past its time.
        """
        if at < self._prune_at:
            return
        connection.execute(
            "DELETE FROM once WHERE seq IN (SELECT seq FROM"
            " (SELECT seq, at FROM once ORDER BY seq LIMIT ?) WHERE at <= ?)",
            (max(PRUNE_MIN, 2 * self._came), at - KEPT_MS),
        )
        self._came = 0
        self._prune_at = at + PRUNE_EVERY_MS
        if self._runs:
            oldest = connection.execute("SELECT min(seq) FROM once").fetchone()[0]
            if oldest is None or self._runs[0].last_seq < oldest:
                del self._runs[0]

    def _candidates(self, digests: Sequence[bytes]) -> Iterator[tuple[bytes, int]]:
        """Return (digest, number) wherever the indexed half was seen, the newest number of each."""
        by_half = {indexed(digest): digest for digest in digests}
        for half in [half for half in by_half if half in self._recent]:
            yield by_half.pop(half), self._recent[half]
        for run in reversed(self._runs):
            if not by_half:
                return
            halves = np.fromiter(by_half, np.uint64, len(by_half))
            at = np.minimum(np.searchsorted(run.halves, halves), len(run.halves) - 1)
            for n in np.flatnonzero(run.halves[at] == halves).tolist():
                yield by_half.pop(int(halves[n])), int(run.seqs[at[n]])


def indexed(digest: bytes) -> int:
    """Return the half of a digest that the index holds."""
    return int.from_bytes(digest[:_INDEXED_BYTES], "big")


def digest(content: bytes) -> bytes:
    """Return a short digest; a key may hold anything its sender put there, so it is not kept."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).digest()


def _sealed(recent: dict[int, int], last_seq: int) -> _Run:
    halves = np.fromiter(recent.keys(), np.uint64, len(recent))
    seqs = np.fromiter(recent.values(), np.int64, len(recent))
    order = np.argsort(halves)
    return _Run(halves[order], seqs[order], last_seq)
