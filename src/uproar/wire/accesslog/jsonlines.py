"""Formats with a JSON object a line: Cloudflare Logpush, Envoy, Caddy, Traefik.

Only the fields named here are looked at; all others are stepped over. A line whose octets are no UTF-8 is read with
those replaced: whoever sends a broken agent string must not vanish from the log by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np

from uproar.wire.accesslog import clocks, durations
from uproar.wire.accesslog.requests import Told

Scalar = str | int | float | None
Word = str | None


class Logpush(msgspec.Struct, rename="pascal"):
    """http_requests of Cloudflare. Times are RFC 3339 or a number in seconds, milli-, micro- or nanoseconds."""

    edge_start_timestamp: str | int | float
    edge_end_timestamp: Scalar = None
    edge_response_status: Scalar = None
    edge_response_bytes: Scalar = None
    origin_response_status: Scalar = None
    client_i_p: Word = msgspec.field(name="ClientIP", default=None)
    client_country: Word = None
    client_request_host: Word = None
    client_request_method: Word = None
    client_request_path: Word = None
    client_request_u_r_i: Word = msgspec.field(name="ClientRequestURI", default=None)
    client_request_referer: Word = None
    client_request_user_agent: Word = None
    j_a4: Word = msgspec.field(name="JA4", default=None)
    security_action: Word = None


class Envoy(msgspec.Struct):
    """The keys that Istio and Envoy's own examples give."""

    start_time: str | int | float
    response_code: Scalar
    method: Word = None
    path: Word = None
    response_flags: Word = None
    bytes_sent: Scalar = None
    duration: Scalar = None
    x_forwarded_for: Word = None
    downstream_remote_address: Word = None
    user_agent: Word = None
    authority: Word = None
    upstream_host: Word = None


class CaddyHeaders(msgspec.Struct):
    """Of a request's header fields, those that are taken; each may come more than once."""

    agent: list[str] = msgspec.field(name="User-Agent", default_factory=list)
    referer: list[str] = msgspec.field(name="Referer", default_factory=list)


class CaddyRequest(msgspec.Struct):
    """What Caddy tells of a request; `client_ip` is already its judgement on trusted proxies."""

    method: Word = None
    host: Word = None
    uri: Word = None
    remote_ip: Word = None
    client_ip: Word = None
    headers: CaddyHeaders = msgspec.field(default_factory=CaddyHeaders)


class Caddy(msgspec.Struct):
    """A line of http.log.access; `ts` is when it was written, after the request."""

    ts: str | int | float
    request: CaddyRequest
    status: Scalar
    size: Scalar = None
    duration: Scalar = None


class Traefik(msgspec.Struct, rename="pascal"):
    """`Duration` is in nanoseconds."""

    start_u_t_c: str = msgspec.field(name="StartUTC")
    downstream_status: Scalar
    client_host: Word = None
    request_method: Word = None
    request_path: Word = None
    request_host: Word = None
    origin_status: Scalar = None
    downstream_content_size: Scalar = None
    duration: Scalar = None
    service_u_r_l: Any = msgspec.field(name="ServiceURL", default=None)
    agent: Word = msgspec.field(name="request_User-Agent", default=None)
    referer: Word = msgspec.field(name="request_Referer", default=None)


class JsonLines(NamedTuple):
    """The shape of a line, and what makes `Told` of many."""

    kind: type[msgspec.Struct]
    means: Callable[[Any], Told]
    timed: Literal["start", "end"]


def decoded(line: bytes, decoder: msgspec.json.Decoder[Any]) -> Any | None:
    """Return the line's object; None where it is none of that kind."""
    try:
        return decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if line.isascii():
            return None
    try:
        return decoder.decode(line.decode("utf-8", "replace"))
    except (msgspec.DecodeError, RecursionError):
        return None


def _octets(words: Sequence[Word]) -> list[bytes]:
    return [word.encode("utf-8", "replace") if word else b"" for word in words]


def _times(times: Sequence[str | float]) -> Any:
    made = np.empty(len(times), np.int64)
    texts = [(row, time.encode()) for row, time in enumerate(times) if isinstance(time, str)]
    numbers = [(row, time) for row, time in enumerate(times) if not isinstance(time, str)]
    made[[row for row, _ in texts]] = clocks.iso([time for _, time in texts])
    made[[row for row, _ in numbers]] = clocks.number([time for _, time in numbers])
    return made


def _bare(durations_told: Sequence[Scalar]) -> list[bytes | float | None]:
    return [word.encode() if isinstance(word, str) else word for word in durations_told]


def _whole(words: Sequence[Scalar]) -> list[bytes | float]:
    """Return numbers, also where they were written as words."""
    return [word.encode() if isinstance(word, str) else (word or 0) for word in words]


def _logpush(rows: Sequence[Logpush]) -> Told:
    begun = _times([row.edge_start_timestamp for row in rows])
    ended = _times([row.edge_end_timestamp or -1 for row in rows])
    took = np.where((ended >= begun) & (begun >= 0), ended - begun, -1).tolist()
    actions = [(row.security_action or "").lower() for row in rows]
    return {
        "at_ms": begun,
        "duration_ms": durations.milliseconds(took, 1),
        "client": _octets([row.client_i_p for row in rows]),
        "method": _octets([row.client_request_method for row in rows]),
        "target": _octets([row.client_request_u_r_i or row.client_request_path for row in rows]),
        "status": _whole([row.edge_response_status for row in rows]),
        "origin_status": _whole([row.origin_response_status for row in rows]),
        "octets": _whole([row.edge_response_bytes for row in rows]),
        "agent": _octets([row.client_request_user_agent for row in rows]),
        "referer": _octets([row.client_request_referer for row in rows]),
        "host": _octets([row.client_request_host for row in rows]),
        "country": _octets([row.client_country for row in rows]),
        "ja4": _octets([row.j_a4 for row in rows]),
        "termination": [
            f"cloudflare.{action}" if action not in ("", "unknown", "allow") else ""
            for action in actions
        ],
    }


def _envoy(rows: Sequence[Envoy]) -> Told:
    flags = [row.response_flags or "-" for row in rows]
    return {
        "at_ms": _times([row.start_time for row in rows]),
        "duration_ms": durations.milliseconds(_bare([row.duration for row in rows]), 1),
        "client": _octets([row.x_forwarded_for or row.downstream_remote_address for row in rows]),
        "method": _octets([row.method for row in rows]),
        "target": _octets([row.path for row in rows]),
        "status": _whole([row.response_code for row in rows]),
        # A flag says that the answer was Envoy's own.
        "origin_status": _whole(
            [
                row.response_code if flag == "-" and row.upstream_host not in (None, "-") else 0
                for row, flag in zip(rows, flags, strict=True)
            ]
        ),
        "octets": _whole([row.bytes_sent for row in rows]),
        "agent": _octets([row.user_agent for row in rows]),
        "host": _octets([row.authority for row in rows]),
        "termination": ["" if flag == "-" else f"envoy.{flag.lower()}" for flag in flags],
    }


def _caddy(rows: Sequence[Caddy]) -> Told:
    asked = [row.request for row in rows]
    return {
        "at_ms": _times([row.ts for row in rows]),
        "duration_ms": durations.milliseconds(_bare([row.duration for row in rows]), 1_000),
        "client": _octets([request.client_ip or request.remote_ip for request in asked]),
        "method": _octets([request.method for request in asked]),
        "target": _octets([request.uri for request in asked]),
        "status": _whole([row.status for row in rows]),
        "octets": _whole([row.size for row in rows]),
        "agent": _octets([next(iter(request.headers.agent), None) for request in asked]),
        "referer": _octets([next(iter(request.headers.referer), None) for request in asked]),
        "host": _octets([request.host for request in asked]),
    }


def _traefik(rows: Sequence[Traefik]) -> Told:
    return {
        "at_ms": _times([row.start_u_t_c for row in rows]),
        "duration_ms": durations.milliseconds(_bare([row.duration for row in rows]), 1e-6),
        "client": _octets([row.client_host for row in rows]),
        "method": _octets([row.request_method for row in rows]),
        "target": _octets([row.request_path for row in rows]),
        "status": _whole([row.downstream_status for row in rows]),
        "origin_status": _whole([row.origin_status for row in rows]),
        "octets": _whole([row.downstream_content_size for row in rows]),
        "agent": _octets([row.agent for row in rows]),
        "referer": _octets([row.referer for row in rows]),
        "host": _octets([row.request_host for row in rows]),
        # Operators may leave fields out; an answer of a server tells that there was one.
        "termination": [
            "" if row.service_u_r_l or row.origin_status else "traefik.no-server" for row in rows
        ],
    }


JSON_LINES = {
    "logpush": JsonLines(Logpush, _logpush, "start"),
    "traefik-json": JsonLines(Traefik, _traefik, "start"),
    "caddy": JsonLines(Caddy, _caddy, "end"),
    "envoy-json": JsonLines(Envoy, _envoy, "start"),
}
