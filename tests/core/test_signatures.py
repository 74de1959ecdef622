"""Signatures: right, wrong, missing and old, for every scheme, over the very bytes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from uproar.errors import Unsigned
from uproar.wire.signatures import Scheme, check

NOW = 1_741_600_000_000
OLD, SECRET = b"the-old-secret-0123456789", b"the-new-secret-0123456789"
BODY = json.dumps({"routing_key": SECRET.decode(), "n": 1}).encode()


def sha(kind: str, secret: bytes = SECRET, body: bytes = BODY) -> str:
    return hmac.new(secret, body, kind).hexdigest()


def standard(stamp: int, secret: bytes = SECRET, body: bytes = BODY) -> dict[str, str]:
    signed = f"msg_1.{stamp}.".encode() + body
    digest = base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(stamp),
        "webhook-signature": f"v1a,AAAA v1,{digest}",
    }


GOOD: dict[Scheme, dict[str, str]] = {
    "github": {"x-hub-signature-256": f"sha256={sha('sha256')}"},
    "gitlab": {"x-gitlab-token": SECRET.decode()},
    "launchdarkly": {"x-ld-signature": sha("sha256")},
    "pagerduty": {"x-pagerduty-signature": f"v1={sha('sha256', b'gone')},v1={sha('sha256')}"},
    "grafana": {"x-grafana-alerting-signature": sha("sha256")},
    "terraform": {"x-tfe-notification-signature": sha("sha512")},
    "standard-webhooks": standard(NOW // 1000),
    "bearer": {"authorization": f"bearer {SECRET.decode()}"},
    "routing-key": {},
}
SCHEMES = sorted(GOOD)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_right_secret_passes_also_beside_an_old_one(scheme: Scheme) -> None:
    check(scheme, [SECRET], GOOD[scheme], BODY, NOW)
    check(scheme, [OLD, SECRET], GOOD[scheme], BODY, NOW)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_another_secret_and_no_secret_do_not(scheme: Scheme) -> None:
    for secrets in ([OLD], [SECRET + b"x"], [SECRET[:-1]], []):
        with pytest.raises(Unsigned):
            check(scheme, secrets, GOOD[scheme], BODY, NOW)


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"routing-key"}))
def test_a_header_that_is_missing_empty_or_something_else_does_not_pass(scheme: Scheme) -> None:
    for value in (None, "", " ", "sha256=", "v1=", "v1,", "\u00e9" * 40, "x" * 5_000):
        headers = {} if value is None else dict.fromkeys(GOOD[scheme], value)
        with pytest.raises(Unsigned):
            check(scheme, [SECRET], headers, BODY, NOW)


@pytest.mark.parametrize("scheme", sorted(set(SCHEMES) - {"gitlab", "bearer", "routing-key"}))
def test_one_other_byte_in_the_body_does_not_pass(scheme: Scheme) -> None:
    with pytest.raises(Unsigned):
        check(scheme, [SECRET], GOOD[scheme], BODY + b" ", NOW)


@pytest.mark.parametrize(("minutes", "passes"), [(-4, True), (4, True), (-6, False), (6, False)])
def test_a_signed_instant_must_be_near(minutes: int, passes: bool) -> None:
    headers = standard(NOW // 1000 + 60 * minutes)
    if passes:
        check("standard-webhooks", [SECRET], headers, BODY, NOW)
        return
    with pytest.raises(Unsigned) as refused:
        check("standard-webhooks", [SECRET], headers, BODY, NOW)
    assert refused.value.slug == "too-old"


def test_an_instant_cannot_be_put_in_place_of_the_signed_one() -> None:
    headers = standard(NOW // 1000 - 3_600) | {"webhook-timestamp": str(NOW // 1000)}
    with pytest.raises(Unsigned) as refused:
        check("standard-webhooks", [SECRET], headers, BODY, NOW)
    assert refused.value.slug == "bad-signature"


def test_a_secret_of_standard_webhooks_may_be_written_with_its_prefix() -> None:
    key = bytes(range(24))
    written = b"whsec_" + base64.b64encode(key)
    check("standard-webhooks", [written], standard(NOW // 1000, key), BODY, NOW)


def test_no_more_than_eight_signatures_are_looked_at() -> None:
    listed = ",".join([f"v1={'0' * 64}"] * 8 + [f"v1={sha('sha256')}"])
    with pytest.raises(Unsigned):
        check("pagerduty", [SECRET], {"x-pagerduty-signature": listed}, BODY, NOW)


def test_what_is_refused_never_tells_the_secret() -> None:
    for scheme in SCHEMES:
        with pytest.raises(Unsigned) as refused:
            check(scheme, [OLD], GOOD[scheme], BODY, NOW)
        assert OLD.decode() not in str(refused.value)
