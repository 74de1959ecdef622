"""What an incident's decisions say of its size, and that it survives a checkpoint."""

from __future__ import annotations

import pytest

from uproar.app import checkpoint, fold
from uproar.detect import reach
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.model.service import People, Service
from uproar.model.signal import Report, Signal

PEOPLE = People(50_000_000, "monthly users", "2025-01", "the owner")
CATALOG = Catalog([Service("alpha", "Alpha", people=PEOPLE), Service("beta", "Beta")])
FIRST = 174_150_000


def crowd(tick: int, service: str, works: int = 0) -> list[Signal]:
    heard: list[Signal] = [
        Report(at=tick * 10_000, service=service, place=place, reporter=f"{tick}-{place}")
        for place in ("US", "GB", "DE", "FR")
    ]
    heard += [
        Report(at=tick * 10_000, service=service, place="US", works=True, reporter=f"{tick}-w{n}")
        for n in range(works)
    ]
    return heard


def play(design: fold.Design, service: str, works: int = 0) -> tuple[fold.State, list[Incident]]:
    state = fold.start(CATALOG, design)
    for tick in range(FIRST, FIRST + 60):
        state, _ = fold.step(state, [], tick, design)
    said = []
    for tick in range(FIRST + 60, FIRST + 180):
        state, decided = fold.step(state, crowd(tick, service, works), tick, design)
        said += [one for one in decided if isinstance(one, Incident)]
    return state, said


def test_a_service_without_a_published_number_of_people_is_refused_and_says_what_was_counted() -> (
    None
):
    _, said = play(fold.Design(), "beta")
    assert said[-1].reach["people"] is None
    assert "no published figure" in said[-1].reach["why_not"]
    assert said[-1].reach["reports"] == said[-1].reports
    assert said[-1].severity["level"] in {"minor", "moderate", "major"}


def test_an_observatory_that_is_known_to_everybody_estimates_people() -> None:
    _, said = play(fold.Design(reach=reach.Design(awareness=1.0)), "alpha")
    people = said[-1].reach["people"]
    assert 0 < people["low"] < people["mid"] < people["high"] <= PEOPLE.count
    assert said[-1].reach["method"] == ["rate"]
    assert said[-1].reach["service_people"]["source"] == "the owner"


def test_votes_make_an_estimate_where_awareness_is_not_known() -> None:
    state, said = play(fold.Design(), "alpha", works=2)
    case = state.trackers["alpha"].case
    assert case is not None
    assert case.works > 30
    last = said[-1].reach
    assert (last["people"] is None) == (last["works"] < reach.VOTES_MIN)


@pytest.mark.parametrize("awareness", [None, 0.01])
def test_what_is_known_of_people_survives_a_checkpoint(awareness: float | None) -> None:
    design = fold.Design(reach=reach.Design(awareness=awareness))
    state, _ = play(design, "alpha")
    state.propensities["alpha"] = reach.Propensity(-7.0, 1.0, 0, 1)
    kept = checkpoint.decode(checkpoint.encode(state, CATALOG, design), CATALOG, design)
    assert kept.people == {"alpha": PEOPLE}
    assert kept.awareness == awareness
    assert kept.propensities == state.propensities
    assert kept.trackers == state.trackers
