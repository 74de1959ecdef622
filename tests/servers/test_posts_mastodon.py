"""A Mastodon server on a real port: its stream is counted, its token goes nowhere else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from servers.vendor import HOST, vendor
from uproar.app.clock import SystemClock
from uproar.errors import SettingsInvalid
from uproar.inlets.posts.arriving import Arriving
from uproar.inlets.posts.keeping import Keeper
from uproar.inlets.posts.mastodon import Mastodon
from uproar.inlets.posts.websocket import opener
from uproar.inlets.posts.window import Counting, Judge
from uproar.inlets.targets import Targets
from uproar.inlets.tokens import Token, tokens_by_host
from uproar.journal.memory import MemoryJournal
from uproar.model.mention import Mention
from uproar.model.signal import Post

TOKEN = "a-token-of-an-account"
NOW = 1_786_701_600_000
PATIENCE_S = 30.0


def mentions(text: str, _languages: Sequence[str]) -> tuple[Mention, ...]:
    return (Mention("x", "failing", 1.0, "en"),) if "x is down" in text else ()


def status(number: int, content: str, **more: object) -> bytes:
    account = {"acct": f"person{number}", "uri": f"https://m.example/users/{number}"}
    fields = {"id": str(number), "uri": f"https://m.example/{number}", "content": content}
    body = json.dumps({**fields, "language": "en", "account": account, **more})
    return f"event: update\ndata: {body}\n\n".encode()


def stream(*events: bytes, end: bool = True) -> list[bytes | float | None]:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
    return [head, *events, *([None] if end else [])]


class Listening:
    """A reader of one server that keeps a window whenever a test asks it to."""

    def __init__(self, url: str) -> None:
        self.journal = MemoryJournal(SystemClock())
        self.arriving = Arriving(
            "mastodon m.example",
            counting=Counting(Judge(mentions, lambda _: "")),
            keeper=Keeper(self.journal, "mastodon m.example"),
            wall_ms=lambda: NOW,
        )
        self.source = Mastodon(
            url,
            Token(TOKEN),
            targets=Targets([HOST]),
            agent="Uproar/test",
            opened=opener(Targets([HOST]), "Uproar/test", {"Authorization": f"Bearer {TOKEN}"}),
            arriving=self.arriving,
            key=b"k" * 32,
            wall_ms=lambda: NOW,
            elapsed_s=lambda: 0.0,
            chance=lambda: 0.5,
            sleep=lambda _: asyncio.sleep(0.01),
        )

    async def until(self, read: int) -> None:
        task = asyncio.create_task(self.source.run())
        try:
            async with asyncio.timeout(PATIENCE_S):
                while self.source.seeing().read < read:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await self.arriving.end()

    @property
    def posts(self) -> list[Post]:
        return [s for _, s in self.journal.read(0, 1_000) if isinstance(s, Post)]


def test_a_stream_of_statuses_is_counted_across_a_break() -> None:
    async def case() -> None:
        async with vendor() as page:
            answers = [
                stream(
                    b":)\n\n",
                    status(1, "<p>x is <b>down</b></p>"),
                    b":thump\n\nevent: delete\ndata: 99\n\n",
                    status(2, "<p>a cat &amp; a dog</p>"),
                    status(1, "<p>x is down</p>").replace(
                        b"event: update", b"event: status.update"
                    ),
                    b"event: update\ndata: {not json\n\n",
                    status(3, "<p>x is down</p>")[:40],
                ),
                stream(status(2, "<p>a cat</p>"), status(3, "<p>x is down</p>"), end=False),
            ]
            page.answer = lambda _: answers.pop(0) if len(answers) > 1 else answers[0]
            listening = Listening(f"http://{HOST}:{page.port}/api/v1/streaming/public")
            await listening.until(7)
            whole = [post for post in listening.posts if not post.service]
            assert sum(post.of for post in whole) == 3
            assert sum(post.failing for post in listening.posts) == 2
            assert page.asked[0]["authorization"] == f"Bearer {TOKEN}"
            assert listening.source.seeing().rejected["no-json"] == 1

    asyncio.run(case())


def test_the_same_comes_by_websocket() -> None:
    asked: list[str] = []

    async def send(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(connection.request.headers["Authorization"])
        status = {"id": "7", "content": "<p>x is down</p>", "account": {"acct": "a"}}
        frame = {"stream": ["public"], "event": "update", "payload": json.dumps(status)}
        await connection.send(json.dumps(frame))
        await connection.send(json.dumps({"event": "delete", "payload": "3"}))
        await connection.send("nonsense")
        await connection.wait_closed()

    async def case() -> None:
        async with serve(send, HOST, 0) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            listening = Listening(f"ws://{HOST}:{port}/api/v1/streaming?stream=public")
            await listening.until(3)
            assert [(post.service, post.of, post.failing) for post in listening.posts] == [
                ("x", 0, 1.0),
                ("", 1, 0.0),
            ]
            assert asked == [f"Bearer {TOKEN}"]

    asyncio.run(case())


def test_a_redirect_is_not_followed_with_the_token() -> None:
    async def case() -> None:
        async with vendor() as page, vendor() as other:
            head = f"HTTP/1.1 302 Found\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
            page.answer = lambda _: [head.encode()]
            listening = Listening(f"http://{HOST}:{page.port}/api/v1/streaming/public")
            task = asyncio.create_task(listening.source.run())
            async with asyncio.timeout(PATIENCE_S):
                while len(page.asked) < 3:  # noqa: ASYNC110 - it tells nobody
                    await asyncio.sleep(0.01)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            assert other.asked == []
            assert "answers 302" in listening.source.seeing().trouble

    asyncio.run(case())


def test_a_token_shows_itself_nowhere(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# ours\nm.example {TOKEN}\n")
    found = tokens_by_host(file)
    assert found["m.example"].bearer() == f"Bearer {TOKEN}"
    assert TOKEN not in repr(found)
    file.write_text("m.example short\n")
    with pytest.raises(SettingsInvalid, match="16 to 500 printable signs") as refused:
        tokens_by_host(file)
    assert "short" not in str(refused.value)
