"""The same octets, read by us and by tshark: what both can tell must be the same."""

from __future__ import annotations

import ipaddress
import shutil
import subprocess
from pathlib import Path

import pytest

from core import capture_writer as c
from core import frame_writer as w
from uproar.wire.packets import capture, headers

TSHARK = shutil.which("tshark")
CAPTURES = sorted((Path(__file__).parents[3] / "shared" / "captures").glob("*.pcap"))
PIECE = 1 << 20
FIELDS = (
    "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.proto", "ip.ttl", "ipv6.hlim", "ip.len",
    "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.window_size_value", "tcp.seq_raw", "tcp.len",
    "udp.srcport", "udp.dstport", "icmp.type", "icmp.code", "ip.id", "frame.time_epoch",
    "ip.flags.mf", "ip.frag_offset",
)  # fmt: skip
INNER = w.ipv4(w.udp(b"within", 5000, 6000), "203.0.113.5", "203.0.113.6", 17)
WRITTEN = (
    w.ethernet(w.ipv4(w.tcp(b"abc", flags=0x18))),
    w.ethernet(w.ipv4(w.tcp(flags=0xC2, options=b"\x02\x04\x05\xb4"))),
    w.ethernet(w.ipv4(w.tcp(flags=0x1FF))),
    w.ethernet(w.ipv4(w.udp(bytes(30)), protocol=17, options=b"\x94\x04\x00\x00")),
    w.ethernet(w.ipv4(w.icmp(8, 0, bytes(48)), protocol=1)),
    w.ethernet(w.ipv6(w.tcp(b"six")), 0x86DD),
    w.ethernet(w.ipv6(w.extension(60, w.extension(17, w.udp(b"x"))), following=0), 0x86DD),
    w.ethernet(w.ipv6(w.fragment(17, w.udp(bytes(16)), 0, False), following=44), 0x86DD),
    w.ethernet(w.ipv4(w.udp(bytes(8)), protocol=17), tags=((0x88A8, 5), (0x8100, 6))),
    w.ethernet(w.labels(w.ipv4(w.udp(bytes(8)), protocol=17), 17, 18), 0x8847),
    w.ethernet(w.pppoe(w.ipv4(w.tcp())), 0x8864),
    w.ethernet(w.ipv4(bytes(24), protocol=17, offset=1480)),
    w.ethernet(w.ipv4(w.gre(INNER), protocol=47)),
    w.ethernet(w.ipv4(w.gre(INNER, key=7, sequence=8), protocol=47)),
    w.ethernet(
        w.ipv4(w.gre(b"\x10\x01" + bytes(6) + w.ethernet(INNER), 0x88BE, sequence=1), protocol=47)
    ),
    w.ethernet(w.ipv4(w.udp(w.vxlan(w.ethernet(INNER)), 999, 4789), protocol=17)),
    w.ethernet(w.ipv4(w.udp(w.geneve(w.ethernet(INNER)), 999, 6081), protocol=17)),
    w.ethernet(w.ipv4(INNER, protocol=4)),
    w.ethernet(bytes(28), 0x0806),
)

pytestmark = pytest.mark.skipif(TSHARK is None, reason="tshark is not installed")


def by_tshark(file: Path) -> list[dict[str, str]]:
    """The last occurrence of each field: the innermost header."""
    command = [str(TSHARK), "-n", "-r", str(file), "-T", "fields", "-E", "occurrence=l"]
    command += ["-o", "tcp.desegment_tcp_streams:false", "-o", "ip.defragment:false"]
    for field in FIELDS:
        command += ["-e", field]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in told.splitlines()]
    for row in rows:
        # Versions differ in the unit of the offset; whether there is one is told by all.
        more, offset = row.pop("ip.flags.mf"), row.pop("ip.frag_offset")
        row["fragment"] = str((more, offset) != ("0", "0")) if offset else ""
    return rows


def as_told(file: Path) -> list[dict[str, str]]:
    """What we read, in the form in which tshark tells it."""
    octets = file.read_bytes()
    reader = capture.reader(octets)
    found = []
    for begin in range(0, len(octets), PIECE):
        for batch in reader.feed(octets[begin : begin + PIECE]):
            read = headers.decode(batch.frames, batch.link)
            found += [_row(read, row, int(batch.at_ns[row])) for row in range(len(read))]
    reader.end()
    return found


def _row(read: headers.Packets, row: int, at_ns: int) -> dict[str, str]:
    told = dict.fromkeys((*FIELDS[:-2], "fragment"), "")
    told["frame.time_epoch"] = f"{at_ns // 10**9}.{at_ns % 10**9:09d}"
    if not read.ok[row]:
        return told
    protocol = int(read.protocol[row])
    source = ipaddress.IPv6Address(int(read.src_hi[row]) << 64 | int(read.src_lo[row]))
    target = ipaddress.IPv6Address(int(read.dst_hi[row]) << 64 | int(read.dst_lo[row]))
    if source.ipv4_mapped:
        told |= {"ip.src": str(source.ipv4_mapped), "ip.dst": str(target.ipv4_mapped)}
        told |= {"ip.proto": str(protocol), "ip.ttl": str(read.ttl[row])}
        told |= {"ip.len": str(read.total_length[row]), "ip.id": f"0x{read.ip_id[row]:04x}"}
        told["fragment"] = str(bool(read.fragment[row]))
    else:
        told |= {"ipv6.src": str(source), "ipv6.dst": str(target), "ipv6.hlim": str(read.ttl[row])}
    ports = {"srcport": str(read.src_port[row]), "dstport": str(read.dst_port[row])}
    if protocol == 6 and read.transport[row]:
        told |= {f"tcp.{name}": port for name, port in ports.items()}
        told["tcp.flags"] = f"0x{read.tcp_flags[row]:04x}"
        told["tcp.window_size_value"] = str(read.window[row])
        told["tcp.seq_raw"] = str(read.tcp_seq[row])
        told["tcp.len"] = str(read.payload_length[row])
    elif protocol == 17 and read.transport[row]:
        told |= {f"udp.{name}": port for name, port in ports.items()}
    elif protocol == 1 and read.transport[row]:
        told["icmp.type"], told["icmp.code"] = map(str, divmod(int(read.dst_port[row]), 256))
    return told


def compared(file: Path) -> None:
    theirs, ours = by_tshark(file), as_told(file)
    assert len(ours) == len(theirs)
    for number, (we, they) in enumerate(zip(ours, theirs, strict=True), 1):
        # The datagram that an ICMP error quotes is theirs alone.
        if they["icmp.type"] not in ("3", "11"):
            assert we == they, f"frame {number} of {file.name}"


def test_the_frames_of_our_tests_are_read_as_tshark_reads_them(tmp_path):
    file = tmp_path / "written.pcap"
    file.write_bytes(c.pcap([(1_741_608_000 + i, i, frame) for i, frame in enumerate(WRITTEN)]))
    compared(file)


def test_a_pcapng_is_read_as_tshark_reads_it(tmp_path):
    clock = c.option(9, b"\x09")
    file = tmp_path / "written.pcapng"
    file.write_bytes(
        c.section()
        + c.interface(1)
        + c.interface(1, 0, clock)
        + b"".join(
            c.enhanced(frame, (1_741_608_000 + i) * (10**9 if i % 2 else 10**6), i % 2)
            for i, frame in enumerate(WRITTEN)
        )
    )
    compared(file)


@pytest.mark.parametrize("file", CAPTURES, ids=lambda file: file.name)
def test_captures_of_real_traffic_are_read_as_tshark_reads_them(file):
    compared(file)
