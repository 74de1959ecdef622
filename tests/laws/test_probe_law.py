"""Whatever a peer sends, reading it ends, raises nothing, and shows nothing raw."""

from __future__ import annotations

import ipaddress
import json
import unicodedata

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from core.answer_samples import SAMPLES
from uproar.catalog import tells
from uproar.detect.finding import find
from uproar.errors import UrlInvalid
from uproar.inlets.guard import Guard
from uproar.model.fault import LAYERS
from uproar.model.measurement import (
    STEPS,
    STRENGTHS,
    Certificate,
    Check,
    Connect,
    Exchange,
    Failure,
    Handshake,
    Hop,
    Http3,
    Lookup,
    Measurement,
)
from uproar.present.probing import lines
from uproar.wire import certificate, failures, measurements, weburl
from uproar.wire.fingerprints import Answer, match, readable

SHUT = {"Cc", "Cs", "Zl", "Zp"}
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
KNOWN = tells.load()
TEXT = st.text(max_size=60)
HEADER_NAMES = st.sampled_from(
    [
        "server",
        "via",
        "x-cache",
        "cf-ray",
        "cf-mitigated",
        "retry-after",
        "x-served-by",
        "set-cookie",
        "x-azure-ref",
    ]
)
PIECES = st.sampled_from([sample.body for sample in SAMPLES.values()] + ["&#35;", "<", "\u202e"])
BODIES = st.one_of(
    st.binary(max_size=2_000), st.lists(PIECES, max_size=4).map("".join).map(str.encode)
)


@given(
    st.integers(0, 999),
    st.lists(st.tuples(HEADER_NAMES, TEXT), max_size=8).map(tuple),
    BODIES,
    st.integers(0, 100_000),
)
def test_any_answer_is_matched_in_order_of_strength(
    status: int, headers: tuple[tuple[str, str], ...], body: bytes, length: int
) -> None:
    found = match(Answer("a.example", status, headers, body, length), KNOWN)
    assert len({one.id for one in found}) == len(found)
    faults = [STRENGTHS.index(one.strength) for one in found if one.kind != "relay"]
    assert faults == sorted(faults)
    assert all(one.rests_on and one.layer in LAYERS for one in found)
    relays = [one.kind == "relay" for one in found]
    assert relays == sorted(relays)


@given(st.binary(max_size=3_000))
@example(b"&#" + b"1" * 5_000 + b";")
def test_any_body_can_be_read(body: bytes) -> None:
    assert isinstance(readable(body), str)


@given(st.text(max_size=80))
@example("https://[::1]")
@example("http://\u3002/")
def test_an_address_is_refused_or_keeps_its_form(text: str) -> None:
    try:
        check = weburl.check(text)
    except UrlInvalid:
        return
    assert weburl.check(check.url) == check
    assert check.url.isascii()
    assert check.url.isprintable()
    assert " " not in check.url
    assert "@" not in check.url.partition("://")[2].partition("/")[0]
    assert 1 <= check.port <= 65_535


@given(st.text(max_size=80))
def test_a_redirect_is_refused_or_leads_to_an_address(location: str) -> None:
    try:
        moved = weburl.moved(weburl.check("https://a.example/b?c"), location)
    except UrlInvalid:
        return
    assert weburl.check(moved.url) == moved


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_as_public_as_the_registry_says(address: ipaddress.IPv4Address) -> None:
    refused = bool(Guard().refusal(str(address), 443))
    if not address.is_global or address.is_multicast:
        assert refused or str(address) in {"192.0.0.9", "192.0.0.10"}
    for form in (f"::ffff:{address}", f"64:ff9b::{address}", f"2600::5efe:{address}"):
        assert bool(Guard().refusal(form, 443)) == refused
    packed = address.packed.hex()
    assert bool(Guard().refusal(f"2002:{packed[:4]}:{packed[4:]}::1", 443)) == refused


@given(st.ip_addresses(v=6))
def test_an_ipv6_address_that_is_not_global_is_refused(address: ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        inner = int(address) >> 96 == 0x0064FF9B00000000 >> 32
        assert inner or Guard().refusal(str(address), 443)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_as_a_certificate(der: bytes) -> None:
    told = certificate.read(der)
    assert len(told.sha256) == 64


@given(
    st.lists(TEXT, max_size=4).map(tuple),
    st.none() | st.integers(-10, 200),
    TEXT,
    st.none() | st.integers(0, 100),
    st.sampled_from(["resolve", "connect", "tls_handshake", "http_round_trip"]),
)
def test_any_exception_has_a_name_and_a_layer(
    classes: tuple[str, ...], number: int | None, reason: str, code: int | None, operation: str
) -> None:
    raised = failures.Raised(classes, number, reason, code, reason)
    told = failures.transport(raised, operation)  # type: ignore[arg-type]
    assert told.failure
    assert told.layer in LAYERS
    assert failures.unresolved(raised).layer in LAYERS


FAILURES = st.none() | st.builds(
    Failure,
    st.sampled_from(["resolve", "connect", "tls_handshake", "http_round_trip", "guard"]),
    st.sampled_from(
        ["generic_timeout_error", "ssl_invalid_hostname", "dns_bogon_error", "eof_error"]
    ),
    st.sampled_from(sorted(LAYERS)),
    TEXT,
)
FAMILY = st.sampled_from(["ipv4", "ipv6"])
MILLISECONDS = st.floats(0, 1e5)
MATCHES = st.lists(
    st.sampled_from([one.match for one in KNOWN.everything()]), max_size=3, unique=True
).map(lambda found: tuple(msgspec.structs.replace(one, rests_on=("text",)) for one in found))
HOPS = st.builds(
    Hop,
    TEXT,
    MILLISECONDS,
    st.lists(
        st.builds(
            Lookup, TEXT, st.sampled_from(["resolver", "authoritative"]), st.just("A"), TEXT,
            st.sampled_from([(), ("192.0.2.1",)]), st.lists(st.tuples(st.integers(0, 40), TEXT),
            max_size=2).map(tuple), st.sampled_from(["", "ok", "bogus"]), st.booleans(),
            MILLISECONDS, FAILURES,
        ),
        max_size=3,
    ).map(tuple),
    st.lists(st.builds(Connect, st.just("192.0.2.1"), FAMILY, MILLISECONDS, FAILURES),
             max_size=3).map(tuple),
    st.lists(
        st.builds(
            Handshake, st.just("192.0.2.1"), FAMILY, TEXT, TEXT, TEXT,
            st.lists(st.builds(Certificate, st.lists(TEXT, max_size=2).map(tuple), TEXT,
                               st.integers(0, 10**13), st.integers(0, 10**13), st.just("ab")),
                     max_size=2).map(tuple),
            st.booleans(), MILLISECONDS, FAILURES,
        ),
        max_size=2,
    ).map(tuple),
    st.lists(
        st.builds(
            Exchange, st.just("192.0.2.1"), FAMILY, TEXT, st.integers(0, 999), TEXT, TEXT, TEXT,
            st.integers(0, 10**7), st.integers(0, 10**7), st.booleans(), st.booleans(), st.none() | st.booleans(),
            MILLISECONDS, MILLISECONDS, MATCHES, FAILURES,
        ),
        max_size=2,
    ).map(tuple),
    st.sampled_from(["", "ipv4", "ipv6"]),
    FAILURES,
    st.none() | st.builds(Http3, st.just("192.0.2.1"), FAMILY, st.just(443), st.integers(0, 999),
                          MILLISECONDS, MILLISECONDS, MILLISECONDS, FAILURES),
)  # fmt: skip
MEASUREMENTS = st.builds(
    Measurement,
    st.just(Check("https", "a.example", 443)),
    st.integers(0, 2 * 10**12),
    MILLISECONDS,
    st.lists(HOPS, min_size=1, max_size=3).map(tuple),
)


@given(MEASUREMENTS)
def test_every_measurement_has_a_finding_a_page_and_a_line(measurement: Measurement) -> None:
    finding = find(measurement)
    assert finding.step in {"", *STEPS}
    assert finding.layer in {"", *LAYERS}
    assert (finding.state == "works") == (finding.step == "" and finding.state != "unknown")
    for line in lines(measurement, finding):
        # The joiners are letters to many scripts; nothing else may be there unseen.
        signs = set(line) - {"\u200c", "\u200d"}
        assert not SHUT & {unicodedata.category(sign) for sign in signs}
        assert not TURNING & signs
    encoded = measurements.encode(measurement, finding)
    assert encoded.isascii()
    assert b"\n" not in encoded
    assert b"\x7f" not in encoded
    assert json.loads(encoded)["state"] == finding.state


@given(MEASUREMENTS)
def test_a_block_is_never_called_a_failure(measurement: Measurement) -> None:
    finding = find(measurement)
    if finding.layer == "policy_block":
        # What the guard forbids is not known at all; everything else is told as a block.
        assert finding.state in {"blocked", "unknown"}
        assert finding.side in {"nobody", "unknown"}
