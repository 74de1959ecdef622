"""Simulated traffic: the same seed gives the same octets, and what is told as true is what the packets hold."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from uproar.sim import addressing, ordinary, traffic
from uproar.sim.assaults import SERVICES, VECTORS, Blow
from uproar.sim.packets import ACK, FIN, GRE, ICMP, RST, SYN, TCP, UDP, Sent, pcap, totals
from uproar.sim.world import dice
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader
from uproar.wire.packets import capture
from uproar.wire.packets.headers import decode

TARGET = int(ipaddress.IPv4Address("93.184.216.34"))
SHAPES = {
    "flood.syn": (TCP, SYN), "flood.ack": (TCP, ACK), "flood.rst": (TCP, RST),
    "reflection.syn-ack": (TCP, SYN | ACK), "flood.udp": (UDP, 0), "flood.icmp": (ICMP, 0),
    "flood.gre": (GRE, 0), "flood.fragments": (UDP, 0), "flood.dns-names": (UDP, 0),
}  # fmt: skip


def first(view: str, make=traffic.attack) -> traffic.Case:
    """The first case that is seen so, of those that are quickly made."""
    cases = (make(7, number) for number in range(200))
    return next(case for case in cases if case.truth.view == view)


def blow(name: str, count: int = 2_000) -> list[Sent]:
    at = np.arange(count, dtype=np.int64) * 1_000
    return [make(Blow(dice(3, name), at, TARGET, 1)) for make in VECTORS[name]]


@pytest.mark.parametrize("make", [traffic.attack, traffic.silent])
def test_the_same_seed_and_number_give_the_same_octets_and_others_do_not(make):
    one, again, other, seed = make(7, 3), make(7, 3), make(7, 4), make(8, 3)
    assert one.truth == again.truth
    assert one.capture() == again.capture()
    assert len({case.capture() for case in (one, other, seed)}) == 3


@pytest.mark.parametrize("view", ["both", "towards"])
def test_a_capture_is_read_as_what_was_sent(view):
    case = first(view)
    reader = capture.reader(case.capture())
    batches = [*reader.feed(case.capture()), *reader.end()]
    assert not reader.tally.rejects
    sent, at = case.packets, 0
    for batch in batches:
        found = decode(batch.frames, batch.link, inner=False)
        assert found.ok.all()
        mine = sent[at : at + len(found)]
        at += len(found)
        assert (found.src_lo & 0xFFFF_FFFF == mine["src"]).all()
        assert (found.dst_lo & 0xFFFF_FFFF == mine["dst"]).all()
        assert (found.ttl == mine["ttl"]).all()
        assert (found.protocol == mine["protocol"]).all()
        assert (found.total_length == totals(mine)).all()
        assert (batch.at_ns // 1_000 == traffic.BEGIN_S * 1_000_000 + mine["at_us"]).all()
        tcp = (mine["protocol"] == TCP) & (mine["offset"] == 0)
        ports = tcp | ((mine["protocol"] == UDP) & (mine["offset"] == 0))
        assert (found.tcp_flags[tcp] == mine["flags"][tcp]).all()
        assert (found.src_port[ports] == mine["sport"][ports]).all()
        assert (found.dst_port[ports] == mine["dport"][ports]).all()
        assert ((found.fragment_offset != 0) == (mine["offset"] != 0)).all()
    assert at == len(sent) > 0


def test_samples_are_read_as_flows_each_for_a_thousand_packets():
    case = first("sampled")
    datagrams = []
    reader = capture.reader(case.capture())
    for batch in [*reader.feed(case.capture()), *reader.end()]:
        found = decode(batch.frames, batch.link)
        for row in range(len(found)):
            begin = int(found.payload_at[row])
            octets = batch.frames.data[begin : begin + int(found.payload_length[row])].tobytes()
            datagrams.append(Datagram(0, int(batch.at_ns[row]) // 1_000_000, octets))
    flows = Reader().read(datagrams).flows
    assert len(flows) == len(case.packets) > 0
    assert (flows.sampling == traffic.ONE_OF).all()
    assert (flows.src_lo & 0xFFFF_FFFF == case.packets["src"]).all()
    assert (flows.tcp_flags == case.packets["flags"]).all()


@pytest.mark.parametrize("number", range(8))
def test_the_truth_of_an_attack_is_counted_in_its_packets(number):
    case = traffic.attack(11, number)
    counts = [int((case.packets["vector"] == place + 1).sum()) for place in range(len(case.names))]
    assert min(counts) > 0
    ordered = sorted(zip(counts, case.names, strict=True), key=lambda each: -each[0])
    assert case.truth.vectors == tuple(name for _, name in ordered)
    net = ipaddress.IPv4Network(case.truth.target)
    hit = case.packets[case.packets["vector"] > 0]
    assert {int(there) for there in hit["dst"]} <= {int(each) for each in net}
    largest = case.packets[case.packets["vector"] == 1 + case.names.index(case.truth.vectors[0])]
    assert largest["forged"].all() == largest["forged"].any() == case.truth.forged


@pytest.mark.parametrize("name", SHAPES)
def test_packets_of_a_vector_are_of_its_protocol_and_flags(name):
    protocol, flags = SHAPES[name]
    for sent in blow(name):
        mine = sent[sent["vector"] == 1]
        assert len(mine) == 2_000
        assert (mine["protocol"] == protocol).all()
        assert (mine["flags"] & (SYN | ACK | RST) == flags).all()
        assert (mine["offset"] > 0).all() == (name == "flood.fragments")
        assert (mine["dst"] == TARGET).all()
        assert (sent[sent["vector"] == 0]["src"] == TARGET).all()


@pytest.mark.parametrize("service", SERVICES)
def test_amplified_answers_come_from_their_port_and_fragments_complete_them(service):
    port, least, most = SERVICES[service]
    (sent,) = blow(f"amplification.{service}", 400)
    begun, late = sent[sent["offset"] == 0], sent[sent["offset"] > 0]
    assert (begun["sport"] == port).all()
    whole = begun["size"].astype(int)
    key = {(int(row["src"]), int(row["ident"])): place for place, row in enumerate(begun)}
    for row in late:
        whole[key[int(row["src"]), int(row["ident"])]] += int(row["size"])
    assert least <= whole.min()
    assert whole.max() <= most
    assert bool(len(late)) == (most > 1_472)


def test_hosts_share_prefixes_and_forged_addresses_do_not():
    real = addressing.hosts(dice(1, "hosts"), 5_000).address
    forged = addressing.forged(dice(1, "forged"), 5_000, filtered=True)
    assert not addressing.bogus(real).any()
    assert not addressing.bogus(forged).any()
    assert addressing.bogus(addressing.forged(dice(1, "all"), 5_000, filtered=False)).any()
    assert len(np.unique(real >> 16)) < 800
    assert len(np.unique(forged >> 16)) > 4_000


def test_one_host_has_one_time_to_live():
    who = addressing.hosts(dice(2, "hosts"), 20_000)
    lives = {}
    for address, ttl in zip(who.address.tolist(), who.ttl.tolist(), strict=True):
        assert lives.setdefault(address, ttl) == ttl


@pytest.mark.parametrize("number", range(12))
def test_a_silent_case_has_no_vector_and_one_way_shows_nothing_of_the_target(number):
    case = traffic.silent(7, number)
    assert case.truth.vectors == ()
    assert not case.packets["vector"].any()
    if case.truth.view == "towards":
        assert not (case.packets["src"] == int(ipaddress.IPv4Address(case.truth.target))).any()


def test_most_of_a_flash_crowd_are_new_people_with_whole_connections():
    sent = ordinary.flash_crowd(dice(4, "crowd"), TARGET, 8_000_000, 1_500)
    there = sent[sent["dst"] == TARGET]
    begun = np.unique(there[there["flags"] == SYN][["src", "sport"]])
    ended = np.unique(there[there["flags"] == FIN | ACK][["src", "sport"]])
    assert len(ended) >= 0.75 * len(begun)
    opened = there[there["flags"] == SYN]
    assert len(np.unique(opened["src"])) > 0.5 * len(begun)


def test_those_of_a_retry_storm_come_again_and_some_are_not_answered():
    sent = ordinary.retry_storm(dice(4, "storm"), TARGET, 8_000_000, 1_500)
    opened = sent[(sent["flags"] == SYN) & (sent["dst"] == TARGET)]
    tries = np.unique(opened[["src", "sport"]])
    answered = np.unique(sent[sent["flags"] == SYN | ACK][["dst", "dport"]])
    assert len(np.unique(opened["src"])) < 0.5 * len(tries)
    assert 0.2 * len(tries) < len(answered) < 0.95 * len(tries)


def test_a_case_without_packets_is_a_capture_without_packets():
    empty = np.zeros(0, traffic.joined([]).dtype)
    octets = pcap(empty, traffic.BEGIN_S)
    reader = capture.reader(octets)
    assert [*reader.feed(octets), *reader.end()] == []
