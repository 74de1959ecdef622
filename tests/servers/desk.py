"""A web front on a real port with a real journal, and a client that sends exactly what it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uproar.app.clock import SystemClock
from uproar.inlets import networks
from uproar.inlets.bodies import Bodies
from uproar.inlets.proxies import Proxies
from uproar.inlets.reporter import ReporterKey
from uproar.inlets.reports import Intake
from uproar.journal.sqlite import SqliteJournal
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.model.signal import Report
from uproar.outlets.server import serve
from uproar.outlets.site import Rendered, Site
from uproar.outlets.web import Get, Web
from uproar.present.pages import notice

PATIENCE_S = 30.0  # after which a test gives up; none depends on anything being quicker
CATALOG = Catalog(
    [
        Service(
            "x",
            "X",
            category="social",
            names=("Twitter",),
            hashtags=("twitterdown",),
            domains=("x.com",),
        ),
        Service("github", "GitHub", category="developer"),
    ]
)
HTML = "text/html; charset=utf-8"
REPORTS = "/api/v1/reports"


@dataclass(frozen=True)
class Reply:
    """One answer as it came. Of a header that came twice the last one counts."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        value = json.loads(self.body)
        assert list(value) == ["error"]
        assert list(value["error"]) == ["slug", "message", "field", "status"]
        assert value["error"]["status"] == self.status
        return dict(value["error"])


@dataclass
class Desk:
    """What a test may look at and turn."""

    port: int
    journal: SqliteJournal
    intake: Intake
    site: Site
    opened: list[asyncio.StreamWriter] = field(default_factory=list)

    def reports(self) -> list[Report]:
        return [s for _, s in self.journal.read(0, 10_000) if isinstance(s, Report)]

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.opened.append(writer)
        return reader, writer

    async def until_waiting(self, bodies: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.intake.bodies.waiting < bodies:  # noqa: ASYNC110 - nothing signals this
                await asyncio.sleep(0.001)

    async def raw(self, *parts: bytes, half_close: bool = False) -> Reply:
        reader, writer = await self.connect()
        for part in parts:
            writer.write(part)
            await writer.drain()
        if half_close:
            writer.write_eof()
        reply = await read_reply(reader, head=parts[0].startswith(b"HEAD "))
        writer.close()
        return reply

    async def get(self, path: str, method: str = "GET", **headers: str) -> Reply:
        return await self.raw(head_of(method, path, headers))

    async def post(
        self,
        body: bytes,
        path: str = REPORTS,
        kind: str = "application/json",
        **headers: str,
    ) -> Reply:
        named = {"content-type": kind, "content-length": str(len(body)), **headers}
        return await self.raw(head_of("POST", path, named) + body)

    async def report(self, **headers: str) -> Reply:
        return await self.post(b'{"service":"x"}', **headers)


def head_of(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "host: uproar.test"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def read_reply(reader: asyncio.StreamReader, *, head: bool = False) -> Reply:
    async with asyncio.timeout(PATIENCE_S):
        raw = await reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in lines if line]
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        length = 0 if head else int(headers.get("content-length", "0"))
        return Reply(int(first.split()[1]), headers, await reader.readexactly(length))


@asynccontextmanager
async def desk(
    folder: Path,
    *,
    pages: Mapping[str, Rendered] | None = None,
    gets: Mapping[str, Get] | None = None,
    trees: Mapping[str, Get] | None = None,
    proxies: Proxies | None = None,
    bodies: Bodies | None = None,
    header_ms: int = 10_000,
    connections_max: int = 4096,
) -> AsyncIterator[Desk]:
    clock = SystemClock()
    with SqliteJournal.open(folder / "journal.db", clock) as journal:
        intake = Intake(
            journal=journal,
            catalog=CATALOG,
            key=ReporterKey(folder, clock.wall_ms()),
            networks=networks.by_country_only(),
            wall_ms=clock.wall_ms,
            notice=notice,
            proxies=proxies or Proxies(),
            bodies=bodies or Bodies(),
        )
        site = Site()
        site.publish(pages or {"/": Rendered(b"home", HTML)})
        web = Web(
            site,
            notice,
            gets=gets or {},
            trees=trees or {},
            posts={REPORTS: intake.api},
            report_form=intake.form,
        )
        url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        stop = asyncio.Event()
        running = asyncio.create_task(
            serve(web, "127.0.0.1", 0, url.set_result, stop,
                  header_ms=header_ms, connections_max=connections_max)
        )  # fmt: skip
        port = int((await url).rstrip("/").rpartition(":")[2])
        opened = Desk(port, journal, intake, site)
        try:
            yield opened
        finally:
            for writer in opened.opened:
                writer.close()
            stop.set()
            await running
