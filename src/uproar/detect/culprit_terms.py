"""The likelihoods behind a question of blame, as arrays over (service, candidate).

All are natural logarithms of the marginal probability of one service's window: how many reports, and
from which networks and places. Common factors (the coefficients of the counts by cell) are left out.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from uproar.detect.culprit_scene import Scene
from uproar.detect.mix import UNLISTED, Mix, Shares
from uproar.stats import mixes as arithmetic

F64 = NDArray[np.float64]

NETWORKS_TOLD = 12  # Access networks that are asked after.
PLACES_TOLD = 6  # Places that are asked after.
NETWORK_PLACES = 12  # Places over which a network's usual share is summed.
COUNT_MIN = 2  # Reports from which a network or place is asked after.

# Concentrations of the shares in a window about the usual ones. Mixes move with the hour and with
# what fails; four times in five they are worth some forty reports or more.
CONCENTRATIONS = np.array([8.0, 40.0, 200.0])
CONCENTRATION_WEIGHTS = np.log(np.array([0.2, 0.4, 0.4]))
UNEXPLAINED_CONCENTRATION = 1.5  # Of an excess from anywhere.
# Excess as multiples of the usual (at least USUAL_MIN reports): even on a logarithmic scale.
MULTIPLES: F64 = np.array([0.3 * 3.0**step for step in range(11)])
USUAL_MIN = 0.005
LEVEL_SPREAD = 0.8  # Steps by which services behind one cause differ in how far they rise.
EXCESS_SHAPE = 3.0  # Gamma shape of an excess about its step: neighbouring steps overlap.
DISPERSION_MAX = 100.0  # Negative-binomial size beyond which no expectation is believed.
# Who loses a network may report over another one: share of the excess that leaks elsewhere.
LEAKS = np.array([0.03, 0.35])
LEAK_WEIGHTS = np.log(np.array([0.7, 0.3]))
# A network that is new, or was renumbered, has a usual share that we do not know.
SEEN_MIN = 20.0
NEW_SHARES: F64 = np.array([0.02, 0.06, 0.15, 0.4])
# A service's own fault may be confined to one place.
OWN_REGIONAL = 0.15


class Table:
    """Everything that the explanations of one scene are weighed by."""

    def __init__(self, scene: Scene, mixes: Mapping[str, Mix]) -> None:
        """Compute what all candidates share: shares, counts, the likelihood without any excess."""
        self.scene = scene
        seen = scene.sightings
        self.shares = Shares(mixes, [each.service for each in seen])
        self.count: F64 = np.array([each.count for each in seen], np.float64)
        self.usual: F64 = np.array([max(each.expected, 1e-6) for each in seen])
        self.size: F64 = np.array([min(max(each.size, 1e-3), DISPERSION_MAX) for each in seen])
        self.excess: F64 = np.maximum(self.count - self.usual, 0.0)
        knowledge = 1.0 / self.shares.known
        self.concentration: F64 = 1.0 / (1.0 / CONCENTRATIONS + knowledge[:, None])
        self.mixed: F64 = np.zeros((len(seen), len(CONCENTRATIONS)))
        self.scattered: F64 = np.zeros(len(seen))
        self.cell_shares: list[list[float]] = []
        for row, each in enumerate(seen):
            self.cell_shares.append([self.shares.cell(row, cell) for cell in each.cells])
            if each.cells:
                counts = np.array(list(each.cells.values()), np.float64)
                shares = np.array(self.cell_shares[row])
                self.mixed[row] = arithmetic.in_cells(counts, shares, self.concentration[row])
                self.scattered[row] = arithmetic.in_cells(
                    counts, shares, np.float64(UNEXPLAINED_CONCENTRATION)
                )
        self.mixed += CONCENTRATION_WEIGHTS
        self.as_usual: F64 = arithmetic.log_sum(self.mixed, axis=1)
        self.calm: F64 = arithmetic.log_count(self.count, self.usual, self.size) + self.as_usual
        risen = self._risen()
        self.networks = self._networks()
        self.places = self._places()
        self.in_place: F64 = self.of_group(*self._place_counts(), MULTIPLES, relative=True)
        self.own: F64 = self._own(risen)
        self.unexplained: F64 = even(risen) + self.scattered

    def _risen(self) -> F64:
        """Return log P(count) by (service, step) with an excess of so many times the usual."""
        return self._log_count(MULTIPLES * np.maximum(self.usual, USUAL_MIN)[:, None])

    def _log_count(self, excess: F64) -> F64:
        """Return log P(count) by (service, ..., step) for mean excesses whose spread is a gamma's."""
        shape = (-1,) + (1,) * (excess.ndim - 1)
        usual, size = self.usual.reshape(shape), self.size.reshape(shape)
        level = usual + excess
        clump = usual * usual / size + excess * excess / EXCESS_SHAPE
        return arithmetic.log_count(self.count.reshape(shape), level, level * level / clump)

    def _own(self, risen: F64) -> F64:
        """Return the log-likelihood by (service, step) of a fault everywhere or in one place."""
        everywhere: F64 = risen + self.as_usual[:, None] + math.log(1.0 - OWN_REGIONAL)
        if not self.places:
            return everywhere
        weight = np.log(np.maximum(self.place_share, 1e-9)) + math.log(OWN_REGIONAL)
        regional = arithmetic.log_sum(self.in_place + weight[..., None], axis=1)
        out: F64 = np.logaddexp(everywhere, regional)
        return out

    def _networks(self) -> list[str]:
        """Return the listed networks from which more came than usual, those with most first."""
        counts, surplus = self._by_axis(0)
        asked = [
            name
            for name, count in counts.items()
            if name and count >= COUNT_MIN and not name.startswith(UNLISTED)
        ]
        asked.sort(key=lambda name: (-surplus[name], name))
        return asked[:NETWORKS_TOLD]

    def _places(self) -> list[str]:
        counts, surplus = self._by_axis(1)
        asked = [name for name, count in counts.items() if name != "ZZ" and count >= COUNT_MIN]
        asked.sort(key=lambda name: (-surplus[name], name))
        return asked[:PLACES_TOLD]

    def _by_axis(self, axis: int) -> tuple[dict[str, int], dict[str, float]]:
        """Return counts by network (0) or place (1), and a rough surplus over the usual."""
        counts: dict[str, int] = {}
        surplus: dict[str, float] = {}
        for row, each in enumerate(self.scene.sightings):
            shares = self.cell_shares[row]
            for (cell, count), share in zip(each.cells.items(), shares, strict=True):
                name = cell[axis]
                counts[name] = counts.get(name, 0) + count
                surplus[name] = surplus.get(name, 0.0) + max(count - each.expected * share, 0.0)
        return dict(sorted(counts.items())), surplus

    def _place_counts(self) -> tuple[F64, F64]:
        rows = len(self.scene.sightings)
        counts = np.zeros((rows, len(self.places)))
        for row, each in enumerate(self.scene.sightings):
            for (_, place), count in each.cells.items():
                if place in self.places:
                    counts[row, self.places.index(place)] += count
        self.place_share: F64 = np.array(
            [[self.shares.place(row, place) for place in self.places] for row in range(rows)]
        ).reshape(rows, len(self.places))
        return counts, self.place_share

    def network_counts(self, networks: list[str]) -> tuple[F64, F64]:
        """Return counts and usual shares by (service, network)."""
        rows = len(self.scene.sightings)
        counts = np.zeros((rows, len(networks)))
        where: dict[str, set[str]] = {name: set() for name in networks}
        for row, each in enumerate(self.scene.sightings):
            for (network, place), count in each.cells.items():
                if network in where:
                    counts[row, networks.index(network)] += count
                    where[network].add(place)
        shares = np.zeros((rows, len(networks)))
        for column, name in enumerate(networks):
            known = self.shares.homes(name, NETWORK_PLACES)
            places = sorted(where[name].union([] if name.startswith(UNLISTED) else known))
            for row in range(rows):
                shares[row, column] = self.shares.network(row, name, places[:NETWORK_PLACES])
        return counts, np.clip(shares, 1e-9, 1.0 - 1e-9)

    def of_group(
        self, counts: F64, shares: F64, steps: F64, *, relative: bool, leaks: bool = True
    ) -> F64:
        """Return the log-likelihood of an excess confined to a group, by (service, group, step).

        `counts` and `shares` are those of the group; `steps` the excess, as multiples of what is
        usual in the group (`relative`) or in reports; some of it may leak to others (`leaks`).
        """
        base = (
            np.maximum(self.usual[:, None] * shares, USUAL_MIN)
            if relative
            else np.ones_like(shares)
        )
        excess = steps * base[..., None]
        # All cells of one kind, in the group or out of it, keep their shares among themselves, so
        # that in the ratio to the usual mix only the group and its complement are left.
        out: F64 = self._log_count(excess) + self.as_usual[:, None, None]
        heard = self.count > 0
        if heard.any() and counts.shape[1]:
            # Axes: service, group, concentration, leak, step.
            usual, lift = self.usual[heard, None, None, None], excess[heard][:, :, None, :]
            part = shares[heard][:, :, None, None]
            leak = LEAKS[:, None] if leaks else np.zeros((1, 1))
            inside = part * usual + lift * ((1.0 - leak) + leak * part)
            moved = np.clip(inside / (usual + lift), 1e-9, 1.0 - 1e-9)[:, :, None]
            worth = self.concentration[heard][:, None, :, None, None]
            count = counts[heard][:, :, None, None, None]
            total = self.count[heard, None, None, None, None]
            ratio = arithmetic.in_group(count, total, moved, worth) - arithmetic.in_group(
                count, total, part[..., None], worth
            )
            ratio += self.mixed[heard][:, None, :, None, None] + (
                LEAK_WEIGHTS[:, None] if leaks else 0.0
            )
            shape = (*ratio.shape[:2], -1, len(steps))
            mixed = arithmetic.log_sum(ratio.reshape(shape), axis=2)
            out[heard] += mixed - self.as_usual[heard, None, None]
        return out

    def renumbered(self, networks: list[str], counts: F64, shares: F64) -> F64:
        """Return how much better a share that we do not know of explains what came by a network.

        Log-ratios by (service, network, share); the share is one of the reports from the network's
        country, at all services. The number of reports has no part in it.
        """
        out = np.zeros((*counts.shape, len(NEW_SHARES)))
        heard = self.count > 0
        if heard.any() and networks:
            homes = [self._home_of(name) for name in networks]
            rows = range(len(self.count))
            known = {home: [self.shares.place(row, home) for row in rows] for home in set(homes)}
            place = np.array([known[home] for home in homes]).T
            part = shares[heard][:, :, None, None]
            moved = np.clip(place[heard][:, :, None, None] * NEW_SHARES, 1e-9, 1.0 - 1e-9)
            worth = self.concentration[heard][:, None, :, None]
            count, total = counts[heard][:, :, None, None], self.count[heard, None, None, None]
            ratio = arithmetic.in_group(count, total, moved, worth) - arithmetic.in_group(
                count, total, part, worth
            )
            ratio += self.mixed[heard][:, None, :, None]
            out[heard] = arithmetic.log_sum(ratio, axis=2) - self.as_usual[heard, None, None]
        return out

    def _home_of(self, network: str) -> str:
        """Return the place that most reports by a network came from."""
        counts: dict[str, int] = {}
        for each in self.scene.sightings:
            for (name, place), count in each.cells.items():
                if name == network:
                    counts[place] = counts.get(place, 0) + count
        return min(counts, key=lambda place: (-counts[place], place))

    def is_new(self, network: str) -> bool:
        """Tell whether hardly any report has come from a network before."""
        return self.shares.seen(network) < SEEN_MIN


def even(steps: F64) -> F64:
    """Return log-likelihoods without their last axis, the size of the excess: all are as likely."""
    return arithmetic.log_sum(steps, axis=-1) - math.log(steps.shape[-1])


def near(steps: F64, spread: float = LEVEL_SPREAD) -> F64:
    """Return log-likelihoods by (level, service) from those by (service, step).

    Services behind one cause rise by factors that scatter about one level, `spread` steps wide.
    """
    size = steps.shape[-1]
    apart = np.abs(np.arange(size)[:, None] - np.arange(size))
    kernel = -0.5 * (apart / spread) ** 2
    kernel -= arithmetic.log_sum(kernel, axis=1)[:, None]
    return arithmetic.log_sum(kernel[:, None, :] + steps, axis=2)
