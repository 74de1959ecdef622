"""Better Stack: `index.json` in the form of JSON:API. Reports that have ended stay in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, some, table, word
from uproar.wire.notices.normal import Item, Reading, instant, made, worst

STATES: dict[str, NoticeState] = {
    "operational": "operational",
    "degraded": "degraded",
    "downtime": "major",
    "maintenance": "maintenance",
    "resolved": "operational",
}


def read(body: bytes) -> Reading:
    """Return what the page says; parts that are not monitored say nothing. Raises FeedUnreadable."""
    whole = table(decoded(body), "the page")
    page = table(table(whole.get("data"), "the page").get("attributes"), "the page")
    included = [
        (word(entry.get("type")), entry.get("id"), table(entry.get("attributes"), "attributes"))
        for entry in rows(whole.get("included"), "parts")
    ]
    names = {str(id_): given.get("public_name") for kind, id_, given in included if _is_part(kind)}
    items = [_item(id_, given, names) for kind, id_, given in included if kind == "status_report"]
    parts = [word(given.get("status")) for kind, _, given in included if _is_part(kind)]
    state = STATES.get(word(page.get("aggregate_state")), "unknown")
    if state == "operational":
        seen = [STATES.get(said, "unknown") for said in parts if said != "not_monitored"]
        state = worst((state, *(seen or ["unknown"]), *(i.state for i in items if i.is_open)))
    why = "" if state != "unknown" else "it says nothing of its parts, or in words we do not know"
    return Reading(state, tuple(items), why)


def _is_part(kind: str) -> bool:
    return kind == "status_page_resource"


def _item(id_: Any, given: Mapping[str, Any], names: Mapping[str, Any]) -> Item:
    planned = word(given.get("report_type")) == "maintenance"
    begun, ended = instant(given.get("starts_at")), instant(given.get("ends_at"))
    state = STATES.get(word(given.get("aggregate_state")), "unknown")
    phase: NoticePhase = "none"
    if planned:
        # A maintenance names its planned end beforehand, so its end alone does not say it is over.
        resolved = word(given.get("aggregate_state")) == "resolved"
        phase = "completed" if resolved else "scheduled"
        state = "operational" if resolved else "maintenance"
    elif ended is not None:
        state, phase = "operational", "resolved"
    affected = some(given.get("affected_resources"), "affected parts")
    return made(
        id_,
        state,
        phase,
        given.get("title"),
        components=[names.get(str(each.get("status_page_resource_id"))) for each in affected],
        created_at=None if planned else begun,
        started_at=begun,
        resolved_at=ended if phase in {"resolved", "completed"} else None,
        until_at=ended if planned else None,
        updated_at=instant(given.get("updated_at")),
    )
