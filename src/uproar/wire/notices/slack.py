"""Slack's API, version 2.0.0: `current`, an object, and `history`, a bare list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, table, word
from uproar.wire.notices.normal import Item, Reading, instant, listed, made, worst

TYPES: dict[str, NoticeState] = {
    "notice": "degraded",
    "incident": "partial",
    "outage": "major",
    "maintenance": "maintenance",
}
CLOSED = ("resolved", "completed", "cancelled")


def read(body: bytes) -> Reading:
    """Return what the present, or the history, says. Raises FeedUnreadable."""
    whole = decoded(body)
    if isinstance(whole, list):
        items = [_item(entry) for entry in rows(whole, "incidents")]
        return listed(items, anything=bool(items))
    entries = rows(table(whole, "the state").get("active_incidents"), "incidents")
    items = [_item(entry) for entry in entries]
    state: NoticeState = "operational" if word(whole.get("status")) == "ok" else "unknown"
    going_on = [
        item.state for item in items if item.is_open or item.state in {"maintenance", "unknown"}
    ]
    if word(whole.get("status")) == "active" and going_on:
        return Reading(worst(going_on), tuple(items))
    state = worst((state, *going_on))
    return Reading(state, tuple(items), "" if state != "unknown" else "it contradicts itself")


def _item(entry: Mapping[str, Any]) -> Item:
    said, kind = word(entry.get("status")), word(entry.get("type"))
    state = TYPES.get(kind, "unknown")
    phase: NoticePhase = "none"
    if said in CLOSED:
        state, phase = "operational", "completed" if kind == "maintenance" else "resolved"
    elif said == "scheduled":
        state, phase = "maintenance", "scheduled"
    elif said != "active":
        state = "unknown"
    elif kind == "maintenance":
        phase = "in_progress"
    services = entry.get("services")
    updated = instant(entry.get("date_updated"))
    return made(
        entry.get("id"),
        state,
        phase,
        entry.get("title"),
        components=services if isinstance(services, list) else (),
        created_at=instant(entry.get("date_created")),
        resolved_at=updated if said in CLOSED else None,
        updated_at=updated,
        link=entry.get("url"),
    )
