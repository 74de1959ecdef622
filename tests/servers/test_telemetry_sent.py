"""Simulated telemetry over real UDP, and as nfdump and tshark read it."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from servers import exporters as programs
from servers.test_flow_exporters import ends, read
from uproar.sim.exporters import exported, together
from uproar.sim.livecases import live
from uproar.sim.sending import Senders
from uproar.sim.telemetry import Exporter, ordered, records

BEGIN_MS = 1_741_608_000_000
COUNT = 90


def held(*, six: bool):
    """Flows to one host, a third of them IPv6 where that is asked for."""
    number = np.arange(COUNT)
    found = records(
        COUNT, first_us=number * 1_000, last_us=number * 1_000 + 500, ready_us=number * 1_000 + 600,
        src=0xCB007100 + number, dst=0xC6336407, sport=1_024 + number, dport=443, protocol=6, flags=0x1B,
        packets=3 + number, octets=1_000 + number, ttl_min=50, ttl_max=50,
    )  # fmt: skip
    if six:
        rows = slice(0, COUNT // 3)
        found["src"][rows] = found["dst"][rows] = 0x2001_0DB8 << 32, 1
        found["src"][rows, 1] += number[rows].astype(np.uint64)
    return ordered([found])


@pytest.mark.slow
@pytest.mark.parametrize("form", ["netflow5", "netflow9", "ipfix"])
def test_simulated_flows_are_those_that_nfdump_and_tshark_read(form: str, tmp_path: Path) -> None:
    mine = held(six=form != "netflow5")
    outgoing = exported(mine, Exporter(form, 1), BEGIN_MS)
    flows, _ = read([(BEGIN_MS + each.at_us // 1_000, each.body) for each in outgoing])
    bodies = [each.body for each in outgoing]
    assert ends(flows) == Counter(programs.nfdump(bodies, tmp_path / "nfcapd"))
    assert programs.tshark(bodies, tmp_path) == (mine["packets"].sum(), mine["octets"].sum())


@pytest.mark.slow
def test_nfdump_takes_the_sampling_of_ipfix_for_what_it_is(tmp_path: Path) -> None:
    mine = held(six=True)
    outgoing = exported(mine, Exporter("ipfix", 1, sampling=100), BEGIN_MS)
    told = programs.nfdump([each.body for each in outgoing], tmp_path / "nfcapd")
    assert sum(packets for _, _, packets, _ in told) == 100 * mine["packets"].sum()


@pytest.mark.slow
def test_simulated_samples_are_those_that_tshark_reads(tmp_path: Path) -> None:
    mine = held(six=True)
    mine["packets"] = 1
    outgoing = exported(mine, Exporter("sflow", 1, sampling=100), BEGIN_MS)
    told = programs.tshark_samples([each.body for each in outgoing], tmp_path)
    flows, _ = read([(BEGIN_MS + each.at_us // 1_000, each.body) for each in outgoing])
    assert Counter(told) == Counter((src, dst) for src, dst, _, _ in ends(flows).elements())
    assert len(told) == COUNT


def test_each_exporter_sends_from_a_socket_of_its_own_and_all_arrives_at_every_collector() -> None:
    case = live("ordinary", 1)
    streams = [
        exported(part[:60], each, BEGIN_MS)
        for part, each in zip(case.held, case.exporters, strict=True)
    ]
    stream = together(streams)
    with programs.loopback() as one, programs.loopback() as other:
        receivers = (one, other)
        to = [each.getsockname() for each in receivers]
        with Senders(("127.0.0.2", "127.0.0.3"), to) as senders:
            went = senders.send(stream, 0.0, clock=lambda: 1e9, sleep=lambda _: None)
        for receiver in receivers:
            receiver.settimeout(programs.PATIENCE_S)
            got = [receiver.recvfrom(65_535) for _ in stream]
            assert [body for body, _ in got] == [each.datagram.body for each in stream]
            assert [source[0] for _, source in got] == [
                f"127.0.0.{2 + each.exporter}" for each in stream
            ]
    assert went.datagrams == len(stream)
    assert went.octets == sum(len(each.datagram.body) for each in stream)


def test_datagrams_go_at_their_times() -> None:
    stream = together([exported(held(six=False), Exporter("netflow9", 1), BEGIN_MS)])
    now = [100.0]
    waited = []

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        now[0] += seconds

    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
        Senders(["127.0.0.1"], [_bound(receiver)]) as senders,
    ):
        went = senders.send(stream, 101.0, clock=lambda: now[0], sleep=sleep)
    assert sum(waited) == pytest.approx(1.0 + stream[-1].datagram.at_us / 1e6)
    assert went.late_s == pytest.approx(0.0, abs=1e-6)
    assert went.first_harm_s is None


def _bound(receiver: socket.socket) -> tuple[str, int]:
    receiver.bind(("127.0.0.1", 0))
    name: tuple[str, int] = receiver.getsockname()
    return name
