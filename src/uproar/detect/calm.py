"""Does it go on? The condition of an incident at the end of a minute, from alarms, counts and votes.

What is usual, here, includes the reports that come because the incident is shown
(`detect/publicity`): else it would confirm itself for as long as people look at it.
"""

from __future__ import annotations

import math

from uproar.detect import phases, publicity, waves
from uproar.detect.cases import Case, IncidentDesign, Sight, Tracker
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms

VOTE_MINUTES = 15
BRIEF_MINUTES = 10  # An alarm of a recovering, calm service lasts longer before it counts.
# Standard deviations above the usual that an hour may be: to be called calm, and to stay so.
WORN_SD, WORN_SD_STAYS = 1.0, 3.0
RISEN_SD = 2.0  # The same of any shorter stretch up to now, to be called calm.
LOUD_LIFT, LOUD_COUNT = 3.0, 5  # The same, beyond which even a brief alarm counts.
CALM_LIFT, CALM_COUNT = 1.5, 2  # Times the usual, and reports beyond, that are still calm.


def condition(
    tracker: Tracker, case: Case, minute: int, sight: Sight, design: IncidentDesign, *, wave: bool
) -> phases.Condition:
    """Return the condition of an incident at the end of a minute, and note since when it is quiet."""
    now = end_ms(sight.tick)
    crest = case.crests[-1]
    if sight.masked and case.quiet_from is None:
        case.elevated_at = now
        return "falling" if crest.fallen else "steady"
    voted = _voted(tracker, case, minute, design)
    # At a service that few report, counts alone take up to an hour to tell that it is over; people
    # who say that it works tell sooner, once the counts do not contradict them.
    usual = sum(_expected(case, waves.SMOOTH))
    seen = sum(max(count, 0) for count in case.curve[-waves.SMOOTH :])
    if sight.active and seen > usual + 2.0 * (usual + 1.0) ** 0.5:
        case.elevated_at = now
    if wave or _is_going_on(case, sight, design, voted=voted):
        case.quiet_from = None
        case.quiet_blind_ms = 0
        if wave:
            return "rising"
        if crest.fallen:
            return "falling"
        earlier = [count for count in case.curve[-2 * waves.SMOOTH : -waves.SMOOTH] if count >= 0]
        return "rising" if seen > 1.15 * sum(earlier) + 3.0 else "steady"
    if case.quiet_from is None or (sight.active and not is_calm(case)):
        case.quiet_from = now
        case.quiet_blind_ms = 0
    if tracker.minutes[minute].blind:
        case.quiet_blind_ms += tracker.minutes[minute].blind * (MINUTE_MS // TICKS_PER_MINUTE)
    quiet_ms = now - case.quiet_from - case.quiet_blind_ms
    # The alarm takes its time to clear; the calm before that counts too, unless we were blind.
    calm_ms = now - case.elevated_at - case.quiet_blind_ms
    is_long = quiet_ms >= design.voted_ms and (voted or calm_ms >= design.quiet_ms)
    is_alarmed = sight.active and not voted and not _is_worn(case, design)
    return "settled" if is_long and not is_alarmed else "quiet"


def _is_going_on(case: Case, sight: Sight, design: IncidentDesign, *, voted: bool) -> bool:
    """Tell whether an alarm means that the incident goes on.

    It does not where the counts are calm and people say that it works; where they have been usual for
    as long as it takes to close, for an alarm may outlive its reason; nor, once it is recovering, for
    the first minutes of an alarm that is not loud: such come and go in the tail of an incident.
    The wave must have fallen first, or be hours old: what chance opened and people feed never falls.
    """
    if not sight.active:
        return False
    crest = case.crests[-1]
    age = case.curve_minute + len(case.curve) - max(case.shown_minute, crest.from_minute)
    is_spent = crest.fallen or age > publicity.SEEN_DOUBLES
    if is_spent and is_calm(case) and (voted or _is_worn(case, design)):
        return False
    brief = case.quiet_from is not None and case.alarm_minutes <= BRIEF_MINUTES
    return not (brief and is_calm(case, LOUD_LIFT, LOUD_COUNT))


def _is_worn(case: Case, design: IncidentDesign) -> bool:
    """Tell whether the counts have been usual, within chance, for the time that it takes to close.

    Every stretch up to now is asked, not the whole alone: a trough in which fewer came than attention
    would explain must not pay for a rise that followed it.
    """
    minutes = design.quiet_ms // MINUTE_MS
    known = [
        (count, usual)
        for count, usual in zip(case.curve[-minutes:], _expected(case, minutes), strict=True)
        if count >= 0
    ]
    if len(known) < minutes:
        return False
    is_new = case.quiet_from is None
    seen, usual, variance = 0, 0.0, 0.0
    for number, (count, level) in enumerate(reversed(known), start=1):
        seen += count
        usual += level
        variance += level + waves.CLUMP * level * level
        if number == minutes:
            width = WORN_SD if is_new else WORN_SD_STAYS
        else:
            width = RISEN_SD if is_new else WORN_SD_STAYS
        if number >= waves.SMOOTH and seen > usual + width * math.sqrt(variance) + 1.0:
            return False
    return True


def is_calm(case: Case, lift: float = CALM_LIFT, more: int = CALM_COUNT) -> bool:
    """Tell whether the last minutes brought hardly more than is usual, or `lift` times it and `more`."""
    seen = sum(max(count, 0) for count in case.curve[-waves.SMOOTH :])
    return seen <= lift * sum(_expected(case, waves.SMOOTH)) + more


def _expected(case: Case, minutes: int) -> list[float]:
    """Return what is usual in the last minutes, with what comes because the incident is shown."""
    shown_from = case.shown_minute - case.curve_minute
    wave_from = case.crests[-1].from_minute - case.curve_minute
    return publicity.expected(case.curve, case.usual, shown_from, wave_from, minutes)


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


def is_stale(case: Case, now: int) -> bool:
    """Tell whether an alarm is the one that the incident was closed over, and no wave has come since.

    The counts are calm, or what they exceed the usual by is lost beside the largest wave, as it would be
    of an incident that is open.
    """
    over_at = case.over_at if case.over_at is not None else now
    if case.alarm_minutes * MINUTE_MS <= now - over_at:
        return False
    seen = sum(max(count, 0) for count in case.curve[-waves.SMOOTH :])
    excess = (seen - sum(_expected(case, waves.SMOOTH))) / waves.SMOOTH
    return is_calm(case) or waves.is_lost(case.crests, excess)
