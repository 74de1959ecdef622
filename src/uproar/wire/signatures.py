"""Is a body from whom it says? Signatures over the very bytes, compared in constant time.

Each scheme is as its owner documents it: GitHub's `X-Hub-Signature-256`, GitLab's token, LaunchDarkly's
`X-LD-Signature`, PagerDuty's `X-PagerDuty-Signature` (a list of v1=), Grafana's HMAC header, Terraform's
`X-TFE-Notification-Signature` (HMAC-SHA512), Standard Webhooks (standardwebhooks.com), a bearer token
(RFC 6750), and the routing key that PagerDuty's change events hold in their body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from uproar.errors import Unsigned
from uproar.model.tick import MINUTE_MS

Scheme = Literal[
    "github", "gitlab", "launchdarkly", "pagerduty", "grafana", "terraform", "standard-webhooks",
    "bearer", "routing-key", "none",
]  # fmt: skip

AGE_MS_MAX = (
    5 * MINUTE_MS
)  # Of a signed instant, before and after ours, as Standard Webhooks advises.
LISTED_MAX = 8  # Signatures of one header that are looked at: keys that are being exchanged.
HEADER_MAX = 2_000  # Characters of a header that is looked at.

_PREFIX = "whsec_"

Headers = Mapping[str, str]


def check(
    scheme: Scheme, secrets: Sequence[bytes], headers: Headers, body: bytes, now_ms: int
) -> None:
    """Raise Unsigned unless a body was signed with one of the secrets.

    `headers` have names in small letters. `now_ms` is milliseconds UTC, for schemes that sign an instant.
    """
    if scheme == "none":
        return
    if not secrets:
        raise Unsigned("no-secret", "this hook has no secret")
    if scheme == "standard-webhooks":
        _standard(secrets, headers, body, now_ms)
        return
    _SCHEMES[scheme](secrets, headers, body)


def same(one: bytes, other: bytes) -> bool:
    """Compare in a time that tells nothing of where they differ, nor of how long the secret is."""
    return hmac.compare_digest(hashlib.sha256(one).digest(), hashlib.sha256(other).digest())


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise Unsigned("unsigned", f"the header {name} is missing")
    if len(value) > HEADER_MAX:
        raise Unsigned("unsigned", f"the header {name} is too long")
    return value


def _any(given: Sequence[str], wanted: Sequence[str]) -> None:
    """Compare every given signature with every wanted one, whatever is found on the way."""
    found = False
    for one in given[:LISTED_MAX]:
        for other in wanted:
            found |= same(one.encode("utf-8", "replace"), other.encode())
    if not found:
        raise Unsigned("bad-signature", "the signature does not fit; is the secret the same?")


def _hex(
    name: str, kind: str, prefix: str = ""
) -> Callable[[Sequence[bytes], Headers, bytes], None]:
    """Return the check of a header that holds the HMAC of the body in hexadecimal digits."""

    def checked(secrets: Sequence[bytes], headers: Headers, body: bytes) -> None:
        given = _header(headers, name)
        if not given.startswith(prefix):
            raise Unsigned("bad-signature", f"the header {name} does not begin with {prefix}")
        wanted = [hmac.new(secret, body, kind).hexdigest() for secret in secrets]
        _any([given.removeprefix(prefix).lower()], wanted)

    return checked


def _listed(secrets: Sequence[bytes], headers: Headers, body: bytes) -> None:
    given = _header(headers, "x-pagerduty-signature").split(",")
    known = [one.strip()[3:].lower() for one in given if one.strip().startswith("v1=")]
    _any(known, [hmac.new(secret, body, "sha256").hexdigest() for secret in secrets])


def _token(secrets: Sequence[bytes], headers: Headers, _: bytes) -> None:
    _any([_header(headers, "x-gitlab-token")], [_text(secret) for secret in secrets])


def borne(authorization: str) -> str:
    """Return the token of an Authorization header (RFC 6750, 2.1), empty where it bears none."""
    kind, _, given = authorization[:HEADER_MAX].partition(" ")
    return given.strip() if kind.lower() == "bearer" else ""


def bearer(secrets: Sequence[bytes], headers: Headers) -> None:
    """Raise Unsigned unless the Authorization header holds one of the tokens (RFC 6750)."""
    given = borne(_header(headers, "authorization"))
    if not given:
        raise Unsigned("unsigned", "send the token as `Authorization: Bearer TOKEN`")
    _any([given], [_text(secret) for secret in secrets])


def _routing_key(secrets: Sequence[bytes], _: Headers, body: bytes) -> None:
    try:
        key = msgspec.json.decode(body, type=_Routed).routing_key
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise Unsigned("unsigned", "the body holds no routing_key") from None
    _any([key], [_text(secret) for secret in secrets])


class _Routed(msgspec.Struct):
    routing_key: str


def _standard(secrets: Sequence[bytes], headers: Headers, body: bytes, now_ms: int) -> None:
    name, stamp = _header(headers, "webhook-id"), _header(headers, "webhook-timestamp")
    given = [one for one in _header(headers, "webhook-signature").split(" ") if one]
    known = [one[3:] for one in given if one.startswith("v1,")]
    signed = f"{name}.{stamp}.".encode() + body
    wanted = [
        base64.b64encode(hmac.new(_unpacked(secret), signed, "sha256").digest()).decode()
        for secret in secrets
    ]
    _any(known, wanted)
    # Only now: the instant is worth nothing before it is known who wrote it.
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise Unsigned("bad-signature", "the header webhook-timestamp is no number of seconds")
    if abs(int(stamp) * 1000 - now_ms) > AGE_MS_MAX:
        raise Unsigned("too-old", "it was signed too long ago, or in the future; is a clock wrong?")


def _unpacked(secret: bytes) -> bytes:
    """Return the key that a secret stands for: `whsec_` and base64, or its own bytes."""
    said = _text(secret)
    if not said.startswith(_PREFIX):
        return secret
    try:
        return base64.b64decode(said.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return secret


def _text(secret: bytes) -> str:
    return secret.decode("utf-8", "replace")


_SCHEMES: dict[str, Callable[[Sequence[bytes], Headers, bytes], None]] = {
    "github": _hex("x-hub-signature-256", "sha256", "sha256="),
    "gitlab": _token,
    "launchdarkly": _hex("x-ld-signature", "sha256"),
    "pagerduty": _listed,
    "grafana": _hex("x-grafana-alerting-signature", "sha256"),
    "terraform": _hex("x-tfe-notification-signature", "sha512"),
    "bearer": lambda secrets, headers, _: bearer(secrets, headers),
    "routing-key": _routing_key,
}
