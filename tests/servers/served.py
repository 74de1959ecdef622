"""A real `uproar serve` in a process of its own, and people with addresses of their own."""

from __future__ import annotations

import http.client
import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE_S = 120.0  # after which a test gives up; none depends on anything being quicker
POLL_S = 0.2
REPORTS = "/api/v1/reports"
_URL = re.compile(r"url=http://127\.0\.0\.1:(\d+)/")


@dataclass(frozen=True)
class Reply:
    """One answer; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Served:
    """An observatory on a folder, that can be stopped and started again."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self._options = options
        self._log = folder.with_name(f"{folder.name}.log")
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "uproar", "serve", "--port", "0"]
        with self._log.open("w") as log:
            self.process = subprocess.Popen(
                [*command, "--folder", str(self.folder), *self._options], stderr=log
            )
        until(lambda: self.process.poll() is not None or _URL.search(self.log))
        found = _URL.search(self.log)
        assert found is not None, self.log
        self.port = int(found[1])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What this process wrote to stderr."""
        return self._log.read_text()

    def stop(self) -> int:
        """Ask it to end, as a service manager does; return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def get(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, None, headers, "127.0.0.1")

    def report(self, address: str, key: str = "", **fields: object) -> Reply:
        """Report from an address of one's own, as a browser does: programs alone open nothing."""
        headers = {"content-type": "application/json", "user-agent": AGENT}
        if key:
            headers["idempotency-key"] = key
        return self._ask("POST", REPORTS, json.dumps(fields).encode(), headers, address)

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str], address: str
    ) -> Reply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=PATIENCE_S, source_address=(address, 0)
        )
        try:
            connection.request(method, path, body, named)
            reply = connection.getresponse()
            told = {name.lower(): value for name, value in reply.getheaders()}
            return Reply(reply.status, told, reply.read())
        finally:
            connection.close()


def until(holds: Callable[[], Any]) -> Any:
    """Wait until something is true, and return it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := holds()):
        assert time.monotonic() < deadline, "never true"
        time.sleep(POLL_S)
    return found


def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    """Run a command of the command line to its end."""
    command = [sys.executable, "-m", "uproar", *arguments]
    given = {"stdin": subprocess.DEVNULL} if "input" not in options else {}
    return subprocess.run(
        command, capture_output=True, check=False, timeout=PATIENCE_S, **given, **options
    )
