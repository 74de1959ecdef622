"""Salesforce's Trust API: lists of incidents, and of instances with the state of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, some, word
from uproar.wire.notices.normal import (
    NOTHING_LISTED,
    Item,
    Reading,
    instant,
    listed,
    made,
    worst,
)

INSTANCES: dict[str, NoticeState] = {
    "ok": "operational",
    "major_incident_core": "major",
    "major_incident_noncore": "partial",
    "minor_incident_core": "degraded",
    "minor_incident_noncore": "degraded",
    "maintenance_core": "maintenance",
    "maintenance_noncore": "maintenance",
}
SEVERITIES: dict[str, NoticeState] = {"minor": "degraded", "major": "major"}
TITLE = "An incident"  # The API gives incidents no title.


def read(body: bytes) -> Reading:
    """Return what a list of incidents, or of instances, says. Raises FeedUnreadable."""
    entries = rows(decoded(body), "incidents or instances")
    if not entries:
        return Reading("unknown", (), NOTHING_LISTED)
    if "status" in entries[0] and "key" in entries[0]:
        states = [INSTANCES.get(word(entry.get("status")), "unknown") for entry in entries]
        state = worst(states)
        incidents = [
            each for entry in entries for each in some(entry.get("Incidents"), "incidents")
        ]
        items = {item.native: item for item in map(_item, incidents)}
        return Reading(state, tuple(items.values()))
    return listed([_item(entry) for entry in entries], anything=True)


def _item(entry: Mapping[str, Any]) -> Item:
    impacts = some(entry.get("IncidentImpacts"), "impacts")
    ends = [instant(impact.get("endTime")) for impact in impacts]
    begins = [at for impact in impacts if (at := instant(impact.get("startTime"))) is not None]
    over = bool(ends) and None not in ends
    told = [SEVERITIES.get(word(impact.get("severity")), "unknown") for impact in impacts]
    phase: NoticePhase = "resolved" if over else "none"
    keys = entry.get("instanceKeys")
    return made(
        entry.get("id"),
        "operational" if over else worst(told),
        phase,
        entry.get("externalId") or TITLE,
        components=keys if isinstance(keys, list) else (),
        created_at=instant(entry.get("createdAt")),
        started_at=min(begins, default=None),
        resolved_at=max((at for at in ends if at is not None), default=None) if over else None,
        updated_at=instant(entry.get("updatedAt")),
    )
