"""What is usual for a spot at this hour of day: learned tick by tick, forgotten over days, and not from outages or attacks."""

from __future__ import annotations

from typing import Final

import numpy as np

from uproar.trace.traffic import F64, SECOND_MS
from uproar.trace.watch_state import GROUP, HOURS, MEASURES, NOWHERE, SECONDS, State
from uproar.wire.packets.frames import I64, Flag

TICK_S: Final = 10
HOUR_MS: Final = 3_600_000
# A tick is learned from when records of a minute's flows have come, which spread their packets back over it.
TAUGHT_AFTER_S: Final = 75
TICKS_KNOWN = (
    90.0  # A quarter of an hour at that hour of day; with fewer, nothing counts as usual yet.
)
TICKS_DEEP = 2_520.0  # Seven days' ticks of one hour: what lies longer back fades.
SILENT_SHARE = 0.25  # Of what usually comes to a hostgroup; a tick with less is an outage of the telemetry, or of ours.
SPREADS = 1.0  # So many standard deviations above the mean are still usual.
WIDE_LEAST = 0.04  # Variance of the logarithm that is always granted: a fifth up or down.


def teach(state: State, now_ms: int) -> None:
    """Learn from the ticks that are old enough and have not been learned from."""
    due = (now_ms // SECOND_MS - TAUGHT_AFTER_S) // TICK_S
    if state.taught_tick == 0 or due - state.taught_tick > SECONDS // TICK_S:
        state.taught_tick = due - 1
    for tick in range(state.taught_tick + 1, due + 1):
        _teach(state, tick)
    state.taught_tick = max(state.taught_tick, due)


def _teach(state: State, tick: int) -> None:
    p, n = state.spots, state.spots.count
    slots = np.arange(tick * TICK_S, (tick + 1) * TICK_S) % SECONDS
    if not n or (state.heard_s[slots] == 0).any():
        return  # Some second without any telemetry: our own intake was not running.
    hour = tick * TICK_S * SECOND_MS // HOUR_MS % HOURS
    rate = p.ring[:n, slots].mean(axis=1)
    kept = ~_untaught(state, tick, rate[:, 0], hour)
    seen = np.log1p(np.maximum(rate[kept], 0.0))
    ticks = p.ticks[:n, hour][kept]
    mean, wide = p.usual[:n, hour][kept], p.wide[:n, hour][kept]
    share = (1.0 / (np.minimum(ticks, TICKS_DEEP) + 1.0))[:, None]
    apart = seen - mean
    p.usual[:n, hour][kept] = mean + share * apart
    p.wide[:n, hour][kept] = (1 - share) * (wide + share * apart**2)
    p.ticks[:n, hour][kept] = np.minimum(ticks + 1, TICKS_DEEP)


def _untaught(state: State, tick: int, packets: F64, hour: int) -> Flag:
    """Return the spots that this tick must not teach: attacked, above or below attacked ones, or their telemetry silent."""
    p, n = state.spots, state.spots.count
    found = np.zeros(n, np.bool_)
    begin, end = tick * TICK_S * SECOND_MS, (tick + 1) * TICK_S * SECOND_MS
    for known in state.attacks:
        if (
            known.spot == NOWHERE
            or known.from_ms >= end
            or (not known.live and known.last_ms < begin)
        ):
            continue
        found[known.spot] = True
        above = p.above[known.spot]
        found[above[above >= 0]] = True
        found |= (p.above[:n] == known.spot).any(axis=1)
    groups = np.flatnonzero(p.level[:n] == GROUP)
    usually = np.expm1(p.usual[groups, hour, 0])
    silent = (p.ticks[groups, hour] >= TICKS_KNOWN) & (packets[groups] < SILENT_SHARE * usually)
    for group in groups[silent].tolist():
        found[group] = True
        found |= p.above[:n, 2] == group
    return found


def usual(state: State, rows: I64, now_ms: int) -> tuple[F64, Flag]:
    """Return the rates that are usual now for those spots, upper end of the spread, (k, MEASURES); and where enough was seen."""
    p = state.spots
    hour = now_ms // HOUR_MS % HOURS
    # The hours before and after speak too, where this one was not seen: a day has no edges on the hour.
    near = [(hour + by) % HOURS for by in (0, -1, 1)]
    ticks = p.ticks[rows][:, near]
    enough = ticks >= TICKS_KNOWN
    high = p.usual[rows][:, near] + SPREADS * np.sqrt(np.maximum(p.wide[rows][:, near], WIDE_LEAST))
    high = np.where(enough[:, :, None], high, -np.inf)
    best = np.where(enough[:, :1], high[:, 0], high[:, 1:].max(axis=1))
    known: Flag = np.any(enough, axis=1)
    rates: F64 = np.expm1(np.where(known[:, None], best, 0.0).astype(np.float64))
    return rates, known


def middle(state: State, row: int, now_ms: int) -> F64 | None:
    """Return the mean rates that are usual at this hour for one spot, (MEASURES,), or None where not enough was seen."""
    hour = now_ms // HOUR_MS % HOURS
    p = state.spots
    if p.ticks[row, hour] < TICKS_KNOWN:
        return None
    found: F64 = np.expm1(p.usual[row, hour].astype(np.float64))
    assert found.shape == (MEASURES,)
    return found
