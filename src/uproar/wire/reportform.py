"""The body of a report, as JSON or as a form, into a `ReportIn`; strict, and clear about mistakes.

Whatever is wrong becomes a `ReportRejected` with an HTTP status, a slug for programs, a sentence for
people and the field. Which services and symptoms exist is the catalog's knowledge, not looked at here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn

import msgspec

from uproar.errors import ReportRejected
from uproar.model.place import CODES
from uproar.model.signal import OTHER_SYMPTOM
from uproar.wire.multipart import multipart_pairs

BODY_BYTES_MAX = 4096
FIELDS_MAX = 16
SERVICE_MAX = 100  # characters
SYMPTOM_MAX = 40
ID_MAX = 64
SHOWN_MAX = 40  # characters of somebody's own text that an error repeats
LISTED_MAX = 5  # unknown fields that an error lists

FIELDS = ("service", "symptom", "place", "works", "words", "id")

_YES = frozenset({"1", "on", "true", "yes"})
_NO = frozenset({"", "0", "off", "false", "no"})
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_NEVER = re.compile("[\x00\ud800-\udfff]")
_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")
_QUOTED_NAMES = tuple(f'"{name}"'.encode() for name in FIELDS)


class ReportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person sent. `place` is an ISO 3166 country or empty, `words` are as they came."""

    service: str
    symptom: str = OTHER_SYMPTOM
    place: str = ""
    works: bool = False
    words: str = ""
    id: str = ""


_DECODER = msgspec.json.Decoder(ReportIn)


def parse(body: bytes, content_type: str, service: str = "") -> ReportIn:
    """Return the report in a request's body; `service` is what the address names already, if it does.

    Raises ReportRejected: 400 for what is no JSON, form or UTF-8 or says a thing twice, 413 for more
    than BODY_BYTES_MAX, 415 for another content type, 422 for fields that are unknown or wrong.
    """
    if len(body) > BODY_BYTES_MAX:
        raise too_large()
    if content_type == "application/json" and not service:
        return _from_json(body)
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind == "application/json":
        _utf8_declared(parameters)
        return _from_json(body) if not service else _checked(_members(body), service)
    if kind == "application/x-www-form-urlencoded":
        _utf8_declared(parameters)
        return _checked(_from_pairs(_urlencoded(body)), service)
    if kind == "multipart/form-data":
        return _checked(_from_pairs(multipart_pairs(body, content_type)), service)
    raise ReportRejected(
        415,
        "content-type",
        f"a report cannot be read from {_shown(content_type) or 'a body without a content type'}; "
        "send application/json or application/x-www-form-urlencoded",
    )


def too_large(most: int = BODY_BYTES_MAX) -> ReportRejected:
    """Return the error for a body that is longer than `most` bytes."""
    if most == BODY_BYTES_MAX:
        return ReportRejected(
            413, "body-too-large", f"a report has at most {most} bytes; shorten the words"
        )
    return ReportRejected(413, "body-too-large", f"at most {most} bytes are taken here")


def checked_id(text: str) -> str:
    """Return an idempotency key, or raise ReportRejected when it is too long or not printable."""
    if text and (len(text) > ID_MAX or not _PRINTABLE.fullmatch(text)):
        _refuse("bad-id", f"an id has at most {ID_MAX} printable ASCII characters, no spaces", "id")
    return text


def _utf8_declared(parameters: str) -> None:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in {"utf-8", "utf8"}:
            raise ReportRejected(415, "charset", "a report is text in UTF-8; send charset=utf-8")


def _from_json(body: bytes) -> ReportIn:
    """Decode at full speed what is plainly right; look closely at everything else.

    The decoder takes the last of two members with one name (RFC 8259 leaves it open), and an
    escape could hide such a name, NUL or half a character. So a body with a backslash, or with one
    of our names in it twice, is looked at closely too.
    """
    if b"\\" not in body and not _may_repeat(body):
        try:
            report = _DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # The close look below finds the words for it.
        else:
            return _with_sound_fields(report)
    return _checked(_members(body), "")


def _may_repeat(body: bytes) -> bool:
    for name in _QUOTED_NAMES:  # noqa: SIM110 - a generator would take half as long again
        if body.count(name) > 1:
            return True
    return False


def _members(body: bytes) -> dict[str, Any]:
    """Return the members of a JSON object, or raise ReportRejected with what is wrong and where."""
    text = _text(body)
    try:
        members = json.loads(text, object_pairs_hook=_once_each, parse_constant=_no_number)
    except json.JSONDecodeError as problem:
        raise ReportRejected(
            400,
            "json-invalid",
            f"the body is no JSON: {problem.msg} at line {problem.lineno}, column {problem.colno}",
        ) from None
    except RecursionError:
        raise ReportRejected(400, "json-too-deep", "the JSON is nested too deeply") from None
    except ValueError:
        # Python refuses integers of more than 4,300 digits, which 4 KiB can nearly hold.
        raise ReportRejected(400, "json-invalid", "the JSON holds an endless number") from None
    if not isinstance(members, dict):
        raise ReportRejected(400, "not-an-object", 'a report is an object, like {"service": "x"}')
    return members


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > FIELDS_MAX:
        raise _too_many(len(pairs))
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise _said_twice(next(name for name in names if names.count(name) > 1))
    return members


def _no_number(text: str) -> NoReturn:
    raise ReportRejected(400, "json-invalid", f"{text} is not JSON")


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise ReportRejected(
            400, "not-utf-8", f"the body is not UTF-8: byte {problem.start} cannot be read"
        ) from None


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    """Split a form's body into names and values (WHATWG URL, application/x-www-form-urlencoded)."""
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > FIELDS_MAX:
        raise _too_many(len(parts))
    pairs = []
    for part in parts:
        name, _, value = part.partition(b"=")
        pairs.append((_unescaped(name), _unescaped(value)))
    return pairs


def _unescaped(raw: bytes) -> str:
    spaced = raw.replace(b"+", b" ")
    return _text(_ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), spaced))


def _from_pairs(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Turn the fields of a form into members: what is left empty was not said, `works` is a choice."""
    members: dict[str, Any] = {}
    if len(pairs) > FIELDS_MAX:
        raise _too_many(len(pairs))
    for name, value in pairs:
        if name in members:
            raise _said_twice(name)
        members[name] = value
    if "works" in members:
        choice = members["works"].strip().lower()
        if choice not in _YES | _NO:
            _refuse("wrong-type", "works is 1 or 0", "works")
        members["works"] = choice in _YES
    return {name: value for name, value in members.items() if value != "" or name not in FIELDS}


def _checked(members: Mapping[str, Any], service: str) -> ReportIn:
    """Return the report that the members make, or raise ReportRejected for the first mistake."""
    unknown = [name for name in members if name not in FIELDS]
    if unknown:
        listed = ", ".join(_shown(name) for name in unknown[:LISTED_MAX])
        more = f" and {len(unknown) - LISTED_MAX} more" if len(unknown) > LISTED_MAX else ""
        _refuse(
            "unknown-field",
            f"a report has no field {listed}{more}; its fields are {', '.join(FIELDS)}",
            _shown(unknown[0]),
        )
    for name, value in members.items():
        wanted = bool if name == "works" else str
        if type(value) is not wanted:
            _refuse(
                "wrong-type",
                f"{name} is {'true or false' if wanted is bool else 'a text'}, not {_kind(value)}",
                name,
            )
        if isinstance(value, str) and _NEVER.search(value):
            _refuse("bad-character", f"{name} holds NUL or half a character", name)
    named = members.get("service", service)
    if service and named != service:
        _refuse("two-services", "the form and its address name two services", "service")
    return _with_sound_fields(ReportIn(**{**members, "service": named}))


def _with_sound_fields(report: ReportIn) -> ReportIn:
    """Check what the fields hold; return the report with its place in capitals."""
    if not report.service.strip():
        _refuse("service-missing", "say which service: its name, domain or hashtag", "service")
    if len(report.service) > SERVICE_MAX:
        _refuse("too-long", f"a service has at most {SERVICE_MAX} characters", "service")
    if len(report.symptom) > SYMPTOM_MAX:
        _refuse("too-long", f"a symptom has at most {SYMPTOM_MAX} characters", "symptom")
    checked_id(report.id)
    if not report.place:
        return report
    place = report.place.upper()
    if place not in CODES:
        _refuse("unknown-place", "a place is the ISO 3166 code of a country, like GB", "place")
    return report if place == report.place else msgspec.structs.replace(report, place=place)


def _refuse(slug: str, message: str, field: str) -> NoReturn:
    raise ReportRejected(422, slug, message, field)


def _too_many(count: int) -> ReportRejected:
    return ReportRejected(
        400, "too-many-fields", f"{count} fields, where a report has at most {len(FIELDS)}"
    )


def _said_twice(name: str) -> ReportRejected:
    return ReportRejected(400, "said-twice", f"{_shown(name)} is there twice", _shown(name))


def _shown(text: str) -> str:
    """Return somebody's text fit to be repeated: short, and with every strange sign escaped."""
    cut = text[:SHOWN_MAX]
    safe = cut.encode("ascii", "backslashreplace").decode("ascii")
    printable = "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in safe)
    return printable + ("..." if len(text) > SHOWN_MAX else "")


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, list) else "an object"
