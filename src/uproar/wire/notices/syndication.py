"""Any other RSS 2.0 or Atom feed of incidents. It tells of incidents, and never that all is well.

The word that matters is the first of the known ones in an entry: feeds put their newest update first.
An entry without such a word is kept as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from uproar.errors import FeedUnreadable
from uproar.model.signal import NoticePhase, NoticeState
from uproar.wire.cleaned import text
from uproar.wire.notices.dates import rfc822
from uproar.wire.notices.normal import (
    ITEMS_MAX,
    PHASES,
    Item,
    Reading,
    instant,
    made,
    worst,
)
from uproar.wire.notices.xmlbody import Node, parsed

NO_STATE = "it tells of incidents, and not of the state of the whole"
_PHASE = re.compile(
    r"\b(investigating|identified|monitoring|resolved|postmortem|scheduled|in progress|verifying"
    r"|completed)\b"
)
_NEGATED = re.compile(r"\b(?:not|un|\w+n't|until|once|when|be)(?:\s+\w+){0,2}[\s-]*$")


def read(body: bytes) -> Reading:
    """Return the incidents of a feed. Raises FeedUnreadable for another root than RSS or Atom."""
    root = parsed(body)
    channel = root.first("channel") if root.name == "rss" else root if root.name == "feed" else None
    if channel is None or not channel.said("title"):
        raise FeedUnreadable("it is neither RSS nor Atom")
    nodes = channel.all("item" if root.name == "rss" else "entry")[:ITEMS_MAX]
    items = [_item(node, is_rss=root.name == "rss") for node in nodes]
    going_on = [item.state for item in items if item.is_open]
    if going_on:
        return Reading(worst(going_on), tuple(items))
    return Reading("unknown", tuple(items), NO_STATE)


def _item(node: Node, *, is_rss: bool) -> Item:
    title = node.said("title")
    phase = _phase((title, node.said("encoded", "description", "content", "summary")))
    if is_rss:
        at, updated = rfc822(node.said("pubdate")), None
        link = node.said("link")
    else:
        at, updated = instant(node.said("published")), instant(node.said("updated"))
        found = node.first("link")
        link = "" if found is None else found.attributes.get("href", "")
    updated = updated or at
    over = phase in {"resolved", "postmortem", "completed"}
    return made(
        node.said("guid", "id") or link or title,
        _state(phase),
        phase,
        title,
        created_at=at,
        resolved_at=updated if over else None,
        updated_at=updated,
        link=link,
    )


def _phase(texts: Sequence[str]) -> NoticePhase:
    for said in texts:
        line = text(said, 2_000).lower()
        for found in _PHASE.finditer(line):
            if not _NEGATED.search(line[: found.start()]):
                return PHASES[found[1].replace(" ", "_")]
    return "none"


def _state(phase: NoticePhase) -> NoticeState:
    if phase in {"investigating", "identified", "monitoring"}:
        return "degraded"
    if phase in {"scheduled", "in_progress"}:
        return "maintenance"
    return "unknown" if phase == "none" else "operational"
