"""Flows a second of processor time that the decoders read, beside PyPI's netflow and netflume. JSON lines.

    python bench/flows_decode.py [--rounds N]
    python bench/flows_decode.py --fuzz N [--seed S]

Each decoder reads 256 different datagrams as a router sends them, in one batch and one by one, with numbers
that go on; peers read the same bytes. Peers are measured where they are installed (`pip install -e .[bench]`).
Rounds of ours and theirs take turns, and the ratio is of the medians, so that a busy machine slows both.

With --fuzz, so many datagrams are made by changing good ones (bytes changed, taken out, put in, cut off, swapped
between kinds), read in batches of all sizes, and none may raise or take long; what was read is told.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core import flow_samples as fs
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader
from uproar.wire.flows.templates import WAITING_BYTES_MAX

BATCH = 256
FIELDS = (
    (8, 4), (12, 4), (15, 4), (10, 4), (14, 4), (2, 4), (1, 4), (22, 4), (21, 4), (7, 2), (11, 2), (6, 1),
    (4, 1), (5, 1), (9, 1), (13, 1), (61, 1),
)  # fmt: skip
RECORDS = {"netflow5": 30, "netflow9": 28, "ipfix": 28, "sflow": 7}
PEER_DATAGRAMS = 16  # Of each round; they take that much longer.
SLOW_S = 5.0  # A batch of at most 64 datagrams that takes longer has met a loop.
FUZZ_BATCHES = (1, 3, 16, 64)
WHO = (0, 0, 0, 0, 0, 1, 2)  # Exporters, of whom one tells the most.


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
    together, alone = Reader(), Reader()
    first = template(kind)
    for reader in (together, alone):
        reader.read([Datagram(0, fs.NOW_MS, first)] if first else [])
    assert len(together.read(batches[0]).flows) == flows
    times: dict[str, list[float]] = {"ours": [], "one_by_one": []}
    others = list(peers(kind))
    times |= {name: [] for name, _ in others}
    for n in range(rounds):
        batch = batches[n % len(batches)]
        for _ in range(4):
            times["ours"].append(spent(lambda batch=batch: together.read(batch)) / flows)
        times["one_by_one"].append(
            spent(lambda batch=batch: [alone.read([each]) for each in batch]) / flows
        )
        bodies = [each.body for each in batch[:PEER_DATAGRAMS]]
        for name, read in others:
            times[name].append(
                spent(lambda read=read, bodies=bodies: read(bodies)) / (RECORDS[kind] * len(bodies))
            )
    median = {name: statistics.median(each) for name, each in times.items()}
    figures: dict[str, object] = {
        "bench": f"flows.{kind}",
        "flows_per_cpu_s": round(1 / median["ours"]),
        "one_by_one_per_cpu_s": round(1 / median["one_by_one"]),
    }
    for name, _ in others:
        figures[f"{name}_per_cpu_s"] = round(1 / median[name])
        figures[f"times_{name}"] = round(median[name] / median["ours"], 1)
    return figures


def seeds() -> list[bytes]:
    """Good datagrams of every kind and with everything in them that is read."""
    six = fs.v6("2001:db8::1") + fs.v6("2001:db8::2")
    frame = fs.ethernet(fs.packet4("192.0.2.1", "192.0.2.2", 17, fs.udp(1, 2, b"abc")), vlan=7)
    both = (
        (8, 4),
        (12, 4),
        (27, 16),
        (28, 16),
        (4, 1),
        (32, 2),
        (1, 3),
        (2, 8),
        (21, 4),
        (22, 4),
        (48, 1),
    )
    rich = (
        (8, 4), (82, 65535), (1, 8), (1, 4, 29305), (2, 4, 29305), (231, 4), (152, 8), (153, 8), (154, 8), (160, 8),
        (176, 1), (177, 1), (88, 2), (197, 1), (52, 1), (302, 8), (305, 4), (306, 4), (95, 65535, 9), (4, 1),
    )  # fmt: skip
    return [
        fs.netflow5([fs.V5()] * 3),
        fs.netflow9(
            fs.flow_set(0, fs.template9(260, *both) + fs.template9(261, (27, 16), (28, 16), (1, 4))),
            fs.flow_set(1, fs.options9(300, [(1, 4), (2, 2)], [(48, 1), (50, 4), (34, 4)])),
            fs.flow_set(260, bytes(range(130))), fs.flow_set(261, six + bytes(4)), fs.flow_set(300, bytes(range(30))),
            fs.flow_set(300, bytes(range(30, 60))), fs.flow_set(260, bytes(range(64))),
        ),
        fs.ipfix(
            fs.flow_set(2, fs.template10(262, *rich)),
            fs.flow_set(3, fs.options10(301, 2, (302, 4), (305, 4), (306, 4), (311, 8), (160, 8), (309, 4), (310, 4))),
            fs.flow_set(262, bytes(4) + b"\x02ab" + bytes(80)), fs.flow_set(301, bytes(range(72))),
            fs.flow_set(2, struct.pack(">HHHH", 262, 0, 2, 0)),
        ),
        fs.netflow9(fs.flow_set(260, bytes(range(128)))),
        fs.ipfix(fs.flow_set(263, bytes(range(64)))),
        fs.ipfix(fs.flow_set(2, fs.template10(263, (8, 4), (12, 4), (305, 2), (153, 8)))),
        fs.sflow(
            fs.flow_sample(fs.raw_header(frame)), fs.flow_sample(fs.item(4, bytes(56)), expanded=True),
            fs.flow_sample(fs.item(3, bytes(32))), fs.item(2, bytes(20)),
        ),
    ]  # fmt: skip


def changed(body: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """A datagram with up to seven changes; lengths and counts are what is most worth lying about."""
    work = bytearray(body)
    for _ in range(dice.getrandbits(3)):
        at, kind = dice.randrange(len(work) + 1), dice.randrange(8)
        if kind <= 1 and at < len(work):
            work[at] ^= 1 << dice.randrange(8)
        elif kind == 2 and at < len(work):
            work[at] = dice.choice((0, 1, 2, 3, 4, 127, 128, 254, 255))
        elif kind == 3 and at + 2 <= len(work):
            work[at : at + 2] = dice.choice(
                (b"\0\0", b"\0\1", b"\0\4", b"\xff\xff", b"\x80\x08", b"\1\x04")
            )
        elif kind == 4:
            del work[at : at + 1 + dice.randrange(12)]
        elif kind == 5:
            work[at:at] = dice.randbytes(1 + dice.randrange(12))
        elif kind == 6:
            other = dice.choice(others)
            cut = dice.randrange(len(other))
            work[at:at] = other[cut : cut + dice.randrange(80)]
        elif not dice.randrange(8):
            del work[at:]
    return bytes(work)


def fuzz(inputs: int, seed: int) -> dict[str, object]:
    dice, good = random.Random(seed), seeds()
    reader, done, slowest, flows, aside = Reader(), 0, 0.0, 0, Counter()
    now, began, read_s = fs.NOW_MS, time.process_time(), 0.0
    while done < inputs:
        some = dice.sample(good, dice.choice((1, 2, len(good))))  # Often many of a kind in a row.
        batch = [
            Datagram(dice.choice(WHO), now, changed(dice.choice(some), dice, good))
            for _ in range(min(dice.choice(FUZZ_BATCHES), inputs - done))
        ]
        before = time.process_time()
        result = reader.read(batch)
        took = time.process_time() - before
        assert took < SLOW_S, [each.body.hex() for each in batch]
        waited = WAITING_BYTES_MAX * len(set(WHO))  # A template may bring what waited for it.
        assert len(result.flows) <= sum(len(each.body) for each in batch) + waited
        assert bool(np.all(result.flows.start_ms <= result.flows.end_ms))
        slowest, read_s = max(slowest, took), read_s + took
        done, flows = done + len(batch), flows + len(result.flows)
        aside.update(result.told.aside)
        now += dice.randrange(2_000)
    return {
        "bench": "flows.fuzz", "inputs": done, "seed": seed, "raised": 0, "slowest_batch_ms": round(slowest * 1000, 1),
        "flows": flows, "inputs_per_cpu_s": round(done / (time.process_time() - began)),
        "read_cpu_s": round(read_s, 1), "aside": dict(aside.most_common()),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--fuzz", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    if given.fuzz:
        print(json.dumps(fuzz(given.fuzz, given.seed)), flush=True)
        return
    np.empty(
        30_000_000, np.uint8
    )  # Freed at once; from then on the C library keeps freed memory at hand.
    for kind in RECORDS:
        print(json.dumps(measure(kind, given.rounds)), flush=True)


if __name__ == "__main__":
    main()
