"""An observatory that takes flows: from a real socket to the journal, and what is usual outlives it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from servers.collected import Sender
from servers.served import Served, run, until
from uproar.app.clock import SystemClock
from uproar.inlets.flows.sockets import Endpoint, endpoint, opened
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Traffic


def free() -> Endpoint:
    ((sock,),) = opened([endpoint("127.0.0.1:0")], 1)
    with sock:
        return Endpoint(*sock.getsockname())


def told(folder: Path) -> list[Traffic]:
    journal = SqliteJournal.open(folder / "journal.sqlite", SystemClock())
    found = [each for _, each in journal.read(0, 100_000) if isinstance(each, Traffic)]
    journal.close()
    return found


@pytest.mark.slow
def test_an_attack_in_flows_is_in_the_journal_and_the_observatory_tells_how_it_sees(
    tmp_path: Path,
) -> None:
    end = free()
    config = tmp_path / "uproar.toml"
    config.write_text(
        f'[traffic]\nlisten = ["{end.text}"]\nworkers = 2\n'
        '[[traffic.hostgroups]]\nname = "web"\nprefixes = ["198.51.100.0/24"]\nservice = "x"\n'
    )
    served = Served(tmp_path / "data", "--config", str(config))
    sender = Sender(end)
    try:

        def attacked() -> bool:
            sender.flows(100)
            (way,) = [
                each for each in served.get("/readyz").json["ways_in"] if each["name"] == "flows"
            ]
            return bool(way["seeing"]["signals"])

        until(attacked)
        metrics = served.get("/metrics").text
        assert "uproar_flows_exporters 1.0" in metrics
        assert "uproar_flows_overflowed_total 0.0" in metrics
        assert 'uproar_inlet_up{inlet="flows"} 1.0' in metrics
        assert "127.0.0.1" not in metrics
        assert "What routers tell of the traffic" in served.get("/seeing").text
        assert served.stop() == 0
        raised = [signal for signal in told(served.folder) if signal.state == "raised"]
        assert [(each.service, each.group, each.source) for each in raised] == [
            ("x", "web", "flows")
        ]
        assert (served.folder / "flows.state").stat().st_size > 100
        served.start()
        until(lambda: "flows" in served.get("/readyz").text)
        assert "learned anew" not in served.log
        assert served.stop() == 0
    finally:
        sender.close()
        served.close()


def test_a_state_that_is_damaged_is_learned_anew_and_says_so(tmp_path: Path) -> None:
    config = tmp_path / "uproar.toml"
    config.write_text(f'[traffic]\nlisten = ["{free().text}"]\n')
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "flows.state").write_bytes(b"damaged")
    served = Served(tmp_path / "data", "--config", str(config))
    try:
        assert "learned anew" in served.log
        assert served.stop() == 0
        assert "damaged" not in (tmp_path / "data" / "flows.state").read_bytes().decode("latin-1")
    finally:
        served.close()


def test_workers_end_with_an_observatory_that_is_killed(tmp_path: Path) -> None:
    config = tmp_path / "uproar.toml"
    end = free()
    config.write_text(f'[traffic]\nlisten = ["{end.text}"]\n')
    served = Served(tmp_path / "data", "--config", str(config))
    try:
        workers = until(lambda: children(served.process.pid))
        served.process.send_signal(signal.SIGKILL)
        served.process.wait()
        until(lambda: not any(alive(each) for each in workers))
    finally:
        served.close()


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    ((sock,),) = opened([endpoint("127.0.0.1:0")], 1)
    with sock:
        config = tmp_path / "uproar.toml"
        config.write_text(f'[traffic]\nlisten = ["127.0.0.1:{sock.getsockname()[1]}"]\n')
        done = run(
            "serve", "--port", "0", "--folder", str(tmp_path / "data"), "--config", str(config)
        )
    assert done.returncode == 2
    assert b"is another collector running" in done.stderr.splitlines()[-1]


def children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return False
    return state != "Z"
