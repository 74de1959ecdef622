"""A real nginx writes its log under real requests, turns it over, and is attacked: what comes of it is in the journal, once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servers.served import Served
from servers.served import until as ready
from servers.test_access_logs import free_port, running
from uproar.app import log_traffic
from uproar.app.clock import SystemClock
from uproar.app.familiar import Networks
from uproar.app.settings import Settings
from uproar.app.settings_logs import LogSettings
from uproar.app.settings_shapes import Journal as JournalSettings
from uproar.app.settings_traffic import TrafficSettings
from uproar.inlets.logs.inlet import Logs
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Traffic
from uproar.sim.loglines import MONTHS

PATIENCE_S = 90.0
FORMAT = '$remote_addr - - [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"'
INGRESS = f"{FORMAT} $request_length $request_time [web] [] - - - - $request_id"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed"),
]


def nginx(folder: Path, port: int, log: Path) -> list[str]:
    """Return the command of an nginx that takes a client's word for its address: so one machine can play many."""
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    large = folder / "large"
    large.write_bytes(b"x" * 20_000_000)
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events { worker_connections 1000; }\n"
        f"http {{ log_format told '{INGRESS}'; access_log {log} told; {temporary}\n"
        "  set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For; sendfile off;\n"
        "  client_header_timeout 12s; send_timeout 30s; default_type text/html;\n"
        f"  server {{ listen 127.0.0.1:{port} sndbuf=4k; root {folder};\n"
        "    location / { return 200 'ok'; } location = /large { } } }\n"
    )
    return ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]


def ask(port: int, path: str, client: str, agent: str = BROWSER, method: str = "GET") -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as asking:
        asking.sendall(
            f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
            f"User-Agent: {agent}\r\nX-Forwarded-For: {client}\r\n\r\n".encode()
        )
        while asking.recv(65_536):
            pass


def ordinary(now_s: float, minutes: int) -> Iterator[str]:
    """Yield what the log holds already: two visits a second or so of some hundred people, until now."""
    for second in range(minutes * 60, 0, -1):
        at = time.gmtime(now_s - second)
        when = f"{at.tm_mday:02d}/{MONTHS[at.tm_mon - 1]}/{at.tm_year}:{at.tm_hour:02d}:{at.tm_min:02d}:{at.tm_sec:02d} +0000"
        who = f"81.{second % 7}.{second % 23}.{second % 100 + 1}"
        for path in (f"/page/{second % 40}", "/static/app.css", "/static/app.js"):
            yield f'{who} - - [{when}] "GET {path} HTTP/1.1" 200 512 "https://x/" "{BROWSER}" 80 0.010 [web] [] - - - - a\n'


def settings_of(folder: Path, log: Path) -> Settings:
    return Settings(
        journal=JournalSettings(folder=str(folder)),
        traffic=TrafficSettings(logs=(LogSettings(path=str(log), service="shop"),)),
    )


def traffic(journal: SqliteJournal) -> list[Traffic]:
    return [each for _, each in journal.read(0, 10_000) if isinstance(each, Traffic)]


def usual_lines(journal: SqliteJournal) -> int:
    """Return how many requests the ticks tell of, each once."""
    return sum(round(each.packets_s * 10) for each in traffic(journal) if each.state != "raised")


async def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.2)


def opened(folder: Path, log: Path, journal: SqliteJournal) -> Logs:
    known = Networks(folder, SystemClock().wall_ms)
    found = log_traffic.reading_logs(settings_of(folder, log), journal, SystemClock(), known)
    assert found is not None
    return found


def test_requests_are_counted_once_over_a_turned_log_and_a_restart(tmp_path: Path) -> None:
    folder, log, port = tmp_path / "data", tmp_path / "access.log", free_port()
    folder.mkdir()
    log.touch()
    journal = SqliteJournal.open(folder / "journal.sqlite", SystemClock())

    async def follow(inlet: Logs, sent: int, turn: bool) -> int:
        await inlet.turn()  # It has the file open now, wherever it was.
        task = asyncio.create_task(inlet.run())
        for number in range(20):
            await asyncio.to_thread(ask, port, f"/a/{number}", f"81.2.3.{number + 1}")
        sent += 20
        if turn:
            log.rename(tmp_path / "access.log.1")
            # Until it is told, nginx goes on writing to the file that it has open.
            await asyncio.to_thread(ask, port, "/to-the-old-one", "81.2.3.4")
            os.kill(int((tmp_path / "pid").read_text()), signal.SIGUSR1)
            await until(log.exists, "there is a new file")
            await asyncio.to_thread(ask, port, "/to-the-new-one", "81.2.3.4")
            sent += 2
        await until(lambda: usual_lines(journal) >= sent, "all requests are told")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return sent

    with running(nginx(tmp_path, port, log), port, tmp_path / "said"):
        time.sleep(0.5)
        begun = len(log.read_bytes().splitlines())
        sent = asyncio.run(follow(opened(folder, log, journal), 0, turn=True))
        # What comes while nobody follows is read when somebody does again, from the renamed file, too.
        ask(port, "/while-away", "81.2.3.4")
        log.rename(tmp_path / "access.log.2")
        os.kill(int((tmp_path / "pid").read_text()), signal.SIGUSR1)
        while not log.exists():
            time.sleep(0.05)
        ask(port, "/while-away-too", "81.2.3.4")
        sent = asyncio.run(follow(opened(folder, log, journal), sent + 2, turn=False))
    assert usual_lines(journal) == sent
    assert begun <= 1, "only the connection that saw it up"
    assert all("81.2.3" not in repr(each) for each in traffic(journal))
    journal.close()


def flood(port: int) -> None:
    """Ask for the same page with ever new queries, as fast as one can, for some seconds."""
    until_s = time.monotonic() + 12
    number = 0
    while time.monotonic() < until_s:
        number += 1
        ask(port, f"/page/1?{number:x}{os.urandom(4).hex()}", f"93.{number % 40}.7.9", "tool/1")


def slow_read(port: int) -> None:
    """Ask for a large file on many connections, hardly read, and give up after half a minute."""
    held = []
    for number in range(150):
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
        reader.connect(("127.0.0.1", port))
        reader.sendall(
            f"GET /large HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 93.1.{number % 30}.9\r\n\r\n".encode()
        )
        held.append(reader)
    time.sleep(26)
    for reader in held:
        reader.close()


@pytest.mark.parametrize(
    ("attack", "vector"), [(flood, "http.cache-busting"), (slow_read, "http.slow")]
)
def test_an_attack_by_real_sockets_is_raised_and_ordinary_requests_are_not(
    tmp_path: Path, attack: Callable[[int], None], vector: str
) -> None:
    folder, log, port = tmp_path / "data", tmp_path / "access.log", free_port()
    folder.mkdir()
    log.touch()
    journal = SqliteJournal.open(folder / "journal.sqlite", SystemClock())
    told = lambda: traffic(journal)  # noqa: E731 - it is asked again and again below

    async def follow() -> None:
        inlet = opened(folder, log, journal)
        await inlet.turn()
        with log.open("a") as written:
            written.writelines(ordinary(time.time(), minutes=9))
        task = asyncio.create_task(inlet.run())
        for number in range(30):
            await asyncio.to_thread(ask, port, f"/page/{number % 20}", f"81.2.3.{number + 1}")
        await until(lambda: len(told()) > 50, "what the log held is told")
        assert {each.state for each in told()} == {"usual"}
        await asyncio.to_thread(attack, port)
        await until(lambda: any(each.state == "raised" for each in told()), "it is raised")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with running(nginx(tmp_path, port, log), port, tmp_path / "said"):
        asyncio.run(follow())
    raised = next(each for each in told() if each.state == "raised")
    assert raised.vectors == {vector: 1.0}
    assert raised.attack.startswith("shop@")
    assert raised.service == "shop"
    assert raised.flash_crowd is not None
    assert raised.flash_crowd < 0.3
    journal.close()


def test_an_observatory_follows_the_logs_that_its_settings_name(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    (tmp_path / "uproar.toml").write_text(
        '[[traffic.logs]]\npath = "access.log"\nservice = "github"\nformat = "ingress-nginx"\n'
        '[[traffic.logs]]\npath = "other.log"\nservice = "github"\nformat = "caddy"\n'
    )
    served = Served(tmp_path / "data", "--config", str(tmp_path / "uproar.toml"))
    try:
        seen = lambda: next(  # noqa: E731 - it is asked again and again below
            each for each in served.get("/seeing.json").json["ways_in"] if each["name"] == "logs"
        )
        ready(lambda: "is not there" in json.dumps(seen()))
        (tmp_path / "other.log").write_text("no line of Caddy\n" * 70)
        ready(lambda: "not of the format caddy" in json.dumps(seen()))
        log.write_text("".join(ordinary(time.time(), minutes=1)))
        with log.open("a") as written:
            written.write("no line of a log\n")
        ready(lambda: seen()["read"] >= 180)
        assert "other-format" in json.dumps(seen())
        page = served.get("/seeing").text
        assert "Access logs" in page
        assert "81." not in page
        ready(lambda: seen()["kept"] > 0)
    finally:
        served.close()
