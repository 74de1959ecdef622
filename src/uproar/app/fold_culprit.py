"""Whose fault is each open incident? Asked once a minute, and when an incident opens.

The windows, counts and usual shares are those that the fold keeps anyway; what is found is written on
the incident (`culprit`), with the next turn or, where the leading answer changes, with a turn of its
own. Nothing is asked while no incident is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from uproar.app.fold_state import State, waves_of
from uproar.detect import culprit, culprit_scene, history
from uproar.detect.cases import Case
from uproar.detect.culprit_scene import Scene, Sighting
from uproar.detect.mix import UNLISTED
from uproar.model.incident import Decision, Incident
from uproar.model.tick import TICKS_PER_MINUTE, end_ms

F64 = NDArray[np.float64]

WINDOWS = (3, 6, 12, 24, 48)  # Minutes; an incident is asked about over the shortest that holds it.
INCIDENTS_MAX = 40  # Incidents asked about at one time; the latest opened.
RIVALS_MAX = 200  # Services of one category that count as rivals.
SURE = 0.8  # Probability from which an answer is worth a turn of its own.
YOUNG_MS = 15 * 60_000  # So long after an onset the answer may change from minute to minute.
OLD_TICKS = 5 * TICKS_PER_MINUTE
TURNS_MAX = 6  # Turns of one incident that are about the culprit alone.
SIZE_MAX = 1e6  # Stands for no clumping at all.
DIGITS = 4


def follow(state: State, decided: Sequence[Decision], tick: int) -> list[Decision]:
    """Return the decisions of a tick with culprits on their incidents, and turns about culprits."""
    opened = {one.id for one in decided if isinstance(one, Incident) and one.turn == "opened"}
    cases = {
        service: tracker.case
        for service, tracker in state.trackers.items()
        if tracker.case is not None and tracker.case.over_at is None
    }
    if cases and (opened or _is_due(cases, tick)):
        _ask(state, cases, tick)
    out: list[Decision] = []
    turned = set()
    for one in decided:
        if isinstance(one, Incident) and one.id in state.culprits:
            turned.add(one.id)
            out.append(_labelled(state, one))
        else:
            out.append(one)
    for service in sorted(cases):
        case = cases[service]
        known = state.incidents.get(case.id)
        if known is None or case.id in turned or not _is_news(state, known):
            continue
        out.append(_labelled(state, _fresh(known, case, tick)))
    return out


def _is_due(cases: dict[str, Case], tick: int) -> bool:
    """Tell whether to ask again: each minute while an incident is young, then every five."""
    if tick % TICKS_PER_MINUTE != TICKS_PER_MINUTE - 1:
        return False
    youngest = max(case.onset[1] for case in cases.values())
    return end_ms(tick) - youngest <= YOUNG_MS or tick % OLD_TICKS == OLD_TICKS - 1


def _labelled(state: State, incident: Incident) -> Incident:
    """Return an incident with its culprit, and keep it so for the pages."""
    told = state.culprits[incident.id]
    turns = state.culprit_turns.get(incident.id, 0) + (incident.turn == "culprit")
    state.culprit_turns[incident.id] = turns
    labelled = msgspec.structs.replace(incident, culprit=told)
    if incident.id in state.incidents:
        state.incidents[incident.id] = labelled
    return labelled


def _fresh(known: Incident, case: Case, tick: int) -> Incident:
    """Return the last word on an incident brought up to now, for a turn about its culprit."""
    return msgspec.structs.replace(
        known,
        at=end_ms(tick),
        turn="culprit",
        phase=case.phase,
        recovery=case.recovery,
        waves=waves_of(case),
        reports=case.reports,
        works=case.works,
    )


def _is_news(state: State, known: Incident) -> bool:
    """Tell whether the leading answer is another one than was last told, and sure enough.

    That a service itself is at fault is what everybody thinks anyway: it is news only after another
    answer has been told.
    """
    told = state.culprits.get(known.id)
    if told is None or state.culprit_turns.get(known.id, 0) >= TURNS_MAX:
        return False
    lead = told["answers"][0]
    if lead["p"] < SURE:
        return False
    before = known.culprit["answers"][0] if known.culprit else {"kind": "service", "name": ""}
    if lead["kind"] == before["kind"] == "service":
        return False
    return (lead["kind"], lead["name"]) != (before["kind"], before["name"])


def _ask(state: State, cases: dict[str, Case], tick: int) -> None:
    """Ask about every incident whose reports are still above the usual."""
    asked: dict[int, list[str]] = {}
    rising = sorted(
        (service for service, case in cases.items() if case.quiet_from is None),
        key=lambda service: (-cases[service].onset[0], service),
    )
    for service in rising[:INCIDENTS_MAX]:
        since = (end_ms(tick) - cases[service].onset[0]) // 60_000
        minutes = next((each for each in WINDOWS if each >= since), WINDOWS[-1])
        asked.setdefault(minutes, []).append(service)
    alarmed = {state.keys[row].service for row in np.flatnonzero(state.active)}
    for minutes in sorted(asked):
        scene = _scene(state, cases, alarmed, minutes, tick)
        for found in culprit.explain(scene, state.mixes):
            if found.service in asked[minutes]:
                case = cases[found.service]
                state.culprits[case.id] = _plain(scene, found, minutes, end_ms(tick))
    for id_ in [id_ for id_ in state.culprits if id_ not in state.incidents]:
        if all(case.id != id_ for case in cases.values()):
            del state.culprits[id_]
            state.culprit_turns.pop(id_, None)


def _scene(
    state: State, cases: dict[str, Case], alarmed: set[str], minutes: int, tick: int
) -> Scene:
    """Return what the services showed in the last minutes: those that fail, their kin, the largest."""
    now = tick // TICKS_PER_MINUTE
    first = max(now - minutes + 1, state.first_tick // TICKS_PER_MINUTE)
    expected, size = _usual(state, first, now, tick)
    failing = {*alarmed, *cases}
    behind = {slug for service in failing for slug in (*state.kin[service].providers, service)}
    order = sorted(
        range(len(state.services)),
        key=lambda row: (
            state.services[row] not in failing,
            state.services[row] not in behind
            and behind.isdisjoint(state.kin[state.services[row]].providers),
            -expected[row],
            state.services[row],
        ),
    )
    return culprit_scene.scene(
        _sighting(
            state,
            state.services[row],
            float(expected[row]),
            float(size[row]),
            first,
            failing,
            cases.get(state.services[row]),
        )
        for row in order[: culprit_scene.SERVICES_MAX]
    )


def _usual(state: State, first: int, now: int, tick: int) -> tuple[F64, F64]:
    """Return by service what is expected from a minute on until now, and the clumping of that count."""
    days = state.days
    past = np.arange(first, now) % history.MINUTES
    seen = days.seen[past] > 0
    running = tick % TICKS_PER_MINUTE + 1
    count = len(state.services)
    level = np.where(seen, days.expected[:, past], 0.0).sum(axis=1, dtype=np.float64)
    expected = level + state.expected[:count] * running
    column = (now if running == TICKS_PER_MINUTE else now - 1) % history.MINUTES
    ticks = int(seen.sum()) * TICKS_PER_MINUTE + running
    size = np.minimum(days.size[:, column].astype(np.float64), SIZE_MAX) * ticks
    return np.maximum(expected, 0.0), np.maximum(size, 1e-3)


def _sighting(
    state: State,
    service: str,
    expected: float,
    size: float,
    first: int,
    failing: set[str],
    case: Case | None,
) -> Sighting:
    cells: dict[tuple[str, str], int] = {}
    sites: dict[tuple[str, str], int] = {}
    remembered = state.recalls.get(service)
    for block in remembered.blocks if remembered is not None else ():
        if block.first < first:
            continue
        for cell, count in block.cells.items():
            at = (cell.network, cell.place)
            cells[at] = cells.get(at, 0) + count
            if cell.prefix or cell.network.startswith(UNLISTED):
                site = (cell.network, cell.prefix)
                sites[site] = sites.get(site, 0) + count
    kin = state.kin[service]
    is_failing = service in failing
    return Sighting(
        service=service,
        expected=expected,
        size=size,
        cells=cells,
        sites=sites,
        providers=kin.providers,
        rivals=_rivals(state, service) if is_failing else frozenset(),
        onset=case.onset if case is not None else None,
        is_failing=is_failing,
        is_access=service in state.access,
    )


def _rivals(state: State, service: str) -> frozenset[str]:
    """Return the services of the same category that are used in the same countries."""
    mine = state.kin[service]
    found = []
    for other, kin in state.kin.items():
        if other == service or kin.category != mine.category:
            continue
        if not mine.countries or not kin.countries or set(mine.countries) & set(kin.countries):
            found.append(other)
    return frozenset(found[:RIVALS_MAX])


def _plain(scene: Scene, found: culprit.Explained, minutes: int, at: int) -> dict[str, Any]:
    """Return an explanation as the plain values that an incident carries."""
    return {
        "at": at,
        "minutes": minutes,
        "services": len(scene.sightings),
        "excess": round(found.excess, 1),
        "answers": [
            {
                "kind": answer.kind,
                "name": answer.name,
                "p": round(answer.probability, DIGITS),
                **_facts(scene, found.service, answer),
            }
            for answer in _worth_telling(found.answers)
        ],
    }


def _worth_telling(answers: Iterable[culprit.Answer]) -> list[culprit.Answer]:
    kept = [answer for answer in answers if round(answer.probability, DIGITS) > 0]
    return kept[: culprit.ANSWERS_KEPT]


def _facts(scene: Scene, service: str, answer: culprit.Answer) -> dict[str, Any]:
    """Return the counts that a sentence about an answer needs."""
    seen = {each.service: each for each in scene.sightings}
    mine = seen[service]
    if answer.kind == "provider":
        listed = [each for each in scene.sightings if answer.name in each.providers]
        return {"listed": len(listed), "failing": sum(each.is_failing for each in listed)}
    if answer.kind == "access":
        inside = sum(n for (network, _), n in mine.cells.items() if network == answer.name)
        return {"reports": inside, "of": mine.count}
    if answer.kind == "home":
        inside = max(
            (n for (network, _), n in mine.sites.items() if network == answer.name), default=0
        )
        return {"reports": inside, "of": mine.count}
    if answer.kind == "place":
        inside = sum(n for (_, place), n in mine.cells.items() if place == answer.name)
        return {"reports": inside, "of": mine.count}
    if answer.kind == "echo":
        source = seen[answer.name]
        return {"source_excess": round(source.count - source.expected), "of": mine.count}
    return {}
