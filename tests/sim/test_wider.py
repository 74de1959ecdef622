"""Wider cases of traffic: records say what the packets were, and what is told as true is what they hold."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from uproar.sim import assaults, barrages, peaceful, records, wider
from uproar.sim.packets import ACK, FIN, PSH, SYN, TCP, Sent, joined, made, totals
from uproar.sim.world import dice
from uproar.wire.flows.columns import Flows
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader
from uproar.wire.packets import capture
from uproar.wire.packets.headers import decode

BEGIN_S = 1_741_608_000
TARGET = int(ipaddress.IPv4Address("93.184.216.34"))
EXPORTS = {
    "netflow": lambda sent: records.netflow5(sent, BEGIN_S, 1),
    "netflow-sampled": lambda sent: records.netflow5(sent, BEGIN_S, 100),
    "ipfix": lambda sent: records.ipfix(sent, BEGIN_S, 1, six=False),
    "ipfix-six": lambda sent: records.ipfix(sent, BEGIN_S, 1, six=True),
}  # fmt: skip


def read(octets: bytes) -> Flows:
    datagrams, reader = [], capture.reader(octets)
    for batch in [*reader.feed(octets), *reader.end()]:
        found = decode(batch.frames, batch.link)
        for row in range(len(found)):
            begin = int(found.payload_at[row])
            body = batch.frames.data[begin : begin + int(found.payload_length[row])].tobytes()
            datagrams.append(Datagram(0, int(batch.at_ns[row]) // 1_000_000, body))
    decoded = Reader().read(datagrams)
    assert not decoded.told.aside
    return decoded.flows


def connection(seconds: list[float], flags: list[int]) -> Sent:
    at = (np.array(seconds) * 1e6).astype(np.int64)
    return made(len(at), at_us=at, src=7 << 24, dst=TARGET, sport=4_000, dport=443, protocol=TCP, flags=flags, ttl=50, size=10)  # fmt: skip


@pytest.mark.parametrize("export", EXPORTS)
def test_records_are_read_as_the_flows_of_the_packets(export):
    sent = wider.silent(7, 2).packets
    sent = joined([sent, wider.attack(7, 1).packets[:20_000]])
    flows = read(EXPORTS[export](sent))
    assert int(flows.packets.sum()) == len(sent)
    assert int(flows.octets.sum()) == int(totals(sent).sum())
    assert (flows.sampling == (100 if "sampled" in export else 1)).all()
    assert (flows.start_ms >= BEGIN_S * 1_000).all()
    assert int(flows.end_ms.max()) == BEGIN_S * 1_000 + int(sent["at_us"].max()) // 1_000
    tcp = sent["protocol"] == TCP
    assert np.bitwise_or.reduce(flows.tcp_flags[flows.protocol == TCP]) == np.bitwise_or.reduce(sent["flags"][tcp])  # fmt: skip
    told = np.unique(np.stack((flows.src_hi, flows.src_lo, flows.dst_hi, flows.dst_lo)), axis=1)
    assert told.shape[1] == len(np.unique(sent[["src", "dst"]]))
    assert (flows.ttl_min > 0).all() == export.startswith("ipfix")


def test_flags_of_a_flow_are_ored_and_silence_and_long_flows_are_told_in_parts():
    whole = connection([0, 1, 2, 3], [SYN, ACK, PSH | ACK, FIN | ACK])
    flows = read(records.netflow5(whole, BEGIN_S, 1))
    assert flows.tcp_flags.tolist() == [SYN | ACK | PSH | FIN]
    assert (flows.end_ms - flows.start_ms).tolist() == [3_000]
    paused = read(records.netflow5(connection([0, 1, 20], [SYN, ACK, ACK]), BEGIN_S, 1))
    assert paused.packets.tolist() == [2, 1]
    steady = connection([10.0 * step for step in range(15)], [ACK] * 15)
    assert read(records.netflow5(steady, BEGIN_S, 1)).packets.tolist() == [6, 6, 3]


def test_a_net_of_ipv4_is_a_net_of_ipv6():
    some = records.sixes(np.arange(TARGET & ~0xFF, (TARGET & ~0xFF) + 256))
    other = records.sixes(np.array([TARGET + 256]))
    six = [ipaddress.IPv6Address(row.tobytes()) for row in some]
    assert len(set(six)) == 256
    assert len({ipaddress.IPv6Network((each, 48), strict=False) for each in six}) == 1
    assert ipaddress.IPv6Address(other.tobytes()) not in ipaddress.IPv6Network((six[0], 48), strict=False)  # fmt: skip


@pytest.mark.parametrize("number", range(6))
def test_the_truth_of_a_wider_attack_is_counted_in_its_packets(number):
    case = wider.attack(11, number)
    assert case.truth == wider.attack(11, number).truth
    counts = [int((case.packets["vector"] == place + 1).sum()) for place in range(len(case.names))]
    ordered = sorted(zip(counts, case.names, strict=True), key=lambda each: -each[0])
    assert case.truth.vectors == tuple(name for _, name in ordered)
    assert not wider.silent(11, number).packets["vector"].any()


@pytest.mark.parametrize("name", peaceful.PEACEFUL)
def test_each_peaceful_kind_sends_to_the_target_and_is_of_no_vector(name):
    sent = peaceful.PEACEFUL[name](dice(3, name), TARGET, 6_000_000, 2_000)
    there = (sent["dst"] == TARGET) if name != "strays" else (sent["dst"] >> 8 == TARGET >> 8)
    assert there.any()
    assert not sent["vector"].any()
    assert (sent["ttl"] > 0).all()


@pytest.mark.parametrize("name", barrages.MORE_SERVICES)
def test_the_rest_of_the_services_answer_from_their_ports(name):
    port, least, most = barrages.MORE_SERVICES[name]
    at = np.arange(300, dtype=np.int64) * 1_000
    (make,) = barrages.MORE[f"amplification.{name}"]
    sent = make(assaults.Blow(dice(3, name), at, TARGET, 1))
    assert (sent["sport"] == port).all()
    assert least <= sent["size"].min()
    assert sent["size"].max() <= most
