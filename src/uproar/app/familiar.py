"""The networks that came here in the last weeks, shared by all who see traffic: learned from ordinary times, kept a day a file.

Who sees addresses hashes them here, hands in what came in ordinary times, and asks how much of what comes now is known.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import structlog

from uproar.errors import BadInput, StoreError
from uproar.model.tick import DAY_MS
from uproar.store.familiar import FamiliarFiles
from uproar.trace import familiar
from uproar.trace.familiar import DAYS, Familiar, Hashes
from uproar.trace.requests import Rows
from uproar.trace.traffic import ACK, F64, PSH, TCP, Traffic
from uproar.wire.packets.frames import U64

SAVE_MS = 600_000  # How often what is new is kept.

_log = structlog.get_logger("uproar.familiar")


class Networks:
    """For any thread. `wall_ms` tells when it is time to keep. What cannot be kept is told in `trouble`."""

    def __init__(self, folder: Path, wall_ms: Callable[[], int]) -> None:
        """Take up what is kept. Raises StoreError where the key can neither be read nor made."""
        self.trouble = ""
        self._files = FamiliarFiles(folder)
        self._wall_ms = wall_ms
        self._key = self._files.key()
        self._known = Familiar()
        self._changed: set[int] = set()
        self._saved_ms = wall_ms()
        self._lock = threading.Lock()
        for day, octets in self._files.days().items():
            try:
                self._known.take(day, octets)
            except BadInput as problem:
                _log.warning("a day of networks is left out", why=str(problem))
        for name in self._files.unread:
            _log.warning("a day of networks is left out", file=name)

    def hashes(self, hi: U64, lo: U64) -> Hashes:
        """Return what stands for the networks of addresses."""
        return familiar.of_addresses(hi, lo, self._key)

    def add(self, day: int, hashes: Hashes) -> None:
        """Take in networks that came on a day in an ordinary time; keep them, now and then."""
        with self._lock:
            self._known.add(day, hashes)
            self._changed.add(day)
        if self._wall_ms() - self._saved_ms >= SAVE_MS:
            self.save()

    def share(self, hashes: Hashes, weights: F64, day: int) -> float | None:
        """Return how much of the weight is of networks that came on several of the days before; None where too few are known."""
        with self._lock:
            return self._known.share(hashes, weights, day)

    def save(self) -> None:
        """Keep what is new on disk."""
        with self._lock:
            self._saved_ms = self._wall_ms()
            some = {day: self._known.day_bytes(day) for day in self._changed & {*self._known.days}}
            self._changed.clear()
            keep_from = max(self._known.days, default=0) - DAYS + 1
        try:
            for day, octets in sorted(some.items()):
                self._files.save(day, octets, keep_from)
            self.trouble = ""
        except StoreError as problem:
            with self._lock:
                self._changed.update(some)
            self.trouble = "networks of the last weeks cannot be kept; the log says why"
            _log.warning("networks are not kept", why=str(problem))

    def of_sources(self, hi: U64, lo: U64, packets: F64, at_ms: int) -> float | None:
        """Return how much of the packets comes of networks that are known; None where that is not known."""
        return self.share(self.hashes(hi, lo), packets, at_ms // DAY_MS)

    def add_traffic(self, traffic: Traffic, now_ms: int) -> None:
        """Take in who came with whole connections in an ordinary time: TCP that carried data, which is hardly forged."""
        came = (traffic.protocol == TCP) & (traffic.flags & ACK > 0) & (traffic.flags & PSH > 0)
        if came.any():
            hashes = self.hashes(traffic.src_hi[came], traffic.src_lo[came])
            self.add(now_ms // DAY_MS, np.unique(hashes))

    def of_rows(self, rows: Rows) -> float | None:
        """Return how many of a log's requests are of networks that are known; None where that is not known."""
        some = rows.addressed
        if not some.any():
            return None
        hashes = self.hashes(rows.hi[some], rows.lo[some])
        return self.share(hashes, np.ones(len(hashes)), int(rows.at_ms.max()) // DAY_MS)

    def add_rows(self, rows: Rows) -> None:
        """Take in a log's requests of ordinary times."""
        told = rows.take(rows.addressed)
        for day in np.unique(told.at_ms // DAY_MS).tolist():
            mine = told.take(told.at_ms // DAY_MS == day)
            self.add(day, np.unique(self.hashes(mine.hi, mine.lo)))
