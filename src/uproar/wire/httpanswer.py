"""What every answer of the web front has in common: the headers that protect, the shape of an error."""

from __future__ import annotations

import msgspec

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

PROTECTION: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)

JSON = b"application/json"
HTML = b"text/html; charset=utf-8"


class Problem(msgspec.Struct, frozen=True):
    """What went wrong: `slug` is for programs and stable, `message` for people and not."""

    slug: str
    message: str
    field: str
    status: int


class ErrorBody(msgspec.Struct, frozen=True):
    """The one shape of every error in JSON."""

    error: Problem


_ENCODER = msgspec.json.Encoder()


def error_json(status: int, slug: str, message: str, field: str = "") -> bytes:
    """Return an error as JSON: {"error": {"slug", "message", "field", "status"}}."""
    return _ENCODER.encode(ErrorBody(Problem(slug, message, field, status)))
