"""What an access log tells, within a bound of memory: a row a request, with what its path is for worked out.

Where there are more than `ROWS_MAX`, one of so many requests is kept, chosen by its place in the log alone, and
`one_of` says of how many. No path, agent or query is kept, only hashes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.trace.traffic import hashed
from uproar.wire.accesslog.requests import METHODS, Requests
from uproar.wire.packets.frames import I64, U64, Flag

ROWS_MAX = 1_000_000  # Some 100 MB.
SLOW_MS = 10_000.0  # A request that lasts so long ...
SLOW_OCTETS_S = 1_024.0  # ... and carries less than this is held open, not downloaded.

_SUB = re.compile(
    rb"\.(?:css|js|mjs|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|eot|mp4|webm|mp3|m4s|ts)$",
    re.IGNORECASE,
)
_LOGIN = re.compile(
    rb"(?:^|[/_.-])(?:log-?in|sign-?in|log-?on|auth|authenticate|session|sessions|token|oauth2?|xmlrpc|"
    rb"password|passwd|otp|sso|account/verify|register|sign-?up)(?:$|[/_.-])",
    re.IGNORECASE,
)
_POST = METHODS.index("POST")
_COLUMNS = (
    ("at_ms", np.int64), ("hi", np.uint64), ("lo", np.uint64), ("path", np.uint64),
    ("query", np.uint64), ("agent", np.uint64), ("ja4", np.uint64), ("referer", np.uint64),
    ("status", np.uint16), ("country", np.uint16),
    ("octets", np.int64), ("duration_ms", np.float32), ("sub", np.bool_), ("login", np.bool_),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Requests, a row each, by time. `sub` is a part of a page (style, script, picture), `login` a POST to where people log in."""

    at_ms: I64
    hi: U64
    lo: U64
    path: U64
    query: U64
    agent: U64
    ja4: U64
    referer: U64
    status: NDArray[np.uint16]
    country: NDArray[np.uint16]
    octets: I64
    duration_ms: NDArray[np.float32]
    sub: Flag
    login: Flag

    def __len__(self) -> int:
        return len(self.at_ms)

    def take(self, rows: Flag | I64) -> Rows:
        """Return those rows."""
        return Rows(**{name: getattr(self, name)[rows] for name, _ in _COLUMNS})

    def lasting(self, duration_ms: NDArray[np.float32]) -> Rows:
        """Return the rows with other durations."""
        return replace(self, duration_ms=duration_ms)

    @property
    def source(self) -> U64:
        """Return a number for each row's source: its address, or its agent where the log hides addresses."""
        hidden = (self.hi == 0) & (self.lo == 0)
        return np.where(hidden, self.agent ^ self.ja4, hashed(self.hi, self.lo))

    @property
    def addressed(self) -> Flag:
        """Return which rows have an address."""
        return np.asarray((self.hi != 0) | (self.lo != 0), np.bool_)

    @property
    def slow(self) -> Flag:
        """Return which requests were held open, or given up because the client did not go on (408)."""
        seconds = np.maximum(np.nan_to_num(self.duration_ms), 1) / 1_000
        held = (self.duration_ms >= SLOW_MS) & (self.octets / seconds < SLOW_OCTETS_S)
        return np.asarray(held | (self.status == 408), np.bool_)

    @property
    def failed(self) -> Flag:
        """Return which requests the service could not answer."""
        return np.asarray((self.status >= 500) & (self.status <= 599), np.bool_)


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of all parts, by time."""
    columns: dict[str, NDArray[Any]] = {
        name: np.concatenate([np.zeros(0, kind), *(getattr(part, name) for part in parts)])
        for name, kind in _COLUMNS
    }
    whole = Rows(**columns)
    return whole.take(np.argsort(whole.at_ms, kind="stable"))


class Log:
    """Takes requests in pieces and holds at most `rows_max` of them."""

    def __init__(self, rows_max: int = ROWS_MAX) -> None:
        self.one_of = 1
        self.requests = 0
        self._rows_max = rows_max
        self._parts: list[Rows] = []
        self._places: list[I64] = []
        self._held = 0

    def add(self, requests: Requests) -> None:
        """Take more requests."""
        places = np.arange(self.requests, self.requests + len(requests), dtype=np.int64)
        self.requests += len(requests)
        self._keep(rows_of(requests), places)
        while self._held > self._rows_max:
            self.one_of *= 2
            parts, was = self._parts, self._places
            self._parts, self._places, self._held = [], [], 0
            for part, place in zip(parts, was, strict=True):
                self._keep(part, place)

    def _keep(self, rows: Rows, places: I64) -> None:
        if self.one_of > 1:
            keep = scattered(places) % np.uint64(self.one_of) == 0
            rows, places = rows.take(keep), places[keep]
        if len(rows):
            self._parts.append(rows)
            self._places.append(places)
            self._held += len(rows)

    def rows(self) -> Rows:
        """Return what is held, by time."""
        return joined(self._parts)


def scattered(places: I64) -> U64:
    """Return numbers as good as random, the same for the same places."""
    return hashed(places.astype(np.uint64), np.zeros(len(places), np.uint64)) >> np.uint64(7)


def rows_of(requests: Requests) -> Rows:
    """Return requests as rows, in the order of their lines."""
    posts = requests.method == _POST
    return Rows(
        at_ms=requests.at_ms,
        hi=requests.client_hi,
        lo=requests.client_lo,
        path=requests.path_hash,
        query=requests.query_hash,
        agent=requests.agent_hash,
        ja4=requests.ja4_hash,
        referer=requests.referer_hash,
        status=requests.status,
        country=requests.country,
        octets=requests.octets,
        duration_ms=requests.duration_ms.astype(np.float32),
        sub=_matching(requests.path, _SUB),
        login=posts & _matching(requests.path, _LOGIN),
    )


def _matching(paths: Sequence[bytes], pattern: re.Pattern[bytes]) -> Flag:
    read = {path: pattern.search(path) is not None for path in set(paths)}
    return np.fromiter((read[path] for path in paths), np.bool_, len(paths))
