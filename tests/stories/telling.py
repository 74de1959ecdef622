"""What a story comes to: its signals folded, as a live observatory folds them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from stories.playing import Tick, ticks
from stories.reading import Story
from uproar import catalog as packaged
from uproar.app import (
    changes_view,
    fold,
    fold_state,
    judging,
    probes_view,
    provider_view,
    traffic_view,
)
from uproar.model.catalog import Catalog
from uproar.model.incident import Alarm, Decision, Incident
from uproar.model.tick import end_ms, iso
from uproar.present import changewords
from uproar.present.source_views import Changed, Line, Strip
from uproar.sim import scenario


@dataclass(frozen=True, slots=True)
class Told:
    """What a story came to: every incident turn, what was open when it began, vendors' lags, and changes near."""

    turns: tuple[Incident, ...]
    open_before: tuple[str, ...]
    lags: dict[str, list[fold_state.Lag]] = field(default_factory=dict)
    bursts: tuple[Alarm, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    struck: tuple[Alarm, ...] = ()
    traffic: dict[str, str] = field(default_factory=dict)
    probes: dict[str, str] = field(default_factory=dict)
    changes: dict[str, list[Changed]] = field(default_factory=dict)
    heard: dict[str, list[Line]] = field(default_factory=dict)

    def of(self, service: str) -> list[list[Incident]]:
        """Return the incidents of a service that were opened within the story, turn by turn."""
        by_id: dict[str, list[Incident]] = {}
        for turn in self.turns:
            if turn.service == service:
                by_id.setdefault(turn.id, []).append(turn)
        return list(by_id.values())

    def text(self) -> str:
        """Return what was told, for whoever wonders why a story failed."""
        lines = [f"open before: {', '.join(self.open_before) or 'nothing'}"]
        for turn in self.turns:
            waves = [
                f"{iso(wave.peak_at)[11:16]} {wave.peak_count} {wave.peak_place}"
                for wave in turn.waves
            ]
            onset = "..".join(iso(at)[11:19] for at in turn.onset)
            lines.append(
                f"{iso(turn.at)[5:16]} {turn.service} {turn.turn} {turn.phase} onset {onset} "
                f"reports {turn.reports} works {turn.works} {turn.set_aside} waves {waves}"
            )
        lines.extend(
            f"{iso(alarm.at)[5:19]} {alarm.series.service} posts {alarm.series.item} {alarm.state} "
            f"onset {'..'.join(iso(at)[11:19] for at in alarm.onset)} {alarm.observed}"
            for alarm in self.bursts
        )
        lines.extend(
            f"{iso(alarm.at)[5:16]} probes of {alarm.series.service} {alarm.state} "
            f"onset {'..'.join(iso(at)[11:19] for at in alarm.onset)}"
            for alarm in self.alarms
        )
        lines.extend(
            f"{iso(alarm.at)[5:19]} traffic of {alarm.series.service} {alarm.state} "
            f"onset {'..'.join(iso(at)[11:19] for at in alarm.onset)}"
            for alarm in self.struck
        )
        lines.extend(f"{service} traffic: {said}" for service, said in self.traffic.items())
        lines.extend(f"{service}: {said}" for service, said in self.probes.items())
        lines.extend(f"{service} {lag}" for service, lags in self.lags.items() for lag in lags)
        lines.extend(
            f"{service} {changewords.sentence(change)}"
            for service, changes in self.changes.items()
            for change in changes
        )
        return "\n".join(lines)


def tell(story: Story) -> Told:
    """Fold a story and return what was decided within its time."""
    design = _design(story.settings)
    if story.scenario:
        played = scenario.load(story.scenario)
        catalog = packaged.load()
        played_ticks: Iterator[Tick] = scenario.signals(played, catalog)
        begin = story.day + story.begin if story.day else played.start
    else:
        catalog = Catalog(story.services, story.providers)
        played_ticks = ticks(story)
        begin = story.day + story.begin
    state, decided = _folded(played_ticks, catalog, design)
    turns = [turn for turn in decided if isinstance(turn, Incident)]
    still_open = {turn.id: turn.phase != "over" for turn in turns if turn.at <= begin}
    known = set(still_open)
    return Told(
        turns=tuple(turn for turn in turns if turn.at > begin and turn.id not in known),
        open_before=tuple(sorted(key for key, is_open in still_open.items() if is_open)),
        lags={service: board.lags for service, board in state.boards.items()},
        bursts=tuple(
            alarm for alarm in decided if isinstance(alarm, Alarm) and alarm.series.kind == "post"
        ),
        alarms=tuple(
            turn
            for turn in decided
            if isinstance(turn, Alarm) and turn.series.kind == "measurement" and turn.at > begin
        ),
        struck=tuple(
            turn
            for turn in decided
            if isinstance(turn, Alarm) and turn.series.kind == "traffic" and turn.at > begin
        ),
        traffic={
            service: view.said
            for service in [each.slug for each in catalog]
            if (view := traffic_view.of_day(state, service, end_ms(state.tick))) is not None
        },
        probes={
            service: strip.said
            for service in state.lookout.checks
            if (strip := _strip(state, service, begin)) is not None
        },
        changes=_near(state, turns),
        heard=_heard(state, catalog, story.day + story.end),
    )


def _near(state: fold.State, turns: Sequence[Incident]) -> dict[str, list[Changed]]:
    """Return the changes near the incident of each service, by its last turn."""
    last = {turn.service: turn for turn in turns}
    return {
        service: list(
            changes_view.near(state, service, turn.onset, turn.recovery, end_ms(state.tick))
        )
        for service, turn in last.items()
    }


def _strip(state: fold.State, service: str, begin: int) -> Strip | None:
    return probes_view.strip(state, service, (begin, begin), None, end_ms(state.tick))


def _heard(state: fold.State, catalog: Catalog, end: int) -> dict[str, list[Line]]:
    """Return what the last incident of every service tells of its providers' pages."""
    last = {incident.service: incident for incident in state.incidents.values()}
    return {
        service: provider_view.lines(
            state,
            catalog,
            service,
            incident.onset,
            None if incident.recovery is None else incident.recovery[1],
            end,
        )
        for service, incident in last.items()
    }


def _folded(
    arriving: Iterator[Tick], catalog: Catalog, design: fold.Design
) -> tuple[fold.State, list[Decision]]:
    """Fold ticks from the start: the one place where stories meet the program."""
    state = fold.start(catalog, design)
    told: list[Decision] = []
    for tick, arrived in arriving:
        state, decided = fold.step(state, arrived, tick, design)
        told.extend(decided)
    return state, told


def _design(settings: Sequence[tuple[str, str]]) -> fold.Design:
    design = fold.Design(judge=judging.judge())
    for key, value in settings:
        design = _changed(design, key.split("."), msgspec.json.decode(value))
    return design


def _changed(node: Any, path: Sequence[str], value: Any) -> Any:
    """Return a design, or a part of one, with one of its settings changed."""
    name, *rest = path
    assert hasattr(node, name), f"there is no setting {name}"
    inner = _changed(getattr(node, name), rest, value) if rest else value
    if isinstance(node, msgspec.Struct):
        return msgspec.structs.replace(node, **{name: inner})
    return dataclasses.replace(node, **{name: inner})
