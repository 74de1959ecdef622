from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core import frame_writer as w
from uproar.wire.packets import frames, links
from uproar.wire.packets.headers import Frames, decode

LINKS = st.sampled_from([*links.LINKS, 9, 147])
INNER = w.ipv4(w.udp(b"x"), protocol=17)
SOUND = (
    w.ethernet(w.ipv4(w.tcp(b"abc"))),
    w.ethernet(w.ipv6(w.extension(44, w.fragment(17, w.udp(b"x"), 0, True)), following=0), 0x86DD),
    w.ethernet(w.labels(w.ipv4(w.gre(INNER, key=1), protocol=47), 5, 6), 0x8847),
    w.ethernet(
        w.ipv4(w.udp(w.vxlan(w.ethernet(INNER)), 1, 4789), protocol=17), tags=((0x88A8, 9),)
    ),
    w.ethernet(w.ipv4(w.udp(w.geneve(w.ethernet(INNER)), 1, 6081), protocol=17)),
)


@st.composite
def nearly_sound(draw: st.DrawFn) -> bytes:
    """A sound frame with some octets changed and its end cut off."""
    frame = bytearray(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(0, 4))):
        frame[draw(st.integers(0, len(frame) - 1))] = draw(st.integers(0, 255))
    return bytes(frame[: draw(st.integers(0, len(frame)))])


ANY = st.lists(st.one_of(st.binary(max_size=200), nearly_sound()), max_size=20)


@settings(max_examples=400)
@given(ANY, LINKS)
def test_no_octets_raise_and_every_frame_is_a_packet_or_counted(batch, link):
    read = decode(Frames.joined(batch), link)
    assert len(read) == len(batch)
    assert int(read.ok.sum()) + sum(read.rejects.values()) == len(batch)


@settings(max_examples=400)
@given(ANY, LINKS)
def test_what_is_said_to_be_captured_lies_within_its_own_frame(batch, link):
    given_frames = Frames.joined(batch)
    read = decode(given_frames, link)
    some = read.payload_captured > 0
    assert (read.payload_captured >= 0).all()
    assert (read.payload_at[some] >= given_frames.offset[some]).all()
    ends = given_frames.offset + given_frames.captured
    assert ((read.payload_at + read.payload_captured)[some] <= ends[some]).all()


@settings(max_examples=200)
@given(ANY, LINKS)
def test_a_frame_is_read_alike_whatever_lies_beside_it(batch, link):
    together = decode(Frames.joined(batch), link)
    for row, frame in enumerate(batch):
        alone = decode(Frames.joined([frame]), link)
        for name in frames.KINDS:
            if name != "payload_at":
                assert getattr(together, name)[row] == getattr(alone, name)[0], name


@given(st.binary(max_size=80), st.integers(0, 2**32 - 1))
def test_any_original_length_is_borne(frame, original):
    batch = Frames(
        np.frombuffer(frame, np.uint8), np.array([0]), np.array([len(frame)]), np.array([original])
    )
    assert len(decode(batch, links.LINK_ETHERNET)) == 1
