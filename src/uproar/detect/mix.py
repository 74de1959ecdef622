"""Where do a service's reports usually come from? Decayed counts by network and place.

A mix is learned from minutes in which nothing was wrong. A service that is hardly ever reported
borrows: its places from all services, and its networks within a place from what all services see in
that place (a Dirichlet whose mean is the pooled mix, worth PLACE_WORTH and NETWORK_WORTH reports).
Networks without a known number (`p:...`) change their names daily and are learned as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
Cell = tuple[str, str]  # (network, place)

UNLISTED = "p:"  # Begins the name of every network without a known number.
POOLED = ""  # The key under which the mix of all services is kept.
CELLS_MAX = 400  # Cells remembered of one service.
POOLED_MAX = 20_000  # Cells remembered of all services together.
KEEP_A_DAY = 0.95  # What a day leaves of a count: half of it is forgotten within two weeks.
FORGET_BELOW = 0.02  # Smaller counts are dropped.
PLACE_WORTH = 20.0  # Reports that the pooled places are worth to a service.
NETWORK_WORTH = 30.0  # Reports that the pooled networks of a place are worth to a service.
POOL_WORTH = 5.0  # Reports that our ignorance is worth to the pool.
GUESS_WORTH = 1.0  # Reports that shares are worth which were never seen.
NETWORKS_GUESSED = 40.0  # Networks guessed in a place of which nothing is known.
PLACES_GUESSED = 50.0
UNLISTED_GUESSED = 0.25  # Share of reports guessed to come from networks without a number.
UNLISTED_SPREAD = (
    500.0  # Prefixes among which the reports of unlisted networks are thought to fall.
)


class Mix(msgspec.Struct):
    """Decayed counts of one service by cell ("AS3320|DE"), their sum, and the day they are of."""

    cells: dict[str, float] = {}
    total: float = 0.0
    day: int = 0


def group_of(network: str) -> str:
    """Return the name under which a network is learned."""
    return UNLISTED if network.startswith(UNLISTED) else network


def learn(
    mixes: dict[str, Mix], service: str, cells: Mapping[Cell, int], day: int, *, room: int
) -> None:
    """Add ordinary reports to the mix of a service and of all. `room` bounds the services kept."""
    for name, most in ((service, CELLS_MAX), (POOLED, POOLED_MAX)):
        mix = mixes.get(name)
        if mix is None:
            if len(mixes) > room:
                continue
            mix = mixes[name] = Mix(day=day)
        _age(mix, day)
        for (network, place), count in cells.items():
            key = f"{group_of(network)}|{place}"
            if key not in mix.cells and len(mix.cells) >= most:
                continue
            mix.cells[key] = mix.cells.get(key, 0.0) + count
            mix.total += count


def _age(mix: Mix, day: int) -> None:
    if day <= mix.day:
        return
    keep = KEEP_A_DAY ** min(day - mix.day, 365)
    mix.cells = {
        key: value * keep for key, value in mix.cells.items() if value * keep >= FORGET_BELOW
    }
    mix.total = sum(mix.cells.values())
    mix.day = day


class Shares:
    """The usual shares of some services, over the places and networks that a question is about."""

    def __init__(self, mixes: Mapping[str, Mix], services: Sequence[str]) -> None:
        """Read the mixes of `services`; those without one have the pooled shares."""
        self._pool = _Counts(mixes.get(POOLED))
        self._own = [_Counts(mixes.get(service)) for service in services]
        pooled = min(self._pool.total, PLACE_WORTH + NETWORK_WORTH)
        learned = [max(own.total, pooled) for own in self._own]
        self.known: F64 = np.array([GUESS_WORTH + max(n - POOL_WORTH, 0.0) for n in learned])
        """How many reports the shares of each service are worth, (services,)."""

    @property
    def places(self) -> list[str]:
        """Return every place that a mix has seen, in the order of their codes."""
        return sorted({*self._pool.places, *(p for own in self._own for p in own.places)})

    def place(self, row: int, place: str) -> float:
        """Return the usual share of a place in the reports of a service."""
        own, pool = self._own[row], self._pool
        pooled = (pool.places.get(place, 0.0) + POOL_WORTH / PLACES_GUESSED) / (
            pool.total + POOL_WORTH
        )
        return (own.places.get(place, 0.0) + PLACE_WORTH * pooled) / (own.total + PLACE_WORTH)

    def network_in(self, row: int, network: str, place: str) -> float:
        """Return the usual share of a network among the reports that a service has from a place.

        Of an unlisted network that is its part of what all unlisted ones have; UNLISTED is them all.
        """
        own, pool = self._own[row], self._pool
        group = group_of(network)
        key = f"{group}|{place}"
        guess = UNLISTED_GUESSED if group == UNLISTED else (1 - UNLISTED_GUESSED) / NETWORKS_GUESSED
        pooled = (pool.cells.get(key, 0.0) + POOL_WORTH * guess) / (
            pool.places.get(place, 0.0) + POOL_WORTH
        )
        share = (own.cells.get(key, 0.0) + NETWORK_WORTH * pooled) / (
            own.places.get(place, 0.0) + NETWORK_WORTH
        )
        return share / UNLISTED_SPREAD if group == UNLISTED != network else share

    def cell(self, row: int, cell: Cell) -> float:
        """Return the usual share of a cell in the reports of a service."""
        return self.place(row, cell[1]) * self.network_in(row, *cell)

    def network(self, row: int, network: str, places: Sequence[str]) -> float:
        """Return the usual share of a network, summed over `places`."""
        return sum(self.cell(row, (network, place)) for place in places)

    def seen(self, network: str) -> float:
        """Return how many ordinary reports, decayed, have come from a network to any service."""
        return sum(self._pool.by_network.get(group_of(network), {}).values())

    def homes(self, network: str, limit: int) -> list[str]:
        """Return the places that a network is known in, the most usual first."""
        own = self._pool.by_network.get(group_of(network), {})
        return [p for p, _ in sorted(own.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]]


class _Counts:
    """One mix, taken apart: by cell, by place, by network and place."""

    def __init__(self, mix: Mix | None) -> None:
        self.cells = mix.cells if mix is not None else {}
        self.total = 0.0
        self.places: dict[str, float] = {}
        self.by_network: dict[str, dict[str, float]] = {}
        for key, value in self.cells.items():
            network, _, place = key.rpartition("|")
            self.total += value
            self.places[place] = self.places.get(place, 0.0) + value
            self.by_network.setdefault(network, {})[place] = value
