"""Only what a proxy of ours says of a client is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import SettingsInvalid
from uproar.inlets.addresses import packed, prefix
from uproar.inlets.proxies import HOPS_MAX, Proxies, client_address, proxies

OURS = proxies(["10.0.0.0/8", "2001:db8:ffff::/48"])
RFC = proxies(["10.0.0.0/8"], "forwarded")
PROXY = "10.0.0.1"


def client(header: str, known: Proxies = OURS, peer: str = PROXY) -> tuple[str | None, bool]:
    raw = packed(peer)
    assert raw is not None
    name = known.header.encode()
    found, malformed = client_address(raw, [(b"host", b"x"), (name, header.encode())], known)
    return next((text for text in (peer, *CANDIDATES) if packed(text) == found), None), malformed


CANDIDATES = ("192.0.2.1", "192.0.2.2", "2001:db8::1", "10.0.0.2")


@pytest.mark.parametrize(
    ("header", "wanted", "malformed"),
    [
        ("192.0.2.1", "192.0.2.1", False),
        (" 192.0.2.1 ", "192.0.2.1", False),
        ("192.0.2.2, 192.0.2.1", "192.0.2.1", False),
        ("192.0.2.2, 192.0.2.1, 10.0.0.2", "192.0.2.1", False),
        ("nonsense, 192.0.2.1, 10.0.0.2", "192.0.2.1", False),
        ("2001:db8::1", "2001:db8::1", False),
        ("[2001:db8::1]:443", "2001:db8::1", False),
        ("192.0.2.1:55000", "192.0.2.1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", False),
        ("10.0.0.2", "10.0.0.2", False),
        ("192.0.2.1, nonsense", PROXY, True),
        ("", PROXY, True),
        ("192.0.2.1,", PROXY, True),
        ("192.0.2.1:http", PROXY, True),
        ("[2001:db8::1", PROXY, True),
        ("999.1.1.1", PROXY, True),
        ("192.0.2.1\x00", PROXY, True),
        (", ".join(["192.0.2.1"] * (HOPS_MAX + 1)), PROXY, True),
        ("192.0.2.1" + " " * 3000, PROXY, True),
    ],
)
def test_the_rightmost_address_that_is_not_ours_is_the_client(
    header: str, wanted: str, malformed: bool
) -> None:
    assert client(header) == (wanted, malformed)


@pytest.mark.parametrize(
    ("header", "wanted", "malformed"),
    [
        ("for=192.0.2.1", "192.0.2.1", False),
        ('For="[2001:db8::1]:4711";proto=https', "2001:db8::1", False),
        ("for=192.0.2.2, proto=http;for=192.0.2.1;by=10.0.0.2, for=10.0.0.2", "192.0.2.1", False),
        ("for=unknown", PROXY, True),
        ("for=_hidden", PROXY, True),
        ("by=192.0.2.1", PROXY, True),
        ("for=", PROXY, True),
        ('for="192.0.2.1', PROXY, True),
    ],
)
def test_forwarded_is_read_as_rfc_7239_says(header: str, wanted: str, malformed: bool) -> None:
    assert client(header, RFC) == (wanted, malformed)


def test_a_client_that_is_no_proxy_cannot_claim_to_be_another() -> None:
    assert client("192.0.2.1", peer="192.0.2.2") == ("192.0.2.2", False)
    assert client("192.0.2.1", Proxies()) == (PROXY, False)


def test_the_header_that_our_proxy_does_not_write_is_not_believed() -> None:
    raw = packed(PROXY) or b""
    headers = [(b"forwarded", b"for=192.0.2.2"), (b"x-forwarded-for", b"192.0.2.1")]
    assert client_address(raw, headers, OURS) == (packed("192.0.2.1"), False)
    assert client_address(raw, headers, RFC) == (packed("192.0.2.2"), False)


def test_a_header_in_several_lines_is_one_list() -> None:
    raw = packed(PROXY) or b""
    headers = [(b"x-forwarded-for", b"192.0.2.2"), (b"x-forwarded-for", b"192.0.2.1, 10.0.0.2")]
    assert client_address(raw, headers, OURS) == (packed("192.0.2.1"), False)


@given(st.binary(max_size=100), st.sampled_from([OURS, RFC]))
def test_any_header_leaves_an_address(header: bytes, known: Proxies) -> None:
    raw = packed(PROXY) or b""
    found, malformed = client_address(raw, [(known.header.encode(), header)], known)
    assert len(found) in {4, 16}
    assert not malformed or found == raw


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "x", "", "::/129"])
def test_what_is_no_network_is_refused_with_how_to_write_one(text: str) -> None:
    with pytest.raises(SettingsInvalid, match=r"write it like 10\.0\.0\.0/8"):
        prefix(text)
