"""What comes to the targets of a scenario, summed up tick by tick as those who hold the traffic would tell it.

One signal a tick for each target. Whether it is told as an attack the rules of `trace` say (`sim.samples`); when it is
raised, and when it is over, goes as in live watching. Every part has dice of its own, so that any day can be made alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from uproar.model.signal import Traffic
from uproar.model.tick import TICK_MS, TICKS_PER_DAY, end_ms
from uproar.sim import days, samples
from uproar.sim.prepared import Episode, Prepared, shares
from uproar.sim.samples import Maps
from uproar.sim.world import dice
from uproar.trace.watch_telling import RAISED_S
from uproar.wire.scenariotraffic import Blow, Crowd

TICK_S = TICK_MS / 1000
HOT_TIMES = 3.0  # Times the usual, the threshold from which on it is asked what comes.
UNEVEN = 0.03  # Standard deviation of the logarithm of a blow's rate from tick to tick.
PEAK_TIMES = 1.15  # The busiest second of a tick of people.

Ticks = NDArray[np.float64]


def told(tables: list[Prepared], day: int) -> list[Traffic]:
    """Return all that is told on a UTC day, in the order of its arrival."""
    found = [
        signal
        for table in tables
        for target in table.entry.targets
        for signal in _told(table, target, day)
    ]
    found.sort(key=lambda each: (each.at, each.service, each.target))
    return found


def _told(table: Prepared, target: str, day: int) -> Iterator[Traffic]:
    own, plan = table.entry.assumed, table.ready.plan
    first = day * TICKS_PER_DAY
    ends = (np.arange(TICKS_PER_DAY, dtype=np.int64) + first + 1) * TICK_MS
    heard = (ends > own.since) & (ends <= min(own.until, plan.span.end))
    if not heard.any():
        return
    roll = dice(plan.seed, "incoming", table.number, target, day)
    expected = days.awake(table.ready, table.entry.service, day) * own.packets_s
    usual = expected * np.exp(roll.normal(0.0, own.spread, TICKS_PER_DAY))
    crowds = [
        _crowd(crowd, day) * crowd.assumed.packets_s * table.hits(crowd, target)
        for crowd in table.entry.crowd
    ]
    blows = [
        _share(blow, ends) * np.exp(roll.normal(0.0, UNEVEN, TICKS_PER_DAY))
        * blow.assumed.packets_s * table.hits(blow, target)
        for blow in table.entry.blow
    ]  # fmt: skip
    episodes = table.episodes(target)
    for tick in np.flatnonzero(heard).tolist():
        rates = [float(rate[tick]) for rate in (usual, *crowds, *blows)]
        yield _signal(table, target, first + tick, rates, float(expected[tick]), episodes)


def _crowd(crowd: Crowd, day: int) -> Ticks:
    return days.hump(crowd.assumed.since, crowd.assumed.until, day)


def _share(blow: Blow, ends: NDArray[np.int64]) -> Ticks:
    """Return how much of each tick a blow lasts."""
    own = blow.assumed
    lasts = np.minimum(ends, own.until) - np.maximum(ends - TICK_MS, own.since)
    return np.asarray(np.clip(lasts / TICK_MS, 0.0, 1.0))


def _signal(
    table: Prepared,
    target: str,
    tick: int,
    rates: list[float],
    expected: float,
    episodes: list[Episode],
) -> Traffic:
    """Return what is told of one target at the end of a tick, or in it where an attack is raised or cleared."""
    entry, end = table.entry, end_ms(tick)
    begin, at, state, name = end - TICK_MS, end - 1, "usual", ""
    for each in episodes:
        if begin <= each.raised < end:
            state, name, at, begin = "raised", each.name, each.raised, each.begin
            break
        if begin <= each.cleared < end:
            state, name, at = "cleared", each.name, each.cleared
        elif each.raised < begin < each.cleared:
            state, name = "going", each.name
    blows = table.coming(target, begin, at)
    seconds = TICK_S
    if state == "raised":  # Its first seconds are told, not what came before them within the tick.
        rates, seconds = _begun(table, rates, blows), float(RAISED_S)
    parts, whole = _parts(table, rates, seconds), sum(rates)
    known = [share for _, _, share, _ in parts]
    fields: dict[str, Any] = {}
    fields |= samples.together([(maps, rate) for maps, rate, _, _ in parts])
    bits = sum(
        rate * kind.octets * 8
        for rate, kind in zip(rates, (table.usual, *table.crowds, *table.blows), strict=True)
    )
    fields |= _judged(table, target, state, begin, rates, expected, blows)
    busiest = max(_busiest(table, rates, blows), whole)
    return Traffic(
        at=at,
        target=target,
        service=entry.service,
        group=entry.group,
        source=entry.teller,
        state=state,  # type: ignore[arg-type]
        attack=name,
        from_at=begin,
        to_at=at if state == "raised" else end,
        packets_s=round(whole, 1),
        bits_s=round(bits, 1),
        peak_packets_s=round(busiest, 1),
        peak_bits_s=round(bits * busiest / max(whole, 1e-9), 1),
        usual_packets_s=round(expected, 1),
        usual_bits_s=round(expected * table.usual.octets * 8, 1),
        sources=round(sum(count for _, _, _, count in parts)),
        known=None
        if any(share is None for share in known)
        else round(sum((share or 0.0) * rate for _, rate, share, _ in parts) / max(whole, 1e-9), 4),
        one_of=entry.assumed.one_of,
        **fields,
    )


def _parts(
    table: Prepared, rates: list[float], seconds: float
) -> list[tuple[Maps, float, float | None, float]]:
    """Return what comes now: its maps, its rate, the share that is known, and how many sources it has in so many seconds."""
    own = table.entry.assumed
    usual = table.usual.maps | {"countries": table.places}
    found: list[tuple[Maps, float, float | None, float]] = [
        (usual, rates[0], own.known_share, own.sources * rates[0] / own.packets_s)
    ]
    for crowd, kind, rate in zip(table.entry.crowd, table.crowds, rates[1:], strict=False):
        if rate > 0:
            theirs = crowd.assumed
            maps = kind.maps | {"countries": table.places}
            count = theirs.sources * rate / theirs.packets_s
            found.append((maps, rate, theirs.known_share, count))
    for blow, kind, rate in zip(
        table.entry.blow, table.blows, rates[1 + len(table.crowds) :], strict=True
    ):
        if rate > 0:
            its = blow.assumed
            maps, count = kind.maps, float(its.sources)
            if its.forged:
                count = rate * seconds * kind.sources
            elif its.countries:
                maps = maps | {"countries": shares(its.countries)}
            found.append((maps, rate, its.known_share, count))
    return found


def _begun(table: Prepared, rates: list[float], blows: tuple[int, ...]) -> list[float]:
    """Return the rates of the seconds in which an attack is raised."""
    full = [0.0] * len(table.blows)
    for at in blows:
        full[at] = table.entry.blow[at].assumed.packets_s
    return [*rates[: 1 + len(table.crowds)], *full]


def _busiest(table: Prepared, rates: list[float], blows: tuple[int, ...]) -> float:
    people = sum(rates[: 1 + len(table.crowds)]) * PEAK_TIMES
    mine = rates[1 + len(table.crowds) :]
    return people + sum(max(mine[at], table.entry.blow[at].assumed.packets_s) for at in blows)


def _judged(
    table: Prepared,
    target: str,
    state: str,
    begin: int,
    rates: list[float],
    expected: float,
    blows: tuple[int, ...],
) -> dict[str, Any]:
    """Return what the rules say of a tick."""
    crowds = tuple(at for at, rate in enumerate(rates[1 : 1 + len(table.crowds)]) if rate > 0)
    if state == "usual":
        if sum(rates) < HOT_TIMES * expected or blows:
            return {}
        return {
            "flash_crowd": table.verdict((), crowds).crowd,
            "measured": {"times-threshold": round(sum(rates) / max(HOT_TIMES * expected, 1e-9), 2)},
        }
    earlier = table.coming(target, 0, begin)
    if not blows:  # It pauses, or is over: the vectors are still those of its last moment.
        last = max(table.entry.blow[at].assumed.until for at in earlier)
        return {"vectors": table.verdict(table.coming(target, last - 1, last)).vectors}
    found = table.verdict(blows, crowds)
    hostile = rates[1 + len(table.crowds) :]
    bits = sum(rate * kind.octets * 8 for rate, kind in zip(hostile, table.blows, strict=True))
    vectors = dict(found.vectors)
    for at in earlier:
        vectors.setdefault(table.entry.blow[at].vector, 0.0)
    fields = found.fields | {"vectors": vectors, "flash_crowd": found.crowd}
    fields["measured"] = {
        **fields.get("measured", {}),
        "attack-packets-s": round(sum(hostile), 1),
        "attack-bits-s": round(bits, 1),
    }
    networks = table.entry.blow[max(blows, key=lambda at: hostile[at])].assumed.networks
    if fields.get("meaningful") and networks:
        fields["networks"] = shares(networks)
    return fields
