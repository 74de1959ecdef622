"""Culprits in the fold: asked only while something is open, told once, the same after a restart."""

from __future__ import annotations

import pytest

from uproar.app import checkpoint, culprit_view, fold, fold_culprit
from uproar.model.catalog import Catalog
from uproar.model.incident import Decision, Incident
from uproar.model.service import Provider, Service
from uproar.model.signal import Report, Signal
from uproar.wire import decisions

SLUGS = ("alpha", "beta", "gamma", "delta")
CATALOG = Catalog(
    [Service(slug, slug.title(), category="isp", providers=("cdn",)) for slug in SLUGS],
    [Provider("cdn", "The CDN", kind="cdn")],
)
DESIGN = fold.Design()
FIRST = 174_150_000
OUTAGE = range(FIRST + 120, FIRST + 220)


def crowd(tick: int) -> list[Signal]:
    """Return the reports of a tick: four services fail, for customers of one network only."""
    if tick not in OUTAGE:
        return []
    return [
        Report(
            at=tick * 10_000,
            service=slug,
            place="US",
            network="AS7922",
            prefix=f"{tick}{n}{slug}",
            reporter=f"{slug}-{tick}-{n}",
            channel="form",
            agent="mobile",
        )
        for slug in SLUGS
        for n in range(3)
    ]


def play(state: fold.State, ticks: range) -> tuple[fold.State, list[Decision]]:
    found: list[Decision] = []
    for tick in ticks:
        state, decided = fold.step(state, crowd(tick), tick, DESIGN)
        found.extend(decided)
    return state, found


def incidents_of(found: list[Decision]) -> list[Incident]:
    return [one for one in found if isinstance(one, Incident)]


def test_nothing_is_asked_while_nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("asked without an incident")

    monkeypatch.setattr(fold_culprit.culprit, "explain", refuse)
    _, found = play(fold.start(CATALOG, DESIGN), range(FIRST, FIRST + 60))
    assert found == []


def test_an_incident_carries_its_culprit_from_the_moment_it_opens_and_turns_are_few() -> None:
    state, found = play(fold.start(CATALOG, DESIGN), range(FIRST, OUTAGE.stop))
    turns = incidents_of(found)
    opened = [one for one in turns if one.turn == "opened"]
    assert {one.service for one in opened} == set(SLUGS)
    for one in turns:
        told = one.culprit["answers"]
        assert told[0]["p"] == max(answer["p"] for answer in told)
        assert sum(answer["p"] for answer in told) <= 1.001
    about = [one for one in turns if one.turn == "culprit"]
    assert len(about) <= len(SLUGS) * fold_culprit.TURNS_MAX
    whose = culprit_view.whose_view(state, CATALOG, state.incidents[opened[0].id])
    assert whose is not None
    assert whose.services == len(SLUGS)


def test_a_restart_between_changes_neither_culprits_nor_bytes() -> None:
    halves = range(FIRST, OUTAGE.start + 37), range(OUTAGE.start + 37, OUTAGE.stop)
    whole, told = play(fold.start(CATALOG, DESIGN), range(FIRST, OUTAGE.stop))
    state, first = play(fold.start(CATALOG, DESIGN), halves[0])
    state = checkpoint.decode(checkpoint.encode(state, CATALOG, DESIGN), CATALOG, DESIGN)
    state, second = play(state, halves[1])
    assert [decisions.encode(one) for one in told] == [
        decisions.encode(one) for one in first + second
    ]
    assert checkpoint.encode(state, CATALOG, DESIGN) == checkpoint.encode(whole, CATALOG, DESIGN)


def test_what_is_remembered_of_culprits_goes_with_the_incidents() -> None:
    state, _ = play(fold.start(CATALOG, DESIGN), range(FIRST, OUTAGE.stop))
    assert set(state.culprits) <= set(state.incidents)
