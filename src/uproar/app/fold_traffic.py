"""What those who hold a service's traffic tell, as the fold keeps it: attacks, and how much came. No incident rests on it."""

from __future__ import annotations

import msgspec

from uproar.app.fold_state import State
from uproar.app.fold_traffic_state import Came, Held, Level, Rush, Struck
from uproar.model.incident import Alarm
from uproar.model.series import SeriesKey
from uproar.model.signal import Traffic
from uproar.model.tick import MINUTE_MS, TICKS_PER_MINUTE, end_ms

ATTACKS_KEPT = 20  # Of one service: those that go on, and the newest that are over.
TARGETS_KEPT = 16  # Of one attack.
RUSHES_KEPT = 8  # Of one service, the newest.
MINUTES_KEPT = 24 * 60
HEARD_KEPT = 64  # Ways in that tell of traffic.
# An attack of which nobody has spoken for so long is no longer known to go on: whoever told of it is silent.
SILENT_MS = 5 * MINUTE_MS
NOT_TOLD = -1.0
TOLD_MAX = 1_000  # Targets of one service within a tick.
LARGE = 0.5  # Of the highest rate.
LOG = "log:"  # How the names of ways in begin that read access logs, which count requests.


def take(state: State, traffic: Traffic) -> None:
    """Take in a summary; of services that are not in the catalog, and of addresses that serve none, none is kept."""
    held = state.traffic
    held.heard.pop(traffic.source, None)
    held.heard[traffic.source] = traffic.at
    while len(held.heard) > HEARD_KEPT:
        del held.heard[next(iter(held.heard))]
    if SeriesKey(traffic.service) not in state.rows:
        return
    _came(held, traffic)
    if traffic.attack:
        _struck(held, traffic)
    elif traffic.flash_crowd is not None:
        _rushed(held, traffic)


def turn(state: State, tick: int) -> list[Alarm]:
    """Return the alarms of attacks that began or ended within the tick, in a fixed order."""
    held, now = state.traffic, end_ms(tick)
    for levels, came in ((held.packets, held.came), (held.requests, held.came_requests)):
        for service, level in levels.items():
            _advance(level, tick, came.pop(service, None))
        for service in list(came):
            level = levels.setdefault(service, Level())
            _advance(level, tick, came.pop(service))
    for service, attacks in held.attacks.items():
        for each in attacks:
            if each.cleared_at is None and now - each.heard_at > SILENT_MS:
                each.cleared_at, each.lost = each.heard_at, True
                held.cleared.append((service, each.id))
    alarms = [
        _alarm(held, service, id_, now, raised=raised)
        for raised, turned in ((True, held.raised), (False, held.cleared))
        for service, id_ in turned
    ]
    held.raised, held.cleared = [], []
    return sorted(alarms, key=lambda alarm: (alarm.series, alarm.state))


def _came(held: Held, traffic: Traffic) -> None:
    """Take in how much came. What is told at once when an attack is raised is told again at the end of the tick."""
    came = held.came_requests if traffic.source.startswith(LOG) else held.came
    here = came.setdefault(traffic.service, Came())
    name = f"{traffic.source} {traffic.target}"
    is_known = name in here.rates
    if (is_known and traffic.state == "raised") or len(here.rates) - is_known >= TOLD_MAX:
        return
    here.rates[name] = float(traffic.packets_s)
    here.usual.pop(name, None)
    if traffic.usual_packets_s is not None:
        here.usual[name] = float(traffic.usual_packets_s)


def _struck(held: Held, traffic: Traffic) -> None:
    attacks = held.attacks.setdefault(traffic.service, [])
    known = next((each for each in attacks if each.id == traffic.attack), None)
    goes_on = traffic.state != "cleared"
    if known is None:
        if not goes_on:  # Its beginning is beyond what is kept.
            return
        begin = traffic.at if traffic.from_at is None else min(traffic.from_at, traffic.at)
        known = Struck(traffic.attack, (begin, traffic.at), traffic.at, traffic)
        attacks.append(known)
        held.raised.append((traffic.service, known.id))
        _bound(attacks)
    elif goes_on and known.cleared_at is not None:
        known.cleared_at, known.lost = None, False
        known.waves += 1
        held.raised.append((traffic.service, known.id))
    known.heard_at = traffic.at
    if traffic.target in known.targets or len(known.targets) < TARGETS_KEPT:
        known.targets[traffic.target] = goes_on
    if goes_on:
        known.worst = _worse(known.worst, traffic)
    if not any(known.targets.values()) and known.cleared_at is None:
        known.cleared_at = traffic.at
        held.cleared.append((traffic.service, known.id))


def _worse(before: Traffic, now: Traffic) -> Traffic:
    """Return the higher rates of both, described by the newer one, which had more to look at, unless it is much smaller."""
    if now.peak_packets_s < LARGE * before.peak_packets_s:
        return before
    return msgspec.structs.replace(
        now,
        peak_packets_s=max(before.peak_packets_s, now.peak_packets_s),
        peak_bits_s=max(before.peak_bits_s, now.peak_bits_s),
    )


def _rushed(held: Held, traffic: Traffic) -> None:
    """Take in that it was asked what comes, for it is far more than usual, and that it is no attack."""
    rushes = held.rushes.setdefault(traffic.service, [])
    begin = traffic.at if traffic.from_at is None else min(traffic.from_at, traffic.at)
    if rushes and begin - rushes[-1].until <= SILENT_MS:
        last = rushes[-1]
        last.until = traffic.at
        if traffic.peak_packets_s >= last.worst.peak_packets_s:
            last.worst = traffic
        return
    rushes.append(Rush(begin, traffic.at, traffic))
    del rushes[:-RUSHES_KEPT]


def _bound(attacks: list[Struck]) -> None:
    """Forget the oldest attacks that are over; of too many that go on, the oldest."""
    over = [each for each in attacks if each.cleared_at is not None]
    for each in (over + attacks)[: max(0, len(attacks) - ATTACKS_KEPT)]:
        attacks.remove(each)


def _advance(level: Level, tick: int, came: Came | None) -> None:
    """Go on to the minute of a tick, and add what came in it."""
    minute = tick // TICKS_PER_MINUTE
    if level.minute < 0:
        level.minute = minute
    elif minute > level.minute:
        _close(level)
        gap = min(minute - level.minute - 1, MINUTES_KEPT)
        level.rates += [NOT_TOLD] * gap
        level.usual += [NOT_TOLD] * gap
        del level.rates[:-MINUTES_KEPT], level.usual[:-MINUTES_KEPT]
        level.minute = minute
    if came is None:
        return
    level.rate_sum += came.rate
    level.ticks += 1
    usual = came.usual_rate
    if usual is not None:
        level.usual_sum += usual
        level.usual_ticks += 1


def _close(level: Level) -> None:
    level.rates.append(level.rate_sum / level.ticks if level.ticks else NOT_TOLD)
    level.usual.append(level.usual_sum / level.usual_ticks if level.usual_ticks else NOT_TOLD)
    level.rate_sum = level.usual_sum = 0.0
    level.ticks = level.usual_ticks = 0


def _alarm(held: Held, service: str, id_: str, now: int, *, raised: bool) -> Alarm:
    attack = next((each for each in held.attacks[service] if each.id == id_), None)
    begins = (now, now) if attack is None else attack.begins
    worst = None if attack is None else attack.worst
    return Alarm(
        series=SeriesKey(service, kind="traffic", item=id_),
        state="raised" if raised else "cleared",
        at=now,
        onset=begins,
        observed=0.0 if worst is None else round(worst.peak_packets_s, 3),
        expected=0.0 if worst is None else round(worst.usual_packets_s or 0.0, 3),
        score=0.0,
    )
