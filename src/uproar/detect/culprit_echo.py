"""Is a rise the echo of a far larger incident? Its size, places and onset beside those of the other."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from uproar.detect.culprit_terms import EXCESS_SHAPE, Table
from uproar.stats import mixes as arithmetic

F64 = NDArray[np.float64]

# Echo: 1 to 4 % of the far larger excess, rarely a fifth or a thousandth.
ECHO_SHARE = 0.02
ECHO_SPREAD = 0.9  # Of its logarithm.
ECHO_STEPS = np.linspace(-2.0, 2.0, 5)
ECHO_MIN = 6.0  # Times the excess that the other one's must be.
ECHOES_TOLD = 3  # Larger incidents that one service may echo.
ECHO_EARLY_MS = 180_000  # An echo that begins so long before its source is none.
ECHO_EARLY = 0.03  # Probability of an onset so much earlier, given an echo.
OWN_EARLY = 0.5  # The same given two faults that know nothing of each other.
POOL = 5.0  # Reports that the usual places are worth where a source's own are counted.


def echoes(table: Table, row: int) -> list[tuple[int, float]]:
    """Return the far larger incidents that a service may echo: (row, log-likelihood)."""
    seen = table.scene.sightings
    if not seen[row].is_failing:
        return []
    large = [
        other
        for other, each in enumerate(seen)
        if other != row
        and each.is_failing
        and table.excess[other] >= ECHO_MIN * max(table.excess[row], 1.0)
    ]
    rivals = seen[row].rivals
    large.sort(
        key=lambda other: (
            seen[other].service not in rivals,
            -table.excess[other],
            seen[other].service,
        )
    )
    return [(other, _echo(table, row, other)) for other in large[:ECHOES_TOLD]]


def _echo(table: Table, row: int, source: int) -> float:
    """Return the log-likelihood of a rise that is a small share of another one's excess."""
    share = ECHO_SHARE * np.exp(ECHO_SPREAD * ECHO_STEPS)
    weight = -0.5 * ECHO_STEPS**2
    weight -= arithmetic.log_sum(weight, axis=0)
    excess = share * table.excess[source]
    level = table.usual[row] + excess
    clump = table.usual[row] ** 2 / table.size[row] + excess**2 / EXCESS_SHAPE
    sizes = arithmetic.log_count(table.count[row], level, level * level / clump) + weight
    likelihood = float(arithmetic.log_sum(sizes + _echo_mix(table, row, source, excess), axis=0))
    return likelihood + _order(table, row, source)


def _echo_mix(table: Table, row: int, source: int, excess: F64) -> F64:
    """Return log P of the cells by step: its own usual places, or those of the source."""
    mine, theirs = _by_place(table, row), _by_place(table, source)
    places = sorted(mine)
    counts = np.array([mine[place] for place in places], np.float64)
    usual = np.array([table.shares.place(row, place) for place in places])
    whole = sum(theirs.values()) + POOL
    source_mix = np.array(
        [(theirs.get(p, 0) + POOL * u) / whole for p, u in zip(places, usual, strict=True)]
    )
    part = (excess / (table.usual[row] + excess))[:, None, None]
    moved = (1.0 - part) * usual + part * source_mix
    worth = table.concentration[row]
    ratio = arithmetic.in_cells(counts, moved, worth) - arithmetic.in_cells(counts, usual, worth)
    with_theirs = arithmetic.log_sum(table.mixed[row] + ratio, axis=1)
    out: F64 = np.logaddexp(with_theirs, table.as_usual[row]) - math.log(2.0)
    return out


def _by_place(table: Table, row: int) -> dict[str, int]:
    places: dict[str, int] = {}
    for (_, place), count in table.scene.sightings[row].cells.items():
        places[place] = places.get(place, 0) + count
    return places


def _order(table: Table, row: int, source: int) -> float:
    """Return what the order of the onsets says: an echo does not begin before its source."""
    mine, theirs = table.scene.sightings[row].onset, table.scene.sightings[source].onset
    if mine is None or theirs is None:
        return 0.0
    early = mine[1] < theirs[0] - ECHO_EARLY_MS
    return math.log(ECHO_EARLY / OWN_EARLY if early else (1 - ECHO_EARLY) / (1 - OWN_EARLY))
