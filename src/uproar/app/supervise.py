"""Keeps the ways in going: each runs by itself, is started again after it fails, and tells how it is.

A way in that fails is started again after a while that doubles with each failure and is begun anew
once it has run for long enough. What it could not do is told on /readyz, in /metrics and on the page
on seeing; the others do not notice.
"""

from __future__ import annotations

import asyncio
import contextlib
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal

import msgspec
import structlog

from uproar.errors import JournalError, UproarError
from uproar.model.seeing import Seeing
from uproar.ports import Inlet, WayIn
from uproar.present.legible import one_line

AGAIN_S = 1.0  # Before a way in is started again for the first time; then twice as long each time,
AGAIN_S_MAX = 300.0  # up to this.
SOUND_S = 600.0  # A way in that ran for so long had no reason to fail in what came before.
JITTER = 0.2  # Part of the while by which it is moved, so that many do not come back in step.
WHY_MAX = 200  # Characters of a failure's text that are told.
JOURNAL_REFUSES = "the journal does not take what it brings"

_log = structlog.get_logger("uproar.supervise")


class Standing(msgspec.Struct, frozen=True):
    """How one way in is doing: `waiting` is between a failure and the next start.

    `since` is when this began, in milliseconds UTC; `why` is the last failure, empty before the first.
    A way in that only takes what is brought to it has no task and is always `running`.
    """

    name: str
    state: Literal["running", "waiting"]
    since: int
    restarts: int
    why: str
    seeing: Seeing

    @property
    def is_well(self) -> bool:
        """Tell whether nothing is known to be wrong with it."""
        return self.state == "running" and not self.seeing.trouble


class _Run(msgspec.Struct):
    state: Literal["running", "waiting"] = "running"
    since: int = 0
    restarts: int = 0
    why: str = ""


class Supervisor:
    """Runs inlets until it is cancelled; `others` have no task of their own and are only told of.

    `wall_ms` tells the time in milliseconds UTC, `elapsed_s` seconds that only run forward, `chance`
    returns numbers from 0 to 1.
    """

    def __init__(
        self,
        inlets: Sequence[Inlet],
        others: Sequence[WayIn] = (),
        *,
        wall_ms: Callable[[], int],
        elapsed_s: Callable[[], float],
        chance: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._inlets = tuple(inlets)
        self._others = tuple(others)
        self._wall_ms = wall_ms
        self._elapsed_s = elapsed_s
        self._chance = chance
        self._sleep = sleep
        self._begun_at = wall_ms()
        self._runs = {inlet.name: _Run(since=self._begun_at) for inlet in self._inlets}

    async def run(self) -> None:
        """Keep every inlet going, for ever."""
        async with asyncio.TaskGroup() as tasks:
            for inlet in self._inlets:
                tasks.create_task(self._keep_going(inlet), name=f"inlet {inlet.name}")

    def standing(self) -> tuple[Standing, ...]:
        """Return how every way in is doing, in the order in which they were given."""
        told = []
        for way in (*self._inlets, *self._others):
            run = self._runs.get(way.name, _Run(since=self._begun_at))
            told.append(Standing(way.name, run.state, run.since, run.restarts, run.why, _seen(way)))
        return tuple(told)

    async def _keep_going(self, inlet: Inlet) -> None:
        run = self._runs[inlet.name]
        pause_s = AGAIN_S
        while True:
            run.state, run.since = "running", self._wall_ms()
            begun_s = self._elapsed_s()
            try:
                await inlet.run()
                why = "it ended by itself"
            except asyncio.CancelledError:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                why = "it gave up"  # Something within was cancelled; nobody asked this task to end.
            except Exception as problem:  # noqa: BLE001 - one way in must not end the others
                why = told(problem)
                _log.warning("a way in failed", inlet=inlet.name, why=why, trace=_trace(problem))
            if self._elapsed_s() - begun_s >= SOUND_S:
                pause_s = AGAIN_S
            run.state, run.since, run.why = "waiting", self._wall_ms(), why
            await self._sleep(pause_s * (1 + JITTER * (2 * self._chance() - 1)))
            run.restarts += 1
            pause_s = min(2 * pause_s, AGAIN_S_MAX)


def _seen(way: WayIn) -> Seeing:
    """Return what a way in tells of itself: one that cannot must not keep the others from being told."""
    try:
        return way.seeing()
    except Exception as problem:  # noqa: BLE001 - said above
        return Seeing(trouble=f"it cannot tell how it is: {told(problem)}")


def told(problem: Exception) -> str:
    """Return a failure as it may be read by anybody: on pages, too.

    What a library says may hold an address with a secret in it, and what the journal says holds paths
    of ours: of these only the kind is told, and the log has the rest.
    """
    if isinstance(problem, JournalError):
        return JOURNAL_REFUSES
    if isinstance(problem, ExceptionGroup) and len(problem.exceptions) == 1:
        return told(problem.exceptions[0])
    if isinstance(problem, UproarError):
        return one_line(str(problem), WHY_MAX)
    return type(problem).__name__


def _trace(problem: Exception) -> str:
    """Return where it failed, without what it said: our own errors are foreseen, and need no trace."""
    if isinstance(problem, UproarError):
        return ""
    return "".join(traceback.format_tb(problem.__traceback__))


@asynccontextmanager
async def running(
    supervisor: Supervisor, *others: Coroutine[Any, Any, None]
) -> AsyncIterator[None]:
    """Let the ways in, and what else works for ever, do so until this is left."""
    tasks = [asyncio.create_task(work) for work in (supervisor.run(), *others)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
