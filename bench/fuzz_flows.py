"""Damaged flow datagrams by the million, over all decoders: none may raise or take long. One JSON line.

    python bench/fuzz_flows.py [--inputs N] [--seed S]

Good datagrams of every kind are changed (bytes changed, taken out, put in, cut off, swapped between kinds), one of
twenty is chance behind a version, and all are read in batches of all sizes by one reader that remembers their
templates, from three exporters. Every column is made. What was read is told; of a batch that raises or takes too long
the datagram that does so is printed, or all of them where none does so alone.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import struct
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core import flow_samples as fs
from uproar.wire.flows.columns import DTYPES
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.reader import Reader
from uproar.wire.flows.templates import WAITING_BYTES_MAX

SLOW_S = 5.0  # A batch of at most 256 datagrams that takes longer has met a loop.
BATCHES = (1, 3, 64, 256)
BEGINNINGS = (b"\0\5", b"\0\x09", b"\0\x0a", b"\0\0\0\5\0\0\0\1", b"\0\0\0\5\0\0\0\2", b"")
WHO = (0, 0, 0, 0, 0, 1, 2)  # Exporters, of whom one tells the most.


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
        fs.netflow5([fs.V5(), fs.V5(protocol=1)] * 15, sampling=100),
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
        fs.sflow(*[fs.flow_sample(fs.item(1001, bytes(16)), fs.raw_header(frame))] * 7, agent="2001:db8::9"),
    ]  # fmt: skip


def changed(body: bytes, dice: random.Random, others: list[bytes]) -> bytes:
    """A datagram with up to seven changes; lengths and counts are what is most worth lying about."""
    if not dice.randrange(20):
        return dice.choice(BEGINNINGS) + dice.randbytes(dice.randrange(200))
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


def read(reader: Reader, batch: list[Datagram]) -> Decoded:
    """Read a batch and make all its columns; what must hold of any bytes is asserted."""
    result = reader.read(batch)
    flows, waited = (
        result.flows,
        WAITING_BYTES_MAX * len(set(WHO)),
    )  # A template brings what waited.
    assert {name: getattr(flows, name).dtype for name in DTYPES} == DTYPES
    assert {getattr(flows, name).shape for name in DTYPES} == {(len(flows),)}
    assert len(flows) <= sum(len(each.body) for each in batch) + waited
    assert bool(np.all(flows.start_ms <= flows.end_ms))
    assert bool(np.all(flows.sampling >= 1))
    return result


def culprit(batch: list[Datagram], good: list[bytes]) -> list[str]:
    """Return the datagram that does harm alone, to a reader that knows the templates; or all of them."""
    for each in batch:
        reader = Reader()
        reader.read([Datagram(each.exporter, each.received_ms, body) for body in good])
        before = time.process_time()
        try:
            read(reader, [each])
        except Exception:  # noqa: BLE001 - whatever it is, it is told
            return [each.body.hex()]
        if time.process_time() - before > SLOW_S:
            return [each.body.hex()]
    return [each.body.hex() for each in batch]


def fuzz(inputs: int, seed: int) -> dict[str, object]:
    dice, good = random.Random(seed), seeds()
    reader, done, slowest, slowest_one, flows, aside = Reader(), 0, 0.0, 0.0, 0, Counter()
    now, began, read_s = fs.NOW_MS, time.process_time(), 0.0
    while done < inputs:
        some = dice.sample(good, dice.choice((1, 2, len(good))))  # Often many of a kind in a row.
        batch = [
            Datagram(dice.choice(WHO), now, changed(dice.choice(some), dice, good))
            for _ in range(min(dice.choice(BATCHES), inputs - done))
        ]
        before = time.process_time()
        try:
            result = read(reader, batch)
        except Exception:
            print(json.dumps({"raised": culprit(batch, good)}), flush=True)
            raise
        took = time.process_time() - before
        assert took < SLOW_S, culprit(batch, good)
        slowest, read_s = max(slowest, took), read_s + took
        slowest_one = max(slowest_one, took if len(batch) == 1 else 0.0)
        done, flows = done + len(batch), flows + len(result.flows)
        aside.update(result.told.aside)
        now += dice.randrange(2_000)
    return {
        "bench": "flows.fuzz", "inputs": done, "seed": seed, "slowest_batch_ms": round(slowest * 1000, 1),
        "slowest_alone_ms": round(slowest_one * 1000, 1),
        "flows": flows, "inputs_per_cpu_s": round(done / (time.process_time() - began)),
        "read_cpu_s": round(read_s, 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, "aside": dict(aside.most_common()),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(fuzz(given.inputs, given.seed)), flush=True)


if __name__ == "__main__":
    main()
