"""A WebSocket to a host that may be asked, with bounds on what it sends and on how long it is silent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from uproar.errors import FetchFailed
from uproar.inlets.targets import Targets

MESSAGE_BYTES_MAX = 4_194_304  # Beyond this the connection is ended; a reader sets aside far less.
WAITING_MAX = 256  # Frames between the socket and the reader; then the sender has to wait.
OPEN_S = 15.0
PING_S = 20.0  # How often we ask whether the other end lives, and how long it may take to say so.
CLOSE_S = 2.0
TOO_BIG = 1009  # RFC 6455, 7.4.1
CODES = range(1000, 1016)
HTTPS_PORT, HTTP_PORT = 443, 80


class StreamEnded(Exception):
    """The stream ended, or never began. `name` is a slug for counting, `too_big` that a frame was why."""

    def __init__(self, name: str, why: str, *, too_big: bool = False) -> None:
        super().__init__(why)
        self.name = name
        self.too_big = too_big


class Stream(Protocol):
    """What comes over one connection, frame by frame."""

    async def next(self) -> bytes | str:
        """Return the next frame. Raises StreamEnded; may be cancelled without losing one."""
        ...


Opened = Callable[[str], AbstractAsyncContextManager[Stream]]


class _Frames:
    def __init__(self, receive: Callable[..., object]) -> None:
        self._receive = receive

    async def next(self) -> bytes | str:
        try:
            return await self._receive()  # type: ignore[misc, no-any-return] # the library's overloads
        except ConnectionClosed as problem:
            raise ended(problem) from None


def ended(problem: ConnectionClosed) -> StreamEnded:
    """Return why a connection was closed, in words that quote nothing of what it carried."""
    frame = problem.rcvd or problem.sent
    code = 1006 if frame is None else int(frame.code)
    too_big = problem.sent is not None and problem.sent.code == TOO_BIG
    known = code if code in CODES else "other"  # A sender's own codes must not become many reasons.
    return StreamEnded(f"closed-{known}", f"the connection was closed ({code})", too_big=too_big)


def opener(targets: Targets, agent: str, headers: Mapping[str, str] | None = None) -> Opened:
    """Return what opens a stream; `targets` say which hosts may be asked, `headers` may hold a token."""

    @asynccontextmanager
    async def opened(url: str) -> AsyncIterator[Stream]:
        host, port = _checked(url, targets)
        # The name is still the one that the certificate must be for: it is taken from `url`.
        address = (await targets.judged(host, port))[0]
        try:
            connection = await connect(
                url,
                host=address,
                port=port,
                additional_headers=dict(headers or {}),
                user_agent_header=agent,
                compression=None,
                proxy=None,
                open_timeout=OPEN_S,
                ping_interval=PING_S,
                ping_timeout=PING_S,
                close_timeout=CLOSE_S,
                max_size=MESSAGE_BYTES_MAX,
                max_queue=WAITING_MAX,
            )
        except InvalidStatus as problem:
            status = problem.response.status_code
            raise StreamEnded(f"http-{status // 100}xx", f"it answers {status}") from None
        except (InvalidHandshake, InvalidURI, ValueError):
            raise StreamEnded("no-websocket", "it speaks no WebSocket") from None
        except (OSError, TimeoutError):
            raise StreamEnded("unreachable", "it cannot be reached") from None
        try:
            yield _Frames(connection.recv)
        finally:
            await connection.close()

    return opened


def _checked(url: str, targets: Targets) -> tuple[str, int]:
    secure = url.startswith("wss://")
    if not secure and not url.startswith("ws://"):
        raise StreamEnded("no-websocket", "its address does not begin with wss://")
    try:
        targets.check(("https://" if secure else "http://") + url.partition("://")[2])
    except FetchFailed as problem:
        raise StreamEnded("refused", str(problem)) from None
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (HTTPS_PORT if secure else HTTP_PORT)
