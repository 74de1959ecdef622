from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.log_samples import SAMPLES
from uproar.errors import LogUnknown
from uproar.wire.accesslog import clients, clocks
from uproar.wire.accesslog.reading import FORMATS, read, sniff

SLUGS = st.sampled_from(sorted(FORMATS))
ANY = st.binary(max_size=300)


@st.composite
def nearly_sound(draw: st.DrawFn) -> bytes:
    """A sound line of any format with some octets changed, doubled or cut off."""
    line = bytearray(
        draw(st.sampled_from(sorted(line for lines in SAMPLES.values() for line in lines)))
    )
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(line) - 1))
        line[place : place + 1] = draw(
            st.sampled_from([b'"', b"\\", b" ", b"]", b"-", b"9" * 30, b""])
        )
        line = line or bytearray(b"-")
    return bytes(line[: draw(st.integers(0, len(line)))])


LINES = st.lists(st.one_of(ANY, nearly_sound()), max_size=12)


@settings(max_examples=500)
@given(LINES, SLUGS)
def test_no_line_raises_and_every_line_is_a_request_or_set_aside_or_says_nothing(lines, slug):
    found = read(lines, FORMATS[slug])
    places = [*found.line.tolist(), *found.rejected_line.tolist()]
    assert len(places) == len(set(places))
    silent = [n for n, line in enumerate(lines) if n not in places]
    assert all(
        lines[n].strip(b"\xef\xbb\xbf\r\n") == b"" or slug in ("w3c", "cloudfront") for n in silent
    )
    assert (np.diff(found.rejected_line) > 0).all()
    assert (found.at_ms >= 0).all()


@settings(max_examples=200)
@given(LINES)
def test_a_format_is_told_or_refused_in_words(lines):
    try:
        form = sniff(lines)
    except LogUnknown:
        return
    read(lines, form)


@settings(max_examples=200)
@given(LINES, SLUGS)
def test_a_line_is_read_alike_whatever_stands_beside_it(lines, slug):
    if slug in ("w3c", "cloudfront"):
        return
    together = read(lines, FORMATS[slug])
    for row, place in enumerate(together.line.tolist()):
        alone = read([lines[place]], FORMATS[slug])
        for name in (
            "at_ms",
            "client_lo",
            "path_hash",
            "query_hash",
            "status",
            "octets",
            "agent_hash",
        ):
            assert getattr(alone, name)[0] == getattr(together, name)[row]


@given(st.ip_addresses())
def test_every_address_is_read_back(address):
    number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
    text = str(address).encode()
    spelt = [
        text,
        b"%b:443" % text if address.version == 4 else b"[%b]:443" % text,
        b"1.1.1.1, " + text,
    ]
    for hi, lo in zip(*clients.halves(spelt), strict=True):
        assert int(hi) << 64 | int(lo) == number


@given(st.integers(0, 4_000_000_000_000))
def test_a_time_is_the_same_in_all_spellings(at_ms):
    then = datetime.fromtimestamp(at_ms // 1000, UTC)
    part = b".%03d" % (at_ms % 1000)
    iso = then.strftime("%Y-%m-%dT%H:%M:%S").encode() + part + b"Z"
    clf = then.strftime("%d/%b/%Y:%H:%M:%S").encode() + part + b" +0000"
    assert clocks.iso([iso]) == clocks.clf([clf]) == at_ms


def escaped(octets: bytes) -> bytes:
    """As nginx writes what it does not print."""
    return b"".join(
        b"\\x%02X" % octet if octet < 32 or octet > 126 or octet in b'"\\' else bytes([octet])
        for octet in octets
    )


@given(
    st.ip_addresses(),
    st.binary(max_size=60).filter(lambda path: not set(path) & set(b" ?")),
    st.binary(max_size=40),
    st.binary(min_size=1, max_size=40),
    st.integers(100, 599),
    st.integers(0, 2**40),
    st.integers(0, 4_000_000_000),
)
def test_what_a_server_wrote_is_what_is_read(address, path, query, agent, status, octets, second):
    then = datetime.fromtimestamp(second, UTC).strftime("%d/%b/%Y:%H:%M:%S +0000").encode()
    target = b"/" + path + b"?" + query.replace(b" ", b"+")
    line = b'%b - - [%b] "GET %b HTTP/1.1" %d %d "-" "%b"' % (
        str(address).encode(), then, escaped(target), status, octets, escaped(agent)
    )  # fmt: skip
    found = read([line], FORMATS["combined"])
    assert found.rejects == {}
    assert list(found.path) == [b"/" + path]
    assert (found.status[0], found.octets[0], found.at_ms[0]) == (status, octets, second * 1000)
    assert found.query[0]
    number = int(address) | (0xFFFF << 32 if address.version == 4 else 0)
    assert int(found.client_hi[0]) << 64 | int(found.client_lo[0]) == number
