"""What is posted in a scenario: counts for every ten seconds, drawn directly; no text is ever made.

Posts follow the reports of a service's faults, later and by a factor, above what is usual. A hashtag
follows them too, between two instants, such that its total is the published one in the mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from uproar.model.signal import Post
from uproar.model.tick import (
    DAY_MS,
    HOUR_MS,
    TICK_MS,
    TICKS_PER_DAY,
    TICKS_PER_MINUTE,
    end_ms,
)
from uproar.sim import days, faults
from uproar.sim.days import Stage
from uproar.sim.world import dice
from uproar.wire.scenariosources import About, Buzz, Hashtag, Stream
from uproar.wire.scenariotable import Plan

KINDS = ("failing", "working", "asking", "talk")
TICKS_PER_HOUR = HOUR_MS // TICK_MS

Ticks = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Tags:
    """Who used a hashtag, by tick: all of them, and those who say that the service fails."""

    name: str
    all: Counts
    failing: Counts


def posts(ready: Stage, day: int) -> list[Post]:
    """Return all counts of a UTC day, in the order of their arrival: each ends a tick."""
    found: list[Post] = []
    for number, stream in enumerate(ready.plan.stream):
        found.extend(_posts(ready, number, stream, day))
    found.sort(key=lambda post: (post.at, post.source, post.service))
    return found


def _posts(ready: Stage, number: int, stream: Stream, day: int) -> Iterator[Post]:
    own = stream.assumed
    plan = ready.plan
    ends = (np.arange(TICKS_PER_DAY, dtype=np.int64) + 1) * TICK_MS + day * DAY_MS
    heard = (ends > own.since) & (ends <= min(own.until, plan.span.end))
    if not heard.any():
        return
    chance = dice(plan.seed, "stream", number, stream.name, day)
    total = chance.poisson(own.per_second * TICK_MS / 1000, TICKS_PER_DAY)
    used: dict[int, dict[str, int]] = {}
    for about in stream.about:
        counts, tags = _about(ready, number, about, day)
        total = total + sum(counts.values())
        told = np.sum([*counts.values(), *(tag.all for tag in tags)], axis=0)
        split = _languages(plan, number, about, day, counts["failing"])
        for tick in np.flatnonzero(heard & (told > 0)).tolist():
            for tag in tags:
                if tag.all[tick]:
                    used.setdefault(tick, {})[tag.name] = int(tag.all[tick])
            yield Post(
                at=end_ms(day * TICKS_PER_DAY + tick) - 1,
                service=about.service,
                source=stream.name,
                failing=float(counts["failing"][tick]),
                working=float(counts["working"][tick]),
                asking=float(counts["asking"][tick]),
                talk=float(counts["talk"][tick]),
                languages={name: float(row[tick]) for name, row in split.items() if row[tick]},
                tags={tag.name: int(tag.failing[tick]) for tag in tags if tag.failing[tick]},
            )
    for tick in np.flatnonzero(heard).tolist():
        yield Post(
            at=end_ms(day * TICKS_PER_DAY + tick) - 1,
            service="",
            source=stream.name,
            of=int(total[tick]),
            tags=used.get(tick, {}),
        )


def _about(
    ready: Stage, number: int, about: About, day: int
) -> tuple[dict[str, Counts], list[_Tags]]:
    """Return the posts about a service by tick of a day; those with a hashtag are among them."""
    plan, own = ready.plan, about.assumed
    reports = _reports(ready, about.service, day, own.lag_minutes)
    usual = days.awake(ready, about.service, day) / TICKS_PER_HOUR
    buzz = {kind: np.zeros(TICKS_PER_DAY) for kind in KINDS}
    for entry in about.buzz:
        shape = _swell(entry, day)
        buzz["talk"] += entry.assumed.talk * shape
        buzz["asking"] += entry.assumed.asking * shape
    tags = [_tags(ready, number, about, tag, day) for tag in about.hashtag]
    counts: dict[str, Counts] = {}
    for kind in KINDS:
        mean = getattr(own, f"{kind}_per_hour") * usual + buzz[kind]
        mean += getattr(own, f"{kind}_per_report") * reports
        chance = dice(plan.seed, "posts", number, about.service, kind, day)
        counts[kind] = chance.poisson(mean)
    for tag in tags:
        counts["failing"] = counts["failing"] + tag.failing
        counts["talk"] = counts["talk"] + (tag.all - tag.failing)
    return counts, tags


def _tags(ready: Stage, number: int, about: About, tag: Hashtag, day: int) -> _Tags:
    own = tag.assumed
    chance = dice(ready.plan.seed, "hashtag", number, about.service, tag.name, day)
    every = chance.poisson(_tag_means(ready, about, tag, day))
    return _Tags(tag.name, every, chance.binomial(every, own.failing_share))


def _tag_means(ready: Stage, about: About, tag: Hashtag, day: int) -> Ticks:
    """Return how often a hashtag is used in each tick of a day, in the mean; all days sum to its total."""
    own = tag.assumed
    total = own.total if tag.published is None else tag.published.total
    all_days = range(own.since // DAY_MS, -(-own.until // DAY_MS))
    lag = about.assumed.lag_minutes
    shapes = {each: _reports(ready, about.service, each, lag) for each in all_days}
    if not any(shape.any() for shape in shapes.values()):
        shapes = {each: _hump(own.since, own.until, each) for each in all_days}
    kept = {
        each: np.where(_between(own.since, own.until, each), shape, 0.0)
        for each, shape in shapes.items()
    }
    weight = sum(float(shape.sum()) for shape in kept.values())
    if day not in kept or weight <= 0 or total is None:
        return np.zeros(TICKS_PER_DAY)
    return np.asarray(kept[day] * (total / weight))


def _reports(ready: Stage, service: str, day: int, lag_minutes: float) -> Ticks:
    """Return the reports that faults of a service bring in each tick of a day, so much later."""
    lag = round(lag_minutes * TICKS_PER_MINUTE)
    rhythm = ready.plan.assumed.rhythm
    total = np.zeros(TICKS_PER_DAY)
    for fault, curves in ready.faults:
        if fault.service == service:
            for curve in curves:
                both = np.concatenate(
                    [faults.excess(curve, rhythm, day - 1), faults.excess(curve, rhythm, day)]
                )
                total += both[TICKS_PER_DAY - lag : 2 * TICKS_PER_DAY - lag]
    return total


def _swell(entry: Buzz, day: int) -> Ticks:
    own = entry.assumed
    return _hump(own.since, own.until, day)


def _hump(since: int, until: int, day: int) -> Ticks:
    """Return a smooth rise and fall between two instants by tick of a day; all days sum to one."""
    return np.asarray(days.hump(since, until, day) * 2.0 * TICK_MS / (until - since))


def _between(since: int, until: int, day: int) -> NDArray[np.bool_]:
    at = day * DAY_MS + (np.arange(TICKS_PER_DAY) + 0.5) * TICK_MS
    return (since <= at) & (at < until)


def _languages(
    plan: Plan, number: int, about: About, day: int, failing: Counts
) -> dict[str, Counts]:
    """Divide the posts that say it fails by their languages."""
    weights = about.assumed.languages
    if not weights:
        return {}
    chance = dice(plan.seed, "languages", number, about.service, day)
    whole = sum(weights.values())
    drawn = chance.multinomial(failing, [weight / whole for weight in weights.values()])
    return dict(zip(weights, drawn.T, strict=True))
