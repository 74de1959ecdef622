"""Measurements in Prometheus' text format, by the names that blackbox_exporter gave them.

So dashboards and rules that were written for it go on working. Where the two differ: `probe_success` is
1 where the page works and 0 else, a wall included; `uproar_probe_state` tells the states apart. Content
length is what came over the wire. Durations are seconds, of the way that a browser would have gone; those
of a phase are summed over redirects. Source: prometheus/blackbox_exporter, docs and prober/http.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from uproar.model.measurement import Finding, Measurement
from uproar.wire.measurements import phases

Labels = Mapping[str, str]
Item = tuple[Labels, Measurement, Finding]

STATES = ("works", "blocked", "maintenance", "fails", "unknown")
LABEL_CHARS_MAX = 200
_VERSIONS = {"http/1.1": 1.1, "h2": 2.0}
_HELP = {
    "probe_success": "Whether the check works.",
    "probe_duration_seconds": "How long the whole measurement took.",
    "probe_dns_lookup_time_seconds": "How long the name took.",
    "probe_ip_protocol": "Whether IPv4 or IPv6 was used.",
    "probe_http_duration_seconds": "How long each phase took, redirects included.",
    "probe_http_status_code": "Status of the last answer.",
    "probe_http_version": "Version of HTTP of the last answer.",
    "probe_http_ssl": "Whether the last answer came over TLS.",
    "probe_http_redirects": "How many redirects were followed.",
    "probe_http_content_length": "Bytes of the body as sent.",
    "probe_http_uncompressed_body_length": "Bytes of the body, unpacked.",
    "probe_failed_due_to_regex": "Whether the expected text is missing.",
    "probe_ssl_earliest_cert_expiry": "When the first certificate sent expires, since 1970.",
    "probe_tls_version_info": "The version of TLS.",
    "probe_tls_cipher_info": "The cipher of TLS.",
    "uproar_probe_state": "What the check came to: one state is 1.",
}


def text(items: Sequence[Item]) -> str:
    """Return the figures of some measurements, each under its labels, family by family."""
    samples: dict[str, list[str]] = {name: [] for name in _HELP}
    for labels, measurement, finding in items:
        for name, more, value in _samples(measurement, finding):
            samples[name].append(_line(name, {**labels, **more}, value))
    return "".join(
        f"# HELP {name} {_HELP[name]}\n# TYPE {name} gauge\n{''.join(lines)}"
        for name, lines in samples.items()
        if lines
    )


def _samples(measurement: Measurement, finding: Finding) -> Iterable[tuple[str, Labels, float]]:
    first, last = measurement.hops[0], measurement.hops[-1]
    page, handshake = last.exchange(), last.handshake()
    yield "probe_success", {}, float(finding.state == "works")
    yield "probe_duration_seconds", {}, measurement.took_ms / 1_000
    yield "probe_dns_lookup_time_seconds", {}, first.resolve_ms / 1_000
    if first.family:
        yield "probe_ip_protocol", {}, 6.0 if first.family == "ipv6" else 4.0
    spent: dict[str, float] = {}
    for hop in measurement.hops:
        for phase, ms in phases(hop).items():
            spent[phase] = spent.get(phase, 0.0) + ms
    for phase, ms in spent.items():
        yield "probe_http_duration_seconds", {"phase": phase}, ms / 1_000
    yield "probe_http_redirects", {}, float(len(measurement.hops) - 1)
    yield "probe_http_ssl", {}, float(handshake is not None and handshake.failure is None)
    if page is not None and page.status:
        yield "probe_http_status_code", {}, float(page.status)
        yield "probe_http_version", {}, _VERSIONS.get(page.protocol, 0.0)
        yield "probe_http_content_length", {}, float(page.received)
        yield "probe_http_uncompressed_body_length", {}, float(page.unpacked)
        yield "probe_failed_due_to_regex", {}, float(page.found is False)
    if handshake is not None and handshake.chain:
        ends = [one.not_after for one in handshake.chain if one.not_after]
        if ends:
            yield "probe_ssl_earliest_cert_expiry", {}, min(ends) / 1_000
    if handshake is not None and handshake.version:
        yield "probe_tls_version_info", {"version": handshake.version}, 1.0
        yield "probe_tls_cipher_info", {"cipher": handshake.cipher}, 1.0
    for state in STATES:
        yield "uproar_probe_state", {"state": state}, float(finding.state == state)


def _line(name: str, labels: Labels, value: float) -> str:
    told = ",".join(f'{key}="{_escaped(each)}"' for key, each in labels.items())
    return f"{name}{{{told}}} {value!r}\n" if told else f"{name} {value!r}\n"


def _escaped(label: str) -> str:
    """Return a label's value as the format wants it; what is no printable sign is left out."""
    kept = "".join(sign for sign in label[:LABEL_CHARS_MAX] if sign.isprintable())
    return kept.replace("\\", "\\\\").replace('"', '\\"')
