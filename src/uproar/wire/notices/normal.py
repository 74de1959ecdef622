"""One form for what every vendor's status page says: a page's state, and its incidents as items.

Whatever a feed says in other words than those it is known to use is `unknown`; nothing here guesses
that a service is fine. Instants are the vendor's own, in milliseconds UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from uproar.errors import BadInput, FeedUnreadable
from uproar.model.signal import Notice, NoticePhase, NoticeState
from uproar.model.tick import DAY_MS, parse_iso
from uproar.wire.cleaned import https, text
from uproar.wire.signalbounds import AT_MAX, BOUNDS, LISTS

ITEMS_MAX = 200  # Incidents of one feed that are looked at; the newest stand first.
STILL_MS = 30 * DAY_MS  # An incident that is open and was not touched for so long stands still.
UNKNOWN_WORDS = "it uses words that we do not know"
NOTHING_LISTED = "it lists nothing, and that is no word that all is well"

# The worse of two states counts. What could not be read outweighs every good word, and no bad one.
_ORDER: tuple[NoticeState, ...] = (
    "operational",
    "maintenance",
    "unknown",
    "degraded",
    "partial",
    "major",
)
OPEN_PHASES: frozenset[NoticePhase] = frozenset({"investigating", "identified", "monitoring"})
CLOSED_PHASES: frozenset[NoticePhase] = frozenset({"resolved", "postmortem", "completed"})
PLANNED_PHASES: frozenset[NoticePhase] = frozenset({"scheduled", "in_progress", "completed"})
PHASES: dict[str, NoticePhase] = {
    "investigating": "investigating",
    "identified": "identified",
    "monitoring": "monitoring",
    "resolved": "resolved",
    "postmortem": "postmortem",
    "scheduled": "scheduled",
    "in_progress": "in_progress",
    "verifying": "in_progress",
    "completed": "completed",
}


class Item(msgspec.Struct, frozen=True):
    """One incident or maintenance of a vendor's page, as its fields stand in `model.signal.Notice`.

    `updated_at` is when the vendor last touched it, None where it does not say.
    """

    native: str
    state: NoticeState
    phase: NoticePhase = "none"
    title: str = ""
    components: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    created_at: int | None = None
    started_at: int | None = None
    resolved_at: int | None = None
    until_at: int | None = None
    updated_at: int | None = None
    link: str = ""

    @property
    def is_open(self) -> bool:
        """Whether the vendor says of a failure that it goes on."""
        if self.phase in PLANNED_PHASES or self.phase in CLOSED_PHASES:
            return False
        return self.phase in OPEN_PHASES or self.state in {"degraded", "partial", "major"}

    @property
    def is_closed(self) -> bool:
        """Whether the vendor says that it is over."""
        return self.phase in CLOSED_PHASES


class Reading(msgspec.Struct, frozen=True):
    """What one feed says: the state of the page, why it is unknown if it is, and the items."""

    state: NoticeState
    items: tuple[Item, ...] = ()
    why: str = ""


def worst(states: Iterable[NoticeState]) -> NoticeState:
    """Return the state that counts among several; `unknown` where there is none."""
    return max(states, key=_ORDER.index, default="unknown")


def listed(items: Sequence[Item], *, anything: bool) -> Reading:
    """Return the reading of a feed that has no word for the page, only incidents.

    It is as its worst open incident is. With none open it is fine only where the feed lists
    `anything` at all: an empty list may be a page that has lost its content.
    """
    going_on = [item.state for item in items if item.is_open]
    if going_on:
        return Reading(worst(going_on), tuple(items))
    if not anything:
        return Reading("unknown", tuple(items), NOTHING_LISTED)
    return Reading(worst(("operational", *planned(items))), tuple(items))


def planned(items: Iterable[Item]) -> list[NoticeState]:
    """Return `maintenance` once for every maintenance that goes on, and `unknown` for what is unclear."""
    told: list[NoticeState] = []
    for item in items:
        if item.phase == "in_progress":
            told.append("maintenance")
        elif item.state == "unknown" and not item.is_closed:
            told.append("unknown")
    return told


def settled(reading: Reading, now_ms: int) -> Reading:
    """Return a reading in which what has stood still is unknown: open, and not touched for STILL_MS."""
    items = []
    still: NoticeState | None = None
    for item in reading.items:
        touched = item.updated_at or item.created_at or item.started_at
        if item.is_open and touched is not None and now_ms - touched > STILL_MS:
            item = msgspec.structs.replace(item, state="unknown", phase="none")  # noqa: PLW2901
            still = "unknown"
        items.append(item)
    if still is None:
        return reading
    going_on = [item.state for item in items if item.is_open]
    return Reading(
        worst([*going_on, still]), tuple(items), "what it says has stood still for weeks"
    )


def about(
    reading: Reading, names: Sequence[str], others: Sequence[str], *, by_product: bool = False
) -> Reading:
    """Return what a page that several services share says of one of them.

    `names` are all names of the service, `others` those of the services it shares the page with. An
    item belongs to the services that its components or title name, and to all of them where it names
    none: "Login" may be anyone's. Where components are the names of products (`by_product`), an item
    of products that are none of ours belongs to no service here. Where the page says that something is wrong and none of it is about this service,
    its state is unknown: what the page calls the service may be a name that we do not know.
    """
    if not others:
        return reading
    kept = []
    for item in reading.items:
        said = " ".join((*item.components, item.title)).casefold()
        if _names_any(said, names) or not (
            _names_any(said, others) or (by_product and item.components)
        ):
            kept.append(item)
    going_on = [item.state for item in kept if item.is_open]
    if going_on:
        return Reading(worst(going_on), tuple(kept))
    if reading.state in {"operational", "unknown"}:
        return Reading(reading.state, tuple(kept), reading.why)
    return Reading("unknown", tuple(kept), "the page is shared, and speaks of other services")


def _names_any(said: str, names: Sequence[str]) -> bool:
    return any(
        re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", said) for name in names if name
    )


def as_notice(item: Item, service: str, page: str) -> Notice:
    """Return an item as the signal that is kept of it; the journal stamps `at`."""
    return Notice(
        at=0,
        service=service,
        page=page,
        native=item.native,
        state=item.state,
        phase=item.phase,
        title=item.title,
        components=item.components,
        regions=item.regions,
        created_at=item.created_at,
        started_at=item.started_at,
        resolved_at=item.resolved_at,
        until_at=item.until_at,
        link=item.link,
    )


def made(
    native: object,
    state: NoticeState,
    phase: NoticePhase = "none",
    title: object = "",
    *,
    components: Iterable[object] = (),
    regions: Iterable[object] = (),
    created_at: int | None = None,
    started_at: int | None = None,
    resolved_at: int | None = None,
    until_at: int | None = None,
    updated_at: int | None = None,
    link: object = "",
) -> Item:
    """Return an item from texts as they came: cleaned, bounded, without repetitions.

    Raises FeedUnreadable where there is no id: without one nothing can be told from anything else.
    """
    own = text(native, BOUNDS[Notice]["native"][1])
    if not own:
        raise FeedUnreadable("an incident has no id")
    return Item(
        native=own,
        state=state,
        phase=phase,
        title=text(title, BOUNDS[Notice]["title"][1]),
        components=_texts("components", components),
        regions=_texts("regions", regions),
        created_at=created_at,
        started_at=started_at,
        resolved_at=resolved_at,
        until_at=until_at,
        updated_at=updated_at,
        link=https(link),
    )


def _texts(name: str, values: Iterable[object]) -> tuple[str, ...]:
    many, most = LISTS[Notice][name]
    kept: dict[str, None] = {}
    for value in values:
        if cleaned := text(value, most):
            kept[cleaned] = None
        if len(kept) == many:
            break
    return tuple(kept)


def instant(value: object) -> int | None:
    """Return an instant of RFC 3339 text, None where there is none. Raises FeedUnreadable else."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise FeedUnreadable("an instant is no text")
    try:
        at = parse_iso(value[:60].strip())
    except BadInput:
        raise FeedUnreadable("an instant cannot be read") from None
    return bounded(at)


def epoch(value: object, unit_ms: int = 1000) -> int | None:
    """Return an instant of a number of seconds, or of units of `unit_ms`, since 1970, or of its text."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and re.fullmatch(r"\d{1,14}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FeedUnreadable("an instant is no number")
    if not 0 <= value <= AT_MAX / unit_ms:
        raise FeedUnreadable("an instant lies outside of 1970 to 9998")
    return bounded(int(value * unit_ms))


def at_of(moment: datetime) -> int:
    """Return the instant of a calendar's value that has a zone."""
    return bounded(round(moment.timestamp() * 1000))


def bounded(at: int) -> int:
    """Return an instant that can be kept; raise FeedUnreadable for one that cannot."""
    if not 0 <= at <= AT_MAX:
        raise FeedUnreadable("an instant lies outside of 1970 to 9998")
    return at
