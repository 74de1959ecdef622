"""What those who hold a service's traffic saw around an incident, for its page. Reads the state, changes nothing.

Addresses are masked: a page is public, and whose address was hit is nobody's business but its owner's.
"""

from __future__ import annotations

from collections.abc import Callable

from uproar.app.fold_state import State
from uproar.app.fold_traffic import LOG
from uproar.app.fold_traffic_state import Level, Struck
from uproar.model import place
from uproar.model.tick import HOUR_MS, MINUTE_MS
from uproar.present import tracing, trafficwords
from uproar.present.instants import moment
from uproar.present.source_views import Line, Span, Spot, Strip
from uproar.present.traffic_views import (
    AttackView,
    Part,
    Rates,
    RushView,
    TrafficView,
    Unit,
    Weighed,
)

EARLY_MS = HOUR_MS  # An attack that ended so long before an onset may belong to it,
LATE_MS = HOUR_MS  # and one that began so long after its end.
TARGETS_SHOWN = 5
STEPS_MAX = 240
DAY_MINUTES = 24 * 60
LABEL = "Traffic"


def strip(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> Strip | None:
    """Return the attacks around an incident, None where nobody ever told of the service's traffic."""
    if not _is_told(state, service):
        return None
    end = now_ms if until is None else min(now_ms, until + LATE_MS)
    attacks = _near(state, service, onset[0] - EARLY_MS, end, now_ms)
    rushes = _rushes(state, service, onset[0] - EARLY_MS, end)
    spans = [
        Span(begin, over, "unseen")
        for begin, over in _unseen(_levels(state, service), onset[0] - EARLY_MS, end)
    ]
    spans += [
        Span(
            each.begins[0],
            now_ms if each.until is None else each.until,
            "odd",
            trafficwords.said([each]),
        )
        for each in attacks
    ]
    if not attacks:
        spans += [
            Span(each.begin, each.until, "odd", trafficwords.said((), [each])) for each in rushes
        ]
    is_blind = not attacks and any(
        span.from_at <= onset[0] and span.until_at >= end for span in spans
    )
    return Strip(
        source="traffic",
        label=LABEL,
        said=trafficwords.NOT_TOLD if is_blind else trafficwords.said(attacks, rushes),
        first_at=min((each.begins[0] for each in attacks), default=None),
        spans=tuple(spans),
        spots=tuple(
            Spot(line.at, "good" if line.at != each.begins[0] else "odd", line.text)
            for each in attacks
            for line in _turns(each)
        ),
    )


def lines(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> list[Line]:
    """Return when attacks began and ended, as entries of the timeline."""
    end = now_ms if until is None else until + LATE_MS
    attacks = _near(state, service, onset[0] - EARLY_MS, end, now_ms)
    return sorted((line for each in attacks for line in _turns(each)), key=lambda line: line.at)


def around(
    state: State, service: str, onset: tuple[int, int], until: int | None, now_ms: int
) -> TrafficView | None:
    """Return what the traffic showed around an incident; None where nobody ever told of it."""
    end = now_ms if until is None else min(now_ms, until + LATE_MS)
    return _view(state, service, onset[0] - EARLY_MS, end, now_ms)


def of_day(state: State, service: str, now_ms: int) -> TrafficView | None:
    """Return what the traffic of the last day showed; None where nobody tells of it."""
    return _view(state, service, now_ms - DAY_MINUTES * MINUTE_MS, now_ms, now_ms)


def _view(state: State, service: str, begin: int, end: int, now_ms: int) -> TrafficView | None:
    if not _is_told(state, service):
        return None
    attacks = _near(state, service, begin, end, now_ms)
    level, unit = _level(state, service, attacks)
    rushes = _rushes(state, service, begin, end)
    said = trafficwords.said(attacks, rushes)
    return TrafficView(said, unit, tuple(attacks), _rates(level, begin, end), tuple(rushes))


def _is_told(state: State, service: str) -> bool:
    held = state.traffic
    return service in held.packets or service in held.requests or service in held.attacks


def _levels(state: State, service: str) -> list[Level]:
    held = state.traffic
    return [each[service] for each in (held.packets, held.requests) if service in each]


def _level(state: State, service: str, attacks: list[AttackView]) -> tuple[Level | None, Unit]:
    """Return the level that shows the attacks best: of packets, unless all that is known is requests."""
    held = state.traffic
    by_requests = bool(attacks) and all(each.unit == "requests" for each in attacks)
    if service in held.requests and (by_requests or service not in held.packets):
        return held.requests[service], "requests"
    return held.packets.get(service), "packets"


def _near(state: State, service: str, begin: int, end: int, now_ms: int) -> list[AttackView]:
    """Return the attacks of a stretch, the first first."""
    return [
        _attack(service, each)
        for each in sorted(state.traffic.attacks.get(service, ()), key=lambda each: each.begins)
        if each.begins[0] <= end
        and (now_ms if each.cleared_at is None else each.cleared_at) >= begin
    ]


def _rushes(state: State, service: str, begin: int, end: int) -> list[RushView]:
    """Return when far more came than is usual without an attack, within a stretch."""
    found = []
    for rush in state.traffic.rushes.get(service, ()):
        worst = rush.worst
        if rush.begin <= end and rush.until >= begin and worst.flash_crowd is not None:
            found.append(
                RushView(
                    begin=rush.begin,
                    until=rush.until,
                    unit="requests" if worst.source.startswith(LOG) else "packets",
                    packets_s=max(worst.peak_packets_s, worst.packets_s),
                    usual=worst.usual_packets_s,
                    sources=worst.sources,
                    known=worst.known,
                    flash_crowd=worst.flash_crowd,
                )
            )
    return found


def _attack(service: str, struck: Struck) -> AttackView:
    worst = struck.worst
    unit: Unit = "requests" if worst.source.startswith(LOG) else "packets"
    masked = dict.fromkeys(
        worst.group or _masked(target, worst.service) for target in struck.targets
    )
    shown = tuple(masked)[:TARGETS_SHOWN]
    return AttackView(
        # Its own name may hold an address.
        id=f"{service}-{moment(struck.begins[0]):%Y-%m-%d-%H%M%S}",
        begins=struck.begins,
        until=struck.cleared_at,
        lost=struck.lost,
        unit=unit,
        source=worst.source,
        targets=shown,
        more_targets=len(masked) - len(shown),
        vectors=tuple(
            Part(name, trafficwords.label(name), share)
            for name, share in sorted(worst.vectors.items(), key=lambda pair: (-pair[1], pair[0]))
        ),
        packets_s=max(worst.peak_packets_s, worst.packets_s),
        bits_s=max(worst.peak_bits_s, worst.bits_s),
        usual=worst.usual_packets_s,
        waves=struck.waves,
        sources=worst.sources,
        known=worst.known,
        spoofed=worst.spoofed,
        flash_crowd=worst.flash_crowd,
        meaningful=worst.meaningful,
        countries=_parts(worst.countries, name=place.name) if worst.meaningful else (),
        networks=_parts(worst.networks) if worst.meaningful else (),
        ports=_parts(worst.ports),
        measured=tuple(
            Weighed(
                about,
                value,
                worst.ratios.get(about, 0.0),
                trafficwords.measure(about, value, worst.ratios.get(about, 0.0), unit),
            )
            for about, value in worst.measured.items()
        ),
        one_of=worst.one_of,
        hit=len(struck.targets),
    )


def _masked(target: str, service: str) -> str:
    """Return a target as a page shows it: a prefix; the service itself where a log tells of it."""
    if target == service:
        return service
    try:
        return tracing.shown(target, addresses=False)
    except ValueError:  # It is the name of something.
        return target


def _parts(shares: dict[str, float], name: Callable[[str], str] = str) -> tuple[Part, ...]:
    return tuple(
        Part(id_, name(id_), share)
        for id_, share in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def _turns(attack: AttackView) -> list[Line]:
    begun = f"Traffic began to show {trafficwords.what(attack)}."
    found = [Line(attack.begins[0], "traffic", begun)]
    if attack.until is not None and attack.lost:
        found.append(Line(attack.until, "traffic", "Nobody told any more of the attack on it."))
    elif attack.until is not None:
        found.append(Line(attack.until, "traffic", "The attack that its traffic showed was over."))
    return found


def _unseen(levels: list[Level], begin: int, end: int) -> list[tuple[int, int]]:
    """Return the stretches of whole minutes of which nobody told anything."""
    first, last = -(-begin // MINUTE_MS), end // MINUTE_MS
    told = {minute for level in levels for minute in _told_minutes(level) if first <= minute < last}
    stretches: list[tuple[int, int]] = []
    for minute in range(first, last):
        if minute in told:
            continue
        at = minute * MINUTE_MS
        if stretches and stretches[-1][1] == at:
            stretches[-1] = (stretches[-1][0], at + MINUTE_MS)
        else:
            stretches.append((at, at + MINUTE_MS))
    return stretches


def _told_minutes(level: Level) -> list[int]:
    first = level.minute - len(level.rates)
    found = [first + index for index, rate in enumerate(level.rates) if rate >= 0]
    return [*found, level.minute] if level.ticks else found


def _rates(level: Level | None, begin: int, end: int) -> Rates | None:
    """Return rates by step of whole minutes, as far as they are known; None where none is."""
    if level is None:
        return None
    first = max(begin // MINUTE_MS, level.minute - len(level.rates))
    last = min(-(-end // MINUTE_MS), level.minute)
    step = max(1, -(-(last - first) // STEPS_MAX))
    offset = level.minute - len(level.rates)
    observed: list[int | None] = []
    usual: list[float] = []
    for minute in range(first, last - step + 1, step):
        span = slice(minute - offset, minute - offset + step)
        seen = [rate for rate in level.rates[span] if rate >= 0]
        known = [rate for rate in level.usual[span] if rate >= 0]
        observed.append(round(sum(seen) / len(seen)) if seen else None)
        usual.append(round(sum(known) / len(known), 2) if known else 0.0)
    if not any(value is not None for value in observed):
        return None
    return Rates(first * MINUTE_MS, step * MINUTE_MS, tuple(observed), tuple(usual))
