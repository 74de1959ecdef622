"""What several probes see of a service, in plain sentences: who sees what, from where, since when."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from uproar.model.measurement import Failure, Finding, Match, Operation
from uproar.present.legible import clean
from uproar.present.probing_words import behind, broken

_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {
        "dns": "resolve",
        "tcp": "connect",
        "tls": "tls_handshake",
        "http": "http_round_trip",
        "content": "content",
    }
)
# Where the sentence of a single measurement ends in a detail, which the journal does not keep.
_BRIEF: Mapping[str, str] = MappingProxyType(
    {
        "ssl_invalid_hostname": "its certificate is for another name",
        "ssl_invalid_certificate": "its certificate does not hold",
        "ssl_unknown_authority": "its certificate is signed by nobody we know",
        "ssl_failed_handshake": "it and the probes cannot agree on TLS",
        "http_request_failed": "it answers, but not as HTTP asks",
        "http_unexpected_redirect_url": "it redirects without end",
        "http_invalid_redirect_location_host": "it redirects to an address that cannot be used",
        "unknown_failure": "it fails in a way we have no word for",
    }
)


class Seen(msgspec.Struct, frozen=True):
    """What failing looks show in common: the finding as the journal keeps it, and its fingerprint."""

    finding: Finding
    operation_failure: str = ""
    match: Match | None = None


def what(seen: Seen, name: str) -> str:
    """Return what fails, as a clause without a full stop: "the edge of Cloudflare answers, ...".

    `name` is the service's, as people know it.
    """
    finding = seen.finding
    if seen.match is not None:
        said = behind(seen.match, finding, name)
    elif seen.operation_failure in _BRIEF:
        said = _BRIEF[seen.operation_failure]
    elif seen.operation_failure:
        operation = _OPERATIONS.get(finding.step, "http_round_trip")
        failure = Failure(operation, seen.operation_failure, finding.layer)
        said = broken(failure, finding.layer, name)
    elif finding.step == "content":
        said = f"the page of {name} does not hold the text that it should"
    elif finding.status:
        said = f"{name} answers with an error ({finding.status})"
    else:
        said = f"{name} does not work"
    said = clean(said).rstrip(".").replace("; ", ", ")
    return said if said.startswith(name) else said[:1].lower() + said[1:]


def networks(failing: int, heard: int) -> str:
    """Return in how many of the failure domains: "Probes in 4 of 5 networks"."""
    if heard == 1:
        return "Probes in the one network that was heard"
    if failing == heard:
        return f"Probes in all {heard} networks"
    return f"Probes in {failing} of {heard} networks"


def only(axis: str, value: str) -> str:
    """Return what those that fail have in common: "only in AS3320"."""
    words = {
        "network": "only in {}",
        "resolver": "only through the resolver {}",
        "place": "only in {}",
    }
    return words[axis].format(clean(value))


def half(family: str) -> str:
    """Return the clause of one family of addresses that fails."""
    wrong, right = ("IPv6", "IPv4") if family == "ipv6" else ("IPv4", "IPv6")
    return f"over {wrong} it does not work, over {right} it does"
