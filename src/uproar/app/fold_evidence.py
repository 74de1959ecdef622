"""Who stands behind an alarm? Its evidence when no network, program or stranger may bring it alone.

Counts stay counts: the series and the curves hold every report that counts. Only the question whether
an incident may be opened is asked of what is left when every stratum is capped (`detect/strata`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import log
from typing import NamedTuple

import numpy as np

from uproar.app.fold_state import ROOT_BUDGET, Design, State
from uproar.detect import counting, detector, manners, mix, probation, recall, strata
from uproar.detect.cases import Case
from uproar.model.series import SeriesKey
from uproar.model.signal import NO_AGENT, Report
from uproar.model.tick import TICKS_PER_DAY, TICKS_PER_MINUTE

ACQUAINTED_MAX = 200_000  # Reporters of the day that are remembered; the oldest are forgotten.
MET_TICKS = 60 * TICKS_PER_MINUTE  # Whoever was first heard of within the last hour is merely met.
CAUSES_MAX = 6  # Series in alarm of one service that are asked; the root first, then the loudest.
MIXES_MAX = 20_000  # Services of which a mix is learned.
HOMES_MAX = 12  # Places of a network over which its usual share is summed.
PREFIX_SHARE = 1 / mix.UNLISTED_SPREAD  # Usual share of one prefix among the reports of a network.
PARTS_BUDGET = 0.001  # The least share of a service's false alarms that one of its parts may have.
BANK = 3.5  # A bank of lifts alarms as often as so many single tests.
PROGRAM_AGENTS = frozenset({"other", NO_AGENT})


@dataclass(frozen=True, slots=True)
class Support:
    """What is left of an alarm.

    `margin` is by how many nats it stands above its threshold with every stratum capped, `count` the
    reports that are accepted, `network` the network that the alarm is about, or empty.
    """

    margin: float
    count: float
    network: str = ""


class Vouched(NamedTuple):
    """What the reports of an incident are worth.

    `independent` reporters, those `discounted` by reason, and `mix_nats`: how far the mix of networks
    is from the usual one (Kullback-Leibler), None where that says nothing.
    """

    independent: int | None
    discounted: dict[str, int]
    mix_nats: float | None


@dataclass(slots=True)
class _Asked:
    """What one question about a service needs; usual shares are looked up once."""

    state: State
    service: str
    is_access: bool
    shares: mix.Shares
    known: dict[tuple[str, str], float] = field(default_factory=dict)


def meet(state: State, report: Report, tick: int) -> tuple[str, ...]:
    """Return in what manner a report came, and make the acquaintance of its reporter.

    A key lives for one day. One that was never heard of, in a report or a vote about any service, is
    `new`, also where it is forgotten: then it counts for less, never for more.
    """
    first = state.met.get(report.reporter) if report.reporter else None
    if first is None:
        age = "new"
        if report.reporter:
            state.met[report.reporter] = tick
            if len(state.met) > ACQUAINTED_MAX:
                del state.met[next(iter(state.met))]
    else:
        age = "met" if tick - first < MET_TICKS else "known"
    by_program = report.channel != "form" or report.agent in PROGRAM_AGENTS
    return (age, recall.PROGRAMS) if by_program else (age,)


def learn(
    state: State, tallies: Mapping[str, counting.Tallies], in_alarm: AbstractSet[str], tick: int
) -> None:
    """Learn where and how reports usually come, from hours that stayed calm."""
    day = tick // TICKS_PER_DAY
    for service in sorted({*tallies, *in_alarm}):
        for lot in probation.release(state.probation, service, tick):
            mix.learn(state.mixes, service, lot.cells, day, room=MIXES_MAX)
            manners.learn(state.manners, service, lot.manners, lot.count, day)
        tracker = state.trackers.get(service)
        if service in in_alarm or (tracker is not None and tracker.is_open):
            state.probation.pop(service, None)
        elif service in tallies and tallies[service].counted:
            own = tallies[service]
            probation.wait(state.probation, service, tick, own.cells, own.manners)


def forget(state: State, tick: int) -> None:
    """Drop what is too old to matter."""
    for reporter, first in list(state.met.items()):
        if first > tick - TICKS_PER_DAY:
            break
        del state.met[reporter]
    for remembered in state.recalls.values():
        recall.forget(remembered, tick)


def support(
    state: State,
    service: str,
    rows: Sequence[int],
    reading: detector.Reading,
    tick: int,
    design: Design,
    least: float = 0.0,
) -> Support | None:
    """Return what is left of the best supported alarm among `rows`; None where none stands out.

    Only those are asked that stand `least` nats above their threshold before anything is capped.
    """
    remembered = state.recalls.get(service)
    if remembered is None:
        return None
    asked: _Asked | None = None
    best: Support | None = None
    for row in rows[:CAUSES_MAX]:
        margin = detector.margin(state.detection, row)
        if margin < least or (best is not None and margin <= best.margin):
            continue
        asked = asked or _Asked(
            state, service, service in state.access, mix.Shares(state.mixes, [service])
        )
        found = _support_of(asked, remembered, row, reading, tick, design, margin)
        if best is None or found.margin > best.margin:
            best = found
    return best


def _support_of(
    asked: _Asked,
    remembered: recall.Recall,
    row: int,
    reading: detector.Reading,
    tick: int,
    design: Design,
    margin: float,
) -> Support:
    key = asked.state.keys[row]
    mean, size = float(reading.expected[row]), float(reading.size[row])
    whole = left = -np.inf
    accepted = 0.0
    over = asked.state.over_ticks.get(asked.service, -1)
    for stretch in recall.stretches(remembered, tick):
        if stretch.since_tick <= over:
            break  # What spoke for the last incident does not speak for another one.
        ticks = tick - stretch.since_tick + 1
        count, free, names = _strata(asked, key, stretch)
        bare = strata.evidence(count, mean, size, ticks)
        whole = max(whole, bare)
        if bare <= left:
            continue
        # Of a stretch with more cells than are told apart, the share that is known is weighed.
        expected = mean * ticks * (1.0 - stretch.lost / max(stretch.count, 1))
        kept = _accepted(asked, key, stretch, names, free, expected)
        capped = strata.evidence(min(kept, count), mean, size, ticks)
        if capped > left:
            left, accepted = capped, kept
    # Two ways to know by how much it stands above its threshold: less what the caps take; or, as the
    # score is cut off some nats above the threshold, by a bound on any threshold of that mean run.
    budget = ROOT_BUDGET if key.is_root else PARTS_BUDGET
    bound = log(design.detection.run_bins * BANK / budget)
    sure = max(margin - max(0.0, whole - left), left - bound)
    return Support(min(margin, sure), accepted, key.network)


def _strata(
    asked: _Asked, key: SeriesKey, stretch: recall.Stretch
) -> tuple[int, int, dict[tuple[str, str], int]]:
    """Return the reports of a series, those of no stratum, and the rest by (stratum, place)."""
    names: dict[tuple[str, str], int] = {}
    whole = free = 0
    for cell, count in stretch.cells.items():
        if (
            (key.place and cell.place != key.place)
            or (key.symptom and cell.symptom != key.symptom)
            or (key.network and cell.network != key.network)
        ):
            continue
        whole += count
        if key.network:
            name = cell.prefix
        elif asked.is_access:
            name = cell.prefix or (cell.network if cell.network.startswith(mix.UNLISTED) else "")
        else:
            name = cell.network
        if not name and not key.network:
            free += count
            continue
        at = (name, key.place or cell.place)
        names[at] = names.get(at, 0) + count
    return whole, free, names


def _accepted(
    asked: _Asked,
    key: SeriesKey,
    stretch: recall.Stretch,
    names: dict[tuple[str, str], int],
    free: int,
    expected: float,
) -> float:
    """Return how many reports of a series are accepted, the least of what each kind of cap leaves."""
    by_name: dict[str, int] = {}
    usual: dict[str, float] = {}
    for (name, place), count in names.items():
        by_name[name] = by_name.get(name, 0) + count
        usual[name] = max(usual.get(name, 0.0), _share(asked, key, name, place))
    counts = np.array(list(by_name.values()), float)
    means = np.minimum(np.array([usual[name] for name in by_name]), 1.0) * expected
    weighed = strata.weigh(counts, means, expected, free)
    whole = float(counts.sum()) + free
    # How reports came is remembered of the service, not of its parts: the same share is taken of each.
    part = whole / max(stretch.count, 1)
    came = {word: count * part for word, count in stretch.manners.items()}
    programs = came.get(recall.PROGRAMS, 0.0)
    by_program = _manner(asked, [recall.PROGRAMS], came, expected, max(0.0, whole - programs))
    by_age = _manner(asked, list(recall.AGES), came, expected, 0.0)
    return min(weighed.count, by_program, by_age)


def _manner(
    asked: _Asked, words: list[str], came: dict[str, float], expected: float, free: float
) -> float:
    counts = np.array([came.get(word, 0.0) for word in words])
    usual = np.array([manners.share(asked.state.manners, asked.service, word) for word in words])
    return strata.weigh(counts, usual * expected, expected, free).count


def _share(asked: _Asked, key: SeriesKey, name: str, place: str) -> float:
    """Return the usual share of a stratum in the reports of a series."""
    if key.network or asked.is_access:
        return PREFIX_SHARE
    found = asked.known.get((name, place))
    if found is None:
        if key.place:
            found = asked.shares.network_in(0, name, place)
        elif name.startswith(mix.UNLISTED):
            found = asked.shares.cell(0, (name, place))
        else:
            homes = {place, *asked.shares.homes(name, HOMES_MAX)}
            found = asked.shares.network(0, name, sorted(homes))
        asked.known[(name, place)] = found
    return found


def vouched(state: State, service: str, case: Case) -> Vouched:
    """Return what the reports of a record are worth, network by network."""
    if service in state.access or not case.networks:
        return Vouched(case.reports, {}, None)
    shares = mix.Shares(state.mixes, [service])
    names = [name for name in case.networks if name]
    counts = np.array([case.networks[name] for name in names], float)
    free = max(0.0, case.reports - float(counts.sum()))
    expected = max(case.usual_total, 1e-9)
    places = list(case.places)[:HOMES_MAX]
    usual, by_group = [], dict[str, tuple[float, float]]()
    shares_of: dict[str, float] = {}
    for name, count in zip(names, counts.tolist(), strict=True):
        # Networks without a number change their names daily: they are compared as one, and any of
        # them has the same share.
        group = mix.group_of(name)
        if group not in shares_of:
            homes = sorted({*shares.homes(name, HOMES_MAX), *places[:1]})
            shares_of[group] = min(1.0, shares.network(0, name, homes))
        share = shares_of[group]
        usual.append(share)
        whole = share * mix.UNLISTED_SPREAD if group == mix.UNLISTED else share
        by_group[group] = (by_group.get(group, (0.0, 0.0))[0] + count, min(1.0, whole))
    weighed = strata.weigh(counts, np.array(usual) * expected, expected, free)
    worth = strata.independent(counts, weighed.accepted, free)
    discounted = round(float((counts - weighed.accepted).sum()))
    seen, known = (np.array(column) for column in zip(*by_group.values(), strict=True))
    return Vouched(
        round(worth),
        {"network": discounted} if discounted else {},
        round(strata.divergence(seen, known / max(1.0, float(known.sum()))), 3),
    )
