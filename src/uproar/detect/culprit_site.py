"""Is one address range behind it all: a household, an office, a school?"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from uproar.detect.culprit_terms import Table
from uproar.detect.mix import UNLISTED_SPREAD, Cell, group_of
from uproar.stats import mixes as arithmetic

F64 = NDArray[np.float64]

SITES_TOLD = 4  # Small sites that are asked after.
SITE_MIN = 3  # Reports from which a site is.
# Somebody reports many services: once each, for nobody counts twice, at this share of the services.
VISITED = 0.3
SITE_CONCENTRATION = 300.0  # Of the address ranges of a network, about an even spread.
# Reports that one site sends to one service.
SITE_EXCESS: F64 = np.array([3.0**step for step in range(6)])


def sites(table: Table) -> list[tuple[str, F64, float]]:
    """Return the sites that may be behind it all: network, likelihoods by (service, step), odds.

    The last are log-odds that one who lives there merely reports many services, one time each, as
    people do whose network fails.
    """
    seen = table.scene.sightings
    counts: dict[Cell, int] = {}
    for each in seen:
        for site, count in each.sites.items():
            counts[site] = counts.get(site, 0) + count
    asked = sorted((-count, site) for site, count in counts.items() if count >= SITE_MIN)
    names = [site for _, site in asked[:SITES_TOLD]]
    if not names:
        return []
    groups = [group_of(network) for network, _ in names]
    told = list(dict.fromkeys(groups))
    columns = [told.index(group) for group in groups]
    counted, shares = (part[:, columns] for part in table.network_counts(told))
    within: F64 = np.array([[float(each.sites.get(name, 0)) for name in names] for each in seen])
    within = np.minimum(within, counted)
    found = table.of_group(counted, shares, SITE_EXCESS, relative=False, leaks=False)
    # Then, of what came by that network: how much from the one site? (service, site, step)
    usual = (table.usual[:, None] * shares)[..., None]
    moved = (usual / UNLISTED_SPREAD + SITE_EXCESS) / (usual + SITE_EXCESS)
    known = _in_site(within, counted, 1.0 / UNLISTED_SPREAD)
    found += _in_site(within[..., None], counted[..., None], moved) - known[..., None]
    visits = _visits(within, counted)
    return [
        (network, found[:, column], float(visits[column]))
        for column, (network, _) in enumerate(names)
    ]


def _in_site(within: F64, counted: F64, share: ArrayLike) -> F64:
    return arithmetic.in_group(within, counted, share, SITE_CONCENTRATION)


def _visits(within: F64, counted: F64) -> F64:
    """Return log-odds by site of a busy reporter against nobody in particular."""
    once = np.minimum(within, 1.0)
    usual = 1.0 / UNLISTED_SPREAD
    moved = usual + (1.0 - usual) / (np.maximum(counted, 1.0) + 1.0)
    ratio = _in_site(once, counted, moved) - _in_site(once, counted, usual)
    ratio = np.where(within > 0, ratio, 0.0)
    out: F64 = np.logaddexp(math.log(VISITED) + ratio, math.log1p(-VISITED)).sum(axis=0)
    return out
