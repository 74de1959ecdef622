"""Filters of requests, in the hands of HAProxy and nginx: they are taken, and stop what was told and nothing else."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import log_writer as w
from servers.test_access_logs import ask, asked, free_port, running
from uproar.app import tracing, tracing_logs
from uproar.app.tracing_rules import advise_log
from uproar.present.rules_web import written
from uproar.trace.rules_http import Ask, HttpAdvice, HttpRule, writable

LOGS: dict[str, Callable[[int], list[bytes]]] = {
    "few": lambda seed: w.lines(w.flood(seed, sources=5)),
    "many": lambda seed: w.lines(w.flood(seed, sources=3_000)),
    "cache-busting": lambda seed: w.lines(w.cache_busting(seed)),
    "login": lambda seed: w.lines(w.login_flood(seed)),
    "slow": w.slow_read,
    "resets": lambda seed: w.lines(w.resets(seed)),
}


def advised(name: str, folder: Path) -> HttpAdvice:
    path = folder / "access.log"
    path.write_bytes(b"\n".join(LOGS[name](1)) + b"\n")
    read = tracing_logs.read_log(path, None, tracing.known())
    advice = advise_log(path, read, None)
    assert advice is not None
    return advice


def text(rule: HttpRule, words: dict[int, bytes], kind: str, place: int = 1) -> str:
    return next(each.text for each in written(rule, words, place) if each.kind == kind)


def haproxy(folder: Path, port: int, filters: str) -> list[str]:
    settings_file = folder / "haproxy.cfg"
    indented = "\n".join(f"  {line}" for line in filters.splitlines())
    settings_file.write_text(
        "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 1s\n"
        f"frontend front\n  bind 127.0.0.1:{port}\n{indented}\n"
        "  http-request return status 200 content-type text/plain string ok\n"
    )
    return ["haproxy", "-f", str(settings_file), "-db"]


def nginx(folder: Path, port: int, filters: str) -> list[str]:
    """What stands behind `# in http { }` and `# in server { }` is put there."""
    http, _, server = filters.partition("# in server { }")
    (folder / "ok").write_text("ok")
    settings_file = folder / "nginx.conf"
    settings_file.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events {}\n"
        f"http {{ access_log off; root {folder};\n"
        f"  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"{http}\n  server {{ listen 127.0.0.1:{port};\n{server}\n"
        "  error_page 405 =200 /ok; location / { try_files /ok =404; } } }\n"
    )
    return ["nginx", "-c", str(settings_file), "-p", str(folder)]


SERVERS = {"haproxy": haproxy, "nginx": nginx}


def refused(command: list[str]) -> str:
    """Return what a server says against its settings, nothing where it takes them."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    check = ["-c"] if command[0] == "haproxy" else ["-t"]
    done = subprocess.run([*command, *check], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("server", sorted(SERVERS))
@pytest.mark.parametrize("name", sorted(LOGS))
def test_every_filter_of_requests_is_one_that_the_server_takes(
    name: str, server: str, tmp_path: Path
) -> None:
    advice = advised(name, tmp_path)
    assert advice.rules
    for place, rule in enumerate(advice.rules, 1):
        filters = text(rule, advice.words, server, place)
        assert refused(SERVERS[server](tmp_path, free_port(), filters)) == ""


def status(port: int, target: bytes, agent: bytes, method: bytes = b"GET") -> int:
    octets = asked(target, agent, b"Content-Length: 0\r\n" if method == b"POST" else b"", method)
    return int(ask(port, octets).split(b" ", 2)[1])


ASKS = (
    (Ask(paths=(1,), agents=(2,)), b"/a.php", b"bot (x) 1.0", b"GET", True),
    (Ask(paths=(1,), agents=(2,)), b"/a.php?q=1", b"bot (x) 1.0", b"GET", True),
    (Ask(paths=(1,), agents=(2,)), b"/aXphp", b"bot (x) 1.0", b"GET", False),
    (Ask(paths=(1,), agents=(2,)), b"/a.php", b"bot (x) 1x0", b"GET", False),
    (Ask(paths=(1,), agents=(2,)), b"/A.PHP", b"bot (x) 1.0", b"GET", False),
    (Ask(paths=(1,), agents=(2,)), b"/a.php", b"Bot (x) 1.0", b"GET", False),
    (Ask(paths=(1,), agents=(2,)), b"/a.php/b", b"bot (x) 1.0", b"GET", False),
    (Ask(paths=(1, 3)), b"/-x", b"any", b"GET", True),
    (Ask(paths=(1,), query=True), b"/a.php?q", b"any", b"GET", True),
    (Ask(paths=(1,), query=True), b"/a.php", b"any", b"GET", False),
    (Ask(paths=(1,), query=True), b"/a.php?", b"any", b"GET", False),
    (Ask(paths=(1,), post=True), b"/a.php", b"any", b"POST", True),
    (Ask(paths=(1,), post=True), b"/a.php", b"any", b"GET", False),
    (Ask(sources=("127.0.0.1/32",)), b"/", b"any", b"GET", True),
    (Ask(sources=("192.0.2.0/24",)), b"/", b"any", b"GET", False),
)  # fmt: skip
WORDS = {1: b"/a.php", 2: b"bot (x) 1.0", 3: b"/-x"}


@pytest.mark.parametrize("server", sorted(SERVERS))
@pytest.mark.parametrize(("what", "target", "agent", "method", "stopped"), ASKS, ids=range(15))
def test_a_server_stops_what_the_filter_says_and_nothing_else(
    what: Ask, target: bytes, agent: bytes, method: bytes, stopped: bool, server: str, tmp_path: Path
) -> None:  # fmt: skip
    filters = text(HttpRule("narrow", what, 1.0, 0.0, 0.0), WORDS, server)
    port, log = free_port(), tmp_path / "log"
    command = SERVERS[server](tmp_path, port, filters)
    assert refused(command) == ""
    with running(command, port, log):
        assert status(port, target, agent, method) == (403 if stopped else 200)


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_the_requests_of_the_log_are_stopped_and_passed_in_the_shares_that_were_told(
    server: str, tmp_path: Path
) -> None:
    advice = advised("many", tmp_path)
    rule = advice.rules[0]
    flood = [asked_of(line) for _, line in w.flood(1, sources=3_000) if 'Mozilla/5.0"' in line]
    calm = [asked_of(line) for _, line in w.day(1)]
    port = free_port()
    command = SERVERS[server](tmp_path, port, text(rule, advice.words, server))
    assert refused(command) == ""
    with running(command, port, tmp_path / "log"):
        got = [status(port, *each) for each in flood[:300]]
        ordinary = [status(port, *each) for each in calm[:: len(calm) // 300]]
    assert got.count(403) == 300
    assert rule.baseline is not None
    assert ordinary.count(403) <= rule.baseline * len(ordinary) + 1


def asked_of(line: str) -> tuple[bytes, bytes, bytes]:
    parts = line.encode().split(b'"')
    method, target, _ = parts[1].split(b" ")
    return target, parts[5], method


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_a_limit_lets_through_what_it_says_and_stops_the_rest(server: str, tmp_path: Path) -> None:
    rule = HttpRule("limit", Ask(), 1.0, 0.0, 0.0, 20)
    port = free_port()
    command = SERVERS[server](tmp_path, port, text(rule, {}, server))
    assert refused(command) == ""
    with running(command, port, tmp_path / "log"):
        got = [status(port, b"/", b"x") for _ in range(100)]
    # While the requests are made some seconds may pass, in which more are let through.
    assert 20 <= got.count(200) <= 60
    assert got.count(429) == 100 - got.count(200)


@pytest.mark.parametrize("server", sorted(SERVERS))
def test_whatever_may_be_written_is_taken_as_one_word(server: str) -> None:
    if shutil.which(server) is None:
        pytest.skip(f"{server} is not installed")
    signs = "".join(chr(n) for n in range(1, 127) if writable(bytes([n])))

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.text(signs, min_size=1, max_size=256), min_size=1, max_size=4))
    def takes(agents: list[str]) -> None:
        words = {n: agent.encode() for n, agent in enumerate(agents, 1)}
        rule = HttpRule("narrow", Ask(agents=tuple(words)), 1.0, None, None)
        with tempfile.TemporaryDirectory() as folder:
            filters = text(rule, words, server)
            assert refused(SERVERS[server](Path(folder), 1, filters)) == ""

    takes()
