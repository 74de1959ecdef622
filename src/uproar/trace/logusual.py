"""What usually comes to a service, by its access log: how much by the hour of the day, and some requests of ordinary times.

Rates are learned with decay, so that a service that grows is soon known as it is. Requests are held in memory only, for
comparing: no row of them is kept when the program ends.
"""

from __future__ import annotations

import msgspec
import numpy as np

from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.trace.logged import Ordinary
from uproar.trace.requests import Rows, joined

HOURS = 24
DECAY_DAYS = 7.0  # What is so old counts a third (1 / e).
HOUR_LEAST_MS = 300_000.0  # Of an hour of the day have to be learned, before it says anything ...
ALL_LEAST_MS = 300_000.0  # ... and of all hours together.
SAMPLE_ROWS = 30_000
PARTS_MAX = 4_096
SAMPLE_MS = 6 * HOUR_MS  # Requests that are older say nothing of now.


class Profile(msgspec.Struct):
    """Requests and milliseconds in which they came, by hour of the day (UTC); both fade. `at_ms` is when they did last."""

    requests: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOURS)
    spans_ms: list[float] = msgspec.field(default_factory=lambda: [0.0] * HOURS)
    at_ms: int = 0


def learn(profile: Profile, requests: float, from_ms: int, to_ms: int) -> None:
    """Take in an ordinary stretch, not longer than an hour."""
    if profile.at_ms and to_ms > profile.at_ms:
        fade = float(np.exp(-(to_ms - profile.at_ms) / DAY_MS / DECAY_DAYS))
        profile.requests = [each * fade for each in profile.requests]
        profile.spans_ms = [each * fade for each in profile.spans_ms]
    profile.at_ms = max(profile.at_ms, to_ms)
    hour = from_ms // HOUR_MS % HOURS
    profile.requests[hour] += requests
    profile.spans_ms[hour] += to_ms - from_ms


def rate(profile: Profile, at_ms: int) -> float | None:
    """Return how many requests usually come in a second at that hour; None where it is not known.

    An hour that has hardly been seen is taken to be like all others.
    """
    hour = at_ms // HOUR_MS % HOURS
    span, requests = profile.spans_ms[hour], profile.requests[hour]
    if span < HOUR_LEAST_MS:
        span, requests = sum(profile.spans_ms), sum(profile.requests)
        if span < ALL_LEAST_MS:
            return None
    return requests / span * 1_000


class Sample:
    """Some requests of ordinary times, the newest; at most `SAMPLE_ROWS`."""

    def __init__(self) -> None:
        self._parts: list[Rows] = []
        self._spans: list[tuple[int, int, float]] = []  # From, to, and how many came in it.
        self._held = 0

    def add(self, rows: Rows, requests: int, from_ms: int, to_ms: int) -> None:
        """Take in an ordinary stretch, some rows of so many requests; of the older ones every other request goes where there is no more room."""
        if len(rows) > SAMPLE_ROWS // 8:
            step = -(-len(rows) // (SAMPLE_ROWS // 8))
            kept = rows.take(np.arange(len(rows)) % step == 0)
        else:
            kept = rows
        self._parts.append(kept)
        self._spans.append((from_ms, to_ms, float(requests)))
        self._held += len(kept)
        while self._spans[0][1] < to_ms - SAMPLE_MS or len(self._parts) > PARTS_MAX:
            self._held -= len(self._parts.pop(0))
            self._spans.pop(0)
        while self._held > SAMPLE_ROWS:
            self._parts = [part.take(np.arange(len(part)) % 2 == 0) for part in self._parts]
            self._held = sum(len(part) for part in self._parts)

    def ordinary(self, usual_s: float | None) -> Ordinary | None:
        """Return the requests, and how long as many take at the usual rate; None where there are none.

        Without a usual rate it is that at which they came.
        """
        if not self._held:
            return None
        covered = sum(to - begin for begin, to, _ in self._spans)
        came = sum(each[2] for each in self._spans) / max(covered, 1) * 1_000
        rows = joined(self._parts)
        return Ordinary(rows, len(rows) / max(came if usual_s is None else usual_s, 1e-6) * 1_000)
