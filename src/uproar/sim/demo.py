"""The demo: a scenario is replayed through the real journal, fold and pages, then goes on living.

The weeks before the day are folded first and as fast as possible, so that the baseline is learned
and not given; pages are up from the start and say how far the learning is. Then the day runs at the
chosen speed. When it is over, the clock is let go: the observatory keeps serving, at the ordinary
pace, from the evening of the replayed day, and takes reports of its own.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from typing import Literal

from uproar.app import compose, serving, settings
from uproar.app.clock import ReplayClock
from uproar.app.watch import Watch
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.model.signal import Signal
from uproar.model.tick import end_ms, iso, tick_of
from uproar.present.views import Replay
from uproar.sim import scenario

LEARNING_FRAME_S = 3.0
FRAME_S = 1.0  # Pages are made anew at most this often while the replay runs.
HISTORY_FRAME_TICKS = 2_160  # Six hours of history are written and folded at once.
DAY_FRAME_TICKS_MAX = 360
PAGE_ROUNDS = 60  # Quiet pages are made anew once a minute.
HISTORY_CHECKPOINT_TICKS = 60_480  # Weekly while learning: the demo begins anew at each start.

Tell = Callable[[str], None]
Stretch = Literal["learning", "running", "done"]


async def run(
    chosen: settings.Settings, story: scenario.Scenario, *, speed: float, tell: Tell
) -> None:
    """Replay `story` at `speed` (0: as fast as possible) and serve until told to stop."""
    with tempfile.TemporaryDirectory(prefix="uproar-demo-") as folder:
        chosen = settings.override(chosen, host="", port=-1, folder=folder)
        clock = ReplayClock(story.history_start)
        parts = compose.open_parts(
            chosen,
            clock,
            checkpoint_ticks=HISTORY_CHECKPOINT_TICKS,
            rounds=PAGE_ROUNDS,
            warmup_ticks=scenario.design(story).warmup_ticks,
        )
        stage = _Stage(parts, story, clock, speed, tell)
        try:
            await serving.serve(
                parts,
                on_ready=stage.begin,
                tell=lambda url: tell(f"Serving on {url} - open it while the history is learned."),
            )
        finally:
            await asyncio.to_thread(stage.stop)
            parts.close()


class _Stage:
    """The thread in which the replay plays."""

    def __init__(
        self,
        parts: compose.Parts,
        story: scenario.Scenario,
        clock: ReplayClock,
        speed: float,
        tell: Tell,
    ) -> None:
        self._parts = parts
        self._story = story
        self._clock = clock
        self._speed = speed
        self._tell = tell
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._play, name="replay", daemon=True)
        self._watch: Watch | None = None

    def begin(self) -> None:
        self._publish("learning", 0.0)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        if self._watch is not None:
            self._watch.stop()

    def _play(self) -> None:
        story = self._story
        ticks = scenario.signals(story, self._parts.catalog)
        day_tick = tick_of(story.start)
        self._tell(
            f"Learning what is usual from {iso(story.history_start)[:10]} to {iso(story.start)[:10]} ..."
        )
        first_of_day = self._learn(ticks, day_tick)
        if first_of_day is not None:
            self._tell("")
            self._day(itertools.chain([first_of_day], ticks))
        if self._stopped.is_set():
            return
        self._publish("done", 1.0)
        self._tell("The day is over. Serving it until you press Ctrl-C.")
        self._clock.release()
        self._watch = Watch(
            self._parts.journal, self._parts.pipeline, lambda _: self._publish("done", 1.0)
        )
        self._watch.start()

    def _learn(
        self, ticks: Iterator[tuple[int, list[Signal]]], day_tick: int
    ) -> tuple[int, list[Signal]] | None:
        """Fold the history; return the first tick of the day, which has been read by then."""
        frame: list[Signal] = []
        first_tick = tick_of(self._story.history_start)
        span = max(1, day_tick - first_tick)
        shown = time.monotonic()
        for tick, arrived in ticks:
            if self._stopped.is_set():
                return None
            if tick >= day_tick:
                self._fold(frame, tick)
                return tick, arrived
            frame.extend(arrived)
            if (tick - first_tick) % HISTORY_FRAME_TICKS == 0:
                self._fold(frame, tick)
                frame = []
                if time.monotonic() - shown > LEARNING_FRAME_S:
                    done = (tick - first_tick) / span
                    self._publish("learning", done)
                    shown = time.monotonic()
                    self._tell(f"\rlearning {done:4.0%}  {iso(end_ms(tick))[:10]}")
        self._fold(frame, day_tick)
        return None

    def _day(self, ticks: Iterator[tuple[int, list[Signal]]]) -> None:
        story = self._story
        span = max(1, story.end - story.start)
        begun = shown = time.monotonic()
        self._publish("running", 0.0)
        frame: list[Signal] = []
        waiting = 0
        for tick, arrived in ticks:
            if self._stopped.is_set():
                return
            frame.extend(arrived)
            waiting += 1
            due = self._due_s(begun, end_ms(tick) - story.start)
            if due <= 0 and waiting < DAY_FRAME_TICKS_MAX and time.monotonic() - shown < FRAME_S:
                continue
            self._fold(frame, tick)
            frame, waiting = [], 0
            if due > 0 or time.monotonic() - shown >= FRAME_S:
                done = min(1.0, (end_ms(tick) - story.start) / span)
                self._publish("running", done)
                shown = time.monotonic()  # Making pages takes time too, and must not take it all.
                self._tell(f"\r{iso(end_ms(tick))[:16].replace('T', ' ')} UTC  {done:4.0%}")
            if due > 0:
                self._stopped.wait(min(due, FRAME_S))
        if frame:
            self._fold(frame, tick_of(story.end))

    def _due_s(self, begun: float, played_ms: int) -> float:
        """Return how long it is, at this speed, until `played_ms` of the day should have passed."""
        if self._speed <= 0:
            return 0.0
        return begun + played_ms / 1000 / self._speed - time.monotonic()

    def _fold(self, frame: list[Signal], tick: int) -> None:
        self._clock.set(end_ms(tick))
        self._parts.journal.load(frame)
        for decision in self._parts.pipeline.catch_up():
            if isinstance(decision, Incident) and decision.turn != "phase":
                self._tell(f"\n{_headline(decision, self._parts.catalog)}")

    def _publish(self, phase: Stretch, progress: float) -> None:
        notice = Replay(
            title=self._story.title,
            note=self._story.note,
            progress=progress,
            phase=phase,
            speed=self._speed,
        )
        self._parts.publisher.publish(
            self._parts.pipeline.state,
            self._clock.wall_ms(),
            replay=notice,
            home_only=phase == "learning",
        )


def _headline(incident: Incident, catalog: Catalog) -> str:
    name = catalog.services[incident.service].name
    when = iso(incident.at)[11:16]
    match incident.turn:
        case "opened":
            since = " to ".join(iso(at)[11:16] for at in incident.onset)
            return f"{when} UTC  problems with {name} reported, onset {since}"
        case "wave":
            last = incident.waves[-1]
            return f"{when} UTC  {name}: wave {last.number} since {iso(last.from_at)[11:16]}"
        case "recovering":
            return f"{when} UTC  {name}: reports are falling to the usual level"
        case "over":
            waves = f"{len(incident.waves)} waves" if len(incident.waves) > 1 else "one wave"
            return f"{when} UTC  {name}: over; {waves}, {incident.reports} reports"
        case _:
            return f"{when} UTC  {name}: {incident.turn}"
