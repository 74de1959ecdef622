"""The fold, case by case: gaps, strangers, bounds, checkpoints that do not fit."""

from __future__ import annotations

import pytest

from uproar.app import checkpoint, fold, fold_counts, fold_state
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.model.service import Service
from uproar.model.signal import Report, Signal

CATALOG = Catalog([Service("alpha", "Alpha"), Service("beta", "Beta")])
DESIGN = fold.Design()
FIRST = 174_150_000


def crowd(count: int, tick: int, service: str = "alpha") -> list[Signal]:
    return [
        Report(at=tick * 10_000, service=service, place="US", reporter=f"{tick}-{n}")
        for n in range(count)
    ]


def play(state: fold.State, ticks: range, rate: int) -> tuple[fold.State, list[Incident]]:
    found = []
    for tick in ticks:
        state, decided = fold.step(state, crowd(rate, tick), tick, DESIGN)
        found.extend(d for d in decided if isinstance(d, Incident))
    return state, found


def test_forty_people_within_minutes_are_an_incident_at_a_service_without_history() -> None:
    state, quiet = play(fold.start(CATALOG, DESIGN), range(FIRST, FIRST + 60), 0)
    state, found = play(state, range(FIRST + 60, FIRST + 80), 2)
    assert quiet == []
    assert [incident.turn for incident in found][:1] == ["opened"]
    assert found[0].service == "alpha"
    assert found[0].onset[0] <= (FIRST + 60) * 10_000 <= found[0].onset[1]


def test_reports_for_services_that_are_not_in_the_catalog_are_counted_apart() -> None:
    state = fold.start(CATALOG, DESIGN)
    state, decided = fold.step(state, crowd(50, FIRST, "gamma"), FIRST, DESIGN)
    assert decided == ()
    assert state.unknown == {"gamma": 50}
    assert state.reports_total == 0


def test_a_tick_that_comes_again_is_dropped_and_counted() -> None:
    state = fold.start(CATALOG, DESIGN)
    state, _ = fold.step(state, crowd(1, FIRST), FIRST, DESIGN)
    state, _ = fold.step(state, crowd(1, FIRST), FIRST, DESIGN)
    assert (state.late_beats, state.reports_total) == (1, 1)


def test_ticks_without_a_beat_are_blind_and_not_zero() -> None:
    state, _ = play(fold.start(CATALOG, DESIGN), range(FIRST, FIRST + 60), 0)
    state, _ = play(state, range(FIRST + 120, FIRST + 180), 0)
    assert fold_state.blind_stretches(state) == [((FIRST + 60) * 10_000, (FIRST + 120) * 10_000)]


def test_an_incident_stays_open_while_we_are_blind() -> None:
    state, _ = play(fold.start(CATALOG, DESIGN), range(FIRST, FIRST + 60), 0)
    state, _ = play(state, range(FIRST + 60, FIRST + 120), 4)
    state, found = play(state, range(FIRST + 120 + 720, FIRST + 130 + 720), 4)
    assert all(incident.phase != "over" for incident in found)
    assert len(state.incidents) == 1


def test_series_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_counts, "SERIES_MAX", 5)
    state = fold.start(CATALOG, DESIGN)
    reports: list[Signal] = [
        Report(at=0, service="alpha", place=place, reporter="")
        for place in ("US", "GB", "DE")
        for _ in range(3)
    ]
    state, _ = fold.step(state, reports, FIRST, DESIGN)
    assert len(state.keys) == 5
    assert state.reports_total == 9


def test_a_checkpoint_of_another_catalog_or_design_is_not_used() -> None:
    state = fold.start(CATALOG, DESIGN)
    kept = checkpoint.encode(state, CATALOG, DESIGN)
    with pytest.raises(checkpoint.NotUsable):
        checkpoint.decode(kept, Catalog([Service("alpha", "Alpha")]), DESIGN)
    with pytest.raises(checkpoint.NotUsable):
        checkpoint.decode(kept, CATALOG, fold.Design(prior_per_minute=1.0))
