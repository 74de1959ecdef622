"""How long and how much memory does a big table take? `python bench/detection/big_table.py`.

Writes minute counts of many services to a temporary file, runs `uproar detect --json` over it, and
tells seconds of processor time and the most memory that the process held.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

START = 1_741_564_800  # 10 March 2025, in seconds


def write(path: Path, rows: int, services: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    with path.open("w", encoding="utf-8") as out:
        out.write("time,count,service\n")
        for place in range(rows // services):
            at = START + 60 * place
            counts = dice.poisson(3.0, services)
            out.write("".join(f"{at},{count},s{name}\n" for name, count in enumerate(counts)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--services", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        write(path, options.rows, options.services, options.seed)
        begun = time.monotonic()
        script = Path(sys.executable).with_name("uproar")
        command = [str(script), "detect", str(path), "--json"]
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        row = {
            "rows": options.rows,
            "services": options.services,
            "megabytes_of_text": round(path.stat().st_size / 1e6),
            "wall_s": round(time.monotonic() - begun, 1),
        }
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    row |= {
        "processor_s": round(used.ru_utime + used.ru_stime, 1),
        "memory_mb": round(used.ru_maxrss / 1024),
        "lines_of_alarms": done.stdout.count("\n"),
        "exit": done.returncode,
    }
    print(row)
    if options.json:
        text = {
            "what": "a table of minute counts through uproar detect --json, on a shared machine",
            "command": "python bench/detection/big_table.py --json bench/detection/results/big_table.json",
            "seed": options.seed,
            "rows": [row],
        }
        options.json.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
