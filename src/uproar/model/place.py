"""Places: the country that a signal is about, with its name, continent, people and time zones."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import msgspec

from uproar.model.countries import COUNTRIES
from uproar.model.signal import UNKNOWN_PLACE

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTINENTS: Mapping[str, str] = MappingProxyType(
    {
        "AF": "Africa",
        "AN": "Antarctica",
        "AS": "Asia",
        "EU": "Europe",
        "NA": "North America",
        "OC": "Oceania",
        "SA": "South America",
        "": "Unknown",
    },
)


class Place(msgspec.Struct, frozen=True):
    """A country of ISO 3166-1, or ZZ for a place that is not known.

    `population` is in millions of people, rounded; `zones` are IANA time zones with the share of
    the population that lives by each, largest first, summing to one.
    """

    code: str
    name: str
    continent: str
    population: float
    zones: tuple[tuple[str, float], ...]


def _read(line: str) -> Place:
    code, continent, population, zones, name = line.split(maxsplit=4)
    shares = []
    for zone in zones.split(","):
        key, _, share = zone.partition("=")
        shares.append((key, float(share or 1)))
    return Place(code, name, continent, float(population), tuple(shares))


UNKNOWN = Place(UNKNOWN_PLACE, "Unknown place", "", 0.0, (("Etc/UTC", 1.0),))

PLACES: Mapping[str, Place] = MappingProxyType(
    {place.code: place for place in map(_read, COUNTRIES.strip().splitlines())}
    | {UNKNOWN.code: UNKNOWN},
)

CODES: frozenset[str] = frozenset(PLACES) - {UNKNOWN_PLACE}
"""The 249 officially assigned alpha-2 codes, without ZZ."""


def place(code: str) -> Place:
    """Return a place by its code, in either case; what is no code of a country is ZZ."""
    return PLACES.get(code.upper(), UNKNOWN)


def name(code: str) -> str:
    """Return the short English name of a place; "Unknown place" for ZZ and what is no code."""
    return place(code).name


def continent(code: str) -> str:
    """Return the English name of the continent that a place is on, or "Unknown"."""
    return CONTINENTS[place(code).continent]
