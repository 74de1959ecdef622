"""The watch: ends every tick with a beat, folds what arrived, and publishes what changed.

It runs in a thread of its own, beside the loop that serves. A tick that it could not end in time is
ended late if the delay was short (our intake ran all the while); after a longer one the ticks stay
without a beat, and are masked.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from uproar.app.pipeline import Pipeline
from uproar.errors import UproarError
from uproar.journal.sqlite import SqliteJournal
from uproar.model.signal import Beat
from uproar.model.tick import TICK_MS, end_ms, tick_of

LATE_TICKS_MAX = 6  # A minute: beyond it the ticks are masked rather than ended late.
PAUSE_S_MAX = 1.0  # The longest sleep, so that a stop or a step of the clock is soon seen.

_log = structlog.get_logger("uproar.watch")


class Watch:
    """The loop of one observatory's ticks. `publish(now_ms)` is called after each."""

    def __init__(
        self, journal: SqliteJournal, pipeline: Pipeline, publish: Callable[[int], None]
    ) -> None:
        self._journal = journal
        self._pipeline = pipeline
        self._publish = publish
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._failed = ""

    def start(self) -> None:
        """Begin; the ticks before now are the past."""
        self._thread.start()

    def stop(self) -> None:
        """End after the running tick, and keep a checkpoint."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def failure(self) -> str:
        """What keeps the watch from going on, or what it decided from being kept; or empty."""
        if self._failed or self._pipeline.refusal:
            return self._failed or self._pipeline.refusal
        return "" if self._thread.is_alive() or self._stop.is_set() else "the watch has ended"

    def _run(self) -> None:
        ended = tick_of(self._journal.now_ms()) - 1
        while not self._stop.is_set():
            now = self._journal.now_ms()
            last = tick_of(now) - 1
            if last > ended:
                first = ended + 1 if last - ended <= LATE_TICKS_MAX else last
                self._end(range(first, last + 1))
                ended = last
                continue
            wait_ms = min(end_ms(last + 1) - now, TICK_MS)
            self._stop.wait(min(max(wait_ms, 1) / 1000, PAUSE_S_MAX))
        try:
            self._pipeline.keep()
        except Exception:  # noqa: BLE001 - a checkpoint is a convenience; the journal has it all
            _log.exception("no checkpoint was kept; the next start folds more of the journal")

    def _end(self, ticks: range) -> None:
        """End some ticks. What goes wrong is said on /readyz; the next tick tries again."""
        try:
            for tick in ticks:
                self._journal.append_wait(Beat(at=0, tick=tick))
            self._pipeline.catch_up()
            self._publish(self._journal.now_ms())
            self._failed = ""
        except UproarError as problem:
            self._failed = str(problem)
            _log.warning("tick not ended", problem=str(problem))
        except Exception as problem:  # noqa: BLE001 - the watch must outlive one bad tick
            self._failed = f"{type(problem).__name__} while folding or publishing"
            _log.exception("tick not ended")
