"""`uproar trace --rules`: what is printed, and that without it nothing is other than before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import log_writer as w
from core import traffic_writer as t
from servers.served import run

KEYS = {"kind", "text", "attack", "baseline", "baseline_of", "baseline_sources", "because"}


@pytest.fixture
def flood(tmp_path: Path) -> str:
    path = tmp_path / "flood.pcap"
    path.write_bytes(t.capture([*t.crowd(100), *t.reflected(123, 440)]))
    return str(path)


@pytest.fixture
def log(tmp_path: Path) -> str:
    path = tmp_path / "access.log"
    path.write_bytes(b"\n".join(w.lines(w.flood(1, sources=3_000))) + b"\n")
    return str(path)


def test_rules_are_told_behind_the_report_and_only_when_asked_for(flood: str) -> None:
    plain = run("trace", flood).stdout.decode()
    told = run("trace", "--rules", flood).stdout.decode()
    assert "nftables" not in plain
    assert told.startswith(plain.rstrip())
    assert "Nothing of this is applied" in told
    for kind in ("nftables ", "flowspec ", "rtbh "):
        assert kind in told


def test_lines_of_json_have_rules_when_asked_for(flood: str, log: str) -> None:
    without = [json.loads(each) for each in run("trace", "--json", flood, log).stdout.splitlines()]
    lines = [json.loads(each) for each in run("trace", "--json", "--rules", flood, log).stdout.splitlines()]  # fmt: skip
    assert [{k: v for k, v in line.items() if k != "rules"} for line in lines] == without
    assert all(set(each) >= KEYS for line in lines for each in line["rules"])
    assert {each["kind"] for each in lines[0]["rules"]} == {"nftables", "flowspec", "rtbh"}
    assert {each["kind"] for each in lines[1]["rules"]} >= {"haproxy", "nginx", "cloudflare"}


def test_a_capture_of_an_ordinary_time_tells_what_rules_cost(flood: str, tmp_path: Path) -> None:
    usual = tmp_path / "usual.pcap"
    usual.write_bytes(t.capture(t.crowd(300)))
    done = run("trace", "--json", "--rules", "--baseline", str(usual), flood)
    (line,) = [json.loads(each) for each in done.stdout.splitlines()]
    assert "in the capture of an ordinary time" in line["rules"][0]["baseline_of"]
    assert line["rules"][0]["baseline"] == 0


def test_a_baseline_that_is_neither_log_nor_capture_is_one_clear_line(
    flood: str, tmp_path: Path
) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"neither\n" * 3)
    done = run("trace", "--rules", "--baseline", str(bad), flood)
    assert done.returncode == 2
    assert done.stderr.startswith(f"uproar trace: {bad}: ".encode())
    assert done.stderr.count(b"\n") == 1
