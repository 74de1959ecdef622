"""Does a plan make sense? What has the right form and cannot be meant is named, with what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from uproar.model.asserted import complaint
from uproar.model.symptom import SYMPTOMS
from uproar.model.tick import DAY_MS, MINUTE_MS, TICK_MS, iso
from uproar.wire import scenariocause, scenariosourcesense, scenariotrafficsense
from uproar.wire.scenariotable import Fault, FaultWave, Plan

SPAN_DAYS_MAX = 400
WINDOW_MS = 15 * MINUTE_MS  # Published figures count reports within a quarter of an hour.
WHOLE = 1.000_001  # Shares that sum to more are a mistake, not rounding.


def unsound(plan: Plan) -> Iterator[str]:
    """Return a sentence for everything in a plan that cannot be meant."""
    yield from _span(plan)
    for number, fault in enumerate(plan.fault):
        for mistake in _fault(fault, plan):
            yield f"fault[{number}]{mistake}"
    yield from _stretches(plan)
    yield from _claims(plan)
    yield from _networks(plan)
    yield from _services(plan)
    if plan.cause is not None:
        failing = frozenset(fault.service for fault in plan.fault)
        yield from scenariocause.unsound(plan.cause, failing)
    yield from scenariosourcesense.unsound(plan)
    yield from scenariotrafficsense.unsound(plan)


def _span(plan: Plan) -> Iterator[str]:
    span = plan.span
    if not span.history <= span.start < span.end:
        yield "span: `history`, `start` and `end` are not in this order; put them right"
    elif span.end - span.history > SPAN_DAYS_MAX * DAY_MS:
        yield f"span: more than {SPAN_DAYS_MAX} days; shorten it"
    for key in ("history", "start", "end"):
        if getattr(span, key) % TICK_MS:
            yield f"span.{key}: is not at the beginning of a tick; use whole ten seconds"


def _stretches(plan: Plan) -> Iterator[str]:
    span = plan.span
    for kind in ("attention", "flood", "blackout"):
        for number, entry in enumerate(getattr(plan, kind)):
            if not span.history <= entry.assumed.since < entry.assumed.until <= span.end:
                yield f"{kind}[{number}].assumed: `from` and `until` lie outside the span or cross"
    for number, flood in enumerate(plan.flood):
        if flood.assumed.symptom not in SYMPTOMS:
            yield f"flood[{number}].assumed.symptom: {flood.assumed.symptom!r} is no symptom"


def _claims(plan: Plan) -> Iterator[str]:
    for number, claim in enumerate(plan.claim):
        if not plan.span.history <= claim.assumed.at < plan.span.end:
            yield f"claim[{number}].assumed.at: {iso(claim.assumed.at)} lies outside the span"
        for each in claim.asserts:
            if wrong := complaint(each):
                yield f"claim[{number}].asserts: {wrong}"


def _networks(plan: Plan) -> Iterator[str]:
    known = plan.assumed.networks
    for place, shares in known.shares.items() if known is not None else ():
        if sum(shares.values()) > WHOLE:
            yield f"assumed.networks.shares.{place}: the shares sum to more than one"


def _services(plan: Plan) -> Iterator[str]:
    given = Counter(usual.service for usual in plan.usual)
    if plan.assumed.background is not None:
        given.update(list(plan.assumed.background.per_minute))
    for service in sorted(service for service, times in given.items() if times > 1):
        yield f"the usual of {service!r} is given twice; keep one"
    for kind in ("fault", "attention"):
        for number, entry in enumerate(getattr(plan, kind)):
            if entry.service not in given:
                yield f"{kind}[{number}].service: {entry.service!r} has no usual; add a [[usual]]"


def _fault(fault: Fault, plan: Plan) -> Iterator[str]:
    truth = fault.truth
    if not plan.span.history <= truth.onset < truth.end <= plan.span.end:
        yield ".truth: onset and end lie outside the span or cross"
    if not (truth.source or truth.assumed):
        yield ".truth: say its `source`, or `assumed = true` and `why`"
    if sum(fault.assumed.networks.values()) > WHOLE:
        yield ".assumed.networks: the shares sum to more than one"
    for key in (*fault.assumed.symptoms, *(words.symptom for words in fault.words)):
        if key not in SYMPTOMS:
            yield f": {key!r} is no symptom; see the table of symptoms in the documentation"
    for number, wave in enumerate(fault.wave):
        for mistake in (*_counts(wave, fault.assumed.reference), *_times(wave, truth.onset)):
            yield f".wave[{number}]: {mistake}"


def _counts(wave: FaultWave, reference: str) -> Iterator[str]:
    assumed = wave.assumed.reports_15min
    places = {figure.place: figure for figure in wave.published}
    if len(places) < len(wave.published):
        yield "a place has two published figures; keep one, and put the other into its `note`"
    if reference not in places and (reference not in assumed or wave.assumed.at is None):
        yield f"no figure for {reference}: publish one, or assume `at` and a count"
    for place, figure in places.items():
        if figure.reports_15min is None and place not in assumed:
            yield f"no count for {place}: publish it, or assume one"
        if figure.reports_15min is not None and place in assumed:
            yield f"the count of {place} is published and assumed; keep one"
        if place in assumed and (figure.at_least or 0) > assumed[place]:
            yield f"the count assumed for {place} is below the published bound; raise it"


def _times(wave: FaultWave, onset: int) -> Iterator[str]:
    own = wave.assumed
    if own.onset < onset:
        yield "it rises before the fault's onset; begin it later"
    instants = [figure.at for figure in wave.published]
    if own.at is not None:
        instants.append(own.at)
    for at in instants:
        if at - own.onset < WINDOW_MS:
            yield f"the peak at {iso(at)} is within 15 minutes of the onset; begin it earlier"
