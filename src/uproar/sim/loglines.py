"""Rows of requests as lines of access logs, each server's own way: as much as it writes down, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from uproar.sim.website import METHODS, Rows, Words

HOST = "www.example.org"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SIX_OF = 5  # One /24 in so many speaks IPv6.


class One(NamedTuple):
    """One request in words. Times are ms UTC of its begin and its end; `agent` and `referer` are empty where not sent."""

    begun: int
    ended: int
    client: str
    method: str
    target: str
    status: int
    octets: int
    took: float
    agent: str
    referer: str


def address(number: int) -> str:
    """Return an address as text: of some networks IPv6, a /48 for each /24."""
    net, host = number >> 8, number & 0xFF
    if net * 2_654_435_761 % 2**32 % SIX_OF:
        return f"{number >> 24}.{net >> 8 & 255}.{net & 255}.{host}"
    return f"2a{net >> 20 & 0xF:02x}:{net & 0xFFFF:x}:{net >> 16 & 0xF:x}:1::{host:x}"


def _seconds(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1_000, UTC)


def _clf(at_ms: int) -> str:
    at = _seconds(at_ms)
    return f"{at.day:02d}/{MONTHS[at.month - 1]}/{at.year}:{at.hour:02d}:{at.minute:02d}:{at.second:02d} +0000"


def _iso(at_ms: int) -> str:
    return _seconds(at_ms).strftime("%Y-%m-%dT%H:%M:%S") + f".{at_ms % 1000:03d}000Z"


def _combined(one: One) -> str:
    request = f"{one.method} {one.target} HTTP/1.1" if one.method else ""
    return (
        f'{one.client} - - [{_clf(one.ended)}] "{request}" {one.status} {one.octets}'
        f' "{one.referer or "-"}" "{one.agent or "-"}"'
    )


def _ingress(one: One) -> str:
    return f"{_combined(one)} 431 {one.took / 1_000:.3f} [web-80] [] 10.0.0.5:80 {one.octets} {one.took / 1_000:.3f} {one.status} {one.begun:x}"


def _alb(one: One) -> str:
    colon = f"[{one.client}]" if ":" in one.client else one.client
    request = f"{one.method or '-'} https://{HOST}:443{one.target} HTTP/2.0"
    return (
        f"h2 {_iso(one.ended)} app/web/50dc6c495c0c9188 {colon}:28170 10.0.0.1:80 0.000 {one.took / 1_000:.3f} 0.001"
        f' {one.status} {one.status} 34 {one.octets} "{request}" "{one.agent or "-"}" ECDHE TLSv1.2 arn:aws:tg'
        f' "Root=1-58337262" "{HOST}" "arn:cert" 0 {_iso(one.begun)} "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"'
    )


def _haproxy(one: One) -> str:
    at = _seconds(one.begun)
    stamp = f"{_clf(one.begun)[:-6]}.{one.begun % 1000:03d}"
    took = int(one.took)
    ended = {408: "cR", 499: "CD"}.get(one.status, "--")
    return (
        f"{MONTHS[at.month - 1]} {at.day:2d} {at.hour:02d}:{at.minute:02d}:{at.second:02d} lb haproxy[14389]: {one.client}:33317"
        f" [{stamp}] http-in web/srv1 0/0/1/{took}/{took} {one.status} {one.octets} - - {ended}-- 1/1/1/1/0 0/0"
        f' "{one.method or "<BADREQ>"} {one.target} HTTP/1.1"'
    )


def _caddy(one: One) -> str:
    headers = {"Accept": ["*/*"]}
    if one.agent:
        headers["User-Agent"] = [one.agent]
    if one.referer:
        headers["Referer"] = [one.referer]
    return json.dumps(
        {"level": "info", "ts": one.ended / 1_000, "logger": "http.log.access", "msg": "handled request",
         "request": {"remote_ip": one.client, "client_ip": one.client, "proto": "HTTP/2.0", "method": one.method,
                     "host": HOST, "uri": one.target, "headers": headers},
         "duration": one.took / 1_000, "size": one.octets, "status": one.status}
    )  # fmt: skip


def _logpush(one: One) -> str:
    return json.dumps(
        {"ClientIP": one.client, "ClientRequestHost": HOST, "ClientRequestMethod": one.method,
         "ClientRequestURI": one.target, "ClientRequestUserAgent": one.agent, "ClientRequestReferer": one.referer,
         "EdgeStartTimestamp": one.begun * 1_000_000, "EdgeEndTimestamp": one.ended * 1_000_000,
         "EdgeResponseStatus": one.status, "EdgeResponseBytes": one.octets, "OriginResponseStatus": one.status}
    )  # fmt: skip


class Form(NamedTuple):
    """A format: what writes a line, and whether it tells how long a request took."""

    line: Callable[[One], str]
    timed: bool


FORMS = {
    "combined": Form(_combined, timed=False),
    "ingress-nginx": Form(_ingress, timed=True),
    "alb": Form(_alb, timed=True),
    "haproxy": Form(_haproxy, timed=True),
    "caddy": Form(_caddy, timed=True),
    "logpush": Form(_logpush, timed=True),
}
NAMES = ("q", "page", "id", "_", "v", "ref")


def lines(asked: Rows, words: Words, form: str) -> list[bytes]:
    """Return a line a request, in the order in which the server wrote them: by their ends, or begins where it stamps those."""
    line = FORMS[form].line
    ended = asked["at"] + asked["took"].astype("i8")
    ordered = asked[ended.argsort(kind="stable")]
    known: dict[int, str] = {}
    made = []
    for at, who, agent, path, query, referer, method, status, octets, took, _ in ordered.tolist():
        if who not in known:
            known[who] = address(who)
        target = words.all[path]
        if query:
            mark = "&" if "?" in target else "?"
            target = f"{target}{mark}{NAMES[path % len(NAMES)]}={query:x}"
        came = words.all[referer]
        if came.startswith("/"):
            came = f"https://{HOST}{came}"
        bare = not target  # A request that never came to an end has neither method nor path.
        one = One(at, at + int(took), known[who], "" if bare else METHODS[method], target, status, octets, took, words.all[agent], came)  # fmt: skip
        made.append(line(one).encode())
    return made
