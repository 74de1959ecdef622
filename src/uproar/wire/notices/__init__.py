"""Vendors' status feeds: which document is asked for, and what it says in one normal form.

A feed that cannot be read raises FeedUnreadable, and whoever reads it says that the state is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from uproar.errors import FeedUnreadable
from uproar.model.service import FeedKind, StatusFeed
from uproar.wire.notices import (
    aws,
    azure,
    betterstack,
    cstate,
    google,
    heroku,
    instatus,
    salesforce,
    slack,
    statusio,
    statuspage,
    syndication,
    upptime,
    zendesk,
)
from uproar.wire.notices.normal import UNKNOWN_WORDS, Reading

BODY_BYTES_MAX = 4_000_000  # Many times what the largest known feed has.

_READERS: dict[FeedKind, Callable[[bytes], Reading]] = {
    "statuspage": statuspage.read,
    "incident-io": statuspage.read,
    "instatus": instatus.read,
    "better-stack": betterstack.read,
    "status-io": statusio.read,
    "aws": aws.read,
    "azure": azure.read,
    "slack": slack.read,
    "salesforce": salesforce.read,
    "heroku": heroku.read,
    "zendesk": zendesk.read,
    "rss": syndication.read,
    "atom": syndication.read,
    "cstate": cstate.read,
    "upptime": upptime.read,
}
# What is asked for where the catalog names the page and not the document.
_DOCUMENTS: dict[FeedKind, str] = {
    "statuspage": "/api/v2/summary.json",
    "incident-io": "/api/v2/summary.json",
    "instatus": "/summary.json",
    "better-stack": "/index.json",
    "heroku": "/api/v4/current-status",
    "cstate": "/index.json",
}
# Feeds whose components are the names of products: one that is none of ours is somebody else's.
BY_PRODUCT: frozenset[FeedKind] = frozenset({"google-cloud", "aws", "azure", "salesforce"})
_BARE = re.compile(r"https?://[^/?#]+/?")  # The address of a page, without a document.


def is_read(feed: StatusFeed) -> bool:
    """Tell whether a program can read the feed; a page for people cannot be."""
    return feed.kind in _READERS or feed.kind == "google-cloud"


def address(feed: StatusFeed) -> str:
    """Return the address of the document that is asked for."""
    if feed.kind == "azure" and feed.url.startswith(azure.ROUTED_HOST):
        return azure.CANONICAL
    if feed.kind in _DOCUMENTS and _BARE.fullmatch(feed.url):
        return f"{feed.url.rstrip('/')}{_DOCUMENTS[feed.kind]}"
    return feed.url


def archive(feed: StatusFeed) -> str | None:
    """Return the address of the document that lists what is over, where it is another one, or None."""
    if feed.kind in {"statuspage", "incident-io"} and _BARE.fullmatch(feed.url):
        return f"{feed.url.rstrip('/')}/api/v2/incidents.json"
    return None


def read(feed: StatusFeed, body: bytes) -> Reading:
    """Return what a feed says. Raises FeedUnreadable, and nothing else, for all that is not so."""
    if len(body) > BODY_BYTES_MAX:
        raise FeedUnreadable("it is too long")
    reader = _READERS.get(feed.kind)
    if feed.kind == "google-cloud":
        reading = google.read(body, feed.url)
    elif reader is not None:
        reading = reader(body)
    else:
        raise FeedUnreadable("it is a page for people")
    if reading.state == "unknown" and not reading.why:
        return Reading(reading.state, reading.items, UNKNOWN_WORDS)
    return reading
