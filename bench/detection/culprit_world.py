"""Worlds for `culprit.py`: services, networks, providers and faults, drawn without the model's help.

Nothing here uses the equations of `detect/culprit`: shares at a fault are drawn anew about the usual
ones, histories hold foreign reports, the table of providers has holes and wrong entries, rivals may
be unlisted, networks new, expectations off, and other services may fail a little at the same time.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from uproar.detect import mix
from uproar.detect.culprit_scene import Scene, Sighting, scene

F64 = NDArray[np.float64]
KINDS = ("service", "provider", "access", "home", "echo", "place")
COUNTRIES = 14
CATEGORIES = 8
TRIES_MAX = 60
MINUTE_MS = 60_000
ALARM_NATS = 10.0  # Log-likelihood ratio from which a service has an incident.
BUSY_PREFIXES = 6  # Address ranges of a network from which many services are reported.
SHOWN_MIN = 3  # Services that a shared fault shows at, with two reports or more.
MINUTES_MIN, MINUTES_MAX = 0.5, 60.0
HISTORY_MAX = 3_000  # Reports of one service's history that are drawn.


@dataclass
class Place:
    """A country: its weight, its networks (listed ones by number) and their shares."""

    code: str
    weight: float
    networks: list[str]
    shares: F64


@dataclass
class One:
    """A service of the world."""

    slug: str
    category: int
    rate: float
    size: float
    places: F64
    networks: list[F64]
    providers: frozenset[str]
    listed: tuple[str, ...]
    own_network: str = ""


@dataclass
class Fault:
    """What a fault adds: cells by service, what is true of it, and (where fixed) who is asked about."""

    added: dict[str, Counter[tuple[str, str]]]
    truth: tuple[str, str]
    target: str = ""
    site: str = ""
    lag: dict[str, float] = field(default_factory=dict)
    share: float = 0.0
    minutes: float = 0.0


@dataclass
class Case:
    """A scene, which service is asked about, and what is true of it."""

    scene: Scene
    target: str
    kind: str
    truth: frozenset[tuple[str, str]]
    share: float = 0.0


class World:
    """Services and their usual mixes; `case` draws a fault.

    What is in capitals is what the worlds of `culprit_worlds.py` have otherwise.
    """

    kinds = KINDS
    SERVICES = 40
    PROVIDERS = 8
    POPULARITY = 0.7  # Dirichlet: smaller, and few providers have most services.
    DEPENDENCES = (0, 1, 1, 2, 3)  # Providers of one service, each as probable.
    LISTED, WRONG = 0.88, 0.06  # Dependences that are listed; services listed wrongly as well.
    HIT = (0.4, 1.0)  # Part of those behind a provider that its fault reaches.
    SPLIT_POWER, SPLIT_SPREAD = 0.8, 0.6  # How unevenly a shared fault's reports fall.
    SIZES = (5.0, 15.0, 25.0, 60.0)  # Negative-binomial sizes of a minute's count.
    WORTHS = (20, 60, 200, 1000)  # How near a service's networks are to its country's.
    ACCESS = (0.02, 1.0)  # Shares of networks that fail.

    def __init__(self, dice: np.random.Generator) -> None:
        self.dice = dice
        weights = np.sort(dice.lognormal(0.0, 1.2, COUNTRIES))[::-1]
        self.places = [self._place(i, w) for i, w in enumerate(weights / weights.sum())]
        self.weights = np.array([place.weight for place in self.places])
        self.providers = [f"provider-{i}" for i in range(self.PROVIDERS)]
        popularity = dice.dirichlet(np.full(self.PROVIDERS, self.POPULARITY))
        self.services = [self._make(i, popularity) for i in range(self.SERVICES)]
        self.mixes = self._history()

    def _place(self, number: int, weight: float) -> Place:
        count = int(self.dice.integers(5, 26))
        raw = np.sort(self.dice.dirichlet(np.full(count, 0.6)))[::-1]
        shares = np.minimum(raw, 0.42)
        unlisted = self.dice.uniform(0.05, 0.3)
        shares = np.append(shares / shares.sum() * (1 - unlisted), unlisted)
        names = [f"AS{1000 * (number + 1) + i}" for i in range(count)] + [mix.UNLISTED]
        return Place(f"{chr(65 + number)}{chr(65 + number)}", float(weight), names, shares)

    def _make(self, number: int, popularity: F64) -> One:
        dice = self.dice
        rate = 10 ** dice.uniform(-2.5, 1.3)
        is_access = dice.random() < 0.1
        home = 0
        if is_access or dice.random() < 0.4:
            home = int(dice.choice(COUNTRIES, p=self.weights))
            places = 0.04 * self.weights
            places[home] += 0.96
        else:
            places = dice.dirichlet(self.weights * dice.uniform(5, 80) + 0.01)
        nets = [
            dice.dirichlet(place.shares * dice.choice(self.WORTHS) + 0.01) for place in self.places
        ]
        own = ""
        if is_access:
            at = int(dice.integers(0, min(4, len(self.places[home].networks) - 1)))
            own = self.places[home].networks[at]
            nets[home] = 0.2 * nets[home]
            nets[home][at] += 0.8
        used = self._used(popularity)
        listed = {slug for slug in sorted(used) if dice.random() < self.LISTED}
        if dice.random() < self.WRONG:
            listed.add(str(dice.choice(self.providers)))
        size = float(dice.choice(self.SIZES))
        category = CATEGORIES if is_access else int(dice.integers(CATEGORIES))
        slug = f"service-{number:02d}"
        return One(slug, category, rate, size, places, nets, used, tuple(sorted(listed)), own)

    def _used(self, popularity: F64) -> frozenset[str]:
        """Draw what a service depends on."""
        count = int(self.dice.choice(self.DEPENDENCES))
        drawn = self.dice.choice(self.providers, count, replace=False, p=popularity)
        return frozenset(drawn.tolist())

    def _history(self) -> dict[str, mix.Mix]:
        """Learn from two weeks or less, a few reports of which are foreign or of an old outage."""
        mixes: dict[str, mix.Mix] = {}
        for one in self.services:
            days = float(self.dice.choice([1, 5, 14]))
            count = min(int(self.dice.poisson(one.rate * 1440 * days)), HISTORY_MAX)
            cells = self.cells(one, count)
            if self.dice.random() < 0.3:
                odd = self.places[int(self.dice.integers(COUNTRIES))]
                network = odd.networks[int(self.dice.integers(len(odd.networks)))]
                cells[network, odd.code] += max(1, count // 15)
            mix.learn(mixes, one.slug, cells, 0, room=1_000)
        for place in self.places:  # Some networks are new: nobody has reported from them before.
            for network in place.networks[:-1]:
                if self.dice.random() < 0.02:
                    for known in mixes.values():
                        known.total -= known.cells.pop(f"{network}|{place.code}", 0.0)
        return mixes

    def cells(
        self, one: One, count: int, *, only: int | None = None, worth: float | None = None
    ) -> Counter[tuple[str, str]]:
        """Draw reports of a service, all from one country if `only`; `worth` lets shares stray."""
        places = one.places if only is None else np.eye(COUNTRIES)[only]
        if worth is not None and only is None:
            places = self.dice.dirichlet(places * worth + 1e-3)
        out: Counter[tuple[str, str]] = Counter()
        for at, here in enumerate(self.dice.multinomial(count, places).tolist()):
            if not here:
                continue
            nets = one.networks[at]
            if worth is not None:
                nets = self.dice.dirichlet(nets * worth + 1e-3)
            place = self.places[at]
            for index, n in enumerate(self.dice.multinomial(here, nets / nets.sum()).tolist()):
                self._place_reports(out, place.networks[index], place.code, n)
        return out

    def _place_reports(
        self, out: Counter[tuple[str, str]], network: str, place: str, count: int
    ) -> None:
        if network != mix.UNLISTED:
            if count:
                out[network, place] += count
            return
        for prefix in (2_000 * self.dice.random(count) ** 1.5).astype(int).tolist():
            out[f"p:{place}{prefix}", place] += 1

    def case(self, kind: str, reports: int) -> Case | None:
        """Draw faults of a kind until one is seen, with `reports` reports of it in all services.

        None where this world does not let one be seen: draw another.
        """
        for _ in range(TRIES_MAX):
            found = getattr(self, f"fault_{kind}")(reports)
            if found is not None:
                case = self._scene(kind, found)
                if case is not None:
                    return case
        return None

    # ------------------------------------------------------------ faults: what is added to whom

    def _minutes(self, reports: int, usual: float) -> float:
        """Return how long a fault that multiplies the usual 3 to 100 times takes to so many reports."""
        return reports / (10 ** float(self.dice.uniform(0.5, 2.0)) * max(usual, 1e-9))

    def _stray(self) -> float:
        return float(self.dice.choice([12, 40, 150, 1000]))

    def _one(self) -> One:
        return self.services[int(self.dice.integers(len(self.services)))]

    def _split(self, among: list[One], weights: F64, reports: int) -> list[int]:
        noisy = weights**self.SPLIT_POWER * self.dice.lognormal(0.0, self.SPLIT_SPREAD, len(among))
        drawn: list[int] = self.dice.multinomial(reports, noisy / noisy.sum()).tolist()
        return drawn

    def _service_added(self, one: One, reports: int) -> Counter[tuple[str, str]]:
        only = int(self.dice.choice(COUNTRIES, p=one.places)) if self.dice.random() < 0.15 else None
        return self.cells(one, reports, only=only, worth=self._stray())

    def fault_service(self, reports: int) -> Fault:
        """A service fails by itself, now and then in one country only."""
        one = self._one()
        added = {one.slug: self._service_added(one, reports)}
        minutes = self._minutes(reports, one.rate)
        return Fault(added, ("service", one.slug), one.slug, minutes=minutes)

    def fault_provider(self, reports: int) -> Fault | None:
        """Some of those behind a provider fail; who is listed behind it is another matter."""
        return self._provider_fault(str(self.dice.choice(self.providers)), reports)

    def _behind(self, slug: str) -> list[One]:
        return [one for one in self.services if slug in one.providers]

    def _provider_fault(self, slug: str, reports: int) -> Fault | None:
        behind = self._behind(slug)
        if len(behind) < 3:
            return None
        hit = [one for one in behind if self.dice.random() < self.dice.uniform(*self.HIT)]
        if len(hit) < 2:
            return None
        split = self._split(hit, np.array([one.rate for one in hit]), reports)
        worth = self._stray()
        added = {
            one.slug: self.cells(one, n, worth=worth) for one, n in zip(hit, split, strict=True)
        }
        minutes = self._minutes(reports, sum(one.rate for one in hit))
        return Fault(added, ("provider", slug), minutes=minutes)

    def fault_access(self, reports: int) -> Fault | None:
        """A network of 2 to 42 % of its country fails; a part reports over other networks."""
        at = int(self.dice.choice(COUNTRIES, p=self.weights))
        place = self.places[at]
        low, high = self.ACCESS
        large = [i for i, share in enumerate(place.shares[:-1]) if low <= share < high]
        if not large:
            return None
        net = int(self.dice.choice(large))
        use = np.array(
            [one.rate * one.places[at] * (one.networks[at][net] + 1e-4) for one in self.services]
        )
        split = self._split(self.services, use, reports)
        leak = self.dice.beta(1.5, 9.0)
        added = {}
        for one, n in zip(self.services, split, strict=True):
            out = int(self.dice.binomial(n, leak))
            cells = self.cells(one, out, only=at)
            cells[place.networks[net], place.code] += n - out
            added[one.slug] = cells
        minutes = self._minutes(reports, float(use.sum()))
        truth = ("access", place.networks[net])
        return Fault(added, truth, share=float(place.shares[net]), minutes=minutes)

    def fault_home(self, reports: int) -> Fault:
        """One household or office: few reporters at many services, or many behind one prefix."""
        at = int(self.dice.choice(COUNTRIES, p=self.weights))
        place = self.places[at]
        is_unlisted = self.dice.random() < 0.5
        listed = place.shares[:-1] / place.shares[:-1].sum()
        network = (
            f"p:site{int(self.dice.integers(10**6))}"
            if is_unlisted
            else place.networks[int(self.dice.choice(len(listed), p=listed))]
        )
        most = len(self.services)
        people = int(self.dice.integers(max(4, -(-reports // most)), 11))
        weights = np.array([one.rate**0.25 for one in self.services])
        taste = np.zeros(most)
        wanted = min(most, -(-reports // people) + int(self.dice.integers(0, 3)))
        for row in self.dice.choice(most, wanted, replace=False, p=weights / weights.sum()):
            taste[row] = weights[row]
        taste /= taste.sum()
        if is_unlisted and self.dice.random() < 0.5:
            people = reports
        added: dict[str, Counter[tuple[str, str]]] = {}
        for share in self.dice.multinomial(reports, np.full(people, 1 / people)).tolist():
            visited = self.dice.choice(most, min(share, wanted), replace=False, p=taste).tolist()
            for row in visited:
                added.setdefault(self.services[row].slug, Counter())[network, place.code] += 1
        return Fault(added, ("home", network), site="" if is_unlisted else "home")

    def fault_echo(self, reports: int) -> Fault | None:
        """A far larger incident elsewhere; most of its echoes are at listed rivals."""
        source, one = self._one(), self._one()
        share = float(np.clip(self.dice.lognormal(np.log(0.02), 0.6), 0.004, 0.09))
        rivals = [
            each
            for each in self.services
            if each is not source and each.category == source.category
        ]
        if self.dice.random() < 0.85:
            if not rivals:
                return None
            one = rivals[int(self.dice.integers(len(rivals)))]
        if one is source or round(reports / share) < 150:
            return None
        added = {source.slug: self._service_added(source, round(reports / share))}
        theirs = [n for (_, n) in sorted(added[source.slug].items())]
        at_source = self._by_country(added[source.slug])
        echoed: Counter[tuple[str, str]] = Counter()
        for at, n in enumerate(self.dice.multinomial(reports, at_source / sum(theirs)).tolist()):
            echoed += self.cells(one, n, only=at)
        added[one.slug] = echoed
        for each in rivals:
            if each is not one:
                n = int(self.dice.poisson(reports * self.dice.lognormal(-1.0, 1.0)))
                added[each.slug] = self.cells(each, n, worth=self._stray())
        lag = float(self.dice.uniform(-1.0, 12.0))
        return Fault(added, ("echo", source.slug), one.slug, lag={one.slug: lag})

    def fault_place(self, reports: int) -> Fault:
        """A country loses power or its cable: all its networks, all services used there."""
        at = int(self.dice.choice(COUNTRIES, p=self.weights**0.5 / (self.weights**0.5).sum()))
        use = np.array([one.rate * one.places[at] for one in self.services])
        split = self._split(self.services, use, reports)
        worth = self._stray()
        added = {
            one.slug: self.cells(one, n, only=at, worth=worth)
            for one, n in zip(self.services, split, strict=True)
        }
        minutes = self._minutes(reports, float(use.sum()))
        return Fault(added, ("place", self.places[at].code), minutes=minutes)

    def _by_country(self, cells: Counter[tuple[str, str]]) -> F64:
        codes = [place.code for place in self.places]
        counts = np.zeros(COUNTRIES)
        for (_, place), n in cells.items():
            counts[codes.index(place)] += n
        return counts

    # ------------------------------------------------------------ what is seen of it

    def _scene(self, kind: str, fault: Fault) -> Case | None:
        """Return the scene of a fault, or None where nobody would have noticed."""
        shown = sum(sum(cells.values()) >= 2 for cells in fault.added.values())
        if kind in {"provider", "place"} and shown < SHOWN_MIN:
            return None
        minutes = fault.minutes or float(self.dice.choice([5, 10, 20, 30]))
        if not MINUTES_MIN <= minutes <= MINUTES_MAX:
            return None
        noise: dict[str, Counter[tuple[str, str]]] = {}
        if self.dice.random() < 0.15:
            other = self._one()
            if other.slug not in fault.added:
                noise[other.slug] = self.cells(other, int(self.dice.integers(4, 13)))
        sightings, surprise = [], {}
        for one in self.services:
            expected = one.rate * minutes * float(self.dice.lognormal(0.0, 0.1))
            level = one.rate * minutes
            size = one.size * max(minutes, 1.0) ** 0.5  # Clumps last for minutes, not for one.
            level *= self.dice.gamma(size, 1 / size)
            cells = self.cells(one, int(self.dice.poisson(level)), worth=200.0)
            cells += noise.get(one.slug, Counter())
            added = fault.added.get(one.slug, Counter())
            sites = self._sites(cells + added if kind != "home" else cells)
            if kind == "home":
                sites += Counter({(network, fault.site): n for (network, _), n in added.items()})
            cells += added
            cells = Counter({cell: n for cell, n in cells.items() if n})
            told = size * float(self.dice.lognormal(0.0, 0.3))
            count = sum(cells.values())
            surprise[one.slug] = _surprise(count, expected, told)
            is_failing = count >= 4 and surprise[one.slug] > ALARM_NATS
            onset = 1_000 * MINUTE_MS + round(fault.lag.get(one.slug, 0.0) * MINUTE_MS)
            rivals = {o.slug for o in self.services if o.category == one.category} - {one.slug}
            sightings.append(
                Sighting(
                    one.slug,
                    expected,
                    told,
                    dict(cells),
                    dict(sites),
                    one.listed,
                    frozenset(rivals),
                    (onset - 2 * MINUTE_MS, onset) if is_failing else None,
                    is_failing,
                    bool(one.own_network),
                )
            )
        # Asked about is only who rose mostly for this fault, and would not have risen without it.
        failing = {
            seen.service
            for seen in sightings
            if seen.is_failing
            and sum(fault.added.get(seen.service, Counter()).values())
            >= 0.6 * (seen.count - seen.expected)
        }
        if not failing or (fault.target and fault.target not in failing):
            return None
        target = fault.target or max(sorted(failing), key=lambda slug: surprise[slug])
        truth = {fault.truth}
        asked = next(one for one in self.services if one.slug == target)
        if kind == "access" and asked.own_network == fault.truth[1]:
            truth = {("service", target)}
        return Case(scene(sightings), target, kind, frozenset(truth), fault.share)

    def _sites(self, cells: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
        """Return reports by address prefix: some prefixes have many people behind them."""
        out: Counter[tuple[str, str]] = Counter()
        for (network, _), n in cells.items():
            if network.startswith(mix.UNLISTED):
                out[network, ""] += n
                continue
            # A fifth comes from the few who report whatever they find failing.
            prefixes = np.where(
                self.dice.random(n) < 0.2,
                self.dice.integers(0, BUSY_PREFIXES, n),
                2_000 * self.dice.random(n) ** 1.5,
            )
            for prefix in prefixes.astype(int).tolist():
                out[network, str(prefix)] += 1
        return out


def _surprise(count: int, mean: float, size: float) -> float:
    """Return the log-likelihood ratio of the count's own mean against the expected one, in nats."""
    if count <= mean:
        return 0.0
    fail = np.log((size + mean) / (size + count))
    return float(count * np.log(count / mean) + (count + size) * fail)
