"""Amazon's pages: `public/currentevents`, JSON in UTF-16, and `rss/all.rss`, whose items are updates.

An ended event stays in the list for hours. In the RSS several items make one event: those of one
service and region with no gap of a day between them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from uproar.errors import FeedUnreadable
from uproar.model.signal import NoticePhase, NoticeState
from uproar.model.tick import DAY_MS
from uproar.wire.notices.dates import rfc822
from uproar.wire.notices.jsonbody import decoded, rows
from uproar.wire.notices.normal import ITEMS_MAX, Item, Reading, epoch, listed, made
from uproar.wire.notices.xmlbody import Node, parsed

GAP_MS = DAY_MS  # A longer silence between updates of a service and region parts two events.
STATES: dict[str, NoticeState] = {
    "0": "operational",
    "1": "degraded",
    "2": "degraded",
    "3": "major",
}
# How titles of the RSS begin; the longest first.
TITLES: tuple[tuple[str, NoticeState], ...] = (
    ("service is operating normally", "operational"),
    ("informational message", "degraded"),
    ("service degradation", "degraded"),
    ("service disruption", "major"),
    ("service impact", "degraded"),
)
_GUID = re.compile(r"#([a-z0-9.-]{1,120})_(\d{9,11})$", re.ASCII)
_REGION = re.compile(r"-([a-z]{2}(?:-[a-z]+)+-\d)$", re.ASCII)


def read(body: bytes) -> Reading:
    """Return what the events of now, or the updates of the RSS, say. Raises FeedUnreadable."""
    if body.lstrip()[:1] == b"<":
        return _updates(parsed(body))
    entries = rows(decoded(body), "events")
    return listed([_event(entry) for entry in entries], anything=bool(entries))


def _event(entry: Mapping[str, Any]) -> Item:
    state = STATES.get(str(entry.get("status")), "unknown")
    over = state == "operational"
    begun = epoch(entry.get("date"))
    region = entry.get("region_name")
    service = entry.get("service_name") or entry.get("service")
    log = [] if entry.get("event_log") is None else rows(entry["event_log"], "updates")
    told = [at for update in log if (at := epoch(update.get("timestamp"))) is not None]
    ended = epoch(entry.get("end_time")) if over else None
    return made(
        entry.get("arn") or (f"{service}@{begun}" if service and begun else ""),
        state,
        "resolved" if over else "none",
        entry.get("summary"),
        components=[service],
        regions=[region],
        created_at=begun,
        resolved_at=ended or (max(told, default=None) if over else None),
        updated_at=max(told, default=begun),
    )


def _updates(root: Node) -> Reading:
    channel = root.first("channel") if root.name == "rss" else None
    if channel is None or not channel.said("title"):
        raise FeedUnreadable("it is no RSS")
    told: dict[str, list[tuple[int, Node]]] = {}
    for node in channel.all("item")[:ITEMS_MAX]:
        found = _GUID.search(node.said("guid").lower())
        at = rfc822(node.said("pubdate"))
        if found is None or at is None:
            raise FeedUnreadable("an update has no id or no date")
        told.setdefault(found[1], []).append((at, node))
    items = [item for key, updates in sorted(told.items()) for item in _events(key, updates)]
    items.sort(key=lambda item: (-(item.updated_at or 0), item.native))
    return listed(items, anything=bool(items))


def _events(key: str, updates: list[tuple[int, Node]]) -> list[Item]:
    updates.sort(key=lambda update: update[0])
    runs: list[list[tuple[int, Node]]] = []
    for update in updates:
        if runs and update[0] - runs[-1][-1][0] <= GAP_MS:
            runs[-1].append(update)
        else:
            runs.append([update])
    return [_event_of(key, run) for run in runs]


def _event_of(key: str, run: list[tuple[int, Node]]) -> Item:
    first_at, at = run[0][0], run[-1][0]
    title = run[-1][1].said("title")
    told = [state for begin, state in TITLES if title.lower().startswith(begin)]
    state = told[0] if told else "unknown"
    phase: NoticePhase = "none"
    if "[resolved]" in title.lower() or state == "operational":
        state, phase = "operational", "resolved"
    region = _REGION.search(key)
    return made(
        f"{key}_{first_at // 1000}",
        state,
        phase,
        title,
        components=[_REGION.sub("", key)],
        regions=[region[1]] if region else [],
        created_at=first_at,
        resolved_at=at if phase == "resolved" else None,
        updated_at=at,
        link=run[-1][1].said("link"),
    )
