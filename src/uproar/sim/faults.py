"""How many reports a fault brings: intensity curves that honour the published figures.

A wave rises in a straight line from its onset and then halves again and again. Where the peak lies
and how high it is follows from the figure: the fullest 15 minutes are centred on the published time
and hold the published count. Between waves reports stay at a multiple of the usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from uproar.errors import ScenarioInvalid
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS, TICKS_PER_DAY, TICKS_PER_MINUTE, iso
from uproar.sim.world import MINUTES, willingness, willingness_at
from uproar.wire.scenariosense import WINDOW_MS
from uproar.wire.scenariotable import Attention, Fault, FaultWave, Plan, Rhythm

HALVINGS_MAX = 60.0  # A curve that has halved so often is zero.
HALVINGS_FELT = 24.0  # After so many not one report is left of ten million.
BISECTIONS = 60  # steps; each halves the window in which the peak lies

Ticks = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Curve:
    """Reports of one place: a row for each wave. Instants in milliseconds, heights per minute.

    `usual` is the place's usual reports a minute as a mean over the week; `simmer` multiplies it
    between `onset` and `end`, and fades after it.
    """

    place: str
    onset: NDArray[np.float64]
    peak: NDArray[np.float64]
    half: NDArray[np.float64]
    height: NDArray[np.float64]
    usual: float
    simmer: float
    simmer_half: float
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Peak:
    """What one wave should show in one place: `count` reports in the 15 minutes around `at`.

    `derived` counts follow from the reference place; the others stand in the file.
    """

    at: int
    count: float
    origin: Literal["published", "assumed", "derived"]


def peaks(plan: Plan, fault: Fault) -> dict[str, list[Peak]]:
    """Return, for every place that a fault reaches, the peak of each of its waves.

    A count that is neither published nor assumed outright is the reference's, times `relative`,
    times how willing people are there at that hour, compared with the reference.
    """
    rhythm = plan.assumed.rhythm
    reference = fault.assumed.reference
    places = {reference, *fault.assumed.relative}
    for wave in fault.wave:
        places.update(figure.place for figure in wave.published)
        places.update(wave.assumed.reports_15min)
    found: dict[str, list[Peak]] = {place: [] for place in sorted(places)}
    for wave in fault.wave:
        first = _given(wave, reference)
        if first is None:
            raise ScenarioInvalid(f"wave {wave.name!r}: no figure for {reference}")
        awake = willingness_at(rhythm, reference, first.at)
        for place, row in found.items():
            own = first if place == reference else _given(wave, place)
            if own is None:
                ratio = fault.assumed.relative.get(place, 0.0)
                here = willingness_at(rhythm, place, first.at)
                own = Peak(first.at, first.count * ratio * here / awake, "derived")
            row.append(own)
    return found


def curves(plan: Plan, fault: Fault, usual: Mapping[str, float]) -> list[Curve]:
    """Return the curve of every place; `usual` is its usual reports a minute."""
    return [
        _curve(plan, fault, place, wanted, usual.get(place, 0.0))
        for place, wanted in peaks(plan, fault).items()
    ]


def last_day(curve: Curve) -> int:
    """Return the last UTC day on which a curve is worth looking at."""
    longest = max(float(curve.half.max()), curve.simmer_half)
    until = max(float(curve.peak.max()), float(curve.span[1])) + HALVINGS_FELT * longest
    return int(until) // DAY_MS


def excess(curve: Curve, rhythm: Rhythm, day: int) -> Ticks:
    """Return the reports that a fault brings to a place in each tick of a UTC day, as means."""
    middles = _middles(day)
    total: Ticks = np.asarray(curve.height @ _shapes(curve, middles), np.float64)
    if curve.simmer > 1 and curve.usual > 0:
        level = (curve.simmer - 1) * curve.usual * willingness(rhythm, curve.place, day)
        total = total + np.repeat(level, TICKS_PER_MINUTE) * _simmering(curve, middles)
    return total / TICKS_PER_MINUTE


def votes(plan: Plan, fault: Fault, curve: Curve, day: int) -> Ticks:
    """Return the votes that the service works in each tick of a UTC day, as means."""
    rhythm = plan.assumed.rhythm
    own = fault.assumed
    middles = _middles(day)
    total = own.votes_during * excess(curve, rhythm, day)
    if own.votes_after > 0:
        first, last = (at // DAY_MS for at in curve.span)
        reports = sum(float(excess(curve, rhythm, each).sum()) for each in range(first, last + 1))
        half = own.votes_half_minutes * MINUTE_MS
        since = middles - curve.span[1]
        decay = np.where(since >= 0, _halving(since / half), 0.0)
        total = total + own.votes_after * reports * decay * np.log(2) * TICK_MS / half
    return total


def attention(entry: Attention, day: int) -> NDArray[np.float64]:
    """Return what the usual is multiplied by, by minute of a UTC day, while people look and talk."""
    own = entry.assumed
    at = day * DAY_MS + (np.arange(MINUTES) + 0.5) * MINUTE_MS
    through = np.clip((at - own.since) / (own.until - own.since), 0.0, 1.0)
    return np.asarray(1.0 + (own.times - 1.0) * np.sin(np.pi * through) ** 2)


def _middles(day: int) -> Ticks:
    """Return the instants in the middle of each tick of a UTC day."""
    return day * float(DAY_MS) + (np.arange(TICKS_PER_DAY, dtype=np.float64) + 0.5) * TICK_MS


def _given(wave: FaultWave, place: str) -> Peak | None:
    """Return the peak that the file itself gives for a place, published or assumed."""
    own = wave.assumed
    default = next((figure.at for figure in wave.published), own.at)
    for figure in wave.published:
        if figure.place == place:
            if figure.reports_15min is not None:
                return Peak(figure.at, figure.reports_15min, "published")
            return Peak(figure.at, own.reports_15min[place], "assumed")
    if place in own.reports_15min and default is not None:
        return Peak(default, own.reports_15min[place], "assumed")
    return None


def _curve(plan: Plan, fault: Fault, place: str, wanted: list[Peak], usual: float) -> Curve:
    own = fault.assumed
    onset = np.array([float(wave.assumed.onset) for wave in fault.wave])
    half = np.array([wave.assumed.fall_half_minutes * MINUTE_MS for wave in fault.wave])
    at = np.array([float(peak.at) for peak in wanted])
    base = Curve(
        place=place,
        onset=onset,
        peak=_peak(onset, at, half),
        half=half,
        height=np.ones(len(wanted)),
        usual=usual,
        simmer=own.simmer,
        simmer_half=own.simmer_half_minutes * MINUTE_MS,
        span=(fault.truth.onset, fault.truth.end),
    )
    rhythm = plan.assumed.rhythm
    steps = (np.arange(WINDOW_MS // TICK_MS, dtype=np.float64) + 0.5) * TICK_MS - WINDOW_MS / 2
    filled = np.zeros((len(wanted), len(wanted)))
    below = np.zeros(len(wanted))
    for number, peak in enumerate(wanted):
        middles = peak.at + steps
        filled[number] = _shapes(base, middles).sum(axis=1) / TICKS_PER_MINUTE
        level = usual * willingness_at(rhythm, place, peak.at) / TICKS_PER_MINUTE
        below[number] = float((level * (1 + (own.simmer - 1) * _simmering(base, middles))).sum())
    height = np.linalg.solve(filled, np.array([peak.count for peak in wanted]) - below)
    given = np.array([peak.origin != "derived" for peak in wanted])
    if (given & (height < 0)).any():
        number = int(np.flatnonzero(given & (height < 0))[0])
        raise ScenarioInvalid(
            f"{fault.service}, {place}: the wave {fault.wave[number].name!r} at "
            f"{iso(wanted[number].at)} is filled by what lies around it; raise its count, "
            "or make the wave before it fall faster"
        )
    return replace(base, height=np.maximum(height, 0.0))


def _peak(
    onset: NDArray[np.float64], at: NDArray[np.float64], half: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return where each wave turns so that its fullest 15 minutes are centred on `at`.

    A sliding sum is largest where the curve is as high at the window's one end as at its other.
    Between the ends one side of that equation falls and the other rises, so halving finds it.
    """
    left, right = at - WINDOW_MS / 2, at + WINDOW_MS / 2
    low, high = left.copy(), right.copy()
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        rising = (left - onset) / (middle - onset)
        falling = _halving((right - middle) / half)
        early = falling < rising
        low = np.where(early, middle, low)
        high = np.where(early, high, middle)
    return (low + high) / 2


def _shapes(curve: Curve, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the waves, each of height one: a row a wave, a column an instant."""
    onset, peak, half = (column[:, None] for column in (curve.onset, curve.peak, curve.half))
    rising = (at - onset) / (peak - onset)
    return np.where(at < onset, 0.0, np.where(at < peak, rising, _halving((at - peak) / half)))


def _simmering(curve: Curve, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one while the fault lasts, zero before it, and what fades after it."""
    onset, end = curve.span
    after = _halving((at - end) / curve.simmer_half)
    return np.where(at < onset, 0.0, np.where(at < end, 1.0, after))


def _halving(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return one half to the power of `times`, zero for what is too small to matter."""
    bounded = np.clip(times, 0.0, HALVINGS_MAX)
    return np.where(times >= HALVINGS_MAX, 0.0, np.exp2(-bounded))
