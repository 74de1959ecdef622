"""What sources tell of changes: bytes and headers to `Change` values, one file a source.

What is well-formed and no change is passed over, with why; what cannot be understood raises
ChangeRejected. Who made a change is never read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from uproar.errors import BadInput, ChangeRejected
from uproar.model.signal import Change
from uproar.wire import formbody
from uproar.wire.changes import (
    argocd,
    cloudevents,
    github,
    gitlab,
    grafana,
    launchdarkly,
    pagerduty,
    plain,
    terraform,
)
from uproar.wire.changes.normal import Draft, Passed, Subject, decoded, settled, table
from uproar.wire.signatures import Scheme

BODY_BYTES_MAX = 1_048_576  # A push of many commits is the largest thing that is worth reading.

Source = Literal[
    "github", "gitlab", "argo-cd", "grafana", "launchdarkly", "pagerduty", "cloudevents",
    "terraform", "plain",
]  # fmt: skip
# How each source signs, where the operator does not say otherwise.
SCHEMES: Mapping[Source, Scheme] = {
    "github": "github",
    "gitlab": "gitlab",
    "argo-cd": "bearer",
    "grafana": "bearer",
    "launchdarkly": "launchdarkly",
    "pagerduty": "routing-key",
    "cloudevents": "bearer",
    "terraform": "terraform",
    "plain": "bearer",
}
_BY_BODY: Mapping[Source, Callable[[Mapping[str, Any]], list[Draft] | Passed]] = {
    "gitlab": gitlab.read,
    "argo-cd": argocd.read,
    "grafana": grafana.read,
    "launchdarkly": launchdarkly.read,
    "pagerduty": pagerduty.read,
    "terraform": terraform.read,
}


class Told(msgspec.Struct, frozen=True):
    """What one body came to: changes, and why the rest of it is none."""

    changes: tuple[Change, ...] = ()
    passed: tuple[Passed, ...] = ()


def read(
    source: Source, headers: Mapping[str, str], body: bytes, subject: Subject, now_ms: int
) -> Told:
    """Return what a body tells of a subject. Raises ChangeRejected.

    `headers` have names in small letters; `now_ms` is milliseconds UTC.
    """
    drafts = _drafts(source, headers, body)
    if isinstance(drafts, Passed):
        return Told(passed=(drafts,))
    found = [settled(draft, subject, now_ms) for draft in drafts]
    return Told(
        tuple(each for each in found if isinstance(each, Change)),
        tuple(each for each in found if isinstance(each, Passed)),
    )


def _drafts(source: Source, headers: Mapping[str, str], body: bytes) -> list[Draft] | Passed:
    if source == "github":
        return github.read(headers.get("x-github-event", ""), _payload(headers, body))
    if source == "plain":
        return plain.read(_fields(headers, body))
    if source == "cloudevents":
        return cloudevents.read(headers, body)
    return _BY_BODY[source](table(decoded(body)))


def _is_form(headers: Mapping[str, str]) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "application/x-www-form-urlencoded"


def _payload(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    """Return the object of a body, also where GitHub wraps it into a form's field."""
    if _is_form(headers):
        body = _form(body).get("payload", "").encode()
    return table(decoded(body))


def _fields(headers: Mapping[str, str], body: bytes) -> Mapping[str, Any]:
    if _is_form(headers):
        return {name: value for name, value in _form(body).items() if value.strip()}
    return table(decoded(body))


def _form(body: bytes) -> dict[str, str]:
    try:
        return formbody.fields(body)
    except BadInput as problem:
        raise ChangeRejected("form-invalid", str(problem)) from None
