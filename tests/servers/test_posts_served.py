"""A whole observatory that listens to a network: from a real WebSocket to an alarm, and past a crash."""

from __future__ import annotations

import asyncio
import itertools
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from servers.network import HOST, Entry, Network, network
from servers.served import Served, until
from uproar.app.clock import SystemClock
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Post
from uproar.model.tick import parse_iso


@contextmanager
def listening() -> Iterator[Callable[..., Any]]:
    """Give a function that posts into a network which runs in a thread of its own."""
    ready = threading.Event()
    found: list[Any] = []

    async def main() -> None:
        stop = asyncio.Event()
        async with network() as net:
            found.extend([net, asyncio.get_running_loop(), stop])
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(main(),))
    thread.start()
    assert ready.wait(30)
    net, loop, stop = found
    numbers = itertools.count()

    def post(count: int, text: str, *tags: str) -> Network:
        for _ in range(count):
            number = next(numbers)
            at_us = time.time_ns() // 1000
            entry = Entry(at_us, f"did:plc:{number}", f"r{number}", text, tags)
            loop.call_soon_threadsafe(net.add, entry)
            time.sleep(0.001)  # The network's clock moves on with every post.
        return net

    try:
        yield post
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def kept(folder: Path) -> list[Any]:
    """Return what the store holds of decisions."""
    with sqlite3.connect(f"file:{folder / 'store.sqlite'}?mode=ro", uri=True) as store:
        rows = store.execute("SELECT body FROM decision").fetchall()
    return [json.loads(row[0]) for row in rows]


TOKEN = "a-token-of-some-length"


def configured(folder: Path, **posts: object) -> Path:
    """Write settings with a section [posts]."""
    config = folder / "uproar.toml"
    lines = [f"{name} = {json.dumps(value)}" for name, value in posts.items()]
    config.write_text("\n".join(["[posts]", *lines, ""]))
    return config


def heard(folder: Path) -> tuple[int, float]:
    """Return how many posts the journal of an observatory that has ended holds, and how many fail."""
    journal = SqliteJournal.open(folder / "journal.sqlite", SystemClock())
    posts = [each for _, each in journal.read(0, 100_000) if isinstance(each, Post)]
    journal.close()
    return sum(post.of for post in posts), sum(post.failing for post in posts)


@pytest.mark.slow
def test_a_hashtag_that_bursts_on_a_real_stream_raises_an_alarm_within_a_minute(
    tmp_path: Path,
) -> None:
    with listening() as post:
        net = post(20, "good morning")
        config = configured(
            tmp_path, jetstream=[net.url], contact="noc@example.org", private_hosts=[HOST]
        )
        served = Served(tmp_path / "data", "--config", str(config))
        try:
            until(lambda: "posts" in served.get("/readyz").text)
            begun = time.time()
            raised: list[Any] = []

            def burst() -> bool:
                post(30, "twitter is down for me, cannot load anything #XDown", "XDown")
                time.sleep(1)
                raised[:] = [d for d in kept(served.folder) if d["kind"] == "alarm"]
                return {alarm["series"].get("item") for alarm in raised} >= {"#xdown", None}

            until(burst)
            assert {alarm["series"]["service"] for alarm in raised} == {"x"}
            onset = min(parse_iso(alarm["onset"][0]) for alarm in raised)
            assert onset >= (begun - 30) * 1000
        finally:
            served.close()


@pytest.mark.slow
def test_an_observatory_that_is_killed_counts_every_post_once(tmp_path: Path) -> None:
    with listening() as post:
        net = post(50, "good morning")
        config = configured(
            tmp_path, jetstream=[net.url], contact="noc@example.org", private_hosts=[HOST]
        )
        served = Served(tmp_path / "data", "--config", str(config))
        try:
            for _ in range(3):
                until(lambda: "posts" in served.get("/readyz").text)
                for _ in range(14):
                    post(20, "twitter is down for me, cannot load anything")
                    time.sleep(1)
                served.process.kill()
                served.process.wait()
                post(30, "twitter is down for me, cannot load anything")
                served.start()
            total = 50 + 3 * (14 * 20 + 30)
            time.sleep(16)  # A window ends after ten seconds, and no later than after twelve.
            assert served.stop() == 0
            assert heard(served.folder) == (total, total - 50)
        finally:
            served.close()


def test_posts_that_a_program_sends_are_counted_and_nothing_of_them_is_kept(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(TOKEN + "\n")
    served = Served(
        tmp_path / "data", "--config", str(configured(tmp_path, webhook_token_file="token"))
    )
    try:
        lines = [
            {
                "id": "1",
                "text": "twitter is down for me, cannot load it",
                "author": "somebody-unheard-of",
            },
            {"id": "2", "text": "what a nice garden"},
            {"id": "1", "text": "twitter is down for me, cannot load it"},
            {"id": 3},
            {"id": "4", "text": "twitter is down", "at": "2020-01-01T00:00:00Z"},
        ]
        body = "\n".join(json.dumps(line) for line in lines).encode()
        refused = served._ask("POST", "/api/v1/posts", body, {}, "127.0.0.1")
        wrong = served._ask(
            "POST",
            "/api/v1/posts",
            body,
            {"authorization": "Bearer a-token-that-is-not"},
            "127.0.0.1",
        )
        assert (refused.status, wrong.status) == (401, 401)
        bearer = {"authorization": f"Bearer {TOKEN}"}
        taken = served._ask("POST", "/api/v1/posts", body, bearer, "127.0.0.1")
        assert taken.status == 200
        assert taken.json == {
            "counted": 2,
            "rejected": {"repeat": 1, "no-post": 1, "too-old": 1},
        }
        big = b"x" * 3_000_000
        assert served._ask("POST", "/api/v1/posts", big, bearer, "127.0.0.1").status == 413
        assert served.stop() == 0
        assert heard(served.folder) == (2, 1)
        everything = b"".join(file.read_bytes() for file in served.folder.iterdir())
        assert b"somebody-unheard-of" not in everything
        assert b"cannot load it" not in everything
        assert TOKEN not in served.log
    finally:
        served.close()
