"""Real flow exporters and collectors from Debian, on loopback: what goes in as packets, what they send."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

import pytest

from core import flow_samples as fs

PATIENCE_S = 20
QUIET_S = 1.5  # An exporter that has sent and is silent for so long has sent all.
PORT = 2055


def program(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{name} is not installed (Debian: softflowd nfdump pmacct tshark)")
    return found


def frames() -> list[bytes]:
    """NTP answers three packets a flow, TCP SYNs, an ICMP message, and TCP over IPv6."""
    syn = struct.pack(">HHIIBBHHH", 50000, 443, 1, 0, 0x50, 0x02, 1024, 0, 0)
    six = (
        struct.pack(">IHBB", 6 << 28, len(syn), 6, 61)
        + fs.v6("2001:db8::1")
        + fs.v6("2001:db8::2")
        + syn
    )
    ntp = [
        fs.packet4(f"192.0.2.{n}", "198.51.100.7", 17, fs.udp(123, 40000 + n, bytes(100 + n)))
        for _ in range(3)
        for n in range(1, 21)
    ]
    syns = [fs.packet4(f"203.0.113.{n}", "198.51.100.8", 6, syn) for n in range(1, 6)]
    icmp = fs.packet4("203.0.113.9", "198.51.100.8", 1, bytes([3, 1]) + bytes(30))
    return [*map(fs.ethernet, [*ntp, *syns, icmp]), *[fs.ethernet(six, kind=0x86DD)] * 4]


def packet6(source: str, destination: str, following: int, payload: bytes) -> bytes:
    head = struct.pack(">IHBB", 6 << 28, len(payload), following, 61)
    return head + fs.v6(source) + fs.v6(destination) + payload


def frames6() -> list[bytes]:
    """IPv6 alone: DNS answers three packets a flow, TCP SYNs, and an ICMPv6 message."""
    syn = struct.pack(">HHIIBBHHH", 50000, 443, 1, 0, 0x50, 0x02, 1024, 0, 0)
    answers = [
        packet6(f"2001:db8::{n:x}", "2001:db8:1::7", 17, fs.udp(53, 40000 + n, bytes(200 + n)))
        for _ in range(3)
        for n in range(1, 13)
    ]
    syns = [packet6(f"2001:db8:2::{n:x}", "2001:db8:1::8", 6, syn) for n in range(1, 6)]
    unreachable = packet6("2001:db8:3::1", "2001:db8:1::8", 58, bytes([1, 4]) + bytes(30))
    return [fs.ethernet(each, kind=0x86DD) for each in (*answers, *syns, unreachable)]


def write_capture(path: Path, captured: list[bytes], began_s: float) -> None:
    """A pcap of Ethernet frames, a millisecond apart."""
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for n, frame in enumerate(captured):
            seconds, us = divmod(int(began_s * 1e6) + n * 1000, 1_000_000)
            file.write(struct.pack("<IIII", seconds, us, len(frame), len(frame)) + frame)


def sent_by(command: list[str], receiver: socket.socket) -> list[tuple[int, bytes]]:
    """Run an exporter until it has been silent; return arrival in ms UTC and bytes of what it sent."""
    got: list[tuple[int, bytes]] = []
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            receiver.settimeout(PATIENCE_S)
            while True:
                body = receiver.recv(65_535)
                got.append((int(time.time() * 1000), body))
                receiver.settimeout(QUIET_S)
        except TimeoutError:
            pass
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
    return got


def loopback() -> socket.socket:
    receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    receiver.bind(("127.0.0.1", 0))
    return receiver


def softflowd(version: int, capture: Path, *more: str) -> list[tuple[int, bytes]]:
    with loopback() as receiver:
        port = receiver.getsockname()[1]
        command = [
            program("softflowd"), "-r", str(capture), "-n", f"127.0.0.1:{port}", "-v", str(version),
            "-6", "-d", "-p", str(capture.parent / "pid"), "-c", "none", *more,
        ]  # fmt: skip
        return sent_by(command, receiver)


def pmacctd(plugin: str, version: int, capture: Path) -> list[tuple[int, bytes]]:
    """nfprobe exports NetFlow v9 and IPFIX, sfprobe sFlow v5."""
    with loopback() as receiver:
        lines = [
            "daemonize: false", f"pcap_savefile: {capture}", f"plugins: {plugin}",
            "aggregate: src_host,dst_host,src_port,dst_port,proto,tcpflags",
            f"{plugin}_receiver: 127.0.0.1:{receiver.getsockname()[1]}",
        ]  # fmt: skip
        if plugin == "nfprobe":
            lines += [
                f"nfprobe_version: {version}",
                "nfprobe_timeouts: tcp=1:udp=1:icmp=1:general=1:maxlife=2:expint=1",
            ]
        else:
            lines += ["sfprobe_agentip: 127.0.0.1", "sampling_rate: 1"]
        settings = capture.parent / "pmacctd.conf"
        settings.write_text("\n".join(lines) + "\n")
        return sent_by([program("pmacctd"), "-f", str(settings)], receiver)


def nfdump(bodies: list[bytes], folder: Path) -> list[tuple[str, str, int, int]]:
    """Return what nfcapd stores and nfdump reads of the same bytes: source, destination, packets, octets."""
    reader = program("nfdump")
    with loopback() as free:
        port = free.getsockname()[1]
    folder.mkdir()
    command = [
        program("nfcapd"),
        "-p",
        str(port),
        "-b",
        "127.0.0.1",
        "-w",
        str(folder),
        "-t",
        "3600",
        "-B",
        str(1 << 22),
    ]
    with (
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        _wait_for(port)
        for body in bodies:
            sender.sendto(body, ("127.0.0.1", port))
        _wait_until_read(port)
        process.terminate()
        process.wait(PATIENCE_S)
    shown = [reader, "-R", str(folder), "-q", "-6", "-N", "-o", "fmt:%sa,%da,%pkt,%byt"]
    told = subprocess.run(shown, capture_output=True, text=True, check=True).stdout
    rows = [[cell.strip() for cell in line.split(",")] for line in told.splitlines() if line]
    return [(src, dst, int(packets), int(octets)) for src, dst, packets, octets in rows]


def tshark(bodies: list[bytes], folder: Path) -> tuple[int, int]:
    """Return packets and octets of all flows as tshark's reading of the same bytes has them."""
    columns = [[0, 0] for _ in bodies]
    lines = _told(bodies, folder, "cflow", "cflow.packets", "cflow.octets")
    for line, sums in zip(lines, columns, strict=True):
        for at, cells in enumerate(line):
            sums[at] = sum(map(int, cells))
    return sum(each[0] for each in columns), sum(each[1] for each in columns)


def tshark_samples(bodies: list[bytes], folder: Path) -> list[tuple[str, str]]:
    """Return source and destination of the packets that tshark finds in samples of sFlow, IPv4 first."""
    fields = "ip.src", "ip.dst", "ipv6.src", "ipv6.dst"
    lines = _told(bodies, folder, "sflow", *fields)
    four = [pair for line in lines for pair in zip(line[0][1:], line[1][1:], strict=True)]
    six = [pair for line in lines for pair in zip(line[2], line[3], strict=True)]
    return four + six  # The first IPv4 addresses of each are those of the datagram itself.


def _told(bodies: list[bytes], folder: Path, form: str, *fields: str) -> list[list[list[str]]]:
    """Return by datagram and field all values that tshark tells."""
    capture = folder / "datagrams.pcap"
    carried = [
        fs.ethernet(fs.packet4("127.0.0.1", "127.0.0.1", 17, fs.udp(PORT, PORT, body)))
        for body in bodies
    ]
    write_capture(capture, carried, time.time())
    command = [
        program("tshark"),
        "-r",
        str(capture),
        "-d",
        f"udp.port=={PORT},{form}",
        "-T",
        "fields",
    ]
    for each in fields:
        command += ["-e", each]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    lines = [line.split("\t") for line in told.splitlines()]
    return [[list(filter(None, cell.split(","))) for cell in line] for line in lines]


def _queued(port: int) -> int | None:
    """Return how many bytes wait at the UDP socket of this port, or None where there is none."""
    for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
        cells = line.split()
        if int(cells[1].split(":")[1], 16) == port:
            return int(cells[4].split(":")[1], 16)
    return None


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while _queued(port) is None:
        assert time.monotonic() < deadline, "the collector does not listen"
        time.sleep(0.05)


def _wait_until_read(port: int) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while _queued(port):
        assert time.monotonic() < deadline, "the collector does not read"
        time.sleep(0.05)
    time.sleep(0.3)  # The last datagram was taken from the socket, and is being read.
