"""Flows a second of processor time that the decoders read, beside PyPI's netflow and netflume. JSON lines.

    python bench/flows_decode.py [--rounds N]

Each decoder reads 256 different datagrams as a router sends them, in one batch, in batches of 32 and 8, and one by
one; peers read the same bytes. Columns are made when they are asked for, so three figures are told: with all twenty
columns made, with the eight that adding up needs (both addresses, both ports, protocol, flags, packets, octets), and with
none. `times_netflow` is all twenty beside PyPI's netflow; `times_netflow_of_eight` is the eight. Peers are measured where
they are installed (`pip install -e .[bench]`). Rounds of ours and theirs take turns, and the ratio is of the medians,
so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core import flow_samples as fs
from uproar.wire.flows.columns import DTYPES
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader

BATCH = 256
SMALLER = (32, 8, 1)  # Datagrams of a batch.
EIGHT = ("src_lo", "dst_lo", "src_port", "dst_port", "protocol", "tcp_flags", "packets", "octets")
FIELDS = (
    (8, 4), (12, 4), (15, 4), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1),
    (4, 1), (5, 1), (9, 1), (13, 1), (61, 1),
)  # fmt: skip
RECORDS = {"netflow5": 30, "netflow9": 28, "ipfix": 28, "sflow": 7}
PEER_DATAGRAMS = 16  # Of each round; they take that much longer.


def record(dice: random.Random) -> bytes:
    values = {
        8: dice.getrandbits(32), 12: 0xC6336400 | dice.getrandbits(8), 2: 1 + dice.getrandbits(8),
        1: 40 + dice.getrandbits(14), 22: fs.UPTIME_MS - 60_000, 21: fs.UPTIME_MS - dice.getrandbits(12),
        7: dice.getrandbits(16), 11: 443, 4: 6, 6: 0x1B,
    }  # fmt: skip
    return b"".join(values.get(element, 1).to_bytes(length, "big") for element, length in FIELDS)


def datagrams(kind: str, dice: random.Random, begin: int) -> list[bytes]:
    """One batch; the sequence goes on from `begin` datagrams."""
    count, bodies = RECORDS[kind], []
    for n in range(begin, begin + BATCH):
        if kind == "netflow5":
            rows = [
                fs.V5(
                    src=f"192.0.{dice.randrange(256)}.{dice.randrange(256)}",
                    packets=dice.randrange(1, 99),
                )
                for _ in range(count)
            ]
            bodies.append(fs.netflow5(rows, sequence=count * n))
        elif kind == "sflow":
            packet = fs.packet4(
                "192.0.2.1", "198.51.100.7", 17, fs.udp(123, dice.randrange(65536), bytes(90))
            )
            raw = fs.raw_header(fs.ethernet(packet)[:128], length=482)
            bodies.append(fs.sflow(*[fs.flow_sample(raw)] * count, sequence=n))
        else:
            rows = fs.flow_set(300, b"".join(record(dice) for _ in range(count)))
            bodies.append(
                fs.netflow9(rows, sequence=n)
                if kind == "netflow9"
                else fs.ipfix(rows, sequence=count * n)
            )
    return bodies


def template(kind: str) -> bytes | None:
    if kind == "netflow9":
        return fs.netflow9(fs.flow_set(0, fs.template9(300, *FIELDS)), sequence=2**32 - 1)
    return fs.ipfix(fs.flow_set(2, fs.template10(300, *FIELDS))) if kind == "ipfix" else None


def spent(job: Callable[[], object]) -> float:
    before = time.process_time()
    job()
    return time.process_time() - before


def read(reader: Reader, parts: list[list[Datagram]], columns: tuple[str, ...]) -> None:
    for part in parts:
        flows = reader.read(part).flows
        for name in columns:
            getattr(flows, name)


def peers(kind: str) -> Iterator[tuple[str, Callable[[list[bytes]], object]]]:
    """Those that are installed and read this kind, each with its templates learned."""
    first = template(kind)
    if kind != "sflow" and importlib.util.find_spec("netflow"):
        # Not by its `parse_packet`, which takes datagrams that happen to be valid UTF-8 for hexadecimal digits.
        import netflow.ipfix  # noqa: PLC0415 - a peer, where it is installed
        import netflow.v5  # noqa: PLC0415 - the same
        import netflow.v9  # noqa: PLC0415 - the same

        known: dict[int, object] = {}
        parse = {
            "netflow5": netflow.v5.V5ExportPacket,
            "netflow9": lambda body: netflow.v9.V9ExportPacket(body, known),
            "ipfix": lambda body: netflow.ipfix.IPFIXExportPacket(body, known),
        }[kind]
        if first:
            parse(first)
        yield "netflow", lambda bodies: [parse(body) for body in bodies]
    if kind != "sflow" and importlib.util.find_spec("netflume"):
        import netflume.parse  # noqa: PLC0415 - another

        store = netflume.parse.TemplateStore()
        if first:
            netflume.parse.parse_message(first, "192.0.2.254", store)
        yield (
            "netflume",
            lambda bodies: [
                netflume.parse.parse_message(body, "192.0.2.254", store) for body in bodies
            ],
        )


def measure(kind: str, rounds: int) -> dict[str, object]:
    dice = random.Random(5)
    batches = [
        [Datagram(0, fs.NOW_MS, body) for body in datagrams(kind, dice, n * BATCH)]
        for n in range(4)
    ]
    flows = BATCH * RECORDS[kind]
    first = template(kind)

    def ready() -> Reader:
        reader = Reader()
        reader.read([Datagram(0, fs.NOW_MS, first)] if first else [])
        return reader

    assert len(ready().read(batches[0]).flows) == flows
    ways: dict[str, tuple[Reader, int, tuple[str, ...]]] = {
        "flows": (ready(), BATCH, tuple(DTYPES)),
        "eight_columns": (ready(), BATCH, EIGHT),
        "no_column": (ready(), BATCH, ()),
        **{f"batches_of_{size}": (ready(), size, tuple(DTYPES)) for size in SMALLER},
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    others = list(peers(kind))
    times |= {name: [] for name, _ in others}
    for n in range(rounds):
        for name, (reader, size, columns) in ways.items():
            parts = [each[at : at + size] for each in batches for at in range(0, BATCH, size)]
            took = spent(lambda r=reader, p=parts, c=columns: read(r, p, c))
            times[name].append(took / (flows * len(batches)))
        bodies = [each.body for each in batches[n % len(batches)][:PEER_DATAGRAMS]]
        for name, parse in others:
            times[name].append(
                spent(lambda parse=parse, bodies=bodies: parse(bodies))
                / (RECORDS[kind] * len(bodies))
            )
    median = {name: statistics.median(each) for name, each in times.items()}
    figures: dict[str, object] = {"bench": f"flows.{kind}"}
    figures |= {f"{name}_per_cpu_s": round(1 / each) for name, each in median.items()}
    for name, _ in others:
        figures[f"times_{name}"] = round(median[name] / median["flows"], 1)
        figures[f"times_{name}_of_eight"] = round(median[name] / median["eight_columns"], 1)
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    given = parser.parse_args()
    np.empty(
        30_000_000, np.uint8
    )  # Freed at once; from then on the C library keeps freed memory at hand.
    for kind in RECORDS:
        print(json.dumps(measure(kind, given.rounds)), flush=True)


if __name__ == "__main__":
    main()
