"""What real servers write of clients that mean no good, and of others, is read line by line."""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from uproar.wire.accesslog import columns
from uproar.wire.accesslog.reading import read, sniff
from uproar.wire.accesslog.requests import METHODS, Requests

START_S_MAX = 20.0
WRITTEN_S_MAX = 3.0
FORGED = b'jo [10/Mar/2025:14:00:01 +0000] "GET /forged HTTP/1.1" 200 1 "-" "-"'
FORGED_LINE = b'" 200 1 "-" "x"\\n1.1.1.1 - - [10/Mar/2025:14:00:01 +0000] "GET /forged HTTP/1.1'


def asked(target: bytes, agent: bytes, more: bytes = b"", method: bytes = b"GET") -> bytes:
    return (
        method + b" " + target + b" HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\nUser-Agent: "
        + agent + b"\r\n" + more + b"\r\n"
    )  # fmt: skip


# Each is one connection with one request, and one line of the log.
ASKED = (
    asked(b"/a/b?x=1", b"plain/1"),
    asked(b"/quotes", b'say "hi" \\ there\\'),
    asked(b"/octets", b"\xff\xfe \xc3\xa4"),
    asked(b"/forger", FORGED_LINE),
    asked(b"/brackets", b'[x] {y} } " ] " 200 '),
    asked(b"/login", b"plain/1", b"Content-Length: 0\r\n", b"POST"),
    asked(b"/named", b"-", b"Authorization: Basic " + base64.b64encode(FORGED + b":pw") + b"\r\n"),
    asked(b"/referred", b"x", b'Referer: https://Example.net/"?q\r\n'),
    asked(b"/%22%0a%5c", b""),
    asked(b"http://example.org/absolute?y", b"plain/1"),
    asked(b'/"quoted"', b"plain/1"),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    b"NONSENSE\r\n\r\n",
)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def ask(port: int, octets: bytes, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection((host, port), timeout=10) as client:
        client.sendall(octets)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
    return answer


@contextmanager
def running(command: list[str], port: int, log: Path) -> Iterator[None]:
    """Run a server until the block ends; skip where it cannot be started at all."""
    with (log.parent / "told.txt").open("wb") as told, log.open("ab") as written:
        server = subprocess.Popen(command, stdout=written, stderr=told)
        try:
            until = time.monotonic() + START_S_MAX
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert server.poll() is None, (log.parent / "told.txt").read_text()
                    assert time.monotonic() < until
                    time.sleep(0.05)
            yield
        finally:
            server.terminate()
            server.wait(timeout=20)


def nginx(folder: Path, port: int, log: Path) -> list[str]:
    settings = folder / "nginx.conf"
    settings.write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\n"
        "events {}\n"
        f"http {{ access_log {log} combined;\n"
        f"  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;\n"
        f"  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"  server {{ listen 127.0.0.1:{port}; location / {{ return 200 'ok'; }} }} }}\n"
    )
    return ["nginx", "-c", str(settings), "-p", str(folder)]


def apache(folder: Path, port: int, log: Path) -> list[str]:
    modules = Path("/usr/lib/apache2/modules")
    settings = folder / "apache.conf"
    settings.write_text(
        f"ServerRoot {folder}\nServerName example.org\nListen 127.0.0.1:{port}\nPidFile {folder}/pid\n"
        + "".join(
            f"LoadModule {name}_module {modules}/mod_{name}.so\n"
            for name in ("mpm_event", "authz_core", "alias")
        )
        + f"User www-data\nGroup www-data\nErrorLog {folder}/error.log\nRedirect 404 /\n"
        'LogFormat "%h %l %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\" %I %O" io\n'
        f"CustomLog {log} io\n"
    )
    return ["apache2", "-f", str(settings), "-DFOREGROUND"]


def haproxy(folder: Path, port: int, log: Path) -> list[str]:
    settings = folder / "haproxy.cfg"
    settings.write_text(
        "global\n  log stdout format raw local0\n"
        "defaults\n  mode http\n  log global\n  option httplog\n"
        "  timeout client 5s\n  timeout server 5s\n  timeout connect 1s\n  retries 0\n"
        f"frontend front\n  bind 127.0.0.1:{port}\n"
        "  capture request header User-Agent len 64\n"
        "  use_backend gone if { path /login }\n"
        "  http-request return status 200 content-type text/plain string ok unless { path /login }\n"
        f"backend gone\n  server none 127.0.0.1:{free_port()}\n"
    )
    assert log
    return ["haproxy", "-f", str(settings), "-db"]


SERVERS = {"nginx": nginx, "apache2": apache, "haproxy": haproxy}


def written(folder: Path, name: str) -> list[bytes]:
    """Return what a server wrote of all that was asked, without the tries whether it is there."""
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    port, log = free_port(), folder / "access.log"
    folder.chmod(0o755)
    with running(SERVERS[name](folder, port, log), port, log):
        for octets in ASKED:
            ask(port, octets)
        # A line is written once its connection is done with, which may be after the client's end.
        until = time.monotonic() + WRITTEN_S_MAX
        while log.read_bytes().count(b"\n") < len(ASKED) and time.monotonic() < until:
            time.sleep(0.05)
    return [line for line in log.read_bytes().splitlines() if b"BADREQ" not in line]


def by_path(found: Requests) -> dict[bytes, int]:
    return {path: row for row, path in enumerate(found.path) if path}


@pytest.mark.parametrize(("name", "slug"), [("nginx", "combined"), ("apache2", "combinedio")])
def test_a_log_is_read_whole_whatever_clients_send(tmp_path, name, slug):
    lines = written(tmp_path, name)
    found = read(lines, sniff(lines))
    assert found.format.slug == slug
    assert found.rejects == {}
    assert len(found) >= len(ASKED)
    rows = by_path(found)
    for path in (
        b"/a/b",
        b"/quotes",
        b"/octets",
        b"/forger",
        b"/brackets",
        b"/named",
        b"/%22%0a%5c",
    ):
        assert path in rows, path
    assert b"/forged" not in rows
    plain = rows[b"/a/b"]
    assert METHODS[found.method[rows[b"/login"]]] == "POST"
    assert found.query[plain]
    assert found.agent_hash[plain] == columns.hashes([b"plain/1"])[0]
    assert found.referer_hash[rows[b"/referred"]] == columns.hashes([b"example.net"])[0]
    assert found.query[rows[b"/absolute"]]
    assert set(found.client_lo.tolist()) == {0xFFFF_7F00_0001}
    assert abs(int(found.at_ms[plain]) - time.time() * 1000) < 120_000
    assert (found.status == 400).sum() >= 2


def test_haproxy_says_how_requests_ended(tmp_path):
    lines = written(tmp_path, "haproxy")
    found = read(lines, sniff([line for line in lines if b" [" in line]))
    assert found.format.slug == "haproxy"
    rows = by_path(found)
    assert b"/forged" not in rows
    for path in (b"/a/b", b"/quotes", b"/octets", b"/forger", b"/brackets", b"/named"):
        assert path in rows, path
    assert b'/"quoted"' in rows
    assert found.status[rows[b"/a/b"]] == 200
    refused = rows[b"/login"]
    assert (found.status[refused], found.origin_status[refused]) == (503, 0)
    assert found.terminations[found.termination[refused]] == "haproxy.sc"
