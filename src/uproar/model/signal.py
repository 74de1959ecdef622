"""Signals: everything dated that arrives, as it is kept in the journal.

A signal carries no person. `at` is the arrival, in milliseconds UTC, stamped by the journal's own
clock, which never steps back. The order of signals is the order of the journal, not of `at`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.model.asserted import Asserted, ClaimRole
from uproar.model.measurement import State as ProbeState
from uproar.model.measurement import Step

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

# What is told of one target's traffic: as usual; an attack has begun, goes on, or is over.
TrafficState = Literal["usual", "raised", "going", "cleared"]

# What was changed, and where the change stands; `unknown` is a plan whose calendar can no longer be read.
ChangeKind = Literal[
    "deploy", "rollback", "flag", "config", "infra", "maintenance", "cert", "dns", "bgp", "other"
]
ChangeState = Literal["planned", "started", "finished", "failed", "cancelled", "unknown"]


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
    """A public statement: who said what, where and when (`said_at`, None if not known).

    A later claim with the same `native` that is not empty takes the place of the earlier one; one that
    is `withdrawn` leaves the earlier one's words and says that nobody stands by them. `role` is who
    speaks, as far as it changes what their word weighs; `asserts` is what the words say was the
    cause, as whoever entered them read it. Both may be left out, and are then worked out from `by` and
    `said`. Kept apart from evidence: it is held against what is seen (`ledger`).
    """

    at: int
    service: str
    by: str
    said: str
    where: str = ""
    link: str = ""
    said_at: int | None = None
    native: str = ""
    withdrawn: bool = False
    role: ClaimRole = ""
    asserts: tuple[Asserted, ...] = ()


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


class Probed(
    msgspec.Struct, frozen=True, tag_field="kind", tag="measurement", omit_defaults=True, gc=False
):
    """A measurement in short: what one probe found of one check, as the journal keeps it.

    `check` is the address that was measured, `probe` the vantage's name. `place`, `network` and
    `resolver` are what the probe shares with others, so that what fails for all who share it is told
    from what fails for all. `failure` is OONI's string, `layer` and `side` words of `model.fault`,
    `answered` who wrote the answer, `fingerprint` the one that tells so. `control` marks a check of
    something else, known to work: where it fails, the probe itself is at fault. `again` marks a
    second look, made to confirm the first. `measured_at` is the probe's own clock. `family` is the one that a
    browser would have used; `notes` are slugs of what else is not in order ("ipv6-fails", "clock-off").
    """

    at: int
    service: str
    check: str
    probe: str
    state: ProbeState
    step: Step | Literal[""] = ""
    layer: str = ""
    side: str = ""
    failure: str = ""
    status: int = 0
    answered: str = ""
    fingerprint: str = ""
    place: str = UNKNOWN_PLACE
    network: str = ""
    resolver: str = ""
    family: Literal["", "ipv4", "ipv6"] = ""
    took_ms: int = 0
    control: bool = False
    again: bool = False
    measured_at: int | None = None
    notes: tuple[str, ...] = ()


class Post(msgspec.Struct, frozen=True, tag_field="kind", tag="post", omit_defaults=True, gc=False):
    """What was posted about one service within `seconds`, as counts: no post, and no author.

    With an empty `service` it is about the source as a whole, and `of` says how many posts of any
    kind were read from it; none at all is a sign that the source itself is silent. `failing` are the
    posts that say the service fails for their writer now, `working` those that say it works again, `asking` those
    that only ask, `talk` the rest that name it (news, jokes, old outages); a post that names n
    services counts 1/n for each. `languages` divide `failing`; `tags` are hashtags with how many authors used them:
    of a service those that call it failing, of the source as a whole the same ones in all posts.
    `until_at` is the source's clock at the end of what was counted, and `cursor`, with an empty
    service, where its stream is to be taken up again: all before it is in the journal.
    """

    at: int
    service: str
    source: str
    of: int = 0
    failing: float = 0.0
    working: float = 0.0
    asking: float = 0.0
    talk: float = 0.0
    languages: dict[str, float] = {}
    tags: dict[str, int] = {}
    seconds: int = 10
    until_at: int | None = None
    cursor: str = ""


class Change(msgspec.Struct, frozen=True, tag_field="kind", tag="change", omit_defaults=True):
    """A deployment, a configuration or a maintenance, as whoever made it told us.

    `source` is who told it ("github", "argo-cd", "form", "calendar"), `native` its own id there; a later change
    with the same source and id takes the place of the earlier one. `what` is its kind. Who did it is
    not kept. `started_at` and `finished_at` are the teller's clock; `until_at` is a planned end.
    """

    at: int
    service: str
    source: str
    native: str = ""
    what: ChangeKind = "other"
    state: ChangeState = "finished"
    title: str = ""
    environment: str = ""
    region: str = ""
    revision: str = ""
    link: str = ""
    planned: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    until_at: int | None = None


class Traffic(
    msgspec.Struct, frozen=True, tag_field="kind", tag="traffic", omit_defaults=True, gc=False
):
    """What came to one target within a stretch of time, summed up: no packet, and no address of a source.

    `target` is an address or a prefix of ours, or for access logs the service itself; `group` the
    hostgroup that the settings put it in, `service` what it serves, empty where they name none.
    `source` is the way in ("flows", "log:NAME"). `attack` names the attack that several targets, vectors and
    waves share, empty in usual times. `from_at` to `to_at` is the stretch, by the clock of the telemetry.
    `usual_...` is what was learned for this target, None where not enough was seen. For logs `packets_s` counts requests.
    Maps are shares of the packets (`vectors` of those of the attack): `ports` as "udp/123" by the sender's port,
    `flags` as "SYN+ACK", `ttls` by time to live, `countries` as ISO 3166, `networks` as "AS3320"; they are
    the largest only, so that they may sum to less than 1. `sources` is an estimate of how many addresses sent,
    `known` the share of packets from networks seen in the last 28 days, `spoofed` and `flash_crowd` are
    probabilities; each None where nothing can be said. `meaningful` is whether countries and networks say who sends.
    `measured` are the measures that the two probabilities rest on, `ratios` by how much each speaks.
    `one_of` says of how many packets one was looked at.
    """

    at: int
    target: str
    service: str = ""
    group: str = ""
    source: str = "flows"
    state: TrafficState = "usual"
    attack: str = ""
    from_at: int | None = None
    to_at: int | None = None
    packets_s: float = 0.0
    bits_s: float = 0.0
    peak_packets_s: float = 0.0
    peak_bits_s: float = 0.0
    usual_packets_s: float | None = None
    usual_bits_s: float | None = None
    vectors: dict[str, float] = {}
    protocols: dict[str, float] = {}
    ports: dict[str, float] = {}
    flags: dict[str, float] = {}
    ttls: dict[str, float] = {}
    countries: dict[str, float] = {}
    networks: dict[str, float] = {}
    sources: int = 0
    known: float | None = None
    spoofed: float | None = None
    meaningful: bool = False
    flash_crowd: float | None = None
    measured: dict[str, float] = {}
    ratios: dict[str, float] = {}
    one_of: int = 1


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


Signal = Report | Probed | Post | Traffic | Change | Notice | Claim | Beat | Reference
