"""Status.io: `1.0/status/<page>`, which knows only what goes on now, in numbers that mean states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, each, rows, some, table
from uproar.wire.notices.normal import Item, Reading, instant, made, worst

CODES: dict[int, NoticeState] = {
    100: "operational",
    200: "maintenance",
    300: "degraded",
    400: "partial",
    500: "major",
    600: "major",  # A security event.
}
STAGES: dict[int, NoticePhase] = {
    100: "investigating",
    200: "identified",
    300: "monitoring",
    400: "resolved",
}


def read(body: bytes) -> Reading:
    """Return what the page says. Raises FeedUnreadable."""
    whole = table(table(decoded(body), "the result").get("result"), "the result")
    overall = table(whole.get("status_overall"), "the state")
    parts = rows(whole.get("status"), "components")
    plans = whole.get("maintenance")
    plans = {} if plans is None else table(plans, "the plans")
    items = [_incident(entry) for entry in some(whole.get("incidents"), "incidents")]
    items += [_plan(entry, "in_progress") for entry in some(plans.get("active"), "plans")]
    items += [_plan(entry, "scheduled") for entry in some(plans.get("upcoming"), "plans")]
    state = _code(overall)
    if state == "operational":
        told = [_code(part) for part in parts] or ["unknown"]
        state = worst((state, *told, *(item.state for item in items if item.is_open)))
    why = "" if state != "unknown" else "it says nothing of its parts, or in words we do not know"
    return Reading(state, tuple(items), why)


def _code(entry: Mapping[str, Any]) -> NoticeState:
    code = entry.get("status_code")
    return CODES.get(code, "unknown") if type(code) is int else "unknown"


def _incident(entry: Mapping[str, Any]) -> Item:
    messages = some(entry.get("messages"), "messages")
    newest = max(messages, key=lambda message: str(message.get("datetime")), default=None)
    state: NoticeState = "degraded"
    phase: NoticePhase = "none"
    if newest is not None:
        stage = newest.get("state")
        phase = STAGES.get(stage, "none") if type(stage) is int else "none"
        code = newest.get("status")
        state = CODES.get(code, "unknown") if type(code) is int else "unknown"
        if phase == "resolved":
            state = "operational"
        elif state in {"operational", "maintenance"}:
            state = "degraded"
    updated = None if newest is None else instant(newest.get("datetime"))
    return made(
        entry.get("_id"),
        state,
        phase,
        entry.get("name"),
        components=each(some(entry.get("components_affected"), "components"), "name"),
        regions=each(some(entry.get("containers_affected"), "containers"), "name"),
        created_at=instant(entry.get("datetime_open")),
        resolved_at=updated if phase == "resolved" else None,
        updated_at=updated,
    )


def _plan(entry: Mapping[str, Any], phase: NoticePhase) -> Item:
    return made(
        entry.get("_id"),
        "maintenance",
        phase,
        entry.get("name"),
        components=each(some(entry.get("components_affected"), "components"), "name"),
        created_at=instant(entry.get("datetime_open")),
        started_at=instant(entry.get("datetime_planned_start")),
        until_at=instant(entry.get("datetime_planned_end")),
    )
