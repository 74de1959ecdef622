"""The error pages of real servers, from Debian where they are installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from servers.peers import HERE, answering, free_port, listening, probed, run, silent
from servers.served import PATIENCE_S, POLL_S
from uproar.detect.finding import find
from uproar.model.measurement import Finding, Measurement


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: nginx-light haproxy varnish apache2-bin)")
    return found


@contextlib.contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """Run a server in the foreground until the block ends; wait until it listens."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            asyncio.run(_listens(process, port))
            yield
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_S)


async def _listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            _, writer = await asyncio.open_connection(HERE, port)
        except OSError:
            if process.poll() is not None:
                assert process.stdout is not None
                raise AssertionError(process.stdout.read().decode()) from None
            assert time.monotonic() < deadline, "it never listens"
            await asyncio.sleep(POLL_S)
        else:
            writer.close()
            await writer.wait_closed()
            return


def finding_of(port: int, path: str = "/") -> Finding:
    return find(run(probed(f"http://{HERE}:{port}{path}")))


def fingerprint(finding: Finding) -> str:
    return finding.match.id if finding.match else ""


NGINX = """
daemon off; worker_processes 1; master_process off; pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;
  fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen {host}:{port};
    location /refused {{ proxy_pass http://{host}:{closed}; }}
    location /silent {{ proxy_pass http://{host}:{silent}; proxy_read_timeout 1s; }}
    location /shut {{ return 503; }}
    location /denied {{ deny all; }}
    location /fine {{ return 200 "fine"; }}
    location / {{ return 404; }}
  }}
}}
"""


@pytest.mark.parametrize(
    ("path", "name", "state"),
    [
        ("/refused", "nginx.502", "fails"),
        ("/silent", "nginx.504", "fails"),
        ("/shut", "nginx.503", "fails"),
        ("/denied", "nginx.page", "blocked"),
        ("/other", "nginx.page", "fails"),
        ("/fine", "", "works"),
    ],
)
def test_nginx(tmp_path: Path, path: str, name: str, state: str) -> None:
    nginx = program("nginx")

    async def main() -> Measurement:
        port = free_port()
        async with listening(silent) as quiet:
            settings = NGINX.format(
                folder=tmp_path, host=HERE, port=port, closed=free_port(), silent=quiet
            )
            (tmp_path / "nginx.conf").write_text(settings)
            command = [nginx, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
            with await asyncio.to_thread(_started, command, port) as stack:
                del stack
                return await probed(f"http://{HERE}:{port}{path}")

    finding = find(run(main()))
    assert (fingerprint(finding), finding.state) == (name, state)


def _started(command: list[str], port: int) -> contextlib.ExitStack:
    """Start a server from within a running loop, whose thread must not be held up."""
    stack = contextlib.ExitStack()
    stack.enter_context(running(command, port))
    return stack


HAPROXY = """
global
  maxconn 64
defaults
  mode http
  timeout connect 60s
  timeout client 30s
  timeout server 60s
  retries 0
frontend all
  bind {host}:{port}
  http-request deny deny_status 403 if {{ path /denied }}
  http-request deny deny_status 429 if {{ path /often }}
  use_backend refused if {{ path /refused }}
  use_backend silent if {{ path /silent }}
  use_backend broken if {{ path /broken }}
  default_backend none
backend none
backend refused
  server one {host}:{closed}
backend silent
  timeout server 1s
  server one {host}:{silent}
backend broken
  server one {host}:{broken}
"""


@pytest.mark.parametrize(
    ("path", "name", "state"),
    [
        ("/none", "haproxy.503", "fails"),
        ("/refused", "haproxy.503", "fails"),
        ("/silent", "haproxy.504", "fails"),
        ("/broken", "haproxy.502", "fails"),
        ("/denied", "haproxy.403", "blocked"),
        ("/often", "haproxy.429", "blocked"),
    ],
)
def test_haproxy(tmp_path: Path, path: str, name: str, state: str) -> None:
    haproxy = program("haproxy")

    async def main() -> Measurement:
        port = free_port()
        async with listening(silent) as quiet, listening(answering(b"garbage\r\n\r\n")) as broken:
            settings = HAPROXY.format(
                host=HERE, port=port, closed=free_port(), silent=quiet, broken=broken
            )
            (tmp_path / "haproxy.cfg").write_text(settings)
            command = [haproxy, "-db", "-f", str(tmp_path / "haproxy.cfg")]
            with await asyncio.to_thread(_started, command, port):
                return await probed(f"http://{HERE}:{port}{path}")

    finding = find(run(main()))
    assert (fingerprint(finding), finding.state) == (name, state)


def test_varnish(tmp_path: Path) -> None:
    varnish = program("varnishd")
    port = free_port()
    settings = f'vcl 4.1;\nbackend default {{ .host = "{HERE}"; .port = "{free_port()}"; }}\n'
    (tmp_path / "default.vcl").write_text(settings)
    command = [varnish, "-F", "-a", f"{HERE}:{port}", "-f", str(tmp_path / "default.vcl"),
               "-n", str(tmp_path / "state"), "-s", "malloc,8m", "-j", "none"]  # fmt: skip
    with running(command, port):
        finding = finding_of(port)
    assert (fingerprint(finding), finding.state) == ("varnish.503", "fails")
    assert finding.answered == "Varnish"


APACHE = """
ServerRoot {folder}
ServerName here.example
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Listen {host}:{port}
LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
LoadModule proxy_module /usr/lib/apache2/modules/mod_proxy.so
LoadModule proxy_http_module /usr/lib/apache2/modules/mod_proxy_http.so
DocumentRoot {folder}/pages
ProxyTimeout 60
ProxyPass /refused http://{host}:{closed}/
ProxyPass /silent http://{host}:{silent}/ timeout=1
ProxyPass /broken http://{host}:{broken}/
Redirect 500 /failed
Redirect 503 /shut
"""


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/refused", "apache.503"),
        ("/shut", "apache.503"),
        ("/silent", "apache.502"),
        ("/broken", "apache.502"),
        ("/failed", "apache.500"),
    ],
)
def test_apache(tmp_path: Path, path: str, name: str) -> None:
    apache = program("apache2")
    (tmp_path / "pages").mkdir()

    async def main() -> Measurement:
        port = free_port()
        # Apache takes garbage for HTTP/0.9 and passes it on; a peer that hangs up it does not like.
        async with listening(silent) as quiet, listening(answering(b"")) as broken:
            settings = APACHE.format(
                folder=tmp_path, host=HERE, port=port, closed=free_port(), silent=quiet,
                broken=broken,
            )  # fmt: skip
            (tmp_path / "apache.conf").write_text(settings)
            command = [apache, "-D", "FOREGROUND", "-f", str(tmp_path / "apache.conf")]
            with await asyncio.to_thread(_started, command, port):
                return await probed(f"http://{HERE}:{port}{path}")

    finding = find(run(main()))
    assert (fingerprint(finding), finding.state) == (name, "fails")
