"""Which providers may be behind it all, and which services does the fault of each reach?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from uproar.detect.culprit_terms import Table, even

F64 = NDArray[np.float64]

PROVIDERS_TOLD = 12  # Providers that are asked after, those whose services rose most.
REACH = (0.15, 0.4, 0.65, 0.9)  # Part of the services behind a provider that its fault reaches.
# Dependences that are not listed, as multiples of those that are: one service in fourteen lacks its
# entry where the catalog is good, four in ten where it is poor.
UNLISTED = (0.08, 0.6)
SPREADS = (0.6, 1.4)  # Steps by which the services behind one provider differ in their rise.
UNLISTED_MIN, UNLISTED_MAX = 0.005, 0.15  # Bounds of the share of unlisted services behind one.


def providers(table: Table) -> list[tuple[str, F64]]:
    """Return providers to ask after, with the probability of reaching each service: (reach, service).

    Any provider of a service that rose is asked after, whether or not that of a failing one: what
    a failing service depends on is often not listed. A service that is the provider itself counts
    as one behind it.
    """
    seen = table.scene.sightings
    gain = np.maximum(even(table.own) - table.calm, 0.0)
    risen: dict[str, float] = {}
    for row, each in enumerate(seen):
        for slug in each.providers:
            risen[slug] = risen.get(slug, 0.0) + float(gain[row])
    asked = sorted(risen, key=lambda slug: (-risen[slug], slug))[:PROVIDERS_TOLD]
    return [(slug, _reaches(table, slug)) for slug in sorted(asked)]


def _reaches(table: Table, slug: str) -> F64:
    """Return how likely the fault of a provider reaches each service, by (hypothesis, service)."""
    seen = table.scene.sightings
    behind = np.array([slug in each.providers or slug == each.service for each in seen])
    share = behind.sum() / max(len(seen) - behind.sum(), 1)
    rows = [
        np.where(behind, reach, reach * np.clip(share * missing, UNLISTED_MIN, UNLISTED_MAX))
        for missing in UNLISTED
        for reach in REACH
    ]
    out: F64 = np.array(rows)
    return out
