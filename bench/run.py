"""Every benchmark, one after the other: `python3 run.py bench [NAME ...]`. JSON lines on stdout."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCHMARKS = {
    "front": ["front.py"],
    "journal": ["journal.py"],
    "tick": ["detect_tick.py"],
    "replay": ["replay.py"],
    "probe": ["probe.py"],
}


def main() -> None:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; known: {', '.join(BENCHMARKS)}", file=sys.stderr)
        sys.exit(2)
    cores = len(os.sched_getaffinity(0))
    print(f"# {cores} cores, Python {sys.version.split()[0]}", file=sys.stderr)
    failed = False
    for name in wanted:
        print(f"# {name}", file=sys.stderr, flush=True)
        command = [sys.executable, *BENCHMARKS[name]]
        failed |= subprocess.run(command, cwd=HERE, check=False).returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
