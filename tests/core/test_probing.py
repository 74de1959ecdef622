"""What a person reads of a measurement: the answer first, then each layer, and nothing raw."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from core.answer_samples import SAMPLES
from uproar.catalog import tells
from uproar.detect.finding import find
from uproar.model.measurement import (
    Certificate,
    Check,
    Connect,
    Exchange,
    Failure,
    Handshake,
    Hop,
    Lookup,
    Measurement,
)
from uproar.present.probing import lines, sentence
from uproar.wire.fingerprints import match

KNOWN = tells.load()
AT = 1_741_600_800_000  # 10 March 2025, 10:00 UTC
FOUR, SIX = "198.51.100.7", "2001:db8::7"
ENDS = AT + 60 * 86_400_000
CHAIN = (Certificate(("x.com",), "Some Trust", AT, ENDS, "ab"),)


def page(status: int, sample: str = "", **how: Any) -> Exchange:
    found = match(SAMPLES[sample].answer(), KNOWN) if sample else ()
    made = Exchange(FOUR, "ipv4", "h2", status, matches=found, received=7_000, unpacked=7_000,
                    processing_ms=41.0, transfer_ms=3.0)  # fmt: skip
    return msgspec.structs.replace(made, **how)


def measured(*exchanges: Exchange, **how: Any) -> Measurement:
    resolver = Lookup("9.9.9.9", "resolver", "A", "NOERROR", (FOUR,), dnssec="ok", ms=12.0)
    own = Lookup("ns.x.com 198.51.100.53", "authoritative", "A", "NOERROR", (FOUR,), ms=15.0)
    hop = Hop(
        "https://x.com/",
        12.0,
        (resolver, own),
        (Connect(FOUR, "ipv4", 8.0),),
        (Handshake(FOUR, "ipv4", "TLSv1.3", "", "h2", CHAIN, verified=True, ms=16.0),),
        exchanges,
        "ipv4",
    )
    hop = msgspec.structs.replace(hop, **how)
    return Measurement(Check("https", "x.com", 443), AT, 95.0, (hop,))


def test_the_520_of_10_march_reads_like_this() -> None:
    measurement = measured(page(520, "cloudflare.520", server="cloudflare"))
    assert "\n".join(lines(measurement, find(measurement))) == (
        "✗ The edge of Cloudflare answers; the server behind it does not (520).\n"
        "\n"
        "  DNS      ✓     12 ms  1 of 1 resolvers give it; 1 of 1 own name servers give it; "
        "DNSSEC validated\n"
        "  TCP      ✓    8.0 ms  IPv4 198.51.100.7 8.0 ms\n"
        "  TLS      ✓     16 ms  TLSv1.3, certificate holds until 2025-05-09, by Some Trust\n"
        "  HTTP     ✗     44 ms  status 520, h2, calls itself cloudflare, 7,000 bytes\n"
        "  Content  ✗            bears cloudflare.520\n"
        "\n"
        "  Who answered    Cloudflare (decisive: status 520, header server, text)\n"
        "  What it means   The edge got an empty, unknown or malformed answer from the server "
        "behind it.\n"
        "  Passed on by    Cloudflare\n"
        "  Whose side      the site's own (origin_server)\n"
        "  Measured        2025-03-10T10:00:00Z from here, in 95 ms"
    )


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (
            "cloudflare.522",
            "The edge of Cloudflare answers; the server behind it cannot be reached",
        ),
        ("cloudflare.526", "TLS to the server behind it fails (526)"),
        ("cloudflare.500_edge", "The edge of Cloudflare answers with an error of its own (500)"),
        ("fastly.503", "The edge of Fastly answers; it cannot get the page"),
        ("nginx.502", "nginx got no valid answer from what stands behind it (nginx, 502)"),
        ("heroku.maintenance", "x.com says that it is down for maintenance (503)"),
        ("cloudflare.challenge_body", "x.com answers with a wall (Cloudflare) instead of the page"),
        ("captive.portal", "The network that this machine is in wants a login first"),
    ],
)
def test_a_fingerprint_has_its_sentence(sample: str, words: str) -> None:
    measurement = measured(page(SAMPLES[sample].status, sample))
    assert words in sentence(measurement, find(measurement))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_fingerprint_leads_to_one_finding(name: str) -> None:
    one = next(each.match for each in KNOWN.everything() if each.match.id == name)
    finding = find(measured(page(SAMPLES[name].status, name)))
    if one.kind == "relay":
        assert (finding.state, finding.relayed) == ("works", (one.vendor,))
    elif one.kind == "block":
        assert (finding.state, finding.side) == ("blocked", "nobody")
    elif one.kind == "maintenance":
        assert finding.state == "maintenance"
    elif one.strength == "weak":
        assert finding.match is None or SAMPLES[name].status >= 500
    else:
        assert finding.state in {"fails", "blocked"}
        assert finding.match == next(
            each for each in match(SAMPLES[name].answer(), KNOWN) if each.id == name
        )


def test_a_page_that_came_over_one_family_alone_says_so() -> None:
    refused = Failure("connect", "connection_refused", "origin_server", "errno 111")
    connects = (Connect(SIX, "ipv6", 3.0, refused), Connect(FOUR, "ipv4", 8.0))
    finding = find(measured(page(200), connects=connects))
    assert (finding.state, finding.notes) == ("works", ("ipv6-fails",))


def test_a_machine_without_ipv6_blames_nobody() -> None:
    absent = Failure("connect", "network_unreachable", "client_network", "errno 101")
    connects = (Connect(SIX, "ipv6", 0.1, absent), Connect(FOUR, "ipv4", 8.0))
    assert find(measured(page(200), connects=connects)).notes == ("ipv6-not-here",)


def test_the_other_family_may_fail_later_than_the_connection() -> None:
    connects = (Connect(SIX, "ipv6", 400.0), Connect(FOUR, "ipv4", 8.0))
    worse = page(502, address=SIX, family="ipv6")
    assert find(measured(page(200), worse, connects=connects)).notes == ("ipv6-fails",)


def test_a_certificate_that_does_not_hold_comes_before_the_page() -> None:
    failure = Failure(
        "tls_handshake", "ssl_invalid_certificate", "origin_tls_config",
        "the certificate has expired",
    )  # fmt: skip
    shaken = Handshake(FOUR, "ipv4", "TLSv1.3", "", "h2", CHAIN, verified=False, failure=failure)
    measurement = measured(page(200), handshakes=(shaken,))
    finding = find(measurement)
    assert (finding.state, finding.step, finding.status) == ("fails", "tls", 200)
    assert sentence(measurement, finding) == (
        "The certificate of x.com does not hold: the certificate has expired."
    )


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202egnp.exe\r\nuproar: all is well\x9b31m\u2066" + "a" * 9_000


def test_nothing_that_a_peer_sends_reaches_a_terminal_raw() -> None:
    lookup = Lookup(HOSTILE, "resolver", "A", HOSTILE, (), ((15, HOSTILE),), failure=Failure(
        "resolve", "dns_servfail_error", "dns", HOSTILE))  # fmt: skip
    good = Lookup("9.9.9.9", "resolver", "A", "NOERROR", (FOUR,))
    chain = (Certificate((HOSTILE,), HOSTILE, AT, ENDS, "ab"),)
    failure = Failure("tls_handshake", "ssl_failed_handshake", "origin_tls_config", HOSTILE)
    shaken = Handshake(FOUR, "ipv4", "TLSv1.3", "", "", chain, failure=failure)
    answer = page(302, server=HOSTILE, title=HOSTILE, location=HOSTILE)
    measurement = measured(answer, lookups=(lookup, good), handshakes=(shaken,))
    text = "\n".join(lines(measurement, find(measurement)))
    assert "\x1b" not in text
    assert not set(text) & set("\x07\x9b\u202e\u2066\r")
    assert "\nuproar: all is well" not in text
    assert max(map(len, text.split("\n"))) < 2_001


def test_braces_in_a_peers_words_stay_braces() -> None:
    failure = Failure("http_round_trip", "http_request_failed", "origin_server", "{name} {detail}")
    measurement = measured(page(0, failure=failure))
    told = sentence(measurement, find(measurement))
    assert told == "x.com answers, but not as HTTP asks ({name} {detail})."
