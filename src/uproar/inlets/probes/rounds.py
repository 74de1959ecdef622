"""The life of a probe: asks what is due, measures it, looks twice before it calls anything a failure.

What fails is looked at again after a moment on new connections, and the time of the first look is
kept. If it still fails, the controls are looked at before anything is told: where they fail too, it is
the probe that has no network. An observatory and an agent elsewhere run this very code; they differ in
how work is asked for and results are told.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import structlog

from uproar.errors import UproarError, UrlInvalid
from uproar.model.measurement import Check, Finding, Measurement
from uproar.model.probe import PAUSE_MS_MAX, SPACING_MS, Order, Result, Work
from uproar.model.seeing import Seeing
from uproar.wire import probed, weburl

AT_ONCE = 16  # measurements that run at the same time
STARTS_PER_S = 20.0  # and that begin within a second
UNDER_WAY_MAX = 400  # Orders under way or waiting; beyond it no more work is asked for.
RETRY_S = 1.5  # before the second look in place
PAUSE_S_MIN = 0.2
AGAIN_S = 2.0  # before work is asked for again after that failed; then twice as long each time,
AGAIN_S_MAX = 60.0  # up to this.
SECOND_LOOK = "second-look"  # it failed once, and worked a moment later

Measured = tuple[Measurement, Finding]

_log = structlog.get_logger("uproar.probes")


class Rounds:
    """One probe. `ask` returns work and `tell` takes results, both may raise an UproarError.

    `measure` makes one measurement and says what it comes to; `now` is milliseconds UTC, `elapsed_s`
    seconds that only run forward.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[Work]],
        tell: Callable[[Sequence[Result]], Awaitable[None]],
        measure: Callable[[Check], Awaitable[Measured]],
        *,
        now: Callable[[], int],
        elapsed_s: Callable[[], float],
        name: str = "probes",
        retry_s: float = RETRY_S,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._ask = ask
        self._tell = tell
        self._measure = measure
        self._now = now
        self._elapsed_s = elapsed_s
        self._retry_s = retry_s
        self._sleep = sleep
        self._room = asyncio.Semaphore(AT_ONCE)
        self._next_start_s = 0.0
        self._under_way: set[asyncio.Task[None]] = set()
        self._controls: dict[str, tuple[float, asyncio.Task[Result | None]]] = {}
        self._rejected: Counter[str] = Counter()
        self._heard_at = self._looks = self._told = self._lost = 0
        self._trouble = ""

    def seeing(self) -> Seeing:
        """Return how the probe is doing: `read` counts looks, `signals` results that were told."""
        return Seeing(
            heard_at=self._heard_at,
            read=self._looks,
            signals=self._told,
            rejected=dict(self._rejected),
            waiting=len(self._under_way),
            waiting_max=UNDER_WAY_MAX,
            lost=self._lost,
            trouble=self._trouble,
        )

    async def run(self) -> None:
        """Probe until cancelled."""
        again_s = AGAIN_S
        try:
            while True:
                try:
                    pause_s = await self._begin()
                    again_s, self._trouble = AGAIN_S, ""
                except UproarError as problem:
                    pause_s, again_s = again_s, min(2 * again_s, AGAIN_S_MAX)
                    if not self._trouble:
                        _log.warning("no work can be asked for", why=str(problem))
                    self._trouble = str(problem)
                await self._sleep(pause_s)
        finally:
            await self._stop()

    async def once(self) -> int:
        """Do one round to its end; return how many orders it had. Raises what asking raises."""
        before = self._looks
        await self._begin()
        while self._under_way:
            await asyncio.wait(self._under_way)
        return self._looks - before

    async def _begin(self) -> float:
        """Ask for work and set out on it; return the seconds until to ask again."""
        if len(self._under_way) >= UNDER_WAY_MAX:
            return PAUSE_MS_MAX / 1_000
        work = await self._ask()
        self._heard_at = self._now()
        for order in work.orders[: UNDER_WAY_MAX - len(self._under_way)]:
            task = asyncio.create_task(self._carry_out(order, work.controls))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        pause_ms = min(max(work.pause_ms, 0), PAUSE_MS_MAX)
        return max(pause_ms / 1_000, PAUSE_S_MIN)

    async def _stop(self) -> None:
        running = [*self._under_way, *(task for _, task in self._controls.values())]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _carry_out(self, order: Order, controls: Sequence[str]) -> None:
        try:
            results = await self._results(order, controls)
            await self._tell(results)
            self._told += len(results)
        except UproarError as problem:
            # The journal has no room, say: the next look comes in a moment.
            self._lost += 1
            self._trouble = str(problem)
        except Exception as problem:  # noqa: BLE001 - one order must not end the others
            self._rejected["mistake"] += 1
            _log.error("an order failed", why=f"{type(problem).__name__}: {problem}"[:200])

    async def _results(self, order: Order, controls: Sequence[str]) -> list[Result]:
        """Return what an order comes to, after what the controls came to where it fails."""
        self._looks += 1
        if not probed.is_on_the_web(order.url):
            self._rejected["not-on-the-web"] += 1
            return [probed.refused_of(order, self._now(), "not-on-the-web")]
        try:
            check = weburl.check(order.url, expect=order.expect)
        except UrlInvalid:
            self._rejected["not-on-the-web"] += 1
            return [probed.refused_of(order, self._now(), "not-on-the-web")]
        first = probed.result_of(order, *await self._look(check))
        if first.failure == "dns_bogon_error" and first.state == "unknown":
            self._rejected["private-address"] += 1
            return [msgspec.structs.replace(first, notes=(*first.notes[:11], "private-address"))]
        if first.state != "fails":
            return [first]
        await self._sleep(self._retry_s)
        second = probed.result_of(order, *await self._look(check))
        second = msgspec.structs.replace(second, measured_at=first.measured_at)
        if second.state != "fails":
            return [msgspec.structs.replace(second, notes=(*second.notes[:11], SECOND_LOOK))]
        looks = await asyncio.gather(*(self._control(url) for url in controls))
        return [*(one for one in looks if one is not None), second]

    async def _control(self, url: str) -> Result | None:
        """Return what a control came to lately, or look at it: not more often than any other target."""
        kept = self._controls.get(url)
        now_s = self._elapsed_s()
        if kept is None or now_s - kept[0] >= SPACING_MS / 1_000:
            kept = (now_s, asyncio.create_task(self._control_look(url)))
            self._controls.pop(url, None)
            self._controls[url] = kept
            while len(self._controls) > UNDER_WAY_MAX:
                del self._controls[next(iter(self._controls))]
        return await asyncio.shield(kept[1])

    async def _control_look(self, url: str) -> Result | None:
        try:
            check = weburl.check(url)
        except UrlInvalid:
            return None
        if not probed.is_on_the_web(url):
            return None
        return probed.control_of(url, *await self._look(check))

    async def _look(self, check: Check) -> Measured:
        """Measure once, when there is room for it."""
        async with self._room:
            now_s = self._elapsed_s()
            start_s = max(self._next_start_s, now_s)
            self._next_start_s = start_s + 1 / STARTS_PER_S
            if start_s > now_s:
                await self._sleep(start_s - now_s)
            return await self._measure(check)
