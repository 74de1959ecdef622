"""sFlow v5: sampled frames and told packets become flows, and counters are counted and set aside."""

from __future__ import annotations

import struct

import pytest

from core import flow_samples as fs
from core.flow_samples import NOW_MS
from core.test_netflow5 import address
from uproar.wire.flows import sflow
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.sequence import Sequences

NTP = fs.packet4("192.0.2.1", "198.51.100.7", 17, fs.udp(123, 40000, bytes(100)), total=468)


class Agent:
    """One reader, fed with datagrams one after the other."""

    def __init__(self) -> None:
        self.sequences, self.drops = Sequences(), sflow.Drops()

    def take(self, *bodies: bytes, exporter: int = 2) -> Decoded:
        return sflow.decode(
            Batch([Datagram(exporter, NOW_MS, body) for body in bodies]),
            self.sequences,
            self.drops,
        )


@pytest.mark.parametrize("expanded", [False, True])
@pytest.mark.parametrize("vlan", [None, 42])
def test_a_sampled_frame_is_a_flow_of_one_packet(*, expanded: bool, vlan: int | None) -> None:
    raw = fs.raw_header(fs.ethernet(NTP, vlan=vlan)[:128], length=482)
    flows, told = Agent().take(fs.sflow(fs.flow_sample(raw, expanded=expanded)))
    assert (address(flows, "src"), address(flows, "dst")) == ("192.0.2.1", "198.51.100.7")
    assert (flows.src_port[0], flows.dst_port[0], flows.protocol[0]) == (123, 40000, 17)
    assert (flows.packets[0], flows.octets[0], flows.sampling[0]) == (1, 468, 1000)
    assert (flows.ttl_min[0], flows.ttl_max[0], flows.fragment[0]) == (57, 57, False)
    assert (flows.input[0], flows.output[0], flows.exporter[0]) == (4, 9, 2)
    assert (flows.start_ms[0], flows.end_ms[0]) == (NOW_MS, NOW_MS)
    assert (told.datagrams, told.records, told.aside) == (1, 1, {})


def test_raw_ip_without_a_frame_and_ipv6_are_read() -> None:
    tcp = struct.pack(">HHIIBBHHH", 50000, 443, 1, 0, 0x50, 0x02, 1024, 0, 0)
    six = (
        struct.pack(">IHBB", 6 << 28, len(tcp), 6, 61)
        + fs.v6("2001:db8::1")
        + fs.v6("2001:db8::2")
        + tcp
    )
    samples = [
        fs.flow_sample(fs.raw_header(NTP, protocol=11)),
        fs.flow_sample(fs.raw_header(six, protocol=12)),
        fs.flow_sample(fs.raw_header(fs.ethernet(six, kind=0x86DD))),
    ]
    flows, told = Agent().take(fs.sflow(*samples))
    assert sorted(address(flows, "src", row) for row in range(3)) == [
        "192.0.2.1",
        "2001:db8::1",
        "2001:db8::1",
    ]
    assert sorted(flows.tcp_flags.tolist()) == [0, 2, 2]
    assert sorted(flows.ttl_max.tolist()) == [57, 61, 61]
    assert told.aside == {}


def test_fields_that_the_agent_tells_stand_where_there_is_no_header() -> None:
    told4 = (
        struct.pack(">II", 468, 17)
        + fs.v4("192.0.2.1")
        + fs.v4("198.51.100.7")
        + struct.pack(">IIII", 123, 40000, 0, 0)
    )
    told6 = (
        struct.pack(">II", 60, 6)
        + fs.v6("2001:db8::1")
        + fs.v6("2001:db8::2")
        + struct.pack(">IIII", 5, 443, 18, 0)
    )
    flows, _ = Agent().take(
        fs.sflow(
            fs.flow_sample(fs.item(1001, bytes(16)), fs.item(3, told4)),
            fs.flow_sample(fs.item(4, told6), rate=50),
            fs.flow_sample(fs.item(3, told4), fs.raw_header(fs.ethernet(NTP)), rate=7),
        )
    )
    assert flows.sampling.tolist() == [7, 1000, 50]
    assert [address(flows, "src", row) for row in range(3)] == [
        "192.0.2.1",
        "192.0.2.1",
        "2001:db8::1",
    ]
    assert flows.octets.tolist() == [468, 468, 60]
    assert flows.tcp_flags.tolist() == [0, 0, 18]
    assert flows.dst_port.tolist() == [40000, 40000, 443]


def test_icmp_has_its_type_and_fragments_are_marked() -> None:
    unreachable = fs.packet4("192.0.2.1", "198.51.100.7", 1, bytes([3, 1]) + bytes(30))
    later = fs.packet4("192.0.2.1", "198.51.100.7", 17, bytes(64), fragment=185)
    samples = [fs.flow_sample(fs.raw_header(fs.ethernet(each))) for each in (unreachable, later)]
    flows, _ = Agent().take(fs.sflow(*samples))
    assert flows.icmp.tolist() == [0x0301, 0]
    assert flows.dst_port.tolist() == [0, 0]
    assert flows.fragment.tolist() == [False, True]


def test_the_outer_packet_counts_and_not_what_is_in_a_tunnel() -> None:
    gre = fs.packet4("203.0.113.1", "203.0.113.2", 47, struct.pack(">HH", 0, 0x0800) + NTP)
    flows, _ = Agent().take(fs.sflow(fs.flow_sample(fs.raw_header(fs.ethernet(gre)))))
    assert (address(flows, "dst"), flows.protocol[0]) == ("203.0.113.2", 47)


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("truncated", fs.sflow()[:7]),
        ("truncated", fs.sflow()[:-1]),
        ("version", fs.sflow(version=4)),
        ("agent", struct.pack(">II", 5, 3) + bytes(64)),
        ("counter-sample", fs.sflow(fs.item(2, bytes(40)))),
        ("counter-sample", fs.sflow(fs.item(4, bytes(40)))),
        ("other-sample", fs.sflow(fs.item(5, bytes(40)))),
        ("other-sample", fs.sflow(fs.item(1 << 12 | 1, bytes(40)))),
        ("truncated", fs.sflow(count=2**32 - 1)),
        ("truncated", fs.sflow(fs.item(1, bytes(31)))),
        ("truncated", fs.sflow(struct.pack(">II", 1, 2**32 - 1))),
        ("no-packet", fs.sflow(fs.flow_sample(fs.item(1001, bytes(16))))),
        ("no-packet", fs.sflow(fs.flow_sample(fs.raw_header(NTP, protocol=9)))),
        ("no-packet", fs.sflow(fs.flow_sample(fs.item(3, bytes(31))))),
        ("no-packet", fs.sflow(fs.flow_sample(fs.item(1, bytes(8))))),
        ("not-ip", fs.sflow(fs.flow_sample(fs.raw_header(fs.ethernet(bytes(46), kind=0x0806))))),
        ("truncated", fs.sflow(fs.flow_sample(fs.raw_header(fs.ethernet(NTP)[:20])))),
    ],
)
def test_what_brings_no_flow_is_counted_by_reason(reason: str, body: bytes) -> None:
    flows, told = Agent().take(body)
    assert len(flows) == 0
    assert told.aside == {reason: 1}


def test_a_false_count_of_records_ends_at_the_bytes_that_are_there() -> None:
    flows, told = Agent().take(fs.sflow(fs.flow_sample(count=2**32 - 1)))
    assert (len(flows), told.aside) == (0, {"truncated": 1, "no-packet": 1})


def test_lost_datagrams_and_dropped_samples_are_counted() -> None:
    agent, raw = Agent(), fs.raw_header(fs.ethernet(NTP))
    first = agent.take(fs.sflow(fs.flow_sample(raw, drops=10), sequence=1))
    second = agent.take(fs.sflow(fs.flow_sample(raw, drops=17), sequence=4))
    other = agent.take(fs.sflow(fs.flow_sample(raw, drops=99, source=8), sequence=5))
    anew = agent.take(fs.sflow(fs.flow_sample(raw, drops=2), sequence=6))
    assert [each.told.lost for each in (first, second, other, anew)] == [{}, {2: 2}, {}, {}]
    assert [each.told.dropped for each in (first, second, other, anew)] == [{}, {2: 7}, {}, {}]


@pytest.mark.parametrize(
    ("value", "index"), [(7, 7), (0x3FFFFFFF, 0), (1 << 30 | 256, 0), (2 << 30 | 3, 0)]
)
def test_an_interface_that_is_none_is_zero(value: int, index: int) -> None:
    flows, _ = Agent().take(fs.sflow(fs.flow_sample(fs.raw_header(fs.ethernet(NTP)), left=value)))
    assert flows.output.tolist() == [index]


def test_a_rate_of_zero_is_one() -> None:
    flows, _ = Agent().take(fs.sflow(fs.flow_sample(fs.raw_header(fs.ethernet(NTP)), rate=0)))
    assert flows.sampling.tolist() == [1]
