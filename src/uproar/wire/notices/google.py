"""Google's pages (Cloud, Workspace, Play, Firebase): `incidents.json`, a bare list of all incidents.

An incident without an `end` is open, even where its newest update says that all is available again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, each, rows, some, table, word
from uproar.wire.notices.normal import Item, Reading, instant, listed, made

IMPACTS: dict[str, NoticeState] = {
    "service_information": "degraded",
    "service_disruption": "partial",
    "service_outage": "major",
}
AVAILABLE = "available"
ALL = "multiple products"  # What it calls an incident of no product in particular.


def read(body: bytes, base: str) -> Reading:
    """Return what the list says; `base` is the address its links are relative to."""
    entries = rows(decoded(body), "incidents")
    return listed([_incident(entry, base) for entry in entries], anything=bool(entries))


def _incident(entry: Mapping[str, Any], base: str) -> Item:
    newest = entry.get("most_recent_update")
    newest = {} if newest is None else table(newest, "the newest update")
    ended = instant(entry.get("end"))
    state = IMPACTS.get(word(entry.get("status_impact")), "unknown")
    phase: NoticePhase = "none"
    if ended is not None:
        state, phase = "operational", "resolved"
    elif word(newest.get("status")) == AVAILABLE and state != "unknown":
        state, phase = "degraded", "monitoring"
    products = each(some(entry.get("affected_products"), "products"), "title")
    service = entry.get("service_name")
    if not products and word(service) not in {"", ALL}:
        products = [service]
    places = some(entry.get("currently_affected_locations"), "places")
    places = places or some(newest.get("affected_locations"), "places")
    uri = entry.get("uri")
    return made(
        entry.get("id"),
        state,
        phase,
        entry.get("external_desc"),
        components=products,
        regions=each(places, "id", "title"),
        created_at=instant(entry.get("created")),
        started_at=instant(entry.get("begin")),
        resolved_at=ended,
        updated_at=instant(entry.get("modified")),
        link=f"{base.rpartition('/')[0]}/{uri}" if isinstance(uri, str) else "",
    )
