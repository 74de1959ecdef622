from __future__ import annotations

import ipaddress

import numpy as np
import pytest

from core import frame_writer as w
from uproar.errors import ShapeMismatch
from uproar.wire.packets import frames, links
from uproar.wire.packets.headers import EXTENSIONS_MAX, Frames, Packets, decode

SYN = w.ipv4(w.tcp())
ETHERNET = links.LINK_ETHERNET


def one(frame: bytes, link: int = ETHERNET, **how: bool) -> Packets:
    return decode(Frames.joined([frame]), link, **how)


def src(packets: Packets, row: int = 0) -> str:
    number = int(packets.src_hi[row]) << 64 | int(packets.src_lo[row])
    address = ipaddress.IPv6Address(number)
    return str(address.ipv4_mapped or address)


def dst(packets: Packets, row: int = 0) -> str:
    number = int(packets.dst_hi[row]) << 64 | int(packets.dst_lo[row])
    address = ipaddress.IPv6Address(number)
    return str(address.ipv4_mapped or address)


def told(packets: Packets) -> tuple[str, str, int, int, int]:
    return (
        src(packets),
        dst(packets),
        int(packets.protocol[0]),
        int(packets.src_port[0]),
        int(packets.dst_port[0]),
    )


def test_a_syn_over_ethernet_is_read_to_its_last_field():
    read = one(w.ethernet(w.ipv4(w.tcp(b"", 40000, 443, 0xC2, options=b"\x02\x04\x05\xb4"))))
    assert told(read) == ("192.0.2.1", "198.51.100.2", 6, 40000, 443)
    assert (read.tcp_flags[0], read.window[0], read.tcp_seq[0]) == (0xC2, 29200, 0x01020304)
    assert (read.ttl[0], read.ip_id[0], read.total_length[0], read.payload_length[0]) == (
        57,
        4711,
        44,
        0,
    )
    assert read.ok[0]
    assert read.transport[0]
    assert not read.fragment[0]
    assert read.rejects == {}


PLAIN = ("192.0.2.1", "198.51.100.2", 6, 40000, 443)
SIX = ("2001:db8::1", "2001:db8:ffff::2", 6, 40000, 443)


@pytest.mark.parametrize(
    ("frame", "link", "expected"),
    [
        (w.ethernet(SYN, tags=((0x8100, 12),)), 1, PLAIN),
        (w.ethernet(SYN, tags=((0x88A8, 7), (0x8100, 12))), 1, PLAIN),
        (w.ethernet(w.labels(SYN, 16, 17, 18), 0x8847), 1, PLAIN),
        (w.ethernet(w.labels(w.ipv6(w.tcp()), 16), 0x8847), 1, SIX),
        (w.ethernet(w.labels(bytes(4) + w.ethernet(SYN), 16), 0x8847), 1, PLAIN),
        (w.ethernet(w.pppoe(SYN), 0x8864), 1, PLAIN),
        (w.ethernet(w.pppoe(w.ipv6(w.tcp()), 0x57), 0x8864), 1, SIX),
        (w.ethernet(w.ipv6(w.tcp()), 0x86DD), 1, SIX),
        (SYN, 101, PLAIN),
        (w.ipv6(w.tcp()), 12, SIX),
        (SYN, links.LINK_IPV4, PLAIN),
        (w.ipv6(w.tcp()), links.LINK_IPV6, SIX),
        (w.cooked(SYN), 113, PLAIN),
        (w.cooked(w.ipv6(w.tcp()), 0x86DD), 113, SIX),
        (w.cooked_2(SYN), 276, PLAIN),
        (b"\x02\x00\x00\x00" + SYN, 0, PLAIN),
        (b"\x00\x00\x00\x02" + SYN, 0, PLAIN),
        (b"\x1e\x00\x00\x00" + w.ipv6(w.tcp()), 0, SIX),
        (b"\x00\x00\x00\x18" + w.ipv6(w.tcp()), 108, SIX),
    ],
)
def test_ip_is_found_behind_every_link_that_is_read(frame, link, expected):
    read = one(frame, link)
    assert read.rejects == {}
    assert told(read) == expected


def test_the_outermost_vlan_is_told():
    assert one(w.ethernet(SYN, tags=((0x88A8, 7), (0x8100, 12)))).vlan[0] == 7


def test_options_of_ipv4_are_stepped_over():
    read = one(w.ethernet(w.ipv4(w.udp(b"abc"), protocol=17, options=b"\x94\x04\x00\x00")))
    assert told(read)[2:] == (17, 123, 40001)
    assert read.payload_length[0] == 3


def test_the_payload_can_be_looked_at_where_it_was_captured():
    batch = Frames.joined(
        [w.ethernet(w.ipv4(w.udp(b"\x17\x00\x03\x2a"), protocol=17)) + b"padding"]
    )
    read = decode(batch, ETHERNET)
    begin, count = int(read.payload_at[0]), int(read.payload_captured[0])
    assert batch.data[begin : begin + count].tobytes() == b"\x17\x00\x03\x2a"


def test_only_the_first_fragment_has_ports():
    first = one(w.ethernet(w.ipv4(w.udp(bytes(24)), protocol=17, more=True)))
    later = one(w.ethernet(w.ipv4(bytes(24), protocol=17, offset=1480)))
    assert (first.fragment[0], first.src_port[0], first.transport[0]) == (True, 123, True)
    assert (later.fragment[0], later.src_port[0], later.transport[0]) == (True, 0, False)
    assert (later.fragment_offset[0], later.payload_length[0]) == (1480, 24)


def test_fragments_of_ipv6_are_as_those_of_ipv4():
    first = one(w.ethernet(w.ipv6(w.fragment(17, w.udp(bytes(8)), 0, True), following=44), 0x86DD))
    later = one(w.ethernet(w.ipv6(w.fragment(17, bytes(16), 1448, False), following=44), 0x86DD))
    assert (first.fragment[0], first.protocol[0], first.src_port[0]) == (True, 17, 123)
    assert (later.fragment[0], later.protocol[0], later.src_port[0]) == (True, 17, 0)
    assert (later.fragment_offset[0], later.ip_id[0], later.payload_length[0]) == (
        1448,
        0xABCD1234,
        16,
    )


def test_an_atomic_fragment_is_no_fragment():
    read = one(w.ethernet(w.ipv6(w.fragment(17, w.udp(), 0, False), following=44), 0x86DD))
    assert (read.fragment[0], read.src_port[0]) == (False, 123)


def test_extension_headers_are_stepped_over():
    chain = w.extension(43, w.extension(60, w.extension(51, w.authentication(6, w.tcp())), 2), 1)
    assert told(one(w.ethernet(w.ipv6(chain, following=0), 0x86DD))) == SIX


def test_extension_headers_without_end_are_not_followed_but_the_packet_counts():
    chain, following = w.tcp(), 6
    for _ in range(EXTENSIONS_MAX + 1):
        chain, following = w.extension(following, chain), 60
    read = one(w.ethernet(w.ipv6(chain, following=60), 0x86DD))
    assert (read.ok[0], read.protocol[0], read.transport[0], read.dst_port[0]) == (
        True,
        60,
        False,
        0,
    )


def test_type_and_code_of_icmp_stand_where_exporters_put_them():
    read = one(w.ethernet(w.ipv4(w.icmp(3, 3, bytes(28)), protocol=1)))
    assert (read.protocol[0], read.src_port[0], read.dst_port[0]) == (1, 0, 3 * 256 + 3)
    six = one(w.ethernet(w.ipv6(w.icmp(128, 0), following=58), 0x86DD))
    assert six.dst_port[0] == 128 * 256


def test_a_length_of_zero_is_taken_from_the_frame():
    sent = w.ipv4(w.tcp(bytes(9000), flags=0x10), total=0)
    read = one(w.ethernet(sent))
    assert (read.total_length[0], read.payload_length[0]) == (len(sent), 9000)


def test_a_short_capture_keeps_what_the_headers_say():
    frame = w.ethernet(w.ipv4(w.tcp(bytes(1000), flags=0x18)))
    read = decode(Frames.joined([frame[:64]], [len(frame)]), ETHERNET)
    assert (read.total_length[0], read.payload_length[0], read.payload_captured[0]) == (
        1040,
        1000,
        10,
    )


def test_where_the_capture_ends_before_the_flags_they_are_not_said_to_be_zero():
    frame = w.ethernet(SYN)
    read = decode(Frames.joined([frame[:42]], [len(frame)]), ETHERNET)
    assert (read.ok[0], read.src_port[0], read.dst_port[0]) == (True, 40000, 443)
    assert not read.transport[0]


INNER = w.ipv4(w.udp(b"x", 1, 2), "203.0.113.5", "203.0.113.6", 17)
WITHIN = ("203.0.113.5", "203.0.113.6", 17, 1, 2)
INNER_SIX = w.ipv6(w.udp(b"x", 1, 2), "2001:db8::5", "2001:db8::6", 17)
WITHIN_SIX = ("2001:db8::5", "2001:db8::6", 17, 1, 2)


@pytest.mark.parametrize(
    ("outer", "tunnel", "expected"),
    [
        (w.ipv4(w.gre(INNER), protocol=47), frames.GRE, WITHIN),
        (w.ipv4(w.gre(INNER, key=5, sequence=9), protocol=47), frames.GRE, WITHIN),
        (w.ipv4(w.gre(INNER_SIX, 0x86DD), protocol=47), frames.GRE, WITHIN_SIX),
        (w.ipv4(w.gre(w.ethernet(INNER), 0x6558), protocol=47), frames.GRE, WITHIN),
        (
            w.ipv4(
                w.gre(b"\x10\x01" + bytes(6) + w.ethernet(INNER), 0x88BE, sequence=1), protocol=47
            ),
            frames.GRE,
            WITHIN,
        ),
        (w.ipv4(w.gre(w.ethernet(INNER), 0x88BE), protocol=47), frames.GRE, WITHIN),
        (w.ipv4(w.udp(w.vxlan(w.ethernet(INNER)), 999, 4789), protocol=17), frames.VXLAN, WITHIN),
        (w.ipv4(w.udp(w.geneve(w.ethernet(INNER)), 9, 6081), protocol=17), frames.GENEVE, WITHIN),
        (
            w.ipv4(w.udp(w.geneve(INNER, 0x0800, bytes(8)), 9, 6081), protocol=17),
            frames.GENEVE,
            WITHIN,
        ),
        (w.ipv4(INNER, protocol=4), frames.IP_IN_IP, WITHIN),
        (w.ipv4(INNER_SIX, protocol=41), frames.IP_IN_IP, WITHIN_SIX),
        (w.ipv4(w.ipv4(w.gre(INNER), protocol=47), protocol=4), frames.IP_IN_IP, WITHIN),
    ],
)
def test_the_headers_within_a_tunnel_count_and_the_tunnel_is_told(outer, tunnel, expected):
    read = one(w.ethernet(outer))
    assert told(read) == expected
    assert read.tunnel[0] == tunnel
    outside = one(w.ethernet(outer), inner=False)
    assert told(outside)[:2] == ("192.0.2.1", "198.51.100.2")
    assert outside.tunnel[0] == tunnel


def test_tunnels_in_tunnels_are_followed_to_a_bound():
    deep = INNER
    for _ in range(5):
        deep = w.ipv4(deep, "10.0.0.1", "10.0.0.2", protocol=4)
    read = one(w.ethernet(deep))
    assert (read.ok[0], src(read), read.protocol[0]) == (True, "10.0.0.1", 4)


@pytest.mark.parametrize(
    "payload", [b"", b"\x08", bytes(60), b"\x08" + bytes(60), w.vxlan(w.ethernet(b"", 0x0806))]
)
def test_what_only_has_the_port_of_a_tunnel_stays_what_it_is(payload):
    read = one(w.ethernet(w.ipv4(w.udp(payload, 5, 4789), protocol=17)))
    assert told(read)[2:] == (17, 5, 4789)
    assert read.tunnel[0] == frames.NO_TUNNEL


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (b"", "truncated"),
        (w.ethernet(SYN)[:13], "truncated"),
        (w.ethernet(SYN)[:33], "truncated"),
        (w.ethernet(w.ipv6(b""), 0x86DD)[:53], "truncated"),
        (w.ethernet(b"", 0x8100), "truncated"),
        (w.ethernet(bytes(28), 0x0806), "not-ip"),
        (w.ethernet(bytes(40), 0x0026), "not-ip"),
        (w.ethernet(bytes(40), 0x0000), "not-ip"),
        (w.ethernet(w.labels(b"\x90" + bytes(40), 3), 0x8847), "not-ip"),
        (w.ethernet(w.ipv6(w.tcp())), "bad-version"),
        (w.ethernet(SYN, 0x86DD), "bad-version"),
        (w.ethernet(w.ipv4(w.tcp(), first=0x44)), "bad-header"),
        (w.ethernet(w.ipv4(w.tcp(), total=19)), "bad-length"),
        (w.ethernet(SYN, tags=((0x8100, 1),) * 20), "too-deep"),
        (w.ethernet(w.labels(SYN, *range(20)), 0x8847), "too-deep"),
    ],
)
def test_what_is_no_packet_is_counted_by_reason(frame, reason):
    read = one(frame)
    assert read.rejects == {reason: 1}
    assert told(read) == ("::", "::", 0, 0, 0)


@pytest.mark.parametrize("kind", [0, 4, 0x0806])
def test_a_cooked_frame_that_says_no_ip_is_none_whatever_it_looks_like(kind):
    assert one(w.cooked(SYN, kind), links.LINK_COOKED).rejects == {"not-ip": 1}
    assert one(w.cooked_2(SYN, kind), links.LINK_COOKED_2).rejects == {"not-ip": 1}


def test_a_link_that_is_not_known_rejects_all_its_frames():
    assert decode(Frames.joined([SYN, SYN]), 147).rejects == {"unknown-link": 2}


def test_no_frames_are_no_packets():
    assert len(decode(Frames.joined([]), ETHERNET)) == 0


def test_frames_beside_their_buffer_are_our_own_mistake():
    whole = np.array([0]), np.array([5]), np.array([5])
    with pytest.raises(ShapeMismatch):
        Frames(np.zeros(4, np.uint8), *whole)
    with pytest.raises(ShapeMismatch):
        Frames(np.zeros(9, np.uint8), whole[0], whole[1], np.array([5, 6]))


def test_many_packets_of_all_sorts_are_read_as_each_alone():
    sorts = [
        w.ethernet(SYN),
        w.ethernet(w.ipv6(w.udp(), following=17), 0x86DD),
        w.ethernet(bytes(28), 0x0806),
        w.ethernet(w.ipv4(w.gre(INNER), protocol=47)),
        w.ethernet(
            w.ipv4(w.udp(w.vxlan(w.ethernet(INNER)), 1, 4789), protocol=17), tags=((0x8100, 3),)
        ),
        w.ethernet(w.ipv4(bytes(9), offset=80)),
        b"\x00",
    ]
    count = 20_000
    together = decode(Frames.joined([sorts[i % len(sorts)] for i in range(count)]), ETHERNET)
    for place, frame in enumerate(sorts):
        alone = one(frame)
        for name in frames.KINDS:
            if name != "payload_at":
                column = getattr(together, name)[place :: len(sorts)]
                assert (column == getattr(alone, name)[0]).all(), (place, name)
