"""Counts of many services through the real detector and the real incidents, tick by tick.

Services have flat rates; minutes are negative binomial of size 25; the baseline is learned for three
days before anything happens. Used by `waves.py` and `long_faults.py`.
"""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "src"))

import numpy as np
from numpy.typing import NDArray

from uproar.detect import detector, incidents
from uproar.model.incident import Incident
from uproar.model.tick import TICKS_PER_MINUTE, end_ms, start_ms

F64 = NDArray[np.float64]

SIZE = 25.0
FIRST_TICK = 174_150_000 // 60 * 60
LEARN_MINUTES = 3 * 1_440
SERVICES = 300  # An incident asks for as much as on a front page of so many.
MONTH_MINUTES = 30 * 1_440
RULES = incidents.IncidentDesign()


class World:
    """Services in rows, with what the detector knows of them, their incidents, and what was said."""

    def __init__(self, usual: F64, dice: np.random.Generator) -> None:
        """Learn services of so many reports a minute."""
        rows = len(usual)
        self.dice = dice
        self.design = detector.Design()
        state = detector.start(self.design)
        nobody = np.full(rows, -1, np.int64)
        self.state = detector.grow(state, usual / TICKS_PER_MINUTE, nobody, self.design)
        self.tick = FIRST_TICK
        self.trackers: list[incidents.Tracker | None] = [None] * rows
        self.said: list[list[Incident]] = [[] for _ in range(rows)]
        for _ in range(LEARN_MINUTES * TICKS_PER_MINUTE):
            self._detect(self._counts(usual))

    @property
    def now(self) -> int:
        """Return the instant at which the next tick begins, in milliseconds."""
        return start_ms(self.tick)

    def minute(self, rates: F64) -> F64:
        """Live through a minute at these reports a minute; return what was counted in it."""
        counted = np.zeros(len(rates))
        for _ in range(TICKS_PER_MINUTE):
            tick = self.tick
            observed = self._counts(rates)
            counted += observed
            reading = self._detect(observed)
            for row, tracker in enumerate(self.trackers):
                active, number = bool(reading.active[row]), int(observed[row])
                if not (number or active or (tracker is not None and tracker.case is not None)):
                    continue
                first, last = reading.onset_tick[row]
                sure = active and detector.margin(self.state, row) >= math.log(SERVICES)
                sight = incidents.Sight(
                    service="s",
                    tick=tick,
                    observed=number,
                    expected=float(reading.expected[row]),
                    size=float(reading.size[row]),
                    active=active,
                    strong=sure,
                    onset=(start_ms(int(first)), end_ms(int(last))) if active else None,
                    places={"US": number} if number else {},
                )
                self.trackers[row], said = incidents.advance(tracker, sight, RULES)
                self.said[row] += said
        return counted

    def _counts(self, rates: F64) -> F64:
        mean = rates / TICKS_PER_MINUTE
        lively = self.dice.gamma(SIZE / TICKS_PER_MINUTE, mean * TICKS_PER_MINUTE / SIZE)
        return self.dice.poisson(lively).astype(float)

    def _detect(self, observed: F64) -> detector.Reading:
        held = np.array([tracker is not None and tracker.is_open for tracker in self.trackers])
        self.state, reading = detector.step(
            self.state, self.tick, observed, masked=False, hold=held, design=self.design
        )
        self.tick += 1
        return reading
