"""NetFlow v9: templates, options and data as exporters really send them."""

from __future__ import annotations

import struct

import pytest

from core import flow_samples as fs
from core.flow_samples import NOW_MS, UPTIME_MS
from core.test_netflow5 import address
from uproar.wire.flows import harvest, netflow9, templates
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Templates

USUAL = (
    (8, 4),
    (12, 4),
    (7, 2),
    (11, 2),
    (4, 1),
    (6, 1),
    (2, 4),
    (1, 4),
    (22, 4),
    (21, 4),
    (10, 2),
    (14, 2),
)


def usual(
    src: str = "192.0.2.1", dst: str = "198.51.100.7", packets: int = 3, octets: int = 1404
) -> bytes:
    times = UPTIME_MS - 20_000, UPTIME_MS - 5_000
    return (
        fs.v4(src)
        + fs.v4(dst)
        + struct.pack(">HHBBIIIIHH", 123, 40000, 17, 0, packets, octets, *times, 4, 9)
    )


class Exporter:
    """One reader, fed with datagrams one after the other."""

    def __init__(self) -> None:
        self.templates, self.sequences = Templates(), Sequences()
        self.number = 0

    def send(
        self, *sets: bytes, source: int = 0, at: int = NOW_MS, exporter: int = 0, **more: int
    ) -> Decoded:
        body = fs.netflow9(*sets, sequence=self.number, source=source, seconds=at // 1000, **more)
        self.number += 1
        return self.take(body, at=at, exporter=exporter)

    def take(self, *bodies: bytes, at: int = NOW_MS, exporter: int = 0) -> Decoded:
        batch = [Datagram(exporter, at, body) for body in bodies]
        return netflow9.decode(Batch(batch), self.templates, self.sequences)


def template(*fields: tuple[int, int], number: int = 260) -> bytes:
    return fs.flow_set(0, fs.template9(number, *fields))


def test_a_template_and_its_data_become_flows() -> None:
    flows, told = Exporter().send(
        template(*USUAL), fs.flow_set(260, usual() + usual(packets=5, octets=77))
    )
    assert address(flows, "src") == "192.0.2.1"
    assert address(flows, "dst", 1) == "198.51.100.7"
    assert flows.packets.tolist() == [3, 5]
    assert flows.octets.tolist() == [1404, 77]
    assert flows.start_ms.tolist() == [NOW_MS - 20_000] * 2
    assert flows.end_ms.tolist() == [NOW_MS - 5_000] * 2
    assert (flows.src_port[0], flows.dst_port[0], flows.protocol[0]) == (123, 40000, 17)
    assert (flows.input[0], flows.output[0], flows.sampling[0]) == (4, 9, 1)
    assert (told.templates, told.records, told.aside) == (1, 2, {})


@pytest.mark.parametrize("padding", [0, 1, 2, 3, 4, 7, 12, 33])
@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
def test_what_is_left_of_a_set_is_padding_whatever_its_bytes_as_long_as_it_is_shorter_than_a_record(
    padding: int, fill: bytes
) -> None:
    data = fs.flow_set(260, usual() * 3, padding=padding, fill=fill)
    flows, told = Exporter().send(template(*USUAL), data, fs.flow_set(260, usual()))
    assert flows.packets.tolist() == [3] * 4
    assert told.aside == {}


def test_ipv6_ttl_icmp_and_fragments_have_their_columns() -> None:
    fields = (27, 16), (28, 16), (4, 1), (52, 1), (53, 1), (139, 2), (88, 2), (1, 8), (2, 8)
    data = (
        fs.v6("2001:db8::5")
        + fs.v6("2001:db8:ffff::1")
        + struct.pack(">BBBHHQQ", 58, 61, 64, 0x8700, 185, 2**40, 9)
    )
    flows, _ = Exporter().send(template(*fields), fs.flow_set(260, data))
    assert address(flows, "src") == "2001:db8::5"
    assert address(flows, "dst") == "2001:db8:ffff::1"
    assert (flows.ttl_min[0], flows.ttl_max[0], flows.icmp[0], flows.fragment[0]) == (
        61,
        64,
        0x8700,
        True,
    )
    assert (flows.octets[0], flows.packets[0]) == (2**40, 9)


@pytest.mark.parametrize("length", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_count_may_have_any_number_of_bytes(length: int) -> None:
    most = 256**length - 1
    data = fs.v4("192.0.2.1") + most.to_bytes(length, "big") + (most - 1).to_bytes(length, "big")
    flows, _ = Exporter().send(
        template((8, 4), (1, length), (2, length)), fs.flow_set(260, data, padding=0)
    )
    assert (flows.octets[0].item(), flows.packets[0].item()) == (most, most - 1)


def test_data_before_its_template_waits_for_it_and_keeps_its_own_time() -> None:
    exporter = Exporter()
    early = exporter.send(fs.flow_set(260, usual() * 2), at=NOW_MS)
    assert (len(early.flows), early.told.aside) == (0, {})
    late = exporter.send(template(*USUAL), fs.flow_set(260, usual()), at=NOW_MS + 60_000)
    assert len(late.flows) == 3
    assert sorted(late.flows.end_ms.tolist()) == [NOW_MS - 5_000, NOW_MS - 5_000, NOW_MS + 55_000]


def test_data_whose_template_never_comes_is_counted_when_it_is_too_old() -> None:
    exporter = Exporter()
    exporter.send(fs.flow_set(260, usual()), fs.flow_set(261, usual()))
    assert exporter.templates.sweep(NOW_MS + templates.WAITING_MS) == {}
    assert exporter.templates.sweep(NOW_MS + templates.WAITING_MS + templates.SWEEP_MS) == {
        "no-template": 2
    }
    assert len(exporter.send(template(*USUAL), at=NOW_MS + 700_000).flows) == 0


def test_what_waits_is_bounded_and_the_rest_counted() -> None:
    exporter = Exporter()
    big = fs.flow_set(260, bytes(60_000))
    told = [exporter.send(big).told.aside["no-template"] for _ in range(6)]
    assert told == [0, 0, 0, 0, 1, 1]


def test_a_template_that_changes_is_read_as_it_was_at_each_set() -> None:
    exporter = Exporter()
    old, new = ((8, 4), (1, 4)), ((1, 4), (8, 4))
    src = fs.v4("192.0.2.9")
    flows, _ = exporter.send(
        template(*old),
        fs.flow_set(260, src + b"\0\0\0\1"),
        template(*new),
        fs.flow_set(260, b"\0\0\0\2" + src),
    )
    assert sorted(flows.octets.tolist()) == [1, 2]
    assert {address(flows, "src", 0), address(flows, "src", 1)} == {"192.0.2.9"}


def test_templates_belong_to_one_exporter_and_one_source() -> None:
    exporter = Exporter()
    exporter.send(template(*USUAL), source=1)
    assert len(exporter.send(fs.flow_set(260, usual()), source=2).flows) == 0
    assert len(exporter.send(fs.flow_set(260, usual()), source=1, exporter=1).flows) == 0
    assert len(exporter.send(fs.flow_set(260, usual()), source=1).flows) == 1


def test_a_template_that_is_not_repeated_expires() -> None:
    exporter = Exporter()
    exporter.send(template(*USUAL))
    assert (
        len(exporter.send(fs.flow_set(260, usual()), at=NOW_MS + templates.LIFETIME_MS).flows) == 1
    )
    assert (
        len(exporter.send(fs.flow_set(260, usual()), at=NOW_MS + templates.LIFETIME_MS + 1).flows)
        == 0
    )


def test_options_tell_the_sampling_of_later_flows_of_their_source() -> None:
    exporter = Exporter()
    options = fs.flow_set(1, fs.options9(300, [(1, 4)], [(34, 4), (35, 1)]))
    before = exporter.send(template(*USUAL), fs.flow_set(260, usual()), source=1)
    exporter.send(options, fs.flow_set(300, struct.pack(">IIB", 7, 1000, 2)), source=1)
    after = exporter.send(fs.flow_set(260, usual()), source=1)
    other = exporter.send(template(*USUAL), fs.flow_set(260, usual()), source=2)
    assert [each.flows.sampling.tolist() for each in (before, after, other)] == [[1], [1000], [1]]
    assert after.flows.packets.tolist() == [3]


def test_a_record_that_names_its_sampler_has_the_rate_of_that_sampler() -> None:
    exporter = Exporter()
    options = fs.flow_set(1, fs.options9(300, [(2, 2)], [(48, 1), (49, 1), (50, 4)]))
    rates = b"".join(
        struct.pack(">HBBI", 5, number, 2, rate) for number, rate in ((1, 64), (2, 4096))
    )
    exporter.send(options, fs.flow_set(300, rates))
    data = b"".join(fs.v4("192.0.2.1") + bytes([number]) for number in (2, 1, 9))
    flows, _ = exporter.send(template((8, 4), (48, 1)), fs.flow_set(260, data))
    assert flows.sampling.tolist() == [4096, 64, 1]


def test_a_scope_is_no_element() -> None:
    exporter = Exporter()
    options = fs.flow_set(1, fs.options9(300, [(34, 4)], [(41, 4)]))
    exporter.send(options, fs.flow_set(300, struct.pack(">II", 999, 7)), template(*USUAL))
    assert exporter.send(fs.flow_set(260, usual())).flows.sampling.tolist() == [1]


@pytest.mark.parametrize(
    ("reason", "content"),
    [
        ("template-empty", fs.template9(260)),
        ("template-empty", fs.template9(260, (8, 0), (12, 0))),
        ("template-large", fs.template9(260, *[(5, 1)] * 513)),
        ("template-large", fs.template9(260, (5, 16_385))),
        ("template-broken", fs.template9(255, (8, 4))),
        ("template-broken", struct.pack(">HHHH", 260, 9, 8, 4)),
    ],
)
def test_a_template_that_cannot_be_used_is_counted_and_its_data_brings_nothing(
    reason: str, content: bytes
) -> None:
    flows, told = Exporter().send(fs.flow_set(0, content), fs.flow_set(260, bytes(64)))
    assert len(flows) == 0
    assert told.aside == {reason: 1}


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("truncated", fs.netflow9()[:19]),
        ("version", fs.netflow9(version=8)),
        ("truncated", fs.netflow9(struct.pack(">HH", 260, 400))),
        ("set-length", fs.netflow9(struct.pack(">HHI", 260, 3, 1))),
        ("set-length", fs.netflow9(struct.pack(">HHI", 260, 0, 1))),
        ("reserved-set", fs.netflow9(fs.flow_set(17, b"abcd"))),
        ("template-broken", fs.netflow9(fs.flow_set(1, struct.pack(">HHHHH", 300, 3, 4, 1, 4)))),
    ],
)
def test_what_cannot_be_read_is_counted_by_reason(reason: str, body: bytes) -> None:
    flows, told = Exporter().take(body)
    assert len(flows) == 0
    assert told.aside == {reason: 1}


def test_records_without_an_address_are_counted() -> None:
    _, told = Exporter().send(template((1, 4), (2, 4)), fs.flow_set(260, bytes(24)))
    assert told.aside == {"no-address": 3}
    _, told = Exporter().send(template((8, 3), (27, 4)), fs.flow_set(260, bytes(14), padding=0))
    assert told.aside == {"no-address": 2}


def test_templates_of_one_exporter_are_bounded() -> None:
    exporter = Exporter()
    refused = 0
    for round_, begin in enumerate(range(256, 256 + templates.TEMPLATES_MAX + 100, 100)):
        exporter.templates.sweep(NOW_MS + round_ * templates.SWEEP_MS)
        many = b"".join(fs.template9(number, (8, 4)) for number in range(begin, begin + 100))
        refused += exporter.send(fs.flow_set(0, many)).told.aside["template-limit"]
    assert refused == -(-(templates.TEMPLATES_MAX + 100) // 100) * 100 - templates.TEMPLATES_MAX
    assert exporter.send(template(*USUAL), exporter=1).told.aside == {}


def test_lost_datagrams_are_counted_by_exporter() -> None:
    exporter = Exporter()
    exporter.send()
    exporter.number = 5
    assert exporter.send().told.lost == {0: 4}


def test_an_exporter_that_changes_its_templates_all_the_time_is_slowed_down() -> None:
    exporter = Exporter()
    many = b"".join(
        fs.template9(300, (8, 4), (9000, 1 + n % 9)) for n in range(templates.CHANGES_MAX + 5)
    )
    assert exporter.send(fs.flow_set(0, many)).told.aside == {"template-limit": 5}
    assert exporter.send(template((8, 4))).told.aside == {"template-limit": 1}
    exporter.templates.sweep(NOW_MS + templates.SWEEP_MS)
    assert exporter.send(template((8, 4))).told.aside == {}


def test_more_layouts_than_are_gathered_at_once_are_all_read() -> None:
    sets = [
        template((8, 4), (9000 + n, 1), number=256 + n)
        + fs.flow_set(256 + n, fs.v4(f"192.0.{n // 250}.{n % 250}") + b"x")
        for n in range(harvest.GATHERED_MAX + 44)
    ]
    flows, _ = Exporter().send(*sets)
    assert len(set(flows.src_lo.tolist())) == harvest.GATHERED_MAX + 44


def test_domains_of_one_exporter_are_bounded_and_idle_ones_make_room() -> None:
    exporter = Exporter()
    told = [exporter.send(source=n).told for n in range(templates.DOMAINS_MAX + 3)]
    assert sum(each.aside["exporter-limit"] for each in told) == 3
    assert exporter.send(source=templates.DOMAINS_MAX, exporter=1).told.aside == {}
    exporter.templates.sweep(NOW_MS + templates.SWEEP_MS)
    assert exporter.send(source=templates.DOMAINS_MAX).told.aside == {}
