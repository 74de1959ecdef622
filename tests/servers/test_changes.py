"""Hooks over a real socket: what is believed, what is set aside, what comes again, what is too much."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from servers.desk import Reply, head_of, read_reply
from uproar.app.clock import SystemClock
from uproar.errors import JournalFull, JournalUnwritable
from uproar.inlets import changes
from uproar.inlets.changes import AT_ONCE, PATH, Changes, Hook
from uproar.journal.sqlite import SqliteJournal
from uproar.model.seeing import Letter
from uproar.model.signal import Change
from uproar.model.tick import HOUR_MS
from uproar.outlets.server import serve
from uproar.outlets.site import Site
from uproar.outlets.web import Web
from uproar.present.pages import notice
from uproar.wire.changes.letters import unfolded
from uproar.wire.changes.normal import Subject

SECRET = b"a-secret-of-the-hook-0123456789"
X = Subject("x")
HOOKS = [
    Hook("github", "github", "github", X, (SECRET,)),
    Hook("gitlab", "gitlab", "gitlab", X, (SECRET,)),
    Hook("pagerduty", "pagerduty", "routing-key", X, (SECRET,)),
    Hook("standard", "plain", "standard-webhooks", X, (SECRET,)),
    Hook("plain", "plain", "bearer", X, (SECRET,)),
    Hook("open", "plain", "none", X),
    Hook("events", "cloudevents", "bearer", X, (SECRET,)),
]
BEARER = f"Bearer {SECRET.decode()}"


class Aside:
    """Dead letters in a list."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def put(self, **letter: Any) -> None:
        self.kept.append(letter)

    def counts(self) -> Mapping[str, int]:
        return {"changes": len(self.kept)}

    def read(self, after: int, limit: int) -> Sequence[Letter]:
        raise NotImplementedError(after, limit)

    def drop(self, numbers: Sequence[int]) -> int:
        raise NotImplementedError(numbers)


@dataclass
class Front:
    port: int
    journal: SqliteJournal
    changes: Changes
    letters: Aside = field(default_factory=Aside)
    now: int = 0

    async def post(self, hook: str, body: bytes, **headers: str) -> Reply:
        named = {"content-type": "application/json", "content-length": str(len(body)), **headers}
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(head_of("POST", f"{PATH}{hook}", named) + body)
        await writer.drain()
        reply = await read_reply(reader)
        writer.close()
        return reply

    def kept(self) -> list[Change]:
        return [signal for _, signal in self.journal.read(0, 1_000) if isinstance(signal, Change)]


@asynccontextmanager
async def front(folder: Path) -> AsyncIterator[Front]:
    clock = SystemClock()
    letters = Aside()
    with SqliteJournal.open(folder / "journal.db", clock) as journal:
        hooks = Changes(journal, HOOKS, clock.wall_ms, letters)
        site = Site()
        site.publish({})
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        web = Web(site, notice, posts=hooks.posts())
        running = asyncio.create_task(serve(web, "127.0.0.1", 0, url.set_result, stop))
        port = int((await url).rstrip("/").rpartition(":")[2])
        try:
            yield Front(port, journal, hooks, letters, clock.wall_ms())
        finally:
            stop.set()
            await running


def signed(body: bytes, **headers: str) -> dict[str, str]:
    digest = hmac.new(SECRET, body, hashlib.sha256).hexdigest()
    return {"x_hub_signature_256": f"sha256={digest}", **headers}


def told(reply: Reply) -> dict[str, Any]:
    return dict(json.loads(reply.body))


def test_what_is_signed_and_not_understood_is_set_aside_and_nothing_else_is(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            body = b'{"deployment_status": {"state": "levitating"}}'
            headers = signed(body, x_github_event="deployment_status")
            reply = await opened.post("github", body, **headers)
            assert (reply.status, reply.error["slug"]) == (422, "state")
            (letter,) = opened.letters.kept
            assert (letter["inlet"], letter["source"], letter["reason"]) == (
                "changes",
                "github",
                "state",
            )
            kept_headers, kept_body = unfolded(letter["body"])
            assert kept_body == body
            assert kept_headers["x-github-event"] == "deployment_status"
            assert not {name for name in kept_headers if "signature" in name}
            headers["x_hub_signature_256"] = "sha256=" + "0" * 64
            assert (await opened.post("github", body, **headers)).status == 401
            ping = b'{"zen": "Speak like a human."}'
            reply = await opened.post("github", ping, **signed(ping, x_github_event="ping"))
            assert (reply.status, told(reply)["ids"]) == (200, [])
            assert len(opened.letters.kept) == 1
            assert opened.kept() == []
            assert opened.changes.seeing().rejected == {"state": 1, "bad-signature": 1, "ping": 1}

    asyncio.run(story())


def test_a_sender_that_would_give_up_is_told_that_it_was_taken(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            reply = await opened.post("gitlab", b"{}", x_gitlab_token=SECRET.decode())
            assert (reply.status, told(reply)["status"]) == (202, "set-aside")
            body = json.dumps({"routing_key": SECRET.decode(), "payload": {}}).encode()
            reply = await opened.post("pagerduty", body)
            assert (reply.status, told(reply)["status"]) == (202, "set-aside")
            assert [letter["source"] for letter in opened.letters.kept] == ["gitlab", "pagerduty"]
            assert all(SECRET not in letter["body"] for letter in opened.letters.kept)

    asyncio.run(story())


def test_what_comes_again_is_kept_once_also_after_a_restart(tmp_path: Path) -> None:
    body = b'{"text": "v1", "id": "1", "finished": "2025-03-10T09:44:00Z"}'

    async def story(*, first: bool) -> None:
        async with front(tmp_path) as opened:
            replies = [await opened.post("plain", body, authorization=BEARER) for _ in range(3)]
            assert {told(reply)["ids"][0] for reply in replies} == {"1"}
            assert len(opened.kept()) == 1
            assert opened.changes.seeing().signals == (1 if first else 0)

    asyncio.run(story(first=True))
    asyncio.run(story(first=False))


def test_a_correction_is_another_one_and_no_conflict(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            for text in (b"v1", b"v2"):
                body = b'{"text": "%s", "id": "1"}' % text
                assert (await opened.post("plain", body, authorization=BEARER)).status == 202
            assert [change.title for change in opened.kept()] == ["v1", "v2"]

    asyncio.run(story())


@pytest.mark.parametrize(("ago_ms", "status"), [(0, 202), (HOUR_MS, 401)])
def test_what_was_signed_long_ago_is_refused(tmp_path: Path, ago_ms: int, status: int) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            body, stamp = b'{"text": "v1"}', str((opened.now - ago_ms) // 1000)
            digest = hmac.new(SECRET, f"m1.{stamp}.".encode() + body, hashlib.sha256).digest()
            reply = await opened.post(
                "standard", body, webhook_id="m1", webhook_timestamp=stamp,
                webhook_signature=f"v1,{base64.b64encode(digest).decode()}",
            )  # fmt: skip
            assert reply.status == status

    asyncio.run(story())


def test_an_open_hook_takes_nothing_from_pages_of_other_sites(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            body = b'{"text": "v1"}'
            assert (await opened.post("open", body)).status == 202
            reply = await opened.post("open", body, sec_fetch_site="cross-site")
            assert (reply.status, reply.error["slug"]) == (403, "cross-site")
            reply = await opened.post("open", body, origin="https://elsewhere.example")
            assert reply.status == 403

    asyncio.run(story())


def test_only_so_many_come_in_one_moment_and_strangers_use_nothing_up(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            body = b'{"text": "v1"}'
            for _ in range(AT_ONCE + 10):
                assert (await opened.post("plain", body, authorization="Bearer no")).status == 401
            opened.changes.wall_ms = lambda: opened.now
            replies = [
                (await opened.post("plain", body, authorization=BEARER)) for _ in range(AT_ONCE + 1)
            ]
            assert [reply.status for reply in replies] == [202] * AT_ONCE + [429]
            assert int(replies[-1].headers["retry-after"]) >= 1
            opened.now += HOUR_MS
            assert (await opened.post("plain", body, authorization=BEARER)).status == 202

    asyncio.run(story())


def test_a_body_has_its_bound_and_a_hook_its_name(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            reply = await opened.post("plain", b" " * 1_048_577, authorization=BEARER)
            assert (reply.status, reply.error["slug"]) == (413, "body-too-large")
            padded = b'{"text": "v1"}' + b" " * 1_000_000
            assert (await opened.post("plain", padded, authorization=BEARER)).status == 202
            assert (await opened.post("nobody", b"{}")).status == 404

    asyncio.run(story())


def test_a_batch_is_kept_whole_and_a_second_time_not_at_all(tmp_path: Path) -> None:
    async def story() -> None:
        async with front(tmp_path) as opened:
            events = [
                {
                    "specversion": "1.0",
                    "id": str(n),
                    "source": "/ci",
                    "type": "a",
                    "data": {"text": f"v{n}"},
                }
                for n in range(50)
            ]
            headers = {
                "content_type": "application/cloudevents-batch+json",
                "authorization": BEARER,
            }
            body = json.dumps(events).encode()
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            first = await opened.post("events", body, **named)
            again = await opened.post("events", body, **named)
            assert (first.status, len(told(first)["ids"])) == (202, 50)
            assert told(again)["ids"] == told(first)["ids"]
            assert len(opened.kept()) == 50

    asyncio.run(story())


def test_a_full_disk_acknowledges_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:

    async def story() -> None:
        async with front(tmp_path) as opened:
            for problem, slug in (
                (JournalFull(7), "busy"),
                (JournalUnwritable("/secret/path"), "not-kept"),
            ):

                async def refuse(*_: object, problem: Exception = problem) -> None:
                    raise problem

                monkeypatch.setattr(opened.journal, "append", refuse)
                reply = await opened.post("plain", b'{"text": "v1"}', authorization=BEARER)
                assert (reply.status, reply.error["slug"]) == (503, slug)
                assert int(reply.headers["retry-after"]) >= 5
                assert b"secret" not in reply.body

    asyncio.run(story())


def test_a_flood_of_wrong_signatures_fills_no_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(changes._log, "warning", lambda event, **_: logged.append(event))

    async def story() -> None:
        async with front(tmp_path) as opened:
            opened.changes.wall_ms = lambda: opened.now
            for _ in range(40):
                assert (await opened.post("plain", b"{}", authorization="Bearer no")).status == 401
            assert opened.changes.seeing().rejected == {"bad-signature": 40}

    asyncio.run(story())
    assert logged == ["not signed as it should be"] * changes.LOGGED_A_MINUTE


def test_a_hook_never_shows_its_secret() -> None:
    assert SECRET.decode() not in repr(HOOKS)
