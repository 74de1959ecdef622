"""The body of an HTML form, as names and values (WHATWG URL, application/x-www-form-urlencoded)."""

from __future__ import annotations

import re

from uproar.errors import BadInput

FIELDS_MAX = 40

_ESCAPE = re.compile(rb"%([0-9A-Fa-f]{2})")


def fields(body: bytes) -> dict[str, str]:
    """Return the fields of a form. Raises BadInput: too many, one twice, or no UTF-8."""
    parts = [part for part in body.split(b"&") if part]
    if len(parts) > FIELDS_MAX:
        raise BadInput(f"the form has {len(parts)} fields; at most {FIELDS_MAX} are read")
    found: dict[str, str] = {}
    for part in parts:
        name, _, value = part.partition(b"=")
        key = _unescaped(name)
        if key in found:
            raise BadInput("a field of the form is there twice")
        found[key] = _unescaped(value)
    return found


def _unescaped(raw: bytes) -> str:
    spaced = raw.replace(b"+", b" ")
    try:
        return _ESCAPE.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), spaced).decode()
    except UnicodeDecodeError:
        raise BadInput("the form is not UTF-8") from None
