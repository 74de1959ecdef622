"""Formats whose lines are sentences with spaces and quotes: each a pattern, and what its words mean.

Apache and nginx (common, combined and what is built on it), Traefik, ingress-nginx, AWS load balancers, HAProxy and Envoy. The
sources of each are named in docs/reference/capture-and-log-formats.md. Patterns do not go back over what they
have taken (`*+`), so that no line takes longer than it is long, but for one lazy step that is linear.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from uproar.wire.accesslog import clocks, durations
from uproar.wire.accesslog.requests import Told

_NUMBERED = re.compile(rb"#([0-9A-F]{2})")  # How HAProxy writes what it does not print.
Columns = dict[str, Sequence[bytes]]


class Textual(NamedTuple):
    """A pattern whose groups are columns, and what makes `Told` of them."""

    pattern: re.Pattern[bytes]
    means: Callable[[Columns], Told]
    timed: Literal["start", "end", "either"]


_QUOTED = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
# A user's name is theirs to choose; a quote in it is escaped, so that `] "` can only be the server's.
_CLF = (
    rb"(?P<client>\S++) \S++ .{0,512}?\[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8}(?: [+-]\d{4})?)\] "
    rb'"(?P<request>' + _QUOTED + rb')" (?P<status>\d{3}) (?P<octets>\d{1,18}|-)'
)
_COMBINED = _CLF + rb' "(?P<referer>' + _QUOTED + rb')" "(?P<agent>' + _QUOTED + rb')"'
_LIST = rb"(?:[^\s,]++(?:, | : )?)++"
_UPSTREAM = (
    rb" \d++ (?P<duration>[\d.]++|-) \[[^\]]*+\] \[[^\]]*+\] "
    + _LIST + rb" " + _LIST + rb" " + _LIST
    + rb" (?P<upstream_status>(?:\d{3}|-)(?:(?:, | : )(?:\d{3}|-))*+) \S++"
)  # fmt: skip
_TRAEFIK = rb' \d++ "' + _QUOTED + rb'" "(?P<server>' + _QUOTED + rb')" (?P<duration>\d{1,12}+)ms'
_ALB = (
    rb"(?:https?|h2|grpcs?|wss?) (?P<time>\S++) \S++ (?P<client>\S++) (?P<target_server>\S++)"
    rb" (?P<waited>-?[\d.]++) (?P<worked>-?[\d.]++) (?P<sent>-?[\d.]++)"
    rb" (?P<status>\d{3}|-) (?P<origin_status>\d{3}|-) \d++ (?P<octets>\d{1,18})"
    rb' "(?P<request>' + _QUOTED + rb')" "(?P<agent>' + _QUOTED + rb')" \S++ \S++ \S++'
    rb' "' + _QUOTED + rb'" "(?P<host>' + _QUOTED + rb')".*'
)  # fmt: skip
_HAPROXY = (
    rb"(?:.{0,256}?\]: )?(?P<client>\S++) \[(?P<time>\d\d/[A-Z][a-z]{2}/\d{4}:[\d:]{8}\.\d{3})\] \S++ \S++"
    rb" -?\d++/-?\d++/-?\d++/(?P<answered>-?\d++)/\+?(?P<duration>-?\d{1,12})"
    rb" (?P<status>-?\d{1,3}) \+?(?P<octets>\d{1,18}) \S++ \S++ (?P<ended>\S{2})\S{2}"
    rb' \d++(?:/\+?\d++){4} \d++/\d++ (?:\{.*\} )?"(?P<request>.*?)"?'
)
_ENVOY = (
    rb'\[(?P<time>[\dT:.Z-]{20,30})\] "(?P<request>' + _QUOTED + rb')" (?P<status>\d{1,3})'
    rb' (?P<flags>\S++)(?: \S++ \S++ "' + _QUOTED + rb'")?+'
    rb" \d++ (?P<octets>\d{1,18}) (?P<duration>\d{1,12}|-) (?:\d++|-)"
    rb' "(?P<client>[^"]*+)" "(?P<agent>.*)" "[^"]*" "(?P<host>[^"]*)" "(?P<upstream>[^"]*)".*'
)


def _common(columns: Columns) -> Told:
    told: Told = {**columns}
    told["at_ms"] = clocks.clf(columns["time"])
    return told


def _ingress(columns: Columns) -> Told:
    told = _common(columns)
    told["duration_ms"] = durations.milliseconds(columns["duration"], 1_000)
    # Where it was tried again, the last answer is the one that counts.
    told["origin_status"] = [tried.split()[-1] for tried in columns["upstream_status"]]
    return told


def _traefik(columns: Columns) -> Told:
    told = _common(columns)
    told["duration_ms"] = durations.milliseconds(columns["duration"], 1)
    told["termination"] = [
        "traefik.no-server" if server in (b"-", b"") else "" for server in columns["server"]
    ]
    return told


def _alb(columns: Columns) -> Told:
    told: Told = {**columns}
    told["at_ms"] = clocks.iso(columns["time"])
    steps = [durations.milliseconds(columns[step], 1_000) for step in ("waited", "worked", "sent")]
    told["duration_ms"] = steps[0] + steps[1] + steps[2]
    told["termination"] = [
        "alb.no-target" if target == b"-" else "" for target in columns["target_server"]
    ]
    return told


def _haproxy(columns: Columns) -> Told:
    told: Told = {**columns}
    told["at_ms"] = clocks.clf(columns["time"])
    told["request"] = [
        _NUMBERED.sub(_octet, request) if b"#" in request else request
        for request in columns["request"]
    ]
    told["client"] = [client.rpartition(b":")[0] for client in columns["client"]]
    told["duration_ms"] = durations.milliseconds(columns["duration"], 1)
    # No time of an answer: the server gave none, and the status is HAProxy's own.
    told["origin_status"] = [
        b"0" if answered == b"-1" else status
        for answered, status in zip(columns["answered"], columns["status"], strict=True)
    ]
    told["termination"] = _slugs("haproxy", columns["ended"], b"--")
    return told


def _envoy(columns: Columns) -> Told:
    told: Told = {**columns}
    told["at_ms"] = clocks.iso(columns["time"])
    told["duration_ms"] = durations.milliseconds(columns["duration"], 1)
    told["origin_status"] = [
        status if flags == b"-" and upstream != b"-" else b"0"
        for status, flags, upstream in zip(
            columns["status"], columns["flags"], columns["upstream"], strict=True
        )
    ]
    told["termination"] = _slugs("envoy", columns["flags"], b"-")
    return told


def _octet(match: re.Match[bytes]) -> bytes:
    return bytes([int(match[1], 16)])


def _slugs(who: str, words: Sequence[bytes], well: bytes) -> list[str]:
    """Return `who.word` in small letters, and nothing where all went well."""
    read = {
        word: "" if word == well else f"{who}.{word.decode('ascii', 'replace').lower()}"
        for word in set(words)
    }
    return [read[word] for word in words]


def _line(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(pattern, re.DOTALL)


# The more a format tells, the earlier it is tried.
TEXTUAL = {
    "ingress-nginx": Textual(_line(_COMBINED + _UPSTREAM), _ingress, "end"),
    "traefik": Textual(_line(_COMBINED + _TRAEFIK), _traefik, "start"),
    "combinedio": Textual(_line(_COMBINED + rb" \d++ \d++"), _common, "start"),
    "vhost-combined": Textual(_line(rb"(?P<host>[^\s:]++):\d++ " + _COMBINED), _common, "start"),
    "combined": Textual(_line(_COMBINED), _common, "either"),
    # Combined with more behind it, as nginx is shipped (`"$http_x_forwarded_for"`) and as operators like it.
    "combined-extended": Textual(_line(_COMBINED + rb" .++"), _common, "either"),
    "common": Textual(_line(_CLF), _common, "either"),
    "alb": Textual(_line(_ALB), _alb, "end"),
    "haproxy": Textual(_line(_HAPROXY), _haproxy, "start"),
    "envoy": Textual(_line(_ENVOY), _envoy, "start"),
}
