"""Measurements as Prometheus reads them, by blackbox_exporter's names."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from uproar.detect.finding import find
from uproar.model.measurement import (
    Certificate,
    Check,
    Connect,
    Exchange,
    Failure,
    Handshake,
    Hop,
    Measurement,
)
from uproar.present import probemetrics

HERE = "192.0.2.7"
CHAIN = (
    Certificate(not_before=1, not_after=1_800_000_000_000),
    Certificate(not_before=1, not_after=1_700_000_000_000),
)
MOVED = Hop(
    "http://a.example/",
    5.0,
    connects=(Connect(HERE, "ipv4", 7.0),),
    exchanges=(Exchange(HERE, "ipv4", "http/1.1", 301, location="https://a.example/"),),
    family="ipv4",
)
PAGE = Hop(
    "https://a.example/",
    1.0,
    connects=(Connect(HERE, "ipv4", 3.0),),
    handshakes=(Handshake(HERE, "ipv4", "TLSv1.3", "AES", "h2", CHAIN, verified=True, ms=20.0),),
    exchanges=(
        Exchange(HERE, "ipv4", "h2", 200, received=100, unpacked=300, processing_ms=30.0, transfer_ms=4.0),
    ),
    family="ipv4",
)  # fmt: skip
DOWN = Hop(
    "https://b.example/",
    connects=(Connect(HERE, "ipv4", 1.0, Failure("connect", "connection_refused", "ambiguous")),),
)


def values(*items: probemetrics.Item) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return every sample, as Prometheus' own reader reads it."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(probemetrics.text(items))
        for sample in family.samples
    }


def measured(*hops: Hop, labels: dict[str, str] | None = None) -> probemetrics.Item:
    told = Measurement(Check("https", "a.example", 443), 1, 81.5, hops)
    return (labels or {}, told, find(told))


def test_a_page_that_works_has_every_figure() -> None:
    told = values(measured(MOVED, PAGE))
    assert told["probe_success", ()] == 1.0
    assert told["probe_duration_seconds", ()] == 0.0815
    assert told["probe_dns_lookup_time_seconds", ()] == 0.005
    assert told["probe_ip_protocol", ()] == 4.0
    assert told["probe_http_status_code", ()] == 200.0
    assert told["probe_http_version", ()] == 2.0
    assert told["probe_http_ssl", ()] == 1.0
    assert told["probe_http_redirects", ()] == 1.0
    assert told["probe_http_content_length", ()] == 100.0
    assert told["probe_http_uncompressed_body_length", ()] == 300.0
    assert told["probe_ssl_earliest_cert_expiry", ()] == 1_700_000_000.0
    assert told["probe_tls_version_info", (("version", "TLSv1.3"),)] == 1.0
    phases = {
        labels[0][1]: value
        for (name, labels), value in told.items()
        if "duration" in name and labels
    }
    assert phases == {
        "resolve": 0.006, "connect": 0.01, "tls": 0.02, "processing": 0.03, "transfer": 0.004,
    }  # fmt: skip


def test_what_did_not_come_about_has_no_figure() -> None:
    told = values(measured(DOWN))
    assert told["probe_success", ()] == 0.0
    assert told["uproar_probe_state", (("state", "fails"),)] == 1.0
    names = {name for name, _ in told}
    assert not names & {"probe_http_status_code", "probe_tls_version_info", "probe_ip_protocol"}


def test_labels_are_escaped_and_each_family_is_told_once() -> None:
    hostile = {"service": 'a"} 1\nx', "check": "https://a.example/\\"}
    items = (measured(PAGE, labels=hostile), measured(DOWN, labels={"service": "b", "check": "c"}))
    told = values(*items)
    assert told["probe_success", (("check", "https://a.example/\\"), ("service", 'a"} 1x'))] == 1.0
    text = probemetrics.text(items)
    assert text.count("# TYPE probe_success gauge") == 1
    assert probemetrics.text(()) == ""
