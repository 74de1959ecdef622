"""What a question of blame is asked about: one window, and what each service showed in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from uproar.detect.mix import Cell

SERVICES_MAX = 64  # Services looked at together; those that fail come first, then the largest.
CELLS_MAX = 200  # Cells of one service that are told apart, the fullest first.
REPORTERS_MAX = 2_000  # Reporters of one network that are told apart.


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one service showed in the window.

    `expected` is the usual number of reports in it and `size` the negative-binomial size of their
    count; `cells` counts them by (network, place). `providers` are slugs of what the service is
    listed as depending on, `rivals` slugs of services that people take for it. `onset` is the bracket
    of its incident in milliseconds. A service that `is_access` is a network itself.
    """

    service: str
    expected: float
    size: float
    cells: Mapping[Cell, int] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    rivals: frozenset[str] = frozenset()
    onset: tuple[int, int] | None = None
    is_failing: bool = False
    is_access: bool = False

    @property
    def count(self) -> int:
        """Return how many reports counted."""
        return sum(self.cells.values())


@dataclass(frozen=True, slots=True)
class Scene:
    """All services of one window, and by network how often each reporter was counted in it.

    A reporter who was counted at three services stands as a 3. Networks in which nobody was counted
    twice may be left out of `reporters`.
    """

    sightings: tuple[Sighting, ...]
    reporters: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def scene(
    sightings: Iterable[Sighting], reporters: Mapping[str, tuple[int, ...]] | None = None
) -> Scene:
    """Return a scene in a fixed order and within its bounds.

    Failing services come first, then those behind the same providers, then the largest.
    """
    known = sorted(sightings, key=lambda seen: seen.service)
    behind = {slug for seen in known if seen.is_failing for slug in seen.providers}
    known.sort(
        key=lambda seen: (
            not seen.is_failing,
            not behind.intersection(seen.providers),
            -max(seen.expected, float(seen.count)),
        )
    )
    kept = tuple(_fullest(seen) for seen in known[:SERVICES_MAX])
    parts = {
        network: tuple(sorted(parts, reverse=True)[:REPORTERS_MAX])
        for network, parts in sorted((reporters or {}).items())
    }
    return Scene(kept, parts)


def _fullest(seen: Sighting) -> Sighting:
    """Return a sighting with its fullest cells apart and the rest of them under one empty name."""
    ranked = sorted(seen.cells.items(), key=lambda pair: (-pair[1], pair[0]))
    cells = dict(ranked[:CELLS_MAX])
    for (_, place), count in ranked[CELLS_MAX:]:
        cells["", place] = cells.get(("", place), 0) + count
    return replace(seen, cells=cells)
