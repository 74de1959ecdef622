"""By which clocks does each series live? Calendars of places and services, learned from reports.

Calendar 0 is that of all clocks together; then come the places, in the almanac's order, and the
services, in the catalog's. A place lives by its own clocks. A service lives by those of the
countries it is mainly used in, until its own reports say where they usually come from.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from uproar.detect.mix import Mix
from uproar.detect.season import Almanac, Season
from uproar.model.place import PLACES
from uproar.model.series import SeriesKey

F64 = NDArray[np.float64]

COUNTRIES_WORTH = 100.0  # Reports that what the catalog says of countries is worth.
PLACES_GUESSED = 12  # Countries of a service that the catalog knows nothing of: the most populous.


def codes_of(almanac: Almanac) -> list[str]:
    """Return the places that the almanac has clocks of, in the order of their calendars."""
    return list(dict.fromkeys(code for code, _ in almanac.clocks))


def at_start(almanac: Almanac, countries: Mapping[str, tuple[str, ...]]) -> F64:
    """Return the shares (calendar, clock) before any report. `countries` is by service, sorted."""
    by_place = _by_place(almanac)
    codes = codes_of(almanac)
    people = np.array(
        [max(PLACES[code].population, 0.01) ** 0.5 if code in PLACES else 1.0 for code in codes]
    )
    rows = [_mixed(people, by_place), *by_place]
    largest = np.argsort(-people, kind="stable")[:PLACES_GUESSED]
    number = {code: place for place, code in enumerate(codes)}
    for service in sorted(countries):
        used = [number[code] for code in countries[service] if code in number]
        weights = np.zeros(len(codes))
        chosen = used or largest
        weights[chosen] = people[chosen]
        rows.append(_mixed(weights, by_place))
    return np.array(rows)


def calendar_of(season: Season, key: SeriesKey, service_row: int) -> int:
    """Return the number of the calendar that a series lives by."""
    codes = codes_of(season.almanac)
    if key.place in codes:
        return 1 + codes.index(key.place)
    return 1 + len(codes) + service_row


def relearn(
    shares: F64, first: F64, almanac: Almanac, services: list[str], mixes: Mapping[str, Mix]
) -> None:
    """Bring the services' calendars to where their reports usually come from, in place.

    `first` is what `at_start` gave: it stays worth COUNTRIES_WORTH reports.
    """
    codes = codes_of(almanac)
    by_place = shares[1 : 1 + len(codes)]
    number = {code: place for place, code in enumerate(codes)}
    for row, service in enumerate(services, start=1 + len(codes)):
        mix = mixes.get(service)
        if mix is None:
            continue
        counts = np.zeros(len(codes))
        for cell, count in mix.cells.items():
            place = number.get(cell.rpartition("|")[2])
            if place is not None:
                counts[place] += count
        shares[row] = (counts @ by_place + COUNTRIES_WORTH * first[row]) / (
            counts.sum() + COUNTRIES_WORTH
        )


def _by_place(almanac: Almanac) -> F64:
    """Return the shares of every place's own clocks, by its people: (place, clock)."""
    codes = codes_of(almanac)
    out = np.zeros((len(codes), len(almanac.clocks)))
    for clock, (code, zone) in enumerate(almanac.clocks):
        zones = dict(PLACES[code].zones) if code in PLACES else {}
        out[codes.index(code), clock] = zones.get(zone, 1.0)
    total: F64 = out / out.sum(axis=1, keepdims=True)
    return total


def _mixed(weights: F64, by_place: F64) -> F64:
    out: F64 = weights @ by_place / weights.sum()
    return out
