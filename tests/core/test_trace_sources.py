from __future__ import annotations

import ipaddress
import random
from pathlib import Path

import numpy as np
import pytest

from core import flow_samples as f
from core import frame_writer as w
from core import traffic_writer as t
from core.test_trace_vectors import random_tcp
from uproar.app import tracing
from uproar.errors import CaptureInvalid
from uproar.trace import addresses
from uproar.trace.attack import Attack
from uproar.trace.tally import Tally, rate
from uproar.trace.traffic import KINDS, Traffic, joined

CAPTURES = Path(__file__).resolve().parents[2].parent / "shared/captures"
# File, vector, and as was published of each: TTL entropy, divergence of countries, /16s seen, addresses.
REAL = [
    ("pkt.TCP.synflood.spoofed.pcap", "flood.syn", 1.00, 0.004, 0.94, 37_623),
    ("amp.UDP.isakmp.pcap", "amplification.isakmp", 4.89, 0.165, 0.41, 2_767),
    ("amp.TCP.reflection.SYNACK.pcap", "reflection.syn-ack", 2.22, 0.357, 0.01, 7_055),
]


@pytest.fixture(scope="module")
def about():
    return tracing.known()


def first(path: Path, about) -> Attack:
    (attack,) = tracing.read(path, about).found.attacks
    return attack


def value(attack: Attack, about_what: str) -> float:
    return next(each.value for each in attack.sources.evidence if each.about == about_what)


@pytest.mark.parametrize(("name", "vector", "ttl", "apart", "covered", "sources"), REAL)
def test_published_captures_show_what_was_measured_of_them(
    name, vector, ttl, apart, covered, sources, about
):
    path = CAPTURES / name
    if not path.exists():
        pytest.skip("the published captures are not here")
    attack = first(path, about)
    assert [each.name for each in attack.vectors] == [vector]
    assert attack.sources.count == pytest.approx(sources, rel=0.01)
    assert value(attack, "ttl-entropy") == pytest.approx(ttl, rel=0.1)
    # The published figure is rounded to a thousandth.
    assert value(attack, "country-divergence") == pytest.approx(apart, rel=0.1, abs=0.0006)
    assert value(attack, "sixteens") == pytest.approx(covered, rel=0.1, abs=0.005)
    forged = vector == "flood.syn"
    assert (attack.sources.spoofed > 0.9) if forged else (attack.sources.spoofed < 0.2)
    assert attack.sources.reason == ("spoofed" if forged else "reflected")
    assert not attack.sources.meaningful
    assert (attack.sources.countries == ()) == forged


def file(tmp_path: Path, frames: list[t.Timed]) -> Path:
    path = tmp_path / "capture.pcap"
    path.write_bytes(t.capture(frames))
    return path


def test_a_flood_of_genuine_hosts_has_countries_that_mean_something(tmp_path, about):
    attack = first(file(tmp_path, t.genuine(random_tcp(0x02), 6, sources=1500)), about)
    assert attack.sources.spoofed < 0.2
    assert attack.sources.meaningful
    assert attack.sources.countries[0].share > 0.05
    assert "iptocc" in attack.sources.database


def test_forged_addresses_are_told_without_time_to_live_too(tmp_path, about):
    """As of NetFlow v5, which does not tell it."""
    dice_frames = t.forged(random_tcp(0x02))
    records = [
        f.V5(src=".".join(map(str, frame[26:30])), dst=t.TARGET, src_port=index % 60000 + 1024,
             dst_port=443, protocol=6, flags=0x02, packets=1, octets=40)
        for index, (_, frame) in enumerate(dice_frames)
    ]  # fmt: skip
    attack = first(file(tmp_path, exported(records)), about)
    assert attack.vector == "flood.syn"
    assert attack.sources.spoofed > 0.8
    assert all(each.about != "ttl-entropy" for each in attack.sources.evidence)


def exported(records: list[f.V5], sampling: int = 0) -> list[t.Timed]:
    """NetFlow v5 on its way to a collector."""
    made: list[t.Timed] = []
    for begin in range(0, len(records), 30):
        body = f.netflow5(records[begin : begin + 30], sequence=begin, sampling=sampling)
        frame = w.ethernet(w.ipv4(w.udp(body, 40000, 2055), "192.0.2.7", "192.0.2.8", 17))
        made.append((f.NOW_S - t.NOON + begin / 30 * 0.001, frame))
    return made


def test_a_long_flow_is_spread_and_never_counted_in_one_instant(tmp_path, about):
    """40 flows of 15 s, told together, are 3,000 packets a second in truth; counted at once they would be 45,000."""
    records = [
        f.V5(src=f"203.0.114.{index}", dst=t.TARGET, src_port=50000 + index, dst_port=t.NOON % 2000 + index * 7,
             protocol=17, packets=1125, octets=1125 * 1000)
        for index in range(40)
    ]  # fmt: skip
    read = tracing.read(file(tmp_path, exported(records)), about)
    assert read.flows == 40
    assert read.found.attacks == ()
    assert read.found.packets == 45_000


def test_whole_flows_of_a_crowd_are_no_attack(tmp_path, about):
    records = [
        f.V5(src=host, dst=t.TARGET, src_port=1024 + index, dst_port=443, protocol=6, flags=0x1B,
             packets=9, octets=2000)
        for index, host in enumerate(t.hosts(random.Random(1), 3000))
    ]  # fmt: skip
    read = tracing.read(file(tmp_path, exported(records)), about)
    assert read.found.attacks == ()
    assert read.found.quiet.flash_crowd > 0.9


def test_what_an_exporter_sampled_is_multiplied(tmp_path, about):
    records = [
        f.V5(src=host, dst=t.TARGET, src_port=123, dst_port=1024 + index, packets=2, octets=936)
        for index, host in enumerate(t.hosts(random.Random(1), 600))
    ]
    attack = first(file(tmp_path, exported(records, sampling=1 << 14 | 100)), about)
    assert attack.vector == "amplification.ntp"
    assert attack.rates.packets == 600 * 2 * 100


def sampled(packets: list[bytes]) -> list[t.Timed]:
    """Packets as sFlow tells of them, one of a thousand each, over two seconds."""
    made: list[t.Timed] = []
    for begin in range(0, len(packets), 5):
        part = packets[begin : begin + 5]
        body = f.sflow(
            *[f.flow_sample(f.raw_header(f.ethernet(each))) for each in part],
            sequence=begin // 5 + 1,
        )
        frame = w.ethernet(w.ipv4(w.udp(body, 40000, 6343), "192.0.2.7", "192.0.2.8", 17))
        made.append((begin * 2.0 / len(packets), frame))
    return made


def test_a_flood_that_sflow_samples_is_named_and_multiplied(tmp_path, about):
    flood = [frame[14:] for _, frame in t.forged(random_tcp(0x02), count=400)]
    attack = first(file(tmp_path, sampled(flood)), about)
    assert attack.vector == "flood.syn"
    assert attack.rates.packets == 400_000
    assert attack.sources.spoofed > 0.9


def test_sampled_acknowledgements_to_a_busy_server_are_no_flood(tmp_path, about):
    dice = random.Random(4)
    packets: list[bytes] = []
    for host in t.hosts(dice, 600):
        packets.append(w.ipv4(w.tcp(b"", t.port(dice), 443, 0x10), host, t.TARGET, ttl=t.far(dice)))
        page = w.tcp(b"x" * 60, 443, t.port(dice), 0x10)
        packets.append(w.ipv4(page, t.TARGET, dice.choice(t.hosts(dice, 3))))
    assert tracing.read(file(tmp_path, sampled(packets)), about).found.attacks == ()
    assert tracing.read(file(tmp_path, sampled(packets[::2])), about).found.attacks == ()
    flood = [frame[14:] for _, frame in t.forged(random_tcp(0x10), count=600)]
    assert first(file(tmp_path, sampled(flood)), about).vector == "flood.ack"


def rows(count: int, **columns: object) -> Traffic:
    made = {name: np.zeros(count, kind) for name, kind in KINDS.items()}
    made["packets"] = np.ones(count)
    made["looked"] = np.ones(count)
    made["src_lo"] = np.arange(count, dtype=np.uint64) | np.uint64(0xFFFF << 32)
    for name, column in columns.items():
        made[name] = (
            np.full(count, column, KINDS[name])
            if np.isscalar(column)
            else np.asarray(column, KINDS[name])
        )
    return Traffic(**made)


def test_a_row_is_spread_evenly_over_its_seconds():
    told = rows(1, start_ms=1_000_500, end_ms=1_004_500, packets=40.0, told=True)
    found = rate(told)
    assert found.bin_ms == 1000
    assert found.packets.tolist() == pytest.approx([5, 10, 10, 10, 5])


def test_a_rate_over_years_stays_within_its_bound():
    found = rate(rows(2, start_ms=[0, 10**12], end_ms=[0, 10**12]))
    assert len(found.packets) <= 200_001
    assert found.packets.sum() == 2


def test_a_tally_that_is_full_estimates_from_pairs_and_keeps_both_directions():
    count = 40_000
    there = rows(count, dst_lo=7)
    back = Traffic(**{
        **{name: getattr(there, name) for name in KINDS},
        "src_lo": there.dst_lo, "src_hi": there.dst_hi, "dst_lo": there.src_lo, "dst_hi": there.src_hi,
    })  # fmt: skip
    tally = Tally(rows_max=10_000)
    for begin in range(0, count, 2_000):
        part = np.arange(begin, begin + 2_000)
        tally.add(joined([there.take(part), back.take(part)]))
    held = tally.traffic()
    assert len(held) <= 10_000
    assert tally.one_of > 1
    assert tally.packets == 2 * count
    assert held.packets.sum() == pytest.approx(2 * count, rel=0.1)
    going, coming = held.take(held.dst_lo == 7), held.take(held.src_lo == 7)
    assert set(going.src_lo.tolist()) == set(coming.dst_lo.tolist())


def test_few_pairs_with_very_much_are_estimated_from_some_of_their_rows():
    tally = Tally(rows_max=1_000)
    for begin in range(0, 5_000, 500):
        tally.add(rows(500, src_lo=5, dst_lo=7, src_port=np.arange(begin, begin + 500)))
    held = tally.traffic()
    assert len(held) <= 1_000
    assert held.packets.sum() == pytest.approx(5_000)


@pytest.mark.parametrize(
    ("text", "bogon"),
    [("10.1.2.3", True), ("8.8.8.8", False), ("100.64.1.1", True), ("100.128.1.1", False), ("224.0.0.5", True),
     ("172.32.0.1", False), ("192.0.2.9", True), ("2001:db8::1", True), ("2a02::1", False), ("fe80::1", True)],
)  # fmt: skip
def test_addresses_that_exist_nowhere_are_known(text, bogon):
    number = int.from_bytes(ipaddress.ip_address(text).packed, "big")
    hi, lo = (0, number | 0xFFFF << 32) if "." in text else (number >> 64, number & (1 << 64) - 1)
    found = addresses.bogons(np.array([hi], np.uint64), np.array([lo], np.uint64))
    assert found.tolist() == [bogon]


def test_the_divergence_of_the_same_is_zero_and_of_strangers_one():
    assert addresses.divergence({"GB": 0.5, "FR": 0.5}, {"GB": 0.5, "FR": 0.5}) == pytest.approx(0)
    assert addresses.divergence({"GB": 1.0}, {"FR": 1.0}) == pytest.approx(1)


@pytest.mark.parametrize(
    "octets", [b"", b"not a capture", b"\x1f\x8b\x08\x00rest", b"192.0.2.1 - - [10/Mar/2025"]
)
def test_what_is_no_capture_is_refused_in_one_line(octets, tmp_path, about):
    path = tmp_path / "x"
    path.write_bytes(octets)
    with pytest.raises(CaptureInvalid) as refused:
        tracing.read(path, about)
    assert "\n" not in str(refused.value)


def test_a_capture_that_ends_within_a_packet_is_judged_by_what_is_there(tmp_path, about):
    path = file(tmp_path, t.forged(random_tcp(0x02)))
    path.write_bytes(path.read_bytes()[:-10])
    read = tracing.read(path, about)
    assert read.found.attacks[0].vector == "flood.syn"
    assert read.aside == {"cut-off": 1}
