from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import frame_writer as w
from core import traffic_writer as t
from uproar.app import tracing
from uproar.present.tracing import WHO, report, sentence, worded
from uproar.trace.amplifiers import AMPLIFIERS
from uproar.trace.attack import Traced


@pytest.fixture(scope="module")
def about():
    return tracing.known()


@pytest.fixture
def traced(about, tmp_path: Path) -> Callable[[list[t.Timed]], Traced]:
    def trace(frames: list[t.Timed]) -> Traced:
        file = tmp_path / "capture.pcap"
        file.write_bytes(t.capture(frames))
        return tracing.read(file, about).found

    return trace


def vectors(found: Traced) -> list[list[str]]:
    return [[each.name for each in attack.vectors] for attack in found.attacks]


@pytest.mark.parametrize("service", AMPLIFIERS, ids=lambda each: f"{each.name}-{each.port}")
def test_answers_of_every_service_in_the_table_are_named_by_it(service, traced):
    found = traced(t.reflected(service.port, max(service.payload_min * 2, 30)))
    assert vectors(found) == [[f"amplification.{service.name}"]]
    (attack,) = found.attacks
    assert attack.target == t.TARGET
    assert attack.sources.reason == "reflected"
    assert not attack.sources.meaningful


def random_tcp(flags: int, dport: int | None = 443) -> Callable[[random.Random], bytes]:
    return lambda d: w.tcp(b"", t.port(d), dport or t.port(d), flags)


def label(dice: random.Random) -> bytes:
    name = "".join(dice.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(12)).encode()
    head = dice.randrange(65536).to_bytes(2, "big")
    return (
        head + b"\x01\x00\x00\x01" + bytes(6) + b"\x0c" + name + b"\x07example\x00\x00\x01\x00\x01"
    )


@pytest.mark.parametrize(
    ("frames", "vector"),
    [
        (lambda: t.forged(random_tcp(0x02)), "flood.syn"),
        (lambda: t.forged(random_tcp(0xC2)), "flood.syn"),
        (lambda: t.forged(random_tcp(0x02, None)), "flood.syn"),
        (lambda: t.genuine(random_tcp(0x02), 6), "flood.syn"),
        (lambda: t.forged(random_tcp(0x12)), "flood.syn-ack"),
        (lambda: t.forged(random_tcp(0x12, None)), "flood.syn-ack"),
        (lambda: t.genuine(lambda d: w.tcp(b"", d.choice((22, 80, 179, 443, 993)), 80, 0x12), 6), "reflection.syn-ack"),
        (lambda: t.forged(lambda d: w.tcp(b"", t.port(d), 443, d.choice((0x02, 0x12)))), "flood.syn"),
        (lambda: t.forged(random_tcp(0x10)), "flood.ack"),
        (lambda: t.forged(random_tcp(0x18)), "flood.ack"),
        (lambda: t.forged(random_tcp(0x04)), "flood.rst"),
        (lambda: t.forged(random_tcp(0x01)), "flood.fin"),
        (lambda: t.forged(random_tcp(0x00)), "flood.tcp-odd"),
        (lambda: t.forged(random_tcp(0x29)), "flood.tcp-odd"),
        (lambda: t.genuine(lambda d: w.tcp(b"", d.choice((80, 443)), t.port(d), 0x12), 6), "reflection.syn-ack"),
        (lambda: t.genuine(lambda d: w.tcp(b"HTTP/1.1 403 Forbidden\r\n", 80, t.port(d), 0x18), 6), "amplification.tcp-middlebox"),
        (lambda: t.forged(lambda _: w.icmp(8, 0, bytes(32)), 1), "flood.icmp"),
        (lambda: t.genuine(lambda _: w.icmp(0, 0, bytes(32)), 1), "reflection.icmp"),
        (lambda: t.genuine(lambda d: w.gre(w.ipv4(w.udp(b"x", 5, 6), t.anywhere(d), t.anywhere(d), 17)), 47), "flood.gre"),
        (lambda: t.genuine(lambda d: w.udp(d.randbytes(64), t.port(d), t.port(d))), "flood.udp"),
        (lambda: t.forged(lambda d: w.udp(d.randbytes(64), t.port(d), 30000), 17), "flood.udp"),
        (lambda: t.genuine(lambda _: w.udp(b"\xff" * 64, 4444, 30000), count=9000, sources=60), "flood.udp"),
        (lambda: t.genuine(lambda _: bytes(800), offset=1480), "flood.fragments"),
        (lambda: t.genuine(lambda d: w.udp(label(d), t.port(d), 53), sources=60), "flood.dns-names"),
        (lambda: t.forged(lambda _: bytes(40), 50), "unknown"),
    ],
)  # fmt: skip
def test_floods_are_named_by_their_shape(frames, vector, traced):
    assert vectors(traced(frames())) == [[vector]]


def test_several_vectors_at_once_are_one_attack_and_the_largest_is_first(traced):
    found = traced([*t.forged(random_tcp(0x02), count=4000), *t.reflected(123, 440, 2000)])
    assert vectors(found) == [["flood.syn", "amplification.ntp"]]
    assert sum(each.share for each in found.attacks[0].vectors) == pytest.approx(1, abs=0.001)


def test_later_fragments_belong_to_the_answers_that_they_are_parts_of(traced):
    first = t.genuine(lambda d: w.udp(bytes(1400), 53, t.port(d)), more=True, sources=300)
    later = t.genuine(lambda _: bytes(900), offset=1408, sources=300)
    found = traced([*first, *later])
    assert vectors(found) == [["amplification.dns"]]
    assert found.attacks[0].rates.packets == 6000


def test_the_resets_and_errors_of_reflectors_are_part_of_the_reflection(traced):
    def answer(dice: random.Random) -> bytes:
        return w.tcp(b"", 80, t.port(dice), dice.choice((0x12, 0x12, 0x12, 0x04)))

    errors = t.genuine(lambda _: w.icmp(3, 3, bytes(28)), 1, count=600)
    found = traced([*t.genuine(answer, 6), *errors])
    assert vectors(found) == [["reflection.syn-ack"]]
    assert found.attacks[0].rates.packets == 3600


def test_carpet_bombing_is_one_attack_on_a_prefix(traced):
    frames = t.genuine(
        lambda d: w.udp(bytes(440), 123, t.port(d)),
        count=6000,
        target=lambda d: f"198.51.100.{d.randrange(256)}",
    )
    found = traced(frames)
    assert vectors(found) == [["amplification.ntp"]]
    assert found.attacks[0].target == "198.51.100.0/24"


def test_a_busy_host_does_not_hide_the_bombing_of_its_prefix(traced):
    bombs = t.genuine(
        lambda d: w.udp(bytes(440), 123, t.port(d)),
        count=3000,
        target=lambda d: f"198.51.100.{d.randrange(256)}",
    )
    found = traced(sorted([*bombs, *t.crowd()]))
    assert [each.target for each in found.attacks] == ["198.51.100.0/24"]
    assert vectors(found) == [["amplification.ntp"]]


def test_two_targets_are_two_attacks(traced):
    other = t.genuine(lambda d: w.udp(bytes(200), 389, t.port(d)), target=lambda _: "203.0.114.7")
    found = traced([*t.forged(random_tcp(0x02)), *other])
    assert {each.target: each.vector for each in found.attacks} == {
        t.TARGET: "flood.syn",
        "203.0.114.7": "amplification.cldap",
    }


def test_ipv6_is_seen_as_ipv4_is(traced):
    def answer(dice: random.Random) -> bytes:
        host = f"2a02:{dice.randrange(1, 400):x}::{dice.randrange(1, 9):x}"
        return w.ipv6(w.udp(bytes(440), 123, t.port(dice)), host, "2001:db8:5::2", 17)

    frames = [(at, w.ethernet(frame[14:], 0x86DD)) for at, frame in t.many(3000, answer)]
    found = traced(frames)
    assert vectors(found) == [["amplification.ntp"]]
    assert found.attacks[0].target == "2001:db8:5::2"


def ntp_clients() -> list[t.Timed]:
    """An NTP server is asked by clients that ask from port 123 themselves."""
    return t.genuine(lambda _: w.udp(b"\x23" + bytes(47), 123, 123))


def asked_dns() -> list[t.Timed]:
    """A resolver asks, and is answered at length."""
    dice = random.Random(11)
    frames: list[t.Timed] = []
    for index, host in enumerate(t.hosts(dice, 1500)):
        sport, at = t.port(dice), index * 0.001
        frames.append((at, w.ethernet(w.ipv4(w.udp(bytes(40), sport, 53), t.TARGET, host, 17))))
        frames.append(
            (at + 0.0005, w.ethernet(w.ipv4(w.udp(bytes(1200), 53, sport), host, t.TARGET, 17)))
        )
    return frames


def scanner() -> list[t.Timed]:
    return t.many(3000, lambda d: w.ipv4(w.tcp(b"", 40000, t.port(d)), "203.0.114.9", t.TARGET))


def phones() -> list[t.Timed]:
    """A media server: hundreds of calls, each at a steady pace, all packets of one size; captured on one side."""
    return t.genuine(
        lambda d: w.udp(b"\x80\x00" + d.randbytes(170), 6000, 7002), count=12_000, sources=300
    )


def acknowledgements() -> list[t.Timed]:
    """A fifth of a second of what the clients of a download server send, each already connected."""
    dice = random.Random(2)
    frames: list[t.Timed] = []
    for host in t.hosts(dice, 900):
        sport, life = t.port(dice), t.far(dice)
        one = w.ethernet(w.ipv4(w.tcp(b"", sport, 443, 0x10), host, t.TARGET, ttl=life))
        frames += [(dice.random() * 0.2, one) for _ in range(dice.randrange(1, 5))]
    return sorted(frames)


def call() -> list[t.Timed]:
    """One fat one-way stream of UDP, as of video."""
    return t.many(
        8000, lambda _: w.ipv4(w.udp(bytes(1100), 7000, 7002), "203.0.114.9", t.TARGET, 17)
    )


@pytest.mark.parametrize(
    "frames",
    [
        t.backup, lambda: t.backup(one_way=True), t.crowd, lambda: t.crowd(one_way=True),
        ntp_clients, asked_dns, scanner, call, phones, acknowledgements,
        lambda: t.forged(random_tcp(0x02), count=400), list,
    ],
    ids=[
        "backup", "backup-one-way", "crowd", "crowd-one-way",
        "ntp-server", "resolver", "port-scan", "video", "phones", "downloads", "too-little", "nothing",
    ],
)  # fmt: skip
def test_ordinary_traffic_is_no_attack(frames, traced):
    found = traced(frames())
    assert found.attacks == ()
    assert report(found)[0].startswith("No attack is seen")


def test_a_crowd_of_people_is_told_as_a_crowd(traced):
    quiet = traced(t.crowd()).quiet
    assert quiet.flash_crowd > 0.9
    assert quiet.whole > 0.99
    assert traced(t.backup()).quiet.flash_crowd < 0.05


def test_a_flood_among_a_crowd_is_still_seen_and_the_crowd_is_no_part_of_it(traced):
    found = traced(sorted([*t.crowd(), *t.forged(random_tcp(0x02), count=6000)]))
    assert vectors(found) == [["flood.syn"]]
    assert found.attacks[0].rates.packets == 6000
    assert found.attacks[0].sources.spoofed > 0.9


def test_a_server_that_refuses_a_flood_has_not_asked_for_it(traced):
    flood = t.forged(random_tcp(0x10))
    refusals = [
        (at + 0.001, w.ethernet(w.ipv4(w.tcp(b"", 443, int.from_bytes(f[34:36], "big"), 0x04), t.TARGET, ".".join(map(str, f[26:30])))))
        for at, f in flood
    ]  # fmt: skip
    assert vectors(traced(sorted([*flood, *refusals]))) == [["flood.ack"]]


def test_answers_among_ordinary_one_way_traffic_are_the_only_attack(traced):
    first = t.genuine(lambda d: w.udp(bytes(1400), 53, t.port(d)), more=True, sources=60, count=800)
    found = traced(sorted([*first, *acknowledgements(), *t.crowd(300, one_way=True)]))
    assert vectors(found) == [["amplification.dns"]]


def test_a_mirror_over_gre_is_looked_into(traced):
    frames = [(at, w.ethernet(w.ipv4(w.gre(f[14:]), "203.0.113.1", "203.0.113.2", 47))) for at, f in t.forged(random_tcp(0x02))]  # fmt: skip
    assert [each.target for each in traced(frames).attacks] == [t.TARGET]


def test_every_word_of_evidence_and_every_vector_can_be_said(traced):
    for frames in (t.forged(random_tcp(0x02)), t.reflected(53, 900)):
        (attack,) = traced(frames).attacks
        for each in (*attack.evidence, *attack.sources.evidence, *attack.vectors[0].evidence):
            assert sentence(each)
        assert worded(attack.vector)


def test_the_report_masks_the_target_and_says_what_cannot_be_told(traced):
    found = traced(t.forged(random_tcp(0x02)))
    lines = "\n".join(report(found))
    assert "198.51.100.0/24" in lines
    assert t.TARGET not in lines
    assert t.TARGET in "\n".join(report(found, addresses=True))
    assert WHO in lines
    assert "Countries mean nothing here" in lines


def test_times_and_rates_are_those_of_the_frames(traced):
    (attack,) = traced(t.forged(random_tcp(0x02), count=4000)).attacks
    assert attack.from_ms == t.NOON * 1000
    assert attack.to_ms == pytest.approx(t.NOON * 1000 + 2000, abs=2)
    assert attack.rates.packets == 4000
    assert attack.rates.peak_packets_s == pytest.approx(2000, rel=0.02)
    assert np.isclose(attack.rates.octets, 4000 * 40)
