"""Packets decoded and log lines read, for each second of processor time: `python bench/captures.py [--json FILE]`.

Packets are of our own making (no capture of others is needed): a flood of SYN, NTP replies, a mix of all that is read (tags,
labels, tunnels, both versions of IP). Measured are the decoding of frames that are in memory already, and
the way from the octets of a file, pcap and pcapng, to columns. Log lines are those of the tests with addresses, paths and
agents that vary as in a flood that avoids caches, so that no memory of earlier lines helps much.
`hostile` is the longest that one line took, of lines as long as they may be, made to be slow.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from core import capture_writer as c
from core import frame_writer as w
from core.log_samples import SAMPLES
from uproar.wire.accesslog import reading
from uproar.wire.accesslog.requests import LINE_MAX
from uproar.wire.packets import capture, headers

PACKETS = 200_000
LINES = 40_000
AT_ONCE = 10_000
PIECE = 1 << 20
ROUNDS = 3
GOAL_PACKETS = 2e6
NOON = 1_741_608_000
SLOW = (
    b'"',
    b'\\"',
    b"\\",
    b" ",
    b'] "',
    b'[10/Mar/2025:14:00:01 +0000] "',
    b", ",
    b" : ",
    b'} "',
    b"9",
    b"\xff",
)


def address(dice: random.Random) -> str:
    return ".".join(str(dice.randrange(1, 255)) for _ in range(4))


def frames(kind: str, dice: random.Random) -> list[bytes]:
    if kind == "syn":
        return [
            w.ethernet(w.ipv4(w.tcp(sport=dice.randrange(1, 65536)), address(dice)) + bytes(6))
            for _ in range(PACKETS)
        ]
    if kind == "ntp":
        reply = w.udp(bytes(440))
        return [w.ethernet(w.ipv4(reply, address(dice), protocol=17)) for _ in range(PACKETS)]
    inner = w.ipv4(w.udp(b"x"), protocol=17)
    sorts: list[Callable[[], bytes]] = [
        lambda: w.ethernet(w.ipv4(w.tcp(bytes(dice.randrange(1400)), flags=0x18), address(dice))),
        lambda: w.ethernet(w.ipv6(w.tcp()), 0x86DD),
        lambda: w.ethernet(w.ipv6(w.extension(17, w.udp()), following=0), 0x86DD),
        lambda: w.ethernet(w.ipv4(w.udp(), protocol=17), tags=((0x88A8, 4), (0x8100, 5))),
        lambda: w.ethernet(w.labels(w.ipv4(w.tcp()), 3, 4), 0x8847),
        lambda: w.ethernet(w.ipv4(w.gre(inner), protocol=47)),
        lambda: w.ethernet(w.ipv4(w.udp(w.vxlan(w.ethernet(inner)), 1, 4789), protocol=17)),
        lambda: w.ethernet(bytes(46), 0x0806),
    ]
    return [sorts[number % len(sorts)]() for number in range(PACKETS)]


def rate(count: int, work: Callable[[], Any]) -> int:
    """Return how many a second of processor time, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return round(count / best)


def through(file: bytes) -> int:
    reader = capture.reader(file)
    count = 0
    for begin in range(0, len(file), PIECE):
        for batch in reader.feed(file[begin : begin + PIECE]):
            count += len(headers.decode(batch.frames, batch.link))
    reader.end()
    return count


def packets(kind: str, dice: random.Random) -> dict[str, Any]:
    made = frames(kind, dice)
    joined = headers.Frames.joined(made)
    pcap = c.pcap([(NOON, number % 10**6, frame) for number, frame in enumerate(made)])
    blocks = [c.enhanced(frame, NOON * 10**6) for frame in made]
    pcapng = b"".join([c.section(), c.interface(), *blocks])
    assert through(pcap) == through(pcapng) == len(made)
    return {
        "packets": kind,
        "octets_each": round(len(pcap) / len(made)),
        "decoded": rate(len(made), lambda: headers.decode(joined, 1)),
        "pcap": rate(len(made), lambda: through(pcap)),
        "pcapng": rate(len(made), lambda: through(pcapng)),
        "goal": GOAL_PACKETS,
    }


def varied(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """Return requests as of a flood: each from an address of its own, for a path of its own."""
    sound = [line for line in lines if not line.startswith(b"#")][:1]
    directives = [line for line in lines if line.startswith(b"#")]
    return directives + [
        line.replace(b"192.0.2.7", address(dice).encode()).replace(b"x=1", b"x=%d" % number)
        for number in range(LINES)
        for line in sound
    ]


def logs(slug: str, dice: random.Random) -> dict[str, Any]:
    lines = varied(SAMPLES[slug], dice)

    def work() -> None:
        form = reading.sniff(lines)
        for begin in range(0, len(lines), AT_ONCE):
            form = reading.read(lines[begin : begin + AT_ONCE], form).format

    return {
        "lines": slug,
        "octets_each": round(sum(map(len, lines)) / len(lines)),
        "read": rate(LINES, work),
        "hostile_s": round(hostile(slug), 4),
    }


def hostile(slug: str) -> float:
    base = SAMPLES[slug][-2]
    worst = 0.0
    for piece in SLOW:
        for place in range(0, len(base), 29):
            line = base[:place] + piece * (LINE_MAX // len(piece)) + base[place:]
            begun = time.process_time()
            reading.read([line[:LINE_MAX]], reading.FORMATS[slug])
            worst = max(worst, time.process_time() - begun)
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    dice = random.Random(5)
    rows = []
    for kind in ("syn", "ntp", "mix"):
        rows.append(packets(kind, dice))
        print(json.dumps(rows[-1]), flush=True)
    for slug in SAMPLES:
        rows.append(logs(slug, dice))
        print(json.dumps(rows[-1]), flush=True)
    if chosen.json:
        chosen.json.write_text("".join(json.dumps(row) + "\n" for row in rows))


if __name__ == "__main__":
    main()
