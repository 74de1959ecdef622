"""IPFIX: enterprise fields, variable lengths, withdrawals, both directions in one record, every kind of time."""

from __future__ import annotations

import struct

import pytest

from core import flow_samples as fs
from core.flow_samples import NOW_MS, VARIABLE
from core.test_netflow5 import address
from uproar.wire.flows import ipfix
from uproar.wire.flows.batches import Batch
from uproar.wire.flows.datagrams import Datagram, Decoded
from uproar.wire.flows.elements import REVERSE
from uproar.wire.flows.sequence import Sequences
from uproar.wire.flows.templates import Templates

SRC = fs.v4("192.0.2.1")
DST = fs.v4("198.51.100.7")


class Exporter:
    """One reader, fed with messages one after the other."""

    def __init__(self) -> None:
        self.templates, self.sequences = Templates(), Sequences()

    def send(self, *sets: bytes, sequence: int = 0, domain: int = 0, at: int = NOW_MS) -> Decoded:
        return self.take(
            fs.ipfix(*sets, sequence=sequence, domain=domain, seconds=at // 1000), at=at
        )

    def take(self, body: bytes, at: int = NOW_MS) -> Decoded:
        return ipfix.decode(Batch([Datagram(0, at, body)]), self.templates, self.sequences)


def template(*fields: tuple[int, ...], number: int = 300) -> bytes:
    return fs.flow_set(2, fs.template10(number, *fields))


def data(*records: bytes, number: int = 300) -> bytes:
    return fs.flow_set(number, b"".join(records), padding=0)


def test_enterprise_fields_are_stepped_over_and_never_taken_for_ours() -> None:
    fields = (8, 4), (1, 4, 9), (12, 4), (1, 8), (2, 2, 35632), (2, 8)
    flows, told = Exporter().send(
        template(*fields), data(SRC + b"\xff" * 4 + DST + struct.pack(">QHQ", 900, 0xFFFF, 9))
    )
    assert (flows.octets.tolist(), flows.packets.tolist()) == ([900], [9])
    assert told.aside == {}


@pytest.mark.parametrize("length", [0, 1, 254, 255, 300])
def test_fields_of_variable_length_are_stepped_over(length: int) -> None:
    head = bytes([length]) if length < 255 else b"\xff" + length.to_bytes(2, "big")
    text = head + b"x" * length
    fields = (8, 4), (82, VARIABLE), (1, 4), (459, VARIABLE, 9), (2, 4)
    records = [
        SRC + text + struct.pack(">I", n) + b"\x02ab" + struct.pack(">I", n + 1) for n in (5, 6, 7)
    ]
    flows, told = Exporter().send(template(*fields), data(*records, b"\0\0\0"))
    assert flows.octets.tolist() == [5, 6, 7]
    assert flows.packets.tolist() == [6, 7, 8]
    assert told.records == 3


def test_a_long_form_of_a_short_variable_field_is_read_too() -> None:
    record = SRC + b"\xff\x00\x02ab" + struct.pack(">I", 5)
    flows, _ = Exporter().send(template((8, 4), (82, VARIABLE), (1, 4)), data(record, record))
    assert flows.octets.tolist() == [5, 5]


def test_a_variable_field_that_runs_past_the_set_ends_it() -> None:
    good = SRC + b"\x00" + struct.pack(">I", 5)
    flows, _ = Exporter().send(
        template((8, 4), (82, VARIABLE), (1, 4)), data(good, SRC + b"\xfe" + bytes(20))
    )
    assert flows.octets.tolist() == [5]


def test_a_withdrawn_template_is_forgotten_and_all_of_a_kind_at_once() -> None:
    exporter = Exporter()
    exporter.send(template((8, 4)), template((8, 4), number=301), template((8, 4), number=302))
    gone = exporter.send(fs.flow_set(2, struct.pack(">HH", 301, 0)))
    assert gone.told.withdrawals == 1
    assert len(exporter.send(data(SRC), data(SRC, number=301)).flows) == 1
    assert exporter.send(fs.flow_set(2, struct.pack(">HH", 2, 0))).told.withdrawals == 2
    assert len(exporter.send(data(SRC)).flows) == 0


@pytest.mark.parametrize(
    ("packets", "octets"),
    [((2, REVERSE), (1, REVERSE)), ((299,), (232,))],
    ids=["reverse", "responder"],
)
def test_the_other_direction_is_a_flow_of_its_own_with_sides_changed_over(
    packets: tuple[int, ...], octets: tuple[int, ...]
) -> None:
    def field(element: tuple[int, ...]) -> tuple[int, ...]:
        return (element[0], 4, *element[1:])

    fields = (8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (2, 4), (1, 4), field(packets), field(octets)
    ends = SRC + DST + struct.pack(">HHB", 50000, 443, 6)
    both, one = (
        ends + struct.pack(">IIII", 4, 400, 7, 9000),
        ends + struct.pack(">IIII", 1, 40, 0, 0),
    )
    other, none = ends + struct.pack(">IIII", 0, 0, 1, 50), ends + bytes(16)
    flows, told = Exporter().send(template(*fields), data(both, one, other, none))
    assert flows.packets.tolist() == [4, 1, 0, 7, 1]
    assert flows.octets.tolist() == [400, 40, 0, 9000, 50]
    assert flows.dst_port.tolist() == [443, 443, 443, 50000, 50000]
    assert (address(flows, "src", 3), address(flows, "dst", 3)) == ("198.51.100.7", "192.0.2.1")
    assert told.records == 4


def test_initiator_counts_stand_where_there_are_no_delta_counts() -> None:
    flows, _ = Exporter().send(
        template((8, 4), (298, 4), (231, 4)), data(SRC + struct.pack(">II", 4, 400))
    )
    assert (flows.packets.tolist(), flows.octets.tolist()) == ([4], [400])


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        (((152, 8), (153, 8)), struct.pack(">QQ", NOW_MS - 9_000, NOW_MS - 2_000)),
        (((150, 4), (151, 4)), struct.pack(">II", fs.NOW_S - 9, fs.NOW_S - 2)),
        (((154, 8), (155, 8)), fs.ntp(NOW_MS - 9_000) + fs.ntp(NOW_MS - 2_000)),
        (((156, 8), (157, 8)), fs.ntp(NOW_MS - 9_000) + fs.ntp(NOW_MS - 2_000)),
        (((158, 4), (159, 4)), struct.pack(">II", 9_000_000, 2_000_000)),
        (((152, 8), (161, 4)), struct.pack(">QI", NOW_MS - 9_000, 7_000)),
        (((153, 8), (162, 4)), struct.pack(">QI", NOW_MS - 2_000, 7_000_000)),
        (((160, 8), (22, 4), (21, 4)), struct.pack(">QII", NOW_MS - 60_000, 51_000, 58_000)),
        (
            ((22, 4), (21, 4), (152, 8), (153, 8)),
            struct.pack(">IIQQ", 1, 2, NOW_MS - 9_000, NOW_MS - 2_000),
        ),
        (((323, 8), (161, 4)), struct.pack(">QI", NOW_MS - 2_000, 7_000)),
        (
            ((323, 8), (153, 8), (152, 8)),
            struct.pack(">QQQ", NOW_MS, NOW_MS - 2_000, NOW_MS - 9_000),
        ),
    ],
    ids=[
        "ms",
        "s",
        "us",
        "ns",
        "delta",
        "start+duration",
        "end+duration",
        "uptime",
        "ms before uptime",
        "observed",
        "ms before observed",
    ],
)
def test_every_kind_of_time_says_the_same(
    fields: tuple[tuple[int, int], ...], values: bytes
) -> None:
    flows, _ = Exporter().send(template((8, 4), *fields), data(SRC + values))
    assert (flows.start_ms.tolist(), flows.end_ms.tolist()) == ([NOW_MS - 9_000], [NOW_MS - 2_000])


def test_uptimes_without_a_start_of_the_exporter_end_now_and_keep_their_duration() -> None:
    flows, _ = Exporter().send(
        template((8, 4), (22, 4), (21, 4)), data(SRC + struct.pack(">II", 51_000, 58_000))
    )
    assert (flows.start_ms.tolist(), flows.end_ms.tolist()) == ([NOW_MS - 7_000], [NOW_MS])


def test_uptimes_are_dated_by_the_options_that_tell_when_the_exporter_started() -> None:
    exporter = Exporter()
    exporter.send(
        fs.flow_set(3, fs.options10(310, 1, (149, 4), (160, 8))),
        data(struct.pack(">IQ", 0, NOW_MS - 60_000), number=310),
        template((8, 4), (22, 4), (21, 4)),
    )
    flows, _ = exporter.send(data(SRC + struct.pack(">II", 51_000, 58_000)))
    assert (flows.start_ms.tolist(), flows.end_ms.tolist()) == ([NOW_MS - 9_000], [NOW_MS - 2_000])


def test_times_of_no_sense_are_the_time_of_sending() -> None:
    values = struct.pack(">QQ", 2**64 - 1, 2**63)
    flows, _ = Exporter().send(
        template((8, 4), (152, 8), (153, 8)), data(SRC + values, SRC + bytes(16))
    )
    assert flows.start_ms.tolist() == flows.end_ms.tolist() == [NOW_MS, NOW_MS]


@pytest.mark.parametrize(
    ("fields", "values", "rate"),
    [
        (((34, 4),), struct.pack(">I", 500), 500),
        (((305, 4), (306, 4)), struct.pack(">II", 1, 999), 1000),
        (((305, 4), (306, 4)), struct.pack(">II", 10, 990), 100),
        (((309, 4), (310, 4)), struct.pack(">II", 2, 256), 128),
        (((311, 8),), struct.pack(">d", 0.01), 100),
        (((311, 8),), struct.pack(">d", float("nan")), 1),
        (((311, 8),), struct.pack(">d", 5e-324), 2**32 - 1),
        (((305, 4), (306, 4)), struct.pack(">II", 0, 999), 1),
        (((50, 8),), struct.pack(">Q", 2**40), 2**32 - 1),
    ],
)
def test_sampling_is_told_in_many_ways(
    fields: tuple[tuple[int, int], ...], values: bytes, rate: int
) -> None:
    exporter = Exporter()
    exporter.send(
        fs.flow_set(3, fs.options10(310, 1, (149, 4), *fields)), data(bytes(4) + values, number=310)
    )
    flows, _ = exporter.send(template((8, 4)), data(SRC))
    assert flows.sampling.tolist() == [rate]
    flows, _ = Exporter().send(template((8, 4), *fields), data(SRC + values))
    assert flows.sampling.tolist() == [rate]


def test_a_selector_is_looked_up_and_where_all_agree_theirs_goes_for_the_rest() -> None:
    exporter = Exporter()

    def tell(selector: int, space: int) -> None:
        exporter.send(data(struct.pack(">QII", selector, 1, space), number=310))

    exporter.send(
        fs.flow_set(3, fs.options10(310, 1, (302, 8), (305, 4), (306, 4))),
        template((8, 4)),
        template((8, 4), (302, 8), number=301),
    )
    tell(7, 63)
    assert exporter.send(data(SRC)).flows.sampling.tolist() == [64]
    tell(8, 63)
    assert exporter.send(data(SRC)).flows.sampling.tolist() == [64]
    tell(8, 31)
    records = [SRC + struct.pack(">Q", selector) for selector in (8, 7, 9)]
    assert exporter.send(data(*records, number=301)).flows.sampling.tolist() == [32, 64, 1]
    assert exporter.send(data(SRC)).flows.sampling.tolist() == [1]
    exporter.send(
        fs.flow_set(3, fs.options10(311, 1, (149, 4), (34, 4))),
        data(struct.pack(">II", 0, 100), number=311),
    )
    assert exporter.send(data(*records, number=301)).flows.sampling.tolist() == [32, 64, 100]


def test_records_with_room_for_both_families_take_the_one_that_is_told() -> None:
    fields = (8, 4), (12, 4), (27, 16), (28, 16)
    six = bytes(8) + fs.v6("2001:db8::1") + fs.v6("2001:db8::2")
    flows, _ = Exporter().send(template(*fields), data(SRC + DST + bytes(32), six))
    assert [address(flows, "src", row) for row in (0, 1)] == ["192.0.2.1", "2001:db8::1"]
    assert [address(flows, "dst", row) for row in (0, 1)] == ["198.51.100.7", "2001:db8::2"]


def test_two_bytes_of_tcp_control_bits_give_the_lower_eight() -> None:
    flows, _ = Exporter().send(template((8, 4), (6, 2), (4, 1)), data(SRC + b"\x01\x12\x06"))
    assert flows.tcp_flags.tolist() == [0x12]


def test_icmp_type_and_code_may_come_apart() -> None:
    flows, _ = Exporter().send(
        template((8, 4), (4, 1), (176, 1), (177, 1)), data(SRC + bytes([1, 3, 4]))
    )
    assert flows.icmp.tolist() == [0x0304]


def test_fragments_are_told_by_offset_or_flags() -> None:
    records = [SRC + struct.pack(">HB", *each) for each in ((0, 0), (185, 0), (0, 0x20), (0, 0x40))]
    flows, _ = Exporter().send(template((8, 4), (88, 2), (197, 1)), data(*records))
    assert flows.fragment.tolist() == [False, True, True, False]


def test_lost_records_are_counted_unless_a_set_could_not_be_read() -> None:
    exporter = Exporter()
    exporter.send(template((8, 4)), data(SRC, SRC), sequence=10)
    assert exporter.send(data(SRC), sequence=17).told.lost == {0: 5}
    exporter.send(data(SRC, number=999), sequence=18)
    assert exporter.send(data(SRC), sequence=500).told.lost == {}
    assert exporter.send(data(SRC), sequence=502).told.lost == {0: 1}


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("truncated", fs.ipfix()[:15]),
        ("truncated", fs.ipfix(template((8, 4)), length=200)),
        ("truncated", fs.ipfix(length=3)),
        ("trailing", fs.ipfix() + b"\0"),
        ("reserved-set", fs.ipfix(fs.flow_set(0, b"abcd"))),
        ("template-broken", fs.ipfix(fs.flow_set(2, struct.pack(">HHHH", 300, 1, 0x8008, 4)))),
        ("template-broken", fs.ipfix(fs.flow_set(2, struct.pack(">HH", 300, 65535)))),
        ("template-empty", fs.ipfix(fs.flow_set(2, fs.template10(300, (8, 0))))),
    ],
)
def test_what_cannot_be_read_is_counted_by_reason(reason: str, body: bytes) -> None:
    flows, told = Exporter().take(body)
    assert len(flows) == 0
    assert told.aside == {reason: 1}


def test_options_of_variable_fields_alone_are_counted_and_teach_nothing() -> None:
    options = fs.flow_set(3, fs.options10(310, 1, (82, VARIABLE)))
    _, told = Exporter().send(options, data(b"\x02ab\x00", number=310))
    assert (told.options, told.aside) == (2, {})
