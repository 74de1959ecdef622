"""From the diary of a service to what its incidents' pages show. Reads the state, changes nothing.

What lies near enough to an onset is told with its distance. Near says nothing of cause.
"""

from __future__ import annotations

from typing import Literal

from uproar.app.fold_changes import when
from uproar.app.fold_state import Entry, State
from uproar.model.signal import Change, ChangeKind
from uproar.model.tick import HOUR_MS
from uproar.present import changewords
from uproar.present.instants import span
from uproar.present.source_views import Changed, Line, Span, Spot, Strip

# So long before an onset a change is told of. Names and certificates spread by caches that keep for a
# day; of maintenance people speak a day later; all else shows within hours or not at all.
NEAR_MS: dict[ChangeKind, int] = {
    "maintenance": 24 * HOUR_MS,
    "dns": 24 * HOUR_MS,
    "cert": 24 * HOUR_MS,
}
NEAR_ELSE_MS = 6 * HOUR_MS
SHOWN_MAX = 40  # Changes of one incident, the nearest to the onset.

Relation = Literal["before", "under-way", "within", "after"]


def near(
    state: State,
    service: str,
    onset: tuple[int, int],
    recovery: tuple[int, int] | None,
    now_ms: int,
) -> tuple[Changed, ...]:
    """Return the changes near an incident, in the order of time."""
    diary = state.diaries.get(service)
    if diary is None:
        return ()
    until = now_ms if recovery is None else recovery[1]
    found = [
        changed
        for entry in (*diary.done.values(), *diary.planned.values())
        if (changed := _changed(entry, onset, recovery)) is not None
        and _is_near(changed, onset, until)
    ]
    found.sort(key=lambda each: (abs(each.to_onset[0] + each.to_onset[1]), each.native))
    return tuple(sorted(found[:SHOWN_MAX], key=lambda each: (each.at, each.native)))


def lines(changed: tuple[Changed, ...]) -> list[Line]:
    """Return the entries of a timeline that changes give."""
    return [Line(each.at, "change", changewords.sentence(each), each.link) for each in changed]


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return what was changed around an incident; None where nobody ever told of a change."""
    if service not in state.diaries:
        return None
    recovery = None if until is None else (until, until)
    found = near(state, service, onset, recovery, now_ms)
    before = [
        each
        for each in found
        if each.relation != "after" and each.state in {"finished", "failed", "started"}
    ]
    said = f"No change was told of in the {span(NEAR_ELSE_MS)} before the onset."
    if before:
        closest = min(before, key=lambda each: abs(sum(each.to_onset)))
        said = changewords.sentence(closest)
    spots = [
        Spot(
            each.at,
            "bad" if each.state == "failed" else "neutral",
            changewords.sentence(each),
            each.link,
        )
        for each in found
        if not each.planned
    ]
    return Strip(
        source="changes",
        label="Changes",
        said=said,
        spans=tuple(_span(each) for each in found if each.planned and each.state != "cancelled"),
        spots=tuple(spots),
    )


def _span(changed: Changed) -> Span:
    begins = changed.started_at if changed.started_at is not None else changed.at
    ends = changed.until_at if changed.until_at is not None else begins
    state: Literal["planned", "unseen"] = "unseen" if changed.state == "unknown" else "planned"
    return Span(begins, max(begins, ends), state, changewords.sentence(changed))


def _changed(
    entry: Entry, onset: tuple[int, int], recovery: tuple[int, int] | None
) -> Changed | None:
    change = entry.change
    at, relation = _lies(entry, onset)
    to_recovery = None
    if recovery is not None and at <= recovery[1]:
        to_recovery = (recovery[0] - at, recovery[1] - at)
    return Changed(
        source=change.source,
        native=change.native,
        what=change.what,
        state=change.state,
        title=change.title,
        at=at,
        first_at=entry.first_at,
        relation=relation,
        to_onset=(onset[0] - at, onset[1] - at),
        to_recovery=to_recovery,
        environment=change.environment,
        region=change.region,
        revision=change.revision,
        link=change.link,
        planned=change.planned,
        returns=entry.returns,
        started_at=change.started_at,
        finished_at=change.finished_at,
        until_at=change.until_at,
    )


def _lies(entry: Entry, onset: tuple[int, int]) -> tuple[int, Relation]:
    """Return the instant that is measured from, and how the change lies to the onset.

    Of what was made that is its end, of what was planned the end that is nearer.
    """
    begins, ends = _stretch(entry, entry.change)
    if ends <= onset[0]:
        return ends, "before"
    at = begins if entry.change.planned else ends
    if begins < onset[0]:
        return at, "under-way"
    return at, "after" if at >= onset[1] else "within"


def _stretch(entry: Entry, change: Change) -> tuple[int, int]:
    """Return from when to when a change was made, a point where only one of them is known."""
    at = when(entry)
    begins = change.started_at if change.started_at is not None else at
    if change.planned:
        return begins, max(begins, change.until_at if change.until_at is not None else begins)
    return min(begins, at), at


def _is_near(changed: Changed, onset: tuple[int, int], until: int) -> bool:
    reach = NEAR_MS.get(changed.what, NEAR_ELSE_MS)
    begins = (
        changed.started_at if changed.planned and changed.started_at is not None else changed.at
    )
    return changed.at >= onset[0] - reach and begins <= until
