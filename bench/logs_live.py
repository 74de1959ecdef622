"""How many lines of an access log a second of processor time bears: read from a file, decoded and tallied; and what judging takes beside.

`python bench/logs_live.py [--lines 200000]`: lines of every format of `uproar.sim.loglines`, of an ordinary time and of one with an attack. A line of JSON
for each. Judging goes by the clock and hardly by the lines, so it is told as milliseconds of processor time for a second of the log.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from uproar.inlets.logs.following import Follower, Position
from uproar.sim import requests
from uproar.sim.loglines import FORMS, lines
from uproar.trace.loglive import Live, Remembered
from uproar.trace.origins import known
from uproar.trace.requests import rows_of
from uproar.wire.accesslog import reading


def nowhere(addresses: Sequence[bytes]) -> list[str]:
    """Return that no country is known: looking them up is no part of this."""
    return [""] * len(addresses)


def measured(case: requests.Case, form: str, path: Path, many: int) -> dict[str, float]:
    """Return lines a second, and microseconds a line for each step."""
    some = lines(case.asked, case.words, form)[:many]
    path.write_bytes(b"\n".join(some) + b"\n")
    told = path.stat()
    follower = Follower(path, Position(told.st_dev, told.st_ino, 0), time.monotonic)
    live = Live("bench", "log:bench", known(nowhere, None, ""), Remembered())
    kind = reading.sniff(some[:64])
    spent = dict.fromkeys(("read", "decode", "tally", "judge"), 0.0)
    begun = time.process_time()

    def lap(step: str) -> None:
        nonlocal begun
        now = time.process_time()
        spent[step] += now - begun
        begun = now

    while True:
        piece = follower.read()
        lap("read")
        if not piece.lines:
            break
        asked = reading.read(piece.lines, kind)
        lap("decode")
        rows = rows_of(asked)
        live.take(rows, int(rows.at_ms.max()))
        lap("tally")
        live.step(int(rows.at_ms.max()))
        lap("judge")
    follower.close()
    judging = spent.pop("judge")
    seconds = float(case.asked["at"].max() - case.asked["at"].min()) / 1_000
    shares = {f"{step}_us": round(each / len(some) * 1e6, 2) for step, each in spent.items()}
    return {
        "lines": len(some),
        "lines_per_cpu_s": round(len(some) / sum(spent.values())),
        **shares,
        "judge_ms_per_second_of_log": round(judging / seconds * 1_000, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=200_000)
    given = parser.parse_args()
    cases = {
        "ordinary": next(c for c in (requests.silent(1, n) for n in range(500)) if c.truth.kind == "everyday"),
        "attack": next(c for c in (requests.attack(1, n) for n in range(500)) if c.truth.kind == "flood"),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        for name, case in cases.items():
            for form in FORMS:
                found = measured(case, form, Path(folder) / "access.log", given.lines)
                print(json.dumps({"time": name, "format": form, **found}), flush=True)


if __name__ == "__main__":
    main()
