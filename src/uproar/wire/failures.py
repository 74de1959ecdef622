"""From what an operation raised to OONI's failure string and the layer at fault.

The facts come in as plain values (class, errno, OpenSSL's reason, verification code, rcode and
extended errors), so that this reads no socket. Sources: github.com/ooni/spec df-007-errors, RFC
8914, and loopback measurements with OpenSSL 3. Two causes that look alike have one layer here: a
dropped SYN and an overloaded server cannot be told apart by one connection.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from uproar.model.measurement import Failure, Operation

DETAIL_MAX = 200  # characters

TIMEOUT = "generic_timeout_error"

_ERRNO: Mapping[int, str] = MappingProxyType(
    {
        errno.ECONNREFUSED: "connection_refused",
        errno.ECONNRESET: "connection_reset",
        errno.EPIPE: "connection_reset",
        errno.ECONNABORTED: "connection_aborted",
        errno.ENOTCONN: "connection_already_closed",
        errno.EHOSTUNREACH: "host_unreachable",
        errno.ENETUNREACH: "network_unreachable",
        errno.EADDRNOTAVAIL: "network_unreachable",
        errno.EAFNOSUPPORT: "network_unreachable",  # a kernel without IPv6
        errno.ENETDOWN: "network_down",
        errno.ENETRESET: "network_reset",
        errno.ETIMEDOUT: TIMEOUT,
        errno.EINTR: "interrupted",
    }
)

_CLASSES: Mapping[str, str] = MappingProxyType(
    {
        "ConnectionRefusedError": "connection_refused",
        "ConnectionResetError": "connection_reset",
        "BrokenPipeError": "connection_reset",
        "ConnectionAbortedError": "connection_aborted",
        "EOFError": "eof_error",
        "TimeoutError": TIMEOUT,
        "ProtocolError": "http_request_failed",
        "RemoteProtocolError": "http_request_failed",
        "Unreadable": "http_request_failed",
    }
)

# X509_V_ERR_*: the failure, and words for a person.
VERIFY: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        9: ("ssl_invalid_certificate", "the certificate is not valid yet"),
        10: ("ssl_invalid_certificate", "the certificate has expired"),
        18: ("ssl_unknown_authority", "the certificate is self-signed"),
        19: ("ssl_unknown_authority", "the chain ends in an authority nobody vouches for"),
        20: ("ssl_unknown_authority", "the authority is unknown, or its certificate is not sent"),
        21: ("ssl_unknown_authority", "the authority's certificate is not sent"),
        23: ("ssl_invalid_certificate", "the certificate is revoked"),
        62: ("ssl_invalid_hostname", "the certificate is for another name"),
        64: ("ssl_invalid_hostname", "the certificate is for another address"),
    }
)

# Reasons of OpenSSL under which a handshake fails by policy rather than by mistake.
_BARRED = frozenset(
    {
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_CERTIFICATE_REQUIRED",
        "TLSV1_ALERT_ACCESS_DENIED",
    }
)

# (failure, operation) to layer; the operation "" stands for all others.
_LAYERS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("connection_refused", ""): "origin_server",
        (TIMEOUT, "connect"): "origin_network",
        (TIMEOUT, "tls_handshake"): "origin_server",
        (TIMEOUT, "http_round_trip"): "origin_app",
        ("connection_reset", ""): "origin_server_or_middlebox",
        ("connection_aborted", ""): "origin_server_or_middlebox",
        ("connection_already_closed", ""): "origin_server_or_middlebox",
        ("eof_error", ""): "origin_server",
        ("host_unreachable", ""): "network_path",
        ("network_unreachable", ""): "client_network",
        ("network_down", ""): "client_network",
        ("network_reset", ""): "network_path",
        ("interrupted", ""): "client",
        ("ssl_failed_handshake", ""): "origin_tls_config",
        ("ssl_invalid_certificate", ""): "origin_tls_config",
        ("ssl_invalid_hostname", ""): "origin_tls_config",
        ("ssl_unknown_authority", ""): "origin_tls_config",
        ("http_request_failed", ""): "origin_server",
        ("http_unexpected_redirect_url", ""): "origin_app_config",
        ("http_invalid_redirect_location_host", ""): "origin_app_config",
    }
)

RCODES: Mapping[str, str] = MappingProxyType(
    {
        "NXDOMAIN": "dns_nxdomain_error",
        "SERVFAIL": "dns_servfail_error",
        "REFUSED": "dns_refused_error",
    }
)
_RCODE_LAYERS = {"NXDOMAIN": "dns_config", "SERVFAIL": "dns", "REFUSED": "dns"}
# What glibc's getaddrinfo says. It is too coarse to blame anybody: -2 and -3 stand for many rcodes.
GAI: Mapping[int, str] = MappingProxyType(
    {
        -2: "dns_nxdomain_error",
        -3: "dns_temporary_failure",
        -4: "dns_non_recoverable_failure",
        -5: "dns_no_answer",
    }
)

# RFC 9113 section 7. Two of them say that the peer is loaded or feels flooded, and no more.
HTTP2: tuple[str, ...] = (
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
)
_HTTP2_LAYERS = {"REFUSED_STREAM": "origin_capacity", "ENHANCE_YOUR_CALM": "policy_block"}

# RFC 9114, section 8.1: codes of HTTP/3 that servers end a stream or a connection with.
HTTP3: Mapping[int, str] = MappingProxyType(
    {
        0x100: "H3_NO_ERROR",
        0x101: "H3_GENERAL_PROTOCOL_ERROR",
        0x102: "H3_INTERNAL_ERROR",
        0x107: "H3_EXCESSIVE_LOAD",
        0x10B: "H3_REQUEST_REJECTED",
        0x10C: "H3_REQUEST_CANCELLED",
        0x10E: "H3_MESSAGE_ERROR",
        0x110: "H3_VERSION_FALLBACK",
    }
)
_HTTP3_LAYERS = {"H3_EXCESSIVE_LOAD": "policy_block", "H3_REQUEST_REJECTED": "origin_capacity"}
# Alerts of TLS (RFC 8446, section 6) that say more than that the handshake failed.
_ALERTS: Mapping[int, str] = MappingProxyType(
    {
        42: "ssl_invalid_certificate",
        44: "ssl_invalid_certificate",
        45: "ssl_invalid_certificate",
        46: "ssl_invalid_certificate",
        48: "ssl_unknown_authority",
        112: "ssl_invalid_hostname",
    }
)

# RFC 8914 codes by the layer that they name; the first that is present decides.
_EXTENDED: tuple[tuple[frozenset[int], str], ...] = (
    (frozenset({16}), "dns_censorship"),
    (frozenset({4, 15, 17, 18}), "dns_policy"),
    (frozenset({1, 2, *range(6, 13), 25}), "dnssec_config"),
    (frozenset({22, 3, 19}), "dns_authoritative_down"),
    (frozenset({23}), "network_path"),
    (frozenset({31, 32}), "dns_ratelimit"),
    (frozenset({20}), "dns_config"),
)
STALE = frozenset({3, 19})  # the answer is old: the authority is down, and people hardly notice


class Raised(NamedTuple):
    """The facts of an exception: names of its class and bases, errno, OpenSSL's reason and code."""

    classes: tuple[str, ...]
    number: int | None = None
    reason: str = ""
    verify_code: int | None = None
    text: str = ""


def transport(raised: Raised, operation: Operation) -> Failure:
    """Return the failure of a connection, a handshake or a request; never raises."""
    name, detail = _named(raised)
    layer = _LAYERS.get((name, operation)) or _LAYERS.get((name, "")) or "ambiguous"
    if raised.reason in _BARRED:
        layer = "policy_block"
    return Failure(operation, name, layer, detail[:DETAIL_MAX])


def _named(raised: Raised) -> tuple[str, str]:
    """Return OONI's string and the fact that it rests on; OpenSSL's own numbers are no errno."""
    if raised.verify_code is not None:
        known, words = VERIFY.get(raised.verify_code, ("ssl_invalid_certificate", ""))
        return known, words or f"verification code {raised.verify_code}"
    if "SSLEOFError" in raised.classes or raised.reason == "UNEXPECTED_EOF_WHILE_READING":
        return "eof_error", raised.reason or "the peer closed"
    if "SSLError" in raised.classes or raised.reason:
        return "ssl_failed_handshake", raised.reason or raised.text
    if raised.number is not None and raised.number in _ERRNO:
        return _ERRNO[raised.number], f"errno {raised.number}"
    for one in raised.classes:
        if one in _CLASSES:
            silent = "no answer in time" if one == "TimeoutError" else one
            return _CLASSES[one], raised.text or silent
    return "unknown_failure", raised.text or "".join(raised.classes[:1])


def http2(code: int) -> Failure:
    """Return the failure that a peer named when it ended a stream or connection of HTTP/2."""
    name = HTTP2[code] if 0 <= code < len(HTTP2) else f"code {code}"
    layer = _HTTP2_LAYERS.get(name, "origin_server")
    return Failure("http_round_trip", "http_request_failed", layer, name)


def quic(code: int, reason: str, *, shaken: bool) -> Failure:
    """Return the failure with which a connection over QUIC ended (RFC 9000, section 20; RFC 9114, 8.1).

    `shaken` tells whether the handshake had been completed. Codes from 0x100 to 0x1ff are alerts of
    TLS during the handshake, and codes of HTTP/3 after it.
    """
    if not shaken:
        alert = code - 0x100 if 0x100 <= code <= 0x1FF else -1
        name = _ALERTS.get(alert, "ssl_failed_handshake")
        known = f"alert {alert}" if alert >= 0 else f"code 0x{code:x}"
        detail = f"{known}: {reason}" if reason else known
        layer = "origin_tls_config" if alert >= 0 else "origin_server"
        return Failure("quic_handshake", name, layer, detail[:DETAIL_MAX])
    named = HTTP3.get(code, f"code 0x{code:x}")
    layer = _HTTP3_LAYERS.get(named, "origin_server")
    detail = f"{named}: {reason}" if reason else named
    return Failure("http_round_trip", "http_request_failed", layer, detail[:DETAIL_MAX])


def quic_silent(operation: Operation) -> Failure:
    """Return the failure of QUIC that says nothing: UDP is blocked on the way, or nobody listens."""
    return Failure(operation, TIMEOUT, "ambiguous", "no answer over UDP in time")


def quic_refused(number: int | None, kind: str) -> Failure:
    """Return the failure of a datagram that could not be sent, or was refused by ICMP."""
    name = _ERRNO.get(number or 0, "unknown_failure")
    layer = _LAYERS.get((name, ""), "ambiguous")
    return Failure("quic_handshake", name, layer, f"errno {number}" if number else kind)


def resolution(
    rcode: str, answers: int, extended: Sequence[tuple[int, str]] = (), *, aliased: bool = False
) -> Failure | None:
    """Return the failure in an answer of a name server, or None where it gave what was asked.

    `rcode` is its name, `answers` the number of records of the type that was asked for. An alias
    without an address (`aliased`) is a whole answer of an authority, which need not know the rest.
    """
    layer = _extended_layer(extended)
    detail = ", ".join([rcode, *(f"EDE {code}" for code, _ in extended)])[:DETAIL_MAX]
    if rcode != "NOERROR":
        name = RCODES.get(rcode, "dns_server_misbehaving")
        return Failure("resolve", name, layer or _RCODE_LAYERS.get(rcode, "dns"), detail)
    if answers or aliased:
        return None
    return Failure("resolve", "dns_no_answer", layer or "dns_config", detail)


def unresolved(raised: Raised) -> Failure:
    """Return the failure of a question that got no usable answer at all."""
    if "BadResponse" in raised.classes:
        return Failure("resolve", "dns_reply_with_wrong_query_id", "ambiguous", raised.text)
    if "gaierror" in raised.classes:
        name = GAI.get(raised.number or 0, "dns_server_misbehaving")
        return Failure("resolve", name, "dns", raised.text[:DETAIL_MAX])
    if "Timeout" in raised.classes or "TimeoutError" in raised.classes:
        # UDP has no refusal that reaches us: a closed port and a lost packet are both silence.
        return Failure("resolve", TIMEOUT, "dns", "no answer in time")
    if raised.number is not None and raised.number in _ERRNO:
        name = _ERRNO[raised.number]
        ours = name in {"network_unreachable", "network_down"}
        layer = "client_network" if ours else "dns"
        return Failure("resolve", name, layer, f"errno {raised.number}")
    return Failure("resolve", "dns_server_misbehaving", "dns", raised.text[:DETAIL_MAX])


def _extended_layer(extended: Sequence[tuple[int, str]]) -> str:
    codes = {code for code, _ in extended}
    return next((layer for group, layer in _EXTENDED if codes & group), "")
