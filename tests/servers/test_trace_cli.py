"""`uproar trace`: what it prints, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import log_writer as w
from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from servers.served import run


@pytest.fixture
def flood(tmp_path: Path) -> str:
    path = tmp_path / "flood.pcap"
    path.write_bytes(t.capture(t.forged(random_tcp(0x02))))
    return str(path)


@pytest.fixture
def calm(tmp_path: Path) -> str:
    path = tmp_path / "calm.pcap"
    path.write_bytes(t.capture(t.crowd()))
    return str(path)


def test_an_attack_is_one_line_of_json_and_a_calm_capture_none(flood: str, calm: str) -> None:
    done = run("trace", flood, calm, "--json")
    assert (done.returncode, done.stderr) == (0, b"")
    (line,) = [json.loads(each) for each in done.stdout.splitlines()]
    assert (line["kind"], line["vector"], line["target"]) == ("attack", "flood.syn", t.TARGET)
    assert line["from"].startswith("2025-03-10T12:00:00")
    assert line["file"] == flood
    sources = line["sources"]
    assert sources["spoofed"] > 0.9
    assert sources["meaningful"] is False
    assert sources["countries"] == sources["asns"] == []
    assert 0 < line["flash_crowd"] < 0.1
    assert all(each["sentence"] for each in line["evidence"])


def test_a_picture_is_written_where_there_is_an_attack(
    flood: str, calm: str, tmp_path: Path
) -> None:
    picture = tmp_path / "attack.svg"
    done = run("trace", calm, "--svg", str(picture))
    assert "no attack in a capture" in done.stderr.decode()
    assert not picture.exists()
    assert run("trace", calm, flood, "--svg", str(picture)).returncode == 0
    assert picture.read_text(encoding="utf-8").startswith("<svg ")
    done = run("trace", flood, "--svg", str(tmp_path / "nowhere" / "attack.svg"))
    assert done.returncode == 2
    assert "No such file or directory" in done.stderr.decode()


def test_fail_says_by_its_exit_whether_there_is_an_attack(flood: str, calm: str) -> None:
    assert run("trace", flood, "--fail").returncode == 1
    assert run("trace", calm, "--fail").returncode == 0


def test_the_report_is_for_people_and_shows_no_whole_address_unless_asked(flood: str) -> None:
    told = run("trace", flood).stdout.decode()
    assert "SYN flood: connections are begun and never completed" in told
    assert "Who ordered it cannot be told" in told
    assert t.TARGET not in told
    assert t.TARGET in run("trace", flood, "--addresses").stdout.decode()


def test_networks_of_reflectors_are_named_by_the_operators_own_table(tmp_path: Path) -> None:
    capture, table = tmp_path / "ntp.pcap", tmp_path / "prefixes.txt"
    capture.write_bytes(t.capture(t.reflected(123, 440)))
    table.write_text(
        "".join(f"{first}.0.0.0/8 {64500 + first}\n" for first in (5, 31, 46, 78, 91, 185))
    )
    done = run("trace", str(capture), "--json", "--networks", str(table))
    assert done.returncode == 0, done.stderr
    systems = json.loads(done.stdout)["sources"]["asns"]
    assert {each["asn"] for each in systems} <= {
        f"AS{64500 + first}" for first in (5, 31, 46, 78, 91, 185)
    }
    assert sum(each["share"] for each in systems) == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("content", [None, b"", b"no capture at all", b"\x1f\x8b\x08\x00"])
def test_what_cannot_be_read_is_one_clear_line(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "bad"
    if content is not None:
        path.write_bytes(content)
    done = run("trace", str(path), "--json")
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.decode().startswith(f"uproar trace: {path}: ")
    assert done.stderr.count(b"\n") == 1


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join(w.lines(w.flood(1, sources=800))) + b"\n")
    return path


def test_an_access_log_with_an_attack_is_one_line_of_json(log: Path, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary.log"
    ordinary.write_bytes(b"\n".join(w.lines(w.day(2))))
    done = run("trace", str(log), str(ordinary), "--json", "--fail")
    assert (done.returncode, done.stderr) == (1, b"")
    (line,) = [json.loads(each) for each in done.stdout.splitlines()]
    assert (line["kind"], line["vector"], line["file"]) == ("attack", "http.flood", str(log))
    assert line["sources"]["meaningful"] is True
    assert line["sources"]["countries"]
    assert "Proxies" in line["sources"]["because"]
    assert line["flash_crowd"] < 0.1
    assert all(each["sentence"] for each in line["evidence"])
    assert run("trace", str(ordinary), "--fail").returncode == 0


def test_the_report_of_a_log_has_every_explanation_and_a_baseline_helps(
    log: Path, tmp_path: Path
) -> None:
    ordinary = tmp_path / "ordinary.log"
    ordinary.write_bytes(b"\n".join([*w.lines(w.day(2)), b"\0", b"x" * 70_000]))
    done = run("trace", str(log), "--baseline", str(ordinary))
    told = done.stdout.decode()
    assert done.returncode == 0
    assert "An attack by requests is probable: http.flood" in told
    assert "a retry storm" in told
    assert "Who ordered it cannot be told" in told
    missing = run("trace", str(log), "--baseline", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert missing.stderr.count(b"\n") == 1
