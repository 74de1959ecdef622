"""Upptime: `history/summary.json` of its repository, a bare list of sites that it checks itself."""

from __future__ import annotations

from uproar.model.signal import NoticeState
from uproar.wire.notices.jsonbody import decoded, rows, word
from uproar.wire.notices.normal import NOTHING_LISTED, Reading, made, worst

STATES: dict[str, NoticeState] = {"up": "operational", "degraded": "degraded", "down": "major"}


def read(body: bytes) -> Reading:
    """Return what the checks say. A site that fails is an item for as long. Raises FeedUnreadable."""
    sites = rows(decoded(body), "sites")
    if not sites:
        return Reading("unknown", (), NOTHING_LISTED)
    told = [STATES.get(word(site.get("status")), "unknown") for site in sites]
    # Of several sites one that is down is a part of the whole.
    state = worst(told)
    if state == "major" and set(told) != {"major"}:
        state = "partial"
    items = tuple(
        made(f"site:{site.get('slug') or site.get('name')}", own, "none", site.get("name"))
        for site, own in zip(sites, told, strict=True)
        if own in {"degraded", "major"}
    )
    return Reading(state, items)
