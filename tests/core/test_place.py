"""Places: the table of countries can be relied on."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from uproar.model import place
from uproar.model.place import CODES, CONTINENTS, PLACES

UNINHABITED = {"BV", "GS", "HM"}


def test_there_are_all_the_countries_and_the_unknown_one() -> None:
    assert len(CODES) == 249
    assert PLACES.keys() - CODES == {"ZZ"}
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in CODES)
    names = [entry.name for entry in PLACES.values()]
    assert len(set(names)) == len(names)


def test_people_live_everywhere_but_on_three_islands() -> None:
    assert {code for code in CODES if PLACES[code].population <= 0} == UNINHABITED
    world = sum(entry.population for entry in PLACES.values())
    assert 7_800 < world < 8_300  # millions, around 2023


@pytest.mark.parametrize("code", sorted(PLACES))
def test_a_place_has_a_continent_and_zones_that_exist(code: str) -> None:
    entry = PLACES[code]
    assert entry.continent in CONTINENTS
    shares = [share for _, share in entry.zones]
    assert sum(shares) == pytest.approx(1)
    assert shares == sorted(shares, reverse=True)
    assert min(shares) > 0
    for zone, _ in entry.zones:
        assert ZoneInfo(zone).key == zone


def test_what_is_no_country_is_an_unknown_place() -> None:
    assert place.name("de") == place.name("DE") == "Germany"
    assert place.continent("JP") == "Asia"
    for code in ("", "UK", "XX", "DEU", "ZZ"):
        assert place.place(code) is place.UNKNOWN
    assert place.name("XX") == "Unknown place"
    assert place.continent("XX") == "Unknown"
