"""Windows into the journal: each count once, whatever dies in between.

The counts of the services come first, the source as a whole last; its cursor says that all before it
is kept. Every signal has an idempotency key made of the source and the cursor that the window began
at. So a window that was cut off half-way is read again, and what it had kept is not kept twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from uproar.errors import IdempotencyConflict, JournalFull, JournalUnwritable
from uproar.model.signal import Post
from uproar.ports import Journal

AGAIN_S = 2.0  # Before the journal is asked again, where it says nothing better.
AT_ONCE_MAX = 50  # Signals of one window that wait for the disk together.

_log = structlog.get_logger("uproar.posts")


class Keeper:
    """Appends the windows of one source. It waits where the journal cannot take them: nobody reads on.

    `kept` counts signals that the journal acknowledged.
    """

    def __init__(
        self,
        journal: Journal,
        source: str,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._journal = journal
        self._source = source
        self._sleep = sleep
        self.kept = 0
        self.trouble = ""

    async def keep(self, own: Sequence[Post], whole: Post, begun: str) -> None:
        """Keep a window that began at the cursor `begun`; with an empty one nothing can be told apart."""
        for first in range(0, len(own), AT_ONCE_MAX):
            few = own[first : first + AT_ONCE_MAX]
            await asyncio.gather(*(self._append(each, begun) for each in few))
        await self._append(whole, begun)

    async def _append(self, post: Post, begun: str) -> None:
        once = f"posts {self._source} {begun} {post.service}".encode() if begun else None
        while True:
            try:
                receipt = await self._journal.append(post, once)
            except IdempotencyConflict:
                # It was kept before we stopped; its author memory is gone, so it may differ by a few.
                break
            except (JournalFull, JournalUnwritable) as problem:
                self.trouble = str(problem)
                _log.warning("posts wait for the journal", why=str(problem))
                await self._sleep(float(getattr(problem, "retry_after_s", AGAIN_S)))
                continue
            self.kept += not receipt.repeated
            break
        self.trouble = ""
