"""What the page on seeing is made from: how well the observatory itself sees, way in by way in.

Instants are milliseconds UTC, 0 before the first. Counts are since the start of the program.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from uproar.present.views import Blind

Doing = Literal["unknown", "running", "trouble", "stopped"]
DAY_MINUTES = 1_440


class Stretch(msgspec.Struct, frozen=True):
    """So many minutes in which a way in did so, from a minute of the last 24 hours on."""

    state: Doing
    from_minute: int
    minutes: int


def stretches(states: Iterable[Doing]) -> tuple[Stretch, ...]:
    """Return states by minute as stretches, in order and without gaps."""
    made: list[Stretch] = []
    for offset, state in enumerate(states):
        if made and made[-1].state == state:
            made[-1] = Stretch(state, made[-1].from_minute, made[-1].minutes + 1)
        else:
            made.append(Stretch(state, offset, 1))
    return tuple(made)


class WayView(msgspec.Struct, frozen=True):
    """One way in. `state` is "unused" where the settings do not ask for it.

    `why` is the trouble, or the last failure of one that is not running; `last_failure` stays when it
    runs again. `day` has no stretch where nothing is kept of it.
    """

    name: str
    state: Doing | Literal["unused"]
    since: int = 0
    restarts: int = 0
    why: str = ""
    last_failure: str = ""
    heard_at: int = 0
    read: int = 0
    kept: int = 0
    set_aside: dict[str, int] = {}
    waiting: int = 0
    waiting_max: int = 0
    lost: int = 0
    letters: int = 0
    day: tuple[Stretch, ...] = ()


class JournalView(msgspec.Struct, frozen=True):
    """How the journal does: `problem` is why it acknowledges nothing, empty when all is well."""

    last_at: int
    waiting: int
    waiting_max: int
    ahead_ms: int = 0
    problem: str = ""
    problem_since: int = 0


class LettersView(msgspec.Struct, frozen=True):
    """What was set aside to be tried again, by way in, and what of it went."""

    kept: dict[str, int] = {}
    pushed_out: int = 0
    lost: int = 0
    trouble: str = ""


class SeeingView(msgspec.Struct, frozen=True):
    """Everything the page shows. `ticks_behind` is how many ended ticks are not folded yet.

    `watch_problem` is what keeps ticks from ending; `counting_since` is when the first tick was, 0
    before it, and `learning` that the usual is not known yet.
    """

    as_of: int
    started_at: int
    ways: tuple[WayView, ...]
    journal: JournalView
    letters: LettersView
    ticks_behind: int
    watch_problem: str
    blind: tuple[Blind, ...]
    counting_since: int
    learning: bool
