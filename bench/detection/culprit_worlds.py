"""Other worlds than that of `culprit_world.py`, on which nothing of the model was ever set.

They ask whether the answers hold where the world is another one: `few` services with Poisson counts
and mixes of their own, providers whose services are hit `uneven`ly and that are hardly listed, `many`
services in a scene that cannot hold them with clouds beneath content networks and providers that are
services themselves, `small` access networks, and `rivals` that all echo one failed operator.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from culprit_world import F64, KINDS, Case, Fault, One, World
from numpy.typing import NDArray

from uproar.detect import mix


class Few(World):
    """Sixteen services with a home each, four providers, Poisson counts."""

    SERVICES, PROVIDERS, POPULARITY = 16, 4, 2.0
    SIZES = (1e4,)
    WORTHS = (5, 20)


class Uneven(World):
    """A provider's fault falls on a part of its services and very unevenly; 40 % are not listed."""

    LISTED, WRONG = 0.6, 0.15
    HIT = (0.2, 0.8)
    SPLIT_POWER, SPLIT_SPREAD = 0.6, 1.3
    SIZES = (3.0, 8.0, 20.0)


class Many(World):
    """Two hundred services, twenty providers, half of them beneath others, eight services themselves.

    A fault of kind `hub` is that of a provider whose own page has an incident too, and is asked about.
    """

    kinds = (*KINDS, "hub")
    SERVICES, PROVIDERS = 200, 20
    HUBS = 8

    def __init__(self, dice: np.random.Generator) -> None:
        super().__init__(dice)
        for number in range(self.HUBS):
            hub = self.services[number]
            self.mixes[f"provider-{number}"] = self.mixes.pop(hub.slug, mix.Mix())
            hub.slug, hub.providers, hub.listed = f"provider-{number}", frozenset(), ()

    def _used(self, popularity: F64) -> frozenset[str]:
        """Draw dependences; nearly all that use the upper of two providers use the lower as well."""
        used = set(super()._used(popularity))
        for slug in sorted(used):
            number = int(slug.rpartition("-")[2])
            if number >= self.PROVIDERS // 2 and self.dice.random() < 0.9:
                used.add(f"provider-{number - self.PROVIDERS // 2}")
        return frozenset(used)

    def _behind(self, slug: str) -> list[One]:
        return [one for one in self.services if slug in (*one.providers, one.slug)]

    def fault_hub(self, reports: int) -> Fault | None:
        """A provider that is a service itself fails, and is reported itself."""
        slug = f"provider-{int(self.dice.integers(self.HUBS))}"
        fault = self._provider_fault(slug, reports)
        if fault is None or not fault.added.get(slug):
            return None
        return Fault(fault.added, ("service", slug), slug, minutes=fault.minutes)

    def _scene(self, kind: str, fault: Fault) -> Case | None:
        case = super()._scene(kind, fault)
        if case is None or ("provider", case.target) not in case.truth:
            return case
        truth = frozenset({("service", case.target)})  # To itself a provider's fault is its own.
        return Case(case.scene, case.target, case.kind, truth, case.share)


class Small(World):
    """Access networks of one to four per cent of their countries fail."""

    kinds = ("access",)
    ACCESS = (0.01, 0.04)


class Rivals(World):
    """A network operator fails: all its rivals echo it, and what its customers use rises by it."""

    kinds = ("echo",)

    def fault_echo(self, reports: int) -> Fault | None:
        """Return the fault, or None where this world has no operator with rivals."""
        operators = [one for one in self.services if one.own_network]
        if len(operators) < 3:
            return None
        source = operators[int(self.dice.integers(len(operators)))]
        rivals = [one for one in operators if one is not source]
        target = rivals[int(self.dice.integers(len(rivals)))]
        share = float(np.clip(self.dice.lognormal(np.log(0.02), 0.6), 0.004, 0.09))
        added = {source.slug: self._service_added(source, round(reports / share))}
        at_source = self._by_country(added[source.slug])
        for one in rivals:
            part = 1.0 if one is target else float(self.dice.lognormal(-0.3, 0.7))
            added[one.slug] = self._echoed(one, round(reports * part), at_source)
        home = self.places[int(np.argmax(source.places))]
        use = np.array([one.rate * one.places.max() for one in self.services])
        visited = self._split(self.services, use, 2 * reports)
        for one, n in zip(self.services, visited, strict=True):
            if not one.own_network and n:
                added[one.slug] = Counter({(source.own_network, home.code): n})
        lag = {one.slug: float(self.dice.uniform(-1.0, 12.0)) for one in rivals}
        return Fault(added, ("echo", source.slug), target.slug, lag=lag)

    def _echoed(
        self, one: One, reports: int, at_source: NDArray[np.float64]
    ) -> Counter[tuple[str, str]]:
        out: Counter[tuple[str, str]] = Counter()
        countries = self.dice.multinomial(reports, at_source / at_source.sum()).tolist()
        for at, n in enumerate(countries):
            out += self.cells(one, n, only=at)
        return out


WORLDS = {
    "usual": World,
    "few": Few,
    "uneven": Uneven,
    "many": Many,
    "small": Small,
    "rivals": Rivals,
}
