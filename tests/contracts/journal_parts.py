"""What the journal's tests share: a clock that is set by hand, signals, and awaiting many appends."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from uproar.journal.receipt import Receipt
from uproar.model.signal import Report, Signal
from uproar.ports import Journal

MORNING = 1_741_600_000_000  # 10 March 2025, 09:46:40 UTC


class HandClock:
    """A clock that stands until it is moved; the wall alone can be moved as well."""

    def __init__(self, wall_ms: int = MORNING) -> None:
        self._wall_ms = wall_ms
        self._monotonic_ms = 5_000

    def wall_ms(self) -> int:
        return self._wall_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def run(self, ms: int) -> None:
        self._wall_ms += ms
        self._monotonic_ms += ms

    def step_wall(self, ms: int) -> None:
        self._wall_ms += ms


def report(n: int = 0, at: int = 0) -> Report:
    return Report(at, "x", "connect", place="GB", network="AS2856", reporter=f"{n:020x}")


def append_all(
    journal: Journal, signals: Iterable[tuple[Signal, bytes | None]]
) -> list[Receipt | BaseException]:
    """Append signals at the same time from one event loop; return what came of each."""

    async def run() -> list[Receipt | BaseException]:
        appends = [journal.append(signal, once) for signal, once in signals]
        return await asyncio.gather(*appends, return_exceptions=True)

    return asyncio.run(run())
