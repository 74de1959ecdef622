"""The journal alone: appends a second on disk and their delay, loading, reading, backup. JSON lines.

    python bench/journal.py [--seconds S] [--folder F]

One event loop and the journal's writer thread share one core, as in a small machine. `clients` tasks
append one signal after the other, so that there are at most so many waiting for the disk at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from uproar.app.clock import SystemClock
from uproar.journal import copies
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Report

CLIENTS = (1, 16, 64, 256, 1024)
LOADED = 300_000
READ_AT_ONCE = 10_000


def report(n: int) -> Report:
    return Report(
        n, "x", "connect", place="GB", network="AS2856", reporter=f"{n:020x}",
        words="timeline does not load",
    )  # fmt: skip


async def append(journal: SqliteJournal, clients: int, seconds: float, *, keys: bool) -> dict:
    """Return the figures of one concurrency, with an idempotency key for each signal or without."""
    signal, delays = report(0), []
    ends = time.perf_counter() + seconds

    async def client(number: int) -> None:
        n, now = 0, time.perf_counter()
        while now < ends:
            once = b"%d-%d-%d-%d" % (clients, number, n, keys) if keys else None
            await journal.append(signal, once)
            began, now = now, time.perf_counter()
            delays.append(now - began)
            n += 1

    before, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(client(number) for number in range(clients)))
    passed, cpu = time.perf_counter() - before, time.process_time() - cpu
    cuts = statistics.quantiles(delays, n=100)
    return {
        "bench": "journal.append",
        "clients": clients,
        "keys": keys,
        "per_s": round(len(delays) / passed),
        "p50_ms": round(cuts[49] * 1000, 2),
        "p99_ms": round(cuts[98] * 1000, 2),
        "cpu_us": round(cpu / len(delays) * 1e6, 1),
    }


def rate(name: str, signals: int, began: float) -> None:
    print(json.dumps({"bench": name, "per_s": round(signals / (time.perf_counter() - began))}))


def main() -> None:
    parser = argparse.ArgumentParser(description="measure the journal alone")
    parser.add_argument("--seconds", type=float, default=1.5, help="for each concurrency")
    parser.add_argument("--folder", type=Path, default=None, help="where the journal is kept")
    chosen = parser.parse_args()
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        path = Path(folder) / "journal.sqlite"
        with SqliteJournal.open(path, SystemClock()) as journal:
            for keys in (False, True):
                for clients in CLIENTS:
                    figures = asyncio.run(append(journal, clients, chosen.seconds, keys=keys))
                    print(json.dumps(figures), flush=True)
            signals = [report(n) for n in range(LOADED)]
            began = time.perf_counter()
            journal.load(signals)
            rate("journal.load", LOADED, began)
            began, after = time.perf_counter(), journal.last_seq() - LOADED
            while found := journal.read(after, READ_AT_ONCE):
                after = found[-1][0]
            rate("journal.read", LOADED, began)
            began = time.perf_counter()
            whole = copies.verify(path)
            rate("journal.verify", whole.signals, began)
            began = time.perf_counter()
            journal.backup(Path(folder) / "backup.sqlite")
            rate("journal.backup", whole.signals, began)
            began = time.perf_counter()
            pruned = journal.prune(LOADED, until_seq=journal.last_seq())
            assert pruned == 0  # The oldest signals are of today; only they may go first.
            forgotten = journal.prune(2**62, until_seq=journal.first_seq() + LOADED)
            rate("journal.prune", forgotten, began)


if __name__ == "__main__":
    main()
