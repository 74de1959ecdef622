"""A way in that crashes in a running observatory: told meanwhile, started again, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from servers.vendor import HOST, Vendor, reply, vendor
from uproar.app import compose, noticing, serving, supervise
from uproar.app.clock import SystemClock
from uproar.app.settings_shapes import Journal, NoticesSettings, Server, Settings
from uproar.inlets.feeds import Feed, Subject
from uproar.inlets.fetching import Fetcher
from uproar.inlets.notices import Reader
from uproar.inlets.targets import Targets
from uproar.model.service import StatusFeed
from uproar.wire.notices import BODY_BYTES_MAX

PATIENCE_S = 60.0
NO_FEED = b"<html>We are upgrading our status page.</html>"


async def asked(url: str, path: str) -> Any:
    """Return what an address answers, as JSON or as text."""
    host, port = url.removeprefix("http://").rstrip("/").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return json.loads(body) if b"application/json" in head else body.decode()


async def until(holds: Any) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        while not (found := await holds()):  # noqa: ASYNC110 - it is asked over a socket
            await asyncio.sleep(0.02)
        return found


@asynccontextmanager
async def observatory(
    folder: Path, page: Vendor, monkeypatch: pytest.MonkeyPatch, crash: asyncio.Event
) -> AsyncIterator[str]:
    """Serve an observatory whose reader of vendors' pages breaks down while `crash` is set."""

    async def sleep(seconds: float) -> None:
        if crash.is_set():
            raise OSError("https://user:secret@status.example broke off")
        await asyncio.sleep(min(seconds, 0.02))

    @asynccontextmanager
    async def reading(_: Any, __: Any, journal: Any, clock: Any, kept: Any, letters: Any) -> Any:
        fetcher = Fetcher(Targets([HOST]), "Uproar/test", BODY_BYTES_MAX)
        feed = Feed(StatusFeed("statuspage", page.url), (Subject("x", ("X",)),))
        yield Reader(
            journal,
            [feed],
            fetcher.get,
            interval_s=60,
            wall_ms=clock.wall_ms,
            chance=lambda: 0.5,
            sleep=sleep,
            remembered=kept,
            letters=letters,
        )
        await fetcher.close()

    monkeypatch.setattr(noticing, "reading", reading)
    settings = Settings(
        server=Server(port=0),
        journal=Journal(folder=str(folder)),
        notices=NoticesSettings(enabled=True, contact="noc@observatory.example"),
    )
    parts = compose.open_parts(settings, SystemClock())
    url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(
        serving.serve(parts, on_ready=lambda: None, tell=url.set_result, failure=lambda: "")
    )
    try:
        yield await url
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        parts.close()


@pytest.mark.slow
def test_an_inlet_that_crashes_is_told_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "AGAIN_S", 0.05)

    async def run() -> None:
        crash = asyncio.Event()
        async with vendor() as page, observatory(tmp_path, page, monkeypatch, crash) as url:
            page.answer = lambda _: reply(503)

            async def way() -> Any:
                ready = await asked(url, "/readyz")
                return next(each for each in ready["ways_in"] if each["name"] == "notices")

            assert (await way())["state"] == "running"
            crash.set()
            monkeypatch.setattr(supervise, "AGAIN_S_MAX", 30.0)

            async def waiting() -> Any:
                told = await way()
                return told["state"] == "waiting" and told

            told = await until(waiting)
            assert told["why"] == "OSError"
            assert "secret" not in await asked(url, "/seeing")
            ready = await asked(url, "/readyz")
            assert ready["ready"]  # Reports are taken all the same.
            assert "Not running" in await asked(url, "/seeing")
            crash.clear()

            async def back() -> Any:
                told = await way()
                return told["state"] == "running" and told["restarts"] >= 1 and told

            assert (await until(back))["why"] == "OSError"
            metrics = await asked(url, "/metrics")
            assert 'uproar_inlet_restarts_total{inlet="notices"}' in metrics
            seen = await asked(url, "/seeing.json")
            assert [each["name"] for each in seen["ways_in"]][:2] == ["reports", "notices"]
            minutes = next(e for e in seen["ways_in"] if e["name"] == "notices")["minutes"]
            assert len(minutes) == 1440
            assert minutes[-1] in "ts"

    asyncio.run(run())


@pytest.mark.slow
def test_what_a_vendor_says_and_cannot_be_read_is_set_aside_once_in_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with vendor() as page:
            page.answer = lambda _: reply(200, NO_FEED)
            async with observatory(tmp_path, page, monkeypatch, asyncio.Event()) as url:

                async def looked() -> Any:
                    seen = await asked(url, "/readyz")
                    return seen["notices"]["failed"] >= 3 and seen["letters"]["kept"] and seen

                seen = await until(looked)
                assert seen["letters"]["kept"] == {"notices": 1}
                assert 'uproar_letters{inlet="notices"} 1.0' in await asked(url, "/metrics")
                text = await asked(url, "/seeing")
                assert "Kept to be tried again" in text
                assert "upgrading our status page" not in text

    asyncio.run(run())
