"""A vendor's status page on a real port, that answers as it is told: well, late, wrongly, endlessly."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass
class Vendor:
    """What a test may turn: `answer` gets the request's headers and returns bytes to be sent as they are.

    A chunk that is None ends the answer by breaking the connection off; a number waits so long.
    """

    port: int = 0
    answer: Callable[[dict[str, str]], list[bytes | float | None]] = lambda _: []
    asked: list[dict[str, str]] = field(default_factory=list)
    endless: bytes = b""
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}/api/v2/summary.json"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened.append(writer)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            headers[":path"] = head[0].split()[1]
            self.asked.append(headers)
            for chunk in self.answer(headers):
                if chunk is None:
                    writer.transport.abort()
                    return
                if isinstance(chunk, float):
                    await asyncio.sleep(chunk)
                    continue
                writer.write(chunk)
                await writer.drain()
            while self.endless:
                writer.write(self.endless)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def vendor() -> AsyncIterator[Vendor]:
    """Serve on a free port of the loopback until the test is over."""
    page = Vendor()
    server = await asyncio.start_server(page._serve, HOST, 0)
    page.port = server.sockets[0].getsockname()[1]
    try:
        yield page
    finally:
        server.close()
        for writer in page.opened:
            writer.transport.abort()
        await asyncio.sleep(0)


def reply(status: int, body: bytes = b"", **headers: str) -> list[bytes | float | None]:
    """Return a whole answer; names of headers are written with "_" for "-"."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return [("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body]


def bomb(size: int) -> bytes:
    """Return a few bytes that unpack to many."""
    return gzip.compress(b" " * size, 9)
