"""A social network on a real port: Jetstream in both forms, which replays, repeats, breaks off and lies."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from uproar.model.tick import iso

HOST = "127.0.0.1"
COLLECTION = "app.bsky.feed.post"


@dataclass(frozen=True)
class Entry:
    """Something in the network's log. `raw` is sent as it stands, and has no place in a replay."""

    at_us: int
    did: str = ""
    rkey: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    operation: str = "create"
    raw: bytes | str | None = None


@dataclass
class Network:
    """What a test may turn. `cut_after` are frames after which each connection breaks off, in turn.

    `twice` sends every n-th entry twice. `asked` are the queries of the connections.
    """

    log: list[Entry] = field(default_factory=list)
    second: bool = False
    cut_after: list[int] = field(default_factory=list)
    twice: int = 0
    errors: list[str] = field(default_factory=list)
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    port: int = 0
    pause_s: float = 0.0
    more: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        path = "/xrpc/network.bsky.jetstream.subscribeEvents" if self.second else "/subscribe"
        return f"ws://{HOST}:{self.port}{path}"

    def add(self, *entries: Entry) -> None:
        """Let something be posted."""
        self.log.extend(entries)
        self.more.set()

    async def serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        self.asked.append(query)
        if self.errors:
            name = self.errors.pop(0)
            await connection.send(json.dumps({"$type": "error", "error": name}))
            await connection.close(1008)
            return
        cut = self.cut_after.pop(0) if self.cut_after else 0
        with suppress(ConnectionClosed):
            await self._send(connection, query, cut)

    async def _send(
        self, connection: ServerConnection, query: dict[str, list[str]], cut: int
    ) -> None:
        number, sent = self._start(query), 0
        while True:
            while number < len(self.log):
                frame = self._frame(number)
                for _ in range(2 if self.twice and number % self.twice == 0 else 1):
                    await connection.send(frame)
                    sent += 1
                    if sent == cut:
                        connection.transport.abort()
                        return
                if self.pause_s:
                    await asyncio.sleep(self.pause_s)
                number += 1
            self.more.clear()
            waits = [
                asyncio.ensure_future(self.more.wait()),
                asyncio.ensure_future(connection.wait_closed()),
            ]
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            for wait in waits:
                wait.cancel()
            if not self.more.is_set():
                return

    def _start(self, query: dict[str, list[str]]) -> int:
        """Return where to begin: a cursor is inclusive; without one it is from now on."""
        if "cursor" not in query:
            return 0 if len(self.asked) == 1 else len(self.log)
        cursor = int(query["cursor"][0])
        for number, entry in enumerate(self.log):
            place = number + 1 if cursor < 10**15 else entry.at_us
            if place >= cursor:
                return number
        return len(self.log)

    def _frame(self, number: int) -> bytes | str:
        entry = self.log[number]
        if entry.raw is not None:
            return entry.raw
        record: dict[str, Any] = {"$type": COLLECTION, "text": entry.text, "langs": ["en"]}
        if entry.tags:
            kind = "app.bsky.richtext.facet#tag"
            features = [{"$type": kind, "tag": tag} for tag in entry.tags]
            record["facets"] = [{"features": features, "index": {"byteStart": 0, "byteEnd": 1}}]
        commit = {
            "rev": "3l3",
            "operation": entry.operation,
            "collection": COLLECTION,
            "rkey": entry.rkey,
            "cid": "bafy",
        }
        if entry.operation == "create":
            commit["record"] = record  # type: ignore[assignment]
        if not self.second:
            first = {"did": entry.did, "time_us": entry.at_us, "kind": "commit", "commit": commit}
            return json.dumps(first)
        payload = {
            "$type": "network.bsky.jetstream.subscribeEvents#commit",
            "seq": number + 1,
            "did": entry.did,
            "time": iso(entry.at_us // 1000),
            **commit,
        }
        return json.dumps({"$type": "message", "payload": payload})


@asynccontextmanager
async def network(**turned: Any) -> AsyncIterator[Network]:
    """Serve on a free port of the loopback until the test is over."""
    net = Network(**turned)
    async with serve(net.serve, HOST, 0, compression=None, max_size=None) as server:
        net.port = next(iter(server.sockets)).getsockname()[1]
        yield net
