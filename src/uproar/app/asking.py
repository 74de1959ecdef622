"""What an observatory that runs elsewhere knows of a service from its probes."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpcore2
import msgspec

from uproar.errors import BadInput, FetchFailed

DEADLINE_S = 15.0
ANSWER_BYTES_MAX = 1_048_576


class Probe(msgspec.Struct, frozen=True):
    """What one probe saw last."""

    probe: str
    state: str
    at: str
    place: str = ""
    network: str = ""
    status: int = 0
    failure: str = ""
    answered: str = ""
    void: bool = False


class Check(msgspec.Struct, frozen=True):
    """How one check stands."""

    check: str
    raised: bool
    probes: tuple[Probe, ...] = ()


class Seen(msgspec.Struct, frozen=True):
    """What the probes of an observatory see of one service."""

    service: str
    as_of: str
    said: str
    checks: tuple[Check, ...] = ()


def seen(observatory: str, service: str) -> tuple[Seen, bytes]:
    """Return what an observatory's probes see of a service, and its answer as it came.

    Raises BadInput for an address that is none or a service that it does not know, and FetchFailed.
    """
    if not observatory.startswith(("http://", "https://")):
        raise BadInput("--observatory is an address like https://observatory.example")
    url = f"{observatory.rstrip('/')}/api/v1/probes?service={quote(service, safe='')}"
    waits = dict.fromkeys(("connect", "read", "write", "pool"), DEADLINE_S)
    try:
        with httpcore2.stream("GET", url, extensions={"timeout": waits}) as answer:
            body = b""
            for chunk in answer.iter_stream():
                body += chunk
                if len(body) > ANSWER_BYTES_MAX:
                    raise FetchFailed("the observatory's answer is too long")
    except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError):
        raise FetchFailed(f"{observatory[:80]}: the observatory cannot be reached") from None
    except (httpcore2.UnsupportedProtocol, ValueError):
        raise BadInput(f"--observatory {observatory[:80]!r} is no address") from None
    if answer.status == 404:
        raise BadInput(f"the observatory knows no service {service[:80]!r}")
    if answer.status != 200:
        raise FetchFailed(f"the observatory answers {answer.status}")
    try:
        return msgspec.json.decode(body, type=Seen), body
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise FetchFailed(f"this is no observatory ({str(problem)[:80]})") from None


def lines(told: Seen) -> list[str]:
    """Return what a person reads: the sentence, then a line for each probe."""
    found: list[str] = [told.said, ""]
    for check in told.checks:
        found.append(f"  {check.check}{'  in alarm' if check.raised else ''}")
        found += [f"    {_line(probe)}" for probe in check.probes]
    return found


def is_wrong(told: Seen) -> bool:
    """Tell whether a check of the service is in alarm."""
    return any(check.raised for check in told.checks)


def _line(probe: Probe) -> str:
    where = " ".join(part for part in (probe.place, probe.network) if part)
    what: Any = probe.failure or (probe.status or "")
    by = f" by {probe.answered}" if probe.answered else ""
    void = ", not counted: its controls fail" if probe.void else ""
    return f"{probe.probe:<16} {where:<12} {probe.at}  {probe.state} {what}{by}{void}".rstrip()
