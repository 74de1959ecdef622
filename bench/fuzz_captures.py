"""Damaged frames, files and lines by the million: `python bench/fuzz_captures.py [--inputs N] [--seed N]`.

Nothing may raise but in words, nothing may hang, and memory is bounded: told are how many inputs there were, the longest that one batch took, and
the most memory held. An input is a frame, a file of captured packets, or a line of a log, sound at first, then damaged in
some octets and often cut off. Nine of ten inputs are frames, because those are many at once. Of a batch that raises, the
input that does so is printed.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from core import capture_writer as c
from core import frame_writer as w
from core.log_samples import SAMPLES
from uproar.errors import CaptureInvalid
from uproar.wire.accesslog import reading
from uproar.wire.packets import capture, headers, links

FRAMES_AT_ONCE, FILES_AT_ONCE, LINES_AT_ONCE = 9_000, 200, 800
CHANGES_MAX = 6
KIB = 1_024
INNER = w.ipv4(w.udp(b"x"), protocol=17)
FRAMES = (
    w.ethernet(w.ipv4(w.tcp(b"abc", options=b"\x02\x04\x05\xb4"))),
    w.ethernet(w.ipv4(w.udp(bytes(30)), protocol=17, options=bytes(8)), tags=((0x8100, 5),) * 3),
    w.ethernet(w.ipv6(w.extension(44, w.fragment(17, w.udp(b"x"), 0, True)), following=0), 0x86DD),
    w.ethernet(w.ipv6(w.extension(43, w.extension(51, w.authentication(6, w.tcp())))), 0x86DD),
    w.ethernet(w.labels(w.ipv4(w.gre(INNER, key=1, sequence=2), protocol=47), 5, 6), 0x8847),
    w.ethernet(w.ipv4(w.gre(w.ethernet(INNER), 0x22EB), protocol=47)),
    w.ethernet(w.ipv4(w.udp(w.vxlan(w.ethernet(INNER)), 1, 4789), protocol=17)),
    w.ethernet(w.ipv4(w.udp(w.geneve(w.ethernet(INNER), options=bytes(8)), 1, 6081), protocol=17)),
    w.ethernet(w.ipv4(w.ipv4(w.ipv6(w.tcp()), protocol=41), protocol=4)),
    w.ethernet(w.pppoe(INNER), 0x8864),
    w.cooked(INNER),
    w.cooked_2(INNER),
    b"\x02\x00\x00\x00" + INNER,
)
FILES = (
    c.pcap([(1, 2, frame) for frame in FRAMES]),
    c.pcap([(1, 2, frame) for frame in FRAMES], order=">", nano=True),
    c.section() + c.interface(1, 99, c.option(9, b"\x89")) + b"".join(map(c.enhanced, FRAMES)),
    c.section(">")
    + c.interface(order=">")
    + c.obsolete(FRAMES[0], order=">")
    + c.section()
    + c.simple(INNER),
)


def damaged(octets: bytes, dice: random.Random) -> bytes:
    changed = bytearray(octets)
    for _ in range(dice.randrange(CHANGES_MAX)):
        changed[dice.randrange(len(changed))] = dice.choice(
            (0, 1, 0x22, 0x5C, 0x7F, 0xFF, dice.randrange(256))
        )
    return bytes(changed[: dice.randrange(len(changed))] if dice.random() < 0.3 else changed)


def frames(dice: np.random.Generator) -> None:
    """Damage many frames at once, and hold what is read against what must be so."""
    chosen = dice.integers(0, len(FRAMES), FRAMES_AT_ONCE)
    batch = headers.Frames.joined([FRAMES[number] for number in chosen])
    data = batch.data.copy()
    hit = dice.integers(0, len(data), FRAMES_AT_ONCE * 3)
    data[hit] = dice.integers(0, 256, len(hit))
    cut = np.where(dice.random(FRAMES_AT_ONCE) < 0.3, dice.random(FRAMES_AT_ONCE), 1.0)
    captured = (batch.captured * cut).astype(np.int64)
    given = headers.Frames(data, batch.offset, captured, batch.original)
    link = int(dice.choice(links.LINKS))
    told_of(
        range(len(given)), lambda rows: decoded(given, rows, link), lambda row: octets(given, row)
    )


def decoded(given: headers.Frames, rows: Sequence[int], link: int) -> None:
    """Decode some frames, and hold what is read against what must be so."""
    part = slice(rows[0], rows[-1] + 1)
    offset, captured = given.offset[part], given.captured[part]
    read = headers.decode(headers.Frames(given.data, offset, captured, given.original[part]), link)
    assert int(read.ok.sum()) + sum(read.rejects.values()) == len(rows)
    some = read.payload_captured > 0
    assert (read.payload_at[some] >= offset[some]).all()
    assert ((read.payload_at + read.payload_captured)[some] <= (offset + captured)[some]).all()


def octets(given: headers.Frames, row: int) -> bytes:
    begin = int(given.offset[row])
    return given.data[begin : begin + int(given.captured[row])].tobytes()


def told_of(
    inputs: Sequence[Any], read: Callable[[Any], object], shown: Callable[[Any], bytes]
) -> None:
    """Read inputs together; where that raises, print the one that raises alone before it goes on."""
    try:
        read(inputs)
    except Exception:
        for each in inputs:
            try:
                read([each])
            except Exception:  # noqa: BLE001 - whatever it is, it is told
                print(json.dumps({"raised": shown(each).hex()}), flush=True)
                break
        raise


def files(dice: random.Random) -> float:
    """Return the longest that one file took, in seconds of processor time."""
    slowest = 0.0
    for _ in range(FILES_AT_ONCE):
        file = damaged(dice.choice(FILES), dice)
        half = dice.randrange(len(file) + 1)
        begun = time.process_time()
        told_of([file], lambda given, half=half: opened(*given, half), bytes)
        slowest = max(slowest, time.process_time() - begun)
    return slowest


def opened(file: bytes, half: int) -> None:
    try:
        reader = capture.reader(file)
        for batch in [*reader.feed(file[:half]), *reader.feed(file[half:]), *reader.end()]:
            headers.decode(batch.frames, batch.link)
    except CaptureInvalid:
        pass


def lines(dice: random.Random) -> None:
    slug = dice.choice(sorted(SAMPLES))
    given = [damaged(dice.choice(SAMPLES[slug]), dice) for _ in range(LINES_AT_ONCE)]
    told_of(given, lambda some: counted(some, slug), bytes)


def counted(given: list[bytes], slug: str) -> None:
    found = reading.read(given, reading.FORMATS[slug])
    assert len(found) + len(found.rejected_line) <= len(given)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    dice, many = random.Random(chosen.seed), np.random.default_rng(chosen.seed)
    told: dict[str, Any] = {"frames": 0, "files": 0, "lines": 0}
    worst, worst_file = 0.0, 0.0
    while sum(told.values()) < chosen.inputs:
        begun = time.process_time()
        frames(many)
        worst_file = max(worst_file, files(dice))
        lines(dice)
        worst = max(worst, time.process_time() - begun)
        told["frames"] += FRAMES_AT_ONCE
        told["files"] += FILES_AT_ONCE
        told["lines"] += LINES_AT_ONCE
    told["inputs"] = sum(told.values())
    told["slowest_batch_s"] = round(worst, 3)
    told["slowest_file_ms"] = round(worst_file * 1000, 1)
    told["memory_mib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KIB
    print(json.dumps(told))


if __name__ == "__main__":
    main()
