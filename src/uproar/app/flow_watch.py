"""The way in "flows": each second what the workers summed up is judged, and what was judged is handed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from uproar.app.collecting import Collector
from uproar.errors import StoreError
from uproar.inlets.flows.keeping import Keeper
from uproar.model.seeing import Seeing
from uproar.model.signal import Traffic
from uproar.trace.bundle import Counted

SECOND_MS = 1_000
AFTER_MS = 150  # Workers close a second by the same clock; after so long their bundles are here.
LAST_S = 2.0  # For so long what was judged may wait for the journal at the end.
KEPT_MS = 180_000  # How often the state of the watch is kept on disk.

_log = structlog.get_logger("uproar.flows")


class Judge(Protocol):
    """Who judges bundles, second by second, and what it remembers. Used by one thread at a time.

    `damaged` counts bundles that were none; `counted` sums what the workers counted in the others.
    """

    damaged: int
    counted: Counted

    def step(self, bundles: Sequence[bytes], now_ms: int) -> list[Traffic]:
        """Return what is to be told at `now_ms` after these bundles."""
        ...

    def keep(self) -> None:
        """Keep what is remembered on disk. Raises StoreError."""
        ...


class FlowWatch:
    """One way in that is made of a collector, a judge and whoever is told: `tell` is called in the event loop.

    Where `keeper` is given it runs beside them. The log names exporters that fell silent only where they are `named` in
    the settings: of others anybody can have made them up.
    """

    def __init__(
        self,
        collector: Collector,
        judge: Judge,
        tell: Callable[[list[Traffic]], None],
        *,
        wall_ms: Callable[[], int],
        keeper: Keeper | None = None,
        named: bool = False,
    ) -> None:
        self.collector = collector
        self._judge = judge
        self._tell = tell
        self._wall_ms = wall_ms
        self._keeper = keeper
        self._named = named
        self._unkept = ""
        self._silent: set[str] = set()
        self.signals = 0

    @property
    def name(self) -> str:
        """The way in, as pages name it."""
        return "flows"

    def now_ms(self) -> int:
        """Return the time by the clock that it goes by."""
        return self._wall_ms()

    @property
    def judged(self) -> Counted:
        """What the bundles that were judged counted."""
        return self._judge.counted

    async def run(self) -> None:
        """Receive, judge and tell, for ever. What is remembered is kept at the end, too."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.collector.run(), name="flows workers")
                tasks.create_task(self._seconds(), name="flows seconds")
                if self._keeper is not None:
                    tasks.create_task(self._keeper.run(), name="flows keeper")
        finally:
            # What the state takes for told must have been told.
            if self._keeper is not None:
                await self._keeper.flush(LAST_S)
            await asyncio.to_thread(self._keep)

    async def _seconds(self) -> None:
        keep_at = self._wall_ms() + KEPT_MS
        while True:
            now_ms = self._wall_ms()
            due_ms = (now_ms - AFTER_MS) // SECOND_MS * SECOND_MS + SECOND_MS + AFTER_MS
            await asyncio.sleep((due_ms - now_ms) / SECOND_MS)
            await self.second()
            if self._wall_ms() >= keep_at:
                keep_at = self._wall_ms() + KEPT_MS
                await asyncio.to_thread(self._keep)

    async def second(self) -> None:
        """Judge what was delivered since the last time."""
        bundles = self.collector.bundles()
        told = await asyncio.to_thread(self._judge.step, bundles, self._wall_ms())
        self.signals += len(told)
        if told:
            self._tell(told)
        if self._named:
            self._name_silent()

    def _keep(self) -> None:
        try:
            self._judge.keep()
            self._unkept = ""
        except StoreError as problem:
            if not self._unkept:
                _log.warning("what is usual of traffic is not kept", why=str(problem))
            self._unkept = "what is usual of traffic cannot be kept; the log says why"

    def _name_silent(self) -> None:
        """Say in the log, once for each silence, which exporter fell silent."""
        silent = set(self.collector.counted.silent(self._wall_ms()))
        for address in sorted(silent - self._silent):
            _log.warning("an exporter fell silent", exporter=address)
        self._silent = silent

    def seeing(self) -> Seeing:
        """Return how well the way in sees."""
        collector, keeper = self.collector, self._keeper
        figures = collector.counted.figures
        rejected = collector.counted.rejected()
        troubles = collector.troubles()
        if collector.unjudged:
            rejected["bundle-unjudged"] = collector.unjudged
        if self._judge.damaged:
            rejected["bundle-damaged"] = self._judge.damaged
        if self.judged.late_flows:
            rejected["late"] = self.judged.late_flows
        if self._unkept:
            troubles.append(self._unkept)
        if keeper is not None:
            rejected |= {"no-signal": keeper.refused} if keeper.refused else {}
            troubles += [keeper.trouble] if keeper.trouble else []
        return Seeing(
            heard_at=figures.heard_at,
            read=figures.flows,
            signals=self.signals if keeper is None else keeper.kept,
            rejected=rejected,
            waiting=figures.waiting,
            waiting_max=figures.room,
            lost=figures.overflowed + (0 if keeper is None else keeper.lost),
            trouble="; ".join(troubles),
        )
