"""What a certificate says, read from its bytes (DER, RFC 5280): names, issuer, dates.

Python gives the fields of a verified certificate only, and one that fails verification is the one
to be looked at. Nothing is verified here; the bytes are a stranger's, so every read has bounds.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime

from uproar.model.measurement import Certificate

NAMES_MAX = 50
TEXT_MAX = 255  # characters of one name
FIELDS_MAX = 2_000  # elements looked at in one certificate

_COMMON_NAME = bytes.fromhex("550403")
_ORGANISATION = bytes.fromhex("55040a")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_SEQUENCE, _EXPLICIT_0, _EXPLICIT_3 = 0x30, 0xA0, 0xA3
_UTC_TIME, _GENERAL_TIME = 0x17, 0x18
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87


class _Malformed(Exception):
    """The bytes are no certificate."""


def read(der: bytes) -> Certificate:
    """Read one certificate; of bytes that are none only the digest is told. Never raises."""
    digest = hashlib.sha256(der).hexdigest()
    try:
        fields = _children(_inner(_inner(der)))
        found = list(fields)
        if found and found[0][0] == _EXPLICIT_0:
            found = found[1:]
        _, _, issuer, validity, subject = found[:5]
        dates = [_instant(tag, value) for tag, value in _children(validity[1])]
        names = _alternative_names(found[5:]) or _named(subject[1], _COMMON_NAME)
        said = _named(issuer[1], _ORGANISATION) or _named(issuer[1], _COMMON_NAME)
        return Certificate(names[:NAMES_MAX], "".join(said[:1]), dates[0], dates[1], digest)
    except (_Malformed, ValueError, IndexError):
        return Certificate(sha256=digest)


def _children(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element; lengths are definite, as DER asks for."""
    at = 0
    for _ in range(FIELDS_MAX):
        if at >= len(content):
            return
        tag, value, at = _element(content, at)
        yield tag, value


def _element(content: bytes, at: int) -> tuple[int, bytes, int]:
    if at + 2 > len(content):
        raise _Malformed
    tag, length = content[at], content[at + 1]
    at += 2
    if length & 0x80:
        size = length & 0x7F
        if not 1 <= size <= 3 or at + size > len(content):
            raise _Malformed
        length = int.from_bytes(content[at : at + size], "big")
        at += size
    if at + length > len(content):
        raise _Malformed
    return tag, content[at : at + length], at + length


def _inner(content: bytes) -> bytes:
    tag, value, _ = _element(content, 0)
    if tag != _SEQUENCE:
        raise _Malformed
    return value


def _instant(tag: int, value: bytes) -> int:
    """Return a date as milliseconds UTC; years of two digits turn at 50 (RFC 5280, 4.1.2.5.1)."""
    text = value.decode("ascii")
    if tag == _UTC_TIME:
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _GENERAL_TIME:
        raise _Malformed
    moment = datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000


def _named(name: bytes, kind: bytes) -> tuple[str, ...]:
    """Return the values of one kind in a distinguished name."""
    found = []
    for _, group in _children(name):
        for _, pair in _children(group):
            parts = list(_children(pair))
            if len(parts) == 2 and parts[0][1] == kind:
                found.append(parts[1][1].decode("utf-8", "replace")[:TEXT_MAX])
    return tuple(found)


def _alternative_names(rest: list[tuple[int, bytes]]) -> tuple[str, ...]:
    for tag, value in rest:
        if tag != _EXPLICIT_3:
            continue
        for _, extension in _children(_inner(value)):
            parts = list(_children(extension))
            if parts and parts[0][1] == _ALTERNATIVE_NAMES:
                return tuple(
                    text for kind, name in _children(_inner(parts[-1][1]))
                    if (text := _general_name(kind, name))
                )  # fmt: skip
    return ()


def _general_name(kind: int, name: bytes) -> str:
    if kind == _DNS_NAME:
        return name.decode("ascii", "replace")[:TEXT_MAX]
    if kind == _IP_ADDRESS and len(name) in {4, 16}:
        return str(ipaddress.ip_address(name))
    return ""
