"""Does a scenario show the figures that it declares? Measured on its signals, as a tracker would.

A figure is the highest count of reports of one place within 15 minutes, each reporter counted once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.model.catalog import Catalog
from uproar.model.signal import Report, Signal
from uproar.model.tick import MINUTE_MS, TICK_MS, TICKS_PER_MINUTE, start_ms, tick_of
from uproar.sim.scenario import Scenario, TrueWave, signals, truth

WINDOW_TICKS = 15 * TICKS_PER_MINUTE
NEAR_MS = 20 * MINUTE_MS  # The fullest window is looked for this far on either side of its time.


@dataclass(frozen=True, slots=True)
class Measured:
    """A declared figure and what was found; `at` is the middle of the fullest 15 minutes."""

    service: str
    declared: TrueWave
    at: int
    reports_15min: int

    @property
    def error(self) -> float:
        """How far off the count is, as a share of the declared one."""
        return self.reports_15min / self.declared.reports_15min - 1


def measure(scenario: Scenario, catalog: Catalog) -> list[Measured]:
    """Play the time that a scenario shows, and compare every figure that it declares."""
    outages = truth(scenario)
    first, last = tick_of(scenario.start), tick_of(scenario.end)
    found = []
    for outage in outages:
        declared = {(wave.name, wave.place): wave for wave in (*outage.waves, *outage.figures)}
        ticks = signals(scenario, catalog, since=first, until=last)
        places = {wave.place for wave in declared.values()}
        counts = first_reports(
            ticks, outage.service, places, onset=tick_of(outage.onset), span=(first, last)
        )
        for wave in declared.values():
            at, count = fullest(counts[wave.place], first, wave.at)
            found.append(Measured(outage.service, wave, at, count))
    return found


def first_reports(
    ticks: Iterable[tuple[int, list[Signal]]],
    service: str,
    places: Iterable[str],
    *,
    onset: int,
    span: tuple[int, int],
) -> dict[str, NDArray[np.int64]]:
    """Return each place's reports by tick, each reporter counted once from the tick `onset` on."""
    first, last = span
    counts = {place: np.zeros(last - first, np.int64) for place in places}
    seen: set[str] = set()
    for tick, arrived in ticks:
        for signal in arrived:
            if not isinstance(signal, Report) or signal.service != service or signal.works:
                continue
            if tick >= onset:
                if signal.reporter in seen:
                    continue
                seen.add(signal.reporter)
            if signal.place in counts:
                counts[signal.place][tick - first] += 1
    return counts


def fullest(counts: NDArray[np.int64], first: int, around: int) -> tuple[int, int]:
    """Return the middle and the count of the fullest 15 minutes near an instant."""
    sums = np.convolve(counts, np.ones(WINDOW_TICKS, np.int64), "valid")
    middles = start_ms(first) + np.arange(sums.size) * TICK_MS + WINDOW_TICKS * TICK_MS // 2
    near = np.flatnonzero(np.abs(middles - around) <= NEAR_MS)
    best = int(near[np.argmax(sums[near])])
    return int(middles[best]), int(sums[best])
