"""cState, version 5 and later: `index.json`, the systems with their issues that are not resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uproar.errors import FeedUnreadable
from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, some, table, word
from uproar.wire.notices.normal import Item, Reading, instant, made, worst

STATES: dict[str, NoticeState] = {
    "ok": "operational",
    "notice": "degraded",
    "disrupted": "partial",
    "down": "major",
}


def read(body: bytes) -> Reading:
    """Return what the page says. Raises FeedUnreadable."""
    whole = table(decoded(body), "the page")
    if "cStateVersion" not in whole:
        raise FeedUnreadable("it is not cState's index")
    systems = rows(whole.get("systems"), "systems")
    told = [STATES.get(word(system.get("status")), "unknown") for system in systems] or ["unknown"]
    issues = [each for system in systems for each in some(system.get("unresolvedIssues"), "issues")]
    items = {item.native: item for item in map(_item, issues)}
    overall = STATES.get(word(whole.get("summaryStatus")), "unknown")
    open_ones = [item.state for item in items.values() if item.is_open]
    state = worst((overall, *told, *open_ones))
    why = "" if state != "unknown" else "it says nothing of its systems, or in words we do not know"
    return Reading(state, tuple(items.values()), why)


def _item(entry: Mapping[str, Any]) -> Item:
    over = entry.get("resolved") is True
    phase: NoticePhase = "resolved" if over else "none"
    state = STATES.get(word(entry.get("severity")), "unknown")
    affected = entry.get("affected")
    return made(
        entry.get("permalink") or entry.get("filename"),
        "operational" if over else "degraded" if state == "operational" else state,
        phase,
        entry.get("title"),
        components=affected if isinstance(affected, list) else (),
        created_at=instant(entry.get("createdAt")),
        updated_at=instant(entry.get("lastMod")),
        link=entry.get("permalink"),
    )
