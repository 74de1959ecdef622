"""Sends frames over a filter of nftables in a network namespace of its own, and prints how many packets the filter stopped.

Run by itself (`unshare -n python filtered.py FILTER FRAMES`): FRAMES are Ethernet frames, each behind its length in two octets. It knows
nothing of Uproar; the kernel counts.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

RECEIVER = "02:00:00:00:00:01"  # To whom the frames of the tests are sent.
PATIENCE_S = 10.0
BATCH = 100


def prepare() -> None:
    for command in (
        "ip link add a0 type veth peer name a1",
        "ip link set a0 mtu 9000",
        f"ip link set a1 address {RECEIVER} mtu 9000",
        "sysctl -q -w net.ipv6.conf.a0.disable_ipv6=1",
        "ip link set lo up",
        "ip link set a0 up",
        "ip link set a1 up",
    ):
        subprocess.run(command.split(), check=True)


def checked(frame: bytes) -> bytes:
    """A frame with the checksum of its IPv4 header, without which no kernel takes it in."""
    if frame[12:14] != b"\x08\x00":
        return frame
    size = (frame[14] & 15) * 4
    header = frame[14:24] + b"\0\0" + frame[26 : 14 + size]
    total = sum(struct.unpack(f">{size // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return frame[:24] + struct.pack(">H", ~total & 0xFFFF) + frame[26:]


def counters() -> list[int]:
    told = json.loads(subprocess.check_output(["nft", "-j", "list", "ruleset"]))
    return [
        term["counter"]["packets"]
        for entry in told["nftables"]
        if "rule" in entry
        for term in entry["rule"]["expr"]
        if "counter" in term
    ]


def main() -> None:
    prepare()
    # The last rule sees what the filter lets through.
    rules = Path(sys.argv[1]).read_text()
    subprocess.run(["nft", "-f", "-"], input=f"{rules}\nadd rule inet uproar stop counter\n", text=True, check=True)  # fmt: skip
    octets, at, frames = Path(sys.argv[2]).read_bytes(), 0, []
    while at < len(octets):
        (size,) = struct.unpack_from(">H", octets, at)
        frames.append(checked(octets[at + 2 : at + 2 + size]))
        at += 2 + size
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("a0", 0))
    began = sum(counters())
    for place, frame in enumerate(frames, 1):
        wire.send(frame)
        if place % BATCH == 0 or place == len(frames):
            until = time.monotonic() + PATIENCE_S
            while sum(counters()) - began < place and time.monotonic() < until:
                time.sleep(0.01)
    sys.stdout.write(json.dumps({"sent": len(frames), "counters": counters()}))


if __name__ == "__main__":
    main()
