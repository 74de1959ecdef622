"""Where an incident is: told from counts by place, and not told where counts do not bear it."""

from __future__ import annotations

import numpy as np
import pytest

from uproar.detect import where
from uproar.detect.where import Part

SHARES = {
    "US": 0.40,
    "GB": 0.10,
    "DE": 0.10,
    "FR": 0.08,
    "IT": 0.07,
    "ES": 0.05,
    "IE": 0.02,
    "CA": 0.08,
    "IN": 0.06,
    "BR": 0.04,
}


def told(lifts, usual=60.0, seed=1, axis="place", shares=SHARES):
    dice = np.random.default_rng(seed)
    parts = {code: Part(share, share * usual) for code, share in shares.items()}
    counts = {code: int(dice.poisson(parts[code].usual * lifts.get(code, 1.0))) for code in shares}
    return where.find(axis, counts, parts, sum(counts.values()), usual)


def test_what_is_up_in_every_country_is_everywhere_however_much_they_differ() -> None:
    lifts = dict(zip(SHARES, (40, 20, 30, 25, 60, 10, 33, 44, 8, 25), strict=True))
    found = told(lifts)
    assert found.extent == "everywhere"
    assert found.among == ()
    assert found.share_usual > 0.95


def test_two_countries_alone_are_named_and_the_rest_is_said_to_be_spared() -> None:
    found = told({"GB": 12.0, "IE": 12.0})
    assert found.extent == "only"
    assert set(found.among) == {"GB", "IE"}
    assert found.times_usual == pytest.approx(12.0, rel=0.3)
    assert found.share_usual == pytest.approx(0.12, abs=0.01)


def test_a_continent_of_which_all_is_hit_is_found_as_one() -> None:
    found = told(dict.fromkeys(("GB", "DE", "FR", "IT", "ES", "IE"), 12.0))
    assert (found.extent, found.continents) == ("only", ("EU",))


def test_with_too_few_usual_reports_elsewhere_nothing_is_said_to_be_spared() -> None:
    parts = {"US": Part(0.5, 0.4), "GB": Part(0.5, 0.4)}
    found = where.find("place", {"US": 6}, parts, 6, 0.8)
    assert found.extent == "mostly"
    assert found.among == ("US",)


def test_chance_alone_names_nobody() -> None:
    named = [told({}, seed=seed).extent for seed in range(200)]
    assert named.count("unknown") >= 196


def test_a_network_alone_is_named_even_beside_parts_without_a_series() -> None:
    shares = {"AS3320": 0.2, "AS3209": 0.15, "AS6805": 0.15}
    dice = np.random.default_rng(3)
    parts = {code: Part(share, share * 60) for code, share in shares.items()}
    counts = {"AS3320": 150, "AS3209": 8, "AS6805": 10}
    total = sum(counts.values()) + int(dice.poisson(30))
    found = where.find("network", counts, parts, total, 60.0)
    assert (found.extent, found.among) == ("only", ("AS3320",))


def test_a_place_that_nobody_reports_from_has_no_endless_ratio() -> None:
    found = where.find("place", {"US": 9}, {"US": Part(1.0, 0.0)}, 9, 0.0)
    assert found.times_usual <= 9 / where.USUAL_MIN


def test_the_narrowest_confinement_is_the_headline() -> None:
    wide = where.Where("only", ("DE",), share_usual=0.2)
    narrow = where.Where("only", ("AS3320",), share_usual=0.05)
    none = where.Where("several")
    assert where.headline({"place": wide, "network": narrow, "symptom": none}) == "network"
    assert where.headline({"place": none, "network": none, "symptom": none}) is None
