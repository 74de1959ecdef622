"""Reading the bodies of requests, with a bound on everything: bytes, time, and how many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uproar.errors import ReportRejected
from uproar.wire.reportform import BODY_BYTES_MAX, too_large

BODY_S = 10.0  # from the first look at a body to its last byte
SWEEP_S = 1.0  # how often late ones are looked for
READING_MAX = 1_000  # bodies that may be on their way at once; then the oldest gives way
DRAIN_BYTES_MAX = (
    16 * 1_048_576
)  # of a body that is too long, thrown away so that the answer is read
DRAINING_MAX = 8  # bodies that may be thrown away at once; others are cut off

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Bodies:
    """The bodies that are on their way, oldest first.

    A timer for each request costs a fifth of what a report may cost. So all share one, which looks
    once a second at those that have waited longest.
    """

    def __init__(
        self,
        *,
        seconds: float = BODY_S,
        sweep_s: float = SWEEP_S,
        at_once: int = READING_MAX,
        bytes_max: int = BODY_BYTES_MAX,
    ) -> None:
        self._seconds = seconds
        self._bytes_max = bytes_max
        self._sweep_s = sweep_s
        self._at_once = at_once
        self._waiting: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._draining = 0
        self._sweeper: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        """How many bodies are on their way."""
        return len(self._waiting)

    async def read(self, receive: Receive, declared: bytes | None) -> bytes:
        """Return a body; `declared` is its Content-Length header, if it has one.

        Raises ReportRejected: 413 when it is longer than `bytes_max`, 408 when it takes too
        long or, with READING_MAX on their way, longest, 400 when the connection ends before it does.
        """
        length = int(declared) if declared is not None and declared.isdigit() else None
        task = asyncio.current_task()
        assert task is not None
        if len(self._waiting) >= self._at_once:
            self._give_up(next(iter(self._waiting)))
        loop = task.get_loop()
        self._waiting[task] = loop.time() + self._seconds
        if self._sweeper is None:
            self._sweeper = loop.call_later(self._sweep_s, self._sweep, loop)
        try:
            return await self._received(receive, length)
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise ReportRejected(
                408,
                "too-slow",
                f"the body did not arrive within {self._seconds:g} s; send it again",
            ) from None
        finally:
            self._waiting.pop(task, None)
            self._late.discard(task)

    async def _received(self, receive: Receive, length: int | None) -> bytes:
        if length is not None and length > self._bytes_max:
            await self._drain(receive, length)
            raise too_large(self._bytes_max)
        body = b""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ReportRejected(
                    400, "body-cut-off", "the connection ended before the body did"
                )
            chunk: bytes = message.get("body", b"")
            body = body + chunk if body else chunk
            if len(body) > self._bytes_max:
                await self._drain(receive, None)
                raise too_large(self._bytes_max)
            if len(body) == length or not message.get("more_body", False):
                return body

    async def _drain(self, receive: Receive, length: int | None) -> None:
        """Throw away what still comes: a client that is cut off while it sends reads no answer."""
        if self._draining >= DRAINING_MAX or (length or 0) > DRAIN_BYTES_MAX:
            return
        self._draining += 1
        try:
            seen = 0
            while seen < DRAIN_BYTES_MAX:
                message = await receive()
                seen += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
        finally:
            self._draining -= 1

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task, deadline in list(self._waiting.items()):
            if deadline > now:
                break
            self._give_up(task)
        self._sweeper = loop.call_later(self._sweep_s, self._sweep, loop) if self._waiting else None

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        del self._waiting[task]
        self._late.add(task)
        task.cancel()
