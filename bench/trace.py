"""Packets traced for each second of processor time: `python bench/trace.py [CAPTURE...] [--json FILE]`.

Without a capture: a SYN flood from forged addresses and a crowd with whole connections, both of our own making. Measured is
the whole way from the octets of the file to attacks with their evidence, within a process that has begun already
(`read`), and the command `uproar trace --json` with its start (`command`). What was found is told as well.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core import frame_writer as w
from core import traffic_writer as t
from uproar.app import tracing

SOURCE = Path(__file__).resolve().parent.parent / "src"
PACKETS = 200_000
ROUNDS = 3


def made(folder: Path) -> list[Path]:
    flood, crowd = folder / "syn-flood.pcap", folder / "crowd.pcap"
    flood.write_bytes(t.capture(t.forged(lambda d: w.tcp(b"", t.port(d), 443), count=PACKETS)))
    crowd.write_bytes(t.capture(t.crowd(PACKETS // 12)))
    return [flood, crowd]


def measure(path: Path) -> dict[str, Any]:
    about = tracing.known()
    best, found = float("inf"), None
    for _ in range(ROUNDS):
        began = time.process_time()
        found = tracing.read(path, about).found
        best = min(best, time.process_time() - began)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "uproar", "trace", str(path), "--json"]
    subprocess.run(command, check=True, capture_output=True, cwd=SOURCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    whole = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "file": path.name,
        "packets": int(found.packets),
        "vectors": [each.vector for each in found.attacks],
        "read": round(found.packets / best),
        "command": round(found.packets / whole),
        "command_s": round(whole, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("captures", nargs="*", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [each.resolve() for each in given.captures] or made(Path(folder))
        results = [measure(path) for path in paths]
    for each in results:
        print(
            f"{each['file']}: {each['packets']:,} packets, {', '.join(each['vectors']) or 'no attack'};"
            f" {each['read']:,} packets per CPU-second, {each['command']:,} with the command's"
            f" start ({each['command_s']} s in all)"
        )
    if given.json:
        given.json.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
