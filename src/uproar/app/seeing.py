"""How well the observatory sees, gathered for its page: from the ways in, the journal and the fold.

The page is made when it is asked for, and not ahead: it has to be true when nothing else goes on. All
who ask within the same second share one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import msgspec

from uproar.app import fold_state, incident_view
from uproar.app.pipeline import Pipeline
from uproar.app.seeing_log import SeeingLog, doing
from uproar.app.supervise import Standing
from uproar.journal.receipt import State as JournalState
from uproar.model.seeing import LettersState
from uproar.model.tick import MINUTE_MS, start_ms, tick_of
from uproar.present import pages, twins
from uproar.present.seeing import WAYS
from uproar.present.seeing_view import (
    DAY_MINUTES,
    Doing,
    JournalView,
    LettersView,
    SeeingView,
    Stretch,
    WayView,
    stretches,
)
from uproar.present.views import Blind, Site

LOCK_S = 1.0  # The fold may hold its state for long; then what was last known of it is shown.
SHARED_MS = 1_000  # How long one page is given to all who ask.
REPORTS = "reports"


class _Folded(msgspec.Struct, frozen=True):
    """What the page needs of the fold's state, as it was when that could last be read."""

    tick: int = -1
    counting_since: int = 0
    learning: bool = True
    blind: tuple[Blind, ...] = ()


class Made(msgspec.Struct, frozen=True):
    """The page and its twin as bytes, of the instant `at`."""

    at: int
    page: bytes
    twin: bytes


@dataclass
class Seer:
    """Makes the page and its twin. `failure` is what keeps the watch from going on, or empty."""

    pipeline: Pipeline
    journal: Callable[[], JournalState]
    now_ms: Callable[[], int]
    frame: Callable[[], Site]
    standing: Callable[[], Sequence[Standing]]
    log: SeeingLog
    letters: Callable[[], LettersState]
    failure: Callable[[], str]
    _folded: _Folded = field(default_factory=_Folded)
    _made: Made = field(default_factory=lambda: Made(at=0, page=b"", twin=b""))
    _making: threading.Lock = field(default_factory=threading.Lock)
    _started_at: int = 0

    def __post_init__(self) -> None:
        self._started_at = self.now_ms()

    def at_hand(self) -> Made | None:
        """Return what was made within the last second, None where it has to be made. Never waits."""
        age = self.now_ms() - self._made.at
        return self._made if 0 <= age < SHARED_MS else None

    def made(self) -> Made:
        """Return the page and its twin. May wait for the fold for a second: not for an event loop."""
        with self._making:
            made = self.at_hand()
            if made is None:
                view = self.view()
                page = pages.seeing(view, self.frame()).encode()
                made = self._made = Made(view.as_of, page, twins.seeing(view))
            return made

    def view(self) -> SeeingView:
        """Return what is known at this instant."""
        folded = self._fold()
        now = self.now_ms()  # After what may have been a wait: the page is of this instant.
        standings = sorted(self.standing(), key=lambda way: way.name != REPORTS)
        self.log.note(now, standings)
        letters, journal = self.letters(), self.journal()
        ways = [self._way(way, letters, journal, now) for way in standings]
        known = {way.name for way in ways}
        unused = [WayView(name, "unused") for name in WAYS if name not in known]
        return SeeingView(
            as_of=now,
            started_at=self._started_at,
            ways=(*ways, *unused),
            journal=JournalView(
                last_at=journal.last_at,
                waiting=journal.waiting,
                waiting_max=journal.waiting_max,
                ahead_ms=journal.ahead_ms,
                problem=journal.unwritable,
                problem_since=journal.unwritable_since,
            ),
            letters=LettersView(letters.kept, letters.pushed_out, letters.lost, letters.trouble),
            ticks_behind=max(0, tick_of(now) - 1 - folded.tick) if folded.tick >= 0 else 0,
            watch_problem=self.failure(),
            blind=folded.blind,
            counting_since=folded.counting_since,
            learning=folded.learning,
        )

    def _fold(self) -> _Folded:
        if self.pipeline.lock.acquire(timeout=LOCK_S):
            try:
                state = self.pipeline.state
                self._folded = _Folded(
                    tick=state.tick,
                    counting_since=0 if state.first_tick < 0 else start_ms(state.first_tick),
                    learning=fold_state.is_learning(state),
                    blind=incident_view.blind(state, self.now_ms()),
                )
            finally:
                self.pipeline.lock.release()
        return self._folded

    def _way(
        self, way: Standing, letters: LettersState, journal: JournalState, now: int
    ) -> WayView:
        seeing, state = way.seeing, doing(way)
        why = way.why if state == "stopped" else seeing.trouble
        day = self.log.last_day(way.name, now)
        waiting, waiting_max = seeing.waiting, seeing.waiting_max
        if way.name == REPORTS:
            waiting, waiting_max = journal.waiting, journal.waiting_max
            day = of_reports(self._folded.counting_since, self._folded.blind, now)
            if journal.unwritable:
                state, why = "stopped", ""
        return WayView(
            name=way.name,
            state=state,
            since=way.since,
            restarts=way.restarts,
            why=why,
            last_failure=way.why,
            heard_at=seeing.heard_at,
            read=seeing.read,
            kept=seeing.signals,
            set_aside=seeing.rejected,
            waiting=waiting,
            waiting_max=waiting_max,
            lost=seeing.lost,
            letters=letters.kept.get(way.name, 0),
            day=day,
        )


def of_reports(counting_since: int, blind: Sequence[Blind], now: int) -> tuple[Stretch, ...]:
    """Return the last day of our own intake: the journal tells it, also from before this start."""
    last = now // MINUTE_MS
    first = last - DAY_MINUTES + 1
    begun = counting_since // MINUTE_MS if counting_since else last + 1
    codes: list[Doing] = [
        "running" if minute >= begun else "unknown" for minute in range(first, last + 1)
    ]
    for gap in blind:
        for minute in range(gap.from_at // MINUTE_MS, -(-gap.until_at // MINUTE_MS)):
            if first <= minute <= last:
                codes[minute - first] = "stopped"
    return stretches(codes)
