"""Statuspage version 2, and those that answer in its form (incident.io): `summary.json`, `incidents.json`.

The page is as its indicator says; an indicator that says "none" is believed only beside a list of
components that are all known words. Group containers are headings and say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.errors import FeedUnreadable
from uproar.model.signal import NoticeState
from uproar.wire.notices.jsonbody import decoded, each, rows, some, table, word
from uproar.wire.notices.normal import PHASES, Item, Reading, instant, listed, made, worst

INDICATORS: dict[str, NoticeState] = {
    "none": "operational",
    "maintenance": "maintenance",
    "minor": "degraded",
    "major": "partial",
    "critical": "major",
}
COMPONENTS: dict[str, NoticeState] = {
    "operational": "operational",
    "under_maintenance": "maintenance",
    "degraded_performance": "degraded",
    "partial_outage": "partial",
    "major_outage": "major",
    "full_outage": "major",
}
# An open incident is at least a degradation, whatever its owner thinks of its impact.
IMPACTS: dict[str, NoticeState] = {
    "none": "degraded",
    "minor": "degraded",
    "major": "partial",
    "critical": "major",
}


def read(body: bytes) -> Reading:
    """Return what a summary, or a list of incidents, says. Raises FeedUnreadable."""
    whole = table(decoded(body), "the page")
    page = table(whole.get("page"), "the page")
    if not page.get("id") and not page.get("name"):
        raise FeedUnreadable("the page has no name")
    items = [_incident(entry) for entry in some(whole.get("incidents"), "incidents")]
    items += [_planned(entry) for entry in some(whole.get("scheduled_maintenances"), "plans")]
    if "status" not in whole:
        rows(whole.get("incidents"), "incidents")
        return listed(items, anything=bool(items))
    state = INDICATORS.get(word(table(whole["status"], "the state").get("indicator")), "unknown")
    if state not in {"operational", "unknown"}:
        return Reading(state, tuple(items))
    parts = [
        COMPONENTS.get(word(entry.get("status")), "unknown")
        for entry in rows(whole.get("components"), "components")
        if entry.get("group") is not True
    ]
    open_ones = [item.state for item in items if item.is_open]
    state = worst((state, *(parts or ["unknown"]), *open_ones))
    why = "" if state != "unknown" else "it says nothing of its parts, or in words we do not know"
    return Reading(state, tuple(items), why)


def _incident(entry: Mapping[str, Any]) -> Item:
    phase = PHASES.get(word(entry.get("status")), "none")
    state = IMPACTS.get(word(entry.get("impact")), "unknown")
    if phase == "none":
        state = "unknown"
    elif phase in {"resolved", "postmortem", "completed"}:
        state = "operational"
    return _item(entry, state, phase in {"resolved", "postmortem", "completed"})


def _planned(entry: Mapping[str, Any]) -> Item:
    phase = PHASES.get(word(entry.get("status")), "none")
    state: NoticeState = "maintenance"
    if phase in {"completed", "resolved", "postmortem"}:
        state = "operational"
    elif phase == "none":
        state = "unknown"
    return _item(entry, state, state == "operational", planned=True)


def _item(
    entry: Mapping[str, Any], state: NoticeState, over: bool, *, planned: bool = False
) -> Item:
    components = some(entry.get("components"), "components")
    for update in some(entry.get("incident_updates"), "updates")[:1]:
        components = components or some(update.get("affected_components"), "components")
    begun = entry.get("scheduled_for") if planned else entry.get("started_at")
    return made(
        entry.get("id"),
        state,
        PHASES.get(word(entry.get("status")), "none"),
        entry.get("name"),
        components=each(components, "name"),
        created_at=instant(entry.get("created_at")),
        started_at=instant(begun),
        resolved_at=instant(entry.get("resolved_at")) if over else None,
        until_at=instant(entry.get("scheduled_until")) if planned else None,
        updated_at=instant(entry.get("updated_at")),
        link=entry.get("shortlink") or entry.get("url"),
    )
