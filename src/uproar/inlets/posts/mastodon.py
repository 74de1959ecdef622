"""The public timeline of a Mastodon server, as server-sent events or by WebSocket, read for ever.

A server sees what it federates: a sample. It needs the token of an account there; the token goes to
that host and to no other, so a redirect is not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import httpcore2
import structlog

from uproar.errors import FetchFailed
from uproar.inlets.posts.arriving import Arriving
from uproar.inlets.posts.websocket import Opened, StreamEnded
from uproar.inlets.targets import Targets
from uproar.inlets.tokens import Token
from uproar.model.seeing import Seeing
from uproar.wire.posts import mastodon
from uproar.wire.posts.sse import Event, Events

STEP_S = 15.0  # To connect and to write.
SILENCE_S = 90.0  # Servers send a heartbeat every 15 s; without any sign for so long, it is over.
BATCH = 64  # Frames after which others have their turn too.
AGAIN_S, AGAIN_S_MAX = 2.0, 300.0  # Before the next connection; twice as long after each failure.
SOUND_S = 60.0  # A connection that stood for so long had no reason to fail.

_log = structlog.get_logger("uproar.posts")


class Mastodon:
    """One server's stream: `https://HOST/api/v1/streaming/public`, or the same by WebSocket.

    That is `wss://HOST/api/v1/streaming?stream=public`. `opened` opens it, with the token in its headers.
    """

    def __init__(
        self,
        url: str,
        token: Token | None,
        *,
        targets: Targets,
        agent: str,
        opened: Opened,
        arriving: Arriving,
        key: bytes,
        wall_ms: Callable[[], int],
        elapsed_s: Callable[[], float],
        chance: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._url = url
        self._host = urlsplit(url).hostname or ""
        self._token = token
        self._targets = targets
        self._agent = agent
        self._opened = opened
        self._arriving = arriving
        self._key = key
        self._wall_ms = wall_ms
        self._elapsed_s = elapsed_s
        self._chance = chance
        self._sleep = sleep

    def seeing(self) -> Seeing:
        """Return how well the stream is seen."""
        return self._arriving.seeing()

    async def run(self) -> None:
        """Read for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._arriving.run(), name=f"posts {self._host} windows")
            tasks.create_task(self._read(), name=f"posts {self._host}")

    async def _read(self) -> None:
        pause_s = AGAIN_S
        while True:
            begun_s = self._elapsed_s()
            try:
                await (self._listen() if self._url.startswith("ws") else self._follow())
                why = "it ended"
            except (FetchFailed, StreamEnded) as problem:
                why = str(problem)
            except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError):
                why = "it cannot be reached, or has fallen silent"
            except (httpcore2.ProtocolError, httpcore2.UnsupportedProtocol, ValueError):
                why = "it speaks no HTTP that we understand"
            self._arriving.trouble = f"the stream of {self._host} is interrupted: {why}"
            self._arriving.rejected["stream-ended"] += 1
            _log.warning("stream ended", source=self._arriving.source, why=why)
            if self._elapsed_s() - begun_s >= SOUND_S:
                pause_s = AGAIN_S
            await self._sleep(pause_s * (0.5 + self._chance()))
            pause_s = min(2 * pause_s, AGAIN_S_MAX)

    async def _follow(self) -> None:
        self._targets.check(self._url)
        headers: dict[bytes | str, bytes | str] = {
            "User-Agent": self._agent,
            "Accept": "text/event-stream",
        }
        if self._token is not None:
            headers["Authorization"] = self._token.bearer()
        waits = {"connect": STEP_S, "write": STEP_S, "pool": STEP_S, "read": SILENCE_S}
        async with httpcore2.AsyncConnectionPool(network_backend=self._targets) as pool:
            asked = pool.stream("GET", self._url, headers=headers, extensions={"timeout": waits})
            async with asked as answer:
                if answer.status != 200:
                    raise FetchFailed(f"it answers {answer.status}")
                self._arriving.trouble = ""
                events = Events()
                async for piece in answer.aiter_stream():
                    for event in events.feed(piece):
                        self._take(event)
                    await asyncio.sleep(0)

    async def _listen(self) -> None:
        async with self._opened(self._url) as stream:
            self._arriving.trouble = ""
            while True:
                for _ in range(BATCH):
                    frame = await stream.next()
                    found = mastodon.read_frame(frame, self._wall_ms(), self._key)
                    self._arriving.take(found)
                await asyncio.sleep(0)

    def _take(self, event: Event) -> None:
        if event.too_long:
            self._arriving.rejected["too-long"] += 1
        elif not event.kind:
            self._arriving.hear()
        else:
            self._arriving.take(mastodon.read(event.kind, event.data, self._wall_ms(), self._key))
