"""`uproar geo` and `uproar trace --networks`: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from servers.served import run


@pytest.fixture
def built(tmp_path: Path) -> str:
    source, output = tmp_path / "ip2asn-v4-20251120.tsv", tmp_path / "my.networks"
    rows = [f"{net}.0.0.0\t{net}.255.255.255\t64500\tNL\tEXAMPLE-NET" for net in range(1, 224)]
    source.write_text("\n".join([*rows, "nonsense", "also nonsense\t"]))
    done = run("geo", "build", str(source), "-o", str(output), "--attribution", "Ours, 2025")
    assert done.returncode == 0
    assert b"line 224: not of the file's form" in done.stderr
    told = done.stdout.decode()
    assert "iptoasn (ip2asn-v4-20251120.tsv) of 2025-11-20 (PDDL 1.0)" in told
    assert "set aside: 2 not of the file's form" in told
    return str(output)


def test_a_table_tells_what_it_is_made_of_and_whose_an_address_is(built: str) -> None:
    shown = json.loads(run("geo", "show", built, "--json").stdout)
    assert (shown["networks"], shown["names"], shown["countries"]) == (1, 1, True)
    assert shown["sources"][0]["licence"] == "PDDL 1.0"
    looked = run("geo", "look", "9.9.9.9", "2001:db8::1", "--table", built, "--json").stdout
    lines = [json.loads(line) for line in looked.splitlines()]
    assert lines[0] == {"kind": "address", "address": "9.9.9.9", "asn": "AS64500", "name": "EXAMPLE-NET", "country": "NL"}  # fmt: skip
    assert lines[1]["asn"] is None
    assert b"AS64500 EXAMPLE-NET NL" in run("geo", "look", "9.9.9.9", "--table", built).stdout


def test_a_report_names_networks_and_holds_the_two_databases_against_each_other(
    built: str, tmp_path: Path
) -> None:
    capture = tmp_path / "flood.pcap"
    capture.write_bytes(t.capture(t.genuine(random_tcp(0x02), 6, sources=1500)))
    told = run("trace", str(capture), "--networks", built).stdout.decode()
    assert "systems: AS64500 EXAMPLE-NET" in told
    assert "Here the two differ on" in told
    assert "Ours, 2025" in told
    assert "of 2025-11-20 (PDDL 1.0)" in told
    sources = json.loads(run("trace", str(capture), "--networks", built, "--json").stdout)[
        "sources"
    ]
    assert sources["asns"][0]["name"] == "EXAMPLE-NET"
    assert 0.5 < sources["disagreement"]["sources"] <= 1
    assert sources["attributions"] == ["Ours, 2025"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("geo", "build", "{bad}", "-o", "{out}"), b"no line tells of a network or a country"),
        (("geo", "build", "{none}", "-o", "{out}"), b"cannot be read"),
        (("geo", "show", "{bad}"), b"is no table of networks"),
        (("geo", "look", "x", "--table", "{bad}"), b"is no table of networks"),
        (("geo", "build", "{bad}", "-o", "{out}", "--name", "a", "--name", "b"), b"--name is given more often"),
    ],
)  # fmt: skip
def test_what_is_of_no_use_is_refused_in_one_line(arguments, said, tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("hello world\n")
    paths = {name: str(tmp_path / name) for name in ("bad", "out", "none")}
    done = run(*(each.format(**paths) for each in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert not (tmp_path / "out").exists()
