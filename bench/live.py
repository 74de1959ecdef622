"""Live traffic judged side by side: FastNetMon of Debian and `uproar collect`, the same datagrams at the same instants.

    python bench/live.py [NAME ...] [--seed N] [--repeats N] [--json PATH] [--only fastnetmon|uproar]

Each case (`uproar.sim.livecases`) is twelve seconds of ordinary traffic, fifteen seconds of what is to be judged beside it, and
three more, sent over real UDP on loopback by simulated routers; every datagram goes to both collectors, one after the other. It puts itself
into a network namespace of its own (`unshare -n`, needs root), so nothing gets out. Each repeat has a seed of its own.
"""

from __future__ import annotations

import argparse
import ipaddress
import json
import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from live_peers import ROOT, Alert, FastNetMon, Uproar, dropped

from uproar.sim.exporters import Addressed, exported, together
from uproar.sim.livecases import SCENES, LiveCase, Sought, live
from uproar.sim.livestage import NET4, NET6, SPAN_US
from uproar.sim.sending import Senders

INSIDE = "UPROAR_BENCH_INSIDE"
PEERS = {"fastnetmon": FastNetMon, "uproar": Uproar}
LEAD_S = 1.0  # Before the first datagram, for all to come to rest.
LINGER_S = 3.0  # After the last.
# The finest that FastNetMon has a word for.
COARSE = {
    "flood.syn": "syn_flood", "flood.udp": "udp_flood", "flood.icmp": "icmp_flood", "amplification.ntp": "udp_flood",
}  # fmt: skip


def within(target: str, wanted: str) -> bool:
    """Return whether an alert's target lies in the wanted one, or is it."""
    one, other = (ipaddress.ip_network(each, strict=False) for each in (target, wanted))
    return one.version == other.version and int(other.network_address) <= int(
        one.network_address
    ) <= int(other.broadcast_address)


def judged(name: str, alerts: list[Alert], sought: Sought, first_s: float | None) -> dict[str, Any]:
    """Return what a collector made of a case."""
    mine = [each for each in alerts if within(each.target, sought.target)]
    other = [each for each in alerts if each not in mine]
    begun = [] if first_s is None else [each for each in mine if each.at_s >= first_s]
    found: dict[str, Any] = {
        "peer": name,
        "alerts": len(alerts),
        "elsewhere": len(other),
        "early": 0 if first_s is None else len(mine) - len(begun),
        "targets": sorted({each.target for each in alerts})[:4],
        "called": sorted({each.called for each in alerts}),
        "after_s": round(begun[0].at_s - first_s, 3) if begun and first_s is not None else None,
        "more": alerts[0].more if alerts else None,
    }
    return found


def written(case: LiveCase) -> tuple[list[Addressed], float]:
    """Return a case's datagrams, and when the first is due (UTC, seconds), which is soon: they tell the time at which they go."""
    lead_s = LEAD_S
    while True:
        asked_s = time.time()
        begin_s = asked_s + lead_s
        stream = together(
            [
                exported(held, each, int(begin_s * 1_000))
                for held, each in zip(case.held, case.exporters, strict=True)
            ]
        )
        if time.time() < begin_s:
            return stream, begin_s
        lead_s += 2 * (time.time() - asked_s)


def run(name: str, seed: int, only: str | None, source: Path) -> dict[str, Any]:
    """Play a case to the collectors and return what each made of it."""
    case = live(name, seed)
    sflow = case.exporters[0].form == "sflow"
    with ExitStack() as stack:
        peers = []
        for key, kind in PEERS.items():
            if only in (None, key):
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
                more = {"source": source} if key == "uproar" else {}
                peers.append(stack.enter_context(kind(folder, (str(NET4), str(NET6)), **more)))
        ports = [peer.ports["sflow" if sflow else "flows"] for peer in peers]
        sources = [f"127.0.0.{2 + at}" for at in range(len(case.exporters))]
        senders = stack.enter_context(Senders(sources, [("127.0.0.1", port) for port in ports]))
        stream, begin_s = written(case)
        went = senders.send(stream, begin_s)
        time.sleep(LINGER_S)
        lost = dropped()
        results = [
            judged(peer.name, peer.alerts(), case.sought, went.first_harm_s) for peer in peers
        ]
        for result, port in zip(results, ports, strict=True):
            result["dropped"] = lost.get(port, 0)
    return {
        "case": name, "seed": seed, "vector": case.sought.vector, "target": case.sought.target,
        "pps": case.sought.pps, "form": case.exporters[0].form, "datagrams": went.datagrams,
        "late_s": round(went.late_s, 3), "seconds": SPAN_US // 1_000_000, "peers": results,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=[], choices=[[], *SCENES])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=sorted(PEERS))
    parser.add_argument("--source", type=Path, default=ROOT / "src", help="of another checkout")
    given = parser.parse_args()
    if INSIDE not in os.environ:
        command = ["unshare", "-n", sys.executable, *sys.argv]
        sys.exit(subprocess.run(command, env={**os.environ, INSIDE: "1"}, check=False).returncode)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    results = []
    for repeat in range(given.repeats):
        for name in given.names or SCENES:
            results.append(run(name, given.seed + repeat, given.only, given.source))
            print(json.dumps(results[-1]), flush=True)
            if given.json:
                given.json.write_text(
                    json.dumps({"command": _command(given), "runs": results}, indent=1) + "\n",
                    "utf-8",
                )


def _command(given: argparse.Namespace) -> str:
    """Return the command as somebody else would type it."""
    return f"python bench/live.py --seed {given.seed} --repeats {given.repeats}"


if __name__ == "__main__":
    main()
