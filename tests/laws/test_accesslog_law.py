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
