"""What was judged of traffic, into the journal: bounded, and nobody who watches ever waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

import structlog

from uproar.errors import JournalFull, JournalUnwritable, SignalInvalid
from uproar.model.signal import Traffic
from uproar.ports import Journal

WAITING_MAX = 10_000  # Signals that wait for the journal; then the oldest goes.
AGAIN_S = 2.0  # Before the journal is asked again, where it says nothing better.

_log = structlog.get_logger("uproar.flows")


class Keeper:
    """Appends signals in their order. `kept` were acknowledged, `lost` went for want of room, `refused` were no signals."""

    def __init__(
        self, journal: Journal, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._journal = journal
        self._sleep = sleep
        self._waiting: deque[Traffic] = deque(maxlen=WAITING_MAX)
        self._came = asyncio.Event()
        self.kept = 0
        self.lost = 0
        self.refused = 0
        self.trouble = ""

    @property
    def waiting(self) -> int:
        """Signals that are not yet in the journal."""
        return len(self._waiting)

    def offer(self, signals: Sequence[Traffic]) -> None:
        """Take signals to be kept."""
        for signal in signals:
            self.lost += len(self._waiting) == WAITING_MAX
            self._waiting.append(signal)
        self._came.set()

    async def run(self) -> None:
        """Keep what is offered, for ever, one after the other: how an attack goes on comes after that it began."""
        while True:
            await self._came.wait()
            self._came.clear()
            await self._keep_all()

    async def flush(self, patience_s: float) -> None:
        """Keep what still waits, for so long at most."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._keep_all()

    async def _keep_all(self) -> None:
        while self._waiting:
            signal = self._waiting[0]
            await self._append(signal)
            # Cut off before this it is kept again, which the journal notices; or it was pushed out meanwhile.
            if self._waiting and self._waiting[0] is signal:
                self._waiting.popleft()

    async def _append(self, signal: Traffic) -> None:
        once = None
        if signal.attack:
            once = f"flows {signal.at} {signal.state} {signal.attack} {signal.target}".encode()
        while True:
            try:
                await self._journal.append(signal, once)
            except (JournalFull, JournalUnwritable) as problem:
                self.trouble = str(problem)
                _log.warning("traffic waits for the journal", why=str(problem))
                await self._sleep(float(getattr(problem, "retry_after_s", AGAIN_S)))
                continue
            except SignalInvalid as problem:
                self.refused += 1
                _log.warning("traffic that is no signal was left out", why=str(problem))
                return
            self.kept += 1
            self.trouble = ""
            return
