"""What a question of blame is asked about: one window, and what each service showed in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from uproar.detect.mix import Cell, group_of
from uproar.model.catalog import Catalog

SERVICES_MAX = 64  # Services looked at together; those that fail come first, then the largest.
CELLS_MAX = 200  # Cells of one service that are told apart, the fullest first.
SITES_MAX = 50  # Sites of one service that are told apart, the fullest first.


class Kin(msgspec.Struct, frozen=True):
    """What the catalog says of a service's relations."""

    providers: tuple[str, ...]
    category: str
    countries: tuple[str, ...]


def kin_of(catalog: Catalog) -> dict[str, Kin]:
    """Return the relations of every service of a catalog."""
    return {
        slug: Kin(known.providers, known.category, known.countries)
        for slug, known in catalog.services.items()
    }


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one service showed in the window.

    `expected` is the usual number of reports in it and `size` the negative-binomial size of their
    count; `cells` counts them by (network, place), `sites` by (network, address prefix) as far as
    prefixes are known (a network without a number is a prefix itself). `providers` are slugs of what the service is
    listed as depending on, `rivals` slugs of services that people take for it. `onset` is the bracket
    of its incident in milliseconds. A service that `is_access` is a network itself.
    """

    service: str
    expected: float
    size: float
    cells: Mapping[Cell, int] = field(default_factory=dict)
    sites: Mapping[Cell, int] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    rivals: frozenset[str] = frozenset()
    onset: tuple[int, int] | None = None
    is_failing: bool = False
    is_access: bool = False

    @property
    def kin(self) -> tuple[str, ...]:
        """Return what it depends on, and itself: a provider may be a service as well."""
        return (*self.providers, self.service)

    @property
    def count(self) -> int:
        """Return how many reports counted."""
        return sum(self.cells.values())


@dataclass(frozen=True, slots=True)
class Scene:
    """All services of one window."""

    sightings: tuple[Sighting, ...]


def scene(sightings: Iterable[Sighting]) -> Scene:
    """Return a scene in a fixed order and within its bounds.

    Failing services come first, then those behind the same providers and the providers themselves,
    then the largest.
    """
    known = sorted(sightings, key=lambda seen: seen.service)
    behind = {slug for seen in known if seen.is_failing for slug in seen.kin}
    known.sort(
        key=lambda seen: (
            not seen.is_failing,
            behind.isdisjoint(seen.kin),
            -max(seen.expected, float(seen.count)),
        )
    )
    return Scene(tuple(_fullest(seen) for seen in known[:SERVICES_MAX]))


def _fullest(seen: Sighting) -> Sighting:
    """Return a sighting with its fullest cells and sites apart, unlisted networks taken as one."""
    counts: dict[Cell, int] = {}
    for (network, place), count in seen.cells.items():
        cell = (group_of(network), place)
        counts[cell] = counts.get(cell, 0) + count
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    cells = dict(ranked[:CELLS_MAX])
    for (_, place), count in ranked[CELLS_MAX:]:
        cells["", place] = cells.get(("", place), 0) + count
    sites = sorted(seen.sites.items(), key=lambda pair: (-pair[1], pair[0]))[:SITES_MAX]
    return replace(seen, cells=cells, sites=dict(sites))
