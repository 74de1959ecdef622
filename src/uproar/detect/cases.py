"""What is remembered of a service and its incident: minutes, totals, and what is usual for each part.

`incidents` decides with it. Everything here survives a checkpoint as it is, and is bounded.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from uproar.detect import publicity, severity, tail, waves, where
from uproar.model.incident import Phase
from uproar.model.tick import HOUR_MS, MINUTE_MS, TICKS_PER_MINUTE

BEFORE_MINUTES = 60  # The curve begins so long before the onset.
MEMORY_MINUTES = 240  # Minutes remembered of a service, enough for any onset plus the hour before.
CURVE_MINUTES_MAX = 7 * 24 * 60 + BEFORE_MINUTES
KEYS_MAX = 2_000  # Places, symptoms or networks told apart within one incident.
REST = "other"
USUAL_GROWTH = (
    3.0  # A part's share of the usual may grow so many times over while an incident lasts.
)


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
    tells whether an alarm is so far beyond its threshold that an incident may be opened on it, `sound`
    whether it stands at all, both with every stratum of reporters capped (`detect/strata`).
    `parts` are told where an incident may open, and at the last tick of each minute of an open one: by
    axis and id, what is expected of that series a tick, and its clumping over a long stretch.
    """

    service: str
    tick: int
    observed: int = 0
    expected: float = 0.0
    size: float = 1.0
    active: bool = False
    strong: bool = True
    sound: bool = True
    onset: tuple[int, int] | None = None
    places: dict[str, int] = {}
    symptoms: dict[str, int] = {}
    networks: dict[str, int] = {}
    works: int = 0
    set_aside: dict[str, int] = {}
    masked: bool = False
    parts: dict[where.Axis, dict[str, tuple[float, float]]] = {}


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
    expected. `quiet_from` is since when no series is in alarm. `usual_total` is what was expected of the
    whole incident so far, `parts` the same of each part of it; `ended` when the fault itself ended, as
    far as the lag of reports lets us tell.
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
    shown_minute: int = 0  # In which it was first shown.
    alarm_minutes: int = 0  # Minutes in a row that ended in alarm.
    recovery: tuple[int, int] | None = None
    over_at: int | None = None
    ended: tuple[int, int] | None = None
    usual_total: float = 0.0
    ahead: int = 0  # Ticks of the running minute that `usual_total` holds already.
    parts: dict[where.Axis, dict[str, where.Part]] = {}


class Tracker(msgspec.Struct):
    """What is remembered of one service: its last hours, its lag, and its incident if there is one."""

    service: str
    minutes: dict[int, Minute] = {}
    case: Case | None = None
    lag: tail.Tail = tail.Tail()

    @property
    def is_open(self) -> bool:
        """Tell whether an incident is open (not merely one that could be reopened)."""
        return self.case is not None and self.case.phase != "over"


def remember(tracker: Tracker, minute: int, sight: Sight) -> None:
    """Take a tick into the minute it belongs to, and forget what is too old."""
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
        merge(record.places, sight.places)
        merge(record.symptoms, sight.symptoms)
        merge(record.networks, sight.networks)
        merge(record.set_aside, sight.set_aside)


def add_up(case: Case, part: Sight | Minute) -> None:
    """Add what a tick or a minute brought to the totals of an incident."""
    case.reports += part.observed if isinstance(part, Sight) else part.count
    case.works += part.works
    merge(case.places, part.places)
    merge(case.symptoms, part.symptoms)
    merge(case.networks, part.networks)
    merge(case.set_aside, part.set_aside)


def merge(into: dict[str, int], more: dict[str, int]) -> None:
    """Add counts to counts; beyond KEYS_MAX keys, to the rest."""
    for key, count in more.items():
        known = key if key in into or len(into) < KEYS_MAX else REST
        into[known] = into.get(known, 0) + count


def draw(case: Case, record: Minute | None, usual: float) -> None:
    """Append a minute to the curve; a minute without a record had no reports."""
    blind = record is not None and record.blind >= TICKS_PER_MINUTE
    case.curve.append(-1 if blind else record.count if record is not None else 0)
    case.usual.append(usual)
    if len(case.curve) > CURVE_MINUTES_MAX:
        del case.curve[0], case.usual[0]
        case.curve_minute += 1


def expect(case: Case, sight: Sight, blind: int) -> None:
    """Add what was to be expected of this minute, of the whole and of every part; blind ticks ask nothing.

    A part that is first seen now is given its present share of what was expected before. A series that
    began with the incident would take the incident for usual after an hour: a part's share may grow by
    USUAL_GROWTH only.
    """
    ticks = max(0, TICKS_PER_MINUTE - blind - case.ahead)
    case.ahead = 0
    whole = max(sight.expected, 1e-12)
    for axis, told in sight.parts.items():
        known = case.parts.setdefault(axis, {})
        for key, (expected, alpha) in told.items():
            part = known.get(key)
            if part is None:
                if len(known) >= KEYS_MAX:
                    continue
                share = min(expected / whole, 1.0)
                part = known[key] = where.Part(share, share * case.usual_total)
            part.usual += min(expected, USUAL_GROWTH * part.share * whole) * ticks
            part.alpha = alpha
    case.usual_total += sight.expected * ticks


def expect_since(case: Case, sight: Sight, ticks: int) -> None:
    """Set what was to be expected from the onset up to this tick, `ticks` of it seen."""
    case.ahead = sight.tick % TICKS_PER_MINUTE + 1
    case.usual_total = sight.expected * (ticks + case.ahead)
    whole = max(sight.expected, 1e-12)
    for axis, told in sight.parts.items():
        known = case.parts.setdefault(axis, {})
        for key, (expected, alpha) in told.items():
            share = min(expected / whole, 1.0)
            known[key] = where.Part(share, share * case.usual_total, alpha)


def expect_again(case: Case, sight: Sight, usual: float) -> None:
    """Add what was to be expected since an incident that is opened again began to rise."""
    case.ahead = sight.tick % TICKS_PER_MINUTE + 1
    case.usual_total += usual
    for known in case.parts.values():
        for part in known.values():
            part.usual += part.share * usual


def peak(case: Case) -> tuple[int, float]:
    """Return the reports of the highest quarter of an hour so far, and what was usual in it.

    What comes because the incident is shown (`detect/publicity`) is no report of it and left out; it is not
    usual either, or nothing could ever stand far above the usual.
    """
    top = max(case.crests, key=lambda crest: crest.peak_total)
    if not top.peak_total:  # In its first minute an incident has no wave's figures yet.
        return case.reports, case.usual_total
    middle = top.peak_at // MINUTE_MS - case.curve_minute
    until = max(0, middle) + waves.WINDOW // 2 + 1
    shown_from = case.shown_minute - case.curve_minute
    wave_from = top.from_minute - case.curve_minute
    near = publicity.expected(
        case.curve[:until], case.usual[:until], shown_from, wave_from, waves.WINDOW
    )
    own = case.usual[:until][-len(near) :] if near else case.usual[-1:]
    usual = sum(own) / max(len(own), 1)
    shown = sum(near) / len(near) - usual if near else 0.0
    return max(0, round(top.peak_total - shown * waves.WINDOW)), usual * waves.WINDOW


def spread(case: Case) -> dict[where.Axis, where.Where]:
    """Return what each axis says of the incident so far."""
    counts: Mapping[where.Axis, Mapping[str, int]] = {
        "place": case.places,
        "network": case.networks,
        "symptom": case.symptoms,
    }
    return {
        axis: where.find(
            axis, counts[axis], case.parts.get(axis, {}), case.reports, case.usual_total
        )
        for axis in where.AXES
    }


def share_hit(spread: Mapping[where.Axis, where.Where]) -> float:
    """Return the share of a service that an incident reaches: the narrowest that any axis shows.

    Symptoms tell what fails, not for whom, and are left aside.
    """
    told = [spread[axis] for axis in ("place", "network") if axis in spread]
    shares = [one.share_usual for one in told if one.extent in ("only", "mostly")]
    return min(shares, default=1.0)


def severity_of(case: Case, share: float, people_low: float | None) -> severity.Severity:
    """Return the severity of the incident so far."""
    count, usual = peak(case)
    return severity.judge(count, usual, share, people_low)
