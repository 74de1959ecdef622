"""What an operation raised, named as OONI names it, and the layer at fault."""

from __future__ import annotations

import errno

import pytest

from uproar.model.fault import LAYERS
from uproar.wire import failures
from uproar.wire.failures import Raised


@pytest.mark.parametrize(
    ("raised", "operation", "failure", "layer"),
    [
        (
            Raised(("ConnectionRefusedError",), 111),
            "connect",
            "connection_refused",
            "origin_server",
        ),
        (Raised(("TimeoutError",)), "connect", "generic_timeout_error", "origin_network"),
        (Raised(("TimeoutError",), 110), "connect", "generic_timeout_error", "origin_network"),
        (Raised(("TimeoutError",)), "tls_handshake", "generic_timeout_error", "origin_server"),
        (Raised(("TimeoutError",)), "http_round_trip", "generic_timeout_error", "origin_app"),
        (
            Raised(("ConnectionResetError",), 104),
            "tls_handshake",
            "connection_reset",
            "origin_server_or_middlebox",
        ),
        (
            Raised(("SSLEOFError", "SSLError"), 8, "UNEXPECTED_EOF_WHILE_READING"),
            "tls_handshake",
            "eof_error",
            "origin_server",
        ),
        (
            Raised(("SSLError",), 1, "WRONG_VERSION_NUMBER"),
            "tls_handshake",
            "ssl_failed_handshake",
            "origin_tls_config",
        ),
        (
            Raised(("SSLError",), 1, "TLSV1_ALERT_PROTOCOL_VERSION"),
            "tls_handshake",
            "ssl_failed_handshake",
            "origin_tls_config",
        ),
        (
            Raised(("SSLError",), 1, "SSLV3_ALERT_HANDSHAKE_FAILURE"),
            "tls_handshake",
            "ssl_failed_handshake",
            "origin_tls_config",
        ),
        (
            Raised(("SSLError",), 1, "TLSV13_ALERT_CERTIFICATE_REQUIRED"),
            "http_round_trip",
            "ssl_failed_handshake",
            "policy_block",
        ),
        (
            Raised(("SSLError",), 1, "TLSV1_ALERT_ACCESS_DENIED"),
            "tls_handshake",
            "ssl_failed_handshake",
            "policy_block",
        ),
        (Raised(("OSError",), errno.EHOSTUNREACH), "connect", "host_unreachable", "network_path"),
        (
            Raised(("OSError",), errno.ENETUNREACH),
            "connect",
            "network_unreachable",
            "client_network",
        ),
        (Raised(("OSError",), errno.ENETDOWN), "connect", "network_down", "client_network"),
        (
            Raised(("OSError",), errno.EAFNOSUPPORT),
            "connect",
            "network_unreachable",
            "client_network",
        ),
        (Raised(("EOFError",)), "http_round_trip", "eof_error", "origin_server"),
        (
            Raised(("RemoteProtocolError",)),
            "http_round_trip",
            "http_request_failed",
            "origin_server",
        ),
        (Raised(("Strange",)), "connect", "unknown_failure", "ambiguous"),
    ],
)
def test_a_failure_of_transport_has_its_string_and_layer(
    raised: Raised, operation: str, failure: str, layer: str
) -> None:
    told = failures.transport(raised, operation)  # type: ignore[arg-type]
    assert (told.failure, told.layer, told.operation) == (failure, layer, operation)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        (10, "ssl_invalid_certificate"),
        (9, "ssl_invalid_certificate"),
        (62, "ssl_invalid_hostname"),
        (64, "ssl_invalid_hostname"),
        (18, "ssl_unknown_authority"),
        (20, "ssl_unknown_authority"),
        (77, "ssl_invalid_certificate"),
    ],
)
def test_a_certificate_that_does_not_hold_says_why(code: int, failure: str) -> None:
    raised = Raised(("SSLCertVerificationError", "SSLError"), 1, "CERTIFICATE_VERIFY_FAILED", code)
    told = failures.transport(raised, "tls_handshake")
    assert (told.failure, told.layer) == (failure, "origin_tls_config")
    assert told.detail


@pytest.mark.parametrize(
    ("rcode", "answers", "extended", "failure", "layer"),
    [
        ("NOERROR", 0, [], "dns_no_answer", "dns_config"),
        ("NXDOMAIN", 0, [], "dns_nxdomain_error", "dns_config"),
        ("SERVFAIL", 0, [], "dns_servfail_error", "dns"),
        ("REFUSED", 0, [], "dns_refused_error", "dns"),
        ("NOTIMP", 0, [], "dns_server_misbehaving", "dns"),
        ("SERVFAIL", 0, [(7, "expired")], "dns_servfail_error", "dnssec_config"),
        ("SERVFAIL", 0, [(22, "")], "dns_servfail_error", "dns_authoritative_down"),
        ("SERVFAIL", 0, [(22, ""), (23, "")], "dns_servfail_error", "dns_authoritative_down"),
        ("SERVFAIL", 0, [(23, "")], "dns_servfail_error", "network_path"),
        ("NXDOMAIN", 0, [(17, "")], "dns_nxdomain_error", "dns_policy"),
        ("REFUSED", 0, [(16, "")], "dns_refused_error", "dns_censorship"),
        ("NOERROR", 0, [(15, "")], "dns_no_answer", "dns_policy"),
        ("SERVFAIL", 0, [(13, "")], "dns_servfail_error", "dns"),
    ],
)
def test_an_answer_of_a_name_server_has_its_string_and_layer(
    rcode: str, answers: int, extended: list[tuple[int, str]], failure: str, layer: str
) -> None:
    told = failures.resolution(rcode, answers, extended)
    assert told is not None
    assert (told.failure, told.layer) == (failure, layer)


@pytest.mark.parametrize(
    ("raised", "failure", "layer"),
    [
        (Raised(("gaierror", "OSError"), -2), "dns_nxdomain_error", "dns"),
        (Raised(("gaierror", "OSError"), -3), "dns_temporary_failure", "dns"),
        (Raised(("gaierror", "OSError"), -4), "dns_non_recoverable_failure", "dns"),
        (Raised(("gaierror", "OSError"), -5), "dns_no_answer", "dns"),
        (Raised(("gaierror", "OSError"), -99), "dns_server_misbehaving", "dns"),
        (Raised(("Timeout", "DNSException")), "generic_timeout_error", "dns"),
        (Raised(("BadResponse",)), "dns_reply_with_wrong_query_id", "ambiguous"),
        (Raised(("OSError",), errno.ENETUNREACH), "network_unreachable", "client_network"),
        (Raised(("ConnectionRefusedError",), 111), "connection_refused", "dns"),
        (Raised(("FormError",)), "dns_server_misbehaving", "dns"),
    ],
)
def test_a_question_without_an_answer_has_its_string(
    raised: Raised, failure: str, layer: str
) -> None:
    told = failures.unresolved(raised)
    assert (told.failure, told.layer, told.operation) == (failure, layer, "resolve")


def test_an_address_or_an_alias_of_an_authority_is_a_whole_answer() -> None:
    assert failures.resolution("NOERROR", 1) is None
    assert failures.resolution("NOERROR", 0, aliased=True) is None


@pytest.mark.parametrize(
    ("code", "detail", "layer"),
    [
        (7, "REFUSED_STREAM", "origin_capacity"),
        (11, "ENHANCE_YOUR_CALM", "policy_block"),
        (2, "INTERNAL_ERROR", "origin_server"),
        (99, "code 99", "origin_server"),
    ],
)
def test_an_end_of_http2_is_named(code: int, detail: str, layer: str) -> None:
    told = failures.http2(code)
    assert (told.failure, told.detail, told.layer) == ("http_request_failed", detail, layer)


def test_every_layer_that_a_failure_can_name_has_a_side() -> None:
    named = {*failures._LAYERS.values(), *failures._HTTP2_LAYERS.values()}
    named |= {layer for _, layer in failures._EXTENDED} | set(failures._RCODE_LAYERS.values())
    assert named <= LAYERS.keys()
