"""One service's incident: opened by alarms, followed minute by minute, closed by quiet.

`advance` is called once a tick with what was seen of the service; it returns the tracker and, only
when something turned, the incident whole. A tracker also remembers the last hours of a service
without incident, so that an incident knows what came before it. A tick of a quiet service without
reports changes nothing and need not be told.
"""

from __future__ import annotations

from uproar.detect import calm, phases, tail, waves
from uproar.detect.cases import (
    BEFORE_MINUTES,
    MEMORY_MINUTES,
    REST,
    Case,
    IncidentDesign,
    Minute,
    Sight,
    Tracker,
    add_up,
    draw,
    expect,
    expect_again,
    expect_since,
    remember,
)
from uproar.model.incident import Incident, Turn
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms, iso

__all__ = ["REST", "Case", "IncidentDesign", "Minute", "Sight", "Tracker", "advance"]

KEYS_SHOWN = 50  # Of networks, in a decision.


def advance(
    tracker: Tracker | None, sight: Sight, design: IncidentDesign
) -> tuple[Tracker | None, tuple[Incident, ...]]:
    """Take in one tick of a service; return its tracker and the incident if something turned.

    The tracker given is changed in place and must not be used again.
    """
    dull = not (sight.observed or sight.works or sight.active or sight.set_aside)
    if tracker is None:
        if dull:
            return None, ()
        tracker = Tracker(sight.service)
    if dull and tracker.case is None:
        return tracker, ()
    minute = sight.tick // TICKS_PER_MINUTE
    remember(tracker, minute, sight)
    case = tracker.case
    if case is not None and case.over_at is not None:
        gone = end_ms(sight.tick) - case.over_at > design.reopen_ms
        case = tracker.case = None if gone else case
    if case is not None and case.over_at is None:
        add_up(case, sight)
    turned: list[Incident] = []
    if sight.active and not sight.masked and not tracker.is_open:
        opened = _open(tracker, sight, minute, design)
        if opened is not None:
            case, turn = opened
            turned.append(_snapshot(case, sight, turn))
    if case is not None and sight.tick % TICKS_PER_MINUTE == TICKS_PER_MINUTE - 1:
        end = _end_minute(tracker, case, minute, sight, design)
        if end is not None:
            turned.append(_snapshot(case, sight, end))
    return tracker, tuple(turned)


def _open(
    tracker: Tracker, sight: Sight, minute: int, design: IncidentDesign
) -> tuple[Case, Turn] | None:
    """Open an incident, or open one again, if enough reports stand behind the alarm."""
    now = end_ms(sight.tick)
    onset = sight.onset or (now - MINUTE_MS, now)
    first = max(onset[0] // MINUTE_MS, minute - MEMORY_MINUTES + 1)
    if tracker.case is not None:
        # What had been reported before the end is no reason to open it again.
        first = max(first, (tracker.case.over_at or now) // MINUTE_MS)
    since = [record for number, record in tracker.minutes.items() if number >= first]
    if sum(record.count for record in since) < design.reports_min:
        return None
    case = tracker.case
    if not (sight.strong if case is None else sight.sound):
        return None
    if case is not None:
        if calm.is_stale(case, now):
            return None
        for record in since:
            add_up(case, record)
        expect_again(case, sight, sum(record.expected for record in since))
        case.over_at = None
        case.recovery = case.ended = None
        case.phase = phases.next_phase(case.phase, "rising")
        case.quiet_from = None
        case.elevated_at = now
        last = case.crests[-1]
        begun = max(onset[1], last.until_at or 0, last.from_at + MINUTE_MS) // MINUTE_MS
        case.crests.append(waves.Crest(from_at=begun * MINUTE_MS, from_minute=begun))
        return case, "reopened"
    stamp = iso(onset[1])
    case = Case(
        id=f"{sight.service}-{stamp[:10]}-{stamp[11:13]}{stamp[14:16]}",
        onset=onset,
        phase="onset",
        curve_minute=first - BEFORE_MINUTES,
        curve=[],
        usual=[],
        crests=[waves.Crest(from_at=onset[1], from_minute=first)],
        elevated_at=now,
        shown_minute=minute,
    )
    for record in since:
        add_up(case, record)
    blind = sum(
        record.blind for number, record in tracker.minutes.items() if first <= number < minute
    )
    expect_since(case, sight, max(0, (minute - first) * TICKS_PER_MINUTE - blind))
    for number in range(case.curve_minute, minute):
        draw(case, tracker.minutes.get(number), sight.expected * TICKS_PER_MINUTE)
    tracker.case = case
    return case, "opened"


def _end_minute(
    tracker: Tracker, case: Case, minute: int, sight: Sight, design: IncidentDesign
) -> Turn | None:
    """Follow the incident to the end of a minute; return what turned."""
    draw(case, tracker.minutes[minute], sight.expected * TICKS_PER_MINUTE)
    case.alarm_minutes = case.alarm_minutes + 1 if sight.active else 0
    if case.over_at is not None:
        return None
    expect(case, sight, tracker.minutes[minute].blind)
    near = {
        number: record.places
        for number, record in tracker.minutes.items()
        if number > minute - 2 * waves.TROUGH_LONG
    }
    usual = case.usual[-1]
    wave = waves.follow(case.crests, minute, case.curve, usual, near, active=sight.active)
    condition = calm.condition(tracker, case, minute, sight, design, wave=wave)
    before = case.phase
    case.phase = phases.next_phase(before, condition)
    now = end_ms(sight.tick)
    if condition in {"quiet", "settled"}:
        _recover(tracker, case, now, settled=condition == "settled")
    else:
        case.recovery = case.ended = None
    if case.phase == "over":
        case.over_at = now
        ended = case.recovery[1] if case.recovery else now
        case.crests[-1].until_at = max(ended, case.crests[-1].from_at)
    if wave:
        return "wave"
    return phases.turn_of(before, case.phase) if case.phase != before else None


def _recover(tracker: Tracker, case: Case, now: int, *, settled: bool) -> None:
    """Say when it ended: looked at when the quiet begins, and once more when it has lasted."""
    quiet_from = case.quiet_from if case.quiet_from is not None else now
    if case.recovery is not None and not settled:
        return
    first = _top(case)
    found = tail.ending(case.curve, case.usual, first, tracker.lag)
    if found is None:
        case.recovery = (min(case.elevated_at, quiet_from), quiet_from)
        return
    begin = case.curve_minute * MINUTE_MS
    earliest = min(begin + found.earliest * MINUTE_MS, quiet_from)
    latest = min(begin + found.latest * MINUTE_MS, quiet_from)
    case.ended = (max(earliest, case.onset[0]), max(latest, case.onset[0]))
    case.recovery = (case.ended[0], quiet_from)
    if settled:
        tracker.lag = tail.learn(tracker.lag, found)


def _top(case: Case) -> int:
    """Return the position in the curve of the highest minutes of the last wave."""
    first = max(case.crests[-1].from_minute - case.curve_minute, 0)
    best, at = -1, first
    for position in range(first, len(case.curve)):
        recent = case.curve[max(first, position - waves.SMOOTH + 1) : position + 1]
        seen = sum(max(count, 0) for count in recent)
        if seen > best:
            best, at = seen, position
    return at


def _snapshot(case: Case, sight: Sight, turn: Turn) -> Incident:
    networks = sorted(case.networks.items(), key=lambda pair: (-pair[1], pair[0]))[:KEYS_SHOWN]
    return Incident(
        id=case.id,
        service=sight.service,
        at=end_ms(sight.tick),
        turn=turn,
        phase=case.phase,
        onset=case.onset,
        recovery=case.recovery,
        ended=case.ended,
        waves=waves.as_waves(case.crests),
        reports=case.reports,
        works=case.works,
        places=dict(sorted(case.places.items(), key=lambda pair: (-pair[1], pair[0]))),
        symptoms=dict(sorted(case.symptoms.items(), key=lambda pair: (-pair[1], pair[0]))),
        networks=dict(networks),
        set_aside=dict(sorted(case.set_aside.items())),
    )
