"""Who may open an incident: cases of few networks, of programs, of old acquaintances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from uproar.app import fold, fold_evidence
from uproar.app.fold_evidence import ACQUAINTED_MAX, MET_TICKS, Support
from uproar.detect import detector, manners
from uproar.model.catalog import Catalog
from uproar.model.incident import Incident
from uproar.model.series import SeriesKey
from uproar.model.service import Service
from uproar.model.signal import Report, Signal
from uproar.wire import decisions

CATALOG = Catalog(
    [Service("alpha", "Alpha"), Service("net", "Net", category="isp"), Service("beta", "Beta")]
)
DESIGN = fold.Design()
FIRST = 174_150_000
QUIET = 360


def report(number: int, network: str, service: str = "alpha", **more: Any) -> Report:
    return Report(at=0, service=service, place="US", network=network, reporter=f"r{number}", **more)


def play(
    arriving: Sequence[Sequence[Signal]], state: fold.State | None = None
) -> tuple[fold.State, list[Incident]]:
    """Fold an hour of silence and then so many ticks."""
    state = state or fold.start(CATALOG, DESIGN)
    begin = state.tick + 1 if state.tick >= 0 else FIRST
    found = []
    for tick, signals in enumerate([*([] for _ in range(QUIET)), *arriving], begin):
        state, decided = fold.step(state, signals, tick, DESIGN)
        found += [one for one in decided if isinstance(one, Incident)]
    return state, found


def crowd(ticks: int, each: int, networks: int, **more: str) -> list[list[Signal]]:
    """Return reports of ever new people that come in turn from so many networks."""
    return [
        [
            report(tick * each + one, f"AS{100 + (tick * each + one) % networks}", **more)
            for one in range(each)
        ]
        for tick in range(ticks)
    ]


@pytest.mark.parametrize("networks", [1, 2, 3])
def test_few_networks_cannot_open_an_incident_however_many_people_they_send(networks: int) -> None:
    state, found = play(crowd(30, 12, networks))
    assert found == []
    assert state.reports_total == 360
    assert state.active[state.rows[SeriesKey("alpha")]]


def test_as_many_people_from_forty_networks_open_one_and_are_all_independent() -> None:
    _, found = play(crowd(30, 12, 40))
    assert found[0].turn == "opened"
    assert found[0].independent == found[0].reports
    assert found[0].discounted == {}


def test_what_a_flood_adds_to_a_real_outage_is_told_as_discounted() -> None:
    mixed = [
        real + [report(90_000 + tick * 20 + one, "AS666") for one in range(20)]
        for tick, real in enumerate(crowd(60, 4, 60))
    ]
    _, found = play(mixed)
    last = found[-1]
    assert last.independent is not None
    assert last.independent < last.reports
    assert last.mix_nats is not None
    assert last.mix_nats > 0.3
    assert last.discounted["network"] > 0.5 * last.networks["AS666"]
    assert decisions.plain(last)["discounted"] == last.discounted


def test_the_outage_of_a_network_may_come_from_that_network_alone_but_not_from_one_corner() -> None:
    everywhere = [
        [
            report(tick * 6 + one, "AS100", "net", prefix=f"{(tick * 6 + one) % 90:08x}")
            for one in range(6)
        ]
        for tick in range(30)
    ]
    _, found = play(everywhere)
    assert found[0].turn == "opened"
    corner = [
        [report(tick * 6 + one, "AS100", "net", prefix="0000beef") for one in range(6)]
        for tick in range(30)
    ]
    _, found = play(corner)
    assert found == []


def test_reports_of_which_no_network_is_known_are_not_capped() -> None:
    _, found = play([[report(tick * 2 + one, "") for one in range(2)] for tick in range(20)])
    assert found[0].turn == "opened"


def test_programs_cannot_open_an_incident_where_people_usually_report() -> None:
    state, _ = play([[report(tick, f"AS{tick % 50}", channel="form", agent="safari")]
                     if tick % 60 == 0 else [] for tick in range(40_000)])  # fmt: skip
    kept = manners.share(state.manners, "alpha", "programs")
    assert kept < 0.3
    many = [
        [report(10**6 + tick * 3 + one, f"AS{(tick * 3 + one) % 50}") for one in range(3)]
        for tick in range(20)
    ]
    _, found = play(many, state)
    assert found == []


def test_a_key_is_new_then_met_then_known_whatever_it_reported_before() -> None:
    state = fold.start(CATALOG, DESIGN)
    vote = Report(at=0, service="beta", reporter="a", works=True, channel="form", agent="edge")
    assert fold_evidence.meet(state, vote, FIRST) == ("new",)
    again = Report(at=0, service="alpha", reporter="a")
    assert fold_evidence.meet(state, again, FIRST + 1) == ("met", "programs")
    assert fold_evidence.meet(state, again, FIRST + MET_TICKS) == ("known", "programs")
    nobody = Report(at=0, service="alpha", channel="form", agent="chrome")
    assert fold_evidence.meet(state, nobody, FIRST) == ("new",)
    fold_evidence.forget(state, FIRST + 8_640)
    assert state.met == {}


def test_acquaintances_are_bounded_and_the_oldest_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ACQUAINTED_MAX >= 100_000
    monkeypatch.setattr(fold_evidence, "ACQUAINTED_MAX", 3)
    state = fold.start(CATALOG, DESIGN)
    for number in range(5):
        fold_evidence.meet(state, report(number, "AS1"), FIRST)
    assert list(state.met) == ["r2", "r3", "r4"]


@pytest.mark.parametrize(("ticks", "each", "networks"), [(60, 1, 12), (30, 4, 40), (20, 30, 200)])
def test_a_real_outage_is_opened_at_most_a_tenth_later_than_without_the_caps(
    ticks: int, each: int, networks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arriving = crowd(ticks, each, networks)
    _, capped = play(arriving)

    def bare(state: fold.State, _service: str, rows: list[int], *_rest: object) -> Support:
        return Support(detector.margin(state.detection, rows[0]), 1e9)

    monkeypatch.setattr(fold, "support", bare)
    _, free = play(arriving)
    onset = (FIRST + QUIET) * 10_000
    assert capped[0].at - onset <= 1.1 * (free[0].at - onset)


def test_an_outage_of_one_networks_customers_is_found_if_it_comes_from_many_corners() -> None:
    """Not three prefixes, but seventy: else whoever holds one corner of it could open an incident."""

    def from_prefixes(prefixes: int) -> list[Incident]:
        arriving = [
            [
                report(tick * 4 + one, "AS100", prefix=f"{(tick * 4 + one) % prefixes:08x}")
                for one in range(4)
            ]
            for tick in range(60)
        ]
        return play(arriving)[1]

    assert from_prefixes(3) == []
    assert from_prefixes(70)[0].turn == "opened"
