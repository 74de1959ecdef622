"""CloudEvents 1.0 over HTTP, in its three modes: binary, structured, batched; CDEvents are read on them.

Source: cloudevents.io, "HTTP Protocol Binding" 1.0.2 and "JSON Event Format"; cdevents.dev 0.3 to 0.6-draft.
Data of other types is read as a change in plain words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from uproar.errors import ChangeRejected
from uproar.model.signal import ChangeKind
from uproar.wire.changes import plain
from uproar.wire.changes.normal import (
    CHANGES_MAX,
    Draft,
    Passed,
    decoded,
    instant,
    needed,
    short,
    table,
    within,
    word,
)

SOURCE = "cloudevents"

_STRUCTURED, _BATCH = "application/cloudevents+json", "application/cloudevents-batch+json"
_CDEVENT = re.compile(r"dev\.cdevents\.([a-z]+)\.([a-z]+)\.\d+\.\d+\.\d+[a-z0-9.-]*")
# CDEvents that change what people get. Builds, tests, tickets and incidents do not.
_KINDS: dict[tuple[str, str], ChangeKind] = {
    ("service", "deployed"): "deploy",
    ("service", "upgraded"): "deploy",
    ("service", "rolledback"): "rollback",
    ("service", "published"): "deploy",
    ("service", "removed"): "infra",
    ("environment", "created"): "infra",
    ("environment", "modified"): "infra",
    ("environment", "deleted"): "infra",
}
_PERCENT = re.compile(r"%([0-9A-Fa-f]{2})")


def read(headers: Mapping[str, str], body: bytes) -> list[Draft] | Passed:
    """Return the changes that a request tells, or why it tells none. Raises ChangeRejected."""
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == _BATCH:
        events = decoded(body)
        if not isinstance(events, list):
            raise ChangeRejected("shape", "a batch is a list of events")
        if len(events) > CHANGES_MAX:
            raise ChangeRejected("too-many-events", f"a batch has at most {CHANGES_MAX} events")
        found = [_event(table(event, "one of the events")) for event in events]
    elif kind == _STRUCTURED:
        found = [_event(table(decoded(body)))]
    else:
        found = [_event({**_attributes(headers), "data": decoded(body) if body else None})]
    drafts = [draft for each in found if isinstance(each, list) for draft in each]
    passed = [each for each in found if isinstance(each, Passed)]
    if not drafts:
        return passed[0] if passed else Passed("not-a-change", "the batch is empty")
    return drafts


def _attributes(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the attributes of an event in binary mode: headers that begin with ce-."""
    return {
        name.removeprefix("ce-"): _PERCENT.sub(lambda found: chr(int(found[1], 16)), value)
        for name, value in headers.items()
        if name.startswith("ce-")
    }


def _event(event: Mapping[str, Any]) -> list[Draft] | Passed:
    if word(event.get("specversion")) != "1.0":
        raise ChangeRejected("shape", "specversion is missing or not 1.0")
    native = f"{needed(event.get('source'), 'source')} {needed(event.get('id'), 'id')}"
    kind = needed(event.get("type"), "type")
    at = instant(event.get("time"), "time")
    data = event.get("data")
    if (found := _CDEVENT.fullmatch(kind)) is not None:
        return _cdevent(found[1], found[2], native, at, table(data, "data"))
    told = table(data, "data")
    if "text" not in told:
        return Passed("unknown-type", "events of this type tell of no change that we know")
    given = {name: value for name, value in told.items() if name in plain.FIELDS}
    (draft,) = plain.read(given, source=SOURCE)
    names = (*draft.names, *filter(None, (word(event.get("subject")),)))
    finished = draft.finished_at
    if finished is None and draft.state == "finished":
        finished = at
    return [
        msgspec.structs.replace(
            draft, native=draft.native or native, names=names, finished_at=finished
        )
    ]


def _cdevent(
    subject: str, predicate: str, native: str, at: int | None, data: Mapping[str, Any]
) -> list[Draft] | Passed:
    what = _KINDS.get((subject, predicate))
    if what is None:
        return Passed("not-a-change", "CDEvents of this type change nothing that people get")
    told = within(data, "subject")
    content = within(told, "content")
    name = needed(told.get("id"), "subject.id")
    artifact = word(content.get("artifactId"))
    # A purl ends in the version (pkg:oci/x@sha256:... or pkg:npm/x@1.2).
    revision = artifact.rpartition("@")[2] if "@" in artifact else ""
    shown = short(revision.removeprefix("sha256:"))
    environment = word(within(content, "environment").get("id"))
    when = instant(within(data, "context").get("timestamp"), "context.timestamp")
    return [
        Draft(
            source="cdevents",
            native=native,
            what=what,
            state="finished",
            title=f"{name} {shown}".strip() if subject == "service" else f"environment {predicate}",
            names=(name, name.rpartition("/")[2]),
            environment=name if subject == "environment" else environment,
            revision=revision,
            finished_at=when if when is not None else at,
        )
    ]
