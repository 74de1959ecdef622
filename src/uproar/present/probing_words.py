"""The plain sentence of a finding that breaks: what failed, in words, and no more than is known."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from uproar.model.measurement import Failure, Finding, Match

# Who stands between people and a site. Their pages about what is behind them clear themselves.
EDGES = frozenset({"Cloudflare", "Fastly", "Akamai", "Amazon CloudFront"})

_BEHIND: Mapping[str, str] = MappingProxyType(
    {
        "origin_server": "the server behind it does not",
        "origin_network": "the server behind it cannot be reached",
        "origin_app": "the server behind it is too slow or fails",
        "origin_lb_or_app": "the server behind it answers with an error",
        "origin_tls_config": "TLS to the server behind it fails",
        "origin_capacity": "the server behind it is overloaded",
        "network_path": "it has no way to the server behind it",
        "edge_to_origin": "it cannot get the page from the server behind it",
        "dns_authoritative_or_config": "it cannot look up the server behind it",
    }
)

_LAYERS: Mapping[str, str] = MappingProxyType(
    {
        "dnssec_config": "{name} does not resolve: its DNSSEC signatures do not hold",
        "dns_authoritative_down": "{name} does not resolve: its own name servers do not answer",
        "dns_authoritative": "{name} does not resolve: its own name servers answer with an error",
        "dns_resolver": (
            "{name} does not resolve here, although its own name servers answer: "
            "the resolvers are at fault"
        ),
        "dns_policy": "the resolvers filter {name}; it may work elsewhere",
        "dns_censorship": "the resolvers are told to withhold {name}; it may work elsewhere",
        "dns_ratelimit": "the resolvers limit how often they may be asked",
    }
)

_FAILURES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("dns_nxdomain_error", ""): "there is no such name as {name}",
        ("dns_no_answer", ""): "{name} exists and has no address",
        ("dns_servfail_error", ""): "{name} does not resolve: the resolvers cannot get an answer",
        ("dns_refused_error", ""): "{name} does not resolve: the name servers refuse to answer",
        ("dns_bogon_error", ""): "{name} was not measured: {detail}",
        ("generic_timeout_error", "resolve"): "{name} does not resolve: no resolver answers",
        ("generic_timeout_error", "connect"): (
            "the server of {name} does not answer: it is down, overloaded or shut off by a "
            "firewall, and one connection cannot tell which"
        ),
        ("generic_timeout_error", "tls_handshake"): (
            "the server of {name} takes the connection and then says nothing"
        ),
        ("generic_timeout_error", "http_round_trip"): (
            "the server of {name} takes the request and does not answer in time"
        ),
        ("connection_refused", ""): (
            "the server of {name} is there and refuses the connection: nothing listens, or a "
            "firewall rejects"
        ),
        ("connection_reset", ""): (
            "the connection to {name} is cut: by the server, or by something in between"
        ),
        ("eof_error", "tls_handshake"): "the server of {name} hangs up during the handshake",
        ("eof_error", "http_round_trip"): "the server of {name} hangs up without a whole answer",
        ("host_unreachable", ""): "there is no way to the server of {name}",
        ("network_unreachable", ""): "this machine has no way to the network of {name}",
        ("network_down", ""): "the network of this machine is down",
        ("ssl_invalid_hostname", ""): "the certificate of {name} does not hold: {detail}",
        ("ssl_invalid_certificate", ""): "the certificate of {name} does not hold: {detail}",
        ("ssl_unknown_authority", ""): "the certificate of {name} does not hold: {detail}",
        ("ssl_failed_handshake", ""): "{name} and this probe cannot agree on TLS ({detail})",
        ("http_request_failed", ""): "{name} answers, but not as HTTP asks ({detail})",
        ("http_unexpected_redirect_url", ""): "{name} redirects {detail}",
        ("http_invalid_redirect_location_host", ""): (
            "{name} redirects to an address that cannot be used ({detail})"
        ),
    }
)
_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "WRONG_VERSION_NUMBER": "{name} does not speak TLS on this port",
        "TLSV1_ALERT_PROTOCOL_VERSION": "{name} wants another version of TLS",
        "UNSUPPORTED_PROTOCOL": "{name} wants another version of TLS",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED": "{name} lets in only clients with a certificate",
        "TLSV1_ALERT_CERTIFICATE_REQUIRED": "{name} lets in only clients with a certificate",
    }
)


def broken(failure: Failure, layer: str, name: str) -> str:
    """Return the sentence of a failure of name, connection, TLS or HTTP."""
    words = (
        _LAYERS.get(layer)
        or _REASONS.get(failure.detail)
        or _FAILURES.get((failure.failure, failure.operation))
        or _FAILURES.get((failure.failure, ""))
        or "{name} cannot be measured: {failure} ({detail})"
    )
    # The detail may hold braces of its own, so each place is filled once, by hand.
    filled = words.replace("{failure}", failure.failure)
    before, place, after = filled.partition("{detail}")
    said = before.replace("{name}", name)
    if place:
        said += failure.detail + after.replace("{name}", name)
    return said[:1].upper() + said[1:] + "." if not said.startswith(name) else said + "."


def behind(match: Match, finding: Finding, name: str) -> str:
    """Return the sentence of an answer that bears a fingerprint."""
    code = finding.status
    if finding.state == "blocked":
        who = "" if match.vendor == "any" else f" ({match.vendor})"
        return (
            f"{name} answers with a wall{who} instead of the page ({code}); "
            "whether it works for people is not known from here."
        )
    if match.kind == "maintenance":
        return f"{name} says that it is down for maintenance ({code})."
    if match.vendor in EDGES:
        if said := _BEHIND.get(match.layer):
            return f"The edge of {match.vendor} answers; {said} ({code})."
        if match.layer == "edge":
            return f"The edge of {match.vendor} answers with an error of its own ({code})."
    if match.layer == "client_network":
        return "The network that this machine is in wants a login first."
    return f"{match.meaning.rstrip('.')} ({match.vendor}, {code})."
