"""A whole observatory that listens to a network: from a real WebSocket to an alarm, and past a crash."""

from __future__ import annotations

import asyncio
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

    def post(count: int, text: str, *tags: str) -> Network:
        for _ in range(count):
            number = len(net.log)
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


@pytest.mark.slow
def test_a_hashtag_that_bursts_on_a_real_stream_raises_an_alarm(tmp_path: Path) -> None:
    with listening() as post:
        net = post(20, "good morning")
        config = tmp_path / "uproar.toml"
        config.write_text(
            f'[posts]\njetstream = ["{net.url}"]\ncontact = "noc@example.org"\n'
            f'private_hosts = ["{HOST}"]\n'
        )
        served = Served(tmp_path / "data", "--config", str(config))
        try:
            until(lambda: "posts" in served.get("/readyz").text)
            begun = time.time()
            raised: list[Any] = []

            def burst() -> bool:
                post(30, "x is down for me, cannot load anything #XDown", "XDown")
                time.sleep(1)
                raised[:] = [d for d in kept(served.folder) if d["kind"] == "alarm"]
                return bool(raised)

            until(burst)
            assert {alarm["series"]["service"] for alarm in raised} == {"x"}
            assert time.time() - begun < 60
        finally:
            served.close()
