"""Filters of packets, in the hands of the programs that they are for: nftables in a kernel, ExaBGP."""

from __future__ import annotations

import json
import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core import frame_writer as w
from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from uproar.app import tracing
from uproar.present.rules import Written, plain, written
from uproar.present.rules_network import NFT_BASE
from uproar.trace.rules import advise
from uproar.trace.rules_told import Advice

SBIN = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
FILTERED = Path(__file__).with_name("filtered.py")
SIX = "2001:db8::7"


def program(name: str) -> str:
    found = shutil.which(name, path=SBIN)
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: nftables exabgp iproute2)")
    return found


def apart(*command: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a network namespace of its own; skip where that is not allowed."""
    unshare = program("unshare")
    if subprocess.run([unshare, "-n", "true"], capture_output=True, check=False).returncode:
        pytest.skip("there is no right to make a network namespace here")
    return subprocess.run(
        [unshare, "-n", *command], capture_output=True, text=True, check=False, **options
    )


def six(count: int, service: int, size: int) -> list[t.Timed]:
    """Datagrams of so many octets and more over IPv6."""
    dice, made = random.Random(11), []
    for index in range(count):
        whence = f"2a00:{dice.randrange(1, 60):x}::{dice.randrange(1, 30000):x}"
        datagram = w.udp(bytes(size + index % 3), service, t.port(dice))
        made.append((index * 2.0 / count, w.ethernet(w.ipv6(datagram, whence, SIX, 17), 0x86DD)))
    return made


def fragments() -> list[t.Timed]:
    first = t.genuine(lambda d: w.udp(bytes(1400), 53, t.port(d)), more=True, sources=300)
    return sorted([*first, *t.genuine(lambda _: bytes(900), offset=1408, sources=300)])


ATTACKS: dict[str, Callable[[], list[t.Timed]]] = {
    "syn-forged": lambda: t.forged(random_tcp(0x02)),
    "ack": lambda: t.forged(random_tcp(0x10), count=20_000),
    "ntp": lambda: t.reflected(123, 440),
    "syn-ack": lambda: t.genuine(lambda d: w.tcp(b"", d.choice((80, 443)), t.port(d), 0x12), 6),
    "null": lambda: t.forged(random_tcp(0x00)),
    "icmp": lambda: t.forged(lambda _: w.icmp(8, 0, bytes(32)), 1),
    "gre": lambda: t.genuine(
        lambda d: w.gre(w.ipv4(w.udp(b"x", 5, 6), t.anywhere(d), t.anywhere(d), 17)), 47
    ),
    "fragments": fragments,
    "few-hosts": lambda: t.genuine(
        lambda _: w.udp(b"\xff" * 64, 4444, 30_000), count=9_000, sources=30
    ),
    "ipv6": lambda: six(3_000, 123, 440),
}


def advised(frames: list[t.Timed], folder: Path, ordinary: list[t.Timed] | None = None) -> Advice:
    file, usual = folder / "capture.pcap", folder / "usual.pcap"
    file.write_bytes(t.capture(frames))
    tally = None
    if ordinary is not None:
        usual.write_bytes(t.capture(ordinary))
        tally = tracing.take(usual)
    read = tracing.read(file, tracing.known())
    (advice,) = advise(read.tally, read.found, tally)
    assert advice is not None
    return advice


def texts(advice: Advice, kind: str) -> list[Written]:
    every = [each for n, rule in enumerate(advice.rules) for each in written(rule, n)]
    return [each for each in every if each.kind == kind]


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_every_filter_is_one_that_nftables_takes(name: str, tmp_path: Path) -> None:
    program("nft")
    advice = advised([*ATTACKS[name](), *t.crowd(60)], tmp_path)
    rules = texts(advice, "nftables")
    assert rules
    file = tmp_path / "rules.nft"
    file.write_text("\n".join([*NFT_BASE, *(each.text for each in rules)]) + "\n")
    done = apart(program("nft"), "-c", "-f", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    for each in plain(advice):
        if each["kind"] == "nftables":
            file.write_text(each["text"] + "\n")
            assert apart(program("nft"), "-c", "-f", str(file)).returncode == 0


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_every_route_is_one_that_exabgp_takes_and_sends(name: str, tmp_path: Path) -> None:
    exabgp = program("exabgp")
    advice = advised([*ATTACKS[name](), *t.crowd(60)], tmp_path)
    flows, holes = texts(advice, "flowspec"), texts(advice, "rtbh")
    assert len(holes) == 1
    assert flows
    file = tmp_path / "exabgp.conf"
    net = "2001:db8:ffff::" if name == "ipv6" else "192.0.2."
    # ExaBGP 4.2 takes `self` for IPv6, but its own check of what it wrote then does not.
    hole = holes[0].text.replace("self", f"{net}1" if name == "ipv6" else "self")
    file.write_text(
        f"neighbor {net}254 {{\n  router-id 192.0.2.1; local-address {net}1;\n"
        "  local-as 64512; peer-as 64512;\n"
        "  family { ipv4 flow; ipv6 flow; ipv4 unicast; ipv6 unicast; }\n"
        f"  flow {{ {' '.join(each.text for each in flows)} }}\n"
        f"  static {{ {hole} }}\n}}\n"
    )
    done = subprocess.run(
        [exabgp, "--test", "-d", str(file)], capture_output=True, text=True, check=False,
        timeout=120, env={"PATH": SBIN, "exabgp_daemon_user": "root"},
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert done.returncode == 0, said[-2000:]
    # Each route is written as octets, read again, and is the same. A limit and a filter of one match are one route.
    lines = [line for each in flows for line in each.text.splitlines()]
    routes = len({line.partition("{")[2].partition("then")[0] for line in lines})
    assert said.count("parsed route flow ") == said.count("recoded route flow ") == routes
    assert "invalid" not in said
    assert (
        f"parsed route {hole.partition('route ')[2].partition(' community')[0]} community blackhole"
        in said
    )


def sent(frames: list[t.Timed], rule: str, folder: Path) -> tuple[int, int]:
    """Return how many packets the kernel stops by a filter, and how many it lets through."""
    rules, octets = folder / "one.nft", folder / "frames"
    rules.write_text("\n".join([*NFT_BASE, rule]) + "\n")
    octets.write_bytes(b"".join(struct.pack(">H", len(frame)) + frame for _, frame in frames))
    program("nft"), program("ip")
    done = apart(sys.executable, str(FILTERED), str(rules), str(octets), env={"PATH": SBIN})
    if "not permitted" in done.stderr or "not supported" in done.stderr:
        pytest.skip(f"the namespace cannot be prepared: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    stopped, passed = told["counters"]
    assert stopped + passed >= told["sent"]
    return stopped, passed


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_a_kernel_stops_exactly_the_shares_that_were_told(name: str, tmp_path: Path) -> None:
    attack, calm = ATTACKS[name](), t.crowd(400)
    if name == "ipv6":
        calm = sorted([*six(200, 123, 48), *six(200, 53, 440)])
    advice = advised(attack, tmp_path, calm)
    to_target = [each for each in calm if goes_there(each[1])]
    assert advice.measured.packets == len(to_target)
    drops = [each for each in advice.rules if each.action == "drop"]
    assert drops
    for rule in drops:
        text = next(each.text for each in written(rule, 1) if each.kind == "nftables")
        stopped, _ = sent(attack, text, tmp_path)
        assert stopped == round(rule.attack * len(attack)), text
        hit, _ = sent(to_target, text, tmp_path)
        assert rule.baseline is not None
        assert hit == round(rule.baseline * len(to_target)), text


def goes_there(frame: bytes) -> bool:
    return frame[12:14] == b"\x86\xdd" or frame[30:34] == bytes((198, 51, 100, 2))
