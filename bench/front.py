"""The web front beside bare ASGI handlers: reports on disk, and pages, per second.

One server process on one core, with the real journal on a real disk, serves four applications on four
ports; one load generator on another core asks them in turn, round after round. What counts is the
median of the rounds' ratios: both sides of each meet the same server, machine and neighbours.
`cpu_ratio` is the same of the server's processor time for a request, which neighbours disturb less.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from uproar.app.clock import SystemClock
from uproar.errors import UproarError
from uproar.inlets import networks
from uproar.inlets.reporter import ReporterKey
from uproar.inlets.reports import Intake
from uproar.journal.sqlite import SqliteJournal
from uproar.model.catalog import Catalog
from uproar.model.service import Service
from uproar.outlets.server import Application, serve
from uproar.outlets.site import Rendered, Site, Variant
from uproar.outlets.web import Web
from uproar.wire.reportform import ReportIn

HERE = Path(__file__).resolve().parent
CONNECTIONS = 256
BUDGETS = {"reports": 0.5, "page": 0.8}
P99_MS = 50.0

BODY = b'{"service":"service-7","symptom":"connect","words":"timeline does not load"}'
AGENT = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0\r\n"
POST = (
    f"POST /api/v1/reports HTTP/1.1\r\nHost: uproar\r\n{AGENT}Content-Type: application/json\r\n"
    f"Content-Length: {len(BODY)}\r\n\r\n{BODY.decode()}"
)
GET = f"GET /s/x HTTP/1.1\r\nHost: uproar\r\n{AGENT}Accept-Encoding: gzip, deflate, br\r\n\r\n"

_WORDS = ("reports", "usual", "since", "network", "place", "chart", "wave", "problem", "service")
PAGE = "".join(
    f'<tr id="r{n}"><th>{_WORDS[n * 7 % 9]} {n * 7919 % 1000}</th><td>{n * n % 977}</td></tr>\n'
    for n in range(600)
).encode()


def bare_post() -> Application:
    """Return a handler that does nothing but parse the same body, in the quickest way there is."""
    decode = msgspec.json.Decoder(ReportIn).decode
    answer = b'{"id":"1","status":"accepted","service":"service-7","at":"2025-03-10T09:41:00Z"}'
    start = {
        "type": "http.response.start",
        "status": 202,
        "headers": [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(answer)),
        ],
    }
    end = {"type": "http.response.body", "body": answer}

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        body = message["body"]
        while len(body) < len(BODY) and message["more_body"]:
            message = await receive()
            body += message["body"]
        decode(body)
        await send(start)
        await send(end)

    return app


def bare_page(variant: Variant) -> Application:
    """Return a handler that knows one page only, and returns the bytes that the site would."""

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await send(variant.start)
        await send(variant.body)

    return app


async def server(folder: Path) -> None:
    """Serve the four applications; print their ports as JSON; end when stdin does."""
    site = Site()
    site.publish({"/s/x": Rendered(PAGE, "text/html; charset=utf-8")})
    with SqliteJournal.open(folder / "journal.db", SystemClock()) as journal:
        clock = SystemClock()
        intake = Intake(
            journal=journal,
            catalog=Catalog(Service(f"service-{n}", f"Service {n}") for n in range(300)),
            key=ReporterKey(folder, clock.wall_ms()),
            networks=networks.by_country_only(),
            wall_ms=clock.wall_ms,
            notice=lambda *_: "",
        )
        web = Web(site, lambda *_: "", posts={"/api/v1/reports": intake.api})
        variant = site.pages["/s/x"].variant((True, True))
        apps = {
            "bare_post": bare_post(),
            "reports": web,
            "bare_page": bare_page(variant),
            "page": web,
        }
        stop = asyncio.Event()
        ports: dict[str, int] = {}
        tasks = []
        for name, app in apps.items():
            came = asyncio.Event()

            def ready(url: str, name: str = name, came: asyncio.Event = came) -> None:
                ports[name] = int(url.rstrip("/").rpartition(":")[2])
                came.set()

            tasks.append(asyncio.create_task(serve(app, "127.0.0.1", 0, ready, stop)))
            await came.wait()
        print(json.dumps({**ports, "page_bytes": variant.size}), flush=True)
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), stop.set)
        await asyncio.gather(*tasks)
        print(json.dumps({"kept": journal.last_seq()}), flush=True)


class Child:
    """A process of ours on one core, spoken to in lines of JSON."""

    def __init__(self, core: int, *command: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),  # noqa: PLW1509
        )

    def line(self) -> dict:
        assert self._process.stdout is not None
        text = self._process.stdout.readline()
        if not text:
            raise UproarError("a process of the benchmark ended early; its error is above")
        return json.loads(text)

    def ask(self, job: dict) -> dict:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return self.line()

    def cpu_s(self) -> float:
        """Return the processor time that the process has used, all its threads together."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii")
        user, system = fields.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()

    def wait(self) -> None:
        self._process.wait(30)


def measure(rounds: int, seconds: float, folder: Path) -> list[dict]:
    """Return the figures: two ratios, and the delay of reports at half their highest load."""
    cores = sorted(os.sched_getaffinity(0))
    served = Child(cores[0], str(HERE / "front.py"), "--serve", str(folder))
    load = Child(cores[-1], str(HERE / "load.py"))
    try:
        ports = served.line()

        def job(name: str, rate: float = 0.0, length: float = seconds) -> dict:
            request = POST if name in {"reports", "bare_post"} else GET
            work = {"host": "127.0.0.1", "port": ports[name], "request": request, "rate": rate}
            before = served.cpu_s()
            done = load.ask({**work, "connections": CONNECTIONS, "seconds": length})
            return {**done, "cpu_us": 1e6 * (served.cpu_s() - before) / (done["rate"] * length)}

        names = ("bare_post", "reports", "bare_page", "page")
        for name in names:
            job(name, length=0.5)
        results: dict[str, list[dict]] = {name: [] for name in names}
        for _ in range(rounds):
            for name in names:
                results[name].append(job(name))
        failed = sum(result["failed"] for name in names for result in results[name])
        most = statistics.median(result["rate"] for result in results["reports"])
        half = job("reports", rate=most / 2, length=2 * seconds)
        figures = [
            _figure("reports", results, "bare_post"),
            {
                "bench": "front.reports.half_load",
                "per_s": round(half["rate"]),
                "p50_ms": round(half["p50_ms"], 2),
                "p99_ms": round(half["p99_ms"], 2),
                "budget_p99_ms": P99_MS,
                "ok": half["p99_ms"] < P99_MS,
            },
            {**_figure("page", results, "bare_page"), "bytes": ports["page_bytes"]},
        ]
        served.end()
        kept = served.line()["kept"]
        sent = sum(r["rate"] * seconds for r in results["reports"]) + half["rate"] * 2 * seconds
        is_kept = failed == 0 and kept >= 0.99 * sent
        figures.append({"bench": "front.kept", "kept": kept, "failed": failed, "ok": is_kept})
        return figures
    finally:
        for child in (served, load):
            child.end()
            child.wait()


def _figure(name: str, results: dict[str, list[dict]], bare: str) -> dict:
    pairs = list(zip(results[name], results[bare], strict=True))
    ratio = statistics.median(ours["rate"] / theirs["rate"] for ours, theirs in pairs)
    cpu = statistics.median(theirs["cpu_us"] / ours["cpu_us"] for ours, theirs in pairs)
    return {
        "bench": f"front.{name}",
        "per_s": round(statistics.median(ours["rate"] for ours, _ in pairs)),
        "bare_per_s": round(statistics.median(theirs["rate"] for _, theirs in pairs)),
        "ratio": round(ratio, 3),
        "cpu_ratio": round(cpu, 3),
        "budget": BUDGETS[name],
        "ok": ratio >= BUDGETS[name],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--serve", type=Path)
    options = parser.parse_args()
    if options.serve is not None:
        asyncio.run(server(options.serve))
        return
    # Not /tmp, which is memory on many systems: a report counts when a disk has it.
    with tempfile.TemporaryDirectory(prefix="uproar-bench-", dir="/var/tmp") as folder:
        for figure in measure(options.rounds, options.seconds, Path(folder)):
            print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    main()
