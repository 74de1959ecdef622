"""A measurement and its finding as one JSON line: what `uproar probe --json` prints.

The line is ASCII: whatever a peer put into a header or a title cannot turn a terminal around.
Durations end in `_ms`; instants are RFC 3339 text in UTC. Keys keep one order.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from uproar.model.measurement import (
    Certificate,
    Connect,
    Exchange,
    Failure,
    Finding,
    Handshake,
    Hop,
    Lookup,
    Match,
    Measurement,
)
from uproar.model.tick import iso

_ENCODER = msgspec.json.Encoder()
_BEYOND = re.compile("[^\x20-\x7e]")


def encode(measurement: Measurement, finding: Finding) -> bytes:
    """Return one line of JSON, in ASCII, without the line's end."""
    text = _ENCODER.encode(plain(measurement, finding)).decode("utf-8", "replace")
    return _BEYOND.sub(_escaped, text).encode("ascii")


def _escaped(sign: re.Match[str]) -> str:
    """Write a character as JSON's own escapes, in two halves where it is beyond U+FFFF."""
    units = sign[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def plain(measurement: Measurement, finding: Finding) -> dict[str, Any]:
    """Return the plain values that the line holds, in the line's order."""
    return {
        "kind": "measurement",
        "url": measurement.check.url,
        "at": iso(measurement.at),
        "state": finding.state,
        "step": finding.step,
        "layer": finding.layer,
        "side": finding.side,
        "answered": finding.answered,
        "relayed": finding.relayed,
        "status": finding.status,
        "failure": _failure(finding.failure),
        "fingerprint": _match(finding.match) if finding.match else None,
        "notes": finding.notes,
        "took_ms": measurement.took_ms,
        "hops": [_hop(hop) for hop in measurement.hops],
    }


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "url": hop.url,
        "family": hop.family,
        "phases_ms": phases(hop),
        "failure": _failure(hop.failure),
        "dns": [_lookup(one) for one in hop.lookups],
        "tcp": [_connect(one) for one in hop.connects],
        "tls": [_handshake(one) for one in hop.handshakes],
        "http": [_exchange(one) for one in hop.exchanges],
    }


def phases(hop: Hop) -> dict[str, float]:
    """Return the times of the way that a browser would have gone, by blackbox_exporter's names."""
    connect, handshake, page = hop.connect(), hop.handshake(), hop.exchange()
    return {
        "resolve": hop.resolve_ms,
        "connect": connect.ms if connect else 0.0,
        "tls": handshake.ms if handshake else 0.0,
        "processing": page.processing_ms if page else 0.0,
        "transfer": page.transfer_ms if page else 0.0,
    }


def _failure(failure: Failure | None) -> dict[str, str] | None:
    if failure is None:
        return None
    return {
        "operation": failure.operation,
        "failure": failure.failure,
        "layer": failure.layer,
        "detail": failure.detail,
    }


def _match(match: Match) -> dict[str, Any]:
    return {
        "id": match.id,
        "vendor": match.vendor,
        "kind": match.kind,
        "layer": match.layer,
        "strength": match.strength,
        "meaning": match.meaning,
        "rests_on": match.rests_on,
    }


def _lookup(one: Lookup) -> dict[str, Any]:
    return {
        "server": one.server,
        "role": one.role,
        "question": one.question,
        "rcode": one.rcode,
        "addresses": one.addresses,
        "extended": [{"code": code, "text": text} for code, text in one.extended],
        "dnssec": one.dnssec,
        "over_tcp": one.over_tcp,
        "serial": one.serial,
        "ms": one.ms,
        "failure": _failure(one.failure),
    }


def _connect(one: Connect) -> dict[str, Any]:
    return {
        "address": one.address,
        "family": one.family,
        "ms": one.ms,
        "failure": _failure(one.failure),
    }


def _handshake(one: Handshake) -> dict[str, Any]:
    return {
        "address": one.address,
        "family": one.family,
        "version": one.version,
        "cipher": one.cipher,
        "protocol": one.protocol,
        "verified": one.verified,
        "chain": [_certificate(each) for each in one.chain],
        "ms": one.ms,
        "failure": _failure(one.failure),
    }


def _certificate(one: Certificate) -> dict[str, Any]:
    return {
        "names": one.names,
        "issuer": one.issuer,
        "not_before": iso(one.not_before) if one.not_before else None,
        "not_after": iso(one.not_after) if one.not_after else None,
        "sha256": one.sha256,
    }


def _exchange(one: Exchange) -> dict[str, Any]:
    return {
        "address": one.address,
        "family": one.family,
        "protocol": one.protocol,
        "status": one.status,
        "server": one.server,
        "location": one.location,
        "title": one.title,
        "received_bytes": one.received,
        "unpacked_bytes": one.unpacked,
        "cut": one.cut,
        "cookie": one.cookie,
        "found": one.found,
        "processing_ms": one.processing_ms,
        "transfer_ms": one.transfer_ms,
        "fingerprints": [_match(each) for each in one.matches],
        "failure": _failure(one.failure),
    }
