"""Flows of real exporters, beside what other collectors read of the very same bytes."""

from __future__ import annotations

import ipaddress
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from servers import exporters
from uproar.wire.flows.columns import Flows
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.reader import Reader

CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"
PACKETS, OCTETS, FLOWS = 70, 8802, 27  # What `exporters.frames` holds: 20 + 5 + 1 + 1 flows.


def read(sent: list[tuple[int, bytes]]) -> Decoded:
    return Reader().read([Datagram(0, at, body) for at, body in sent])


def ends(flows: Flows) -> Counter[tuple[str, str, int, int]]:
    def text(hi: int, lo: int) -> str:
        whole = ipaddress.IPv6Address(hi << 64 | lo)
        return str(whole.ipv4_mapped or whole)

    columns = (flows.src_hi, flows.src_lo, flows.dst_hi, flows.dst_lo, flows.packets, flows.octets)
    return Counter(
        (text(a, b), text(c, d), packets, octets)
        for a, b, c, d, packets, octets in zip(
            *(column.tolist() for column in columns), strict=True
        )
    )


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "in.pcap"
    exporters.write_capture(path, exporters.frames(), time.time() - 20)
    return path


def test_the_frames_are_what_they_are_said_to_be() -> None:
    frames = exporters.frames()
    assert (len(frames), sum(len(frame) - 14 for frame in frames)) == (PACKETS, OCTETS)


@pytest.mark.slow
@pytest.mark.parametrize("version", [5, 9, 10])
def test_softflowds_flows_are_those_that_nfdump_and_tshark_read(
    version: int, capture: Path
) -> None:
    sent = exporters.softflowd(version, capture)
    flows, told = read(sent)
    bodies = [body for _, body in sent]
    six = 0 if version == 5 else 1  # NetFlow v5 has no IPv6; that flow was four packets.
    assert len(flows) == FLOWS - 1 + six
    assert (flows.packets.sum(), flows.octets.sum()) == (
        PACKETS - 4 + 4 * six,
        OCTETS - 240 + 240 * six,
    )
    assert +told.aside == {}
    assert +told.lost == {}
    assert ends(flows) == Counter(exporters.nfdump(bodies, capture.parent / "nfcapd"))
    assert (flows.packets.sum(), flows.octets.sum()) == exporters.tshark(bodies, capture.parent)
    syns = flows.take(flows.dst_port == 443)
    assert set(syns.tcp_flags.tolist()) == {0x02}
    assert flows.icmp[flows.protocol == 1].tolist() == [0x0301]
    now = int(time.time() * 1000)
    assert bool(((flows.end_ms > now - 60_000) & (flows.end_ms <= now + 1_000)).all())
    lasted = (flows.end_ms - flows.start_ms)[flows.src_port == 123]
    np.testing.assert_array_equal(lasted, 40)


@pytest.mark.slow
def test_softflowds_two_way_records_are_the_same_flows(capture: Path) -> None:
    one, both = (read(exporters.softflowd(10, capture, *more)) for more in ((), ("-b",)))
    assert ends(one.flows) == ends(both.flows)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [1, 10])
def test_softflowds_sampling_is_told_by_its_options(rate: int, capture: Path) -> None:
    flows, told = read(exporters.softflowd(9, capture, "-s", str(rate)))
    assert told.options >= 1
    assert set(flows.sampling.tolist()) == {rate}
    assert flows.packets.sum() == PACKETS // rate


@pytest.mark.slow
@pytest.mark.parametrize(("plugin", "version"), [("nfprobe", 9), ("nfprobe", 10), ("sfprobe", 5)])
def test_pmaccts_flows_and_samples_have_the_sums_of_the_packets(
    plugin: str, version: int, capture: Path
) -> None:
    flows, told = read(exporters.pmacctd(plugin, version, capture))
    assert len(flows) == (PACKETS if plugin == "sfprobe" else FLOWS)
    assert (flows.packets.sum(), flows.octets.sum()) == (PACKETS, OCTETS)
    assert +told.aside == {}
    if plugin == "sfprobe":
        assert set(flows.ttl_max.tolist()) == {57, 61}


def pairs(flows: Flows) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for (source, destination, *_), count in ends(flows).items():
        found[source, destination] += count
    return found


@pytest.mark.slow
@pytest.mark.parametrize("six", [False, True])
def test_pmaccts_samples_hold_the_packets_that_tshark_finds_in_them(
    *, six: bool, tmp_path: Path
) -> None:
    capture, captured = tmp_path / "in.pcap", exporters.frames6() if six else exporters.frames()
    exporters.write_capture(capture, captured, time.time() - 20)
    sent = exporters.pmacctd("sfprobe", 5, capture)
    flows, told = read(sent)
    bodies = [body for _, body in sent]
    assert pairs(flows) == Counter(exporters.tshark_samples(bodies, tmp_path))
    assert (len(flows), flows.octets.sum()) == (
        len(captured),
        sum(len(frame) - 14 for frame in captured),
    )
    assert +told.aside == {}


@pytest.mark.slow
@pytest.mark.parametrize("version", [9, 10])
@pytest.mark.parametrize("exporter", ["softflowd", "pmacctd"])
def test_flows_of_ipv6_alone_are_those_that_nfdump_and_tshark_read(
    exporter: str, version: int, tmp_path: Path
) -> None:
    capture, captured = tmp_path / "in.pcap", exporters.frames6()
    exporters.write_capture(capture, captured, time.time() - 20)
    if exporter == "softflowd":
        sent = exporters.softflowd(version, capture)
    else:
        sent = exporters.pmacctd("nfprobe", version, capture)
    flows, told = read(sent)
    bodies = [body for _, body in sent]
    sums = len(captured), sum(len(frame) - 14 for frame in captured)
    assert (len(flows), (flows.packets.sum(), flows.octets.sum())) == (12 + 5 + 1, sums)
    assert ends(flows) == Counter(exporters.nfdump(bodies, tmp_path / "nfcapd"))
    assert exporters.tshark(bodies, tmp_path) == sums
    assert flows.icmp[flows.protocol == 58].tolist() == [0x0104]
    assert set(flows.tcp_flags[flows.dst_port == 443].tolist()) == {0x02}
    assert +told.aside == {}


@pytest.mark.slow
@pytest.mark.parametrize("version", [5, 9, 10])
def test_a_real_reflection_has_the_same_sums_by_way_of_softflowd(
    version: int, tmp_path: Path
) -> None:
    real = CAPTURES / "amp.UDP.isakmp.pcap"
    if not real.exists():
        pytest.skip("the captures are not here")
    capture = tmp_path / "in.pcap"
    capture.write_bytes(real.read_bytes())
    sent = exporters.softflowd(version, capture)
    flows, _ = read(sent)
    assert (len(flows), flows.packets.sum(), flows.octets.sum()) == (3978, 3984, 924_288)
    assert ends(flows) == Counter(exporters.nfdump([body for _, body in sent], tmp_path / "nfcapd"))
