"""A whole observatory reads a vendor's page over TLS, shows what it says, and goes on after a restart."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from servers.served import Served, run, until

SAMPLES = Path(__file__).parent.parent / "recordings" / "notices"
CONFIG = """
[catalog]
folder = "catalog"
only = true
[notices]
enabled = true
interval_s = 15
contact = "noc@observatory.example"
private_hosts = ["127.0.0.11"]
"""
HOST = "127.0.0.11"  # A loopback address that the catalog takes for a host's name.
SERVICE = """
[[service]]
slug = "alpha"
name = "Alpha"
category = "other"
status = {{ kind = "statuspage", url = "https://127.0.0.11:{port}" }}
"""


class Page(BaseHTTPRequestHandler):
    """Answers with the sample that `sample` names, and 404 to all but what should be asked for."""

    sample = "statuspage-fine.json"
    asked: list[str] = []  # noqa: RUF012 - one list for all requests is meant

    def do_GET(self) -> None:
        Page.asked.append(f"{self.path} {self.headers['User-Agent']}")
        # What has stood still for weeks is not believed: the sample is of today.
        today = datetime.now(UTC).date().isoformat().encode()
        body = (SAMPLES / Page.sample).read_bytes().replace(b"2026-08-14", today)
        self.send_response(200 if self.path == "/api/v2/summary.json" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of the page")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    subprocess.run(
        [*made.split(), "-addext", f"subjectAltName=IP:{HOST}", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = ThreadingHTTPServer((HOST, 0), Page)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(cert))
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_an_observatory_reads_a_page_shows_it_and_goes_on_after_a_restart(
    page: int, tmp_path: Path
) -> None:
    (tmp_path / "catalog").mkdir()
    (tmp_path / "catalog" / "own.toml").write_text(SERVICE.format(port=page))
    (tmp_path / "uproar.toml").write_text(CONFIG)
    config = str(tmp_path / "uproar.toml")
    served = Served(tmp_path / "data", "--config", config)
    try:
        own = until(lambda: of(served)["own_page"])
        assert (own["state"], own["incidents"]) == ("operational", [])
        assert Page.asked[0] == (
            "/api/v2/summary.json Uproar/1 (outage observatory; noc@observatory.example)"
        )
        Page.sample = "statuspage-failing.json"
        own = until(lambda: of(served)["own_page"]["incidents"] and of(served)["own_page"])
        assert own["incidents"][0]["id"] == "p31"
        ready = served.get("/readyz").json["notices"]
        assert (ready["enabled"], ready["feeds"], ready["unread"]) == (True, 1, 0)
        assert "uproar_notice_feeds 1.0" in served.get("/metrics").text
        lines = run("export", "--folder", str(served.folder)).stdout
        kinds = [json.loads(line)["kind"] for line in lines.splitlines()]
        assert kinds.count("notice") >= 3
        (tmp_path / "journal.jsonl").write_bytes(lines)
        replayed = run("replay", str(tmp_path / "journal.jsonl"), "--config", config)
        assert replayed.returncode == 0, replayed.stderr
        assert served.stop() == 0
        served.start()
        assert of(served)["own_page"]["incidents"][0]["id"] == "p31"
        until(lambda: served.get("/readyz").json["notices"]["looks"] > 0)
    finally:
        served.close()


def of(served: Served) -> Any:
    reply = served.get("/s/alpha.json")
    return json.loads(reply.body) if reply.status == 200 else {"own_page": None}
