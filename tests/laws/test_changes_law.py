"""Any bytes and headers are changes, no change, or refused in words; what is a change can be kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uproar.errors import BadInput, ChangeRejected, ClaimRejected
from uproar.wire import changes, claimform, formbody, signalbounds, signals
from uproar.wire.changes.normal import Subject

T = TypeVar("T")
NOW = 1_741_600_000_000
X = Subject(service="x")
SOURCES: tuple[changes.Source, ...] = get_args(changes.Source)
EVENTS = ("deployment", "deployment_status", "release", "push", "workflow_run", "ping", "")
KINDS = (
    "application/json", "application/x-www-form-urlencoded", "application/cloudevents+json",
    "application/cloudevents-batch+json", "",
)  # fmt: skip

WORDS = st.sampled_from(
    ["created", "success", "main", "refs/heads/main", "published", "running", "deployment",
     "pipeline", "push", "release", "flag", "2025-03-10T09:00:00Z", "1.0", "run:applying", "start",
     "completed", "proj/a:env/b:flag/c", "dev.cdevents.service.deployed.0.2.0", "deploy"]
)  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WORDS
NAMES = st.sampled_from(
    ["action", "state", "deployment", "deployment_status", "id", "created_at", "ref", "repository",
     "default_branch", "after", "release", "tag_name", "workflow_run", "name", "conclusion",
     "object_kind", "status", "project", "builds", "environment", "app", "phase", "revision",
     "startedAt", "time", "timeEnd", "tags", "text", "_id", "date", "kind", "accesses", "resource",
     "payload", "summary", "timestamp", "links", "href", "payload_version", "notifications",
     "trigger", "run_status", "run_id", "specversion", "source", "type", "data", "subject",
     "content", "context", "service", "started", "finished", "until", "planned", "link", "by",
     "said", "said_at", "native", "withdrawn", "where", "role", "asserts", "axis", "value"]
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=8),
    max_leaves=25,
)
TABLES = st.dictionaries(NAMES, VALUES, max_size=12)


def tried(work: Callable[[], T]) -> T | ChangeRejected | ClaimRejected:
    """Return a value, or the refusal in words; anything else that is raised is a mistake of ours."""
    try:
        return work()
    except (ChangeRejected, ClaimRejected) as refused:
        return refused


def read(source: changes.Source, headers: dict[str, str], body: bytes) -> None:
    found = tried(lambda: changes.read(source, headers, body, X, NOW))
    if isinstance(found, ChangeRejected | ClaimRejected):
        assert found.slug
        assert str(found).isprintable()
        return
    assert found.changes or found.passed
    for change in found.changes:
        signalbounds.check(change)
        assert signals.decode(signals.encode(change)) == change
        assert not change.link or change.link.startswith("https://")


@pytest.mark.parametrize("source", SOURCES)
@given(body=st.binary(max_size=200), event=st.sampled_from(EVENTS), kind=st.sampled_from(KINDS))
def test_any_bytes_are_read_or_refused(
    source: changes.Source, body: bytes, event: str, kind: str
) -> None:
    read(source, {"x-github-event": event, "content-type": kind}, body)


@pytest.mark.parametrize("source", SOURCES)
@given(value=TABLES | VALUES, event=st.sampled_from(EVENTS), kind=st.sampled_from(KINDS))
def test_any_value_is_read_or_refused(
    source: changes.Source, value: Any, event: str, kind: str
) -> None:
    attributes = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "s", "ce-type": "t"}
    headers = {"x-github-event": event, "content-type": kind, **attributes}
    read(source, headers, json.dumps(value).encode("utf-8", "surrogatepass"))


@given(TABLES)
def test_any_fields_are_a_statement_or_refused(told: dict[str, Any]) -> None:
    claim = tried(lambda: claimform.read(told, NOW))
    if isinstance(claim, ClaimRejected | ChangeRejected):
        assert claim.slug
        return
    signalbounds.check(claim)
    assert claim.native


@given(st.binary(max_size=300))
def test_any_form_is_read_or_refused(body: bytes) -> None:
    try:
        fields = formbody.fields(body)
    except BadInput:
        return
    assert len(fields) <= formbody.FIELDS_MAX
