"""A whole observatory with agents in processes of their own, against a page that a test breaks and mends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.answer_samples import CLOUDFLARE, cloudflare_page
from servers.peers import free_port
from servers.served import PATIENCE_S, Served, run, until

HOST = "127.0.0.1"
CONFIG = """
[catalog]
folder = "catalog"
only = true
[probes]
enabled = true
interval_s = 30
contact = "noc@observatory.example"
private_hosts = ["127.0.0.1"]
name = "desk"
place = "DE"
network = "AS64500"
controls = ["http://127.0.0.1:{control}/"]
[[probes.checks]]
service = "alpha"
url = "http://127.0.0.1:{page}/"
[[probes.agents]]
name = "lhr"
token_file = "lhr.token"
place = "GB"
network = "AS64501"
[[probes.agents]]
name = "iad"
token_file = "iad.token"
place = "US"
network = "AS64502"
"""
SERVICE = '[[service]]\nslug = "alpha"\nname = "Alpha"\ncategory = "other"\n'
PAGE_520 = cloudflare_page(520, "Web server is returning an unknown error").encode()


@dataclass
class Page:
    """A page that works or does not, and who asked for it."""

    fails: bool = False
    agents: set[str] = field(default_factory=set)
    port: int = 0


@pytest.fixture
def pages() -> Iterator[tuple[Page, Page]]:
    made = Page(), Page()
    servers = [_served(page) for page in made]
    yield made
    for server in servers:
        server.shutdown()
        server.server_close()


def _served(page: Page) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.agents.add(self.headers["User-Agent"])
            body = PAGE_520 if page.fails else b"hello"
            self.send_response_only(520 if page.fails else 200)
            for name, value in CLOUDFLARE if page.fails else ():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    page.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Agent:
    """A real `uproar agent`."""

    def __init__(self, folder: Path, name: str, url: str, *options: str) -> None:
        self._log = folder / f"{name}.log"
        command = [sys.executable, "-m", "uproar", "agent", "--url", url]
        command += ["--token-file", str(folder / f"{name}.token"), *options]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(command, stderr=log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)


def seen(served: Served) -> Any:
    return served.get("/api/v1/probes?service=alpha").json


def heard(served: Served, state: str) -> set[str]:
    """Return the probes whose last look came to a state."""
    return {
        probe["probe"]
        for check in seen(served)["checks"]
        for probe in check["probes"]
        if probe["state"] == state
    }


@pytest.mark.slow
def test_probes_in_three_networks_see_it_fail_and_work_again(
    pages: tuple[Page, Page], tmp_path: Path
) -> None:
    page, control = pages
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.toml").write_text(SERVICE)
    (tmp_path / "uproar.toml").write_text(CONFIG.format(page=page.port, control=control.port))
    for name in ("lhr", "iad", "other"):
        (tmp_path / f"{name}.token").write_text(f"{name}-{'0123456789' * 3}\n")
    config = str(tmp_path / "uproar.toml")
    checked = run("check", "--config", config)
    assert b"probes    1 checks, 2 agents" in checked.stdout, checked.stderr
    port = str(free_port())
    served = Served(tmp_path / "data", "--config", config, "--port", port)
    agents = [Agent(tmp_path, name, served.url, "--private-host", HOST) for name in ("lhr", "iad")]
    try:
        stranger = run(
            "agent", "--url", served.url, "--token-file", str(tmp_path / "other.token"), "--once"
        )
        assert stranger.returncode == 2
        assert stranger.stderr.strip() == b"uproar: the observatory does not know this token"
        until(lambda: heard(served, "works") == {"desk", "lhr", "iad"})
        assert seen(served)["said"] == "All probes could reach it."
        assert all("noc@observatory.example" in a or served.url in a for a in page.agents)
        assert control.agents == set()  # A control is asked only where something fails.
        metrics = served.get("/metrics").text
        label = f'{{service="alpha",check="http://127.0.0.1:{page.port}/"}}'
        assert f"probe_success{label} 1.0" in metrics
        assert f"probe_http_status_code{label} 200.0" in metrics

        page.fails = True
        until(lambda: seen(served)["checks"][0]["raised"])
        until(lambda: heard(served, "fails") == {"desk", "lhr", "iad"})
        assert seen(served)["said"].startswith(
            "Probes in all 3 networks: the edge of Cloudflare answers, "
            "the server behind it does not (520), since "
        )
        assert control.agents != set()
        assert "What probes see" in until(lambda: _page_with(served, "What probes see"))
        asked = run("probe", "alpha", "--from", "agents", "--observatory", served.url, "--fail")
        assert asked.returncode == 1
        assert asked.stdout.decode().startswith("Probes in all 3 networks: the edge of Cloudflare")

        # The observatory goes away and comes back: the agents go on, and nothing is told twice.
        assert served.stop() == 0
        until(lambda: all("no work can be asked for" in agent.log for agent in agents))
        served.start()
        assert seen(served)["checks"][0]["raised"]
        page.fails = False
        until(lambda: heard(served, "works") == {"desk", "lhr", "iad"})
        until(lambda: not seen(served)["checks"][0]["raised"])

        # An agent that dies is not missed by the others.
        agents[0].process.kill()
        page.fails = True
        until(lambda: seen(served)["checks"][0]["raised"])
    finally:
        for agent in agents:
            agent.stop()
        served.close()
    lines = [
        json.loads(line)
        for line in run("export", "--folder", str(served.folder)).stdout.splitlines()
    ]
    told = [line for line in lines if line["kind"] == "measurement"]
    places = {
        (line["probe"], line["place"], line["network"]) for line in told if not line.get("control")
    }
    assert places == {("desk", "DE", "AS64500"), ("lhr", "GB", "AS64501"), ("iad", "US", "AS64502")}
    keys = [(line["probe"], line["check"], line["measured_at"]) for line in told]
    assert len(keys) == len(set(keys))
    (tmp_path / "journal.jsonl").write_text("\n".join(map(json.dumps, lines)))
    replayed = run("replay", str(tmp_path / "journal.jsonl"), "--config", config)
    states = [json.loads(line)["state"] for line in replayed.stdout.splitlines()]
    assert states[:3] == ["raised", "cleared", "raised"]


def _page_with(served: Served, words: str) -> str:
    text = served.get("/s/alpha").text
    return text if words in text else ""


@pytest.mark.slow
def test_an_agent_refuses_a_private_address_whatever_work_it_is_given(
    pages: tuple[Page, Page], tmp_path: Path
) -> None:
    page, control = pages
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.toml").write_text(SERVICE)
    settings = CONFIG.format(page=page.port, control=control.port).replace(
        "enabled = true", "enabled = true\nhere = false"
    )
    (tmp_path / "uproar.toml").write_text(settings)
    for name in ("lhr", "iad"):
        (tmp_path / f"{name}.token").write_text(f"{name}-{'0123456789' * 3}\n")
    served = Served(tmp_path / "data", "--config", str(tmp_path / "uproar.toml"))
    agent = Agent(tmp_path, "lhr", served.url)
    try:
        until(lambda: heard(served, "unknown") == {"lhr"})
        assert page.agents == set()
        assert agent.stop() == 0
    finally:
        agent.stop()
        served.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--url", "http://observatory.example"), b"plain http would show the token"),
        (("--url", "ftp://observatory.example"), b"reached by https"),
        (("--url", "https://user@observatory.example"), b"is no address"),
        (("--url", "https://observatory.example", "--contact", "a\nb"), b"--contact"),
    ],
)
def test_what_an_agent_cannot_work_with_is_said(
    tmp_path: Path, options: tuple[str, ...], said: bytes
) -> None:
    token = tmp_path / "a.token"
    token.write_text("0123456789" * 3)
    done = run("agent", *options, "--token-file", str(token), "--once")
    assert done.returncode == 2
    assert said in done.stderr
    assert b"0123456789" not in done.stderr


@pytest.mark.parametrize("text", ["", "short", "two words of a token that are long", "ü" * 30])
def test_a_token_of_no_use_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    token = tmp_path / "a.token"
    token.write_text(text)
    done = run("agent", "--url", "http://127.0.0.1:9", "--token-file", str(token), "--once")
    assert done.returncode == 2
    assert b"a token is one line" in done.stderr
    assert not text or text.encode() not in done.stderr
