"""Tables of networks: seconds of processor time to flatten, milliseconds to load, look-ups a second. JSON lines.

    python bench/geo.py [--rows N] [--asked N]

The table is drawn by a seed, with lengths of prefixes about as routing tables have them; addresses are drawn from all of IPv4, which
is the worst for caches, and from all of IPv6 that the table knows.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from uproar.inlets import networkfiles
from uproar.wire.networks.reading import LineReader
from uproar.wire.networks.spans import Spans
from uproar.wire.networks.table import Source, Table, Told, table

MAPPED = np.uint64(0xFFFF << 32)
SIX_SHARE = 0.2


def spans(dice: np.random.Generator, count: int) -> Spans:
    six = dice.random(count) < SIX_SHARE
    length = np.where(
        six, dice.integers(29, 49, count), np.where(dice.random(count) < 0.6, 24, dice.integers(12, 25, count))
    )  # fmt: skip
    host = np.where(six, 64, 32) - length
    drawn = dice.integers(0, 1 << 32, count, dtype=np.uint64)
    drawn = np.where(six, np.uint64(1 << 61) + (drawn << np.uint64(20)), drawn)
    shift = host.astype(np.uint64)
    first = drawn >> shift << shift
    last = first | ((np.uint64(1) << shift) - np.uint64(1))
    none = np.zeros(count, np.uint64)
    return Spans(
        np.where(six, first, none), np.where(six, none, first | MAPPED),
        np.where(six, last, none), np.where(six, np.uint64(2**64 - 1), last | MAPPED),
        dice.integers(1, 80_000, count).astype(np.uint32),
        np.full(count, ord("N") << 8 | ord("L"), np.uint16),
    )  # fmt: skip


def spent(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def asked(made: Table, dice: np.random.Generator, count: int) -> dict[str, float]:
    four = dice.integers(0, 1 << 32, count, dtype=np.uint64) | MAPPED
    none = np.zeros(count, np.uint64)
    upper = np.uint64(1 << 61) + (
        dice.integers(0, 1 << 32, count, dtype=np.uint64) << np.uint64(20)
    )
    lower = dice.integers(0, 1 << 63, count, dtype=np.uint64)
    indexed = made.indexed()
    rates: dict[str, float] = {}
    for batch in (1_000, 100_000):
        for name, known, hi, lo in (
            ("ipv4", made, none, four), ("ipv4_indexed", indexed, none, four), ("ipv6", made, upper, lower),
        ):  # fmt: skip
            cuts = [slice(at, at + batch) for at in range(0, count, batch)]
            took = spent(lambda k=known, h=hi, a=lo, c=cuts: [k.systems(h[each], a[each]) for each in c])  # fmt: skip
            rates[f"{name}_per_cpu_s_{batch}"] = round(count / took)
    return rates


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)  # fmt: skip
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--asked", type=int, default=2_000_000)
    given = parser.parse_args()
    dice = np.random.default_rng(20_251_120)
    drawn = spans(dice, given.rows)
    made: list[Table] = []
    names = {number: f"NETWORK-{number}" for number in range(1, 80_000)}
    source = Source(Told("drawn", "prefixes"), drawn, names)
    flatten_s = spent(lambda: made.append(table([source])))
    lines = [f"{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}.0\t24\t{n + 1}".encode() for n in range(200_000)]  # fmt: skip
    lines_s = spent(lambda: LineReader().feed(lines))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "drawn.networks"
        size = networkfiles.keep(made[0], path)
        load_s = min(spent(lambda: networkfiles.load(path)) for _ in range(5))
        kept = networkfiles.load(path)
        figures = {
            "bench": "geo", "rows": given.rows, "flatten_cpu_s": round(flatten_s, 2),
            "lines_per_cpu_s": round(len(lines) / lines_s), "bytes": size,
            "load_cpu_ms": round(load_s * 1e3, 1), **asked(kept, dice, given.asked),
        }  # fmt: skip
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
