"""What vendors' own pages say, as the fold keeps it: a board for each service whose page is read.

Our first sight is the clock, never the vendor's. A board holds the vendor's incidents as threads, and
for each incident of ours when the vendor's page turned after our onset: its lag. Nothing here changes
what is decided; it is shown beside it.
"""

from __future__ import annotations

from uproar.app.fold_state import Board, Lag, State, Thread, Turn
from uproar.model.incident import Incident
from uproar.model.series import SeriesKey
from uproar.model.signal import Notice
from uproar.model.tick import HOUR_MS

THREADS_KEPT = 40  # Of one vendor's page, the newest that were heard of.
TURNS_KEPT = 20  # Of one thread: the first, and the newest.
LAGS_KEPT = 50  # Incidents of one service that the record of lags goes back.
EARLY_MS = HOUR_MS  # A page that turned so long before our onset may speak of the same failure.

BAD = frozenset({"degraded", "partial", "major"})
OPEN = frozenset({"investigating", "identified", "monitoring"})
PLANNED = frozenset({"scheduled", "in_progress", "completed"})
OVER = frozenset({"resolved", "postmortem"})


def take(state: State, notice: Notice) -> None:
    """Put a notice on the board of its service or provider; what is not in the catalog has none."""
    if SeriesKey(notice.service) not in state.rows and not is_provider(state, notice.service):
        return
    board = state.boards.setdefault(notice.service, Board())
    board.changes += 1
    thread = board.threads.pop(notice.native, None)
    before = None if thread is None else thread.notice
    if thread is None:
        thread = Thread(first_at=notice.at, notice=notice)
    thread.notice = notice
    board.threads[notice.native] = thread
    if before is None or (before.state, before.phase) != (notice.state, notice.phase):
        thread.turns.append(Turn(notice.at, notice.state, notice.phase))
        del thread.turns[1:-TURNS_KEPT]
    begins = says_failure(notice) and not (before is not None and says_failure(before))
    if begins and (thread.turned_at is None or not notice.native):
        thread.turned_at = notice.at
        thread.seen = board.known_since is not None and board.known_since < notice.at
        _pair(state, notice.service, board, notice.at)
    if not notice.native:
        _look(board, notice)
    while len(board.threads) > THREADS_KEPT:
        del board.threads[next(name for name in board.threads if name)]


def is_provider(state: State, slug: str) -> bool:
    """Tell whether any service of the catalog depends on a provider of this name."""
    return any(slug in kin.providers for kin in state.kin.values())


def _look(board: Board, notice: Notice) -> None:
    """Note since when the page has been readable: what turned before was there when we first looked."""
    if notice.unread:
        board.known_since = None
    elif board.known_since is None:
        board.known_since = notice.at


def says_failure(notice: Notice) -> bool:
    """Tell whether a notice says that something fails or has failed, maintenance apart."""
    return is_open(notice) or notice.phase in OVER


def is_open(notice: Notice) -> bool:
    """Tell whether a notice says that something fails now, maintenance apart."""
    if notice.phase in PLANNED or notice.phase in OVER:
        return False
    return notice.state in BAD or notice.phase in OPEN


def follow(state: State, incident: Incident) -> None:
    """Note at a turn of an incident when the vendor's page turned, or that it did not."""
    board = state.boards.get(incident.service)
    if board is None:
        return
    if incident.turn == "opened":
        _pair(state, incident.service, board, incident.at)
    elif incident.turn == "over" and _was_silent(board, incident):
        _keep(board, Lag(incident.id, incident.onset, None))


def _was_silent(board: Board, incident: Incident) -> bool:
    """Tell whether we read the page all the time and it said of no failure, old or new, a word."""
    return (
        board.known_since is not None
        and board.known_since <= incident.onset[0]
        and incident.id not in {lag.incident for lag in board.lags}
        and not any(is_open(thread.notice) for thread in board.threads.values())
    )


def turned(board: Board, onset: tuple[int, int], until: int) -> Thread | None:
    """Return the thread with which the page turned first about an onset, of those we saw turn."""
    near = [
        thread
        for thread in board.threads.values()
        if thread.seen
        and thread.turned_at is not None
        and onset[0] - EARLY_MS <= thread.turned_at <= until
    ]
    # One incident moves the page as a whole as well: of one instant the incident itself says more.
    return min(near, key=lambda thread: (thread.turned_at, not thread.notice.native), default=None)


def _pair(state: State, service: str, board: Board, now: int) -> None:
    """Keep the lag of the service's incident, open or over for less than three hours, once."""
    tracker = state.trackers.get(service)
    case = tracker.case if tracker is not None else None
    if case is None:
        return
    if any(lag.incident == case.id and lag.at is not None for lag in board.lags):
        return
    thread = turned(board, case.onset, now)
    if thread is not None:
        board.lags = [lag for lag in board.lags if lag.incident != case.id]
        _keep(board, Lag(case.id, case.onset, thread.turned_at))


def _keep(board: Board, lag: Lag) -> None:
    board.lags.append(lag)
    del board.lags[:-LAGS_KEPT]
