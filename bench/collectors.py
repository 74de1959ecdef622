"""Flows that collectors take in a second of processor time, all offered the same datagrams at the same rates. JSON lines.

    python bench/collectors.py [--json PATH] [--seconds N] [--only NAME ...] [--forms FORM ...]

One simulated router, on one core, sends 512 different datagrams over and over on loopback (numbered and dated anew); the collector has
the other core. Processor time is that of all its processes (/proc/PID/stat), the kernel's share of receiving within it; lost is
what the kernel dropped at its socket. What a collector counts itself stands beside, where it tells. Runs in a network namespace of its own
(`unshare -n`, needs root), because FastNetMon reports to its makers by default.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np
from collectors_peers import NfAcctd, NfCapd
from live_peers import ROOT, FastNetMon, Uproar, dropped

from uproar.sim.exporters import exported
from uproar.sim.livestage import NET4
from uproar.sim.telemetry import Exporter, Form, Records, records
from uproar.sim.world import dice

INSIDE = "UPROAR_BENCH_INSIDE"
DISTINCT = 512
EACH: dict[Form, int] = {"netflow5": 30, "netflow9": 30, "ipfix": 23}
DATAGRAMS_S = (10_000, 20_000, 30_000, 45_000)
SEQUENCE_AT = {"netflow5": 16, "netflow9": 12, "ipfix": 8}
CHECK_EVERY = 8  # Datagrams between two looks at the clock.
START_S, SETTLE_S = (
    6.0,
    2.0,
)  # Starting costs some of them seconds of processor time, which is no part of taking flows.
GENERATOR_CORE, COLLECTOR_CORE = 0, 1
JIFFIES_S = os.sysconf("SC_CLK_TCK")

PEERS: dict[str, Callable[..., Any]] = {
    "nfcapd": NfCapd,
    "nfacctd": NfAcctd,
    "FastNetMon": FastNetMon,
    "FastNetMon, no connection tracking": partial(FastNetMon, enable_connection_tracking="off"),
    "Uproar": Uproar,
}


def flows(each: int) -> Records:
    """Return one second's records: one packet each, from anywhere to 256 hosts, ready so that every datagram is full."""
    count = DISTINCT * each
    roll = dice(1, "collectors")
    at = np.arange(count) // each * 100_000
    return records(
        count, ready_us=at, first_us=-roll.integers(0, 1_000_000, count), last_us=0, packets=1,
        src=roll.integers(1 << 24, 224 << 24, count), octets=roll.integers(40, 1_500, count),
        dst=int(NET4.network_address) + roll.integers(0, 256, count), protocol=roll.choice((6, 6, 17), count),
        sport=roll.integers(1_024, 65_536, count), dport=roll.choice((80, 443, 53), count), flags=0x1B, ttl_min=60,
        ttl_max=60, input=1, output=2,
    )  # fmt: skip


def prepared(form: Form, seconds: int, begin_s: int) -> tuple[list[bytes], list[list[bytearray]]]:
    """Return the templates, and for each second its datagrams."""
    held = flows(EACH[form])
    sets, templates = [], []
    for second in range(seconds + 1):
        outgoing = exported(held, Exporter(form, 1), (begin_s + second) * 1_000)
        size = len(outgoing[-1].body)
        templates = [each.body for each in outgoing if len(each.body) != size][:1]
        # Dated for the instant of the records, not for the long stretch over which they were spread to fill datagrams.
        full = [bytearray(each.body) for each in outgoing if len(each.body) == size]
        for body in full:
            _date(form, body, begin_s + second)
        sets.append(full)
    return templates, sets


def _date(form: Form, body: bytearray, now_s: int) -> None:
    up_ms = Exporter(form).up_ms
    if form == "ipfix":
        body[4:8] = now_s.to_bytes(4, "big")
        return
    body[4:8] = up_ms.to_bytes(4, "big")
    body[8:12] = now_s.to_bytes(4, "big")
    if form == "netflow5":
        body[12:16] = bytes(4)


def offer(port: int, form: Form, rate: int, seconds: int) -> tuple[int, float]:
    """Send at so many datagrams a second, and return how many went and how long it took."""
    templates, sets = prepared(form, seconds, int(time.time()) + 1)
    grows = {"netflow5": EACH[form], "netflow9": 1, "ipfix": EACH[form]}[form]
    at, number, sequence = SEQUENCE_AT[form], 0, 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.connect(("127.0.0.1", port))
        for body in templates:
            sender.send(body)
        send = sender.send
        begin = time.monotonic()
        total = rate * seconds
        while number < total:
            elapsed = time.monotonic() - begin
            ahead = number / rate - elapsed
            if ahead > 0:
                time.sleep(ahead)
            bodies = sets[min(int(elapsed), seconds)]
            for place in range(number, min(number + CHECK_EVERY, total)):
                body = bodies[place % DISTINCT]
                body[at : at + 4] = (sequence & 0xFFFF_FFFF).to_bytes(4, "big")
                send(body)
                sequence += grows
            number = min(number + CHECK_EVERY, total)
        return number, time.monotonic() - begin


def cpu_s(pid: int) -> float:
    """Return the processor time of a process and all below it, in seconds."""
    parents: dict[int, int] = {}
    spent: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            cells = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # It has ended meanwhile.
        parents[int(folder.name)] = int(cells[1])
        spent[int(folder.name)] = sum(map(int, cells[11:15]))
    mine = {pid}
    for _ in parents:
        more = {each for each, above in parents.items() if above in mine} - mine
        if not more:
            break
        mine |= more
    return sum(spent.get(each, 0) for each in mine) / JIFFIES_S


def step(name: str, form: Form, rate: int, seconds: int, source: Path) -> dict[str, Any]:
    """Start a collector, offer it flows, and return what it took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        more = {"source": source} if name == "Uproar" else {}
        os.sched_setaffinity(0, {COLLECTOR_CORE})
        peer = PEERS[name](folder, [str(NET4)], **more)
        os.sched_setaffinity(0, {GENERATOR_CORE})
        port = peer.ports["flows"]
        with peer:
            time.sleep(START_S)
            before_s, lost = cpu_s(peer.process.pid), dropped().get(port, 0)
            sent, took_s = offer(port, form, rate, seconds)
            time.sleep(SETTLE_S)
            used_s = cpu_s(peer.process.pid) - before_s
            lost = dropped().get(port, 0) - lost
        counted = peer.counted() if hasattr(peer, "counted") else None
    each = EACH[form]
    taken = (sent - lost) * each
    return {
        "collector": name, "form": form, "asked_flows_s": rate * each, "offered_flows_s": round(sent * each / took_s),
        "lost": round(lost / sent, 4), "cpu_s": round(used_s, 2), "flows_per_cpu_s": round(taken / used_s) if used_s else None,
        "counted": counted, "counted_of_sent": None if counted is None else round(counted / (sent * each), 4),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--forms", nargs="+", choices=list(EACH), default=list(EACH))
    parser.add_argument(
        "--rates", nargs="+", type=int, default=DATAGRAMS_S, help="datagrams a second"
    )
    parser.add_argument("--source", type=Path, default=ROOT / "src", help="of another checkout")
    given = parser.parse_args()
    if INSIDE not in os.environ:
        command = ["unshare", "-n", sys.executable, *sys.argv]
        sys.exit(subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode)
    if len(os.sched_getaffinity(0)) < 2:
        sys.exit("two cores are needed: one to send, one to receive")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    results = []
    for form in given.forms:
        for rate in given.rates:
            for name in given.only:
                results.append(step(name, form, rate, given.seconds, given.source))
                print(json.dumps(results[-1]), flush=True)
                if given.json:
                    given.json.write_text(json.dumps({"steps": results}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
