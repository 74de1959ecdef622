from __future__ import annotations

import struct

import pytest

from core import capture_writer as c
from core import frame_writer as w
from uproar.errors import CaptureInvalid
from uproar.wire.packets import capture, captured, headers

ONE, TWO = w.ethernet(w.ipv4(w.tcp(b"one"))), w.ethernet(w.ipv4(w.udp(b"second"), protocol=17))
NOON = 1_741_608_000  # 10 March 2025, 12:00 UTC.
NOON_NS = NOON * captured.SECOND_NS


def read(octets: bytes, piece: int = 1 << 20) -> tuple[list[captured.Batch], captured.Tally]:
    reader = capture.reader(octets)
    made = []
    for begin in range(0, len(octets), piece):
        made += reader.feed(octets[begin : begin + piece])
    return made + reader.end(), reader.tally


def seen(made: list[captured.Batch]) -> list[tuple[int, int, bytes, int]]:
    """Link, time, octets and original length of each frame."""
    found = []
    for batch in made:
        frames = batch.frames
        for row in range(len(frames)):
            begin, count = int(frames.offset[row]), int(frames.captured[row])
            octets = frames.data[begin : begin + count].tobytes()
            found.append((batch.link, int(batch.at_ns[row]), octets, int(frames.original[row])))
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("nano", "part", "part_ns"), [(False, 250_000, 250_000_000), (True, 7, 7)])
def test_a_pcap_is_read_in_both_orders_and_both_precisions(order, nano, part, part_ns):
    file = c.pcap([(NOON, part, ONE), (NOON + 1, 0, TWO)], order=order, nano=nano)
    made, tally = read(file)
    assert seen(made) == [
        (1, NOON_NS + part_ns, ONE, len(ONE)),
        (1, NOON_NS + captured.SECOND_NS, TWO, len(TWO)),
    ]
    assert tally.rejects == {}


NG = (
    c.section()
    + c.interface(1)
    + c.interface(101, 0, c.option(2, b"eth1") + c.option(9, b"\x09") + c.option(0, b""))
    + c.block(5, bytes(12))
    + c.enhanced(ONE, NOON * 10**6 + 5)
    + c.enhanced(ONE[14:], NOON_NS + 6, 1)
    + c.obsolete(TWO, NOON * 10**6)
    + c.simple(TWO)
)


@pytest.mark.parametrize("piece", [1, 3, 17, 64, 1 << 20])
def test_it_does_not_matter_in_what_pieces_a_file_comes(piece):
    file = c.pcap([(NOON, i, ONE if i % 3 else TWO) for i in range(40)])
    assert seen(read(file, piece)[0]) == seen(read(file)[0])
    assert sorted(seen(read(NG, piece)[0])) == sorted(seen(read(NG)[0]))


def test_a_pcapng_has_interfaces_with_links_and_clocks_of_their_own():
    made, tally = read(NG)
    assert sorted(seen(made)) == sorted(
        [
            (1, NOON_NS + 5_000, ONE, len(ONE)),
            (101, NOON_NS + 6, ONE[14:], len(ONE) - 14),
            (1, NOON_NS, TWO, len(TWO)),
            (1, captured.NO_TIME, TWO, len(TWO)),
        ]
    )
    assert tally.rejects == {captured.WITHOUT_TIME: 1}


@pytest.mark.parametrize(
    ("resolution", "offset", "units", "at_ns"),
    [
        (6, 0, NOON * 10**6 + 1, NOON_NS + 1_000),
        (0, 0, NOON, NOON_NS),
        (3, 3600, (NOON - 3600) * 1000 + 4, NOON_NS + 4_000_000),
        (9, -60, (NOON + 60) * 10**9 + 9, NOON_NS + 9),
        (12, NOON, 123_456_789, NOON_NS + 123_456),
        (0x80 | 10, 0, NOON << 10 | 512, NOON_NS + 500_000_000),
        (0x80 | 32, 0, (NOON << 32) | 1 << 31, NOON_NS + 500_000_000),
        (0x80 | 60, NOON, 1 << 59, NOON_NS + 500_000_000),
        (20, 0, 5, captured.NO_TIME),
        (0xFF, 0, 5, captured.NO_TIME),
        (6, 0, 2**64 - 1, captured.NO_TIME),
        (0, 2**63 - 1, 2**64 - 1, captured.NO_TIME),
        (6, -(2**63), 5, captured.NO_TIME),
    ],
)
def test_the_clock_of_an_interface_is_followed(resolution, offset, units, at_ns):
    options = c.option(9, bytes([resolution])) + c.option(14, struct.pack("<q", offset))
    made, _ = read(c.section() + c.interface(1, 0, options) + c.enhanced(ONE, units))
    assert [at for _, at, _, _ in seen(made)] == [at_ns]


def test_sections_of_a_pcapng_may_differ_in_order_and_forget_interfaces():
    little = c.section() + c.interface(1) + c.enhanced(ONE, 10**6)
    big = c.section(">") + c.interface(101, order=">") + c.enhanced(ONE[14:], 2 * 10**6, order=">")
    stray = c.section() + c.enhanced(ONE, 5)
    made, tally = read(little + big + stray)
    assert [(link, at) for link, at, _, _ in seen(made)] == [
        (1, captured.SECOND_NS),
        (101, 2 * captured.SECOND_NS),
    ]
    assert tally.rejects == {captured.UNKNOWN_INTERFACE: 1}


@pytest.mark.parametrize("piece", [8, 1 << 20])
def test_an_interface_that_is_described_too_late_is_not_known(piece):
    file = c.section() + c.enhanced(ONE, 5) + c.simple(ONE) + c.interface() + c.enhanced(TWO, 5)
    made, tally = read(file, piece)
    assert [octets for _, _, octets, _ in seen(made)] == [TWO]
    assert tally.rejects == {captured.UNKNOWN_INTERFACE: 2}


def test_a_simple_block_is_cut_where_its_interface_cuts():
    made, _ = read(c.section() + c.interface(1, 60) + c.simple(ONE + bytes(13), 70))
    assert seen(made) == [(1, captured.NO_TIME, (ONE + bytes(13))[:60], 70)]


@pytest.mark.parametrize("cut", [1, 15, 20, len(ONE) + 10])
def test_of_a_file_that_was_cut_off_what_is_whole_is_read(cut):
    file = c.pcap([(1, 0, TWO), (2, 0, ONE)])
    made, tally = read(file[:-cut])
    assert [octets for _, _, octets, _ in seen(made)] == [TWO]
    assert tally.rejects == {captured.CUT_OFF: 1}
    made, tally = read(NG[:-cut])
    assert captured.CUT_OFF in tally.rejects


@pytest.mark.parametrize("length", [captured.CAPTURED_MAX + 1, 2**32 - 1])
def test_a_record_of_absurd_length_ends_the_reading_and_is_told(length):
    file = c.pcap([(1, 0, ONE)]) + struct.pack("<IIII", 1, 0, length, length) + bytes(1000)
    made, tally = read(file, 64)
    assert [octets for _, _, octets, _ in seen(made)] == [ONE]
    assert tally.rejects == {captured.ABSURD_LENGTH: 1}
    assert tally.damage.startswith(
        f"at octet {24 + 16 + len(ONE)} of the file: a record of {length:,}"
    )


@pytest.mark.parametrize("length", [0, 8, 13, 30, captured.BLOCK_MAX + 4, 2**32 - 4])
def test_a_block_of_absurd_length_ends_the_reading_and_is_told(length):
    begun = c.section() + c.interface() + c.enhanced(ONE)
    made, tally = read(begun + struct.pack("<II", 6, length) + bytes(1000))
    assert [octets for _, _, octets, _ in seen(made)] == [ONE]
    assert tally.damage.startswith(f"at octet {len(begun)} of the file: a block of {length:,}")


def test_a_packet_block_that_claims_more_than_it_holds_is_set_aside():
    file = c.section() + c.interface() + c.enhanced(ONE, captured=5000) + c.enhanced(TWO)
    short = c.block(6, bytes(4)) + c.block(3, b"") + c.block(1, b"")
    made, tally = read(file + short)
    assert [octets for _, _, octets, _ in seen(made)] == [TWO]
    assert tally.rejects == {captured.ABSURD_LENGTH: 3}


def test_interfaces_and_sections_without_end_are_not_borne():
    last = captured.INTERFACES_MAX
    file = c.section() + c.interface() * (last + 1) + c.enhanced(ONE, 5, last) + c.enhanced(TWO, 5)
    made, tally = read(file)
    assert [octets for _, _, octets, _ in seen(made)] == [TWO]
    assert tally.rejects == {captured.UNKNOWN_INTERFACE: 2}
    _, tally = read(c.section() * (captured.SECTIONS_MAX + 1))
    assert "sections" in tally.damage


@pytest.mark.parametrize(
    ("octets", "told"),
    [
        (b"", "begins with nothing"),
        (b"GET ", "47455420"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"\x34\xcd\xb2\xa1", "editcap"),
    ],
)
def test_what_is_no_capture_is_refused_in_words(octets, told):
    assert not capture.is_capture(octets)
    with pytest.raises(CaptureInvalid, match=told):
        capture.reader(octets)


def test_a_capture_that_is_only_a_beginning_is_refused():
    with pytest.raises(CaptureInvalid, match="within its header"):
        read(c.pcap([])[:20])
    with pytest.raises(CaptureInvalid, match="first section"):
        read(c.section()[:20])
    with pytest.raises(CaptureInvalid, match="version 9"):
        read(c.pcap([])[:4] + b"\x09" + c.pcap([])[5:])


def test_batches_are_bounded_and_carry_their_own_octets():
    count = captured.FRAMES_MAX + 10
    made, _ = read(c.pcap([(1, 0, b"\x45")] * count), 1 << 22)
    assert [len(batch.frames) for batch in made] == [captured.FRAMES_MAX, 10]
    assert len(made[1].frames.data) == 9 * 17 + 1


@pytest.mark.parametrize("piece", [100, 5_000])
def test_no_more_is_held_than_a_piece_and_a_record(piece):
    frame = bytes(1_400)
    packets, unread = c.enhanced(frame) * 200, c.block(0xBAD, bytes(100_000))
    for file, longest in (
        (c.pcap([(1, 0, frame)] * 200), 1_500),
        (c.section() + c.interface() + packets, 1_500),
        (c.section() + unread + c.interface() + packets, 100_012),
    ):
        reader, most = capture.reader(file), 0
        for begin in range(0, len(file), piece):
            reader.feed(file[begin : begin + piece])
            most = max(most, len(reader._pieces))
        assert most <= piece + longest


def test_a_capture_of_two_links_is_decoded_by_both():
    made, _ = read(NG)
    ports = [int(p) for b in made for p in headers.decode(b.frames, b.link).dst_port]
    assert sorted(ports) == [443, 443, 40001, 40001]
