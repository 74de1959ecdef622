"""What the probes of a scenario measure: every look of every vantage at every check, and its control.

Every vantage looks at a moment of its own within each round. What a look shows is decided by dice that
belong to the scenario's seed, the check, the vantage and the day, so that any day can be made alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.model.signal import Probed
from uproar.model.tick import DAY_MS
from uproar.sim.world import dice
from uproar.wire.scenariosources import Check, OwnFault, Shown, Stretch, Vantage
from uproar.wire.scenariotable import Plan

CONTROL = "control"  # What the journal keeps a look at something known to work under: no service.
SPREAD = 0.15  # Standard deviation of the logarithm of how long a look takes.
TIMEOUT_MS = 10_000  # What a look takes that gets no answer.
AFTER_MS = 1_000  # So long after the control's look comes that at the service.


def looks(plan: Plan, day: int) -> list[Probed]:
    """Return all looks of a UTC day, in the order of their arrival."""
    found: list[Probed] = []
    for number, check in enumerate(plan.check):
        for vantage in plan.vantage:
            found.extend(_looks(plan, number, check, vantage, day))
    found.sort(key=lambda look: (look.at, look.probe, look.check))
    return found


def _looks(plan: Plan, number: int, check: Check, vantage: Vantage, day: int) -> Iterator[Probed]:
    own = check.assumed
    begin, end = max(own.since, day * DAY_MS), min(own.until, (day + 1) * DAY_MS)
    every = own.every_seconds * 1000
    if begin >= end:
        return
    # The moment within a round is the vantage's own for good; the dice of the day do the rest.
    offset = int(dice(plan.seed, "round", number, vantage.name).integers(0, every))
    first = own.since + offset + -(-max(0, begin - own.since - offset) // every) * every
    starts = range(first, end, every)
    chance = dice(plan.seed, "look", number, vantage.name, day)
    controls = _took(chance, own.took_ms, len(starts))
    took = _took(chance, own.took_ms, len(starts))
    drawn = chance.random(len(starts))
    for start, control, length, luck in zip(
        starts, controls.tolist(), took.tolist(), drawn.tolist(), strict=True
    ):
        fault = _own_fault(vantage.fault, start)
        for address, at, lasted, service in (
            (own.control, start, control, CONTROL),
            (check.url, start + AFTER_MS, length, check.service),
        ):
            shown = None if service == CONTROL else _shown(check.shows, vantage.name, at, luck)
            look = _look(vantage, service, address, at, lasted, fault, shown)
            # A look is of one day, so that days can be made alone: one that would end in the next is none.
            if look.at < min((day + 1) * DAY_MS, plan.span.end):
                yield look


def _look(
    vantage: Vantage,
    service: str,
    address: str,
    at: int,
    took: int,
    fault: OwnFault | None,
    shown: Shown | None,
) -> Probed:
    where = vantage.assumed
    lasted = took if fault is None else TIMEOUT_MS
    look = Probed(
        at=at + lasted,
        service=service,
        check=address,
        probe=vantage.name,
        state="works",
        status=200,
        place=where.place,
        network=where.network,
        resolver=where.resolver,
        family="ipv4",
        took_ms=lasted,
        control=service == CONTROL,
        measured_at=at,
    )
    if fault is not None:
        own = fault.assumed
        return msgspec.structs.replace(
            look, state="fails", step=own.step, failure=own.failure, status=0, family=""
        )
    if shown is None:
        return look
    return msgspec.structs.replace(
        look,
        state=shown.state,
        step="" if shown.state == "works" else shown.step,
        layer=shown.layer,
        side=shown.side,
        failure=shown.failure,
        status=shown.status,
        answered=shown.answered,
        fingerprint=shown.fingerprint,
    )


def _own_fault(faults: Sequence[OwnFault], at: int) -> OwnFault | None:
    return next((each for each in faults if _within(each.assumed.during, at)), None)


def _shown(shows: Sequence[Shown], vantage: str, at: int, luck: float) -> Shown | None:
    """Return what a look at an instant sees; what is shown at one time shares the looks."""
    for shown in shows:
        own = shown.assumed
        if _within(own.during, at) and (not own.vantages or vantage in own.vantages):
            if luck < own.share:
                return shown
            luck -= own.share
    return None


def _within(during: Sequence[Stretch], at: int) -> bool:
    return any(stretch.since <= at < stretch.until for stretch in during)


def _took(chance: np.random.Generator, typical: float, count: int) -> NDArray[np.int64]:
    return (typical * np.exp(chance.normal(0.0, SPREAD, count))).astype(np.int64)
