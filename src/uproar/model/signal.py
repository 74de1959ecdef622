"""Signals: everything dated that arrives, as it is kept in the journal.

A signal carries no person. `at` is the arrival, in milliseconds UTC, stamped by the journal's own
clock, which never steps back. The order of signals is the order of the journal, not of `at`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

UNKNOWN_PLACE = "ZZ"  # ISO 3166 reserves ZZ for private use; we use it for "not known".
OTHER_SYMPTOM = "other"

# What sent a report, as far as its User-Agent says; coarse on purpose, so that it singles out nobody.
# `other` is what names itself as none of these (tools, bots, rare browsers), `none` what names nothing.
AGENTS = ("chrome", "firefox", "safari", "edge", "app", "other", "none")
NO_AGENT = "none"

WORDS_MAX = 280  # characters of a reporter's own words that are kept

# What a vendor's page says of a service or of one incident, worst last but for `unknown`.
NoticeState = Literal["operational", "maintenance", "degraded", "partial", "major", "unknown"]
# Where the vendor says that its incident or maintenance stands; `none` where it has no word for that.
NoticePhase = Literal[
    "none",
    "investigating",
    "identified",
    "monitoring",
    "resolved",
    "postmortem",
    "scheduled",
    "in_progress",
    "completed",
]


class Report(
    msgspec.Struct, frozen=True, tag_field="kind", tag="report", omit_defaults=True, gc=False
):
    """A person's word that a service fails, or (`works`) that it works for them.

    `place` is an ISO 3166 country, `network` an autonomous system ("AS3320") or, where that is not
    known, a keyed hash of the address prefix ("p:0123456789abcdef"), or empty; `reporter` is a keyed
    hash whose key is thrown away daily, or empty where nothing is known of the sender. `agent` is one
    of `AGENTS`; `prefix` is a keyed hash of the address prefix (8 hex digits) where `network` is an
    autonomous system, else empty.
    """

    at: int
    service: str
    symptom: str = OTHER_SYMPTOM
    works: bool = False
    place: str = UNKNOWN_PLACE
    network: str = ""
    reporter: str = ""
    words: str = ""
    channel: str = "api"
    agent: str = NO_AGENT
    prefix: str = ""


class Claim(msgspec.Struct, frozen=True, tag_field="kind", tag="claim", omit_defaults=True):
    """A public statement: who said what, where and when (`said_at`, None if not known)."""

    at: int
    service: str
    by: str
    said: str
    where: str = ""
    link: str = ""
    said_at: int | None = None


class Notice(msgspec.Struct, frozen=True, tag_field="kind", tag="notice", omit_defaults=True):
    """What a vendor's own status page says, as it stood when we first saw it so: at `at`.

    `native` is the vendor's own id of its incident or maintenance; empty, the notice is about the
    page as a whole. Then `title` is the reason where the state is `unknown`, and `unread` says that
    the page could not be read at all, or that nobody looked.
    All other instants are the vendor's word, in milliseconds UTC, None where it says nothing:
    opened, begun, over; `until_at` is the planned end of a maintenance. A later notice with the same
    service and id takes the place of the earlier one.
    """

    at: int
    service: str
    page: str
    native: str = ""
    state: NoticeState = "unknown"
    phase: NoticePhase = "none"
    title: str = ""
    components: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    created_at: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    until_at: int | None = None
    link: str = ""
    unread: bool = False


class Beat(msgspec.Struct, frozen=True, tag_field="kind", tag="beat"):
    """The end of a tick: every signal before it in the journal and after the last beat is in it.

    A tick without a beat is masked: our own intake was not running, and its silence says nothing.
    """

    at: int
    tick: int


class Reference(msgspec.Struct, frozen=True, tag_field="kind", tag="reference", omit_defaults=True):
    """What the observatory was given besides signals, by digest: settings, catalog, networks."""

    at: int
    name: str
    digest: str
    note: str = ""


Signal = Report | Claim | Notice | Beat | Reference
