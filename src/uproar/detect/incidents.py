"""One service's incident: opened by alarms, followed minute by minute, closed by quiet.

`advance` is called once a tick with what was seen of the service; it returns the tracker and, only
when something turned, the incident whole. A tracker also remembers the last hours of a service
without incident, so that an incident knows what came before it. A tick of a quiet service without
reports changes nothing and need not be told.
"""

from __future__ import annotations

import msgspec

from uproar.detect import phases, waves
from uproar.model.incident import Incident, Phase, Turn
from uproar.model.tick import HOUR_MS, MINUTE_MS, TICKS_PER_MINUTE, end_ms, iso

BEFORE_MINUTES = 60  # The curve begins so long before the onset.
MEMORY_MINUTES = 240  # Minutes remembered of a service, enough for any onset plus the hour before.
CURVE_MINUTES_MAX = 7 * 24 * 60 + BEFORE_MINUTES
KEYS_MAX = 2_000  # Places, symptoms or networks told apart within one incident.
KEYS_SHOWN = 50  # Of networks, in a decision.
REST = "other"
VOTE_MINUTES = 15
CALM_LIFT, CALM_COUNT = 1.5, 2  # Times the usual, and reports beyond, that are still calm.


class IncidentDesign(msgspec.Struct, frozen=True):
    """What it takes to open an incident, and what it takes to close one."""

    reports_min: int = 4
    quiet_ms: int = HOUR_MS
    voted_ms: int = 15 * MINUTE_MS
    votes_min: int = 5
    votes_share: float = 0.8
    reopen_ms: int = 3 * HOUR_MS


class Sight(msgspec.Struct, frozen=True):
    """What one tick showed of one service.

    `observed` counts the reports that count, `places`, `symptoms` and `networks` split them;
    `expected` and `size` belong to the service's root series; `active` tells whether any series of
    the service is in alarm and `onset` the bracket of the first of them, in milliseconds. `strong`
    tells whether an alarm is so far beyond its threshold that an incident may be opened on it.
    """

    service: str
    tick: int
    observed: int = 0
    expected: float = 0.0
    size: float = 1.0
    active: bool = False
    strong: bool = True
    onset: tuple[int, int] | None = None
    places: dict[str, int] = {}
    symptoms: dict[str, int] = {}
    networks: dict[str, int] = {}
    works: int = 0
    set_aside: dict[str, int] = {}
    masked: bool = False


class Minute(msgspec.Struct):
    """What one minute brought; `blind` counts its masked ticks."""

    count: int = 0
    expected: float = 0.0
    works: int = 0
    blind: int = 0
    places: dict[str, int] = {}
    symptoms: dict[str, int] = {}
    networks: dict[str, int] = {}
    set_aside: dict[str, int] = {}


class Case(msgspec.Struct):
    """An incident on the record: everything it needs to go on.

    `curve` holds reports a minute from `curve_minute` on, -1 where we were blind; `usual` what was
    expected. `quiet_from` is since when no series is in alarm.
    """

    id: str
    onset: tuple[int, int]
    phase: Phase
    curve_minute: int
    curve: list[int]
    usual: list[float]
    crests: list[waves.Crest]
    reports: int = 0
    works: int = 0
    places: dict[str, int] = {}
    symptoms: dict[str, int] = {}
    networks: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    elevated_at: int = 0
    quiet_from: int | None = None
    quiet_blind_ms: int = 0
    recovery: tuple[int, int] | None = None
    over_at: int | None = None


class Tracker(msgspec.Struct):
    """What is remembered of one service: its last hours, and its incident if there is one."""

    service: str
    minutes: dict[int, Minute] = {}
    case: Case | None = None

    @property
    def is_open(self) -> bool:
        """Tell whether an incident is open (not merely one that could be reopened)."""
        return self.case is not None and self.case.phase != "over"


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
    _remember(tracker, minute, sight)
    case = tracker.case
    if case is not None and case.over_at is not None:
        gone = end_ms(sight.tick) - case.over_at > design.reopen_ms
        case = tracker.case = None if gone else case
    if case is not None and case.over_at is None:
        _add_up(case, sight)
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


def _remember(tracker: Tracker, minute: int, sight: Sight) -> None:
    record = tracker.minutes.get(minute)
    if record is None:
        record = tracker.minutes[minute] = Minute()
        while tracker.minutes:
            oldest = next(iter(tracker.minutes))
            if oldest > minute - MEMORY_MINUTES:
                break
            del tracker.minutes[oldest]
    record.expected += sight.expected
    if sight.masked:
        record.blind += 1
    record.count += sight.observed
    record.works += sight.works
    if sight.observed or sight.set_aside:
        _merge(record.places, sight.places)
        _merge(record.symptoms, sight.symptoms)
        _merge(record.networks, sight.networks)
        _merge(record.set_aside, sight.set_aside)


def _add_up(case: Case, part: Sight | Minute) -> None:
    case.reports += part.observed if isinstance(part, Sight) else part.count
    case.works += part.works
    _merge(case.places, part.places)
    _merge(case.symptoms, part.symptoms)
    _merge(case.networks, part.networks)
    _merge(case.set_aside, part.set_aside)


def _merge(into: dict[str, int], more: dict[str, int]) -> None:
    for key, count in more.items():
        known = key if key in into or len(into) < KEYS_MAX else REST
        into[known] = into.get(known, 0) + count


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
    if case is None and not sight.strong:
        return None
    if case is not None:
        for record in since:
            _add_up(case, record)
        case.over_at = None
        case.recovery = None
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
    )
    for record in since:
        _add_up(case, record)
    for number in range(case.curve_minute, minute):
        _draw(case, tracker.minutes.get(number), sight.expected * TICKS_PER_MINUTE)
    tracker.case = case
    return case, "opened"


def _draw(case: Case, record: Minute | None, usual: float) -> None:
    """Append a minute to the curve; a minute without a record had no reports."""
    blind = record is not None and record.blind >= TICKS_PER_MINUTE
    case.curve.append(-1 if blind else record.count if record is not None else 0)
    case.usual.append(usual)
    if len(case.curve) > CURVE_MINUTES_MAX:
        del case.curve[0], case.usual[0]
        case.curve_minute += 1


def _end_minute(
    tracker: Tracker, case: Case, minute: int, sight: Sight, design: IncidentDesign
) -> Turn | None:
    """Follow the incident to the end of a minute; return what turned."""
    _draw(case, tracker.minutes[minute], sight.expected * TICKS_PER_MINUTE)
    if case.over_at is not None:
        return None
    near = {
        number: record.places
        for number, record in tracker.minutes.items()
        if number > minute - 2 * waves.TROUGH_LONG
    }
    usual = case.usual[-1]
    wave = waves.follow(case.crests, minute, case.curve, usual, near, active=sight.active)
    condition = _condition(tracker, case, minute, sight, design, wave=wave)
    before = case.phase
    case.phase = phases.next_phase(before, condition)
    now = end_ms(sight.tick)
    if condition in {"quiet", "settled"}:
        quiet_from = case.quiet_from if case.quiet_from is not None else now
        case.recovery = (min(case.elevated_at, quiet_from), quiet_from)
    else:
        case.recovery = None
    if case.phase == "over":
        case.over_at = now
        ended = case.recovery[1] if case.recovery else now
        case.crests[-1].until_at = max(ended, case.crests[-1].from_at)
    if wave:
        return "wave"
    return phases.turn_of(before, case.phase) if case.phase != before else None


def _condition(
    tracker: Tracker, case: Case, minute: int, sight: Sight, design: IncidentDesign, *, wave: bool
) -> phases.Condition:
    now = end_ms(sight.tick)
    crest = case.crests[-1]
    if sight.masked and case.quiet_from is None:
        case.elevated_at = now
        return "falling" if crest.fallen else "steady"
    voted = _voted(tracker, case, minute, design)
    # At a service that few report, counts alone take up to an hour to tell that it is over; people
    # who say that it works tell sooner, once the counts do not contradict them.
    if sight.active and not (voted and crest.fallen and _is_calm(case)):
        case.quiet_from = None
        case.quiet_blind_ms = 0
        recent = case.curve[-waves.SMOOTH :]
        usual = sum(case.usual[-waves.SMOOTH :])
        seen = sum(max(count, 0) for count in recent)
        if seen > usual + 2.0 * (usual + 1.0) ** 0.5:
            case.elevated_at = now
        if wave:
            return "rising"
        if crest.fallen:
            return "falling"
        earlier = [count for count in case.curve[-2 * waves.SMOOTH : -waves.SMOOTH] if count >= 0]
        return "rising" if seen > 1.15 * sum(earlier) + 3.0 else "steady"
    if case.quiet_from is None:
        case.quiet_from = now
        case.quiet_blind_ms = 0
    if tracker.minutes[minute].blind:
        case.quiet_blind_ms += tracker.minutes[minute].blind * (MINUTE_MS // TICKS_PER_MINUTE)
    quiet_ms = now - case.quiet_from - case.quiet_blind_ms
    # The alarm takes its time to clear; the calm before that counts too, unless we were blind.
    calm_ms = now - case.elevated_at - case.quiet_blind_ms
    is_long = quiet_ms >= design.voted_ms and (voted or calm_ms >= design.quiet_ms)
    return "settled" if is_long else "quiet"


def _is_calm(case: Case) -> bool:
    """Tell whether the last minutes brought hardly more than is usual."""
    seen = sum(max(count, 0) for count in case.curve[-waves.SMOOTH :])
    return seen <= CALM_LIFT * sum(case.usual[-waves.SMOOTH :]) + CALM_COUNT


def _voted(tracker: Tracker, case: Case, minute: int, design: IncidentDesign) -> bool:
    """Tell whether enough people have said that the service works for them, and few that it fails.

    Votes count from a quarter of an hour before the quiet began, reports from shortly before it: a
    crowd that votes once has voted until reports contradict it.
    """
    until = minute if case.quiet_from is None else case.quiet_from // MINUTE_MS
    votes_from, reports_from = until - VOTE_MINUTES, until - waves.SMOOTH
    works = sum(record.works for at, record in tracker.minutes.items() if at > votes_from)
    reports = sum(record.count for at, record in tracker.minutes.items() if at > reports_from)
    return works >= design.votes_min and works >= design.votes_share * (works + reports)


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
        waves=waves.as_waves(case.crests),
        reports=case.reports,
        works=case.works,
        places=dict(sorted(case.places.items(), key=lambda pair: (-pair[1], pair[0]))),
        symptoms=dict(sorted(case.symptoms.items(), key=lambda pair: (-pair[1], pair[0]))),
        networks=dict(networks),
        set_aside=dict(sorted(case.set_aside.items())),
    )
