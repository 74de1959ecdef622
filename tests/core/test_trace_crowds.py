"""What looks like an attack and is none, and what hides among it: connections, services and samples, not packets, are counted."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import frame_writer as w
from core import traffic_writer as t
from uproar.app import tracing
from uproar.present.tracing import report
from uproar.sim import addressing, assaults, barrages, ordinary, peaceful
from uproar.sim.packets import ACK, SYN, TCP, Sent, joined, pcap, sflow
from uproar.sim.records import ipfix, netflow5
from uproar.sim.world import dice
from uproar.trace.attack import Traced

HERE = 0x5DB8D822  # 93.184.216.34
SPAN_US = 8_000_000
SAMPLED = 1 / 1_000


@pytest.fixture(scope="module")
def about():
    return tracing.known()


@pytest.fixture
def traced(about, tmp_path: Path) -> Callable[[bytes], Traced]:
    def trace(octets: bytes) -> Traced:
        file = tmp_path / "capture.pcap"
        file.write_bytes(octets)
        return tracing.read(file, about).found

    return trace


def tries(client: str, at: float, waits: tuple[float, ...], sport: int) -> list[t.Timed]:
    """One connection that is begun, and begun again while nobody answers."""
    frame = w.ethernet(w.ipv4(w.tcp(b"", sport, 443, 0x02), client, t.TARGET, ttl=t.far(random.Random(client))))  # fmt: skip
    return [(at + sum(waits[:step]), frame) for step in range(len(waits) + 1)]


def storm(answered: int, silent: int, waits: tuple[float, ...] = (1, 2)) -> list[t.Timed]:
    """People who come back after an outage: some get through."""
    roll = random.Random(4)
    people = t.hosts(roll, answered + silent)
    frames: list[t.Timed] = []
    for client in people[:answered]:
        frames += t.connection(client, t.TARGET, t.port(roll), roll.random() * 4)
    for client in people[answered:]:
        frames += tries(client, roll.random() * 4, waits, t.port(roll))
    return sorted(frames)


def the(make: Callable[..., Sent], count: int, keep: float = 1.0, name: str = "case") -> Sent:
    """Packets of one maker of ordinary traffic, those after the end left out."""
    sent = make(dice(9, name), HERE, SPAN_US, count, keep)
    inside: Sent = sent[sent["at_us"] < SPAN_US]
    return inside


def blown(name: str, count: int, keep: float = 1.0, maker: int = 0, bits: int = 32) -> Sent:
    """Packets of one vector, evenly over the time."""
    roll = dice(9, name)
    at = np.sort(roll.integers(0, SPAN_US, count))
    sent = barrages.MORE[name][maker](assaults.Blow(roll, at, HERE, 1, bits < 32, bits))
    return sent if keep >= 1 else sent[roll.random(len(sent)) < keep]


def told(found: Traced) -> list[list[str]]:
    return [[each.name for each in attack.vectors] for attack in found.attacks]


# Waits of systems (RFC 6298): older and newer Linux, another that begins with three seconds.
@pytest.mark.parametrize("waits", [(1, 2), (1, 2, 4), (1, 1, 1, 1), (3, 6)], ids=str)
@pytest.mark.parametrize(("answered", "silent"), [(300, 700), (0, 1200)], ids=["some", "none"])
def test_who_tries_again_as_systems_do_is_no_flood(answered, silent, waits, traced):
    found = traced(t.capture(storm(answered, silent, waits)))
    assert told(found) == []
    assert found.quiet.retry_storm > 0.5
    assert "try again after an outage" in "\n".join(report(found))


def test_a_quiet_crowd_is_no_retry_storm(traced):
    assert traced(t.capture(t.crowd())).quiet.retry_storm < 0.1


@pytest.mark.parametrize("waits", [(), (0.05, 0.05), (2, 0.5, 0.1)], ids=["once", "at-once", "ever-faster"])  # fmt: skip
def test_who_begins_connections_otherwise_is_a_flood(waits, traced):
    roll = random.Random(4)
    frames = [each for _ in range(1500) for each in tries(t.anywhere(roll), roll.random() * 4, waits, t.port(roll))]  # fmt: skip
    assert told(traced(t.capture(sorted(frames)))) == [["flood.syn"]]


def test_few_hosts_that_begin_very_many_connections_are_no_people_even_if_they_try_again(traced):
    roll = random.Random(4)
    bots = t.hosts(roll, 30)
    frames = [each for _ in range(3000) for each in tries(roll.choice(bots), roll.random() * 4, (1, 2), t.port(roll))]  # fmt: skip
    assert told(traced(t.capture(sorted(frames)))) == [["flood.syn"]]


def test_who_gets_through_as_often_as_not_is_no_flood(traced):
    roll = random.Random(4)
    frames: list[t.Timed] = []
    for client in t.hosts(roll, 700):
        frames += t.connection(client, t.TARGET, t.port(roll), roll.random() * 4)
        for _ in range(3):
            frames += tries(client, roll.random() * 4, (), t.port(roll))
    assert told(traced(t.capture(sorted(frames)))) == []


def test_a_flood_that_is_a_third_of_all_connections_is_seen_where_it_looks_forged(traced):
    flood = t.forged(lambda d: w.tcp(b"", t.port(d), 443, 0x02), count=800)
    found = traced(t.capture(sorted([*t.crowd(1600), *flood])))
    assert told(found) == [["flood.syn"]]
    assert found.attacks[0].rates.packets == 800


# Of one packet in a thousand, no connection is seen twice.
@pytest.mark.parametrize(
    ("make", "count"),
    [
        (ordinary.flash_crowd, 100_000), (ordinary.retry_storm, 100_000), (ordinary.resolver, 400_000),
        (ordinary.time_server, 400_000), (ordinary.scanner, 60_000), (peaceful.web3, 400_000), (peaceful.calls, 400_000),
        (peaceful.names, 400_000), (peaceful.tunnels, 400_000), (peaceful.refused, 200_000), (peaceful.outage, 100_000),
        (peaceful.reports, 400_000),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)  # fmt: skip
def test_sampled_ordinary_traffic_is_no_attack(make, count, traced):
    assert told(traced(sflow(the(make, count, SAMPLED), t.NOON, 1_000))) == []


@pytest.mark.parametrize("name", ["flood.syn", "flood.ack", "flood.rst", "flood.udp", "flood.dns-names", "amplification.dns", "amplification.cldap", "amplification.ws-discovery"])  # fmt: skip
def test_sampled_attacks_beside_ordinary_connections_are_named(name, traced):
    flood, beside = blown(name, 600_000, SAMPLED), the(ordinary.everyday, 3_000, SAMPLED)
    assert told(traced(sflow(joined([flood, beside]), t.NOON, 1_000))) == [[name]]


# Only what comes to the target is seen.
@pytest.mark.parametrize(
    ("make", "count"),
    [
        (ordinary.resolver, 12_000), (ordinary.time_server, 12_000), (peaceful.tunnels, 30_000), (peaceful.reports, 20_000),
        (peaceful.peers, 12_000), (peaceful.calls, 30_000), (peaceful.web3, 12_000), (peaceful.away, 12_000),
        (peaceful.pings, 12_000), (peaceful.health, 12_000),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)  # fmt: skip
def test_ordinary_traffic_of_one_direction_is_no_attack(make, count, traced):
    sent = the(make, count)
    assert told(traced(pcap(sent[sent["dst"] == HERE], t.NOON))) == []


def test_a_look_at_all_of_a_net_by_two_hosts_is_a_scan_and_what_always_comes_is_no_carpet(traced):
    roll = dice(9, "scan")
    scan = blown("flood.syn", 20_000, bits=24)
    scan = scan[(scan["flags"] == SYN)]
    scan["src"] = roll.choice((0x01020304, 0x05060708), len(scan))
    assert told(traced(pcap(scan, t.NOON))) == []
    assert told(traced(pcap(the(peaceful.strays, 9_000), t.NOON))) == []


@pytest.mark.parametrize("name", ["flood.ack", "flood.rst", "flood.fin", "flood.tcp-odd"])
def test_a_flood_that_is_a_lesser_part_of_all_tcp_is_named_where_both_directions_are_seen(
    name, traced
):
    flood, beside = blown(name, 3_000), the(ordinary.everyday, 1_500)
    tcp = beside[(beside["protocol"] == TCP) & (beside["dst"] == HERE)]
    assert len(tcp) > 3 * 3_000
    found = traced(pcap(joined([flood, beside]), t.NOON))
    assert told(found) == [[name]]


def test_a_carpet_over_many_nets_is_one_attack_on_what_covers_them(traced):
    found = traced(pcap(blown("amplification.ntp", 40_000, bits=20), t.NOON))
    assert told(found) == [["amplification.ntp"]]
    assert found.attacks[0].target == "93.184.208.0/20"


def test_two_hosts_of_neighbouring_nets_are_two_targets(traced):
    one, other = blown("flood.syn", 4_000), blown("amplification.cldap", 4_000)
    other["dst"] = np.where(other["dst"] == HERE, HERE + 0x300, other["dst"])
    found = traced(pcap(joined([one, other]), t.NOON))
    assert {each.target for each in found.attacks} == {"93.184.216.34", "93.184.219.34"}


EXPORTS = {
    "netflow": lambda sent: netflow5(sent, t.NOON, 1),
    "netflow-sampled": lambda sent: netflow5(sent[dice(9, "sampling").random(len(sent)) < 0.01], t.NOON, 100),
    "ipfix": lambda sent: ipfix(sent, t.NOON, 1, six=False),
    "ipfix-six": lambda sent: ipfix(sent, t.NOON, 1, six=True),
}  # fmt: skip


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize(
    "make",
    [
        ordinary.flash_crowd, ordinary.retry_storm, ordinary.resolver, ordinary.time_server, ordinary.backup,
        ordinary.video, peaceful.outage, peaceful.upload, peaceful.calls, peaceful.game, peaceful.origin,
    ],
    ids=lambda each: each.__name__,
)  # fmt: skip
def test_ordinary_traffic_as_flow_records_is_no_attack(make, export, traced):
    count = 60_000 if make in (ordinary.backup, ordinary.video, peaceful.calls, peaceful.game, peaceful.origin) else 12_000  # fmt: skip
    if make is peaceful.outage and export == "netflow-sampled":
        count = 3_000
    assert told(traced(EXPORTS[export](the(make, count)))) == []


@pytest.mark.parametrize("export", EXPORTS)
@pytest.mark.parametrize("name", ["flood.syn", "flood.ack", "flood.rst", "flood.udp", "flood.icmp", "flood.fragments", "flood.dns-names", "amplification.ntp", "amplification.dns", "reflection.syn-ack", "amplification.tcp-middlebox"])  # fmt: skip
def test_attacks_as_flow_records_are_named(name, export, traced):
    sent = joined([blown(name, 60_000), the(ordinary.everyday, 200)])
    assert told(traced(EXPORTS[export](sent))) == [[name]]


@pytest.mark.parametrize("export", ["netflow", "ipfix", "ipfix-six"])
def test_reflectors_that_answer_again_are_no_whole_connections(export, traced):
    """Without an answer a server sends its SYN-ACK again: a record of three packets, and no connection."""
    once = blown("reflection.syn-ack", 12_000)
    parts = []
    for wait_us in (0, 1_000_000, 3_000_000):
        again = once.copy()
        again["at_us"] += wait_us
        parts.append(again)
    sent = joined([*parts, the(ordinary.everyday, 200)])
    assert told(traced(EXPORTS[export](sent))) == [["reflection.syn-ack"]]


def test_a_tried_again_connection_of_a_flow_record_is_one_that_lasts(traced):
    """Three SYNs over three seconds are a host that waits; three at once are not."""
    roll = dice(9, "record")
    who = addressing.hosts(roll, 2_000)
    sent = the(peaceful.outage, 2_000)
    assert told(traced(netflow5(sent, t.NOON, 1))) == []
    at_once = sent.copy()
    at_once["at_us"] = (sent["sport"].astype(np.int64) * 61 + sent["src"] % 997 * 4_000) % SPAN_US
    at_once["size"] = 0
    at_once["src"] = who.address[sent["src"] % 2_000]
    at_once = joined([at_once])
    assert told(traced(netflow5(at_once, t.NOON, 1))) == [["flood.syn"]]
    assert not (sent["flags"] & ACK).any()
