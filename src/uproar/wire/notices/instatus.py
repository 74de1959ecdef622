"""Instatus: `summary.json` in both forms that were seen, and `components.json`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.errors import FeedUnreadable
from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, some, table, word
from uproar.wire.notices.normal import Item, Reading, instant, made, worst

PAGES: dict[str, NoticeState] = {
    "up": "operational",
    "hasissues": "degraded",
    "undermaintenance": "maintenance",
}
PARTS: dict[str, NoticeState] = {
    "operational": "operational",
    "undermaintenance": "maintenance",
    "degradedperformance": "degraded",
    "minoroutage": "degraded",
    "partialoutage": "partial",
    "majoroutage": "major",
}
PHASES: dict[str, NoticePhase] = {
    "investigating": "investigating",
    "identified": "identified",
    "monitoring": "monitoring",
    "resolved": "resolved",
}
PLANNED: dict[str, NoticePhase] = {
    "notstartedyet": "scheduled",
    "inprogress": "in_progress",
    "completed": "completed",
}


def read(body: bytes) -> Reading:
    """Return what a summary, or a list of components, says. Raises FeedUnreadable."""
    whole = table(decoded(body), "the page")
    if "page" not in whole:
        parts = rows(whole.get("components"), "components")
        return _reading([PARTS.get(_squeezed(part.get("status")), "unknown") for part in parts], [])
    page = table(whole["page"], "the page")
    if "status" in whole and "status" not in page:
        said = table(whole["status"], "the state")
        states = [_either(said.get("type") or said.get("text"))]
    elif "status" in page:
        states = [_either(page["status"])]
    else:
        raise FeedUnreadable("the page's state is missing")
    items = [_incident(entry) for entry in some(whole.get("activeIncidents"), "incidents")]
    plans = [_plan(entry) for entry in some(whole.get("activeMaintenances"), "maintenances")]
    if states == ["operational"]:
        states += [item.state for item in items if not item.is_closed]
        states += [plan.state for plan in plans if plan.phase in {"in_progress", "none"}]
    elif states == ["degraded"]:
        # "Has issues" covers all that is wrong; how bad it is stands with the incidents.
        states += [item.state for item in items if item.is_open]
    return _reading(states, [*items, *plans])


def _reading(states: list[NoticeState], items: list[Item]) -> Reading:
    state = worst(states)
    return Reading(state, tuple(items))


def _either(value: Any) -> NoticeState:
    said = _squeezed(value)
    return PAGES.get(said) or PARTS.get(said, "unknown")


def _squeezed(value: Any) -> str:
    return word(value).replace("_", "").replace(" ", "")


def _incident(entry: Mapping[str, Any]) -> Item:
    phase = PHASES.get(_squeezed(entry.get("status")), "none")
    state = PARTS.get(_squeezed(entry.get("impact")), "unknown")
    if phase == "none":
        state = "unknown"
    elif phase == "resolved":
        state = "operational"
    elif state == "operational":
        state = "degraded"
    return _item(entry, state, phase)


def _plan(entry: Mapping[str, Any]) -> Item:
    phase = PLANNED.get(_squeezed(entry.get("status")), "none")
    state: NoticeState = "unknown" if phase == "none" else "maintenance"
    return _item(entry, "operational" if phase == "completed" else state, phase)


def _item(entry: Mapping[str, Any], state: NoticeState, phase: NoticePhase) -> Item:
    begun = instant(entry.get("started") or entry.get("start"))
    return made(
        entry.get("id") or entry.get("url") or entry.get("name"),
        state,
        phase,
        entry.get("name"),
        started_at=begun,
        updated_at=instant(entry.get("updatedAt")),
        link=entry.get("url"),
    )
