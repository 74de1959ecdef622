"""What simulated exporters send is what our decoders read, and nothing is lost between packets, records and datagrams."""

from __future__ import annotations

import ipaddress
from itertools import pairwise
from typing import get_args

import numpy as np
import pytest

from uproar.sim import packets as pk
from uproar.sim.exporters import Timeouts, exported, metered, sampled, shared_out, together
from uproar.sim.livecases import SCENES, live
from uproar.sim.livestage import LOUD_US, QUIET_US, SPAN_US
from uproar.sim.telemetry import FLUSH_US, MAPPED, Exporter, Form, cuts, ordered, records
from uproar.sim.world import dice
from uproar.wire.flows.datagrams import Datagram
from uproar.wire.flows.reader import Reader

BEGIN_MS = 1_741_608_000_000
WRAPS_SOON = (1 << 32) - 5_000
SIX = int(ipaddress.IPv6Address("2001:db8::1"))


def drawn(count: int = 400, *, six: bool = True):
    """Records of all kinds, in order of readiness; the last quarter is IPv6."""
    roll = dice(7, "telemetry")
    first = roll.integers(-20_000_000, 9_000_000, count)
    last = first + roll.integers(0, 1_000_000, count)
    protocol = roll.choice((1, 6, 17), count)
    held = records(
        count, first_us=first, last_us=last, ready_us=np.maximum(last, 0) + roll.integers(0, 50_000, count),
        src=roll.integers(1 << 24, 1 << 31, count), dst=roll.integers(1 << 24, 1 << 31, count),
        protocol=protocol, packets=roll.integers(1, 5_000, count), octets=roll.integers(28, 1 << 31, count),
        flags=np.where(protocol == 6, roll.integers(0, 64, count), 0), ttl_min=roll.integers(1, 100, count),
        sport=np.where(protocol == 1, 0, roll.integers(0, 65_536, count)), input=1, output=2,
        dport=np.where(protocol == 1, 0, roll.integers(0, 65_536, count)), icmp=np.where(protocol == 1, 0x0301, 0),
    )  # fmt: skip
    held["ttl_max"] = held["ttl_min"] + 3
    if six:
        rows = slice(count * 3 // 4, None)
        held["src"][rows] = held["dst"][rows] = SIX >> 64, SIX & (1 << 64) - 1
        held["src"][rows, 1] += np.arange(len(held[rows])).astype(np.uint64)
        held["protocol"][rows] = np.where(protocol[rows] == 1, 58, protocol[rows])
    return ordered([held])


def read(outgoing):
    batch = [Datagram(0, BEGIN_MS + each.at_us // 1_000, each.body) for each in outgoing]
    return Reader().read(batch)


def rows(flows, *names):
    return sorted(zip(*(getattr(flows, name).tolist() for name in names), strict=True))


def wanted(held, *names):
    columns = {
        "src_hi": held["src"][:, 0], "src_lo": held["src"][:, 1], "dst_hi": held["dst"][:, 0], "dst_lo": held["dst"][:, 1],
        "src_port": held["sport"], "dst_port": held["dport"], "tcp_flags": held["flags"],
        "start_ms": BEGIN_MS + held["first_us"] // 1_000, "end_ms": BEGIN_MS + held["last_us"] // 1_000,
    }  # fmt: skip
    return sorted(
        zip(*((columns[n] if n in columns else held[n]).tolist() for n in names), strict=True)
    )


ENDS = ("src_hi", "src_lo", "dst_hi", "dst_lo", "src_port", "dst_port", "protocol", "tcp_flags")
SUMS = ("packets", "octets", "icmp", "input", "output", "start_ms", "end_ms")
TTL = ("ttl_min", "ttl_max")


@pytest.mark.parametrize("form", ["netflow5", "netflow9", "ipfix"])
def test_records_are_read_as_they_were_held(form):
    held = drawn(six=form != "netflow5")
    exporter = Exporter(form, 3, up_ms=90_000_000)
    flows, told = read(exported(held, exporter, BEGIN_MS))
    names = (*ENDS, *SUMS) if form == "netflow5" else (*ENDS, *SUMS, *TTL)
    assert rows(flows, *names) == wanted(held, *names)
    assert +told.aside == {}


def test_netflow_5_has_no_place_for_ipv6():
    held = drawn()
    flows, _ = read(exported(held, Exporter("netflow5"), BEGIN_MS))
    assert len(flows) == len(held) * 3 // 4


def test_sampled_packets_are_read_as_they_were_sent():
    held = drawn()
    held["packets"], held["octets"], held["ttl_max"] = (
        1,
        held["octets"] % 1_400 + 60,
        held["ttl_min"],
    )
    flows, told = read(exported(held, Exporter("sflow", 3, sampling=500), BEGIN_MS))
    names = (*ENDS, *TTL, "packets", "octets", "icmp", "input", "output")
    assert rows(flows, *names) == wanted(held, *names)
    assert set(flows.sampling.tolist()) == {500}
    assert +told.aside == {}


@pytest.mark.parametrize("form", ["netflow5", "netflow9", "ipfix"])
def test_how_much_is_sampled_is_told(form):
    flows, _ = read(exported(drawn(), Exporter(form, 1, sampling=1_000), BEGIN_MS))
    assert set(flows.sampling.tolist()) == {1_000}


@pytest.mark.parametrize("form", get_args(Form))
def test_sequences_and_clocks_that_begin_anew_lose_nothing(form):
    held = drawn()
    if form == "sflow":
        held["packets"], held["octets"] = 1, 100
    exporter = Exporter(form, 1, up_ms=WRAPS_SOON, sequence=(1 << 32) - 3)
    outgoing = exported(held, exporter, BEGIN_MS)
    flows, told = read(outgoing)
    assert +told.lost == {}
    assert told.clock_off == 0
    if form != "sflow":
        mine = held[held["dst"][:, 1] >> 32 == 0xFFFF] if form == "netflow5" else held
        assert rows(flows, "start_ms", "end_ms") == wanted(mine, "start_ms", "end_ms")
    _, told = read([*outgoing[:3], *outgoing[4:]])
    assert sum(told.lost.values()) > 0


def test_a_clock_that_is_ahead_moves_what_is_told():
    held = drawn()
    flows, _ = read(exported(held, Exporter("ipfix", clock_off_ms=250), BEGIN_MS))
    assert flows.end_ms.max() == BEGIN_MS + 250 + held["last_us"].max() // 1_000


def test_no_record_waits_longer_than_a_flush_and_all_leave_in_order():
    ready = np.sort(dice(1, "cuts").integers(0, 3_000_000, 2_000))
    pieces = list(cuts(ready, 30))
    assert [(a.last, a.at_us <= b.at_us) for a, b in pairwise(pieces)] == [
        (b.first, True) for b in pieces[1:]
    ]
    assert (pieces[0].first, pieces[-1].last) == (0, len(ready))
    for first, last, at_us in pieces:
        assert 0 < last - first <= 30
        assert ready[last - 1] <= at_us <= ready[first] + FLUSH_US
    assert {last - first for first, last, _ in pieces} >= {30}


def flow(at_us, **columns):
    return pk.made(
        len(at_us), at_us=at_us, src=columns.pop("src", 0x01020304), dst=0x05060708, protocol=6, sport=5, dport=443,
        ttl=60, **columns,
    )  # fmt: skip


def test_a_silence_ends_a_flow_and_a_long_one_is_told_in_pieces():
    timeouts = Timeouts(active_us=10_000_000, inactive_us=3_000_000)
    short = flow([0, 1_000_000, 5_000_000], flags=np.array([pk.SYN, pk.ACK, pk.FIN]), size=10)
    long = flow(np.arange(0, 25_000_000, 1_000_000), src=0x09090909, flags=pk.ACK)
    held = metered(pk.joined((short, long)), timeouts)
    mine = held[held["src"][:, 1] == MAPPED | 0x01020304]
    assert mine[["first_us", "last_us", "packets", "octets", "flags"]].tolist() == [
        (0, 1_000_000, 2, 100, pk.SYN | pk.ACK),
        (5_000_000, 5_000_000, 1, 50, pk.FIN),
    ]
    assert mine["ready_us"].tolist() == [4_000_000, 8_000_000]
    other = held[held["src"][:, 1] == MAPPED | 0x09090909]
    assert other["packets"].tolist() == [10, 10, 5]
    assert other["ready_us"].tolist() == [10_000_000, 20_000_000, 27_000_000]


def test_a_meter_loses_no_packet_and_no_octet():
    roll = dice(3, "meter")
    count = 5_000
    sent = pk.made(
        count, at_us=np.sort(roll.integers(0, 60_000_000, count)), src=roll.integers(1, 9, count), dst=7,
        sport=roll.integers(1, 4, count), protocol=17, ttl=roll.integers(50, 60, count), size=roll.integers(0, 999, count),
    )  # fmt: skip
    held = metered(sent, Timeouts(5_000_000, 500_000))
    assert held["packets"].sum() == count
    assert held["octets"].sum() == pk.totals(sent).sum()
    assert (held["last_us"] - held["first_us"] < 5_000_000).all()
    assert (np.diff(held["ready_us"]) >= 0).all()
    assert (held["ready_us"] >= held["last_us"]).all()
    assert len(metered(sent[:0], Timeouts())) == 0


def test_one_of_so_many_packets_stands_for_all_of_them():
    held = drawn()
    held["packets"] = 2_000
    found = sampled(held, dice(5, "sampled"), 100)
    mean = held["packets"].sum() / 100
    assert abs(len(found) - mean) < 5 * mean**0.5
    assert set(found["packets"].tolist()) == {1}


def test_a_flow_and_its_answer_pass_the_same_router_and_none_is_lost():
    case = live("crowd-answered", 3)

    def keys(part, src, dst, sport, dport):
        ends = (part[src][:, 1], part[dst][:, 1], part[sport], part[dport])
        return set(zip(*(column.tolist() for column in ends), strict=True))

    one, other = (keys(part, "src", "dst", "sport", "dport") for part in case.held)
    back = keys(case.held[0], "dst", "src", "dport", "sport")
    assert len(one & back) > len(one) * 0.9
    assert not back & other
    whole = np.concatenate(case.held)
    assert sum(map(len, shared_out(whole, 3))) == len(whole)


@pytest.mark.parametrize("name", SCENES)
def test_a_live_case_is_as_large_as_it_says_and_the_same_again(name):
    case, again = live(name, 2), live(name, 2)
    assert all((a == b).all() for a, b in zip(case.held, again.held, strict=True))
    scene, held = SCENES[name], np.concatenate(case.held)
    mine = held[held["truth"] > 0]
    assert bool(len(mine)) == (scene.vector is not None)
    assert len(case.exporters) == scene.routers
    assert held["ready_us"].min() >= 0
    assert held["ready_us"].max() < SPAN_US
    net = ipaddress.ip_network(case.sought.target)
    if len(mine):
        pps = mine["packets"].sum() * scene.sampling / (LOUD_US / 1e6)
        assert abs(pps / scene.pps - 1) < 0.1
        assert mine["ready_us"].min() >= QUIET_US
        lows = net.network_address.packed[-8:]
        assert (mine["dst"][:, 1] & 0xFFFF_FF00 == int.from_bytes(lows, "big") & 0xFFFF_FF00).all()


def test_streams_of_several_exporters_are_one_in_the_order_of_their_times():
    case = live("ordinary", 4)
    streams = [
        exported(held, each, BEGIN_MS) for held, each in zip(case.held, case.exporters, strict=True)
    ]
    whole = together(streams)
    assert len(whole) == sum(map(len, streams))
    assert {each.exporter for each in whole} == {0, 1}
    times = [each.datagram.at_us for each in whole]
    assert times == sorted(times)
