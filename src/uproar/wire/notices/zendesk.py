"""Zendesk: `api/incidents/active` in the form of JSON:API; only what goes on now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, table, word
from uproar.wire.notices.normal import Item, Reading, instant, listed, made

IMPACTS: dict[str, NoticeState] = {"minor": "degraded", "major": "partial", "critical": "major"}


def read(body: bytes) -> Reading:
    """Return what goes on now. Raises FeedUnreadable."""
    entries = rows(table(decoded(body), "the answer").get("data"), "incidents")
    return listed([_item(entry) for entry in entries], anything=bool(entries))


def _item(entry: Mapping[str, Any]) -> Item:
    given = table(entry.get("attributes"), "an incident's attributes")
    ended = instant(given.get("resolvedAt") or given.get("resolved_at"))
    state = IMPACTS.get(word(given.get("impact")), "unknown")
    phase: NoticePhase = "none"
    if ended is not None or word(given.get("status")) == "resolved":
        state, phase = "operational", "resolved"
    elif given.get("outage") is True:
        state = "major"
    return made(
        entry.get("id"),
        state,
        phase,
        given.get("title"),
        created_at=instant(given.get("createdAt") or given.get("created_at")),
        started_at=instant(given.get("startedAt") or given.get("started_at")),
        resolved_at=ended,
        updated_at=instant(given.get("updatedAt") or given.get("updated_at")),
    )
