"""What each source of signals saw, as plain values: for strips, timelines and the tables beside them.

Instants are milliseconds UTC.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from uproar.model.signal import ChangeKind, ChangeState, NoticePhase, NoticeState

Source = Literal["probes", "traffic", "posts", "notices", "providers", "changes", "claims"]


class Line(msgspec.Struct, frozen=True):
    """One entry of a timeline: when, what kind of thing it is, and the sentence."""

    at: int
    kind: Literal[
        "report",
        "alarm",
        "wave",
        "phase",
        "claim",
        "notice",
        "probe",
        "traffic",
        "post",
        "change",
        "blind",
    ]
    text: str
    link: str = ""


class Span(msgspec.Struct, frozen=True):
    """A stretch of a strip: `bad` says that it fails, `odd` unusual, `planned` announced, `unseen` not known."""

    from_at: int
    until_at: int
    state: Literal["bad", "odd", "planned", "unseen"]
    text: str = ""


class Spot(msgspec.Struct, frozen=True):
    """An instant of a strip, and what happened then."""

    at: int
    state: Literal["bad", "odd", "good", "neutral"]
    text: str
    link: str = ""


class Strip(msgspec.Struct, frozen=True):
    """What one source of signals saw around an incident, drawn under the chart of reports.

    `said` is one sentence: what it saw and since when, or that it saw nothing, or why that is not
    known. `first_at` is when it first saw the failure, None where it did not.
    """

    source: Source
    label: str
    said: str
    first_at: int | None = None
    spans: tuple[Span, ...] = ()
    spots: tuple[Spot, ...] = ()


class Changed(msgspec.Struct, frozen=True):
    """A change near an incident, and how far it lies from the onset: brackets of milliseconds.

    `relation` says how it lies to the onset. `to_onset` is least and most time from it to the onset,
    negative where it came after; `to_recovery` the same to the recovery, None where that is not known
    or lies before it. `at` is the instant that is measured from; `returns` marks a deployment of a
    revision that had given way to another one.
    """

    source: str
    native: str
    what: ChangeKind
    state: ChangeState
    title: str
    at: int
    first_at: int
    relation: Literal["before", "under-way", "within", "after"]
    to_onset: tuple[int, int]
    to_recovery: tuple[int, int] | None = None
    environment: str = ""
    region: str = ""
    revision: str = ""
    link: str = ""
    planned: bool = False
    returns: bool = False
    started_at: int | None = None
    finished_at: int | None = None
    until_at: int | None = None


class Said(msgspec.Struct, frozen=True):
    """One incident of the owner's status page, as it stands there since `at`.

    `first_at` is our first sight of it as a failure, exact to our interval of looking where `seen`;
    else it stood there when we first looked. `lag` is how long after our onset that was (least, most).
    `created_at`, `started_at` and `resolved_at` are the owner's word.
    """

    native: str
    title: str
    state: NoticeState
    phase: NoticePhase
    first_at: int
    at: int
    seen: bool
    components: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    created_at: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    link: str = ""
    lag: tuple[int, int] | None = None


class Window(msgspec.Struct, frozen=True):
    """Planned maintenance that the owner's page announces."""

    title: str
    from_at: int
    until_at: int
    link: str = ""


class Record(msgspec.Struct, frozen=True):
    """How late the owner's page was: it turned in `turned` of `incidents` of ours, so long after onset."""

    turned: int
    incidents: int
    median_ms: int | None
    least_ms: int | None
    most_ms: int | None


class OwnPage(msgspec.Struct, frozen=True):
    """What the owner's own status page says; about an incident, what it said of that.

    `state` holds since `since`; `why` is the reason where it is unknown, and `unread` that the page
    could not be read. `turned` is when the page as a whole turned, and how long after our onset.
    """

    page: str
    state: NoticeState
    since: int
    why: str = ""
    unread: bool = False
    said: tuple[Said, ...] = ()
    windows: tuple[Window, ...] = ()
    turned: tuple[int, tuple[int, int]] | None = None
    record: Record | None = None


class Probes(msgspec.Struct, frozen=True):
    """What probes see of a service now: a sentence, and how each check stands (plain values)."""

    said: str
    checks: tuple[dict[str, object], ...] = ()
