"""From what probes saw to what pages show of it. Reads the state, changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, TypeVar

from uproar.app.fold_state import State
from uproar.catalog import tells
from uproar.detect import quorum
from uproar.detect.lookout import Checked, Turned
from uproar.detect.quorum import Facts, Latest, Standing
from uproar.model import place
from uproar.model.measurement import Finding, Match
from uproar.model.tick import HOUR_MS, MINUTE_MS, iso
from uproar.present import instants, looks
from uproar.present.source_views import Line, Probes, Span, Spot, Strip

LABEL = "Probes"
SILENT_MS = 15 * MINUTE_MS  # Nobody has looked for so long: what was seen before is not what is.
EARLY_MS = HOUR_MS  # What probes saw so long before an onset may belong to it.
LATE_MS = HOUR_MS
FRESH_MS = 3 * HOUR_MS  # A failure that is over is told for so long on the page of its service.
SHOWN_MAX = 40

Told = TypeVar("Told", Span, Spot, Line)


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return what probes saw around an incident, None where none has ever looked at the service."""
    checks = state.lookout.checks.get(service)
    if not checks:
        return None
    begin, end = onset[0] - EARLY_MS, now_ms if until is None else min(now_ms, until + LATE_MS)
    spans: list[Span] = []
    spots: list[Spot] = []
    for check, checked in sorted(checks.items()):
        spans += _spans(checked, begin, end, check)
        spots += [
            Spot(turn.at, _colour(turn), _told(turn, check, len(checks)))
            for turn in checked.turns
            if begin <= turn.at <= end
        ]
    bad = [span for span in spans if span.state == "bad"]
    return Strip(
        source="probes",
        label=LABEL,
        said=_sentence(checks, bad, until, now_ms),
        first_at=min((span.from_at for span in bad), default=None),
        spans=_kept(sorted(spans, key=lambda span: span.from_at)),
        spots=_kept(sorted(spots, key=lambda spot: spot.at)),
    )


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return the entries of an incident's timeline that probes give."""
    checks = state.lookout.checks.get(service, {})
    begin, end = onset[0] - EARLY_MS, now_ms if until is None else min(now_ms, until + LATE_MS)
    told = [
        Line(turn.at, "probe", _told(turn, check, len(checks)))
        for check, checked in sorted(checks.items())
        for turn in checked.turns
        if begin <= turn.at <= end
    ]
    return list(_kept(sorted(told, key=lambda line: line.at)))


def _kept(found: Sequence[Told]) -> tuple[Told, ...]:
    """Return at most SHOWN_MAX of what was seen: the first sight, and the newest."""
    return tuple(found[:1]) + tuple(found[1:][-(SHOWN_MAX - 1) :])


def changes(state: State, service: str) -> int:
    """Return how often anything was seen of a service: one more, and its pages are due."""
    return state.lookout.changes.get(service, 0)


def seen(state: State, service: str, now_ms: int) -> Probes | None:
    """Return how probes see a service now, None where none looks at it."""
    checks = state.lookout.checks.get(service)
    if not checks:
        return None
    spans = [
        span
        for check, checked in checks.items()
        for span in _spans(checked, now_ms - FRESH_MS, now_ms, check)
    ]
    bad = [span for span in spans if span.state == "bad"]
    said = _sentence(checks, bad, None, now_ms)
    return Probes(said, tuple(standings(state, service, now_ms)))


def standings(state: State, service: str, now_ms: int) -> list[dict[str, object]]:
    """Return how every check of a service stands and what each probe saw last, as plain values."""
    told: list[dict[str, object]] = []
    for check, checked in sorted(state.lookout.checks.get(service, {}).items()):
        stands = _judged(checked, now_ms)
        told.append(
            {
                "check": check,
                "raised": checked.raised,
                "networks_heard": stands.heard,
                "networks_failing": stands.failing,
                "extent": stands.extent,
                "only": None if stands.only is None else {stands.only[0]: stands.only[1]},
                "void": stands.void,
                "onset": None if stands.onset is None else [iso(at) for at in stands.onset],
                "what": looks.what(_seen(stands.facts), _host(check)) if stands.failing else "",
                "probes": [_probe(name, one) for name, one in sorted(checked.latest.items())],
            }
        )
    return told


def _probe(name: str, one: Latest) -> dict[str, object]:
    return {
        "probe": name,
        "place": one.origin.place,
        "network": one.origin.network,
        "resolver": one.origin.resolver,
        "at": iso(one.at),
        "state": one.facts.state,
        "step": one.facts.step,
        "layer": one.facts.layer,
        "failure": one.facts.failure,
        "status": one.facts.status,
        "answered": one.facts.answered,
        "fingerprint": one.facts.fingerprint,
        "family_that_fails": one.half,
        "failures_in_a_row": one.bad,
        "void": one.void,
    }


def _judged(checked: Checked, now_ms: int) -> Standing:
    return quorum.judge(
        checked.latest, checked.raised_at, now_ms, quorum.Design(window_ms=SILENT_MS)
    )


def _sentence(
    checks: dict[str, Checked],
    bad: list[Span],
    until: int | None,
    now_ms: int,
) -> str:
    """Return the one sentence of a strip: about now, or about an incident that is over."""
    if until is not None:
        if not bad:
            return "Probes could reach it all the while."
        first = min(span.from_at for span in bad)
        worst = next(span for span in bad if span.from_at == first)
        return f"{worst.text}, from {instants.seconds(first)} to {instants.seconds(max(s.until_at for s in bad))}."
    stands = {check: _judged(checked, now_ms) for check, checked in checks.items()}
    heard = max(each.heard for each in stands.values())
    if not heard and not any(each.void for each in stands.values()):
        return _unknown(checks, now_ms)
    parts = []
    ordered = sorted(stands.items(), key=lambda pair: (not checks[pair[0]].raised, pair[0]))
    for check, each in ordered:
        if each.failing:
            parts.append(_failing(each, check, len(checks), is_raised=checks[check].raised))
    void = max(each.void for each in stands.values())
    if not parts:
        families = [each.half for each in stands.values() if each.half]
        reach = "all probes could reach it" if heard else "no probe could tell"
        if bad:
            newest = max(bad, key=lambda span: span.until_at)
            begun, ended = instants.seconds(newest.from_at), instants.seconds(newest.until_at)
            parts.append(f"{newest.text}, from {begun} to {ended}; since then {reach}")
        else:
            parts.append(reach)
        parts += [looks.half(families[0])] if families else []
    if void:
        parts.append(
            f"{void} {'probe is' if void == 1 else 'probes are'} not counted: "
            "what always works fails for them too"
        )
    said = "; ".join(parts)
    return f"{said[:1].upper()}{said[1:]}."


def _unknown(checks: dict[str, Checked], now_ms: int) -> str:
    """Return why probes cannot tell whether it works."""
    last = [one for checked in checks.values() for one in checked.latest.values()]
    states = {one.facts.state for one in last if one.at > now_ms - SILENT_MS}
    if not states:
        return f"No probe has looked since {instants.seconds(max((one.at for one in last), default=0))}."
    if "maintenance" in states:
        return "Its own page says that it is down for maintenance, as probes see."
    if "blocked" in states:
        return "Probes meet a wall instead of the page: whether it works is not known from them."
    return "Probes could not measure it: whether it works is not known from them."


def _failing(stands: Standing, check: str, checks: int, *, is_raised: bool) -> str:
    which = f" (of {_short(check)})" if checks > 1 else ""
    since = f", since {instants.seconds(stands.onset[1])}" if stands.onset is not None else ""
    said = looks.what(_seen(stands.facts), _host(check))
    where = ""
    if stands.only is not None:
        axis, value = stands.only
        where = f" ({looks.only(axis, place.name(value) if axis == 'place' else value)})"
    told = f"{looks.networks(stands.failing, stands.heard)}{where}{which}: {said}{since}"
    if stands.extent == "one place":
        return f"{told}; seen from one place only"
    if is_raised:
        return told
    return f"{told}; {'the others reach it' if stands.only else 'not confirmed yet'}"


def _told(turn: Turned, check: str, checks: int) -> str:
    """Return the sentence of a turn for a timeline."""
    stands = turn.standing
    if turn.state in {"cleared", "none"}:
        which = f" ({_short(check)})" if checks > 1 else ""
        return f"Probes reach it again{which}."
    return f"{_failing(stands, check, checks, is_raised=turn.state == 'raised')}."


def _spans(checked: Checked, begin: int, end: int, check: str) -> list[Span]:
    """Return the stretches of a check: bad while it is raised, odd while only some see it fail."""
    spans: list[Span] = []
    for number, turn in enumerate(checked.turns):
        if turn.state not in {"raised", "some"}:
            continue
        later = checked.turns[number + 1 :]
        if turn.state == "some" and later and later[0].state == "raised":
            continue  # It was the beginning of what is bad, which reaches back to the same onset.
        until = later[0].at if later else end
        onset = turn.standing.onset
        begun = onset[1] if onset is not None else turn.at
        if until < begin or begun > end:
            continue
        stands = turn.standing
        text = f"{looks.networks(stands.failing, stands.heard)}: {looks.what(_seen(stands.facts), _host(check))}"
        state = "bad" if turn.state == "raised" else "odd"
        spans.append(Span(max(begun, begin), min(until, end), state, text))  # type: ignore[arg-type] # of the literal
    return spans


def _colour(turn: Turned) -> Literal["bad", "odd", "good"]:
    if turn.state == "raised":
        return "bad"
    return "odd" if turn.state == "some" else "good"


def _seen(facts: Facts) -> looks.Seen:
    finding = Finding(
        facts.state,
        facts.step,  # type: ignore[arg-type] # a word of the literal: the fold took it from one
        facts.layer,
        answered=facts.answered,
        status=facts.status,
    )
    return looks.Seen(finding, facts.failure, _match(facts.fingerprint))


@lru_cache(maxsize=1)
def _matches() -> dict[str, Match]:
    return {one.match.id: one.match for one in tells.load().everything()}


def _match(fingerprint: str) -> Match | None:
    return _matches().get(fingerprint) if fingerprint else None


def _host(check: str) -> str:
    return check.partition("://")[2].partition("/")[0]


def _short(check: str) -> str:
    return check.partition("://")[2].rstrip("/")
