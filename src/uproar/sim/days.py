"""One simulated day: all reports of a scenario between two UTC midnights.

A day is made of parts, one for every service, place and process (usual, fault, repeats, votes,
flood). Each part has dice of its own, so that any day can be made without those before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.model.catalog import Catalog
from uproar.model.signal import OTHER_SYMPTOM
from uproar.model.tick import DAY_MS, TICK_MS, TICKS_PER_DAY, TICKS_PER_MINUTE
from uproar.sim import faults, reporters, world
from uproar.sim.reporters import Choice, Columns, Crowd, Texts
from uproar.wire.scenariotable import Fault, Flood, Plan, UsualAssumed

MOST_USUAL = 0.65  # Each symptom of the catalog's order is so much rarer than the one before it.


@dataclass(frozen=True, slots=True)
class Level:
    """The usual reports of one service: a minute, by place, and how they show."""

    service: str
    per_minute: Mapping[str, float]
    symptoms: Mapping[str, float]
    dispersion: float
    day_spread: float


@dataclass(frozen=True, slots=True)
class Stage:
    """A plan made ready: levels and curves worked out, texts to be shared by all days."""

    plan: Plan
    levels: tuple[Level, ...]
    faults: tuple[tuple[Fault, tuple[faults.Curve, ...]], ...]
    texts: Texts


def stage(plan: Plan, catalog: Catalog) -> Stage:
    """Work out what a plan means with a catalog that holds all of its services."""
    levels = tuple(_level(service, usual, catalog) for service, usual in _usual(plan))
    by_service = {level.service: level.per_minute for level in levels}
    curves = tuple(
        (fault, tuple(faults.curves(plan, fault, by_service[fault.service])))
        for fault in plan.fault
    )
    return Stage(plan, levels, curves, Texts())


def services(plan: Plan) -> Iterator[str]:
    """Return every service that a plan speaks of, some more than once."""
    for kind in (plan.usual, plan.fault, plan.attention, plan.flood, plan.claim):
        for entry in kind:
            yield entry.service
    for other in (plan.check, plan.traffic, plan.notice, plan.change):
        for each in other:
            yield each.service
    for stream in plan.stream:
        yield from (about.service for about in stream.about)
    if plan.assumed.background is not None:
        yield from plan.assumed.background.per_minute


def awake(ready: Stage, service: str, day: int) -> NDArray[np.float64]:
    """Return how willing the people of a service are to speak, by tick of a day: one in the mean."""
    rhythm = ready.plan.assumed.rhythm
    level = next(each for each in ready.levels if each.service == service)
    whole = sum(level.per_minute.values())
    minutes = sum(
        share / whole * world.willingness(rhythm, place, day)
        for place, share in level.per_minute.items()
    )
    return np.repeat(np.asarray(minutes), TICKS_PER_MINUTE)


def hump(since: int, until: int, day: int) -> NDArray[np.float64]:
    """Return a smooth rise to one and fall between two instants, by tick of a day."""
    at = day * DAY_MS + (np.arange(TICKS_PER_DAY) + 0.5) * TICK_MS
    through = np.clip((at - since) / (until - since), 0.0, 1.0)
    return np.asarray(np.sin(np.pi * through) ** 2)


def symptoms(plan: Plan) -> Iterator[tuple[str, str]]:
    """Return every (service, symptom) that a plan lets people report, some more than once."""
    for usual in plan.usual:
        yield from ((usual.service, symptom) for symptom in usual.assumed.symptoms)
    for fault in plan.fault:
        yield from ((fault.service, symptom) for symptom in fault.assumed.symptoms)
        yield from ((fault.service, wording.symptom) for wording in fault.words)
    for flood in plan.flood:
        yield flood.service, flood.assumed.symptom


def reports(ready: Stage, day: int) -> Columns | None:
    """Return all reports of a UTC day in the order of arrival, or None when there are none."""
    parts: list[Columns] = []
    for level in ready.levels:
        parts.extend(_usual_day(ready, level, day))
    for number, (fault, curves) in enumerate(ready.faults):
        for curve in curves:
            if curve.span[0] // DAY_MS <= day <= faults.last_day(curve):
                parts.extend(_fault_day(ready, number, fault, curve, day))
    for number, flood in enumerate(ready.plan.flood):
        parts.extend(_flood_day(ready, number, flood, day))
    parts = [part for part in parts if part.at.size]
    return reporters.joined(parts) if parts else None


def _usual(plan: Plan) -> Iterator[tuple[str, UsualAssumed]]:
    for usual in plan.usual:
        yield usual.service, usual.assumed
    background = plan.assumed.background
    if background is not None:
        for service, per_minute in sorted(background.per_minute.items()):
            yield (
                service,
                UsualAssumed(
                    why=background.why,
                    per_minute=per_minute,
                    dispersion=background.dispersion,
                    day_spread=background.day_spread,
                ),
            )


def _level(slug: str, usual: UsualAssumed, catalog: Catalog) -> Level:
    service = catalog.services[slug]
    symptoms = dict(usual.symptoms) or {
        symptom: MOST_USUAL**rank for rank, symptom in enumerate(service.symptoms)
    }
    shares = world.shares(service, usual.countries)
    return Level(
        service=slug,
        per_minute={place: usual.per_minute * share for place, share in shares.items()},
        symptoms=symptoms,
        dispersion=usual.dispersion,
        day_spread=usual.day_spread,
    )


def _usual_day(ready: Stage, level: Level, day: int) -> Iterator[Columns]:
    plan = ready.plan
    shared = world.mood(plan.seed, level.service, day, level.dispersion, level.day_spread)
    for entry in plan.attention:
        if entry.service == level.service:
            shared = shared * faults.attention(entry, day)
    for place, per_minute in level.per_minute.items():
        dice = world.dice(plan.seed, "usual", level.service, place, day)
        means = per_minute * world.willingness(plan.assumed.rhythm, place, day) * shared
        at = reporters.arrivals(dice, means, day)
        if at.size:
            crowd = _crowd(ready, level.service, place, day, level.symptoms)
            yield from _and_again(ready, dice, reporters.reports(dice, crowd, at))


def _fault_day(
    ready: Stage, number: int, fault: Fault, curve: faults.Curve, day: int
) -> Iterator[Columns]:
    plan = ready.plan
    labels = (number, fault.service, curve.place, day)
    dice = world.dice(plan.seed, "fault", *labels)
    at = reporters.arrivals(dice, faults.excess(curve, plan.assumed.rhythm, day), day)
    crowd = _crowd(ready, fault.service, curve.place, day, fault.assumed.symptoms, fault=fault)
    yield from _and_again(ready, dice, reporters.reports(dice, crowd, at))
    if fault.assumed.votes_during or fault.assumed.votes_after:
        dice = world.dice(plan.seed, "votes", *labels)
        at = reporters.arrivals(dice, faults.votes(plan, fault, curve, day), day)
        crowd = _crowd(ready, fault.service, curve.place, day, {OTHER_SYMPTOM: 1.0}, fault=fault)
        yield reporters.reports(dice, crowd, at, works=True)


def _flood_day(ready: Stage, number: int, flood: Flood, day: int) -> Iterator[Columns]:
    """Make the whole flood, and keep what falls on this day."""
    own = flood.assumed
    dice = world.dice(ready.plan.seed, "flood", number, flood.service)
    at = np.sort(dice.integers(own.since, own.until, own.reports))
    senders = dice.integers(0, 2**64, own.reporters, np.uint64)
    sender = senders[dice.integers(0, own.reporters, own.reports)]
    crowd = _crowd(ready, flood.service, own.place, day, {own.symptom: 1.0})
    columns = reporters.reports(dice, crowd, at)
    columns.reporter[:] = sender
    columns.network[:] = ready.texts.code(own.network)
    columns.prefix[:] = reporters.first_prefix(own.network, day)  # All of it behind one prefix.
    columns.words[:] = ready.texts.code(own.words)
    yield columns.take(np.flatnonzero(at // DAY_MS == day))


def _and_again(ready: Stage, dice: np.random.Generator, firsts: Columns) -> Iterator[Columns]:
    yield firsts
    people = ready.plan.assumed.people
    if people.repeat_share > 0:
        silent = ready.texts.code("")
        yield reporters.again(dice, firsts, people.repeat_share, people.repeat_minutes, silent)


def _crowd(
    ready: Stage,
    service: str,
    place: str,
    day: int,
    symptoms: Mapping[str, float],
    *,
    fault: Fault | None = None,
) -> Crowd:
    plan, texts = ready.plan, ready.texts
    known = plan.assumed.networks
    shares = dict(known.shares.get(place, {})) if known is not None else {}
    if fault is not None and fault.assumed.networks:
        hit = fault.assumed.networks
        rest = 1.0 - sum(hit.values())
        shares = {network: share * rest for network, share in shares.items()}
        for network, share in hit.items():
            shares[network] = shares.get(network, 0.0) + share
    shares = {network: share for network, share in shares.items() if share > 0}
    words: dict[int, Choice] = {}
    if fault is not None:
        for symptom in sorted({wording.symptom for wording in fault.words}):
            words[texts.code(symptom)] = Choice(
                texts,
                {
                    wording.text: wording.assumed.weight
                    for wording in fault.words
                    if wording.symptom == symptom
                },
            )
    return Crowd(
        service=texts.code(service),
        place=texts.code(place),
        prefix=reporters.first_prefix(place, day),
        symptoms=Choice(texts, symptoms),
        channels=Choice(texts, plan.assumed.people.channels),
        agents=Choice(texts, plan.assumed.people.agents),
        networks=Choice(texts, shares) if shares else None,
        small_share=max(0.0, 1.0 - sum(shares.values())),
        words=words,
        words_share=plan.assumed.people.words_share,
        silent=texts.code(""),
    )
