"""Posts of a source that cannot be asked again: they are counted by when they arrive, in windows of ours.

What came while we were away is lost, and the gap shows in the journal. Nothing waits here but counts,
so a journal that cannot write makes one window longer and loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Awaitable, Callable

from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.seen import Seen
from uproar.inlets.posts.setaside import set_aside
from uproar.inlets.posts.window import Counting, Window
from uproar.model.seeing import Seeing
from uproar.model.tick import TICK_MS
from uproar.wire.posts.posted import Broken, Passed, Posted, Read, Rejected

LAST_S = (
    2.0  # What was counted last has so long to reach the disk when the program is asked to end.
)


class Arriving:
    """Counts what is given to `take`, and keeps a window every ten seconds while `run` runs."""

    def __init__(
        self,
        source: str,
        *,
        counting: Counting,
        keeper: Keeper,
        wall_ms: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.source = source
        self._counting = counting
        self._keeper = keeper
        self._wall_ms = wall_ms
        self._sleep = sleep
        self._seen = Seen()
        self._window = Window()
        self._is_heard = False
        self._heard_at = 0
        self._read = 0
        self.rejected: Counter[str] = Counter()
        self.trouble = ""

    def take(self, found: Read) -> bool:
        """Count what was read; return whether it was a new post."""
        self._read += 1
        if isinstance(found, Rejected):
            set_aside(self.rejected, found, self.source)
            return False
        if isinstance(found, Broken):
            return False
        self.hear()
        if isinstance(found, Passed):
            return False
        return self._count(found)

    def _count(self, posted: Posted) -> bool:
        if not self._seen.first(posted.key):
            self.rejected["repeat"] += 1
            return False
        self._counting.count(self._window, posted)
        return True

    def hear(self) -> None:
        """Note a sign of life."""
        self._heard_at = self._wall_ms()
        self._is_heard = True

    async def run(self) -> None:
        """Keep what came, every ten seconds and at the end; where nothing was heard, nothing is said."""
        try:
            while True:
                await self._sleep(TICK_MS / 1000)
                await self.end()
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_S):
                    await self.end()

    async def end(self) -> None:
        """End the window and keep it."""
        if not self._is_heard:
            return
        window, self._window, self._is_heard = self._window, Window(), False
        now = self._wall_ms()
        window.until_at = now
        own, whole = self._counting.signals(window, self.source)
        self._seen.keep(now, now)
        self._counting.keep(now)
        await self._keeper.keep(own, whole, "")

    def seeing(self) -> Seeing:
        """Return how well this source is seen."""
        return Seeing(
            heard_at=self._heard_at,
            read=self._read,
            signals=self._keeper.kept,
            rejected=dict(self.rejected),
            lost=self._counting.lost,
            trouble=self._keeper.trouble or self.trouble,
        )
