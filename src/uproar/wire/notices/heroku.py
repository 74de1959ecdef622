"""Heroku: `api/v4/current-status`, a colour for each system, and what goes on now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, each, rows, some, table, word
from uproar.wire.notices.normal import Item, Reading, instant, made, worst

COLOURS: dict[str, NoticeState] = {
    "green": "operational",
    "blue": "maintenance",
    "yellow": "degraded",
    "red": "major",
}


def read(body: bytes) -> Reading:
    """Return what the page says. Raises FeedUnreadable."""
    whole = table(decoded(body), "the page")
    systems = rows(whole.get("status"), "systems")
    told = [COLOURS.get(word(system.get("status")), "unknown") for system in systems]
    state = worst(told)
    items = [_incident(entry, state) for entry in some(whole.get("incidents"), "incidents")] + [
        _plan(entry) for entry in some(whole.get("scheduled"), "plans")
    ]
    state = worst((state, *(item.state for item in items if item.is_open)))
    why = "" if state != "unknown" else "it says nothing of its systems, or in words we do not know"
    return Reading(state, tuple(items), why)


def _incident(entry: Mapping[str, Any], page: NoticeState) -> Item:
    over = word(entry.get("state")) == "resolved"
    phase: NoticePhase = "resolved" if over else "none"
    open_state: NoticeState = page if page in {"degraded", "partial", "major"} else "degraded"
    updated = instant(entry.get("updated_at"))
    return made(
        entry.get("id"),
        "operational" if over else open_state,
        phase,
        entry.get("title"),
        components=each(some(entry.get("systems"), "systems"), "name"),
        created_at=instant(entry.get("created_at")),
        resolved_at=updated if over else None,
        updated_at=updated,
        link=entry.get("full_url"),
    )


def _plan(entry: Mapping[str, Any]) -> Item:
    return made(
        entry.get("id"),
        "maintenance",
        "scheduled",
        entry.get("title"),
        created_at=instant(entry.get("created_at")),
        started_at=instant(entry.get("scheduled_for") or entry.get("starts_at")),
        until_at=instant(entry.get("scheduled_until") or entry.get("ends_at")),
        updated_at=instant(entry.get("updated_at")),
        link=entry.get("full_url"),
    )
