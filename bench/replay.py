"""A day with a million signals, folded: in memory, and from a file as `uproar replay` does it.

    python bench/replay.py [--signals 1000000]

The day is 10 March 2025 of the built-in scenario, reports repeated with other reporters until there
are a million signals. `fold` is what `step` takes; `replay` is the whole command in a process of
its own, from a journal export. The peak of memory is that of a process which did nothing else.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec

from uproar import catalog
from uproar.app import fold
from uproar.model.catalog import Catalog
from uproar.model.signal import Report, Signal
from uproar.model.tick import tick_of
from uproar.sim import scenario
from uproar.wire import signals

SIGNALS = 1_000_000
BUDGET_S = 60.0
STORY = "x-2025-03-10"
Tick = tuple[int, list[Signal]]


def day(known: Catalog, wanted: int) -> Iterator[Tick]:
    """Play the day, its reports repeated evenly until it has `wanted` signals, or a few more."""
    story = scenario.load(STORY)
    first = tick_of(story.start)
    beats = reports = 0
    for _, arrived in scenario.signals(story, known, since=first):
        reports += sum(isinstance(signal, Report) for signal in arrived)
        beats += 1
    owed = 0
    for tick, arrived in scenario.signals(story, known, since=first):
        here: list[Signal] = []
        for signal in arrived:
            here.append(signal)
            if isinstance(signal, Report):
                owed += max(0, wanted - beats - reports)
                names = (f"{signal.reporter}-{n}" for n in range(owed // reports))
                here += [msgspec.structs.replace(signal, reporter=name) for name in names]
                owed %= reports
        yield tick, here


def folded(wanted: int) -> dict[str, object]:
    """Fold the day in memory; time only the steps."""
    known, design = catalog.load(), fold.Design()
    state = fold.start(known, design)
    taken = decided = count = 0
    longest = 0
    for tick, arrived in day(known, wanted):
        begun = time.perf_counter_ns()
        state, decisions = fold.step(state, arrived, tick, design)
        spent = time.perf_counter_ns() - begun
        taken += spent
        longest = max(longest, spent)
        count += len(arrived)
        decided += len(decisions)
    return _told("fold", count, taken / 1e9, resource.RUSAGE_SELF) | {
        "decisions": decided, "series": len(state.keys), "longest_step_ms": round(longest / 1e6, 1),
    }  # fmt: skip


def replayed(wanted: int) -> dict[str, object]:
    """Write the day as an export, and run the command on it."""
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder) / "day.jsonl"
        count = 0
        with export.open("wb") as stream:
            for _, arrived in day(catalog.load(), wanted):
                for signal in arrived:
                    count += 1
                    stream.write(signals.encode(signal, count) + b"\n")
        command = [sys.executable, "-m", "uproar", "replay", str(export), "--quiet"]
        begun = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        seconds = time.perf_counter() - begun
    return _told("replay", count, seconds, resource.RUSAGE_CHILDREN) | {
        "decisions": done.stdout.count(b"\n"),
    }


def _told(name: str, count: int, seconds: float, whose: int) -> dict[str, object]:
    return {
        "bench": name,
        "signals": count,
        "seconds": round(seconds, 2),
        "signals_per_s": round(count / seconds),
        "peak_mb": round(resource.getrusage(whose).ru_maxrss / 1024),
        "budget_s": BUDGET_S,
        "within_budget": seconds <= BUDGET_S,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="a day with a million signals, folded")
    parser.add_argument("--signals", type=int, default=SIGNALS)
    parser.add_argument("--only", choices=("fold", "replay"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.only:
        line = folded(chosen.signals) if chosen.only == "fold" else replayed(chosen.signals)
        print(json.dumps(line), flush=True)
        sys.exit(not line["within_budget"])
    failed = False
    for name in ("fold", "replay"):
        command = [sys.executable, __file__, "--only", name, "--signals", str(chosen.signals)]
        failed |= subprocess.run(command, check=False).returncode != 0
    sys.exit(failed)


if __name__ == "__main__":
    main()
