"""A public statement from fields, as JSON or from the desk's form, into a `Claim`; clear about mistakes.

    {"service": "x", "by": "The owner", "where": "a post", "said": "We are looking into it.",
     "said_at": "2025-03-10T16:45:00Z", "link": "https://example.org/1", "native": "owner-1",
     "role": "operator", "asserts": [{"axis": "mechanism", "value": "config-error"}]}

In a form, `asserts` is one line: "mechanism=config-error, agency=human-error". Which services exist is the catalog's knowledge, not looked at here.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from uproar.errors import BadInput, ClaimRejected
from uproar.model.asserted import ASSERTED_MAX, Asserted, ClaimRole, complaint, parsed
from uproar.model.signal import Claim
from uproar.model.tick import MINUTE_MS, parse_iso
from uproar.wire.cleaned import https, text
from uproar.wire.signalbounds import BOUNDS

FIELDS = (
    "service",
    "by",
    "where",
    "said",
    "said_at",
    "link",
    "native",
    "withdrawn",
    "role",
    "asserts",
)
ROLES: tuple[ClaimRole, ...] = get_args(ClaimRole)[1:]
BODY_BYTES_MAX = 32_768
INSTANT_MAX = 60  # Characters of a time.
EARLIEST_MS = 946_684_800_000  # The year 2000.
AHEAD_MS = 10 * MINUTE_MS  # So far a clock may be ahead of ours.
WITHDRAWN = "(withdrawn)"  # What stands in a withdrawal where a statement has its words.

_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"", "0", "off", "false", "no"})
_ASSERTS = tuple[Asserted, ...]
_NATIVE = re.compile(r"[!-~]{1,200}")
# What a browser's field for a time sends; it has no zone, and the desk says that it is UTC.
_LOCAL = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?")


def decoded(body: bytes) -> Mapping[str, Any]:
    """Return the fields of a body of JSON. Raises ClaimRejected."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise ClaimRejected("json-invalid", "the body is no JSON in UTF-8") from None
    if not isinstance(told, dict):
        raise ClaimRejected("not-an-object", "a statement is an object, with fields")
    return told


def read(told: Mapping[str, Any], now_ms: int) -> Claim:
    """Return the statement that fields make; its service is as it was named. Raises ClaimRejected.

    A withdrawal needs no words, only which statement it is about: `service` and `native`.
    """
    unknown = sorted(str(name)[:40] for name in told if name not in FIELDS)
    if unknown:
        raise ClaimRejected(
            "unknown-field",
            f"a statement has no field {unknown[0]!a}; its fields are {', '.join(FIELDS)}",
        )
    withdrawn = _choice(told.get("withdrawn"))
    native = _native(told.get("native"))
    if withdrawn and not native:
        raise ClaimRejected(
            "native-missing", "say by its reference which one is withdrawn", "native"
        )
    service = _needed(told, "service", "say which service it is about")
    by = _line(told, "by") if withdrawn else _needed(told, "by", "say who said it")
    said = _line(told, "said") if withdrawn else _needed(told, "said", "say what was said")
    claim = Claim(
        at=0,  # The journal stamps the arrival.
        service=service,
        by=by or WITHDRAWN,
        said=said or WITHDRAWN,
        where=_line(told, "where"),
        link=_link(told.get("link")),
        said_at=_instant(told.get("said_at"), now_ms),
        native=native,
        withdrawn=withdrawn,
        role=_role(told.get("role")),
        asserts=_asserts(told.get("asserts")),
    )
    return claim if native else msgspec.structs.replace(claim, native=_reference(claim))


def zoned(text: str) -> str:
    """Return the time of a browser's field, which has no zone, as one in UTC; other texts as they are."""
    line = text.strip()
    return f"{line}Z" if _LOCAL.fullmatch(line) else line


def _reference(claim: Claim) -> str:
    """Return a reference for a statement that came without one, so that it can be corrected."""
    content = msgspec.json.encode(claim)
    return f"s-{hashlib.blake2b(content, digest_size=5).hexdigest()}"


def _needed(told: Mapping[str, Any], name: str, complaint: str) -> str:
    found = _line(told, name)
    if not found:
        raise ClaimRejected(f"{name}-missing", complaint, name)
    return found


def _line(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ClaimRejected("wrong-type", f"{name} is a text", name)
    most = BOUNDS[Claim][name][1]
    if len(value) > most:
        raise ClaimRejected("too-long", f"{name} has at most {most} characters", name)
    return text(value, most)


def _link(value: Any) -> str:
    if value is None or value == "":
        return ""
    link = https(value.strip()) if isinstance(value, str) else ""
    if not link:
        raise ClaimRejected("link", "a link begins with https:// and has no spaces", "link")
    return link


def _native(value: Any) -> str:
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _NATIVE.fullmatch(value.strip()):
        raise ClaimRejected(
            "native", "a reference has at most 200 printable ASCII signs, no spaces", "native"
        )
    return value.strip()


def _instant(value: Any, now_ms: int) -> int | None:
    if value is None or value == "":
        return None
    try:
        at = parse_iso(zoned(value[:INSTANT_MAX]) if isinstance(value, str) else "")
    except BadInput:
        raise ClaimRejected(
            "said-at", "write when it was said like 2025-03-10T16:45:00Z", "said_at"
        ) from None
    if not EARLIEST_MS <= at <= now_ms + AHEAD_MS:
        raise ClaimRejected("said-at", "it was said after 2000 and before now", "said_at")
    return at


def _role(value: Any) -> ClaimRole:
    if value is None or value == "":
        return ""
    for role in ROLES:
        if role == value:
            return role
    raise ClaimRejected("role", f"a role is one of {', '.join(ROLES)}", "role")


def _asserts(value: Any) -> tuple[Asserted, ...]:
    """Return what is asserted, of a list of objects or of the line of a form."""
    try:
        found = parsed(value) if isinstance(value, str) else msgspec.convert(value or [], _ASSERTS)
    except msgspec.ValidationError:
        raise ClaimRejected(
            "asserts", 'asserts is a list of {"axis": ..., "value": ...}', "asserts"
        ) from None
    except ValueError as problem:
        raise ClaimRejected("asserts", str(problem), "asserts") from None
    if len(found) > ASSERTED_MAX:
        raise ClaimRejected("asserts", f"a statement asserts at most {ASSERTED_MAX}", "asserts")
    for each in found:
        if wrong := complaint(each):
            raise ClaimRejected("asserts", wrong, "asserts")
    return tuple(dict.fromkeys(found))


def _choice(value: Any) -> bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    said = value.strip().lower() if isinstance(value, str) else "?"
    if said not in _YES | _NO:
        raise ClaimRejected("wrong-type", "withdrawn is true or false", "withdrawn")
    return said in _YES
