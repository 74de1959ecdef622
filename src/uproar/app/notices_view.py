"""From the board of a vendor's page to what our pages show of it. Reads the state, changes nothing."""

from __future__ import annotations

from statistics import median
from typing import Literal

from uproar.app.fold_notices import BAD, EARLY_MS, OPEN, OVER, PLANNED, is_open
from uproar.app.fold_state import Board, State, Thread, Turn
from uproar.model.tick import DAY_MS, HOUR_MS
from uproar.present import ownpage, seen
from uproar.present.source_views import Line, OwnPage, Record, Said, Span, Spot, Strip, Window

LATE_MS = 3 * HOUR_MS  # What a page says so long after an incident of ours still belongs to it.
FRESH_MS = DAY_MS  # An incident of theirs that is over stays on the service's page for so long.
SAID_SHOWN = 8
WINDOWS_SHOWN = 5


def own_page(
    state: State,
    service: str,
    now_ms: int,
    onset: tuple[int, int] | None = None,
    until: int | None = None,
) -> OwnPage | None:
    """Return what the page of a service's owner says, None where it has never been looked at.

    With `onset` it is what was said about that incident, which reaches to `until` (None: it goes on).
    """
    board = state.boards.get(service)
    page = None if board is None else board.threads.get("")
    if board is None or page is None:
        return None
    begin = now_ms - FRESH_MS if onset is None else onset[0] - EARLY_MS
    end = now_ms if until is None else min(now_ms, until + LATE_MS)
    threads = [thread for name, thread in board.threads.items() if name]
    said = [
        _said(thread, onset)
        for thread in threads
        if thread.turned_at is not None and _is_of(thread, begin, end, onset is None)
    ]
    said.sort(key=lambda each: (-each.first_at, each.title))
    windows = [
        Window(thread.notice.title, begins, ends, thread.notice.link)
        for thread in threads
        if thread.notice.phase in {"scheduled", "in_progress"}
        and (begins := thread.notice.started_at) is not None
        and (ends := thread.notice.until_at) is not None
        and begins <= ends
        and ends > begin
        and (onset is None or begins < end)
    ]
    windows.sort(key=lambda window: (window.from_at, window.title))
    return OwnPage(
        page=page.notice.page,
        state=page.notice.state,
        since=page.turns[-1].at,
        why=page.notice.title if page.notice.state == "unknown" else "",
        unread=page.notice.unread,
        said=tuple(said[:SAID_SHOWN]),
        windows=tuple(windows[:WINDOWS_SHOWN]),
        turned=_page_turned(page, onset, begin, end),
        record=_record(board),
    )


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return what the owner's page showed around an incident, None where it was never looked at.

    Stretches are what the page showed at all, of this incident or another; the first sight and the
    instants are those that may belong to this one.
    """
    own = own_page(state, service, now_ms, onset, until)
    board = state.boards.get(service)
    if own is None or board is None:
        return None
    firsts = [said.first_at for said in own.said]
    if own.turned is not None:
        firsts.append(own.turned[0])
    page = board.threads[""]
    bad = [each for thread in board.threads.values() for each in _stretches(thread, now_ms)]
    unseen = [
        (turn.at, end)
        for turn, end in zip(page.turns, _ends(page, now_ms), strict=True)
        if turn.state == "unknown"
    ]
    spans = [Span(begin, end, "unseen") for begin, end in _merged(unseen)]
    spans += [Span(each.from_at, each.until_at, "planned", each.title) for each in own.windows]
    spans += [Span(begin, end, "bad") for begin, end in _merged(bad)]
    shown = {said.native for said in own.said}
    spots = [
        Spot(turn.at, _mood(turn), _line(thread, number), thread.notice.link)
        for name, thread in board.threads.items()
        if name in shown
        for number, turn in enumerate(thread.turns)
    ]
    return Strip(
        "notices",
        seen.LABELS["notices"],
        ownpage.told(own, onset[0]),
        first_at=min(firsts, default=None),
        spans=tuple(spans),
        spots=tuple(sorted(spots, key=lambda spot: spot.at)),
    )


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return the entries of an incident's timeline that the owner's page gives, with their first sight."""
    own = own_page(state, service, now_ms, onset, until)
    board = state.boards.get(service)
    if own is None or board is None:
        return []
    shown = {each.native for each in own.said}
    return [
        Line(turn.at, "notice", _line(thread, number), thread.notice.link)
        for name, thread in board.threads.items()
        if name in shown
        for number, turn in enumerate(thread.turns)
    ]


def _stretches(thread: Thread, now_ms: int) -> list[tuple[int, int]]:
    """Return in which stretches a thread said that something fails."""
    return [
        (turn.at, end)
        for turn, end in zip(thread.turns, _ends(thread, now_ms), strict=True)
        if _mood(turn) == "bad"
    ]


def _ends(thread: Thread, now_ms: int) -> list[int]:
    return [*(turn.at for turn in thread.turns[1:]), max(now_ms, thread.turns[-1].at)]


def _merged(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((begin, end))
    return found


def _mood(turn: Turn) -> Literal["bad", "good", "neutral"]:
    """Tell what a turn of a page says of the service: as `fold_notices.is_open` does of a notice."""
    if turn.phase in OVER or (turn.state == "operational" and turn.phase not in OPEN):
        return "good"
    if turn.phase not in PLANNED and (turn.state in BAD or turn.phase in OPEN):
        return "bad"
    return "neutral"


def _line(thread: Thread, number: int) -> str:
    turn = thread.turns[number]
    said = ownpage.word(turn.state, turn.phase)
    title = f" “{thread.notice.title}”" if number == 0 and thread.notice.title else ""
    listed = "" if thread.seen or number else " It stood there when we first looked."
    return f"Its own status page: {said}.{title}{listed}"


def _is_of(thread: Thread, begin: int, end: int, open_counts: bool) -> bool:
    turned_at = thread.turned_at
    if turned_at is None:
        return False
    return begin <= turned_at <= end or (open_counts and is_open(thread.notice))


def _said(thread: Thread, onset: tuple[int, int] | None) -> Said:
    first = thread.turned_at if thread.turned_at is not None else thread.first_at
    return Said(
        native=thread.notice.native,
        title=thread.notice.title,
        state=thread.notice.state,
        phase=thread.notice.phase,
        first_at=first,
        at=thread.turns[-1].at,
        seen=thread.seen,
        components=thread.notice.components,
        regions=thread.notice.regions,
        created_at=thread.notice.created_at,
        started_at=thread.notice.started_at,
        resolved_at=thread.notice.resolved_at,
        link=thread.notice.link,
        lag=None if onset is None else (first - onset[1], first - onset[0]),
    )


def _page_turned(
    page: Thread, onset: tuple[int, int] | None, begin: int, end: int
) -> tuple[int, tuple[int, int]] | None:
    """Return when the page as a whole turned about an incident, and how long after its onset."""
    if onset is None or page.turned_at is None or not page.seen:
        return None
    at = page.turned_at
    return (at, (at - onset[1], at - onset[0])) if begin <= at <= end else None


def _record(board: Board) -> Record | None:
    """Return how late the page was so far; of an onset bracket the middle counts."""
    if not board.lags:
        return None
    lags = sorted(lag.at - sum(lag.onset) // 2 for lag in board.lags if lag.at is not None)
    return Record(
        turned=len(lags),
        incidents=len(board.lags),
        median_ms=round(median(lags)) if lags else None,
        least_ms=lags[0] if lags else None,
        most_ms=lags[-1] if lags else None,
    )
