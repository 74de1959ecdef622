"""Does what a plan plays besides reports make sense? What cannot be meant is named, with what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from uproar.model.tick import DAY_MS, iso
from uproar.wire.scenariosources import Check, Hashtag, Stream, Stretch
from uproar.wire.scenariotable import Plan

LOOKS_MAX = 2_000_000  # of a whole scenario
STREAM_DAYS_MAX = 60  # Posts are counted every ten seconds; weeks of them are a large journal.


def unsound(plan: Plan) -> Iterator[str]:
    """Return a sentence for everything that cannot be meant in probes, posts, notices and changes."""
    yield from _probes(plan)
    for number, stream in enumerate(plan.stream):
        for mistake in _stream(plan, stream):
            yield f"stream[{number}]{mistake}"
    for kind in ("notice", "change"):
        for number, entry in enumerate(getattr(plan, kind)):
            if not plan.span.history <= entry.assumed.at < plan.span.end:
                yield f"{kind}[{number}].assumed.at: {iso(entry.assumed.at)} lies outside the span"


def _probes(plan: Plan) -> Iterator[str]:
    names = [vantage.name for vantage in plan.vantage]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"the vantage {name!r} is given twice; keep one"
    if plan.check and not plan.vantage:
        yield "check: there is no vantage to look from; add a [[vantage]]"
    for number, vantage in enumerate(plan.vantage):
        for fault in vantage.fault:
            yield from _crossed(f"vantage[{number}].fault", fault.assumed.during)
    looks = 0
    for number, check in enumerate(plan.check):
        own = check.assumed
        looks += 2 * len(names) * max(0, own.until - own.since) // (own.every_seconds * 1000)
        for mistake in _check(plan, check, names):
            yield f"check[{number}]{mistake}"
    if looks > LOOKS_MAX:
        yield f"check: {looks} looks, more than {LOOKS_MAX}; look less often, or for a shorter time"


def _check(plan: Plan, check: Check, names: Sequence[str]) -> Iterator[str]:
    own = check.assumed
    if not plan.span.history <= own.since < own.until <= plan.span.end:
        yield ".assumed: `from` and `until` lie outside the span or cross"
    for number, shown in enumerate(check.shows):
        yield from _crossed(f".shows[{number}]", shown.assumed.during)
        for name in shown.assumed.vantages:
            if name not in names:
                yield f".shows[{number}].assumed.vantages: there is no vantage {name!r}"


def _stream(plan: Plan, stream: Stream) -> Iterator[str]:
    own = stream.assumed
    if not plan.span.history <= own.since < own.until <= plan.span.end:
        yield ".assumed: `from` and `until` lie outside the span or cross"
    elif own.until - own.since > STREAM_DAYS_MAX * DAY_MS:
        yield f".assumed: more than {STREAM_DAYS_MAX} days of posts; begin later"
    usual = {entry.service for entry in plan.usual}
    if plan.assumed.background is not None:
        usual |= set(plan.assumed.background.per_minute)
    seen: set[str] = set()
    for number, about in enumerate(stream.about):
        if about.service not in usual:
            yield f".about[{number}].service: {about.service!r} has no usual; add a [[usual]]"
        if about.service in seen:
            yield f".about[{number}].service: {about.service!r} is given twice; keep one"
        seen.add(about.service)
        stretches = [(each.assumed.since, each.assumed.until) for each in about.buzz]
        stretches += [(each.assumed.since, each.assumed.until) for each in about.hashtag]
        if any(since >= until for since, until in stretches):
            yield f".about[{number}]: `from` and `until` cross in a buzz or a hashtag"
        for tag in about.hashtag:
            yield from _total(f".about[{number}]", tag)


def _total(where: str, tag: Hashtag) -> Iterator[str]:
    if (tag.published is None) == (tag.assumed.total is None):
        yield f"{where}: give #{tag.name} one total, published or assumed"


def _crossed(where: str, during: Iterable[Stretch]) -> Iterator[str]:
    if any(stretch.since >= stretch.until for stretch in during):
        yield f"{where}.assumed.during: `from` and `until` cross"
