"""What was changed, as the fold keeps it: a diary for each service, newest told last, within bounds.

A source tells one change several times: planned, started, finished. What it tells later takes the
place of what it told before, unless it arrives out of order. Nothing here changes what is decided.
"""

from __future__ import annotations

import msgspec

from uproar.app.fold_state import Diary, Entry, State
from uproar.model.series import SeriesKey
from uproar.model.signal import Change, ChangeState

DONE_KEPT = 200  # Changes of one service that were made, the newest that were heard of.
PLANNED_KEPT = (
    100  # Windows that are planned; they are in other rows, so that plans push out no deeds.
)

_RANKS: dict[ChangeState, int] = {
    "unknown": 0,
    "planned": 0,
    "started": 1,
    "finished": 2,
    "failed": 2,
    "cancelled": 2,
}
_DEPLOYS = frozenset({"deploy", "rollback"})


def take(state: State, change: Change) -> None:
    """Enter a change into the diary of its service; services that are not in the catalog have none."""
    if SeriesKey(change.service) not in state.rows:
        return
    diary = state.diaries.setdefault(change.service, Diary())
    diary.told += 1
    rows = diary.planned if change.planned else diary.done
    key = f"{change.source} {change.native}" if change.native else f"#{diary.told}"
    known = rows.pop(key, None)
    if known is None:
        entry = Entry(change, change.at)
    elif _is_late(change, known.change):
        entry = known
        if known.change.started_at is None and change.state == "started":
            entry.change = msgspec.structs.replace(known.change, started_at=change.started_at)
    else:
        entry = Entry(_with_start(change, known.change), known.first_at)
    entry.returns = _returns(diary, entry.change)
    rows[key] = entry
    most = PLANNED_KEPT if change.planned else DONE_KEPT
    while len(rows) > most:
        del rows[next(iter(rows))]


def when(entry: Entry) -> int:
    """Return the instant of a change: its end as it was told, else its beginning, else our first word of it."""
    change = entry.change
    if change.finished_at is not None:
        return change.finished_at
    return change.started_at if change.started_at is not None else entry.first_at


def _is_late(change: Change, known: Change) -> bool:
    """Tell whether what arrives was the case before what is known already."""
    if change.planned and known.state in {"planned", "cancelled", "unknown"}:
        return False  # A plan may be moved to and fro, and be taken up again.
    if _RANKS[change.state] >= _RANKS[known.state]:
        return False
    latest = max(_instants(known), default=known.at)
    return max(_instants(change), default=0) <= latest


def _instants(change: Change) -> list[int]:
    return [at for at in (change.started_at, change.finished_at) if at is not None]


def _with_start(change: Change, known: Change) -> Change:
    """Return a change with the beginning that its source told earlier, where that belongs to it."""
    began = known.started_at
    if change.started_at is not None or began is None or _RANKS[change.state] < 2:
        return change
    if change.finished_at is not None and began > change.finished_at:
        return change
    return msgspec.structs.replace(change, started_at=began)


def _returns(diary: Diary, change: Change) -> bool:
    """Tell whether a deployment goes back to a revision that had given way to another one."""
    if change.what not in _DEPLOYS or change.state != "finished" or not change.revision:
        return False
    at = change.finished_at if change.finished_at is not None else change.at
    before = sorted(
        (when(entry), entry.change.revision)
        for entry in diary.done.values()
        if entry.change.what in _DEPLOYS
        and entry.change.state == "finished"
        and entry.change.environment == change.environment
        and entry.change.revision
        and when(entry) < at
    )
    revisions = [revision for _, revision in before]
    return change.revision in revisions and revisions[-1] != change.revision
