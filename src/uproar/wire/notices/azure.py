"""Azure's RSS: no life cycle; what is over leaves the feed, and a healthy one holds no item at all.

An empty channel is believed only under its own title. It came, valid and empty, from the host that is
routed by region while a region was down; the address asked here is the one that is not (`address`).
"""

from __future__ import annotations

import re

from uproar.errors import FeedUnreadable
from uproar.wire.cleaned import text
from uproar.wire.notices.dates import rfc822
from uproar.wire.notices.normal import ITEMS_MAX, Item, Reading, made, worst
from uproar.wire.notices.xmlbody import Node, parsed

CANONICAL = "https://rssfeed.azure.status.microsoft/en-us/status/feed/"
ROUTED_HOST = "https://status.azure.com/"
TITLE = "azure status"

_OVER = re.compile(r"\b(?:resolved|mitigated|restored|recovered)\b")
_GOES_ON = re.compile(
    r"\b(?:not|no|never|partially|investigating|ongoing|continu\w+|monitoring|working|still|some"
    r"|being|will|once|until|when)\b|n't\b"
)


def read(body: bytes) -> Reading:
    """Return what the feed says. Raises FeedUnreadable for all but RSS with Azure's own title."""
    root = parsed(body)
    channel = root.first("channel") if root.name == "rss" else None
    if channel is None or channel.said("title").lower() != TITLE:
        raise FeedUnreadable("it is not Azure's feed")
    items = [_item(node) for node in channel.all("item")[:ITEMS_MAX]]
    going_on = [item.state for item in items if item.is_open]
    return Reading(worst(going_on or ["operational"]), tuple(items))


def _item(node: Node) -> Item:
    title = text(node.said("title"), 500)
    at = rfc822(node.said("pubdate"))
    last = _last_clause(text(node.said("description"), 4_000))
    over = bool(_OVER.search(last)) and not _GOES_ON.search(last)
    parts = [part.strip() for part in title.split(" - ")]
    # "Service - Region - Status" is how titles are built; the body names regions that are fine, too.
    named = parts if len(parts) >= 3 else []
    return made(
        node.said("guid") or node.said("link") or title,
        "operational" if over else "degraded",
        "resolved" if over else "none",
        title,
        components=named[:1] or [child.text for child in node.all("category")],
        regions=named[1:2],
        created_at=at,
        resolved_at=at if over else None,
        updated_at=at,
        link=node.said("link"),
    )


def _last_clause(said: str) -> str:
    clauses = [clause for clause in re.split(r"[.;!?]\s+|[.;!?]$", said.lower()) if clause.strip()]
    return clauses[-1] if clauses else ""
