"""Does the traffic of a plan make sense? What cannot be meant is named, with what to do."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from uproar.model.tick import DAY_MS, TICK_MS
from uproar.wire.scenariotable import Plan
from uproar.wire.scenariotraffic import Incoming

TOLD_MAX = 500_000  # Signals of a whole scenario: one a tick for each target.
DAYS_MAX = 60


def unsound(plan: Plan) -> Iterator[str]:
    """Return a sentence for everything in the tables of traffic that cannot be meant."""
    usual = {entry.service for entry in plan.usual}
    if plan.assumed.background is not None:
        usual |= set(plan.assumed.background.per_minute)
    told = 0
    seen: set[str] = set()
    for number, entry in enumerate(plan.traffic):
        own = entry.assumed
        told += len(entry.targets) * max(0, own.until - own.since) // TICK_MS
        where = f"traffic[{number}]"
        if entry.service not in usual:
            yield f"{where}.service: {entry.service!r} has no usual; add a [[usual]]"
        for target in entry.targets:
            if target in seen:
                yield f"{where}.targets: {target!r} is given twice; keep one"
            seen.add(target)
        for mistake in (*_whole(plan, entry), *_parts(entry)):
            yield f"{where}{mistake}"
    if told > TOLD_MAX:
        yield f"traffic: {told} signals, more than {TOLD_MAX}; name fewer targets, or begin later"


def _whole(plan: Plan, entry: Incoming) -> Iterator[str]:
    own = entry.assumed
    if not plan.span.history <= own.since < own.until <= plan.span.end:
        yield ".assumed: `from` and `until` lie outside the span or cross"
    elif own.until - own.since > DAYS_MAX * DAY_MS:
        yield f".assumed: more than {DAYS_MAX} days of traffic; begin later"
    if entry.teller.startswith("log:"):
        yield ".teller: packets are played, not requests; name no log"
    for target in entry.targets:
        if not _is_address(target):
            yield f".targets: {target!r} is no address"


def _parts(entry: Incoming) -> Iterator[str]:
    own = entry.assumed
    for kind in ("crowd", "blow"):
        for number, part in enumerate(getattr(entry, kind)):
            mine = part.assumed
            if not own.since <= mine.since < mine.until <= own.until:
                yield f".{kind}[{number}].assumed: it lies outside the table's `from` and `until`, or crosses"
            for target in mine.targets:
                if target not in entry.targets:
                    yield f".{kind}[{number}].assumed.targets: {target!r} is no target of the table"
    for number, blow in enumerate(entry.blow):
        forged = blow.assumed.forged
        if forged and (blow.assumed.countries or blow.assumed.networks):
            yield f".blow[{number}].assumed: forged sources have no places; leave them out"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
