"""What fails, in the words of the taxonomy: by what people report, and by what probes agree on.

A word is left out where what was reported may mean several things: that an app does not work says of a service
that fails everywhere nothing of the app.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

REPORTS_MIN = 5.0  # Reports of a symptom beyond its usual, at least,
SHARE_MIN = 0.1  # and their share of all that is beyond the usual.
APP_SHARE = (
    0.8  # Share of the excess from which it is the app that fails, and not what is behind it,
)
APP_USUAL = 0.5  # where it is at most so much of what is usually reported.
DOMAINS_MIN = 2  # Failure domains that must agree before a probe's word counts.

_REPORTED: Mapping[str, str] = MappingProxyType(
    {
        "dns": "unreachable",
        "connect": "unreachable",
        "internet": "unreachable",
        "mobile-data": "unreachable",
        "tls": "tls-handshake",
        "http-5xx": "http-5xx",
        "blank": "blank",
        "media": "partial-content",
        "feed": "partial-content",
        "search": "partial-content",
        "slow": "slow",
        "login": "login-fails",
        "post": "cannot-post",
        "message": "cannot-post",
        "form": "cannot-post",
        "order": "cannot-post",
        "checkout": "cannot-post",
        "payment": "cannot-post",
        "transfer": "cannot-post",
        "booking": "cannot-post",
        "api": "api-errors",
        "build": "jobs-delayed",
        "notify": "jobs-delayed",
        "lag": "disconnects",
        "meeting": "disconnects",
        "call": "voice-fails",
        "no-signal": "no-signal",
    }
)
_FAILURES: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("dns", "generic_timeout_error"): "dns-timeout",
        ("dns", "dns_servfail_error"): "dns-servfail",
        ("dns", "dns_nxdomain_error"): "dns-nxdomain",
        ("dns", "dns_refused_error"): "dns-refused",
        ("tcp", "generic_timeout_error"): "tcp-connect-timeout",
        ("tcp", "connection_refused"): "connect-refused",
        ("tcp", "connection_reset"): "tcp-reset",
        ("tcp", "host_unreachable"): "unreachable",
        ("tls", "ssl_invalid_certificate"): "tls-expired",
        ("tls", "ssl_invalid_hostname"): "tls-wrong-name",
        ("tls", "ssl_unknown_authority"): "tls-unknown-ca",
        ("tls", "connection_reset"): "tcp-reset",
        ("http", "generic_timeout_error"): "http-timeout",
        ("http", "connection_reset"): "tcp-reset",
    }
)
_STEPS: Mapping[str, str] = MappingProxyType({"tls": "tls-handshake", "tcp": "unreachable"})
_STATUSES = frozenset({400, 401, 403, 404, 429, 500, 502, 503, 504, *range(520, 527), 530})
_FULL = frozenset({"origin_capacity"})  # Layers of pages on which a service says that it is full.


class Agreed(msgspec.Struct, frozen=True):
    """What probes of one check agree on: how many failure domains, and what most of them found.

    `state` is "fails", "blocked" or "maintenance"; the rest are words of `model.signal.Probed`.
    """

    domains: int
    state: str
    step: str = ""
    layer: str = ""
    failure: str = ""
    status: int = 0
    fingerprint: str = ""


def reported(
    counts: Mapping[str, int], usual: Mapping[str, float], beyond: float
) -> frozenset[str] | None:
    """Return what people report beyond the usual, None where none of it has a word.

    `counts` are reports by symptom since the onset, `usual` what was to be expected of each in that time, and `beyond`
    the reports of all symptoms beyond the usual.
    """
    excess = {name: count - usual.get(name, 0.0) for name, count in counts.items()}
    least = max(REPORTS_MIN, SHARE_MIN * beyond)
    found = {
        _REPORTED[name] for name, more in excess.items() if name in _REPORTED and more >= least
    }
    if _is_the_app(excess, usual, beyond):
        found.add("app-crash")
    return frozenset(found) or None


def _is_the_app(excess: Mapping[str, float], usual: Mapping[str, float], beyond: float) -> bool:
    ordinary = sum(usual.values())
    if ordinary <= 0.0 or beyond < REPORTS_MIN:
        return False
    share = usual.get("app", 0.0) / ordinary
    return share <= APP_USUAL and excess.get("app", 0.0) >= APP_SHARE * beyond


def probed(checks: Iterable[Agreed]) -> frozenset[str] | None:
    """Return what probes agree on, None where they agree on no failure that has a word."""
    found = {word for one in checks if one.domains >= DOMAINS_MIN for word in words(one)}
    return frozenset(found) or None


def words(one: Agreed) -> tuple[str, ...]:
    """Return the words for what probes found."""
    if one.state == "maintenance":
        return ("maintenance-page",)
    if one.state == "blocked":
        return ("challenge-page",) if "challenge" in one.fingerprint else _of_status(one)
    if one.state != "fails":
        return ()
    if one.status >= 400 and one.step in {"http", "content"}:
        return (*_of_status(one), *(("capacity-page",) if one.layer in _FULL else ()))
    known = _FAILURES.get((one.step, one.failure), _STEPS.get(one.step))
    return (known,) if known is not None else ()


def _of_status(one: Agreed) -> tuple[str, ...]:
    if one.status in _STATUSES:
        return (f"http-{one.status}",)
    return ("http-5xx",) if one.status >= 500 else ()
