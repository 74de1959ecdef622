"""Whose fault is it? Worlds small enough to know the answer."""

from __future__ import annotations

import pytest

from uproar.detect import culprit, mix
from uproar.detect.culprit import Explained
from uproar.detect.culprit_scene import CELLS_MAX, SERVICES_MAX, Sighting, scene
from uproar.detect.mix import Cell, Mix

MINUTE_MS = 60_000
NOON = 28_000_000 * MINUTE_MS
MARKET = {"AS1": 0.3, "AS2": 0.2, "AS3": 0.15, "AS4": 0.1, "AS5": 0.05, "p:": 0.2}
PLACES = {"US": 0.6, "GB": 0.25, "DE": 0.15}
TMOBILE, VERIZON, ATT = "AS21928", "AS6167", "AS7018"


def network(place: str, name: str) -> str:
    """Return the name of a network in a place; those without a number differ from report to report."""
    return name if name == "p:" else f"{name}-{place}"


def ordinary(count: int) -> dict[Cell, int]:
    """Return so many reports as they usually come, in proportion."""
    return {
        (network(place, name), place): round(count * part * share)
        for place, part in PLACES.items()
        for name, share in MARKET.items()
        if round(count * part * share)
    }


def spread(cells: dict[Cell, int]) -> dict[Cell, int]:
    """Return cells with each report of an unlisted network from a prefix of its own."""
    out: dict[Cell, int] = {}
    for (name, place), count in cells.items():
        if name == "p:":
            out.update({(f"p:{place}{number}", place): 1 for number in range(count)})
        else:
            out[name, place] = count
    return out


def sight(
    service: str, expected: float, cells: dict[Cell, int], *, failing: bool = True, **more: object
) -> Sighting:
    """Return a sighting whose sites are as many as its reports."""
    sites = {
        (name, f"{place}-{i}"): 1 for (name, place), n in cells.items() for i in range(min(n, 40))
    }
    return Sighting(
        service,
        expected,
        25.0,
        **{"cells": cells, "sites": sites, "is_failing": failing, **more},  # type: ignore[arg-type]
    )


def learned(services: list[str]) -> dict[str, Mix]:
    mixes: dict[str, Mix] = {}
    for service in services:
        mix.learn(mixes, service, ordinary(1_000), 0, room=1_000)
    return mixes


def quiet(number: int, expected: float = 3.0) -> list[Sighting]:
    return [
        sight(f"quiet-{i}", expected, spread(ordinary(round(expected))), failing=False)
        for i in range(number)
    ]


def explained(found: tuple[Explained, ...], service: str) -> Explained:
    return next(each for each in found if each.service == service)


def lead(found: tuple[Explained, ...], service: str) -> tuple[str, str]:
    answer = explained(found, service).leading
    return answer.kind, answer.name


def test_a_service_whose_reports_come_from_everywhere_has_a_fault_of_its_own() -> None:
    seen = [sight("x", 2.0, spread(ordinary(60))), *quiet(20)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "x") == ("service", "x")
    assert explained(found, "x").leading.probability > 0.95


def test_a_network_of_a_third_of_the_market_is_blamed_for_all_that_rise_in_it() -> None:
    seen = [
        sight(f"s{i}", 2.0, {("AS1-US", "US"): 8, **spread(ordinary(2))}, failing=i < 3)
        for i in range(6)
    ]
    seen += quiet(10)
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    for service in ("s0", "s1", "s2"):
        assert lead(found, service) == ("access", "AS1-US")
        assert explained(found, service).leading.probability > 0.95


def test_a_content_network_behind_forty_services_explains_all_of_them() -> None:
    behind = [
        sight(
            f"s{i:02d}",
            1.0,
            spread(ordinary(20 if i % 3 else 1)),
            failing=i % 3 > 0,
            providers=("cdn",),
        )
        for i in range(40)
    ]
    seen = [*behind, *quiet(15)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert {lead(found, each.service) for each in found} == {("provider", "cdn")}
    assert min(each.leading.probability for each in found) > 0.95


def test_a_service_listed_behind_a_provider_of_which_nobody_else_fails_is_not_excused() -> None:
    behind = [
        sight(f"s{i}", 5.0, spread(ordinary(5)), failing=False, providers=("cdn",))
        for i in range(15)
    ]
    seen = [sight("x", 5.0, spread(ordinary(80)), providers=("cdn",)), *behind]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "x") == ("service", "x")


def test_a_provider_that_is_not_listed_for_the_failing_service_is_named_all_the_same() -> None:
    behind = [
        sight(f"s{i}", 0.5, spread(ordinary(8)), failing=False, providers=("cdn",))
        for i in range(6)
    ]
    seen = [sight("x", 1.0, spread(ordinary(20))), *behind, *quiet(15)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "x") == ("provider", "cdn")


def test_services_hit_very_unevenly_are_still_laid_at_the_door_of_their_provider() -> None:
    rises = (60, 3, 14, 2, 30, 5, 2, 9)
    behind = [
        sight(f"s{i}", 0.5, spread(ordinary(n)), failing=n > 10, providers=("cdn",))
        for i, n in enumerate(rises)
    ]
    seen = [*behind, *quiet(15)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert {lead(found, each.service) for each in found} == {("provider", "cdn")}


def test_two_providers_of_the_same_services_share_the_probability() -> None:
    behind = [
        sight(f"s{i}", 1.0, spread(ordinary(20)), failing=True, providers=("cdn", "cloud"))
        for i in range(8)
    ]
    seen = [*behind, *quiet(15)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    given = {a.name: a.probability for a in explained(found, "s0").answers if a.kind == "provider"}
    assert given["cdn"] == pytest.approx(given["cloud"])
    assert given["cdn"] > 0.45


def test_a_provider_that_is_a_service_has_its_own_fault_and_those_behind_it_have_its() -> None:
    hub = sight("cloud", 2.0, spread(ordinary(30)))
    behind = [
        sight(f"s{i}", 1.0, spread(ordinary(15)), failing=True, providers=("cloud",))
        for i in range(4)
    ]
    seen = [hub, *behind, *quiet(15)]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "cloud") == ("service", "cloud")
    assert explained(found, "cloud").leading.probability > 0.95
    assert lead(found, "s0") == ("provider", "cloud")


def test_a_scene_keeps_the_provider_of_a_failing_service() -> None:
    small = sight("cloud", 0.1, {}, failing=False)
    seen = [sight("x", 1.0, {("AS1", "US"): 9}, providers=("cloud",)), small]
    bounded = scene([*seen, *quiet(3 * SERVICES_MAX)])
    assert [each.service for each in bounded.sightings[:2]] == ["x", "cloud"]


def test_a_country_in_which_all_services_rise_through_all_networks_is_told() -> None:
    dark = {(network("GB", name), "GB"): round(25 * share) for name, share in MARKET.items()}
    seen = [
        sight(f"s{i}", 2.0, spread({**dark, ("AS1-US", "US"): 1}), failing=i < 4) for i in range(8)
    ]
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "s0") == ("place", "GB")


@pytest.mark.parametrize("name", ["p:00000000deadbeef", "AS1-US"])
def test_one_address_range_is_a_home_or_an_office_and_no_outage(name: str) -> None:
    seen = [
        Sighting(f"s{i}", 1.0, 25.0, {(name, "US"): 6}, {(name, "prefix"): 6}, is_failing=i < 3)
        for i in range(5)
    ]
    seen += quiet(10)
    found = culprit.explain(scene(seen), learned([each.service for each in seen]))
    assert lead(found, "s0") == ("home", name)


def telecoms() -> tuple[list[Sighting], dict[str, Mix]]:
    """Return 15 June 2020 in shape: one operator fails, its rivals and its customers' services rise."""
    mixes: dict[str, Mix] = {}
    own = {"t-mobile": TMOBILE, "verizon": VERIZON, "att": ATT, "comcast": "AS7922"}
    for service, home in own.items():
        cells = {(other, "US"): 30 for other in own.values()} | {(home, "US"): 800}
        mix.learn(mixes, service, cells, 0, room=100)
    for service in ("facebook", "instagram", "twitch", "calm"):
        cells = {(other, "US"): 200 for other in own.values()}
        mix.learn(mixes, service, cells, 0, room=100)
    rivals = frozenset(own)
    at = (NOON, NOON + 2 * MINUTE_MS)
    later = (NOON + 4 * MINUTE_MS, NOON + 9 * MINUTE_MS)
    telecom = {"is_access": True, "failing": True}
    seen = [
        sight(
            "t-mobile",
            40.0,
            {
                (TMOBILE, "US"): 85_000,
                (VERIZON, "US"): 9_000,
                (ATT, "US"): 8_000,
                ("AS7922", "US"): 4_000,
            },
            rivals=rivals - {"t-mobile"},
            onset=at,
            **telecom,
        ),
        sight(
            "verizon",
            45.0,
            {(VERIZON, "US"): 2_300, (TMOBILE, "US"): 240, (ATT, "US"): 120},
            rivals=rivals - {"verizon"},
            onset=later,
            **telecom,
        ),
        sight(
            "att",
            50.0,
            {(ATT, "US"): 1_500, (TMOBILE, "US"): 160, (VERIZON, "US"): 70},
            rivals=rivals - {"att"},
            onset=later,
            **telecom,
        ),
        sight(
            "comcast",
            30.0,
            {("AS7922", "US"): 920, (TMOBILE, "US"): 80},
            rivals=rivals - {"comcast"},
            onset=later,
            **telecom,
        ),
        sight("facebook", 20.0, {(TMOBILE, "US"): 300, (VERIZON, "US"): 9, (ATT, "US"): 7}),
        sight("instagram", 12.0, {(TMOBILE, "US"): 200, (VERIZON, "US"): 5, (ATT, "US"): 6}),
        sight("twitch", 6.0, {(TMOBILE, "US"): 90, (VERIZON, "US"): 2, (ATT, "US"): 4}),
        sight("calm", 4.0, {(TMOBILE, "US"): 1, (ATT, "US"): 2}, failing=False),
    ]
    return seen, mixes


def test_users_who_blame_the_rivals_of_a_failed_operator_are_an_echo() -> None:
    seen, mixes = telecoms()
    found = culprit.explain(scene(seen), mixes)
    assert lead(found, "t-mobile") == ("service", "t-mobile")
    for rival in ("verizon", "att", "comcast"):
        assert lead(found, rival) == ("echo", "t-mobile")
        assert explained(found, rival).leading.probability > 0.9
    for visited in ("facebook", "instagram", "twitch"):
        assert lead(found, visited) == ("access", TMOBILE)


def test_what_began_long_before_a_rivals_outage_is_hardly_its_echo() -> None:
    seen, mixes = telecoms()
    early = (NOON - 30 * MINUTE_MS, NOON - 25 * MINUTE_MS)
    index = next(i for i, each in enumerate(seen) if each.service == "comcast")
    later = explained(culprit.explain(scene(seen), mixes), "comcast")
    seen[index] = sight(
        "comcast", 30.0, dict(seen[index].cells), rivals=seen[index].rivals, onset=early
    )
    sooner = explained(culprit.explain(scene(seen), mixes), "comcast")
    echo = {each: _p(found, "echo") for each, found in (("later", later), ("sooner", sooner))}
    assert echo["sooner"] < echo["later"]


def _p(found: Explained, kind: str) -> float:
    return sum(answer.probability for answer in found.answers if answer.kind == kind)


def test_nothing_is_asked_where_nothing_fails() -> None:
    assert culprit.explain(scene(quiet(3)), {}) == ()


def test_without_any_history_the_answers_are_probabilities_all_the_same() -> None:
    found = culprit.explain(scene([sight("x", 0.1, {("AS1", "US"): 9, ("", "ZZ"): 2})]), {})
    assert sum(a.probability for a in found[0].answers) + found[0].rest == pytest.approx(1.0)


def test_a_scene_is_bounded_and_keeps_those_that_fail() -> None:
    many = {(f"AS{i}", "US"): 1 for i in range(3 * CELLS_MAX)}
    seen = [sight("x", 1.0, many), *quiet(3 * SERVICES_MAX)]
    bounded = scene(seen)
    assert len(bounded.sightings) == SERVICES_MAX
    assert bounded.sightings[0].service == "x"
    assert bounded.sightings[0].count == 3 * CELLS_MAX
    assert len(bounded.sightings[0].cells) == CELLS_MAX + 1
