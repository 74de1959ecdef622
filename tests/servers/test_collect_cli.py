"""`uproar collect` as a process: an attack is told at once, what is ordinary is not, and it ends when asked."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from servers.collected import Sender
from servers.served import PATIENCE_S, run, until
from uproar.inlets.flows.sockets import Endpoint, endpoint

_LISTENS = re.compile(r"listens on (\S+)")


class Collect:
    """A running `uproar collect`, what it said, and where it listens."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "uproar", "collect", "--listen", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.out: list[str] = []
        self.err: list[str] = []
        self._threads = [
            threading.Thread(target=self.out.extend, args=(self.process.stdout,)),
            threading.Thread(target=self.err.extend, args=(self.process.stderr,)),
        ]
        for thread in self._threads:
            thread.start()
        found = until(lambda: _LISTENS.search("".join(self.err)))
        self.end: Endpoint = endpoint(found[1])

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self.close()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for thread in self._threads:
            thread.join()
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out]


@contextmanager
def collect(*options: str) -> Iterator[Collect]:
    running = Collect(*options)
    try:
        yield running
    finally:
        running.close()


def flood(end: Endpoint, over: Callable[[], object]) -> None:
    """Send 30,000 flows a second of NTP answers, by one in a hundred, until something has happened."""
    sender = Sender(end)
    deadline = time.monotonic() + PATIENCE_S
    with contextlib.suppress(ConnectionRefusedError):  # It has ended, and so is over.
        while not over() and time.monotonic() < deadline:
            sender.flows(50)
            time.sleep(0.05)
    sender.close()


@pytest.mark.slow
def test_an_attack_is_raised_at_once_and_ends_in_order() -> None:
    with collect("--json", "--ours", "198.51.100.0/24") as running:
        flood(running.end, lambda: running.out)
        raised = running.lines[0]
        assert (raised["kind"], raised["state"]) == ("attack", "raised")
        assert raised["target"].startswith("198.51.100.")
        assert raised["group"] == "ours"
        assert raised["vector"] == raised["vectors"][0]["vector"]
        assert {"rates", "sources", "flash_crowd", "evidence", "at", "from", "to"} <= set(raised)
        begun = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - begun < 10
        assert "flows in" in running.err[-1]


def test_what_goes_to_others_is_no_attack_on_ours() -> None:
    with collect("--json", "--ours", "192.0.2.0/24") as running:
        sender = Sender(running.end)
        sender.flows(2_000)
        time.sleep(3)
        sender.close()
        assert running.stop(signal.SIGINT) == 0
        assert running.out == []
        assert re.search(r"60,000 flows in 2,000 datagrams of 1 exporters", running.err[-1])


def test_it_ends_when_nobody_reads_it() -> None:
    command = [sys.executable, "-m", "uproar", "collect", "--listen", "127.0.0.1:0", "--json"]
    reading, writing = os.pipe()
    process = subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True)
    os.close(writing)
    os.close(reading)
    assert process.stderr is not None
    found = _LISTENS.search(process.stderr.readline())
    assert found is not None
    flood(endpoint(found[1]), lambda: process.poll() is not None)
    assert process.wait(PATIENCE_S) == 0
    process.stderr.close()


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--listen", "nowhere"), "'nowhere' is no address and port; write it like"),
        (("--ours", "10.0.0.1/8"), "'10.0.0.1/8' is no network"),
        (("--workers", "65"), "workers must be 1 to 64"),
        (("--exporter", "router"), "exporters has 'router'"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(options: tuple[str, str], complaint: str) -> None:
    done = run("collect", *options)
    assert done.returncode == 2
    assert complaint in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_raw_flows_are_kept_where_a_folder_is_named(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    config = tmp_path / "uproar.toml"
    config.write_text('[traffic]\nkeep_flows = "flows"\n')
    with collect("--config", str(config), "--ours", "198.51.100.0/24") as running:
        sender = Sender(running.end)
        sender.flows(10)
        time.sleep(2)
        sender.close()
        assert running.stop() == 0
    (file,) = (tmp_path / "flows").glob("*")
    rows = parquet.read_table(file)
    assert file.suffix == ".parquet"
    assert len(rows) == 300
    assert set(rows["src_lo"].to_pylist()) == {
        0xFFFF << 32 | 0xCB000000,  # 203.0.0.0
        0xFFFF << 32 | 0xCB000100,  # 203.0.1.0
    }
    assert set(rows["dst_lo"].to_pylist()) == {0xFFFF << 32 | 0xC6336407}  # 198.51.100.7
    traced = run("trace", str(file))
    assert traced.returncode == 0
    assert b"90,000 packets of 2 sources" in traced.stdout  # Both are masked.
