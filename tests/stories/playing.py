"""The signals of a story, tick by tick, as they would have arrived."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from stories.reading import Story, Usual
from uproar.model.signal import Beat, Post, Report, Signal
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS, end_ms, tick_of
from uproar.sim import reporters, scenario, world

Tick = tuple[int, list[Signal]]

TOOK_MS = 2_000  # from a look to its arrival


def ticks(story: Story) -> Iterator[Tick]:
    first = min([usual.since for usual in story.usual] + [story.day + story.begin])
    notices = (
        msgspec.structs.replace(notice, at=story.day + offset) for offset, notice in story.notices
    )
    probed = (
        msgspec.structs.replace(
            one, at=story.day + offset + TOOK_MS, measured_at=story.day + offset
        )
        for offset, one in story.probed
    )
    changes = (
        msgspec.structs.replace(change, at=story.day + offset) for offset, change in story.changes
    )
    sent: list[Signal] = sorted(
        [*_reports(story), *notices, *_posts(story), *probed, *changes],
        key=lambda signal: signal.at,
    )
    masked = [(tick_of(story.day + a), tick_of(story.day + b)) for a, b in story.masked]
    last = tick_of(story.day + story.end)
    row = 0
    for tick in range(tick_of(first), last):
        arrived: list[Signal] = []
        while row < len(sent) and sent[row].at < end_ms(tick):
            arrived.append(sent[row])
            row += 1
        if any(a <= tick < b for a, b in masked):
            continue
        arrived.append(Beat(end_ms(tick), tick))
        yield tick, arrived


def _reports(story: Story) -> Iterator[Report]:
    for usual in story.usual:
        yield from _usual_reports(story, usual)
    for number, line in enumerate(story.sent):
        for minute in range(line.begin, line.end, MINUTE_MS):
            fresh = f"{number}-{minute}-" if line.group == "people" else f"{line.group}-"
            for one in range(line.count):
                person = f"{fresh}{one % line.people}"
                yield Report(
                    at=story.day + minute + (2 * one + 1) * MINUTE_MS // (2 * line.count),
                    service=line.service,
                    symptom=line.symptom,
                    works=line.works,
                    place=line.place,
                    network=line.network or f"p:{reporters.first_prefix(person, 0):016x}",
                    reporter=person,
                )


def _posts(story: Story) -> Iterator[Post]:
    """Return counts of posts for every ten seconds, each minute's spread evenly over its ticks."""
    for line in story.posts:
        for number, begin in enumerate(range(line.begin, line.end, TICK_MS)):
            count, used = (_share(whole, number % 6) for whole in (line.count, line.used))
            at = story.day + begin + TICK_MS - 1
            if line.service and count:
                yield Post(
                    at,
                    line.service,
                    "network",
                    tags={line.tag: count} if line.tag else {},
                    **{line.says: float(count)},  # type: ignore[arg-type]
                )
            tags = {line.tag: used} if line.tag and used else {}
            yield Post(at, "", "network", of=count, tags=tags)


def _share(whole: int, sixth: int) -> int:
    """Return what falls on one of the six ticks of a minute."""
    return whole * (sixth + 1) // 6 - whole * sixth // 6


def _usual_reports(story: Story, usual: Usual) -> Iterator[Report]:
    """Return reports with the daily rhythm of the ordinary world, by the story's seed."""
    rhythm = scenario.load("quiet-week").plan.assumed.rhythm
    total = sum(usual.places.values())
    symptoms = next(each.symptoms for each in story.services if each.slug == usual.service)
    for place, weight in usual.places.items():
        for day in range(usual.since // DAY_MS, story.day // DAY_MS + 1):
            dice = world.dice(story.seed, usual.service, place, day)
            level = world.willingness(rhythm, place, day) * usual.per_minute * weight / total
            for number, at in enumerate(reporters.arrivals(dice, level, day).tolist()):
                yield Report(
                    at=at,
                    service=usual.service,
                    symptom=symptoms[int(dice.integers(len(symptoms)))],
                    place=place,
                    network=f"p:{int(dice.integers(2**63)):016x}",
                    reporter=f"usual-{place}-{day}-{number}",
                )
