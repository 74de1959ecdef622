"""What a probe elsewhere has measured and not delivered yet: bounded, the oldest lost first and counted."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from uproar.errors import FetchFailed, ProbeRejected
from uproar.model.probe import Batch, Result, Taken
from uproar.wire.probed import RESULTS_MAX

WAITING_MAX = 10_000  # results; at 100 checks a minute more than an hour and a half
GATHER_S = 0.3  # Results that come within so long travel together.
AGAIN_S = 1.0  # before a batch is sent again; then twice as long each time,
AGAIN_S_MAX = 60.0  # up to this.
JITTER = 0.3  # part of the pause by which it is moved, so that many probes do not come back in step


class Outbox:
    """Delivers results in order, again and again until they are taken.

    `send` delivers a batch and returns its receipt; it raises FetchFailed, with `again` where another try may help.
    """

    def __init__(
        self,
        send: Callable[[Batch], Awaitable[Taken]],
        *,
        now: Callable[[], int],
        chance: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        waiting_max: int = WAITING_MAX,
    ) -> None:
        self._send = send
        self._now = now
        self._chance = chance
        self._sleep = sleep
        self._waiting: deque[Result] = deque()
        self._most = waiting_max
        self._came = asyncio.Event()
        self.lost = 0
        self.delivered = 0
        self.refused = 0
        self.trouble = ""

    @property
    def waiting(self) -> int:
        """How many results wait to be delivered."""
        return len(self._waiting)

    async def put(self, results: Sequence[Result]) -> None:
        """Take results to be delivered; beyond the bound the oldest are lost."""
        self._waiting.extend(results)
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            self.lost += 1
        self._came.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        pause_s = AGAIN_S
        while True:
            await self._came.wait()
            await self._sleep(GATHER_S)
            if await self.flush():
                pause_s = AGAIN_S
                continue
            await self._sleep(pause_s * (1 + JITTER * (2 * self._chance() - 1)))
            pause_s = min(2 * pause_s, AGAIN_S_MAX)

    async def flush(self) -> bool:
        """Deliver what waits; return whether all went. What is refused for good is dropped and counted."""
        while self._waiting:
            batch = tuple(self._waiting)[:RESULTS_MAX]
            try:
                taken = await self._send(Batch(self._now(), batch, self.lost))
            except (FetchFailed, ProbeRejected) as problem:
                self.trouble = str(problem)
                if isinstance(problem, FetchFailed) and not problem.again:
                    self.refused += len(batch)
                    self._drop(batch)
                return False
            self.trouble = ""
            self.delivered += taken.accepted + taken.repeated
            self.refused += taken.rejected
            self._drop(batch)
        self._came.clear()
        return True

    def _drop(self, batch: Sequence[Result]) -> None:
        """Take out what was delivered; some of it may have been lost to newer results meanwhile."""
        gone = set(map(id, batch))
        while self._waiting and id(self._waiting[0]) in gone:
            self._waiting.popleft()
