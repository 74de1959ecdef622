from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from core import capture_writer as c
from core import frame_writer as w
from uproar.errors import CaptureInvalid
from uproar.wire.packets import capture, captured, headers

FRAME = w.ethernet(w.ipv4(w.tcp(b"abc")))
FILES = (
    c.pcap([(1, 2, FRAME), (3, 4, FRAME)]),
    c.pcap([(1, 2, FRAME)], order=">", nano=True),
    c.section() + c.interface(1, 0, c.option(9, b"\x09")) + c.enhanced(FRAME, 5) + c.simple(FRAME),
    c.section(">") + c.interface(order=">") + c.obsolete(FRAME, 5, order=">") + c.section(),
)


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A sound file with some octets changed, its end cut off and anything behind it."""
    file = bytearray(draw(st.sampled_from(FILES)))
    for _ in range(draw(st.integers(0, 5))):
        file[draw(st.integers(4, len(file) - 1))] = draw(st.sampled_from([0, 1, 4, 127, 128, 255]))
    return bytes(file[: draw(st.integers(4, len(file)))]) + draw(st.binary(max_size=60))


def frames_of(file: bytes, sizes: list[int]) -> list[tuple[int, int, bytes]] | str:
    try:
        reader = capture.reader(file)
        made, at, turn = [], 0, 0
        while at < len(file):
            size = sizes[turn % len(sizes)]
            made += reader.feed(file[at : at + size])
            at, turn = at + size, turn + 1
        made += reader.end()
    except CaptureInvalid as error:
        return str(error)
    found = []
    for batch in made:
        headers.decode(batch.frames, batch.link)
        for begin, count, at_ns in zip(
            batch.frames.offset, batch.frames.captured, batch.at_ns, strict=True
        ):
            octets = batch.frames.data[int(begin) : int(begin + count)].tobytes()
            found.append((batch.link, int(at_ns), octets))
    assert reader.tally.octets == len(file)
    return sorted(found)


@settings(max_examples=500)
@given(files(), st.lists(st.integers(1, 90), min_size=1, max_size=5))
def test_a_damaged_file_is_read_alike_in_whatever_pieces_it_comes(file, sizes):
    assert frames_of(file, sizes) == frames_of(file, [len(file)])


@given(st.sampled_from([file[:4] for file in FILES]), st.binary(max_size=400))
def test_no_octets_raise_but_in_words(begun, octets):
    frames_of(begun + octets, [50])


TIMES = st.integers(0, 2**32 - 1)
RECORDS = st.lists(
    st.tuples(TIMES, st.integers(0, 999_999_999), st.binary(max_size=99)), max_size=9
)


@given(RECORDS, st.sampled_from("<>"), st.lists(st.integers(1, 300), min_size=1, max_size=3))
def test_what_was_written_as_pcap_is_what_is_read(records, order, sizes):
    file = c.pcap(records, order=order, nano=True, link=101)
    expected = [(101, s * captured.SECOND_NS + part, frame) for s, part, frame in records]
    assert frames_of(file, sizes) == sorted(expected)


@given(RECORDS, st.sampled_from("<>"), st.lists(st.integers(1, 300), min_size=1, max_size=3))
def test_what_was_written_as_pcapng_is_what_is_read(records, order, sizes):
    clock = c.option(9, b"\x09", order)
    file = c.section(order) + c.interface(101, 0, clock, order)
    file += b"".join(c.enhanced(f, s * 10**9 + part, order=order) for s, part, f in records)
    expected = [(101, s * captured.SECOND_NS + part, frame) for s, part, frame in records]
    assert frames_of(file, sizes) == sorted(expected)
