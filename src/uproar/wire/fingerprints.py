"""Who answered? An answer of HTTP is held against known fingerprints.

Relayed is not generated: an edge that passed a page on is told apart from whoever wrote it. A text
alone may be a quotation, so in an answer that reports success a fingerprint without a header counts
only on a short page. The work is bounded: a head of the body, expressions whose repeats are
bounded, and each asked only where status, headers and a literal of it fit.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from uproar.errors import FingerprintsInvalid
from uproar.model.measurement import STRENGTHS, Match
from uproar.wire.fingerprintfile import Fingerprint
from uproar.wire.patterns import Pattern

HEAD_MAX = 64 * 1024  # bytes of a body that are looked at
VALUE_MAX = 2_000  # characters of one header that are looked at
QUOTED_MIN = 16 * 1024  # bytes from which a page of success may quote what it likes

_RANK = {strength: rank for rank, strength in enumerate(STRENGTHS)}
# The standard library turns the digits of a reference into a number and refuses very long ones.
_LONG_REFERENCE = re.compile(r"&#[xX]?[0-9a-fA-F]{10,}")


@dataclass(frozen=True)
class Fingerprints:
    """All fingerprints, those of a status apart from those that ask for none."""

    by_status: Mapping[int, tuple[Fingerprint, ...]]
    of_any: tuple[Fingerprint, ...]

    def everything(self) -> tuple[Fingerprint, ...]:
        """Return every fingerprint once, in the order of ids."""
        found = {one.match.id: one for group in self.by_status.values() for one in group}
        found.update({one.match.id: one for one in self.of_any})
        return tuple(found[name] for name in sorted(found))


class Answer(NamedTuple):
    """What of an answer is looked at. Names of headers are in lower case; `body` may be a head."""

    host: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    length: int


def gathered(fingerprints: Iterable[Fingerprint]) -> Fingerprints:
    """Put fingerprints in the order in which they are asked; raise FingerprintsInvalid for twins."""
    known: dict[str, Fingerprint] = {}
    for one in fingerprints:
        if one.match.id in known:
            raise FingerprintsInvalid(f"{one.match.id}: stands twice")
        known[one.match.id] = one
    for one in known.values():
        if strange := one.covers - known.keys():
            raise FingerprintsInvalid(f"{one.match.id}: covers {', '.join(sorted(strange))}")
    statuses = sorted({status for one in known.values() for status in one.status})
    return Fingerprints(
        {
            status: tuple(one for one in known.values() if status in one.status)
            for status in statuses
        },
        tuple(one for one in known.values() if not one.status),
    )


def match(answer: Answer, known: Fingerprints) -> tuple[Match, ...]:
    """Return the fingerprints that an answer bears, the strongest first; never raises.

    Blocks come before faults of the same strength, relays last. `rests_on` names what fitted.
    """
    headers = _joined(answer.headers)
    text = readable(answer.body)
    lowered = text.lower()
    borne: dict[str, tuple[Fingerprint, tuple[str, ...]]] = {}
    for one in (*known.by_status.get(answer.status, ()), *known.of_any):
        if (rests := _rests_on(one, answer, headers, text, lowered)) is not None:
            borne[one.match.id] = one, rests
    covered = {name for one, _ in borne.values() for name in one.covers}
    found = [
        msgspec.structs.replace(one.match, rests_on=rests)
        for name, (one, rests) in borne.items()
        if name not in covered
    ]
    return tuple(sorted(found, key=_order))


def readable(body: bytes) -> str:
    """Return the head of a body as text, references to characters resolved; never raises."""
    text = body[:HEAD_MAX].decode("utf-8", "replace")
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", text)) if "&" in text else text


def _order(one: Match) -> tuple[bool, int, bool, int, str]:
    return (
        one.kind == "relay",
        _RANK[one.strength],
        one.kind != "block",
        -len(one.rests_on),
        one.id,
    )


def _joined(headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return one value a name; lines of one name are joined by line ends, as patterns expect."""
    joined: dict[str, str] = {}
    for name, value in headers:
        joined[name] = f"{joined[name]}\n{value}" if name in joined else value
    return {name: value[:VALUE_MAX] for name, value in joined.items()}


def _rests_on(
    one: Fingerprint, answer: Answer, headers: Mapping[str, str], text: str, lowered: str
) -> tuple[str, ...] | None:
    """Return what of an answer fits a fingerprint, or None where something is missing."""
    rests = [f"status {answer.status}"] if one.status else []
    if one.hosts:
        if not any(answer.host == host or answer.host.endswith(f".{host}") for host in one.hosts):
            return None
        rests.append("host")
    for name, pattern in one.headers:
        if not _holds(headers, name, pattern):
            return None
        rests.append(f"header {name}")
    if one.headers_any:
        fitting = [name for name, pattern in one.headers_any if _holds(headers, name, pattern)]
        if not fitting:
            return None
        rests.extend(f"header {name}" for name in fitting)
    if one.body or one.body_all:
        quotable = not one.headers and answer.status < 400 and answer.length > QUOTED_MIN
        if quotable or not _worded(one, text, lowered):
            return None
        rests.append("text")
    return tuple(rests)


def _holds(headers: Mapping[str, str], name: str, pattern: Pattern) -> bool:
    value = headers.get(name)
    return value is not None and pattern.expression.search(value) is not None


def _worded(one: Fingerprint, text: str, lowered: str) -> bool:
    if not all(pattern.found(text, lowered) for pattern in one.body_all):
        return False
    return not one.body or any(pattern.found(text, lowered) for pattern in one.body)
