"""Whatever stands in a settings file, or in a proxy's header: it is read, or refused in plain words."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from uproar.app import settings
from uproar.errors import SettingsInvalid
from uproar.inlets import proxies
from uproar.inlets.addresses import packed, text_of
from uproar.inlets.flows.sockets import Endpoint, endpoint

NAMES = st.sampled_from(
    ["server", "journal", "reports", "catalog", "detection", "site", "port", "host", "keep_days",
     "trusted_proxies", "title", "queue_max", "nonsense", "false_alarms_per_week", "traffic", "listen", "workers",
     "exporters", "keep_mb", "hostgroups", "[traffic.hostgroups]", "prefixes", "name"]
)  # fmt: skip
VALUES = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.sampled_from(
        ["true", "[]", "{}", '""', '["10.0.0.0/8"]', '["x"]', "nan", "inf", "1979-05-27"]
    ),
    st.text("abc\"'\\\n#=[]", max_size=8).map(lambda text: f"'{text}'"),
)
LINES = st.lists(
    st.one_of(
        NAMES.map(lambda name: f"[{name}]"),
        st.tuples(NAMES, VALUES).map(lambda pair: f"{pair[0]} = {pair[1]}"),
    ),
    max_size=12,
).map("\n".join)


def read(raw: bytes) -> None:
    complaint = ""
    try:
        chosen = settings.parse(raw, "uproar.toml", Path("/somewhere"))
    except SettingsInvalid as problem:
        complaint = str(problem)
    else:
        assert 0 <= chosen.server.port <= 65_535
    assert all(line.startswith("uproar.toml:") for line in complaint.splitlines())


@given(text=LINES)
def test_settings_are_read_or_refused_with_their_line(text: str) -> None:
    read(text.encode())


@given(raw=st.binary(max_size=200))
def test_any_bytes_are_no_reason_for_a_traceback(raw: bytes) -> None:
    read(raw)


@given(
    values=st.lists(
        st.one_of(
            st.binary(max_size=60), st.text('0123456789.:, []"for=;', max_size=60).map(str.encode)
        ),
        max_size=4,
    ),
    header=st.sampled_from(["x-forwarded-for", "forwarded"]),
)
def test_whatever_a_proxy_s_header_says_there_is_an_address(
    values: list[bytes], header: proxies.HeaderName
) -> None:
    known = proxies.proxies(["127.0.0.0/8"], header)
    peer = packed("127.0.0.1")
    assert peer is not None
    headers = [(header.encode(), value) for value in values]
    address, malformed = proxies.client_address(peer, headers, known)
    assert len(address) in {4, 16}
    assert malformed >= 0


@given(
    st.binary(min_size=4, max_size=4) | st.binary(min_size=16, max_size=16), st.integers(0, 65_535)
)
def test_an_endpoint_that_is_written_is_read_as_itself(address: bytes, port: int) -> None:
    written = Endpoint(text_of(address), port)
    assert endpoint(written.text) == written


@given(st.text("0123456789abcdef:.[]% \u0661", max_size=24))
def test_what_is_no_endpoint_is_refused_in_words(text: str) -> None:
    complaint = "is no address and port"
    try:
        found = endpoint(text)
    except SettingsInvalid as problem:
        complaint = str(problem)
    else:
        assert packed(found.host) is not None
        assert 0 <= found.port <= 65_535
    assert "is no address and port" in complaint
