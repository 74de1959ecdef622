"""One port, one process: the application under Granian, in the event loop that runs everything.

Granian speaks HTTP in Rust threads of its own and calls the application in our loop. We bind the
socket ourselves: Granian would share a port that is taken (SO_REUSEPORT) instead of saying so.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from granian import net
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server.embed import Server

from uproar.errors import ListenRefused

BACKLOG = 1024
CONNECTIONS_MAX = 4096  # open at once; more wait in the backlog
HEADER_MS = 10_000  # from connecting, or from the last answer, to the end of a request's header
HEADER_BYTES_MAX = 16_384
STOP_S = 15.0  # for answers under way; longer than a slow header may take

Application = Callable[[Any, Any, Any], Awaitable[None]]


def _adopt(server: Any, bound: socket.socket) -> None:
    """Make Granian listen on a socket that is bound already, for which it has no public way.

    tests/servers/test_site.py would notice a Granian that does this differently.
    """
    # Granian closes what it is given, and so do we: each has a descriptor of its own.
    holder: Any = net.SocketHolder  # type: ignore[attr-defined]
    server._shd = holder(os.dup(bound.fileno()), False, BACKLOG)  # noqa: SLF001 - as said above
    server._init_shared_socket = lambda: None  # noqa: SLF001 - the same


async def serve(
    app: Application,
    host: str,
    port: int,
    ready: Callable[[str], None],
    stop: asyncio.Event,
    *,
    connections_max: int = CONNECTIONS_MAX,
    header_ms: int = HEADER_MS,
) -> None:
    """Serve until `stop` is set; then finish what is under way, for STOP_S at most.

    Port 0 takes a free one. `ready` is called with the URL once connections are taken. Raises
    ListenRefused when the address cannot be had, or the server ends by itself.
    """
    with _listening(host, port) as bound:
        server = Server(
            app,
            address=host,
            port=bound.getsockname()[1],
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=connections_max,
            http1_settings=HTTP1Settings(
                header_read_timeout=header_ms, max_buffer_size=HEADER_BYTES_MAX
            ),
            log_enabled=False,
        )
        _adopt(server, bound)
        running = asyncio.create_task(server.serve(), name="uproar-web")
        stopping = asyncio.create_task(stop.wait(), name="uproar-web-stop")
        await asyncio.sleep(0)
        ready(_url(host, bound.getsockname()[1]))
        try:
            await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                await running
                raise ListenRefused(f"the web server on {host} ended by itself; see the log")
        finally:
            stopping.cancel()
            await _ended(server, running)


async def _ended(server: Server, running: asyncio.Task[None]) -> None:
    if running.done():
        return
    server.stop()  # type: ignore[no-untyped-call]
    done, _ = await asyncio.wait({running}, timeout=STOP_S)
    if not done:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        bound = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "no port"
        raise ListenRefused(
            f"cannot listen on {host}, port {port}: {reason}; "
            "choose another with --port, or stop the program that has it"
        ) from None
    bound.setblocking(False)
    return bound


def _url(host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", ""} else "[::1]" if host == "::" else host  # noqa: S104 - shown, not bound
    if ":" in shown and not shown.startswith("["):
        shown = f"[{shown}]"
    return f"http://{shown}:{port}/"
