"""A maintenance calendar on a web server, read by a whole observatory, from the first look to the journal."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from servers.served import Served, run, until

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Example//EN\r\n"


class Page:
    """What the web server answers: a body, or a status."""

    def __init__(self) -> None:
        self.body, self.status, self.agents = b"", 200, set[str]()


@contextmanager
def web(page: Page) -> Iterator[int]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page.agents.add(self.headers["User-Agent"])
            self.send_response(page.status)
            self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            self.wfile.write(page.body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def calendar(title: str, begins: datetime) -> bytes:
    event = (
        f"BEGIN:VEVENT\r\nUID:w1\r\nSUMMARY:{title}\r\nDTSTART:{begins:%Y%m%dT%H%M%SZ}\r\n"
        "DURATION:PT2H\r\nEND:VEVENT\r\n"
    )
    return f"{HEAD}{event}END:VCALENDAR\r\n".encode()


def kept(served: Served) -> list[dict[str, object]]:
    lines = run("export", "--folder", str(served.folder)).stdout.splitlines()
    return [told for line in lines if (told := json.loads(line))["kind"] == "change"]


def test_a_window_of_a_calendar_reaches_the_journal_and_a_broken_one_is_told(
    tmp_path: Path,
) -> None:
    page = Page()
    begins = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=1)
    page.body = calendar("Move of the data centre", begins)
    with web(page) as port:
        config = tmp_path / "uproar.toml"
        config.write_text(
            '[changes]\ncontact = "noc@example.org"\nprivate_hosts = ["127.0.0.1"]\ninterval_s = 15\n'
            f'[changes.calendars.work]\nservices = ["x"]\nurl = "http://127.0.0.1:{port}/w.ics"\n'
        )
        served = Served(tmp_path / "data", "--config", str(config))
        try:
            (change,) = until(lambda: kept(served))
            assert (change["service"], change["state"], change["planned"]) == ("x", "planned", True)
            assert change["title"] == "Move of the data centre"
            assert change["started_at"] == f"{begins:%Y-%m-%dT%H:%M:%SZ}"
            assert page.agents == {"Uproar/1 (outage observatory; noc@example.org)"}
            page.status = 503
            ways = until(
                lambda: [w for w in served.get("/readyz").json["ways_in"] if w["seeing"]["trouble"]]
            )
            assert ways[0]["name"] == "calendars"
            assert "work: it answers 503" in ways[0]["seeing"]["trouble"]
            assert "Traceback" not in served.log
        finally:
            served.close()
